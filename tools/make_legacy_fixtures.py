"""Write the legacy fixtures of one scikit-learn release: pickles and joblib files, and what their models said then.

It runs in an environment of that release, on Python 2.7 to 3.13, and needs neither perdure nor a test package::

    python3.8 -m venv old && old/bin/pip install "scikit-learn==0.24.2" "numpy==1.20.3" "scipy==1.6.3" "pandas==1.2.5"
    OMP_NUM_THREADS=1 old/bin/python tools/make_legacy_fixtures.py FOLDER
    python tools/make_legacy_fixtures.py --pack FOLDER tests/fixtures/legacy   # any Python 3: Python 2.7 has no xz

The models stand in ``make_legacy_fixtures_cases.py``; what a release does not know is left out there. Each is
written in one of the forms that people have (pickle protocols, joblib raw and compressed), in turn, so that over
the releases it comes in all of them. ``outputs.json`` has the queries, and what each model said after it was saved.
Once perdure is released the files of a release are never made anew: they stand for what people have.
"""

# It runs on Python 2.7, in a process of its own.
# ruff: noqa: UP010, UP020, UP031, UP036, B905, BLE001, C402, NPY002, S307, SIM905
from __future__ import print_function

import hashlib
import importlib
import io
import json
import os
import pickle
import sys
import tarfile
import warnings

TEXT = type(b"".decode("ascii"))
HERE = os.path.dirname(os.path.abspath(__file__))
METHODS = (
    "predict", "predict_proba", "decision_function", "score_samples", "transform", "inverse_transform", "kneighbors",
    "predict(return_std)",
)  # fmt: skip
# What is left of a fit that has none of these methods.
ATTRIBUTES = (
    "labels_", "embedding_", "row_labels_", "column_labels_", "negative_outlier_factor_", "covariance_", "precision_",
    "threshold_",
)  # fmt: skip
MODULES = (
    "base calibration cluster compose covariance cross_decomposition decomposition discriminant_analysis dummy ensemble "
    "feature_extraction feature_extraction.text feature_selection frozen gaussian_process impute isotonic "
    "kernel_approximation kernel_ridge linear_model manifold mixture model_selection multiclass multioutput naive_bayes "
    "neighbors neural_network pipeline preprocessing random_projection semi_supervised svm tree lda qda metrics"
).split()


# --- names of the expressions ---


def release():
    """Return the running scikit-learn as two numbers."""
    import sklearn

    return tuple(int(part) for part in sklearn.__version__.split(".")[:2])


def names():
    """Return what the expressions of the cases may name."""
    import numpy as np
    import scipy.stats

    for switch in ("enable_hist_gradient_boosting", "enable_iterative_imputer", "enable_halving_search_cv"):
        try:
            importlib.import_module("sklearn.experimental." + switch)
        except ImportError:
            pass
    found = {"np": np, "stats": scipy.stats, "fitted": fitted}
    for name in MODULES:
        try:
            module = importlib.import_module("sklearn." + name)
        except ImportError:
            continue
        for public in dir(module):
            if not public.startswith("_"):
                found.setdefault(public, getattr(module, public))
    if release() < (0, 18):
        from sklearn import cross_validation, grid_search

        found.update(OldGridSearchCV=grid_search.GridSearchCV, OldRandomizedSearchCV=grid_search.RandomizedSearchCV)
        found.update(KFold=lambda n: cross_validation.KFold(60, n))
    else:
        from sklearn.gaussian_process import kernels

        found["kernels"] = kernels
    now = release()
    found.update(
        STEPS={"max_iter": 20, "tol": None} if now >= (0, 19) else {"n_iter": 20},
        LOG="log_loss" if now >= (1, 1) else "log",
        NO_PENALTY=None if now >= (1, 2) else "none",
        RANSAC_LOSS="absolute_error" if now >= (1, 0) else "absolute_loss",
        TREE_SQUARED="squared_error" if now >= (1, 0) else "mse",
        TREE_ABSOLUTE="absolute_error" if now >= (1, 0) else "mae",
        BOOST_ABSOLUTE="absolute_error" if now >= (1, 0) else "lad",
        HIST_ABSOLUTE="absolute_error" if now >= (1, 0) else "least_absolute_deviation",
        DENSE={"sparse_output": False} if now >= (1, 2) else {"sparse": False},
        RANDOM_STATE={"random_state": 0} if now >= (0, 23) else {},
        SHORT={"max_iter": 3} if now >= (1, 1) else {"n_iter": 3},
        SHORT_SPARSE={"max_iter": 3} if now >= (1, 2) else {"n_iter": 3},
        TSNE_STEPS={"max_iter": 250} if now >= (1, 5) else {"n_iter": 250},
    )
    return found


def fitted(model, data):
    """Return the estimator, fitted."""
    X, y, _ = source(data)
    return model.fit(X) if y is None else model.fit(X, y)


# --- data: small, the same in every release ---


def source(name):
    """Return what is fitted (X, y), and new rows."""
    import numpy as np
    import scipy.sparse as sp

    chance = np.random.RandomState(0)
    rows, new = 60, 10
    X = np.round(chance.normal(size=(rows + new, 4)), 2)
    signal = 2 * X[:, 0] - X[:, 1] + 0.5 * X[:, 2] + X[:, 0] * X[:, 1] + np.round(0.3 * chance.normal(size=len(X)), 2)
    three = np.digitize(signal, [-1.2, 1.2])
    texts = [" ".join(chance.choice(["red", "green", "blue", "the", "sun", "moon", "house"], 6)) for _ in range(len(X))]
    cats = chance.randint(0, 4, size=(len(X), 2))
    cats[:, 1] = np.minimum(cats[:, 1], 2)
    cities = np.array([text.decode("utf-8") for text in (b"a", b"b", b"c", b"z\xc3\xbcrich")], dtype=object)
    missing = X.copy()
    missing[chance.uniform(size=X.shape) < 0.15] = np.nan
    kind = name
    y = None
    targets = {
        "reg": signal, "pos": np.round(np.exp(signal / 4), 3), "two": (signal > 0).astype(int), "three": three,
        "str3": np.array(["north", "south", "west"])[three],
        "obj3": np.array([text.decode("utf-8") for text in (b"nord", b"s\xc3\xbcd", b"west")], dtype=object)[three],
        "reg2": np.column_stack([signal, np.round(X[:, 3] - X[:, 1] + 0.1 * X[:, 0] ** 2, 3)]),
        "labels": np.column_stack([signal > 0, X[:, 1] > 0, X[:, 2] > 0.4]).astype(int),
        "outs2": np.column_stack([three, (X[:, 1] > 0).astype(int)]),
        "unlabelled": np.where(np.arange(len(X)) % 3, -1, three),
    }  # fmt: skip
    if kind in targets:
        y = targets[kind]
    elif kind == "num":
        pass
    elif kind in ("sparsereg", "sparse3", "sparsenum"):
        X = sp.csr_matrix(np.where(np.abs(X) > 0.7, X, 0.0))
        y = {"sparsereg": signal, "sparse3": three}.get(kind)
    elif kind in ("f32reg", "f32num"):
        X = X.astype(np.float32)
        y = signal if kind == "f32reg" else None
    elif kind in ("miss", "miss3"):
        X = missing
        y = three if kind == "miss3" else None
    elif kind in ("framereg", "frame3"):
        X, y = frame(list("abcd"), X), signal if kind == "framereg" else three
    elif kind in ("mixed", "mixed2", "mixed3"):
        numbers = missing if kind == "mixed2" else X
        X = frame(["a", "b", "city"], [numbers[:, 0], numbers[:, 1], cities[cats[:, 0]]])
        y = None if kind == "mixed" else (signal > 0).astype(int)
    elif kind == "nonneg":
        X = np.abs(X) + 0.05
    elif kind == "counts":
        X, y = np.floor(np.abs(3 * X)), three
    elif kind == "bits":
        X, y = (X > 0).astype(float), (signal > 0).astype(int)
    elif kind == "cats":
        X, y = cats, three
    elif kind in ("catstr", "catstr3"):
        X, y = cities[cats], signal if kind == "catstr3" else None
    elif kind == "catnum":
        X, y = np.column_stack([cats.astype(float), X[:, 0]]), (signal > 0).astype(int)
    elif kind == "catnumx":
        X = np.column_stack([cats.astype(float), X[:, 0]])
    elif kind == "blobs":
        X = np.round(X[:, :2] * 0.4 + np.array([[-3.0, 0.0], [0.0, 3.0], [3.0, -1.0]])[np.arange(len(X)) % 3], 2)
    elif kind == "flat":
        X = X[:, :2] * 0.3
    elif kind == "small":
        X = X[:30]
        return X[:20], None, X[20:]
    elif kind == "kernel":
        K = X.dot(X[:rows].T)
        return K[:rows], three[:rows], K[rows:]
    elif kind == "kernelnum":
        K = X.dot(X[:rows].T)
        return K[:rows], None, K[rows:]
    elif kind == "onecol":
        X, y = X[:, 0], X[:, 0] + np.round(0.3 * X[:, 1], 2)
    elif kind in ("text", "text2"):
        y = (signal > 0).astype(int)[:rows] if kind == "text2" else None
        return texts[:rows], y, texts[rows:]
    elif kind == "dicts":
        dicts = [{"n": float(x[0]), "c=" + "xyz"[int(t)]: 1.0} for x, t in zip(X, three)]
        return dicts[:rows], None, dicts[rows:]
    elif kind == "sets":
        sets = [["abcd"[j] for j in range(4) if row[j] > 0] for row in X]
        return sets[:rows], None, sets[rows:]
    elif kind == "labels1":
        X = targets["str3"]
    elif kind == "labelsint":
        X = three
    else:
        raise KeyError(kind)
    cut = X.iloc if hasattr(X, "iloc") else X
    return cut[:rows], None if y is None else y[:rows], cut[rows:]


def frame(columns, values):
    """Return a data frame; its rows are counted from 0."""
    import numpy as np
    import pandas as pd

    parts = list(values.T) if isinstance(values, np.ndarray) else values
    return pd.DataFrame(dict(zip(columns, parts)), columns=columns)


# --- values as JSON, in the form that tests/migrate/neutral.py reads ---


def neutral(value):
    """Return a value as JSON, which needs no library of any release to be read."""
    import numpy as np
    import scipy.sparse as sp

    if hasattr(value, "iloc"):
        columns = [np.asarray(value.iloc[:, i]) for i in range(value.shape[1])]
        return {"frame": [[str(name), neutral(column)] for name, column in zip(value.columns, columns)]}
    if sp.issparse(value):
        value = value.tocsr()
        value.sort_indices()
        return {
            "sparse": [int(length) for length in value.shape], "data": neutral(value.data),
            "indices": [int(i) for i in value.indices], "indptr": [int(i) for i in value.indptr],
        }  # fmt: skip
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "S":
            value = np.char.decode(value, "utf-8")
        order = "F" if value.flags.f_contiguous and not value.flags.c_contiguous else "C"
        kind = "object" if value.dtype.hasobject else value.dtype.str
        return {
            "array": kind, "order": order, "shape": list(value.shape),
            "values": [plain(item) for item in value.ravel().tolist()],
        }  # fmt: skip
    if isinstance(value, (list, tuple)):
        return {"list": [neutral(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": dict((str(key), plain(item)) for key, item in value.items())}
    return {"plain": plain(value)}


def plain(value):
    """Return a number, text or None as it is; a tuple of such as a list."""
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, TEXT)) or type(value).__name__ == "long":
        return value
    if hasattr(value, "item"):
        return value.item()
    raise TypeError("%s has no neutral form" % type(value).__name__)


def outputs(model, X):
    """Return what the model says of the rows, by the name of the method; an exception by its kind."""
    found = {}
    for name in METHODS:
        method = getattr(model, name.partition("(")[0], None)
        if not callable(method):
            continue
        try:
            if name == "inverse_transform":
                value = method(model.transform(X))
            elif name == "predict(return_std)":
                value = method(X, return_std=True)
            else:
                value = method(X)
        except TypeError as error:
            if name == "predict(return_std)":
                continue
            value = error
        except Exception as error:
            value = error
        found[name] = {"raised": type(value).__name__} if isinstance(value, Exception) else neutral(value)
    for name in ATTRIBUTES:
        if name in vars(model):
            value = getattr(model, name)
            if hasattr(value, "dtype"):
                found["." + name] = neutral(value)
    return found


# --- files ---


def forms():
    """Return the ways to write a file in this release, each a suffix and a function of the model and the path."""
    if release() < (0, 21):
        from sklearn.externals import joblib
    else:
        import joblib

    def pickled(protocol):
        def write(model, path):
            with open(path, "wb") as file:
                pickle.dump(model, file, protocol)

        return ".p%d.pkl" % protocol, write

    def dumped(suffix, **how):
        return suffix, lambda model, path: joblib.dump(model, path, **how)

    two = [pickled(2), pickled(0), pickled(2), dumped(".joblib"), pickled(2), dumped(".zlib.joblib", compress=3)]
    if sys.version_info < (3,):
        return two
    found = [
        pickled(2), pickled(4), dumped(".joblib"), pickled(4), pickled(2), dumped(".zlib.joblib", compress=3),
        pickled(4), dumped(".joblib"), pickled(pickle.HIGHEST_PROTOCOL), pickled(3), dumped(".gz.joblib", compress=("gzip", 3)),
        pickled(4), pickled(2), dumped(".joblib"), pickled(4), dumped(".bz2.joblib", compress=("bz2", 3)), pickled(0),
        pickled(2), pickled(4), dumped(".joblib"), pickled(4), dumped(".xz.joblib", compress=("xz", 3)), pickled(1),
        dumped(".joblib"), pickled(4), pickled(2), dumped(".lzma.joblib", compress=("lzma", 3)),
    ]  # fmt: skip
    return found


def write_guide(folder):
    """Write the example of the model persistence page of the guide: an SVC on iris, in the ways it shows."""
    if release() < (0, 21):
        from sklearn.externals import joblib
    else:
        import joblib
    from sklearn import datasets, svm

    folder = os.path.join(folder, "guide")
    for name in ("", "many", "compressed"):
        os.makedirs(os.path.join(folder, name))
    iris = datasets.load_iris()
    X, y = iris.data, iris.target
    clf = svm.SVC()
    clf.fit(X, y)
    with open(os.path.join(folder, "pickled.pkl"), "wb") as file:
        file.write(pickle.dumps(clf))
    joblib.dump(clf, os.path.join(folder, "many" if release() < (0, 18) else "", "filename.pkl"))
    joblib.dump(clf, os.path.join(folder, "compressed", "filename.pkl"), compress=True)
    if release() < (0, 18):
        many = os.path.join(folder, "many-compressed")
        os.makedirs(many)
        joblib.dump(clf, os.path.join(many, "filename.pkl"), compress=3, cache_size=0)
    return {"query": neutral(X[::10]), "outputs": outputs(clf, X[::10])}


def main(folder):
    """Write the files of the running release, and what the models say."""
    import numpy as np
    import sklearn
    from make_legacy_fixtures_cases import CASES

    warnings.simplefilter("ignore")
    os.makedirs(os.path.join(folder, "files"))
    known, ways = names(), forms()
    cases, queries, left_out, family, number = {}, {}, [], "", sum(release())
    for line in CASES.strip().splitlines():
        if line.startswith("#"):
            family = line[2:]
            continue
        name, data, expression = line.split(" | ")
        np.random.seed(0)
        try:
            X, y, new = source(data)
            model = eval(expression, dict(known))
            model.fit(X) if y is None else model.fit(X, y)
        except Exception as error:
            left_out.append("%s: %s: %.80s" % (name, type(error).__name__, str(error).replace("\n", " ")))
            continue
        suffix, write = ways[number % len(ways)]
        number += 1
        write(model, os.path.join(folder, "files", name + suffix))
        np.random.seed(0)
        said = outputs(model, new)
        query = neutral(new)
        key = hashlib.sha256(json.dumps(query, sort_keys=True).encode("ascii")).hexdigest()[:12]
        queries[key] = query
        cases[name] = {"family": family, "file": name + suffix, "outputs": said, "query": key}
    made = {"guide": write_guide(folder), "cases": cases, "queries": queries}
    made["scikit-learn"], made["python"] = sklearn.__version__, "%d.%d.%d" % sys.version_info[:3]
    with io.open(os.path.join(folder, "outputs.json"), "w", encoding="ascii") as file:
        file.write(TEXT(json.dumps(made, sort_keys=True)))
    print("scikit-learn %s: %d models, not offered: %d" % (sklearn.__version__, len(cases), len(left_out)))
    print("\n".join("  " + line for line in left_out))


def pack(folder, target):
    """Pack the files of a release into one archive, the same bytes for the same files."""
    with io.open(os.path.join(folder, "outputs.json"), encoding="ascii") as file:
        made = json.load(file)
    python = "-python-2.7" if made["python"].startswith("2.") else ""
    path = os.path.join(target, "scikit-learn-%s%s.tar.xz" % (made["scikit-learn"], python))

    def anonymous(member):
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        member.mode = 0o644
        return member

    listed = [os.path.join(at, name) for at, _, found in os.walk(folder) for name in found]

    # Files alike lie side by side: what is compressed already comes last.
    def place(name):
        return ("." + os.path.basename(name).split(".", 1)[-1], name)

    with tarfile.open(path, "w:xz", preset=9) as archive:
        for name in sorted(listed, key=place):
            archive.add(name, os.path.relpath(name, folder), filter=anonymous)
    print("%s: %d models, %d bytes" % (os.path.basename(path), len(made["cases"]), os.path.getsize(path)))


if __name__ == "__main__":
    sys.path.insert(0, HERE)
    if sys.argv[1] == "--pack":
        pack(*sys.argv[2:])
    else:
        main(sys.argv[1])
