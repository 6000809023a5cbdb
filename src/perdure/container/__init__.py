"""The file: a canonical archive, its manifest, its sections, and how it is written whole or not at all."""
