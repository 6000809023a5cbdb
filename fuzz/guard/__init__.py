"""The guard allocator: what it is made of, how it is preloaded, and what else has to stand aside for it.

Silence proves nothing: a read beyond an array mostly hits memory that is there. Under this allocator it is a fault.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["compile_guard", "guard", "guarded_blocks", "run_attacks", "separate_arrays", "under_guard"]

SOURCE = Path(__file__).resolve().parent / "guard.c"
_FLAGS = ("-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-fno-builtin-malloc")


def compile_guard(folder: str) -> str | None:
    """Compile the library into a folder; None where there is no C compiler, or no Linux."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        return None
    library = os.path.join(folder, "guard.so")
    subprocess.run([compiler, *_FLAGS, "-o", library, str(SOURCE), "-ldl"], check=True)
    return library


def environment(library: str) -> dict[str, str]:
    """Return the environment of a process under the allocator."""
    return {**os.environ, "LD_PRELOAD": library, "FUZZ_GUARD": "1"}


def under_guard(arguments: Sequence[str], module: str = "fuzz") -> int:
    """Run the fuzzer again with the allocator preloaded; return its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        library = compile_guard(folder)
        if library is None:
            print("the guard allocator needs Linux and a C compiler", file=sys.stderr)
            return 2
        return subprocess.run(
            [sys.executable, "-m", module, *arguments], env=environment(library), check=False
        ).returncode


def guard(side: str | None) -> None:
    """Guard the blocks that are made from now on: behind their ``"end"``, before their ``"start"``, or not at all."""
    if ctypes.CDLL(None).guard_set({None: 0, "end": 1, "start": 2}[side]):
        raise OSError("the addresses for the guard allocator are not to be had")


def guarded_blocks() -> tuple[int, int]:
    """Return how many blocks were guarded, and how many had to go without."""
    library = ctypes.CDLL(None)
    for name in ("guard_count", "guard_missed"):
        getattr(library, name).restype = ctypes.c_long
    return library.guard_count(), library.guard_missed()


def separate_arrays() -> None:
    """Give each array that perdure makes a block of its own size, where otherwise small ones share one, aligned."""
    import numpy as np

    from perdure.arrays import memory

    def array(self: Any, shape: tuple[int, ...], dtype: Any, order: Any, nbytes: int) -> Any:
        return np.empty(shape, dtype, order)

    def filled(self: Any, shape: tuple[int, ...], dtype: Any, order: Any, content: bytes) -> Any:
        return np.frombuffer(content, dtype).reshape(shape, order=order).copy(order)

    memory.Arena.array = array  # type: ignore[method-assign]
    memory.Arena.filled = filled  # type: ignore[method-assign]
    original = memory.aligned
    for name, module in list(sys.modules.items()):
        if name.startswith("perdure.") and getattr(module, "aligned", None) is original:
            module.aligned = np.empty  # type: ignore[attr-defined]


def run_attacks(side: str) -> int:
    """Run the tests of attacks and the files that were found, every test guarded; return pytest's exit code."""
    import pytest

    class Plugin:
        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_call(self, item: Any) -> Any:
            guard(side)
            try:
                return (yield)
            finally:
                guard(None)

        def pytest_terminal_summary(self, terminalreporter: Any) -> None:
            guarded, missed = guarded_blocks()
            terminalreporter.write_line(f"{guarded:,} blocks guarded, {missed:,} not")

    tests = SOURCE.parent.parent.parent / "tests"
    paths = [str(tests / "attacks"), str(tests / "fuzz" / "test_found.py")]
    return int(pytest.main(["-q", "-p", "no:cacheprovider", *paths], plugins=[Plugin()]))
