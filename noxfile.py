"""The matrix: every supported scikit-learn release, on a Python of its time.

``nox -l`` lists the sessions; ``nox -s "tests(1.4.2)"`` runs one.
"""

from __future__ import annotations

import os
import subprocess

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


# Where the scientific Python projects put their wheels of last night.
_NIGHTLY = "https://pypi.anaconda.org/scientific-python-nightly-wheels/simple"


@nox.session(python=NEWEST_PYTHON)
def nightly(session: nox.Session) -> None:
    """List what is new in the newest scikit-learn that installs, nightly wheels included, then run the tests with it."""
    _install(session, NEWEST, "test")
    known = os.path.join(session.create_tmp(), "known.json")
    session.run("python", "-W", "ignore", "tools/whats_new.py", "--take", known)
    newest = ("-qq", "--upgrade", "--pre", "--timeout", "20", "--retries", "1", "--extra-index-url", _NIGHTLY)
    # Where that index cannot be reached, or has no wheel for this Python, the list says that nothing newer is here.
    session.install(*newest, "scikit-learn", success_codes=range(256), silent=True)
    session.run("python", "-W", "ignore", "tools/whats_new.py", "--against", known)
    # What fails is what there is to do: 1 when tests fail, 2 when a name is gone that they import.
    session.run("python", "-m", "pytest", "-n", "2", *session.posargs, success_codes=[0, 1, 2])


@nox.session(name="new-release", python=NEWEST_PYTHON)
def new_release(session: nox.Session) -> None:
    """Take the census of a new scikit-learn (``-- scikit-learn==1.10.0``), and list the rules that are missing."""
    _install(session, NEWEST, "test")
    known = os.path.join(session.create_tmp(), "known.json")
    session.run("python", "-W", "ignore", "tools/whats_new.py", "--take", known)
    session.install("-qq", "--upgrade", *(session.posargs or ["scikit-learn"]))
    session.run("python", "-W", "ignore", "tools/whats_new.py", "--against", known)
    session.run("python", "-W", "ignore", "tools/take_census.py", env={"PYTHONPATH": "tests"})
    # What it lists is what there is to do, and no failure.
    session.run("python", "tools/missing_rules.py", success_codes=[0, 1])


@nox.session(name="architectures", python=False)
def architectures(session: nox.Session) -> None:
    """Have six machines write and read each other's files (root, Debian, qemu-user); writes docs/architectures.md."""
    session.run("python3", "architectures/run.py", *session.posargs, external=True)
