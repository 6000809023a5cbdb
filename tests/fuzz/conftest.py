"""The fuzzer forks and sets limits: it runs on Linux only."""

import sys

collect_ignore_glob = [] if sys.platform.startswith("linux") else ["test_*.py"]
