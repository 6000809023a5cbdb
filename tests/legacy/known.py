"""What of the files of old releases does not load, or does not answer as it did, each with the reason."""

from __future__ import annotations

#: No release of scikit-learn that perdure runs under has such a model, or the file is of no fitted model.
REFUSED = {
    "DPGMM": "DPGMM left scikit-learn with 0.20, and nothing took its place",
    "GaussianProcess": "GaussianProcess left scikit-learn with 0.20; its successor is another model",
    "Imputer-rows": "Imputer(axis=1) has no successor",
    "LSHForest": "LSHForest left scikit-learn with 0.21, and nothing took its place",
    "ProjectedGradientNMF": "ProjectedGradientNMF left scikit-learn with 0.19, and NMF has no such solver",
    "RandomizedLasso": "RandomizedLasso left scikit-learn with 0.21, and nothing took its place",
    "RandomizedLogisticRegression": "RandomizedLogisticRegression left scikit-learn with 0.21, and nothing took its place",
    "VBGMM": "VBGMM left scikit-learn with 0.20, and nothing took its place",
}

#: Loading says that these answer otherwise: the older release was mistaken, or the successor has another interface.
LOUD = {
    ("GMM", "score_samples"): "GMM gave a pair, GaussianMixture the first of it",
    ("GMM-full", "score_samples"): "GMM gave a pair, GaussianMixture the first of it",
    ("GMM-tied", "score_samples"): "GMM gave a pair, GaussianMixture the first of it",
    ("QuantileTransformer", "transform"): "up to 0.20 what lies below all quantiles gave 1e-7 instead of 0",
    ("SparseCoder", "transform"): "up to 0.19 orthogonal matching pursuit took all atoms for ones of length 1",
}

#: What the running scikit-learn answers otherwise though the state is the same: its code changed, and not what is fitted.
OTHER_CODE = {
    ("GradientBoostingRegressor-init", "predict"): "a linear model predicts rows of float32 in float32 since 1.9",
    ("KNeighborsRegressor-sparse", "kneighbors"): "rows as near as one another come in another order",
    ("TfidfVectorizer", "inverse_transform"): "1.5 names the terms of a text in another order",
    ("TfidfVectorizer-sublinear", "inverse_transform"): "1.5 names the terms of a text in another order",
}

#: Attributes that a release kept and that are no output.
LEFT = {".threshold_"}
