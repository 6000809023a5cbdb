"""docs/coverage.md says what the tests say, and leaves out no class and no configuration."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
import sklearn
from sklearn.utils import all_estimators

import perdure
from zoo.outputs import METHODS
from zoo.page import SAME, render
from zoo.refused import REFUSED
from zoo.registry import all_cases

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
newest = pytest.mark.skipif(sklearn.__version__ < "1.9", reason="the page is of the newest release")

#: Why no case of a class carries a tag that its signature asks for.
NOT_VARIED = {
    "text, dicts or labels, not rows of numbers": {
        "CountVectorizer", "DictVectorizer", "FeatureHasher", "HashingVectorizer", "LabelBinarizer", "LabelEncoder",
        "MultiLabelBinarizer", "TfidfVectorizer",
    },
    "one column, or images": {"IsotonicRegression", "PatchExtractor"},
    "counts, sparse": {"TfidfTransformer"},
    "scikit-learn's own requests raise": {"MultiTaskElasticNet", "MultiTaskLasso"},
    "graphs of neighbours, and leaves, have no target": {
        "KNeighborsTransformer", "LocalOutlierFactor", "NearestNeighbors", "RadiusNeighborsTransformer",
        "RandomTreesEmbedding",
    },
    "the target is several columns, of which none is a name": {"ClassifierChain"},
    "sparse rows are in the tags and are refused by fit": {"MultiTaskElasticNetCV", "MultiTaskLassoCV"},
}  # fmt: skip


def _configurations(kind: type, model: Any) -> set[str]:
    """The tags of configurations that a class takes."""
    from sklearn.utils import get_tags

    takes, parameters = get_tags(model), inspect.signature(kind).parameters
    asked = {
        "sparse": takes.input_tags.sparse,
        "missing": takes.input_tags.allow_nan,
        "multi-output": takes.target_tags.multi_output,
        "string-classes": takes.estimator_type == "classifier",
        "class-weight": "class_weight" in parameters,
        "categorical": "categorical_features" in parameters,
        "warm-start": "warm_start" in parameters,
        "partial-fit": hasattr(kind, "partial_fit"),
        "pandas-output": hasattr(kind, "set_output"),
        "metadata-routing": any(name.startswith("set_") and name.endswith("_request") for name in dir(kind)),
        "sample-weight": "sample_weight" in inspect.signature(kind.fit).parameters,
    }
    return {tag for tag, yes in asked.items() if yes} | {"float32", "pandas-input"}


@newest
def test_every_class_is_covered_in_each_configuration_that_it_takes():
    tags: dict[str, set[str]] = {}
    models: dict[str, Any] = {}
    for each in all_cases():
        tags.setdefault(each.kind, set()).update(each.tags)
        if each.kind not in models:
            with each.settings():
                models[each.kind] = each.build()
    known = set().union(*NOT_VARIED.values())
    missing = {
        name: sorted(asked - tags[name])
        for name, kind in all_estimators()
        if (asked := _configurations(kind, models[name])) - tags[name]
    }
    assert {name: words for name, words in missing.items() if name not in known} == {}
    assert known <= missing.keys()


#: Public methods that the zoo does not call: they fit, or change the model, or want the rows that it was fitted on.
NOT_ASKED = {
    "correct_covariance", "cost_complexity_pruning_path", "decode", "densify", "get_params", "get_submatrix", "path",
    "restrict", "reweight_covariance", "sparsify",
}  # fmt: skip


def test_every_method_of_every_class_is_asked():
    left = {
        f"{kind.__name__}.{name}"
        for _, kind in all_estimators()
        for name in dir(kind)
        if name not in METHODS | NOT_ASKED and not name.startswith(("_", "fit", "partial_fit", "set_"))
        if not isinstance(inspect.getattr_static(kind, name), property) and callable(getattr(kind, name, None))
    }
    assert left == set()


def refusals() -> dict[str, tuple[str, str]]:
    found = {}
    for name, (make, place, _, _) in REFUSED.items():
        with pytest.raises(perdure.UnsupportedError) as refused:
            perdure.dumps(make())
        found[name] = (place, refused.value.problem)
    return found


@newest
def test_the_page_is_what_a_run_without_a_difference_writes():
    classes = [name for name, _ in all_estimators()]
    expected = render({case.name: SAME for case in all_cases()}, refusals(), classes)
    assert PAGE.read_text(encoding="utf-8") == expected, "make coverage writes it anew"


@newest
def test_the_page_lists_every_class_and_every_case():
    text = PAGE.read_text(encoding="utf-8")
    rows = dict(line[2:].split(" | ", 1) for line in text.splitlines() if line.startswith("| "))
    assert [name for name, _ in all_estimators() if name not in rows] == []
    for case in all_cases():
        word = case.name.partition("-")[2].removeprefix("also-").replace("-", " ") or "plain"
        listed = [cell.rstrip(" |†") for cell in rows[case.kind].split(", ")]
        assert word in listed, case.name


def test_a_difference_stands_on_the_page():
    text = render({"Ridge": "outputs differ"}, {"Pipeline-memory": ("model.memory", "a cache")}, ["Ridge"])
    assert "| Ridge | plain (**outputs differ**), " in text
    assert "sparse (**not run**)" in text
    assert "| Pipeline, memory | `model.memory` | a cache |" in text
