"""These run where the libraries are: ``make third-party`` installs them, and then none may be missing."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("PERDURE_THIRD_PARTY") else ["*.py"]
