"""The matrix: every supported scikit-learn release, on a Python of its time.

``nox -l`` lists the sessions; ``nox -s "tests(1.4.2)"`` runs one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import nox

nox.options.sessions = ["lint", "docs", "tests"]
nox.options.error_on_missing_interpreters = True

# scikit-learn 1.2 to 1.4 are built against numpy 1, which the pins of each release respect.
RELEASES = {
    "1.2.2": "3.11",
    "1.3.2": "3.11",
    "1.4.2": "3.11",
    "1.5.2": "3.11",
    "1.6.1": "3.12",
    "1.7.2": "3.12",
    "1.8.0": "3.13",
    "1.9.1": "3.13",
}
NEWEST = "1.9.1"
NEWEST_PYTHON = RELEASES[NEWEST]


def _tell_pyenv() -> None:
    """Name pyenv's versions to it: its commands answer only for the versions it is told of."""
    if "PYENV_VERSION" in os.environ:
        return
    try:
        listed = subprocess.run(["pyenv", "versions", "--bare"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return
    found = [name for name in listed.split() if name.rsplit(".", 1)[0] in set(RELEASES.values())]
    os.environ["PYENV_VERSION"] = ":".join(reversed(found))


_tell_pyenv()


def _install(session: nox.Session, release: str, extra: str) -> None:
    session.install(
        "-qq", "-r", f"requirements/scikit-learn-{release}.txt", "-c", "requirements/tools.txt", "-e", f".[{extra}]"
    )


@nox.session
@nox.parametrize(("python", "release"), [(python, release) for release, python in RELEASES.items()], ids=list(RELEASES))
def tests(session: nox.Session, release: str) -> None:
    """Run the test suite with one scikit-learn release."""
    _install(session, release, "test")
    session.run("python", "-m", "pytest", "-n", "2", *session.posargs)


@nox.session(python=NEWEST_PYTHON)
def lint(session: nox.Session) -> None:
    """Run ruff, mypy and import-linter."""
    _install(session, NEWEST, "lint")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    session.run("lint-imports")


@nox.session(python=NEWEST_PYTHON)
def docs(session: nox.Session) -> None:
    """Build the documentation with warnings as errors."""
    _install(session, NEWEST, "docs")
    session.run("sphinx-build", "-q", "-E", "-W", "--keep-going", "docs", "docs/_build/html")


# Run in both environments: what estimators there are, and their constructor parameters.
_SURFACE = """
import inspect, json, re, sklearn
from sklearn.utils import all_estimators
for name in ("enable_halving_search_cv", "enable_iterative_imputer"):
    __import__("sklearn.experimental." + name)
print(json.dumps({
    "release": sklearn.__version__,
    "estimators": {
        f"{kind.__module__}:{kind.__qualname__}": {
            parameter.name: re.sub(" at 0x[0-9a-f]+", "", repr(parameter.default))
            for parameter in inspect.signature(kind).parameters.values()
        }
        for _, kind in all_estimators()
    },
}))
"""


def _surface(session: nox.Session) -> dict[str, object]:
    printed = session.run("python", "-W", "ignore", "-c", _SURFACE, silent=True, log=False)
    return json.loads(str(printed).strip().splitlines()[-1])


def _news(old: dict[str, dict[str, str]], new: dict[str, dict[str, str]]) -> list[str]:
    lines = [f"+ {name}: a new estimator" for name in sorted(new.keys() - old.keys())]
    lines += [f"- {name}: gone, or moved" for name in sorted(old.keys() - new.keys())]
    for name in sorted(old.keys() & new.keys()):
        before, after = old[name], new[name]
        lines += [f"~ {name}({key}={after[key]}): a new parameter" for key in after if key not in before]
        lines += [f"~ {name}({key}=…): gone" for key in before if key not in after]
        lines += [
            f"~ {name}({key}=…): the default was {before[key]} and is {after[key]}"
            for key in before
            if key in after and before[key] != after[key]
        ]
    return lines


@nox.session(python=NEWEST_PYTHON)
def nightly(session: nox.Session) -> None:
    """List what is new in the newest scikit-learn that installs, pre-releases included, then run the tests with it."""
    _install(session, NEWEST, "test")
    known = _surface(session)
    session.install("-qq", "--upgrade", "--pre", "scikit-learn", success_codes=[0, 1])
    running = _surface(session)
    if running["release"] == known["release"]:
        session.log(f"nothing newer than scikit-learn {NEWEST} installs here")
        return
    lines = _news(known["estimators"], running["estimators"])  # type: ignore[arg-type]
    print(f"\nscikit-learn {running['release']} against {known['release']}: {len(lines)} differences", *lines, sep="\n")
    sys.stdout.flush()
    session.run("python", "-m", "pytest", "-n", "2", *session.posargs, success_codes=[0, 1])
