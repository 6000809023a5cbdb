"""What `perdure.check` says of pickle and joblib, beside what they do: on files that the old releases wrote."""

from __future__ import annotations

from pathlib import Path

import pytest
import sklearn

import perdure
from legacy.known import OTHER_CODE
from legacy.plainly import by_hand
from legacy.replay import ARCHIVES, OLDER, RUNNING, label, members, recorded
from perdure.migrate.rules import NEWEST
from perdure.record.probe.columns import documents

# Every so many models of a release.
_STEP = 16


def written(archive: Path, name: str, folder: Path) -> Path:
    """A file of a release, alone in a folder."""
    case = recorded(archive)["cases"][name]
    path = folder / Path(case["file"]).name
    path.write_bytes(members(archive)[f"files/{case['file']}"])
    return path


def of(release: str) -> Path:
    return next(archive for archive in ARCHIVES if label(archive) == release)


@pytest.mark.parametrize("archive", OLDER, ids=label)
def test_what_is_said_of_pickle_is_what_pickle_does(archive, tmp_path):
    files, otherwise, looked = members(archive), {}, 0
    for name, case in list(recorded(archive)["cases"].items())[::_STEP]:
        file = f"files/{case['file']}"
        if any(part.startswith(f"{file}_") for part in files):
            continue
        path = tmp_path / Path(case["file"]).name
        path.write_bytes(files[file])
        (said,) = perdure.check(path)
        done, words = by_hand(archive, case, path)
        looked += 1
        # What the same state answers otherwise under another code is no difference to what perdure loads.
        if said.plain not in (done, "unknown") and not (done == "wrong" and any(one == name for one, _ in OTHER_CODE)):
            otherwise[name] = (said.plain, said.why, done, words)
        if said.plain in ("fails", "breaks", "wrong"):
            assert said.why
    assert otherwise == {}
    assert looked > 15


@pytest.mark.skipif(
    sklearn.__version__.rpartition(".")[0] != NEWEST, reason="the words are those of the newest release"
)
@pytest.mark.parametrize(
    ("release", "name", "plain", "why"),
    [
        ("0.17.1-python-2.7", "SVC", "fails", "has no module sklearn.svm.classes"),
        ("0.17.1-python-2.7", "LinearDiscriminantAnalysis", "fails", "Python 2 kept texts and numbers as bytes"),
        ("0.19.2", "LSHForest", "fails", "has no module sklearn.neighbors.approximate"),
        ("0.19.2", "LinearDiscriminantAnalysis", "wrong", "predict_proba: different"),
        ("0.20.4", "LinearDiscriminantAnalysis", "fails", "has no module sklearn.externals.joblib"),
        ("0.21.3", "OneHotEncoder-n-values", "breaks", "since scikit-learn 1.1 its state is another: _n_features_outs"),
        ("0.22.2.post1", "RandomForestClassifier", "fails", "since scikit-learn 1.3 a tree takes its nodes only with"),
        (
            "1.2.2",
            "KNeighborsClassifier",
            "fails",
            "sklearn.metrics._dist_metrics of scikit-learn 1.9.1 has no EuclideanDistance",
        ),
        ("1.2.2", "TfidfVectorizer", "wrong", "transform: different"),
        ("1.2.2", "HistGradientBoostingClassifier", "fails", "has no __pyx_unpickle_CyHalfBinomialLoss"),
        ("1.3.2", "AdaBoostClassifier", "wrong", "different"),
        ("1.5.2", "GradientBoostingClassifier", "fails", "nothing here is called _loss"),
        ("1.9.1", "SVC", "same", ""),
    ],
)
def test_the_reason_is_the_one_that_its_user_meets(release, name, plain, why, tmp_path):
    archive = of(release)
    path = written(archive, name, tmp_path)
    (said,) = perdure.check(path)
    assert said.plain == plain
    assert why in said.why
    done, words = by_hand(archive, recorded(archive)["cases"][name], path)
    assert done == plain
    if "module" in why:
        assert why.rpartition(" ")[2] in words


@pytest.mark.skipif(RUNNING >= (1, 3), reason="looked at where numpy is of before 2")
def test_a_newer_file_that_pickle_cannot_load_is_said_to_fail(tmp_path):
    path = written(of("1.9.1"), "SVC", tmp_path)
    (said,) = perdure.check(path)
    assert by_hand(of("1.9.1"), recorded(of("1.9.1"))["cases"]["SVC"], path)[0] == said.plain or said.plain == "unknown"


@pytest.mark.parametrize("count", [1, 2, 6, 10, 15, 30, 31, 200])
def test_texts_for_a_vectorizer_have_several_words(count):
    words = [f"word{number}" for number in range(count)]
    most = max(len(set(text.split())) for text in documents(words)[:-2])
    assert most == 1 if count == 1 else most > 1
