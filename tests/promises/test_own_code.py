"""Classes and functions of a script, a notebook and lambdas: kept as text, and run by nobody who has not asked for it."""

from __future__ import annotations

import io
import linecache
import subprocess
import sys
import types
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.preprocessing import FunctionTransformer

import perdure
from perdure.cli.program import program
from perdure.container.file import Container
from perdure.container.writing import appended, to_bytes

X = np.arange(12.0).reshape(6, 2)
SCRIPT = '''
import dataclasses, functools, re, sys
import numpy as np
import scipy.special
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
import perdure

SCALE = 3.0
NAMES = {"a": [1, 2], "b": (None, True)}

def helper(x: np.ndarray) -> np.ndarray:
    def inside(y: float):
        return np.log1p(np.abs(y))
    return inside(x) * SCALE

def again(f):
    @functools.wraps(f)
    def inner(*a, **k):
        return f(*a, **k)
    return inner

class Base(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        self.mean_ = np.asarray(X).mean(0)
        self.n_features_in_ = np.shape(X)[1]
        return self

class Shift(Base):
    """With 'quotes', a \\\\ and
    two lines."""
    class Inner:
        limit = 5
        def get(self): return self.limit
    def __init__(self, by=1.0):
        self.by = by
    def transform(self, X):
        assert NAMES["b"][1] and self.Inner().get() == 5
        return helper(np.asarray(X) - self.mean_) + self.by + scipy.special.expit(0.0)
    @property
    def twice(self):
        return super().__repr__() + str(self.by * 2)
    @staticmethod
    def half(x): return x / 2

@dataclasses.dataclass
class Config:
    depth: int = 3
    names: list = dataclasses.field(default_factory=list)

@again
def tokens(text):
    return re.findall(r"\\w+", text.lower())

first, second = lambda X: X ** 2, lambda X: X + 1
X = np.arange(12.0).reshape(6, 2); y = [0, 0, 0, 1, 1, 1]
steps = [Shift(2.0), FunctionTransformer(second), FunctionTransformer(helper), LogisticRegression()]
model = {
    "pipeline": make_pipeline(*steps).fit(X, y),
    "config": Config(4, ["x"]),
    "words": CountVectorizer(tokenizer=tokens, token_pattern=None).fit(["Aa bb", "cc"]),
    "class": Shift.Inner,
}
perdure.dump(model, sys.argv[1], code=True)
np.save(sys.argv[1] + ".npy", model["pipeline"].predict_proba(X))
'''


def dumped(code: str, **options) -> bytes:
    """A file whose model is one function of a module of its own, as a notebook makes it."""
    return perdure.dumps(cell(code, **options)["model"], code=True)


def cell(code: str, name: str = "__main__", filename: str = "<ipython-input-1-0123456789ab>") -> dict:
    linecache.cache[filename] = (len(code), None, code.splitlines(keepends=True), filename)
    known = {"__name__": name, "FunctionTransformer": FunctionTransformer, "np": np}
    exec(compile(code, filename, "exec", dont_inherit=True), known)
    return known


def code_of(data: bytes):
    with perdure.open(io.BytesIO(data)) as file:
        return file.code


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("own")
    (folder / "train.py").write_text(SCRIPT, encoding="utf-8")
    subprocess.run([sys.executable, folder / "train.py", folder / "m.perdure"], check=True, timeout=300)
    return folder / "m.perdure"


def test_a_model_of_a_script_comes_back_in_another_process(saved):
    with perdure.open(saved) as file:
        digest = file.code.digest
        assert digest == "sha256:" + sha256(file.code.text.encode()).hexdigest()
    code = (
        "import sys, numpy, pickle, perdure; m = perdure.load(sys.argv[1], run_code=sys.argv[2]);"
        "X = numpy.arange(12.0).reshape(6, 2); shift = m['pipeline'][0];"
        "assert (m['pipeline'].predict_proba(X) == numpy.load(sys.argv[1] + '.npy')).all();"
        "assert m['config'].depth == 4 and m['class'].limit == 5 and shift.twice == 'Shift(by=2.0)4.0';"
        "assert list(m['words'].get_feature_names_out()) == ['aa', 'bb', 'cc'];"
        "assert pickle.loads(pickle.dumps(shift)).half(3) == 1.5;"
        "print(perdure.dumps(m, code=True).hex())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, saved, digest], check=True, capture_output=True, text=True, timeout=300
    )
    again = bytes.fromhex(done.stdout)
    with perdure.open(io.BytesIO(again)) as file, perdure.open(saved) as first:
        assert (file.digest, file.code) == (first.digest, first.code)


def test_nothing_of_it_runs_unasked(saved):
    with pytest.raises(perdure.UntrustedError) as caught:
        perdure.load(saved)
    names = {item.name for item in caught.value.untrusted}
    assert names == {f"__main__:{name}" for name in ("Config", "Shift", "Shift.Inner", "helper", "lambda_1", "tokens")}
    digest = perdure.open(saved).code.digest
    assert f'run_code="{digest}"' in caught.value.fix
    assert not [name for name in sys.modules if name.startswith("perdure_code_")] or digest[7:23] not in str(
        sys.modules
    )


def run(*arguments) -> str:
    done = CliRunner().invoke(program, list(map(str, arguments)))
    return done.output


def test_inspect_shows_it(saved):
    digest = perdure.open(saved).code.digest
    shown = run("inspect", saved, "--code")
    assert "class Shift(Base):" in shown
    assert "return np.log1p(np.abs(y))" in shown
    assert digest in shown
    assert digest in run("inspect", saved).replace("\n", "").replace(" ", "")


def test_verify_asks_the_probe_of_it(saved):
    report = perdure.verify(saved, run_code=perdure.open(saved).code.digest)
    assert report.ok
    assert any("bit for bit" in finding.message for finding in report.of("probe"))
    assert not perdure.verify(saved).ok


def test_what_stands_for_it_needs_no_code(saved):
    class Other:
        pass

    with perdure.open(saved) as file:
        others = [name for name in file.untrusted if name != "__main__:Config"]
        made = file["config"].load(replace={"__main__.Config": Other}, trusted=others)
    assert type(made) is Other
    assert vars(made) == {"depth": 4, "names": ["x"]}


MARKER = """
import pathlib
pathlib.Path({marker!r}).write_text("ran")
def f(X): return X
"""


def hostile(text: bytes, tmp_path: Path) -> bytes:
    """A file whose code is another one, every digest and CRC right."""
    data = dumped("def f(X): return X\nmodel = FunctionTransformer(f)\n")
    with Container(data) as container:
        return to_bytes(appended(container, {"code.py": text}))


def test_only_the_digest_runs_it(tmp_path):
    marker = tmp_path / "marker"
    text = MARKER.format(marker=str(marker)).encode()
    path = tmp_path / "m.perdure"
    path.write_bytes(hostile(text, tmp_path))
    honest = code_of(dumped("def f(X): return X\nmodel = FunctionTransformer(f)\n")).digest
    for call in (
        lambda: perdure.load(path),
        lambda: perdure.load(path, run_code=honest),
        lambda: perdure.load(path, trusted=["__main__:f"]),
        lambda: perdure.load(path, run_code="sha256:" + "0" * 64),
    ):
        with pytest.raises(perdure.PerdureError):
            call()
    perdure.verify(path)
    perdure.check([path])
    for command in ("inspect", "scan", "verify", "load-check", "card"):
        run(command, path)
    with perdure.open(path) as file:
        assert file.code.text == text.decode()
        assert file._repr_html_()
    perdure.load(path, replace={"__main__:f": abs_of})
    assert not marker.exists()
    perdure.load(path, run_code="sha256:" + sha256(text).hexdigest())
    assert marker.exists()


def abs_of(X):
    return np.abs(X)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (b"\xff\xfe", perdure.FormatError),
        (b"raise KeyError('x')", perdure.InvalidError),
        (b"def f(:", perdure.InvalidError),
        (b"import a_library_that_is_not_here", perdure.InvalidError),
        (b"x = 1", perdure.UntrustedError),
        (b"f = 3", perdure.PerdureError),
        (b"a\0b", perdure.InvalidError),
    ],
)
def test_code_that_cannot_be_used(text, error, tmp_path):
    with pytest.raises(error):
        perdure.loads(hostile(text, tmp_path), run_code="sha256:" + sha256(text).hexdigest())


@pytest.mark.parametrize("wrong", ["sha256:", "md5:00", "", "0" * 64, 3, True])
def test_run_code_is_a_digest(wrong):
    with pytest.raises(perdure.UnsupportedError, match="digest"):
        perdure.loads(dumped("def f(X): return X\nmodel = FunctionTransformer(f)\n"), run_code=wrong)


def test_a_file_without_code_says_so():
    data = perdure.dumps(FunctionTransformer(np.log1p))
    assert code_of(data) is None
    assert perdure.dumps(FunctionTransformer(np.log1p), code=True) == data
    with pytest.raises(perdure.UnsupportedError, match="without code"):
        perdure.loads(data, run_code="sha256:" + "0" * 64)


@pytest.mark.parametrize(
    "given", [{"sklearn.preprocessing._function_transformer.FunctionTransformer": dict}, [1], {"a.B": 3}]
)
def test_replace_takes_names_outside_the_tables(given):
    with pytest.raises(perdure.UnsupportedError):
        perdure.loads(perdure.dumps(1), replace=given)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def make(k):\n    return lambda X: X + k\nmodel = FunctionTransformer(make(2))\n", "uses k of the function"),
        ("table = np.ones(3)\ndef f(X): return X + table\nmodel = FunctionTransformer(f)\n", "uses table, a ndarray"),
        ("def f(X): return X\ng = f\ndef f(X): return -X\nmodel = FunctionTransformer(g)\n", "is not what its module"),
        (
            "class A:\n    def f(self): return 1\nmodel = A()\nA.f = lambda self: 2\nA.f.__module__ = 'x'\n",
            "not to be found",
        ),
    ],
    ids=["closure", "an array", "an old definition", "a method put in later"],
)
def test_what_no_text_says_is_refused(code, problem, monkeypatch):
    known = cell(code)
    main_module = types.ModuleType("__main__")
    vars(main_module).update(known)
    monkeypatch.setitem(sys.modules, "__main__", main_module)
    with pytest.raises(perdure.UnsupportedError, match=problem):
        perdure.dumps(known["model"], code=True)


def test_a_text_that_is_not_the_code_that_runs_is_refused():
    """The file was changed after it was read: the text would be another function."""
    name = "<ipython-input-2-changed>"
    known = cell("def f(X): return X + 1\nmodel = FunctionTransformer(f)\n", filename=name)
    changed = "def f(X): return X + 2\nmodel = FunctionTransformer(f)\n"
    linecache.cache[name] = (len(changed), None, changed.splitlines(keepends=True), name)
    with pytest.raises(perdure.UnsupportedError, match="not that of the code that runs"):
        perdure.dumps(known["model"], code=True)


def test_without_code_the_way_is_told():
    known = cell("model = FunctionTransformer(lambda X: X)\n")
    with pytest.raises(perdure.UnsupportedError) as caught:
        perdure.dumps(known["model"])
    assert "code=True" in caught.value.fix


@pytest.mark.parametrize(
    "code",
    [
        "def f(X):\n    return X * K\nK = 2\nmodel = FunctionTransformer(f)\n",
        "model = FunctionTransformer(lambda X: (\n    X * 2\n))\n",
        "f, g = (lambda X: X * 3), (lambda X: X * 2)\nmodel = FunctionTransformer(g)\n",
        "def make():\n    def g(X):\n        return X * 2\n    return g\nmodel = FunctionTransformer(make())\n",
        "from numpy import multiply as m\nmodel = FunctionTransformer(lambda X: m(X, 2))\n",
        "import numpy.linalg as la\nmodel = FunctionTransformer(lambda X: X * 2 * la.norm([1.0]))\n",
        "from __future__ import annotations\nimport typing as t\ndef f(X: t.Any) -> Nowhere:\n    y: Gone = X * 2\n    return y\nmodel = FunctionTransformer(f)\n",
        "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)\ndef f(X): return X * 2 if even(4) else X\nmodel = FunctionTransformer(f)\n",
        "def f(X, times=2, *, plus=0): return X * times + plus\nh = f\ndef g(X): return h(X)\nmodel = FunctionTransformer(g)\n",
    ],
)
def test_functions_of_notebooks(code, monkeypatch):
    known = cell(code)
    main_module = types.ModuleType("__main__")
    vars(main_module).update(known)
    monkeypatch.setitem(sys.modules, "__main__", main_module)
    data = perdure.dumps(known["model"], code=True)
    made = perdure.loads(data, run_code=code_of(data).digest)
    assert np.array_equal(made.transform(X), X * 2)
    assert np.array_equal(known["model"].transform(X), X * 2)
    assert perdure.dumps(made, code=True) == data


def test_a_secret_in_code_that_is_kept_is_warned_of(tmp_path):
    script = (
        "import perdure, warnings\n"
        "from sklearn.preprocessing import FunctionTransformer\n"
        "def connect(X, password='hunter2'):\n"
        "    return X\n"
        "perdure.dump(FunctionTransformer(connect), 'm.perdure', code=True)\n"
    )
    (tmp_path / "train.py").write_text(script)
    done = subprocess.run([sys.executable, "train.py"], cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "what looks like a secret is in the code that goes into the file: line " in done.stderr
    assert "(password)" in done.stderr
