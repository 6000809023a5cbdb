"""These run where Spark and Ray are: ``make recipes`` installs them, and then neither may be missing."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("PERDURE_RECIPES") else ["*.py"]
