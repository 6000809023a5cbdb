"""A real, small data set to try perdure with."""

from ._penguins import load_penguins

__all__ = ["load_penguins"]
