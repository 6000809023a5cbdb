"""Score a table with Spark: python spark.py m.perdure source out."""

import sys

from pyspark.sql import DataFrame, SparkSession

import perdure


def scored(rows: DataFrame, model: str) -> DataFrame:
    """Return the id and the probabilities of each row; each worker of Python loads the model once."""
    scorer = perdure.Scorer(model, method="predict_proba", keep=["id"])
    # What the result looks like, Spark wants to know before the first row is scored.
    schema = "id long, probability_goes double, probability_stays double"
    wanted = [*scorer.columns, "id"]
    return rows.select(wanted).mapInPandas(lambda frames: map(scorer, frames), schema=schema)


if __name__ == "__main__":
    model, source, out = sys.argv[1:]
    spark = SparkSession.builder.getOrCreate()
    scored(spark.read.parquet(source), model).write.parquet(out)
    spark.stop()
