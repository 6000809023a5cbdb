"""A script as people write it, run by `perdure demo`."""
