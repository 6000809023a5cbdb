"""A record never holds a value of X beyond what the fitted state has, a secret, or the path of a home folder."""

from __future__ import annotations

import io
import string
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import perdure
from perdure.record.reading import samples_of

FEW = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))


def values_in(node: object) -> set[object]:
    """Return all plain values in rows and outputs of a probe."""
    if isinstance(node, pd.DataFrame):
        return values_in(node.to_numpy(dtype=object).ravel().tolist())
    if isinstance(node, np.ndarray):
        return set(node.ravel().tolist())
    if isinstance(node, dict):
        return set().union(*map(values_in, node.values())) if node else set()
    if isinstance(node, (list, tuple)):
        return set().union(*map(values_in, node)) if node else set()
    if hasattr(node, "toarray"):
        return values_in(node.toarray())
    return {node}


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
@FEW
@given(seed=st.integers(0, 2**32 - 1), named=st.booleans())
def test_no_number_of_the_training_data_enters_the_record(seed, named):
    chance = np.random.RandomState(seed)
    X = chance.normal(size=(40, 3)) * 10.0 ** chance.randint(-3, 6)
    y = (X[:, 0] > np.median(X[:, 0])).astype(int)
    weights = chance.uniform(1, 2, size=40)
    given_X = pd.DataFrame(X, columns=["a", "b", "c"]) if named else X
    file = io.BytesIO()
    model = LogisticRegression().fit(given_X, y)
    perdure.dump(
        model,
        file,
        X=given_X,
        y=y,
        sample_weight=weights,
        groups=np.arange(40) % 4,
        cv=3,
        scoring=["accuracy"],
        strict=True,
    )
    file.seek(0)
    with perdure.open(file) as opened:
        text = opened.section("record.json").decode()
        probe = samples_of(opened, opened.record)
    secrets = set(X.ravel().tolist()) | set(weights.tolist())
    assert not [value for value in secrets if repr(value) in text or repr(value)[:12] in text]
    found = set().union(*(values_in(sample.rows) | values_in(dict(sample.outputs)) for sample in probe))
    assert found
    assert not found & secrets


WORDS = st.text(string.ascii_lowercase, min_size=14, max_size=20)


@FEW
@given(texts=st.lists(WORDS, min_size=12, max_size=20, unique=True))
def test_no_text_of_the_training_data_enters_the_record(texts):
    y = [place % 2 for place in range(len(texts))]
    file = io.BytesIO()
    model = make_pipeline(HashingVectorizer(n_features=16), LogisticRegression()).fit(texts, y)
    perdure.dump(model, file, X=texts, y=y, cv=2, strict=True)
    data = file.getvalue()
    with perdure.open(io.BytesIO(data)) as opened:
        sections = b"".join(opened.section(name) for name in opened.sections)
    assert b"sha256" in sections
    assert not [text for text in texts if text.encode() in sections or text.encode() in data]


def test_a_category_of_the_training_data_does_not_enter_the_record():
    frame = pd.DataFrame({"place": pd.Categorical(["ward-eleven", "ward-twelve"] * 20), "n": np.arange(40.0)})
    file = io.BytesIO()
    perdure.dump(LogisticRegression().fit(frame[["n"]], [0, 1] * 20), file, X=frame, strict=True)
    with perdure.open(io.BytesIO(file.getvalue())) as opened:
        assert b"place" in opened.section("record.json")
        assert b"ward" not in b"".join(opened.section(name) for name in opened.sections)


SECRET = st.text(string.ascii_letters + string.digits, min_size=20, max_size=40)


@FEW
@given(user=SECRET, password=SECRET, token=SECRET)
def test_no_secret_of_a_url_enters_the_record(user, password, token):
    file = io.BytesIO()
    places = [
        f"https://{user}:{password}@host/train.parquet?version=3&token={token}",
        f"s3://{user}@bucket/train.parquet?X-Amz-Signature={token}&api_key={password}",
    ]
    perdure.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), file, data=places)
    with perdure.open(io.BytesIO(file.getvalue())) as opened:
        sections = b"".join(opened.section(name) for name in opened.sections)
    assert b"host/train.parquet?version=3" in sections
    assert not [secret for secret in (user, password, token) if secret.encode() in sections]


def test_no_home_folder_enters_the_record_of_a_script(tmp_path, monkeypatch):
    home = tmp_path / "home-of-somebody"
    home.mkdir()
    (home / "train.csv").write_text("a,y\n1,0\n2,1\n3,0\n4,1\n")
    script = home / "train.py"
    script.write_text(
        "import perdure, pandas, os\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "path = os.path.expanduser('~/train.csv')\n"
        "frame = pandas.read_csv(path)\n"
        "model = LogisticRegression().fit(frame[['a']], frame['y'])\n"
        "perdure.dump(model, 'm.perdure', X=frame[['a']], y=frame['y'], cv=2, data=path, strict=True)\n"
    )
    monkeypatch.setenv("HOME", str(home))
    done = subprocess.run([sys.executable, script], cwd=home, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    with perdure.open(home / "m.perdure") as opened:
        sections = b"".join(opened.section(name) for name in opened.sections)
    assert b"~/train.csv" in sections
    assert b"train.py" in sections
    assert b"home-of-somebody" not in sections


REMOTES = {
    "https://me:hidden@host/team/models.git": "https://host/team/models.git",
    "hidden@host:team/models.git": "host:team/models.git",
    "{home}/hidden/../models.git": "~/models.git",
    "file://{home}/models.git": "file://~/models.git",
}


@pytest.mark.parametrize("remote", REMOTES)
def test_the_remote_is_recorded_without_credentials_and_home(remote, tmp_path, monkeypatch):
    home = tmp_path / "home-of-somebody"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(home)
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "remote", "add", "origin", remote.format(home=home)], check=True)
    perdure.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), "m.perdure", data=f"file://{home}/gone.csv")
    with perdure.open("m.perdure") as opened:
        text = opened.section("record.json")
        assert opened.record.source.git.remote == REMOTES[remote]
    assert b"hidden" not in text
    assert b"home-of-somebody" not in text


# --- source, and all of it at once ---------------------------------------------------------------------------------------

NAMES = st.sampled_from(["password", "DB_PASSWORD", "api_key", "client_secret", "aws_secret_access_key", "HUB_TOKEN"])
FORMS = st.sampled_from(
    [
        "{name} = {secret!r}",
        "{name}: str = '{secret}'",
        "settings = {{'{name}': \"{secret}\"}}",
        "connect(user='me', {name}='{secret}')",
        "os.environ['{name}'] = '{secret}'",
        "engine = 'postgresql://me:{secret}@host/db'",
        "url = 'https://host/x?access_token={secret}'",
        "headers = {{'Authorization': 'Bearer {secret}'}}",
        "key = 'sk-{secret}'",
        "key = 'hf_{secret}{secret}'",
        "#!export {name}={secret}",
    ]
)
LINES = st.lists(st.tuples(NAMES, FORMS, SECRET.filter(lambda text: len(set(text)) > 1)), min_size=1, max_size=5)


@FEW
@given(lines=LINES, place=st.sampled_from(["file", "function", "diff", "notebook", "notes"]))
def test_no_secret_and_no_home_folder_of_a_source_enters_the_record(lines, place, tmp_path_factory):
    home = tmp_path_factory.mktemp("home") / "home-of-somebody"
    home.mkdir()
    body = [form.format(name=name, secret=secret).replace("#!", "!") for name, form, secret in lines]
    if place in ("function", "file"):
        # What is no Python stands in cells only.
        body = [line for line in body if not line.startswith("!")] or ["password = 'hunter2-and-more-of-it'"]
    secrets = [secret for (_, _, secret), line in zip(lines, body, strict=False) if secret in line]
    text = "\n".join(["import os", *body, f"folder = '{home}/data'"]) + "\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("USERPROFILE", str(home))
        patch.chdir(home)
        more = {"source": "train.py"}
        if place == "function":
            (home / "train.py").write_text("def train():\n" + "".join(f"    {line}\n" for line in text.splitlines()))
            spaces = {"__name__": "train_of_somebody"}
            exec(compile((home / "train.py").read_text(), str(home / "train.py"), "exec"), spaces)
            more = {"source": spaces["train"]}
        elif place == "diff":
            for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
                (home / "train.py").write_text("import os\n")
                git = ["git", "-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false"]
                subprocess.run([*git, *words], check=True)
            (home / "train.py").write_text(text)
            more = {"source": "auto"}
        elif place == "notebook":
            shell = type("Shell", (), {"user_ns": {"In": ["", text]}})()
            module = type("IPython", (), {"get_ipython": staticmethod(lambda: shell)})
            patch.setitem(sys.modules, "IPython", module)
            more = {"source": "auto"}
        elif place == "notes":
            more = {"notes": text}
        else:
            (home / "train.py").write_text(text)
        patch.setattr("perdure.record.origin.script_path", lambda: None)
        model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
        with pytest.warns(perdure.PerdureWarning, match="looks like a secret") as caught:
            perdure.dump(model, "m.perdure", **more)
        said = "\n".join(str(item.message) for item in caught)
        with perdure.open("m.perdure") as opened:
            sections = b"".join(opened.section(name) for name in opened.sections)
        assert perdure.verify("m.perdure").ok
    assert b"<left out: " in sections
    assert not [secret for secret in secrets if secret.encode() in sections or secret in said]
    assert b"home-of-somebody" not in sections
    assert b"~/data" in sections


def test_all_that_fails_at_once_costs_no_model_and_comes_later(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, y = np.arange(24.0).reshape(12, 2), [0, 1] * 6
    model = LogisticRegression().fit(X, y)
    (tmp_path / "train.py").write_text("password = 'hunter2'\n")

    def scorer(model, X, y):
        raise OSError("no network")

    with pytest.warns(perdure.PerdureWarning) as caught:
        perdure.dump(
            model,
            "m.perdure",
            X=X,
            y=y,
            cv=3,
            scoring={"good": "accuracy", "bad": scorer},
            data="http://127.0.0.1:1/train.csv",
            source=["train.py", "gone.py"],
            probe="no rows",
        )
    said = "\n".join(str(item.message) for item in caught)
    for missing in (
        "lacks the score test_bad",
        "lacks size and sha256 of the data http://127.0.0.1:1/train.csv",
        "line 1 (password)",
        "gone.py",
        "probe=",
    ):
        assert missing in said
    with perdure.open("m.perdure") as file:
        assert set(file.record.scores.metrics) >= {"test_good"}
        assert file.digest == perdure.open(io.BytesIO(perdure.dumps(model))).digest
    assert perdure.verify("m.perdure", X=X, y=y, rescore=True).ok
    (tmp_path / "gone.py").write_text("x = 1\n")
    (tmp_path / "train.csv").write_text("a,b\n")
    perdure.annotate("m.perdure", X=X, y=y, cv=3, scoring=["roc_auc"], data="train.csv", source="gone.py", strict=True)
    with perdure.open("m.perdure") as file:
        assert set(file.record.scores.metrics) >= {"test_good", "test_roc_auc"}
        assert file.record.data.references[0].size == 4
        assert [text.name for text in file.record.source.texts] == ["gone.py", "train.py"]
