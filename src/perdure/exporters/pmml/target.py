"""A PMML in jpmml-evaluator: what the check before hand-over asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import ExportError, PerdureError
from ...record.probe.asking import settled_rows
from ..comparing import compared, dense
from ..rows import Rows, RowSource
from .document import described, probabilities
from .working import Worker

__all__ = ["Document", "Output", "PmmlTarget"]

_STEP_TOLERANCE = 1e-7
# What comes out of models that have no target, and what of the estimator it is.
_WITHOUT_TARGET = {"predict(outlier)": "predict", "cluster": "predict", "decisionFunction": "decision_function"}


@dataclass(frozen=True)
class Output:
    """An output of the exported model, as `checking.Answer` has it."""

    name: str
    method: str
    part: int | None = None
    columns: tuple[int, int] | None = None


class Document:
    """A PMML that the evaluator has read.

    Parameters
    ----------
    worker : Worker
    path : str
    names : sequence of str
        The fields of its columns, in the order of the estimator's.
    """

    def __init__(self, worker: Worker, path: str, names: Sequence[str]) -> None:
        self.worker, self.path, self.names = worker, path, list(names)
        try:
            said = worker.ask("open", file=path)
        except ExportError as error:
            raise ExportError(f"{worker.runtime} does not take the file: {error.problem[:600]}", path="model") from None
        self.inputs: dict[str, str] = dict(said["inputs"])
        # A model without a target is told of under the name None.
        self.targets = [name for name, _ in said["targets"] if name != "None"]
        self.outputs = [name for name, _ in said["outputs"]]

    def run(self, rows: Rows) -> dict[str, list[Any]]:
        """Return the columns of answers by name; None where there is no answer.

        Raises
        ------
        ExportError
            When no row has one.
        """
        columns = {
            name: [_given(value, self.inputs[name]) for value in column.tolist()]
            for name, column in zip(self.names, rows.columns, strict=True)
            if name in self.inputs
        }
        if not columns:
            # Something has to say how many rows there are.
            columns = {"perdure": [0] * len(rows)}
        try:
            said = self.worker.ask("run", file=self.path, columns=columns)
        except ExportError as error:
            raise ExportError(f"{self.worker.runtime} does not run the file: {error.problem[:600]}") from None
        errors = [error for error in said["errors"] or [] if error is not None]
        if errors and len(errors) == len(rows) and rows.why == "ordinary rows":
            raise ExportError(f"{self.worker.runtime} does not run the file: {errors[0][:600]}")
        found: dict[str, list[Any]] = said["columns"]
        return found

    def close(self) -> None:
        """Let go of it."""
        self.worker.ask("close", file=self.path)


def _given(value: Any, kind: str) -> Any:
    """Return a value as the evaluator takes it for a field of a kind."""
    if value is None or value != value:
        return None
    if kind == "string":
        return value if isinstance(value, str) else str(value)
    if kind == "integer" and isinstance(value, float) and value.is_integer() and abs(value) < 2**31:
        return int(value)
    return value


class PmmlTarget:
    """An export in jpmml-evaluator.

    Parameters
    ----------
    document : Document
    estimator : object
    source : RowSource
    made : callable
        Converts another estimator with the same fields, and returns its document.
    methods : sequence of str or None
    """

    def __init__(
        self,
        document: Document,
        estimator: Any,
        source: RowSource,
        made: Callable[[Any], Document],
        methods: Sequence[str] | None,
    ) -> None:
        self.document, self.estimator, self.source = document, estimator, source
        self.single = source.single
        self.runtime = document.worker.runtime
        with open(document.path, "rb") as file:
            self._data = file.read()
        self.answers: Sequence[Output] = _chosen(document, estimator, self._data, methods)
        self._made = made
        self._beginnings: dict[int, tuple[Any, Document] | None] = {}

    # --- what the report says ---

    @property
    def inputs(self) -> dict[str, str]:
        """What goes in."""
        kinds = {name: "text" if kind == "string" else "number" for name, kind in self.document.inputs.items()}
        return {name: kinds[name] for name in self.document.names if name in kinds}

    @property
    def outputs(self) -> dict[str, str]:
        """What comes out."""
        return {answer.name: answer.method for answer in self.answers}

    @property
    def unused(self) -> tuple[str, ...]:
        """The columns that the model does not look at."""
        return tuple(name for name in self.document.names if name not in self.document.inputs)

    def to_bytes(self, metadata: Mapping[str, str]) -> bytes:
        """Return the file that was compared, with what it says of itself."""
        return described(self._data, {**metadata, **{f"perdure.{k}": v for k, v in self._versions().items()}})

    def _versions(self) -> dict[str, str]:
        return {f"exported-by.{name}": version for name, version in self.document.worker.versions.items()}

    # --- what the check asks ---

    def run(self, rows: Rows) -> Mapping[str, Any]:
        """Return the outputs for rows by name."""
        found = self.document.run(rows)
        return {answer.name: self._array(answer, found.get(answer.name, [None] * len(rows))) for answer in self.answers}

    def _array(self, answer: Output, values: list[Any]) -> Any:
        if answer.method == "predict" and not answer.columns:
            classes = getattr(self.estimator, "classes_", None)
            kind = getattr(classes, "dtype", np.dtype(float)).kind
            if kind in "OUSb" or any(isinstance(value, str) and answer.name != "cluster" for value in values):
                made = np.empty(len(values), object)
                made[:] = [None if value is None or value != value else value for value in values]
                return made
        return np.array([np.nan if value is None else float(value) for value in values])

    def margins(self, rows: Rows) -> Mapping[str, Any]:
        """Return how far each row is from being labelled otherwise: of a clustering, the distances that it decides by."""
        if self.document.targets or not callable(getattr(self.estimator, "transform", None)):
            return {}
        try:
            return {"negative_distance": -dense(self.estimator.transform(settled_rows(rows.native())))}
        except (ValueError, TypeError):
            return {}

    def unsettled(self, rows: Rows) -> Any:
        """Return the rows with two neighbors that are equally near, where only one of them is asked."""
        found = np.zeros(len(rows), bool)
        count = getattr(self.estimator, "n_neighbors", None)
        if not isinstance(count, int) or count >= getattr(self.estimator, "n_samples_fit_", 0):
            return found
        try:
            near = self.estimator.kneighbors(settled_rows(rows.native()), count + 1)[0]
        except (AttributeError, ValueError, TypeError):
            # What has such a parameter, and no neighbors to be asked for.
            return found
        return ~(near[:, count] - near[:, count - 1] > 1e-12 * near[:, count])

    def part(self, rows: Rows) -> str | None:
        """Return the first step of the pipeline that answers the rows otherwise than its estimator.

        PMML has no models that only transform. So each beginning of the pipeline is followed by a linear regression with a
        weight of its own for each column, and these are compared.
        """
        from sklearn.pipeline import Pipeline

        if not isinstance(self.estimator, Pipeline):
            return f"model ({type(self.estimator).__name__})"
        steps = self.estimator.steps
        for count in range(1, len(steps)):
            try:
                beginning = self._beginning(count, rows)
                if beginning is None:
                    continue
                one, document = beginning
                expected = one.predict(settled_rows(rows.native()))
                values = document.run(rows)[document.targets[0]]
            except (PerdureError, ValueError, TypeError, AttributeError):
                # A beginning that has no form in PMML by itself says nothing.
                continue
            got = np.array([np.nan if value is None else float(value) for value in values])
            if compared(expected, got, tolerance=_STEP_TOLERANCE, single=False)[1] is not None:
                return f"model.steps[{count - 1}][1] ({type(steps[count - 1][1]).__name__})"
        return f"model.steps[{len(steps) - 1}][1] ({type(steps[-1][1]).__name__})"

    def _beginning(self, count: int, rows: Rows) -> tuple[Any, Document] | None:
        if count not in self._beginnings:
            self._beginnings[count] = None
            from sklearn.linear_model import LinearRegression
            from sklearn.pipeline import Pipeline

            steps = self.estimator.steps[:count]
            width = Pipeline(steps).transform(settled_rows(rows.native())).shape[1]
            last = LinearRegression()
            last.coef_ = np.sqrt(np.arange(2.0, width + 2.0))
            last.intercept_, last.n_features_in_, last.rank_ = 0.0, width, width
            last.singular_ = np.ones(width)
            one = Pipeline([*steps, ("perdure", last)])
            self._beginnings[count] = one, self._made(one)
        return self._beginnings[count]


def _chosen(document: Document, estimator: Any, data: bytes, methods: Sequence[str] | None) -> tuple[Output, ...]:
    found: list[Output] = []
    for place, name in enumerate(document.targets):
        found.append(Output(name, "predict", None, None if len(document.targets) == 1 else (place, place + 1)))
    if not document.targets:
        found += [Output(name, method) for name, method in _WITHOUT_TARGET.items() if name in document.outputs]
    sure = [name for name in probabilities(data) if name in document.outputs]
    if sure and len(document.targets) == 1 and callable(getattr(estimator, "predict_proba", None)):
        found += [Output(name, "predict_proba", None, (k, k + 1)) for k, name in enumerate(sure)]
    found = [item for item in found if callable(getattr(estimator, item.method, None))]
    if methods is not None:
        there = {item.method for item in found}
        for method in methods:
            if method not in there:
                able = ", ".join(sorted(there)) or "nothing"
                raise ExportError(f"{method} of {type(estimator).__name__} does not come out of PMML; {able} does")
        found = [item for item in found if item.method in methods]
    if not found:
        outputs = ", ".join(document.outputs[:5]) or "nothing"
        raise ExportError(
            f"what comes out of the PMML of {type(estimator).__name__} ({outputs}) is nothing that it predicts",
            path="model",
        )
    return tuple(found)
