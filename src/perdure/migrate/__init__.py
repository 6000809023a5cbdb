"""The state of an older release becomes that of the running one: data to data, nothing is built."""

from __future__ import annotations

from .migration import Applied, warn_of_loss
from .planner import migrate

__all__ = ["Applied", "migrate", "warn_of_loss"]
