"""Score a table with Ray Data: python ray_data.py m.perdure source out."""

import sys

import ray.data

import perdure


def scored(rows: ray.data.Dataset, model: str) -> ray.data.Dataset:
    """Return the id and the probabilities of each row; each worker loads the model once."""
    scorer = perdure.Scorer(model, method="predict_proba", keep=["id"])
    return rows.map_batches(lambda batch: scorer(batch), batch_format="pandas", batch_size=65536)


if __name__ == "__main__":
    model, source, out = sys.argv[1:]
    scored(ray.data.read_parquet(source), model).write_parquet(out)
