"""Pickles as data: opcodes are interpreted into the graph, and nothing is imported or called."""

from __future__ import annotations
