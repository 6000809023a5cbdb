"""These run where the services are: ``make services`` installs them, and then none may be missing."""

from __future__ import annotations

import os

collect_ignore_glob = [] if os.environ.get("PERDURE_SERVICES") else ["*.py"]
