"""CVE-2025-54886, skops up to 0.12: what is no archive is given to joblib, without a word.

A file whose first bytes are not those of a ZIP was unpickled by the function that promised not to. In perdure nothing
unpickles: where an old format is read, its bytes are read as data, and what they would call is refused by name.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import pickle
import tarfile
import zipfile
import zlib
from contextlib import suppress

import joblib
import numpy as np
import pytest

import perdure
from attacks.models import XR, YR
from attacks.published.refusals import refused
from cli.running import run
from perdure.errors import FormatError, UntrustedError

#: A file of no kind that is read, or one whose calls are names that nobody trusts.
REFUSED = (FormatError, UntrustedError)


def joblib_bytes(value, compress=0):
    file = io.BytesIO()
    joblib.dump(value, file, compress=compress)
    return file.getvalue()


def archive(names, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, data in names:
            made.writestr(name, data)
    return file.getvalue()


def tar(name, data):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        row = tarfile.TarInfo(name)
        row.size = len(data)
        made.addfile(row, io.BytesIO(data))
    return file.getvalue()


def npy(value):
    file = io.BytesIO()
    np.save(file, np.array([value], dtype=object), allow_pickle=True)
    return file.getvalue()


def healthy():
    from sklearn.linear_model import Ridge

    return perdure.dumps(Ridge().fit(XR, YR))


FILES = {
    **{f"pickle, protocol {number}": lambda p, n=number: pickle.dumps(p, n) for number in range(6)},
    "joblib": joblib_bytes,
    "joblib, zlib": lambda p: joblib_bytes(p, ("zlib", 3)),
    "joblib, lzma": lambda p: joblib_bytes(p, ("lzma", 3)),
    "pickle in gzip": lambda p: gzip.compress(pickle.dumps(p)),
    "pickle in bzip2": lambda p: bz2.compress(pickle.dumps(p)),
    "pickle in xz": lambda p: lzma.compress(pickle.dumps(p)),
    "pickle in zlib": lambda p: zlib.compress(pickle.dumps(p)),
    "pickle in a zip": lambda p: archive([("data.pkl", pickle.dumps(p))]),
    "pickle in a tar": lambda p: tar("data.pkl", pickle.dumps(p)),
    "skops": lambda p: archive([("schema.json", b'{"__class__":"system","__module__":"os","__loader__":"TypeNode"}')]),
    "torch": lambda p: archive([("archive/data.pkl", pickle.dumps(p)), ("archive/version", b"3\n")]),
    "npy with objects": npy,
    "npz with objects": lambda p: archive([("arr_0.npy", npy(p))]),
    "pickle as the manifest": lambda p: archive([("perdure.json", pickle.dumps(p)), ("graph.json", pickle.dumps(p))]),
    "pickle, then a model": lambda p: pickle.dumps(p) + healthy(),
    "a model, then a pickle": lambda p: healthy() + pickle.dumps(p),
    "a model with a pickle for its mark": lambda p: b"PK\3\4" + pickle.dumps(p) + healthy()[4:],
}


@pytest.mark.parametrize("kind", FILES)
def test_no_other_format_is_tried(tmp_path, payload, kind):
    found = refused(tmp_path, FILES[kind](payload), REFUSED)
    assert "pickle.load" not in str(found)
    assert "joblib.load" not in str(found)


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.skops", "model.pt", "model.keras", "model"])
def test_the_name_of_a_file_decides_nothing(tmp_path, payload, name):
    (tmp_path / name).write_bytes(pickle.dumps(payload))
    with pytest.raises(perdure.PerdureError) as caught:
        perdure.load(tmp_path / name)
    assert type(caught.value) in REFUSED
    (tmp_path / name).write_bytes(healthy())
    assert type(perdure.load(tmp_path / name)).__name__ == "Ridge"


@pytest.mark.parametrize("kind", ["pickle, protocol 4", "joblib", "pickle in a zip", "torch"])
def test_looking_at_a_file_runs_nothing_either(tmp_path, payload, kind):
    path = tmp_path / "model.pkl"
    path.write_bytes(FILES[kind](payload))
    for look in (perdure.open, lambda src: perdure.annotate(src, notes="a")):
        with suppress(perdure.PerdureError):
            look(path)
    with suppress(perdure.PerdureError):
        assert not perdure.verify(path).ok
    assert run("scan", str(path)).exit_code != 0
    assert os.listdir(tmp_path) == ["model.pkl"]
