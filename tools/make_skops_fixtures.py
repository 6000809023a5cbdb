"""Write the files of ``tests/fixtures/skops`` with an old skops, in an environment that has it.

    old/bin/python tools/make_skops_fixtures.py tests/fixtures/skops

It writes ``skops-0.4.0.tar.xz``: a ``.skops`` file of each model that this skops can save, and ``outputs.json`` with what
each model said. It knows nothing of perdure, and runs from skops 0.3 on, the first that writes files. The environments stand in
``tests/fixtures/skops/README.md``.
"""

import io
import json
import sys
import tarfile
import warnings

import numpy as np
import sklearn
import skops
import skops.io
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    OneHotEncoder,
    SplineTransformer,
    StandardScaler,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

METHODS = ("predict", "predict_proba", "decision_function", "transform", "score_samples")
TEXTS = [
    "an old file",
    "read without running it",
    "a model that lasts",
    "the old model was read",
    "a file of skops",
] * 3


def models():
    """Yield each model with its name, not fitted, and whether it takes texts."""
    yield "logistic", LogisticRegression(), False
    yield "ridge", Ridge(), False
    yield "svc", SVC(probability=False), False
    yield "forest", RandomForestClassifier(n_estimators=5, random_state=0), False
    yield "tree", DecisionTreeRegressor(random_state=0), False
    yield "boosting", GradientBoostingClassifier(n_estimators=5, random_state=0), False
    yield "histogram", HistGradientBoostingRegressor(max_iter=5, random_state=0), False
    yield "adaboost", AdaBoostClassifier(n_estimators=5, random_state=np.random.RandomState(0)), False
    yield "neighbors-kd", KNeighborsClassifier(algorithm="kd_tree"), False
    yield "neighbors-ball", KNeighborsClassifier(algorithm="ball_tree"), False
    yield "sgd", SGDClassifier(loss="modified_huber", random_state=0), False
    yield "bayes", GaussianNB(), False
    yield "network", MLPClassifier((5,), max_iter=30, random_state=0), False
    yield "process", GaussianProcessRegressor(RBF() + WhiteKernel(), random_state=0), False
    yield "kmeans", KMeans(3, n_init=3, random_state=0), False
    yield "spline", SplineTransformer(), False
    yield "bins", KBinsDiscretizer(5, strategy="uniform"), False
    yield "function", FunctionTransformer(np.log1p), False
    yield "pipeline", make_pipeline(StandardScaler(), PCA(2), LogisticRegression()), False
    yield "union", FeatureUnion([("a", PCA(2)), ("b", StandardScaler())]), False
    yield (
        "columns",
        make_pipeline(
            ColumnTransformer(
                [("a", StandardScaler(), [0, 1]), ("b", OneHotEncoder(handle_unknown="ignore"), slice(2, 4))]
            ),
            LogisticRegression(),
        ),
        False,
    )
    yield "search", GridSearchCV(SVC(), {"C": [0.5, 2.0], "kernel": ["rbf", "linear"]}, cv=3), False
    yield "words", CountVectorizer(), True
    yield "tfidf", make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), TruncatedSVD(2, random_state=0)), True


def plain(value):
    """Return an output as JSON has it."""
    return np.asarray(value.toarray() if hasattr(value, "toarray") else value).tolist()


def main():
    """Write the archive of the skops that runs."""
    X, y = load_iris(return_X_y=True)
    release = skops.__version__
    outputs, files, refused = {}, {}, []
    for name, model, texts in models():
        model.fit(TEXTS if texts else X, (np.arange(len(TEXTS)) % 2) if texts else y)
        rows = TEXTS[:4] if texts else X[::10]
        path = f"{sys.argv[1]}/{name}.skops"
        try:
            skops.io.dump(model, path)
            with open(path, "rb") as file:
                files[name + ".skops"] = file.read()
        except Exception as error:  # noqa: BLE001 - what this skops cannot save is said at the end
            refused.append(f"{name}: {error}")
            continue
        outputs[name] = {method: plain(getattr(model, method)(rows)) for method in METHODS if hasattr(model, method)}
    told = {"skops": release, "scikit-learn": sklearn.__version__, "texts": TEXTS[:4], "outputs": outputs}
    files["outputs.json"] = json.dumps(told).encode()
    with tarfile.open(f"{sys.argv[1]}/skops-{release}.tar.xz", "w:xz") as archive:
        for name, data in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    print(release, len(outputs), "models; not saved:", refused)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
