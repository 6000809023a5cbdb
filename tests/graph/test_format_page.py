"""docs/format.md and its schemas say what the code does."""

import io
import json
import zipfile
from pathlib import Path

import jsonschema
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

import perdure
from perdure.graph import reader, write
from perdure.graph.scalars import ATOM_TAGS

DOCS = Path(__file__).parents[2] / "docs"
GRAPH = json.loads((DOCS / "graph.schema.json").read_text())
MANIFEST = json.loads((DOCS / "manifest.schema.json").read_text())


def tags(kind):
    return set(GRAPH["$defs"][kind]["then"]["prefixItems"][0]["enum"])


def test_the_schema_has_the_tags_of_the_reader_and_of_the_writer():
    nodes, columns = tags("node"), tags("column")
    assert nodes == set(reader._NODES) | set(ATOM_TAGS)
    assert columns == set(reader._COLUMNS)
    written = {kind.__name__.lower() for kind in write._WRITERS}
    assert {tag.replace("-", "") for tag in nodes - set(ATOM_TAGS) | columns} == written


def test_the_page_names_every_tag():
    page = (DOCS / "format.md").read_text()
    for tag in set(reader._NODES) | set(reader._COLUMNS) | set(ATOM_TAGS):
        assert f'["{tag}"' in page, tag


X, y = load_iris(return_X_y=True)
MODELS = {
    "linear": lambda: LogisticRegression(max_iter=500).fit(X, y),
    "forest": lambda: RandomForestClassifier(5, random_state=0).fit(X, y),
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=4).fit(X, y),
    "neighbors": lambda: KNeighborsClassifier(algorithm="kd_tree").fit(X, y),
    "text": lambda: TfidfVectorizer().fit([f"word{i} more" for i in range(50)]),
    "values": lambda: [float("nan"), -0.0, 2**70, b"\0", 1j, ..., {1: 2}, {3, 4}, slice(1), range(3), "\ud800"],
}


@pytest.mark.parametrize("name", MODELS)
def test_files_fit_the_schemas(name):
    archive = zipfile.ZipFile(io.BytesIO(perdure.dumps(MODELS[name]())))
    jsonschema.validate(json.loads(archive.read("perdure.json")), MANIFEST)
    with perdure.open(io.BytesIO(perdure.dumps(MODELS[name]()))) as file:
        jsonschema.validate(json.loads(file.container.graph()), GRAPH)
