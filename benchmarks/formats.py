"""The ways to save a model that are compared."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["FORMATS", "Format", "available", "switch"]


@dataclass(frozen=True)
class Format:
    """One way.

    Attributes
    ----------
    name : str
        What a reader of the tables sees.
    dump : callable
        Model and path to a file.
    load : callable
        Path to a model.
    file : str
        Whose file it loads, where another one writes the same.
    native : bool
        Whether perdure's compiled decoder is used.
    lossy : bool
        Whether what is loaded is less than what was saved.
    """

    name: str
    dump: Callable[[Any, Path], None]
    load: Callable[[Path], Any]
    file: str = ""
    native: bool = True
    lossy: bool = False


def _pickle(model: Any, path: Path) -> None:
    with open(path, "wb") as file:
        pickle.dump(model, file, 5)


def _unpickle(path: Path) -> Any:
    with open(path, "rb") as file:
        return pickle.load(file)


def _cloudpickle(model: Any, path: Path) -> None:
    import cloudpickle

    with open(path, "wb") as file:
        cloudpickle.dump(model, file)


def _zstd(model: Any, path: Path) -> None:
    import zstandard

    path.write_bytes(zstandard.ZstdCompressor(level=3).compress(pickle.dumps(model, 5)))


def _unzstd(path: Path) -> Any:
    import zstandard

    return pickle.loads(zstandard.ZstdDecompressor().decompress(path.read_bytes()))


def _joblib(**options: Any) -> Callable[[Any, Path], None]:
    def dump(model: Any, path: Path) -> None:
        import joblib

        joblib.dump(model, path, **options)

    return dump


def _unjoblib(**options: Any) -> Callable[[Path], Any]:
    def load(path: Path) -> Any:
        import joblib

        return joblib.load(path, **options)

    return load


def _skops(**options: Any) -> Callable[[Any, Path], None]:
    def dump(model: Any, path: Path) -> None:
        import skops.io

        skops.io.dump(model, path, **options)

    return dump


def _unskops(path: Path) -> Any:
    import skops.io

    return skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))


def _deflated(model: Any, path: Path) -> None:
    import zipfile

    _skops(compression=zipfile.ZIP_DEFLATED)(model, path)


def _slim(model: Any, path: Path) -> None:
    import slim_trees

    slim_trees.dump_sklearn_compressed(model, path, "lzma")


def _unslim(path: Path) -> Any:
    import slim_trees

    return slim_trees.load_compressed(path, "lzma")


def _perdure(compression: Any) -> Callable[[Any, Path], None]:
    def dump(model: Any, path: Path) -> None:
        import perdure

        # The model alone: a record and a probe are what the others do not have.
        path.write_bytes(perdure.dumps(model, compression=compression))

    return dump


def _unperdure(**options: Any) -> Callable[[Path], Any]:
    def load(path: Path) -> Any:
        import perdure

        return perdure.load(path, **options)

    return load


FORMATS = {
    way.name: way
    for way in (
        Format("pickle", _pickle, _unpickle),
        Format("cloudpickle", _cloudpickle, _unpickle),
        Format("pickle + zstd", _zstd, _unzstd),
        Format("joblib", _joblib(), _unjoblib()),
        Format("joblib, mapped", _joblib(), _unjoblib(mmap_mode="r"), "joblib"),
        Format("joblib, compress=3", _joblib(compress=3), _unjoblib()),
        Format("joblib, lz4", _joblib(compress="lz4"), _unjoblib()),
        Format("joblib, zstd", _joblib(compress="zstd"), _unjoblib()),
        Format("skops", _skops(), _unskops),
        Format("skops, deflated", _deflated, _unskops),
        Format("slim-trees (lossy)", _slim, _unslim, lossy=True),
        Format("perdure", _perdure("auto"), _unperdure()),
        Format("perdure, numpy alone", _perdure("auto"), _unperdure(), "perdure", native=False),
        Format("perdure, raw", _perdure(None), _unperdure()),
        Format("perdure, raw and mapped", _perdure(None), _unperdure(mmap=True), "perdure, raw"),
    )
}


@contextmanager
def switch(way: Format) -> Iterator[None]:
    """Switch the compiled decoder off for who does without it."""
    from perdure.arrays.native import use_native

    use_native(way.native)
    try:
        yield
    finally:
        use_native(True)


def available() -> list[str]:
    """Return the formats whose libraries are installed: joblib knows zstd in some releases only."""
    from importlib.util import find_spec

    needs = {"skops": "skops", "joblib, lz4": "lz4", "cloudpickle": "cloudpickle", "slim-trees": "slim_trees"}
    missing = [name for name, package in needs.items() if not find_spec(package)]
    if find_spec("joblib"):
        from joblib.compressor import _COMPRESSORS

        missing += [] if "zstd" in _COMPRESSORS else ["joblib, zstd"]
    return [name for name in FORMATS if not name.startswith(tuple(missing))]
