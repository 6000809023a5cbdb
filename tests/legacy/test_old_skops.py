"""Files that old releases of skops wrote, of each protocol: they answer as they did when they were saved."""

from __future__ import annotations

import functools
import io
import json
import tarfile
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
import sklearn
from sklearn.datasets import load_iris

import perdure
from perdure.migrate.releases import release

FIXTURES = Path(__file__).parent.parent / "fixtures" / "skops"
#: Each skops, with the protocol of its files.
PROTOCOLS = {
    "0.3.0": 0, "0.4.0": 0, "0.5.0": 0, "0.7.post0": 1, "0.9.0": 1, "0.10.0": 2, "0.11.0": 2, "0.13.0": 2,
}  # fmt: skip
#: What takes texts and no numbers.
OF_TEXTS = {"words", "tfidf"}
LABELS = {"logistic", "svc", "forest", "boosting", "adaboost", "neighbors-kd", "neighbors-ball", "sgd", "bayes"}


@functools.cache
def archive(skops: str) -> dict[str, bytes]:
    with tarfile.open(FIXTURES / f"skops-{skops}.tar.xz") as opened:
        return {member.name: opened.extractfile(member).read() for member in opened}


def told(skops: str) -> dict:
    return json.loads(archive(skops)["outputs.json"])


EACH = [(skops, name) for skops in PROTOCOLS for name in told(skops)["outputs"]]


def test_there_are_files_of_each_protocol():
    assert sorted(FIXTURES.glob("skops-*.tar.xz")) == sorted(FIXTURES / f"skops-{skops}.tar.xz" for skops in PROTOCOLS)
    for skops, protocol in PROTOCOLS.items():
        files = archive(skops)
        assert len(files) == 25
        for name in files.keys() - {"outputs.json"}:
            with zipfile.ZipFile(io.BytesIO(files[name])) as opened:
                schema = json.loads(opened.read("schema.json"))
            assert (schema["_skops_version"], schema["protocol"]) == (skops, protocol)


@pytest.mark.parametrize(("skops", "name"), EACH, ids="-".join)
def test_it_answers_as_it_did(skops, name):
    record, data = told(skops), archive(skops)[f"{name}.skops"]
    newer = release(record["scikit-learn"])[:2] > release(sklearn.__version__)[:2]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            model = perdure.loads(data)
        except (perdure.MigrationError, perdure.PerdureWarning):
            # An older scikit-learn has no such model, and says so.
            assert newer
            return
    rows = record["texts"] if name in OF_TEXTS else load_iris().data[::10]
    outputs = record["outputs"][name]
    assert outputs
    for method, expected in outputs.items():
        found = getattr(model, method)(rows)
        found = found.toarray() if hasattr(found, "toarray") else found
        if method == "predict" and name in LABELS:
            assert np.array_equal(found, expected)
        else:
            assert np.allclose(found, expected, rtol=1e-7, atol=1e-12), method
