"""dump and load as people know them, and what they say when something is wrong."""

import functools
import io
import os
import pathlib
import pickle

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import perdure

X = np.arange(120.0).reshape(40, 3) % 7
y = np.arange(40) % 2
model = LogisticRegression().fit(X, y)


def check(again):
    assert np.array_equal(again.predict_proba(X), model.predict_proba(X))


def test_paths(tmp_path):
    for path in (tmp_path / "a.perdure", str(tmp_path / "b.perdure")):
        assert perdure.dump(model, path) == [os.fspath(path)]
        check(perdure.load(path))
    assert sorted(os.listdir(tmp_path)) == ["a.perdure", "b.perdure"]


def test_file_objects_are_left_open_and_their_position_counts(tmp_path):
    buffer = io.BytesIO(b"before")
    buffer.seek(6)
    assert perdure.dump(model, buffer) == []
    assert buffer.getvalue()[:6] == b"before"
    buffer.seek(6)
    check(perdure.load(buffer))
    assert not buffer.closed
    with open(tmp_path / "x", "w+b") as file:
        perdure.dump(model, file)
        file.seek(0)
        check(perdure.load(file))
        assert file.tell() == os.path.getsize(tmp_path / "x")


def test_urls():
    pytest.importorskip("fsspec")
    assert perdure.dump(model, "memory://folder/m.perdure") == ["memory://folder/m.perdure"]
    check(perdure.load("memory://folder/m.perdure"))
    with perdure.open("memory://folder/m.perdure") as file:
        assert file.types == ("sklearn.linear_model._logistic:LogisticRegression",)


def test_bytes(tmp_path):
    data = perdure.dumps(model)
    for form in (data, bytearray(data), memoryview(data)):
        check(perdure.loads(form))


def test_loaded_arrays_are_owned_writable_and_aligned():
    again = perdure.loads(perdure.dumps(model, compression=None))
    for name in ("coef_", "intercept_", "classes_"):
        array = getattr(again, name)
        assert array.flags.writeable
        assert array.ctypes.data % 64 == 0
    again.set_params(warm_start=True).fit(X, y)


def test_mapped_arrays_are_read_only_views(tmp_path):
    big = StandardScaler().fit(np.random.default_rng(0).random((50, 4000)))
    perdure.dump(big, tmp_path / "m", compression=None)
    again = perdure.load(tmp_path / "m", mmap=True)
    assert not again.mean_.flags.writeable
    rows = np.ones((2, 4000))
    assert np.array_equal(again.transform(rows), big.transform(rows))


def test_a_missing_path_is_what_open_says(tmp_path):
    with pytest.raises(FileNotFoundError):
        perdure.load(tmp_path / "nothing.perdure")
    with pytest.raises(FileNotFoundError):
        perdure.dump(model, tmp_path / "no" / "folder.perdure")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"name,age\nann,3\n", "text"),
        (pickle.dumps(model)[:200], "pickle"),
        (pickle.dumps(model, 0)[:200] + b".", "pickle"),
        (perdure.dumps(model)[:500], "truncated|cut|whole|damaged|incomplete"),
        (b"PK\3\4" + bytes(100), "ZIP|zip|whole|damaged"),
        (bytes(range(256)), "perdure"),
    ],
)
def test_what_is_no_perdure_file_is_told_warmly(tmp_path, content, words):
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(perdure.FormatError, match=words):
        perdure.load(path)


@pytest.mark.parametrize("compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)])
def test_joblib_files_are_told_by_their_content(tmp_path, compress):
    path = tmp_path / "model.perdure"
    joblib.dump(model, path, compress=compress)
    assert np.array_equal(perdure.load(path).coef_, model.coef_)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(perdure.FormatError, match="damaged") as caught:
        perdure.load(path)
    assert caught.value.fix


def test_a_folder(tmp_path):
    with pytest.raises(perdure.PerdureError, match="director|folder"):
        perdure.load(tmp_path)
    with pytest.raises((perdure.PerdureError, IsADirectoryError)):
        perdure.dump(model, tmp_path)


def outer():
    def inner(x):
        return x

    class Local:
        pass

    return inner, Local


class InMain:
    pass


InMain.__module__ = "__main__"


@pytest.mark.parametrize(
    ("value", "words", "fix"),
    [
        (FunctionTransformer(lambda x: x), "lambda", "named function"),
        (FunctionTransformer(outer()[0]), "inside a function", "top level"),
        (outer()[1](), "inside a function", "top level"),
        (InMain(), "__main__", "move the class to a module"),
        (FunctionTransformer(functools.partial(lambda x: x)), "lambda", "named function"),
        ({"a": io.BytesIO()}, "open file", ""),
        (pathlib, "module", ""),
    ],
)
def test_what_cannot_be_saved_says_how_it_can(value, words, fix):
    with pytest.raises(perdure.UnsupportedError, match=words) as caught:
        perdure.dumps({"step": value})
    assert caught.value.path is not None
    assert caught.value.path.startswith("model['step']")
    assert fix in (caught.value.fix or "")


def test_a_failed_dump_leaves_the_old_file(tmp_path):
    path = tmp_path / "m.perdure"
    perdure.dump(model, path)
    with pytest.raises(perdure.UnsupportedError):
        perdure.dump(FunctionTransformer(lambda x: x), path)
    check(perdure.load(path))
    assert os.listdir(tmp_path) == ["m.perdure"]


def test_unknown_limits_and_bad_arguments_are_told():
    data = perdure.dumps(model)
    with pytest.raises(perdure.LimitError, match="nodes"):
        perdure.loads(data, limits={"nodes": 3})
    with pytest.raises(perdure.UnsupportedError, match="no limit named"):
        perdure.loads(data, limits={"colour": 3})
    with pytest.raises(perdure.UnsupportedError, match="list of names"):
        perdure.loads(data, trusted="a.b:C")
    with pytest.raises(perdure.UnsupportedError):
        perdure.dumps(model, compression="zip")


def test_a_newer_format_is_refused_by_name():
    import zipfile

    from perdure.container.archive import Member
    from perdure.container.writing import to_bytes

    archive = zipfile.ZipFile(io.BytesIO(perdure.dumps(model)))
    manifest = archive.read("perdure.json").replace(b'"format":[1,0]', b'"format":[2,0]')
    manifest = manifest.replace(b'"min_reader":[1,0]', b'"min_reader":[2,0]')
    members = [Member.of("perdure.json", manifest)]
    members += [Member.of(name, archive.read(name)) for name in archive.namelist()[1:]]
    with pytest.raises(perdure.FormatError, match="2") as caught:
        perdure.loads(to_bytes(members))
    assert "upgrade" in (caught.value.fix or "")
