"""Files of skops, read without skops: through the same doors as any other."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris

import perdure
from zoo.compare import differences, digest_tree
from zoo.registry import all_cases

FIXTURES = Path(__file__).parent.parent / "fixtures" / "skops"
OUTPUTS = json.loads((FIXTURES / "outputs.json").read_text(encoding="utf-8"))
EACH = (
    "GradientBoostingClassifier", "GridSearchCV", "HistGradientBoostingClassifier", "IsotonicRegression",
    "KNeighborsClassifier-ball_tree", "Pipeline-own-steps", "RandomForestClassifier", "SGDClassifier-modified_huber",
    "SplineTransformer", "TfidfVectorizer", "dict-standard-library", "dict-functions",
    "LogisticRegressionCV-strings", "StackingClassifier", "VotingClassifier",
)  # fmt: skip


@pytest.mark.parametrize("name", OUTPUTS)
def test_a_file_predicts_as_it_did(name):
    model = perdure.load(FIXTURES / f"{name}.skops")
    rows = load_iris().data[::10]
    method = next(
        getattr(model, method) for method in ("predict_proba", "decision_function", "predict") if hasattr(model, method)
    )
    assert np.allclose(method(rows), OUTPUTS[name], rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("name", EACH)
def test_it_is_the_model_that_skops_gives_back(name):
    skops = pytest.importorskip("skops.io")
    case = next(case for case in all_cases() if case.name == name)
    with case.settings():
        model, _ = case.make()
        try:
            data = skops.dumps(model)
        except Exception as error:  # noqa: BLE001 - what skops cannot save is no matter here
            pytest.skip(str(error))
        expected = skops.loads(data, trusted=skops.get_untrusted_types(data=data))
        assert differences(digest_tree(expected), digest_tree(perdure.loads(data, trusted=case.trusted))) == []


def changed(change) -> bytes:
    """A file whose schema somebody has changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(FIXTURES / "forest.skops") as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "schema.json":
                schema = json.loads(data)
                change(schema)
                data = json.dumps(schema).encode()
            new.writestr(name, data)
    return made.getvalue()


HOSTILE = {
    "another class": lambda s: s.update({"__module__": "os", "__class__": "system"}),
    "a function as a parameter": lambda s: s["content"]["content"].update(
        criterion={"__module__": "os", "__class__": "system", "__loader__": "FunctionNode"}
    ),
    "a call": lambda s: s["content"]["content"].update(
        criterion={
            "__module__": "subprocess",
            "__class__": "Popen",
            "__loader__": "ConstructorFromReduceNode",
            "content": {"__module__": "builtins", "__class__": "tuple", "__loader__": "TupleNode", "content": []},
        }
    ),
    "an unknown loader": lambda s: s.update({"__loader__": "EvalNode"}),
    "no loader": lambda s: s.pop("__loader__"),
    "a member that is not there": lambda s: s["content"]["content"].update(
        criterion={
            "__module__": "numpy",
            "__class__": "ndarray",
            "__loader__": "NdArrayNode",
            "type": "numpy",
            "file": "../x",
        }
    ),
    "a list for a node": lambda s: s.update(content=[1, 2]),
    "a text for attributes": lambda s: s["content"].update(content="x"),
    "a method that is hidden": lambda s: s["content"]["content"].update(
        predict={"__module__": "builtins", "__class__": "str", "__loader__": "JsonNode", "content": "1"}
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_changed_file_is_refused(name):
    with pytest.raises(perdure.PerdureError):
        perdure.loads(changed(HOSTILE[name]))


HEADERS = {
    "null bytes": lambda header: header.replace(b"False", b"\0alse"),
    "an open text": lambda header: header.replace(b"'shape'", b"'shape "),
    "a sign": lambda header: header.replace(b"(", b"\6"),
    "a shape beyond memory": lambda header: header.replace(b"'shape': (3,), }    ", b"'shape': (0, 1<<60), }"),
    "an exponent": lambda header: header.replace(b"(3,), }      ", b"(3**9**9**9,)}"),
    "a name": lambda header: header.replace(b"'<i8'", b"'O__'"),
    "objects": lambda header: header.replace(b"'<i8'", b"'|O8'"),
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_changed_array_is_refused(name):
    array = io.BytesIO()
    np.save(array, np.arange(3))
    node = {"__class__": "ndarray", "__module__": "numpy", "__loader__": "NdArrayNode", "type": "numpy", "file": "a"}
    for header in (array.getvalue(), HEADERS[name](array.getvalue())):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr(
                "schema.json", json.dumps({**node, "__id__": 1, "protocol": 2, "_skops_version": "0.16.0"})
            )
            archive.writestr("a", header)
        if header == array.getvalue():
            assert perdure.loads(made.getvalue()).tolist() == [0, 1, 2]
    with pytest.raises(perdure.FormatError):
        perdure.loads(made.getvalue())


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
def test_a_damaged_file_is_refused_or_the_same(share):
    data = bytearray((FIXTURES / "forest.skops").read_bytes())
    data[int(share * len(data))] ^= 0x10
    try:
        model = perdure.loads(bytes(data))
    except perdure.PerdureError:
        return
    assert np.allclose(model.predict_proba(load_iris().data[::10]), OUTPUTS["forest"])


def test_an_archive_that_expands_beyond_measure():
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.json", b" " * (4 << 20))
    with pytest.raises(perdure.LimitError, match="expands"):
        perdure.loads(made.getvalue(), limits={"decoded_bytes": 1 << 20})
