"""A file checked against what it says of itself: digests, environment, probe, data."""
