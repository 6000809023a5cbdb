"""The process that writes and runs PMML: under the running releases, or in an environment of releases that are accepted."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from typing import IO, Any

from ...errors import ExportError
from ...rebuilding.environments import copy_package, ready_environment
from .java import Java, find_java

__all__ = ["Refused", "Worker", "has_direct_road", "kept_workers", "pins", "prepare", "said_of", "worker"]

_PLACE = os.path.dirname(os.path.abspath(__file__))
_PACKAGE = os.path.dirname(os.path.dirname(_PLACE))
_TIMEOUT = 1800.0
_UNSUPPORTED = re.compile(r"Scikit-Learn version '[^']+' is not supported")


class Refused(ExportError):
    """The worker could not do what it was asked.

    Parameters
    ----------
    kind : str
        ``java``, ``python``, or the name of an error of perdure.
    """

    def __init__(self, problem: str, *, kind: str, path: str | None = None, fix: str | None = None) -> None:
        super().__init__(problem, path=path, fix=fix)
        self.kind = kind

    @property
    def is_of_release(self) -> bool:
        """Whether sklearn2pmml does not accept the release of scikit-learn that it met."""
        return _UNSUPPORTED.search(self.problem) is not None


def pins() -> dict[str, Any]:
    """Return what the environment for PMML is made of, and the least Java."""
    with open(os.path.join(_PLACE, "pins.json"), encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found


def prepare() -> str:
    """Make the environment for PMML ready, where it is not, and return its interpreter."""
    with tempfile.TemporaryDirectory() as spare:
        return ready_environment("pmml", pins()["requirements"], spare)


def has_direct_road() -> bool:
    """Return whether the running interpreter has what it takes, for a scikit-learn that is known to be accepted or new."""
    import sklearn

    try:
        installed = version("sklearn2pmml")
        version("jpmml-evaluator")
    except PackageNotFoundError:
        return False
    accepted = pins()["accepted"]
    if _numbers(sklearn.__version__) <= _numbers(accepted["scikit-learn"]):
        return True
    # A newer sklearn2pmml than the known one may accept more: it is asked.
    return _numbers(installed) > _numbers(accepted["sklearn2pmml"])


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


class Worker:
    """A process that writes and runs PMML.

    Parameters
    ----------
    java : Java
    isolated : bool
        Whether in an environment of its own.
    """

    def __init__(self, java: Java, *, isolated: bool) -> None:
        self.isolated = isolated
        self._ended = False
        self._folder = tempfile.TemporaryDirectory(prefix="perdure-pmml-")
        self.folder = self._folder.name
        try:
            environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
            environment["JAVA_HOME"] = java.home
            if isolated:
                interpreter = ready_environment("pmml", pins()["requirements"], self.folder)
                environment["PYTHONPATH"] = copy_package(os.path.join(self.folder, "package"))
            else:
                interpreter = sys.executable
                # The running process finds its libraries in these places.
                environment["PYTHONPATH"] = os.pathsep.join([os.path.dirname(_PACKAGE), *filter(None, sys.path)])
            self._said = open(os.path.join(self.folder, "said"), "w+b")  # noqa: SIM115 - closed with the worker
            self._process = subprocess.Popen(
                [interpreter, "-W", "ignore", "-m", "perdure.exporters.pmml.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._said,
                cwd=self.folder,
                env=environment,
            )
        except BaseException:
            self._folder.cleanup()
            raise
        try:
            self.versions: dict[str, str] = {**self.ask("start"), "java": str(java.release)}
        except BaseException:
            self.end()
            raise
        self.runtime = f"jpmml-evaluator {self.versions['jpmml-evaluator']}"

    def ask(self, do: str, **what: Any) -> Any:
        """Ask for something, and return what is found.

        Raises
        ------
        Refused
            When it fails there.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        line = self._exchange(stdin, stdout, json.dumps({"do": do, **what}))
        if not line:
            self._process.wait()
            raise ExportError(f"the process that makes PMML ended while it was asked to {do}: {self._last_words()}")
        answer = json.loads(line)
        if "error" not in answer:
            return answer["found"]
        raise Refused(answer["error"], kind=answer["kind"], path=answer["path"], fix=answer["fix"])

    def _exchange(self, stdin: IO[bytes], stdout: IO[bytes], asked: str) -> bytes:
        # A Java that hangs is ended, which ends the wait.
        watch = threading.Timer(_TIMEOUT, self._process.kill)
        watch.daemon = True
        watch.start()
        try:
            stdin.write(asked.encode() + b"\n")
            stdin.flush()
            return stdout.readline()
        except BrokenPipeError:
            return b""
        finally:
            watch.cancel()
            watch.join()

    def _last_words(self) -> str:
        self._said.flush()
        self._said.seek(0)
        return self._said.read()[-2000:].decode("utf-8", "replace").strip() or "it said nothing"

    def end(self) -> None:
        """End the process."""
        if self._ended:
            return
        self._ended = True
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()
        self._folder.cleanup()


_kept: dict[bool, Worker] | None = None


@contextmanager
def worker(*, isolated: bool) -> Iterator[Worker]:
    """Give a worker, which ends afterwards unless workers are kept."""
    if _kept is not None and isolated in _kept:
        yield _kept[isolated]
        return
    found = Worker(find_java(pins()["java"]), isolated=isolated)
    if _kept is not None:
        _kept[isolated] = found
        yield found
        return
    try:
        yield found
    finally:
        found.end()


@contextmanager
def kept_workers() -> Iterator[None]:
    """Keep one process for all exports inside: each takes seconds to start."""
    global _kept
    before, _kept = _kept, {}
    try:
        yield
    finally:
        found, _kept = _kept, before
        for item in (found or {}).values():
            item.end()


def said_of(error: Refused) -> str:
    """Return why a conversion failed, without the traces of Java."""
    lines = [line.strip() for line in error.problem.splitlines()]
    lines = [line for line in lines if line and not line.startswith(("at ", "Context:", "Stack trace:", "Solution:"))]
    plain = [re.sub(r"^(?:(?:[\w$]+\.)*[\w$]+(?:Exception|Error): )+", "", line) for line in lines]
    failed = [line for line in plain if line.startswith("Failed to ")]
    return "; ".join(dict.fromkeys([*failed[:1], *[line for line in plain if line not in failed][:3]]))[:600]
