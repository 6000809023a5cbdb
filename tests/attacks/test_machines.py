"""Support vector machines, dense and sparse: every length that libsvm takes from another array."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.svm import SVC

import perdure
from attacks import models
from attacks.craft import FORMS, Graph, put
from perdure.errors import InvalidError
from perdure.graph.nodes import Global, Object, Tuple

DENSE = {
    "coefficients of fewer rows": ("dual_coef_", lambda a: a[:1], "dual_coef_"),
    "hidden coefficients of fewer rows": ("_dual_coef_", lambda a: a[:1], "dual_coef_"),
    "hidden coefficients of fewer columns": ("_dual_coef_", lambda a: a[:, :2], "dual_coef_"),
    "coefficients of one dimension": ("_dual_coef_", lambda a: a.ravel(), "dual_coef_"),
    "few support vectors": ("support_vectors_", lambda a: a[:2], "support_vectors_"),
    "narrow support vectors": ("support_vectors_", lambda a: a[:, :1], "support_vectors_"),
    "support vectors of single precision": ("support_vectors_", lambda a: a.astype("f4"), "support_vectors_"),
    "few indices": ("support_", lambda a: a[:2], ""),
    "long indices": ("support_", lambda a: a.astype("i8"), "support_"),
    "no intercepts": ("_intercept_", lambda a: a[:0], "_intercept_"),
    "few intercepts": ("_intercept_", lambda a: a[:1], "_intercept_"),
    "few public intercepts": ("intercept_", lambda a: a[:1], "intercept_"),
    "counts beyond the vectors": ("_n_support", put(0, 10**6), "_n_support"),
    "negative counts": ("_n_support", lambda a: np.array([-5, a[0] + 5 + a[1], a[2]], a.dtype), "_n_support"),
    "more classes than counts": ("_n_support", lambda a: a[:2], "_n_support"),
    "counts that wrap round": (
        "_n_support",
        lambda a: np.array([2**31 - 1, 2**31 - 1, int(a.sum()) + 2], np.int32),
        "_n_support",
    ),
    "classes": ("classes_", lambda a: np.arange(9), ""),
    "one class": ("classes_", lambda a: a[:1], "classes_"),
    "probabilities": ("_probA", lambda a: np.ones(1), "_probA"),
    "more probabilities": ("_probB", lambda a: np.ones(99), "_probB"),
    "features": ("n_features_in_", 60, ""),
    "a kernel that is none": ("kernel", "magic", "kernel"),
    "another solver": ("_impl", "one_class", "_impl"),
    "a degree beyond an int": ("degree", 2**40, "degree"),
    "sparse, it says": ("_sparse", True, ""),
    "neither dense nor sparse": ("_sparse", "maybe", "_sparse"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", DENSE)
def test_a_dense_machine_with_one_lie_is_refused(name, form):
    attribute, change, place = DENSE[name]
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(models.machine()).change("_classes:SVC", attribute, change).bytes(form))
    assert place in caught.value.path


@pytest.mark.parametrize("kind", ["SVR", "NuSVR", "OneClassSVM"])
@pytest.mark.parametrize(
    ("attribute", "change"),
    [
        ("_dual_coef_", lambda a: a[:, :2]),
        ("_intercept_", lambda a: a[:0]),
        ("_n_support", lambda a: a[:1]),
        ("support_vectors_", lambda a: a[:, :1]),
        ("support_", lambda a: a[:1]),
    ],
)
def test_machines_without_classes_are_looked_at_too(kind, attribute, change):
    with pytest.raises(InvalidError):
        perdure.loads(Graph(models.machine(kind)).change(f"_classes:{kind}", attribute, change).bytes())


SPARSE = {
    "fewer values than coefficients": ("csr_", 0, "data", lambda a: a[:-1]),
    "support vectors out of range": ("csr_", 1, "indices", put(0, 10**6)),
    "negative columns": ("csr_", 1, "indices", put(0, -1)),
    "rows that do not rise": ("csr_", 1, "indptr", put(1, 10**6)),
    "rows that begin late": ("csr_", 1, "indptr", put(0, 1)),
    "long columns": ("csr_", 1, "indices", lambda a: a.astype("i8")),
    "a wider shape": ("csr_", 1, "shape", lambda n: Tuple((n.items[0], 60))),
    "a higher shape": ("csr_", 1, "shape", lambda n: Tuple((10**9, n.items[1]))),
    "coefficients of another shape": ("csr_", 0, "shape", lambda n: Tuple((1, n.items[1]))),
}


def _sparse_machine():
    graph = Graph(models.machine(sparse=True))
    found = [n for n in graph.root.state if n in ("_dual_coef_", "dual_coef_", "support_vectors_")]
    assert found == ["_dual_coef_", "dual_coef_", "support_vectors_"]
    return graph


@pytest.mark.parametrize("name", SPARSE)
def test_a_sparse_machine_with_one_lie_is_refused(name):
    kind, index, attribute, change = SPARSE[name]
    graph = _sparse_machine()
    name_of = next(iter({node.type for node in graph.root.state.values() if isinstance(node, Object)}))
    assert kind in name_of
    with pytest.raises(InvalidError):
        perdure.loads(graph.change(name_of, attribute, change, index).bytes())


@pytest.mark.parametrize(
    ("attribute", "change"),
    [("kernel", "precomputed"), ("_effective_probability", True), ("probability", True), ("_sparse", False)],
)
def test_a_sparse_machine_that_claims_what_it_is_not_is_refused(attribute, change):
    graph = _sparse_machine()
    if attribute == "probability" and "_effective_probability" in graph.root.state:
        pytest.skip("this release goes by another attribute")
    if attribute == "_effective_probability" and attribute not in graph.root.state:
        pytest.skip("this release has no such attribute")
    with pytest.raises(InvalidError):
        perdure.loads(graph.change("_classes:SVC", attribute, change).bytes())


def test_a_kernel_by_rows_names_rows_that_were_there():
    graph = Graph(models.machine(kernel="precomputed"))
    with pytest.raises(InvalidError) as caught:
        perdure.loads(graph.change("_classes:SVC", "support_", put(0, 10**6)).bytes())
    assert caught.value.path == "model.support_"


def test_a_function_that_is_no_kernel_is_refused():
    from sklearn.metrics.pairwise import rbf_kernel

    model = SVC(kernel=rbf_kernel).fit(models.X, models.Y)
    assert np.array_equal(perdure.loads(perdure.dumps(model)).predict(models.X), model.predict(models.X))
    for name in ("numpy:maximum", "sklearn.metrics.pairwise:paired_distances"):
        with pytest.raises(InvalidError) as caught:
            perdure.loads(Graph(model).change("_classes:SVC", "kernel", Global(name)).bytes())
        assert caught.value.path == "model.kernel"


def test_training_rows_of_a_kernel_are_all_there():
    from sklearn.metrics.pairwise import rbf_kernel

    model = SVC(kernel=rbf_kernel).fit(models.X, models.Y)
    with pytest.raises(InvalidError) as caught:
        perdure.loads(Graph(model).change("_classes:SVC", "_BaseLibSVM__Xfit", lambda a: a[:3]).bytes())
    assert caught.value.path == "model._BaseLibSVM__Xfit"


# --- votes ------------------------------------------------------------------------------------------------------------


def _voters(count):
    from sklearn.ensemble import RandomForestClassifier, VotingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.tree import DecisionTreeClassifier

    names = np.array(["a", "b", "c"])[models.Y]
    inner = [
        ("tree", DecisionTreeClassifier(max_depth=2)),
        ("steps", make_pipeline(StandardScaler(), LogisticRegression())),
        ("forest", RandomForestClassifier(5, max_depth=2)),
    ]
    return [VotingClassifier(inner).fit(models.X, names) for _ in range(count)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("kind", [":DecisionTreeClassifier", ":LogisticRegression", ":RandomForestClassifier"])
def test_votes_are_counted_up_to_the_largest(kind, count, form):
    made = _voters(count)
    graph = Graph(made)
    # The first are the models that were to be fitted.
    fitted = [
        i for i, part in enumerate(p for p in graph.objects() if p.type.endswith(kind)) if "classes_" in part.state
    ]
    data = graph.change(kind, "classes_", lambda a: np.array([0, 1, 2**31], a.dtype), fitted[0]).bytes(form)
    with pytest.raises(InvalidError) as caught:
        perdure.loads(data)
    assert "estimators_" in caught.value.path
    (loaded, *_) = perdure.loads(perdure.dumps(made))
    assert np.array_equal(loaded.predict(models.X), made[0].predict(models.X))
