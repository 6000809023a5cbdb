"""The guard allocator: see ``guard.c``."""
