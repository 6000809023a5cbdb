"""What a file is, told by its content: for the error that says so to the person who has it."""

from __future__ import annotations

from collections.abc import Callable

from ..arrays.source import MemorySource, Source
from ..errors import FormatError

__all__ = ["HEAD", "OLD", "TAIL", "OldFile", "foreign", "kind"]

#: Kinds that may hold a model, and that perdure reads by other ways than its own format.
OLD = frozenset(("bzip2", "gzip", "joblib", "joblib-old", "joblib-zlib", "lz4", "lzma", "pickle", "skops", "xz"))

# So many bytes of the beginning and of the end are enough.
HEAD, TAIL = 4096, 1024

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"]\x00\x00", "lzma"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x93NUMPY", "numpy"),
    (b"PAR1", "parquet"),
    (b"\x89HDF\r\n\x1a\n", "hdf5"),
    (b"ARROW1", "arrow"),
    (b"version https://git-lfs.github.com/", "git-lfs"),
)
# What an old pickle (protocol 0 or 1) begins with: a name, or an empty or marked container.
_OLD_PICKLES = (b"c", b"(", b"}q", b"]q", b")q")
_TEXT = frozenset(range(32, 127)) | frozenset(b"\t\n\r\f") | frozenset(range(128, 256))

_PICKLE_FIX = "perdure.load reads it, and perdure.convert(old, new) makes a .perdure file of it"
_WORDS: dict[str, tuple[str, str]] = {
    "empty": ("is empty: not one byte was written to it", "save the model again, or copy the file again"),
    "pickle": ("is a pickle: a program that builds the model when it is run, not data", _PICKLE_FIX),
    "joblib": ("was written by joblib: a pickle with arrays in between", _PICKLE_FIX),
    "joblib-old": ("is compressed as joblib did before its release 0.10", _PICKLE_FIX),
    "joblib-zlib": ("is compressed with zlib, as joblib.dump(..., compress=…) does", _PICKLE_FIX),
    "gzip": ("is compressed with gzip", _PICKLE_FIX),
    "bzip2": ("is compressed with bzip2", _PICKLE_FIX),
    "xz": ("is compressed with xz", _PICKLE_FIX),
    "lzma": ("is compressed with lzma, as joblib.dump(..., compress=('lzma', 3)) does", _PICKLE_FIX),
    "lz4": ("is compressed with lz4, as joblib.dump(..., compress='lz4') does", _PICKLE_FIX),
    "zstd": ("is compressed with zstd", "decompress it first: zstd -d FILE"),
    "skops": ("was written by skops", _PICKLE_FIX),
    "npz": ("is a NumPy archive of arrays (.npz), not a model", "read it with numpy.load(path, allow_pickle=False)"),
    "torch": ("is a PyTorch file, which perdure does not read", "load it with torch.load(path, weights_only=True)"),
    "zip": (
        "is a ZIP archive, but not one of perdure's",
        "if a .perdure file is inside, take it out first: unzip FILE",
    ),
    "numpy": ("is a single NumPy array (.npy), not a model", "read it with numpy.load(path, allow_pickle=False)"),
    "parquet": ("is a Parquet table, not a model", "read it with pandas.read_parquet(path)"),
    "arrow": ("is an Arrow file, not a model", "read it with pyarrow.ipc.open_file(path)"),
    "hdf5": ("is an HDF5 file, which perdure does not read", "if Keras wrote it: keras.models.load_model(path)"),
    "onnx": ("is an ONNX model, which has no fitted estimator in it", "run it with onnxruntime.InferenceSession(path)"),
    "safetensors": ("is a safetensors file: arrays without a model", "read it with safetensors.numpy.load_file(path)"),
    "html": ("is a web page, not a model", "the download needs another address, or a login first"),
    "xml": (
        "is an XML text, as PMML is",
        "a PMML model is scored by a PMML engine; perdure loads what perdure.dump wrote",
    ),
    "git-lfs": ("is a pointer of Git LFS, not the file that it stands for", "fetch the file itself: git lfs pull"),
    "dvc": ("is a pointer of DVC, not the file that it stands for", "fetch the file itself: dvc pull"),
    "json": ("is a JSON text, not a model", "give the path of the file that perdure.dump wrote"),
    "text": ("is a text, not a model", "give the path of the file that perdure.dump wrote"),
    "unknown": (
        "is not a file of perdure, nor of any kind it knows",
        "give the path of the file that perdure.dump wrote",
    ),
}


def kind(head: bytes, tail: bytes = b"") -> str:
    """Return what a file is, in a word.

    Parameters
    ----------
    head : bytes
        Its beginning; 4,096 bytes are enough.
    tail : bytes, default=b""
        Its end, for archives and old pickles; 1,024 bytes are enough.

    Returns
    -------
    str
        ``"perdure"``, ``"pickle"``, ``"joblib"``, ``"skops"``, ``"zip"``, ``"text"``, ``"empty"`` … or ``"unknown"``.

    Examples
    --------
    >>> import pickle
    >>> from perdure.container.sniff import kind
    >>> kind(pickle.dumps([1, 2]))
    'pickle'
    """
    if not head:
        return "empty"
    if head[:4] == b"PK\3\4":
        return _zip_kind(head, tail)
    if head[0] == 0x80 and head[1:2] in (b"\2", b"\3", b"\4", b"\5"):
        return "joblib" if b"joblib" in head else "pickle"
    for magic, name in _MAGIC:
        if head.startswith(magic):
            return name
    if head[:2] == b"ZF" and head[2:4] == b"0x":
        return "joblib-old"
    if head[0] == 0x78 and len(head) > 1 and not (head[0] << 8 | head[1]) % 31:
        return "joblib-zlib"
    if head[8:10] == b'{"' and int.from_bytes(head[:8], "little") < 1 << 32:
        return "safetensors"
    if head[0] == 8 and head[2:3] == b"\x12" and head[1] < 32:
        return "onnx"
    if head.startswith(_OLD_PICKLES) and (tail or head)[-1:] == b".":
        return "pickle"
    if _TEXT.issuperset(head):
        return _text_kind(head)
    return "unknown"


def _zip_kind(head: bytes, tail: bytes) -> str:
    name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    if name == b"perdure.json":
        return "perdure"
    if b"schema.json" in tail or name == b"schema.json":
        return "skops"
    if name.endswith(b".npy"):
        return "npz"
    return "torch" if name.endswith(b"/data.pkl") else "zip"


def _text_kind(head: bytes) -> str:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:64].lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "html"
    if start.startswith(b"<?xml"):
        return "xml"
    if start.startswith(b"outs:"):
        return "dvc"
    return "json" if start.startswith((b"{", b"[")) else "text"


def foreign(head: bytes, tail: bytes, name: str) -> FormatError | None:
    """Return the error that says what a file is, None when it is one of perdure's (damaged, perhaps).

    Parameters
    ----------
    head, tail : bytes
    name : str
        Of the file, for the message.
    """
    found = kind(head, tail)
    if found == "perdure":
        return None
    what, fix = _WORDS[found]
    if found in OLD:
        return OldFile(found, name, what, fix)
    return FormatError(f"{name} {what}", fix=fix.replace("FILE", name))


class OldFile(FormatError):
    """A file that another program wrote, and that may hold a model.

    Attributes
    ----------
    kind : str
        As `kind` returns it.
    name : str
        What to call the file.
    words : str
        What it is: ``"is a pickle …"``.
    source : Source
        Its bytes.
    finish : callable or None
        What is to be done in the end.
    """

    def __init__(self, kind: str, name: str, words: str, fix: str) -> None:
        super().__init__(f"{name} {words}", fix=fix)
        self.kind = kind
        self.name = name
        self.words = words
        self.source: Source = MemorySource(memoryview(b""))
        self.finish: Callable[[], object] | None = None

    def close(self) -> None:
        """Let go of the source."""
        if self.finish is not None:
            self.finish()
