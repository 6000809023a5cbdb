"""Records and probes that somebody has bent, in files whose digests are right: a finding or a warning, never a crash."""

from __future__ import annotations

import io
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import perdure
from perdure.container.file import Container
from perdure.container.writing import appended, to_bytes
from perdure.errors import PerdureWarning
from perdure.record import reading
from perdure.record.probe import storing
from perdure.record.record import RECORD


def file_of(model: object) -> bytes:
    file = io.BytesIO()
    perdure.dump(model, file)
    return file.getvalue()


def with_section(data: bytes, name: str, content: bytes) -> bytes:
    with Container(data) as container:
        return to_bytes(appended(container, {name: content}))


def with_rows(name: str, root: str) -> bytes:
    """A file of the model with a probe of which nothing but the JSON of its root is given."""
    with Container(perdure.dumps(MODELS[name])) as container:
        record = b'{"environment":%b,"probe":{"origin":"derived"}}' % ENVIRONMENT
        graph = f'{{"arrays":[],"root":{root},"types":[]}}'
        return to_bytes(appended(container, {RECORD: record, storing.GRAPH: graph.encode()}))


ENVIRONMENT = (
    b'{"bits":64,"byteorder":"little","implementation":"CPython","machine":"x86_64","python":"3.13.0","system":"Linux"}'
)
X = np.random.RandomState(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)
FRAME = pd.DataFrame(
    {"n": np.arange(6.0), "k": ["a", "b", "a", "b", "a", None], "t": ["x y", "y", "x", "z", "z x", "y"]}
)
MODELS = {
    "numbers": DecisionTreeClassifier(max_depth=3, random_state=0).fit(X, Y),
    "table": make_pipeline(
        ColumnTransformer(
            [
                ("n", StandardScaler(), ["n"]),
                ("k", OneHotEncoder(handle_unknown="ignore"), ["k"]),
                ("t", TfidfVectorizer(token_pattern=r"(?u)\b\w\w+\b", analyzer="char"), "t"),
            ]
        ),
        LogisticRegression(),
    ).fit(FRAME, [0, 1, 0, 1, 0, 1]),
    "texts": TfidfVectorizer().fit(["the old tree", "a new leaf"]),
}
FILES = {name: file_of(model) for name, model in MODELS.items()}
SECTIONS = {name: perdure.open(io.BytesIO(data)).sections for name, data in FILES.items()}


@pytest.fixture(autouse=True, scope="module")
def on_another_machine():
    patch = pytest.MonkeyPatch()
    patch.setattr(reading, "running_machine", lambda: ("s390x", "big", 64))
    yield
    patch.undo()


def used(data: bytes) -> perdure.Report:
    """Load and verify a file: only errors that perdure raises on purpose may come out, and here not even those."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        perdure.loads(data)
        return perdure.verify(io.BytesIO(data))


@pytest.mark.parametrize("name", FILES)
def test_the_files_themselves_are_right(name):
    assert used(FILES[name]).ok


def bend(draw: st.DrawFn, content: bytes) -> bytes:
    """Change, drop or repeat some bytes; numbers in JSON become other numbers."""
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["byte", "cut", "repeat", "number", "word"]))
        place = draw(st.integers(0, max(len(content) - 1, 0)))
        if kind == "byte":
            content = content[:place] + bytes([draw(st.integers(0, 255))]) + content[place + 1 :]
        elif kind == "cut":
            content = content[:place] + content[place + draw(st.integers(1, 20)) :]
        elif kind == "repeat":
            content = content[:place] + content[place : place + 20] + content[place:]
        elif kind == "number":
            numbers = list(re.finditer(rb"-?\d+(?:\.\d+)?", content))
            if numbers:
                found = draw(st.sampled_from(numbers))
                new = draw(
                    st.sampled_from(
                        [
                            b"0",
                            b"-1",
                            b"1",
                            b"2",
                            b"3",
                            b"99",
                            b"1048576",
                            b"9007199254740992",
                            b"1e308",
                            b"null",
                            b"true",
                        ]
                    )
                )
                content = content[: found.start()] + new + content[found.end() :]
        else:
            words = list(re.finditer(rb'"[^"]*"', content))
            if words:
                found, other = draw(st.sampled_from(words)), draw(st.sampled_from(words))
                content = content[: found.start()] + other.group() + content[found.end() :]
    return content


@settings(max_examples=80)
@given(st.data())
def test_bent_records_and_probes_cost_no_model(data):
    name = data.draw(st.sampled_from(sorted(FILES)))
    section = data.draw(
        st.sampled_from([section for section in SECTIONS[name] if not section.startswith("record/source")])
    )
    whole = FILES[name]
    content = perdure.open(io.BytesIO(whole)).section(section)
    bent = data.draw(st.composite(bend)(content))
    report = used(with_section(whole, section, bent))
    assert report.of("integrity")[0].status == "ok"
    assert report.of("model")[0].status == "ok"
    str(report), report._repr_html_(), report.to_dict()


ROWS = {
    "nothing": "null",
    "text": '"abc"',
    "no rows": '["list"]',
    "nested": '["list",["list",["list"]]]',
    "numbers": '["list",1,2,3]',
    "huge numbers": '["list",["list",1e+308,1e+308,1e+308]]',
    "dicts": '["list",{"a":1}]',
    "a slice": '["slice",null,null,null]',
    "a range": '["range",0,9007199254740992,1]',
    "itself": '["def",0,["list",["ref",0]]]',
}


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("name", FILES)
def test_rows_of_any_kind_cost_no_model(name, rows):
    report = used(with_rows(name, f'{{"model":{{"outputs":{{"predict":1}},"rows":{ROWS[rows]}}}}}'))
    assert [finding.check for finding in report.failed] == ["probe"]


def test_a_method_of_any_name_is_not_called(monkeypatch):
    called = []
    monkeypatch.setattr(DecisionTreeClassifier, "fit", lambda *a, **k: called.append("fit"))
    monkeypatch.setattr(DecisionTreeClassifier, "set_params", lambda *a, **k: called.append("set_params"))
    outputs = '{"__class__":1,"fit":1,"predict.__self__":1,"set_params":1}'
    report = used(with_rows("numbers", f'{{"model":{{"outputs":{outputs},"rows":["list",["list",1.0,1.0,1.0]]}}}}'))
    assert not report.ok
    assert "no such method" in report.of("probe")[0].message
    assert called == []


def test_a_probe_that_asks_for_too_much_memory_is_refused():
    graph = '{"arrays":[["<f8",[100000000,100]]],"root":{"model":{"outputs":{},"rows":["array",0]}},"types":[]}'
    data = with_section(FILES["numbers"], storing.GRAPH, graph.encode())
    with pytest.warns(PerdureWarning, match="decoded_bytes"):
        perdure.loads(data)
    assert "decoded_bytes" in perdure.verify(io.BytesIO(data)).of("probe")[0].message


@pytest.mark.parametrize(
    "reference", ["/dev/zero", "/proc/self/mem", "\\\\\\\\server\\\\share", "http://127.0.0.1:9/x", "~", "."]
)
def test_a_reference_to_something_else_is_not_opened(reference):
    record = f'{{"data":{{"references":[{{"reference":"{reference}","sha256":"{"0" * 64}","size":0}}]}}}}'
    report = used(with_section(FILES["numbers"], RECORD, record.encode()))
    assert report.ok
    assert report.of("data")[0].status == "note"
