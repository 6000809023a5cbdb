"""The kinds of text that a record holds."""

from __future__ import annotations

import re
from typing import Annotated, TypeAlias

__all__ = ["Commit", "FileName", "Hex", "Line", "Time", "Word"]

Hex: TypeAlias = Annotated[str, re.compile("[0-9a-f]{64}")]
Commit: TypeAlias = Annotated[str, re.compile("[0-9a-f]{40}|[0-9a-f]{64}")]
Time: TypeAlias = Annotated[str, re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")]
Word: TypeAlias = Annotated[str, re.compile(r"[^\x00-\x1f\x7f]{1,200}")]
Line: TypeAlias = Annotated[str, re.compile(r"[^\x00-\x1f\x7f]{1,4096}")]
# A member below record/source/: one name, with nothing in it that leads elsewhere.
FileName: TypeAlias = Annotated[str, re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,198}[A-Za-z0-9_-]|[A-Za-z0-9_-]")]
