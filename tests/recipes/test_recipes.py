"""The recipes of docs/scoring.md, run by Spark and by Ray: what they give is what `perdure.score` gives."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import numpy as np
import pandas
import pyarrow
import pyarrow.parquet
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import perdure

ROOT = Path(__file__).parents[2]
ROWS, FILES = 3_000, 6


def recipe(name: str):
    """The file that docs/scoring.md shows."""
    path = ROOT / "docs" / "recipes" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"recipe_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def frame(seed: int) -> pandas.DataFrame:
    random = np.random.default_rng(seed)
    return pandas.DataFrame(
        {
            # The columns of the fit in another order, and one that nobody wants.
            "city": random.choice(["Rome", "Oslo", "Ulm"], ROWS),
            "id": np.arange(seed * ROWS, (seed + 1) * ROWS),
            "unwanted": 1.0,
            "b": random.integers(0, 9, ROWS),
            "a": random.normal(size=ROWS),
        }
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipes")
    X = frame(99)[["a", "b", "city"]]
    y = np.where(X["a"] + (X["city"] == "Rome") > 0.4, "goes", "stays")
    encoder = make_column_transformer((OneHotEncoder(), ["city"]), (StandardScaler(), ["a", "b"]))
    model = make_pipeline(encoder, LogisticRegression()).fit(X, y)
    perdure.dump(model, folder / "m.perdure", X=X, y=y, compression=None)
    (folder / "in").mkdir()
    for number in range(FILES):
        pyarrow.parquet.write_table(
            pyarrow.Table.from_pandas(frame(number), preserve_index=False), folder / "in" / f"{number}.parquet"
        )
    asked = (folder / "m.perdure", folder / "in", folder / "here")
    perdure.score(*asked, method="predict_proba", keep=["id"], extra="ignore")
    return folder


def read(folder: Path) -> pandas.DataFrame:
    paths = sorted(path for path in folder.rglob("*.parquet") if "_perdure" not in path.parts)
    tables = [pyarrow.parquet.ParquetFile(path).read().to_pandas() for path in paths]
    return pandas.concat(tables).sort_values("id").reset_index(drop=True)


def same(found: pandas.DataFrame, folder: Path) -> None:
    expected = read(folder / "here")
    assert list(found) == list(expected) == ["id", "probability_goes", "probability_stays"]
    assert found["id"].tolist() == list(range(FILES * ROWS))
    for name in ("probability_goes", "probability_stays"):
        # A batch of another length is added up in another order.
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-13)


def counting(path: str):
    """What counts in a worker how often it opens a model."""

    def count(frame: pandas.DataFrame) -> pandas.DataFrame:
        from perdure import _api
        from perdure.scoring import working

        if not hasattr(working, "opened"):
            working.opened = []
            real = _api.open

            def counted(*arguments, **more):
                working.opened.append(1)
                return real(*arguments, **more)

            _api.open = counted
        made = scorer(frame)
        return made.assign(process=os.getpid(), opened=len(working.opened))[["id", "process", "opened"]]

    scorer = perdure.Scorer(path, method="predict_proba", keep=["id"])
    return count


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", "1000")
    # Nothing of the network but this machine's own.
    session = builder.config("spark.driver.bindAddress", "127.0.0.1").config("spark.driver.host", "127.0.0.1")
    session = session.config("spark.sql.files.maxPartitionBytes", "64k").getOrCreate()
    yield session
    session.stop()


def test_spark(files, spark, tmp_path):
    rows = spark.read.parquet(str(files / "in"))
    recipe("spark").scored(rows, str(files / "m.perdure")).write.parquet(str(tmp_path / "out"))
    same(read(tmp_path / "out"), files)


def test_each_worker_of_spark_loads_the_model_once(files, spark):
    count = counting(str(files / "m.perdure"))
    rows = spark.read.parquet(str(files / "in")).select("a", "b", "city", "id").repartition(8)
    made = rows.mapInPandas(lambda frames: map(count, frames), schema="id long, process long, opened long").toPandas()
    assert len(made) == FILES * ROWS
    # Eight partitions, of several batches each, on two workers.
    assert made["process"].nunique() <= 2
    assert made.groupby("process")["opened"].max().tolist() == [1] * made["process"].nunique()


def test_a_column_that_is_missing_stops_spark(files, spark):
    scorer = perdure.Scorer(files / "m.perdure", keep=["id"])
    rows = spark.read.parquet(str(files / "in")).select("a", "city", "id")
    with pytest.raises(Exception, match='it has no column "b"'):
        rows.mapInPandas(lambda frames: map(scorer, frames), schema="id long, prediction string").collect()


@pytest.fixture(scope="module")
def ray():
    # Its own processes may be slow to start where much else runs.
    os.environ["RAY_agent_register_timeout_ms"] = "300000"  # noqa: SIM112 - so it is spelled
    import ray

    where = {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])}
    ray.init(num_cpus=2, include_dashboard=False, runtime_env={"env_vars": where}, object_store_memory=200 << 20)
    yield ray
    ray.shutdown()


def test_ray(files, ray, tmp_path):
    rows = ray.data.read_parquet(str(files / "in"))
    recipe("ray_data").scored(rows, str(files / "m.perdure")).write_parquet(str(tmp_path / "out"))
    same(read(tmp_path / "out"), files)


def test_each_worker_of_ray_loads_the_model_once(files, ray):
    count = counting(str(files / "m.perdure"))
    rows = ray.data.read_parquet(str(files / "in"))
    made = rows.map_batches(lambda batch: count(batch), batch_format="pandas", batch_size=1_000).to_pandas()
    assert len(made) == FILES * ROWS
    assert set(made.groupby("process")["opened"].max()) == {1}
