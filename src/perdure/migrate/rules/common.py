"""Short ways to say what many migrations have in common, and the names that several modules use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ...graph.nodes import Node
from ..conditions import Condition, Has, Lacks
from ..migration import Fidelity, Migration
from ..operations import ABSENT, AddAttribute, DropAttribute, Nothing, Operation, ReplaceValue, Transform
from ..state import State

__all__ = ["Since", "names", "tagged", "untagged"]

#: The attribute by which a saved estimator says that it predicts as an older release did.
TAG = "_perdure_compat"

BAGGING = ("sklearn.ensemble._bagging:BaggingClassifier", "sklearn.ensemble._bagging:BaggingRegressor")
FORESTS = (
    "sklearn.ensemble._forest:RandomForestClassifier",
    "sklearn.ensemble._forest:RandomForestRegressor",
    "sklearn.ensemble._forest:ExtraTreesClassifier",
    "sklearn.ensemble._forest:ExtraTreesRegressor",
)
EMBEDDING = "sklearn.ensemble._forest:RandomTreesEmbedding"
ISOLATION_FOREST = "sklearn.ensemble._iforest:IsolationForest"
TREE_CLASSIFIERS = ("sklearn.tree._classes:DecisionTreeClassifier", "sklearn.tree._classes:ExtraTreeClassifier")
TREE_REGRESSORS = ("sklearn.tree._classes:DecisionTreeRegressor", "sklearn.tree._classes:ExtraTreeRegressor")
GRADIENT_BOOSTING = (
    "sklearn.ensemble._gb:GradientBoostingClassifier",
    "sklearn.ensemble._gb:GradientBoostingRegressor",
)
_HISTOGRAM = "sklearn.ensemble._hist_gradient_boosting.gradient_boosting"
HISTOGRAM_BOOSTING = (f"{_HISTOGRAM}:HistGradientBoostingClassifier", f"{_HISTOGRAM}:HistGradientBoostingRegressor")
KERNEL_PCA = "sklearn.decomposition._kernel_pca:KernelPCA"
ADABOOST = "sklearn.ensemble._weight_boosting:AdaBoostClassifier"
PLS = (
    "sklearn.cross_decomposition._pls:PLSRegression",
    "sklearn.cross_decomposition._pls:PLSCanonical",
    "sklearn.cross_decomposition._pls:CCA",
)
BAYESIAN = ("sklearn.linear_model._bayes:BayesianRidge", "sklearn.linear_model._bayes:ARDRegression")
SEARCHES = (
    "sklearn.model_selection._search:GridSearchCV",
    "sklearn.model_selection._search:RandomizedSearchCV",
    "sklearn.model_selection._search_successive_halving:HalvingGridSearchCV",
    "sklearn.model_selection._search_successive_halving:HalvingRandomSearchCV",
)
SGD = (
    "sklearn.linear_model._stochastic_gradient:SGDClassifier",
    "sklearn.linear_model._stochastic_gradient:SGDOneClassSVM",
    "sklearn.linear_model._perceptron:Perceptron",
    "sklearn.linear_model._passive_aggressive:PassiveAggressiveClassifier",
)
RIDGE_CV = ("sklearn.linear_model._ridge:RidgeCV", "sklearn.linear_model._ridge:RidgeClassifierCV")
CHAINS = ("sklearn.multioutput:ClassifierChain", "sklearn.multioutput:RegressorChain")
LOGISTIC = (
    "sklearn.linear_model._logistic:LogisticRegression",
    "sklearn.linear_model._logistic:LogisticRegressionCV",
)
COLUMN_TRANSFORMER = "sklearn.compose._column_transformer:ColumnTransformer"
AGGLOMERATIVE = (
    "sklearn.cluster._agglomerative:AgglomerativeClustering",
    "sklearn.cluster._agglomerative:FeatureAgglomeration",
)


def names(module: str, *classes: str) -> tuple[str, ...]:
    """Return the names of some classes of one module of scikit-learn."""
    return tuple(f"sklearn.{module}:{name}" for name in classes)


@dataclass(frozen=True)
class Since:
    """Makes the migrations of one release.

    Attributes
    ----------
    release : str
        The first that needs the new form.
    """

    release: str

    def __call__(
        self,
        name: str,
        types: tuple[str, ...] | str,
        *operations: Operation,
        evidence: str,
        when: Condition | None = None,
        fidelity: Fidelity = "exact",
        meaning: str = "",
    ) -> Migration:
        """Return any migration."""
        types = (types,) if isinstance(types, str) else types
        return Migration(name, types, self.release, operations, f"sklearn/{evidence}", when, fidelity, meaning)

    def parameter(
        self,
        name: str,
        types: tuple[str, ...] | str,
        parameter: str,
        value: Node,
        evidence: str,
        *,
        only_fit: bool = True,
    ) -> Migration:
        """Return the migration for a new parameter of the constructor."""
        return self(name, types, AddAttribute(parameter, value, only_fit=only_fit), evidence=evidence)

    def gone(
        self, name: str, types: tuple[str, ...] | str, attribute: str, evidence: str, *, restore: Any = ABSENT
    ) -> Migration:
        """Return the migration for an attribute or parameter that nothing needs any more."""
        return self(name, types, DropAttribute(attribute, restore=restore), evidence=evidence)

    def spelled(
        self,
        name: str,
        types: tuple[str, ...] | str,
        parameter: str,
        values: Mapping[Any, Node],
        evidence: str,
        *,
        back: bool = False,
    ) -> Migration:
        """Return the migration for values of a parameter that are spelled another way."""
        steps = tuple(ReplaceValue(parameter, old, new, back) for old, new in values.items())
        return self(name, types, *steps, evidence=evidence)

    def unknown(
        self, name: str, types: tuple[str, ...] | str, parameter: str, values: Mapping[Any, Node], evidence: str
    ) -> Migration:
        """Return the migration for values that the older release does not know: they matter on the way back only."""
        steps = tuple(Nothing(ReplaceValue(parameter, new, old)) for new, old in values.items())
        return self(name, types, *steps, evidence=evidence)

    def renamed(
        self, name: str, types: tuple[str, ...] | str, old: str, new: str, evidence: str, *, default: Any = ABSENT
    ) -> Migration:
        """Return the migration for a parameter that has a new name, the old one being allowed for a time.

        Parameters
        ----------
        old, new : str
        default : Node, optional
            What None under the new name means, where the older release wants it said.
        """

        def forwards(state: State) -> dict[str, Any]:
            return {new: state.node(old), old: "deprecated"}

        def backwards(state: State) -> dict[str, Any]:
            changes: dict[str, Any] = {new: ABSENT}
            if old not in state or state.value(old) == "deprecated":
                unsaid = default is not ABSENT and state.value(new) is None
                changes[old] = default if unsaid else state.node(new)
            return changes

        return self(
            name,
            types,
            Transform(f"{old} is called {new}", forwards, backwards, sets=(new, old)),
            when=Has(old) & Lacks(new),
            evidence=evidence,
        )

    def alias(
        self,
        name: str,
        types: tuple[str, ...] | str,
        old: str,
        new: str,
        evidence: str,
        *,
        unset: tuple[Any, ...] = ("deprecated", "warn", None),
        restore: Any = "deprecated",
        otherwise: Any = ABSENT,
    ) -> Migration:
        """Return the migration for a parameter whose old name is gone after both were allowed for a time.

        Parameters
        ----------
        old, new : str
        unset : tuple
            The values of ``old`` that mean that ``new`` counts.
        restore : Node
            What stands under the old name in the older release.
        otherwise : Node, optional
            What stands under the new name where neither is set.
        """

        def forwards(state: State) -> dict[str, Any]:
            changes: dict[str, Any] = {old: ABSENT}
            given = state.value(old)
            if not any(type(given) is type(value) and given == value for value in unset):
                changes[new] = state.node(old)
            elif otherwise is not ABSENT and state.value(new) is None:
                changes[new] = otherwise
            return changes

        def backwards(state: State) -> dict[str, Any]:
            return {} if old in state else {old: restore}

        step = Transform(f"{old} is called {new}", forwards, backwards, sets=(new,), drops=(old,))
        return self(name, types, step, when=Has(old), evidence=evidence)


def tagged(tag: str, changes: Callable[[State], Mapping[str, Any]] | None = None) -> Callable[[State], dict[str, Any]]:
    """Return a function that marks an estimator as one that predicts as an older release did."""

    def mark(state: State) -> dict[str, Any]:
        return {TAG: tag, **(changes(state) if changes else {})}

    return mark


def untagged(
    tag: str, with_tag: Mapping[str, Any], without: Callable[[State], Mapping[str, Any]]
) -> Callable[[State], dict[str, Any]]:
    """Return the way back of `tagged`.

    Parameters
    ----------
    tag : str
    with_tag : mapping
        What an estimator with the mark becomes, besides losing it.
    without : callable
        What happens to one without; raises `Irreversible` where the older release predicts otherwise.
    """

    def unmark(state: State) -> dict[str, Any]:
        if TAG in state and state.holds(TAG, tag):
            return {TAG: ABSENT, **with_tag}
        return dict(without(state))

    return unmark
