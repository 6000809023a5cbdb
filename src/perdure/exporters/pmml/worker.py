"""The process in which sklearn2pmml and jpmml-evaluator run: one Java for many models, asked by lines of JSON.

It runs under the releases that sklearn2pmml accepts, which need not be those of the process that asks: models come as
files of perdure. Java's classes are called one by one. `com.sklearn2pmml.Main`, which sends a report to its author when a
conversion fails, is not run, and the jar that would send it is not loaded.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import IO, Any

__all__ = ["main"]

_NO_JAR = ("telemetry-client",)


class _Worker:
    def __init__(self) -> None:
        self.evaluators: dict[str, Any] = {}

    # --- what is asked ---

    def start(self) -> dict[str, Any]:
        """Start Java; say which releases run."""
        from importlib.metadata import version

        import jpype
        from jpmml_evaluator import _package_classpath as evaluator_jars
        from sklearn2pmml.resources import _package_classpath as converter_jars

        jars: dict[str, str] = {}
        for jar in [*converter_jars(), *evaluator_jars()]:
            # Of a library that both bring, the first.
            stem = os.path.basename(jar).rpartition("-")[0].removesuffix("-1.5").removesuffix("-1.1")
            if not os.path.basename(jar).startswith(_NO_JAR):
                jars.setdefault(stem, jar)
        jpype.startJVM("-Xshare:auto", "-XX:+UseSerialGC", "-Djava.awt.headless=true", classpath=list(jars.values()))
        # Its start registers what the converters read of a pickle.
        loader = jpype.JClass("java.lang.ClassLoader").getSystemClassLoader()
        jpype.JClass("java.lang.Class").forName("org.jpmml.sklearn.SkLearnEncoder", True, loader)
        names = ("scikit-learn", "sklearn2pmml", "jpmml-evaluator")
        return {name: version(name) for name in names}

    def convert(
        self, model: str, to: str, trusted: list[str], fields: list[str] | None, targets: list[str] | None
    ) -> dict[str, Any]:
        """Write the PMML of a model in a file of perdure."""
        import jpype
        from sklearn2pmml import _escape, _joblib_dump, make_pmml_pipeline

        from ... import load

        estimator = load(model, trusted=trusted, allow_newer=True)
        _let_trees_be_exact(estimator)
        estimator = _with_fields(estimator)
        whole = make_pmml_pipeline(_escape(estimator, _escape), active_fields=fields, target_fields=targets)
        handed = _joblib_dump(whole, "perdure")
        java = jpype.JClass
        try:
            storage = java("org.jpmml.python.StorageUtil").createStorage(java("java.io.File")(handed))
            try:
                unpickled = java("org.jpmml.sklearn.SkLearnUnpickler")().load(storage)
            finally:
                storage.close()
            application = java("org.jpmml.converter.Application")
            application.setInstance(java("com.sklearn2pmml.Main")())
            try:
                encodable = java("org.jpmml.sklearn.EncodableUtil")
                document = encodable.encodePMML(encodable.toEncodable(unpickled))
            finally:
                application.setInstance(None)
        finally:
            os.remove(handed)
        stream = java("java.io.FileOutputStream")(to)
        try:
            java("org.jpmml.model.metro.MetroJAXBSerializer")().serializePretty(document, stream)
        finally:
            stream.close()
        return {}

    def open(self, file: str) -> dict[str, Any]:
        """Read a PMML into the evaluator."""
        from jpmml_evaluator import make_evaluator

        evaluator = make_evaluator(file)
        self.evaluators[file] = evaluator
        kinds = {"inputs": evaluator.getInputFields(), "targets": evaluator.getTargetFields()}
        kinds["outputs"] = evaluator.getOutputFields()
        return {kind: [[field.name, field.dataType] for field in fields] for kind, fields in kinds.items()}

    def run(self, file: str, columns: dict[str, list[Any]]) -> dict[str, Any]:
        """Ask the evaluator about rows."""
        import pandas as pd

        table = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
        found, errors = self.evaluators[file].evaluateAll(table, error_col=None, parallelism=1)
        return {
            "columns": {str(name): [_plain(value) for value in found[name].tolist()] for name in found.columns},
            "errors": None
            if errors is None
            else [error if isinstance(error, str) and error != "nan" else None for error in errors.tolist()],
        }

    def classes(self, names: list[str]) -> list[bool]:
        """Return which classes this Java could load."""
        import jpype

        loader = jpype.JClass("java.lang.ClassLoader").getSystemClassLoader()
        return [loader.getResource(name.replace(".", "/") + ".class") is not None for name in names]

    def close(self, file: str) -> dict[str, Any]:
        """Let go of a PMML."""
        self.evaluators.pop(file, None)
        return {}


def _let_trees_be_exact(estimator: Any) -> None:
    """Ask for a default child in each node, which is where scikit-learn sends a missing value, and for a rounding to
    32 bits that does not touch what other parts of the model see.
    """
    seen: set[int] = set()
    left = [estimator]
    while left:
        item = left.pop()
        if id(item) in seen:
            continue
        seen.add(id(item))
        if isinstance(item, dict):
            left.extend(item.values())
        elif isinstance(item, (list, tuple)):
            left.extend(item)
        elif getattr(getattr(item, "dtype", None), "kind", None) == "O" and hasattr(item, "ravel"):
            left.extend(item.ravel().tolist())
        elif hasattr(item, "get_params") and hasattr(item, "__dict__"):
            left.extend(vars(item).values())
            if type(item).__module__.startswith(
                ("sklearn.tree", "sklearn.ensemble._forest", "sklearn.ensemble._iforest")
            ):
                item.pmml_options_ = {"allow_missing": True, "compact": False, "input_float": False}


def _with_fields(estimator: Any) -> Any:
    """Return an estimator whose first step says what its fields are: selectors do not."""
    from sklearn.feature_selection import SelectorMixin
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    first = estimator
    while isinstance(first, Pipeline):
        first = first.steps[0][1]
    if not isinstance(first, SelectorMixin):
        return estimator
    same = StandardScaler(with_mean=False, with_std=False)
    same.n_features_in_ = first.n_features_in_
    same.mean_ = same.var_ = same.scale_ = None
    return Pipeline([("fields", same), ("model", estimator)])


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def _answer(worker: _Worker, asked: dict[str, Any]) -> dict[str, Any]:
    do: dict[str, Callable[..., Any]] = {"start": worker.start, "convert": worker.convert}
    do.update(open=worker.open, run=worker.run, close=worker.close, classes=worker.classes)
    try:
        return {"found": do[asked.pop("do")](**asked)}
    except Exception as error:  # noqa: BLE001 - whatever fails here is said to who asked
        from ...errors import PerdureError

        if isinstance(error, PerdureError):
            kind = type(error).__name__
            return {"error": error.problem[:3000], "kind": kind, "path": error.path, "fix": error.fix}
        return {"error": _said(error)[:3000], "kind": "python", "path": None, "fix": None}


def _said(error: Exception) -> str:
    """Return what went wrong, with the causes that Java names."""
    cause: Any = error
    lines, seen = [f"{type(error).__name__}: {error}"], 0
    while hasattr(cause, "getCause") and seen < 5:
        if seen:
            lines.append(f"{cause.getClass().getSimpleName()}: {cause.getMessage()}")
        cause, seen = cause.getCause(), seen + 1
    return "\n".join(lines)


def main(answers: IO[str]) -> None:
    """Answer what comes by the standard input, until it ends."""
    worker = _Worker()
    for line in sys.stdin:
        answers.write(json.dumps(_answer(worker, json.loads(line))) + "\n")
        answers.flush()


if __name__ == "__main__":
    # What libraries and Java print must not stand among the answers.
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as own:
        os.dup2(2, 1)
        main(own)
        # Threads of Java may still run: nothing waits for them.
        own.flush()
        os._exit(0)
