"""A bill of materials of a file: CycloneDX, with the model card that it has for models of machine learning.

Source: https://cyclonedx.org/docs/1.6/json/.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from uuid import UUID

from .._api import open as open_file
from .._model_file import ModelFile
from .._version import __version__
from ..container.file import Container
from ..record.record import Record
from .card import shown_scores, task_of
from .text import clean

__all__ = ["sbom"]

_LINE = 300
_PIECE = 1 << 20
_MOST = 1000


def sbom(src: Any) -> dict[str, Any]:
    """Return a bill of materials: the model, what it was made of and with, and how it scored.

    Nothing is loaded. The same file gives the same bill.

    Parameters
    ----------
    src : str, os.PathLike or binary file-like
        A perdure file.

    Returns
    -------
    dict
        A CycloneDX 1.6 document, for `json.dumps`.

    Raises
    ------
    FormatError
        When it is not a perdure file, or is damaged.

    Examples
    --------
    >>> import io, perdure
    >>> from sklearn.linear_model import Ridge
    >>> file = io.BytesIO(perdure.dumps(Ridge().fit([[0.0], [1.0]], [1.0, 3.0])))
    >>> bill = perdure.sbom(file)
    >>> bill["specVersion"], bill["metadata"]["component"]["type"]
    ('1.6', 'machine-learning-model')
    """
    with open_file(src) as file:
        _ = file.manifest
        record = file.record
        libraries = _libraries(file, record)
        bill = {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            # Told apart as the models are.
            "serialNumber": f"urn:uuid:{UUID(bytes=sha256(file.digest.encode()).digest()[:16], version=4)}",
            "version": 1,
            "metadata": {
                "tools": {"components": [{"type": "application", "name": "perdure", "version": __version__}]},
                "component": _model(file, record),
            },
            "components": [*libraries, *_data(record)],
            "dependencies": [
                {"ref": "model", "dependsOn": [item["bom-ref"] for item in libraries]},
                *({"ref": item["bom-ref"]} for item in libraries),
            ],
        }
        if record is not None and record.saved is not None:
            bill["metadata"]["timestamp"] = record.saved.at  # type: ignore[index]
        return bill


def _model(file: ModelFile, record: Record | None) -> dict[str, Any]:
    digest = file.digest.removeprefix("sha256:")
    made: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": clean(os.path.basename(file.name), _LINE),
        "version": digest[:12],
        "hashes": [{"alg": "SHA-256", "content": _digest_of(file.container)}],
        "modelCard": _card(file, record),
        "properties": [
            {"name": "perdure:digest", "value": file.digest},
            {"name": "perdure:producer", "value": f"perdure {file.manifest.producer}"},
        ],
    }
    if record is None:
        return made
    if record.author is not None:
        made["authors"] = [{"name": clean(record.author, _LINE)}]
    if record.license is not None:
        made["licenses"] = [{"license": {"name": clean(record.license, _LINE)}}]
    if record.notes is not None:
        made["description"] = clean(record.notes, _LINE)
    if record.source is not None and record.source.git is not None and record.source.git.commit is not None:
        commit: dict[str, Any] = {"uid": record.source.git.commit}
        made["pedigree"] = {"commits": [commit]}
    return made


def _card(file: ModelFile, record: Record | None) -> dict[str, Any]:
    estimators = record.estimators if record is not None else ()
    types = [item.type for item in estimators] or list(file.types[:1])
    parameters: dict[str, Any] = {
        "architectureFamily": "scikit-learn",
        "modelArchitecture": ", ".join(clean(item, _LINE) for item in types[:20]),
    }
    task = task_of(record)
    if task is not None:
        parameters["task"] = task
    references = record.data.references if record is not None and record.data is not None else ()
    if references:
        parameters["datasets"] = [{"ref": f"data-{i}"} for i in range(len(references[:_MOST]))]
    made: dict[str, Any] = {"modelParameters": parameters}
    scores = shown_scores(record.scores) if record is not None and record.scores is not None else {}
    if scores:
        made["quantitativeAnalysis"] = {
            "performanceMetrics": [
                {
                    "type": clean(name, _LINE),
                    "value": repr(float(mean)),
                    "slice": f"mean of {folds} folds of cross-validation on the training data",
                    "confidenceInterval": {
                        "lowerBound": repr(float(mean - spread)),
                        "upperBound": repr(float(mean + spread)),
                    },
                }
                for name, (mean, spread, folds) in scores.items()
            ]
        }
    return made


def _libraries(file: ModelFile, record: Record | None) -> list[dict[str, Any]]:
    environment = record.environment if record is not None else None
    if environment is not None:
        found = [(item.name, item.version) for item in environment.distributions]
    else:
        found = [
            (name, version) for name, version in file.libraries.items() if version is not None and name != "python"
        ]
    rows = []
    for name, version in dict.fromkeys(found[:_MOST]):
        purl = f"pkg:pypi/{quote(name.lower(), safe='')}@{quote(version, safe='')}"
        rows.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": clean(name, _LINE),
                "version": clean(version, _LINE),
                "purl": purl,
            }
        )
    return rows


def _data(record: Record | None) -> list[dict[str, Any]]:
    references = record.data.references if record is not None and record.data is not None else ()
    rows = []
    for i, reference in enumerate(references[:_MOST]):
        name = clean(reference.reference, _LINE)
        row: dict[str, Any] = {
            "type": "data",
            "bom-ref": f"data-{i}",
            "name": name,
            "data": [{"type": "dataset", "name": name}],
        }
        if reference.sha256 is not None:
            row["hashes"] = [{"alg": "SHA-256", "content": reference.sha256.removeprefix("sha256:")}]
        rows.append(row)
    return rows


def _digest_of(container: Container) -> str:
    source, digest = container.archive.source, sha256()
    for at in range(0, source.size, _PIECE):
        digest.update(source.read(at, min(at + _PIECE, source.size)))
    return digest.hexdigest()
