"""Running mutants: in forked children with limits, a mutant that kills its child found by trying again."""

from __future__ import annotations

import ctypes
import faulthandler
import mmap
import os
import resource
import select
import signal
import struct
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from .guard import guard
from .mutate import Corpus, Mutant
from .targets import Target

__all__ = ["Finding", "Result", "Runner", "SECONDS"]

#: Of processor time, for loading and for each use.
SECONDS = 10
#: Of memory, beyond what the parent has.
MEMORY = 2 << 30
#: Of the clock, before a child that waits for something is taken for a hang.
PATIENCE = 90
#: Mutants to a child.
BATCH = 100
_STATE = struct.Struct("<qd96s")


@dataclass(frozen=True)
class Finding:
    """Something that must not be.

    Attributes
    ----------
    number : int
        Of the mutant.
    what : str
        ``crash``, ``hang``, ``memory``, ``leak`` (an exception that loading does not promise) or ``exit``.
    signature : str
        Where, so that the same thing is told of once.
    detail : str
    """

    number: int
    what: str
    signature: str
    detail: str


@dataclass
class Result:
    """What became of the mutants."""

    outcomes: Counter[str] = field(default_factory=Counter)
    aware: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    past_validate: int = 0

    @property
    def count(self) -> int:
        return sum(self.outcomes.values())

    @property
    def count_aware(self) -> int:
        return sum(self.aware.values())


class _Stage:
    """Whether the mutant at hand came to building, which is behind every check."""

    reached = False


def watch_building() -> None:
    """Note when a model comes to be built."""
    import perdure.build as building

    original = building.build

    def build(*args: Any, **keywords: Any) -> Any:
        _Stage.reached = True
        return original(*args, **keywords)

    building.build = build  # type: ignore[assignment]


class Runner:
    """Runs mutants of a corpus against a target.

    Parameters
    ----------
    corpus : Corpus
    target : Target
    side : {"end", "start"}, default="end"
        Which side of a block is guarded, under the guard allocator.
    """

    def __init__(self, corpus: Corpus, target: Target, side: str = "end") -> None:
        self.corpus = corpus
        self.target = target
        self.side = side

    # --- the parent ---------------------------------------------------------------------------------

    def run(
        self,
        numbers: range,
        *,
        jobs: int = 1,
        until: float | None = None,
        told: Callable[[Result], None] | None = None,
    ) -> Result:
        """Run the mutants of these numbers, or as many as there is time for."""
        result = Result()
        batches = [range(at, min(at + BATCH, numbers.stop)) for at in range(numbers.start, numbers.stop, BATCH)]
        batches.reverse()
        running: dict[int, _Child] = {}
        while batches or running:
            while batches and len(running) < jobs and (until is None or time.time() < until):
                child = _Child(self, batches.pop())
                running[child.pipe] = child
            if not running:
                break
            ready, _, _ = select.select(list(running), [], [], 1.0)
            for pipe in ready:
                running[pipe].read(result)
            for pipe, child in list(running.items()):
                if child.finished or child.stuck():
                    del running[pipe]
                    rest = self._ended(child, result)
                    if rest:
                        batches.append(rest)
                    if told is not None:
                        told(result)
        return result

    def _ended(self, child: _Child, result: Result) -> range:
        """Note how a child ended; return the mutants that it has not come to."""
        status = child.reap(result)
        done = child.last + 1
        if status is None:
            return range(done, child.numbers.stop) if done < child.numbers.stop else range(0)
        number, place = child.at, child.place
        what = status
        if len(child.numbers) > 1 and what in ("crash", "exit"):
            alone = self._alone([number])
            if alone is None:
                # What an earlier one left behind has killed it.
                number = self._culprit(range(child.numbers.start, number + 1))
        mutant = self.corpus.mutant(number)
        self._count(result, number, mutant.aware, what)
        detail = f"{status} in {place}: {child.signal}; {'; '.join(mutant.how)}"
        result.findings.append(Finding(number, what, f"{what} {mutant.kind.model} {place}", detail))
        return range(child.at + 1, child.numbers.stop)

    def _alone(self, numbers: Sequence[int]) -> str | None:
        child = _Child(self, range(numbers[0], numbers[-1] + 1))
        spare = Result()
        while not child.finished and not child.stuck():
            if select.select([child.pipe], [], [], 1.0)[0]:
                child.read(spare)
        return child.reap(spare)

    def _culprit(self, numbers: range) -> int:
        """Return the last mutant without which the child does not die: by halves."""
        low, high = numbers.start, numbers.stop - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self._alone(range(middle, numbers.stop)) is None:
                high = middle - 1
            else:
                low = middle
        return low

    @staticmethod
    def _count(result: Result, number: int, aware: bool, outcome: str) -> None:
        result.outcomes[outcome] += 1
        if aware:
            result.aware[outcome] += 1

    # --- the child ----------------------------------------------------------------------------------

    def try_one(self, mutant: Mutant, note: Callable[[str], None]) -> tuple[str, str]:
        """Load a mutant and use it; return the outcome, and the signature where it is a finding."""
        _Stage.reached = False
        note("load")
        try:
            trusted = mutant.kind.trusted
            model = self.target.load(mutant.data, **({"trusted": trusted} if trusted else {}))
        except self.target.promised as error:
            return f"refused: {type(error).__name__}", ""
        except MemoryError as error:
            return "memory", _where(error)
        except BaseException as error:  # noqa: BLE001 - that is what is looked for
            return "leak", _where(error)
        outcome = "loaded and used"
        calls = self.target.use(model, mutant.kind)
        while True:
            name = "looking at it"
            note(name)
            try:
                step = next(calls, None)
                if step is None:
                    break
                name, call = step
                note(name)
                call()
            except MemoryError as error:
                return "memory", f"{name} {_where(error)}"
            except Exception:  # noqa: BLE001 - an ordinary exception is an answer
                outcome = "loaded, use raised"
            except BaseException as error:  # noqa: BLE001
                return "leak", f"{name} {_where(error)}"
        return outcome, ""


def _where(error: BaseException) -> str:
    """Return the kind of an exception, and the last place of ours that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}perdure{os.sep}" in frame.filename]
    place = ""
    if ours:
        frame = ours[-1]
        place = f"{frame.filename.rpartition('perdure' + os.sep)[2]}:{frame.lineno}"
    last = frames[-1] if frames else None
    inner = f"{os.path.basename(last.filename)}:{last.lineno}" if last else ""
    return f"{type(error).__name__} {place} {inner}: {str(error)[:160]}"


class _Child:
    def __init__(self, runner: Runner, numbers: range) -> None:
        self.numbers = numbers
        self.last = numbers.start - 1
        self.finished = False
        self.signal = ""
        self._shared = mmap.mmap(-1, _STATE.size)
        self._rest = b""
        self._killed = False
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid:
            code = 70
            try:
                os.close(reading)
                self._work(runner, writing)
                code = 0
            finally:
                os._exit(code)
        os.close(writing)
        self.pipe = reading

    # --- in the parent ---

    @property
    def at(self) -> int:
        return _STATE.unpack(self._shared[:])[0]

    @property
    def place(self) -> str:
        return _STATE.unpack(self._shared[:])[2].rstrip(b"\0").decode("utf-8", "replace")

    def stuck(self) -> bool:
        """Whether it has done nothing for long, and is now killed."""
        since = _STATE.unpack(self._shared[:])[1]
        if since and time.time() - since > PATIENCE:
            os.kill(self.pid, signal.SIGKILL)
            self._killed = True
            return True
        return False

    def read(self, result: Result) -> None:
        data = os.read(self.pipe, 1 << 16)
        if not data:
            self.finished = True
        self._rest += data
        *lines, self._rest = self._rest.split(b"\n")
        for line in lines:
            number, aware, passed, outcome, signature = line.decode("utf-8", "replace").split("\t")
            self.last = int(number)
            Runner._count(result, self.last, aware == "1", outcome)
            result.past_validate += passed == "1" and aware == "1"
            if signature:
                result.findings.append(Finding(self.last, outcome, f"{outcome} {signature}", signature))

    def reap(self, result: Result) -> str | None:
        """Return how it died, None when it came to its end."""
        while not self.finished:
            self.read(result)
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        if self._killed:
            return "hang"
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            self.signal = signal.Signals(number).name
            return "hang" if number == signal.SIGXCPU else "crash"
        return None if os.WEXITSTATUS(status) == 0 else "exit"

    # --- in the child ---

    def _work(self, runner: Runner, writing: int) -> None:
        # Its own group: what a mutant starts dies with it.
        quiet = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(quiet, descriptor)
        warnings.simplefilter("ignore")
        # What dies here is told of by the parent.
        faulthandler.disable()
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        with open("/proc/self/statm", "rb") as file:
            own = int(file.read().split()[0]) * resource.getpagesize()
        if not os.environ.get("FUZZ_GUARD"):
            resource.setrlimit(resource.RLIMIT_AS, (own + MEMORY, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.environ.get("FUZZ_GUARD"):
            guard(runner.side)
        number = self.numbers.start

        def note(name: str) -> None:
            used = resource.getrusage(resource.RUSAGE_SELF)
            limit = int(used.ru_utime + used.ru_stime) + 1 + SECONDS
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
            self._shared[:] = _STATE.pack(number, time.time(), name.encode("utf-8", "replace")[:96])

        for number in self.numbers:
            note("mutate")
            mutant = runner.corpus.mutant(number)
            outcome, signature = runner.try_one(mutant, note)
            clean = " ".join(signature.split())
            row = f"{number}\t{int(mutant.aware)}\t{int(_Stage.reached)}\t{outcome}\t{clean}\n"
            os.write(writing, row.encode("utf-8", "replace"))
