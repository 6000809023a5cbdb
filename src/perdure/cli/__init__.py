"""The command line: one file per command. The only place that prints, and that imports click and rich."""

from .program import main

__all__ = ["main"]
