"""A flavor of MLflow: models logged, registered, served and scored by Spark, in a file of perdure.

What is trusted is said by whoever loads: as an argument, or in the environment of the process that serves. What lies in
the folder of the model says nothing of it.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ._api import dump, load
from ._api import open as open_file
from ._version import __version__
from .errors import MissingExtraError, UnsupportedError
from .rebuilding.locking import pinned

__all__ = ["FLAVOR_NAME", "load_model", "log_model", "save_model"]

#: The name of the flavor in the file MLmodel.
FLAVOR_NAME = "perdure"

_FILE = "model.perdure"
_TRUSTED = "PERDURE_MLFLOW_TRUSTED"
_SIGNED_BY = "PERDURE_MLFLOW_SIGNED_BY"
_METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples", "transform")


def _mlflow() -> Any:
    try:
        import mlflow
        import mlflow.pyfunc
    except ImportError:
        raise MissingExtraError("this is a flavor of MLflow", fix='pip install "perdure[mlflow]"') from None
    return mlflow


def save_model(
    model: Any,
    path: str | os.PathLike[str],
    *,
    signature: Any = None,
    input_example: Any = None,
    predict_method: str = "predict",
    pip_requirements: Sequence[str] | str | None = None,
    extra_pip_requirements: Sequence[str] | None = None,
    conda_env: Any = None,
    code_paths: list[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    mlflow_model: Any = None,
    **record: Any,
) -> None:
    """Save a model to a folder, as MLflow has it: a file of perdure, and what MLflow needs around it.

    Parameters
    ----------
    model : object, or str or os.PathLike
        A fitted estimator, or the path of a file that `dump` wrote: it is taken as it is, record and signature included.
    path : str or os.PathLike
        The folder, which must not be there yet.
    signature : mlflow.models.ModelSignature, optional
        Of input and output; by default it is inferred from the input example.
    input_example : array-like or data frame, optional
        Some rows, which are kept in the folder.
    predict_method : str, default="predict"
        What is asked when the model is served: such as ``"predict_proba"``.
    pip_requirements, extra_pip_requirements, conda_env : optional
        As with MLflow's own flavors. By default the releases of the record: what the model was fitted with.
    code_paths : list of str, optional
        Own code that serving needs, as with MLflow's own flavors.
    metadata : mapping, optional
    mlflow_model : mlflow.models.Model, optional
        What `log_model` hands over.
    **record
        What `dump` takes for the record: ``X``, ``y``, ``cv``, ``author`` …

    Raises
    ------
    UnsupportedError
        As `dump` does, and when the model cannot be asked so.
    MissingExtraError
        Without MLflow.

    Examples
    --------
    >>> from perdure.mlflow import save_model, load_model
    >>> save_model(model, "folder", input_example=X[:3])  # doctest: +SKIP
    >>> load_model("folder")  # doctest: +SKIP
    """
    mlflow = _mlflow()
    if predict_method not in _METHODS:
        raise UnsupportedError(
            f"a served model cannot be asked for {predict_method!r:.60}", fix=f"name one of {', '.join(_METHODS)}"
        )
    given = isinstance(model, (str, os.PathLike))
    if given and record:
        raise UnsupportedError(
            f"{', '.join(record)} cannot be added to a file that is taken as it is",
            fix="perdure.annotate the file first",
        )
    with tempfile.TemporaryDirectory(prefix="perdure-") as folder:
        file = os.path.join(folder, _FILE)
        if given:
            shutil.copyfile(model, file)
        else:
            dump(model, file, **record)
            if not callable(getattr(model, predict_method, None)):
                raise UnsupportedError(
                    f"a {type(model).__name__} has no method {predict_method}",
                    fix="predict_method= names one that it has",
                )
        with open_file(file) as opened:
            digest, libraries, found = opened.digest, opened.libraries, opened.record
        if signature is None and input_example is not None and not given:
            signature = mlflow.models.infer_signature(
                input_example, _Served(model, predict_method).predict(input_example)
            )
        if pip_requirements is None and conda_env is None:
            pip_requirements = [*_requirements(mlflow, found), *(extra_pip_requirements or ())]
            extra_pip_requirements = None
        if mlflow_model is None:
            mlflow_model = mlflow.models.Model()
        mlflow_model.add_flavor(
            FLAVOR_NAME,
            data=f"data/{_FILE}",
            digest=digest,
            perdure_version=__version__,
            sklearn_version=libraries.get("scikit-learn"),
        )
        mlflow.pyfunc.save_model(
            path=os.fspath(path),
            loader_module="perdure.mlflow",
            data_path=file,
            code_paths=code_paths,
            conda_env=conda_env,
            mlflow_model=mlflow_model,
            signature=signature,
            input_example=input_example,
            pip_requirements=pip_requirements,
            extra_pip_requirements=extra_pip_requirements,
            metadata=None if metadata is None else dict(metadata),
            model_config={"predict_method": predict_method},
        )


def _requirements(mlflow: Any, record: Any) -> list[str]:
    """Return what the model was made with, and what reads and serves it."""
    lines = [] if record is None or record.environment is None else pinned(record.environment)
    return [*lines, f"mlflow=={mlflow.__version__}", f"perdure=={__version__}"]


def log_model(model: Any, name: str | None = None, *, registered_model_name: str | None = None, **more: Any) -> Any:
    """Log a model to the active run of MLflow, and register it where a name is given.

    Parameters
    ----------
    model : object, or str or os.PathLike
        As in `save_model`.
    name : str, optional
        Of the model in the run.
    registered_model_name : str, optional
    **more
        What `save_model` takes, and what ``mlflow.models.Model.log`` takes besides: ``params``, ``tags``, ``step`` …

    Returns
    -------
    mlflow.models.model.ModelInfo

    Examples
    --------
    >>> from perdure.mlflow import log_model
    >>> log_model(model, "churn", registered_model_name="churn", X=X, y=y, cv=5)  # doctest: +SKIP
    """
    mlflow = _mlflow()
    import perdure.mlflow as flavor

    return mlflow.models.Model.log(
        artifact_path=None, flavor=flavor, name=name, registered_model_name=registered_model_name, model=model, **more
    )


def load_model(
    model_uri: str,
    *,
    trusted: Iterable[object] = (),
    signed_by: Any = None,
    replace: Mapping[str, Any] | None = None,
    dst_path: str | None = None,
) -> Any:
    """Return the estimator of a model of MLflow.

    Of what lies in its folder the file of perdure is read and nothing else: no code, and no word of trust.

    Parameters
    ----------
    model_uri : str
        ``models:/churn@champion``, ``runs:/…``, a path …
    trusted, signed_by, replace
        As in `load`.
    dst_path : str, optional
        A folder to download to.

    Returns
    -------
    object

    Raises
    ------
    PerdureError
        As `load` does.

    Examples
    --------
    >>> from perdure.mlflow import load_model
    >>> load_model("models:/churn@champion").predict(X)  # doctest: +SKIP
    """
    folder = _mlflow().artifacts.download_artifacts(artifact_uri=model_uri, dst_path=dst_path)
    file = os.path.join(folder, "data", _FILE)
    if not os.path.isfile(file):
        raise UnsupportedError(
            f"{model_uri} has no file data/{_FILE}: it was not logged with perdure.mlflow",
            fix="mlflow.pyfunc.load_model loads what other flavors have logged; it runs what they say",
        )
    return load(file, trusted=trusted, signed_by=signed_by, replace=replace)


class _Served:
    """A model as MLflow asks it."""

    def __init__(self, model: Any, method: str) -> None:
        self.model = model
        self._ask = getattr(model, method)

    def predict(self, data: Any, params: Any = None) -> Any:
        """Return what the model says of rows."""
        on_arrays = hasattr(self.model, "n_features_in_") and not hasattr(self.model, "feature_names_in_")
        if on_arrays and hasattr(data, "columns"):
            data = data.to_numpy()
        return self._ask(data)


def _load_pyfunc(path: str, model_config: Mapping[str, Any] | None = None) -> _Served:
    """Return a model for ``mlflow.pyfunc``: to be served, or asked by Spark.

    Nobody can pass an argument there: who serves trusts by the variables PERDURE_MLFLOW_TRUSTED (names, with commas
    between them) and PERDURE_MLFLOW_SIGNED_BY (the path of a public key) of the process.
    """
    method = str((model_config or {}).get("predict_method", "predict"))
    if method not in _METHODS:
        raise UnsupportedError(
            f"the folder of the model asks it for {method!r:.60}, which is none of {', '.join(_METHODS)}",
            fix='model_config={"predict_method": "predict"} says what to ask instead',
        )
    trusted = [name.strip() for name in os.environ.get(_TRUSTED, "").split(",") if name.strip()]
    return _Served(load(path, trusted=trusted, signed_by=os.environ.get(_SIGNED_BY) or None), method)
