"""The inert model: nodes, canonical JSON, digest, limits. Imports the standard library only."""
