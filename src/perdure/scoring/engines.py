"""Where the work is done: in this process, or on Dask."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..arrays.progress import Meter
from ..errors import MissingExtraError
from .pieces import Piece, assemble
from .places import Part
from .working import Job, finished_rows, run

__all__ = ["Done", "Task", "here", "on_dask"]


@dataclass(frozen=True)
class Task:
    """A part that is to be scored, at once or by pieces.

    Attributes
    ----------
    part : Part
    target : str
    pieces : tuple of Piece
        None where it is scored at once.
    """

    part: Part
    target: str
    pieces: tuple[Piece, ...] = ()


#: A task, the rows of its result, how many of them are new, and why there is none.
Done: TypeAlias = tuple[Task, int, int, str | None]


@contextmanager
def here(job: Job, tasks: Sequence[Task], meter: Meter) -> Iterator[Iterator[Done]]:
    """Give what was done, one task after the other."""

    def work() -> Iterator[Done]:
        for task in tasks:
            told = _rest(meter, task.part)
            if task.pieces:
                count, new, reason = _by_pieces(job, task, told)
            else:
                count, reason = run(job, task.part, task.target, told)
                new = count
            told(task.part.size)
            yield task, count, new, reason

    yield work()


def _by_pieces(job: Job, task: Task, told: Callable[[int], None]) -> tuple[int, int, str | None]:
    new = 0
    for piece in task.pieces:
        if finished_rows(job, piece.part, piece.target) is not None:
            told(piece.part.size)
            continue
        count, reason = run(job, piece.part, piece.target, told)
        if reason is not None:
            return 0, new, reason
        new += count
    count, reason = assemble(job, task.part, task.pieces, task.target)
    return count, new, reason


def _rest(meter: Meter, part: Part) -> Callable[[int], None]:
    left = part.size

    def tell(amount: int) -> None:
        nonlocal left
        now = min(amount, left)
        left -= now
        meter.add(now)

    return tell


@contextmanager
def on_dask(
    job: Job, tasks: Sequence[Task], meter: Meter, scheduler: str | None, workers: int
) -> Iterator[Iterator[Done]]:
    """Give what was done as it is done by the workers of a cluster, which is started here unless one is named."""
    try:
        import distributed
    except ImportError:
        raise MissingExtraError("this engine is Dask's", fix='pip install "perdure[dask]"') from None
    cluster = None
    if scheduler is None:
        cluster = distributed.LocalCluster(
            n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
        )
    try:
        with distributed.Client(scheduler if cluster is None else cluster) as client:
            yield _on_client(client, distributed.as_completed, job, tasks, meter)
    finally:
        if cluster is not None:
            cluster.close()


@dataclass
class _Open:
    """A task whose pieces are being scored."""

    task: Task
    left: int
    new: int = 0
    reason: str | None = None


def _on_client(client: Any, as_completed: Any, job: Job, tasks: Sequence[Task], meter: Meter) -> Iterator[Done]:
    running = as_completed(with_results=True)
    whole: dict[Any, _Open] = {}
    parts: dict[Any, tuple[_Open, Piece]] = {}

    def start(work: Callable[..., Any], *arguments: Any) -> Any:
        return client.submit(work, job, *arguments, pure=False)

    def put_together(state: _Open) -> Any:
        task = state.task
        future = start(assemble, task.part, task.pieces, task.target)
        whole[future] = state
        return future

    asked = []
    for task in tasks:
        missing = [piece for piece in task.pieces if finished_rows(job, piece.part, piece.target) is None]
        state = _Open(task, len(missing))
        meter.add(sum(piece.part.size for piece in task.pieces if piece not in missing))
        if not task.pieces:
            future = start(run, task.part, task.target)
            whole[future] = state
        elif not missing:
            future = put_together(state)
        for piece in missing:
            future = start(run, piece.part, piece.target)
            parts[future] = state, piece
            asked.append(future)
        if not missing:
            asked.append(future)
    running.update(asked)
    for future, (count, reason) in running:
        if future in whole:
            state = whole.pop(future)
            if not state.task.pieces:
                meter.add(state.task.part.size)
                state.new = count
            yield state.task, count, state.new, reason
            continue
        state, piece = parts.pop(future)
        meter.add(piece.part.size)
        state.left -= 1
        state.new += count
        state.reason = state.reason or reason
        if state.left:
            continue
        if state.reason is not None:
            yield state.task, 0, state.new, state.reason
        else:
            running.add(put_together(state))
