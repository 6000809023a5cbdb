"""Run the tests of all of scikit-learn and write docs/coverage.md from what they say (``make coverage``).

Further arguments go to pytest: ``-n 2`` for two processes. The page is written whatever the outcome, so that a
difference stands on it; the exit code is pytest's.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))


class Collecting:
    """Takes from the reports what the tests have recorded; those of other processes come here as well."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {"same": {}, "refused": {}}

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call":
            for key, (name, value) in report.user_properties:
                self.found[key][name] = value


def main() -> int:
    from sklearn.experimental import enable_halving_search_cv, enable_iterative_imputer  # noqa: F401 - enables them
    from sklearn.utils import all_estimators

    from zoo.page import render
    from zoo.refused import REFUSED

    collecting = Collecting()
    arguments = [str(ROOT / "tests" / "test_scikit_learn.py"), "-q", "--rootdir", str(ROOT), *sys.argv[1:]]
    code = pytest.main(arguments, plugins=[collecting])
    same, refused = collecting.found["same"], collecting.found["refused"]
    page = render(
        same,
        {name: tuple(refused[name]) for name in REFUSED if name in refused},
        [name for name, _ in all_estimators()],
    )
    (ROOT / "docs" / "coverage.md").write_text(page, encoding="utf-8")
    print(f"docs/coverage.md: {len(same)} models, {len(refused)} refused")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
