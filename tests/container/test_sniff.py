"""What a file is, told by its content, and said in words that help."""

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
import zlib

import joblib
import numpy as np
import pytest
import safetensors.numpy
import zstandard
from sklearn.linear_model import LogisticRegression

from container.example import FILE
from perdure.container.file import Container
from perdure.container.sniff import HEAD, TAIL, kind
from perdure.errors import FormatError

MODEL = LogisticRegression().fit([[0.0], [1.0]], [0, 1])


def by_joblib(compress):
    out = io.BytesIO()
    joblib.dump(MODEL, out, compress=compress)
    return out.getvalue()


def by_numpy(save, *args):
    out = io.BytesIO()
    save(out, *args)
    return out.getvalue()


def archive(*names):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name in names:
            file.writestr(name, b"data")
    return out.getvalue()


FILES = {
    "perdure": FILE,
    "empty": b"",
    "gzip": gzip.compress(FILE),
    "bzip2": bz2.compress(FILE),
    "xz": lzma.compress(FILE),
    "lzma": by_joblib(("lzma", 3)),
    "zstd": zstandard.ZstdCompressor().compress(FILE),
    "lz4": b"\x04\x22\x4d\x18" + bytes(20),
    "numpy": by_numpy(np.save, np.arange(3)),
    "npz": by_numpy(np.savez, np.arange(3)),
    "zip": archive("a.txt"),
    "torch": archive("model/data.pkl", "model/version"),
    "skops": archive("140217607089264.npy", "schema.json"),
    "parquet": b"PAR1" + bytes(30) + b"PAR1",
    "hdf5": b"\x89HDF\r\n\x1a\n" + bytes(30),
    "arrow": b"ARROW1\0\0" + bytes(30),
    "onnx": b"\x08\x0a\x12\x08skl2onnx\x1a\x061.20.0" + bytes(30),
    "safetensors": safetensors.numpy.save({"a": np.arange(3)}),
    "html": b"\n<!DOCTYPE html><html><title>Sign in</title></html>",
    "xml": b'<?xml version="1.0"?><PMML version="4.4"/>',
    "git-lfs": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    "dvc": b"outs:\n- md5: abc\n  path: model.pkl\n",
    "json": b'{"model": "a"}',
    "text": "ein Text, größer als nichts\n".encode(),
    "unknown": bytes(range(256)),
}
PICKLES = {
    **{f"protocol {protocol}": pickle.dumps(MODEL, protocol) for protocol in range(6)},
    "a list, 0": pickle.dumps([1, 2], 0),
    "a dict, 0": pickle.dumps({"a": 1}, 0),
    "a dict, 1": pickle.dumps({"model": MODEL}, 1),
    "a list, 1": pickle.dumps([MODEL], 1),
    "nothing": pickle.dumps(None),
}


@pytest.mark.parametrize("name", FILES)
def test_kinds_are_told_apart(name):
    data = FILES[name]
    assert kind(data[:HEAD], data[-TAIL:]) == name


@pytest.mark.parametrize("name", PICKLES)
def test_pickles_of_every_protocol_are_known(name):
    data = PICKLES[name]
    assert kind(data[:HEAD], data[-TAIL:]) == "pickle"


def test_files_of_joblib_are_known():
    arrays = io.BytesIO()
    joblib.dump({"a": np.arange(300.0)}, arrays)
    assert kind(arrays.getvalue()[:HEAD]) == "joblib"
    assert kind(by_joblib(("zlib", 3))[:HEAD]) == "joblib-zlib"
    assert kind(zlib.compress(b"x" * 100, 9)) == "joblib-zlib"
    assert kind(by_joblib(("gzip", 3))[:HEAD]) == "gzip"
    assert kind(by_joblib(("bz2", 3))[:HEAD]) == "bzip2"
    assert kind(by_joblib(("xz", 3))[:HEAD]) == "xz"


@pytest.mark.parametrize("name", [*(name for name in FILES if name != "perdure"), "pickle"])
def test_the_error_says_what_it_is_and_what_to_do(name, tmp_path):
    path = tmp_path / "model.perdure"
    path.write_bytes(FILES.get(name, PICKLES["protocol 5"]))
    with pytest.raises(FormatError) as caught:
        Container(path)
    first, fix = str(caught.value).splitlines()
    assert first.startswith("model.perdure ")
    assert fix.startswith("  what to do: ")
    assert caught.value.__cause__ is None


def test_a_damaged_file_of_ours_is_called_damaged():
    with pytest.raises(FormatError, match="damaged, cut short"):
        Container(FILE[:-1])


@pytest.mark.parametrize("length", range(40))
def test_no_beginning_crashes(length):
    for data in (*FILES.values(), *PICKLES.values()):
        assert kind(data[:length])
        if data is not FILE or length:
            with pytest.raises(FormatError):
                Container(data[:length])
