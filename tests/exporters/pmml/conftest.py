"""`test_pmml.py` runs where Java is: ``make pmml`` sees to the rest, and then nothing is skipped."""

from __future__ import annotations

import os

collect_ignore = [] if os.environ.get("PERDURE_PMML") else ["test_pmml.py"]
