"""The fuzzer: mutants of real files, loaded and used in forked children. ``python -m fuzz --help``."""
