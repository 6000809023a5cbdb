"""Write the fixtures of one scikit-learn release: perdure files, and what their models said when they were saved.

Run in an environment that has that release and nothing newer, from the root of the repository::

    python -m venv old && old/bin/pip install -r requirements/scikit-learn-1.4.2.txt -e ".[test]"
    PYTHONPATH=tests old/bin/python tools/make_fixtures.py

It writes ``tests/fixtures/perdure/scikit-learn-1.4.2.zip``: a perdure file for each case, and ``outputs.json`` with
the queries and outputs, in a form that needs no library of any release. Once perdure is released, the files of a
release are never made anew: they stand for what people have.
"""

from __future__ import annotations

import hashlib
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import sklearn

import perdure
from migrate import old_defaults
from migrate.neutral import to_neutral
from zoo.outputs import outputs
from zoo.registry import all_cases

FIXTURES = Path(__file__).parent.parent / "tests" / "fixtures" / "perdure"

#: What the rules of `perdure.migrate` touch, and plain models of every family besides.
CASES = """
ARDRegression AdaBoostClassifier AdaBoostClassifier-samme AdaBoostClassifier-trees AdaBoostRegressor
AdditiveChi2Sampler AgglomerativeClustering BaggingClassifier BayesianGaussianMixture BayesianRidge BernoulliNB
Birch CalibratedClassifierCV-isotonic-folds CalibratedClassifierCV-prefit CalibratedClassifierCV-sigmoid-folds
ClassifierChain ColumnTransformer ColumnTransformer-positions ColumnTransformer-positions-remainder
ColumnTransformer-remainder ColumnTransformer-weights ComplementNB CountVectorizer DecisionTreeClassifier
DecisionTreeClassifier-missing DecisionTreeClassifier-multi-output DecisionTreeClassifier-strings
DecisionTreeRegressor-friedman DictionaryLearning DictionaryLearning-cd DummyClassifier-prior ElasticNetCV
ExtraTreeClassifier FastICA FeatureAgglomeration FeatureUnion FunctionTransformer-ufunc GammaRegressor
GaussianMixture-full GaussianNB GaussianRandomProjection GradientBoostingClassifier
GradientBoostingClassifier-binary-strings GradientBoostingClassifier-exponential GradientBoostingClassifier-init
GradientBoostingClassifier-zero GradientBoostingRegressor GradientBoostingRegressor-absolute_error
GradientBoostingRegressor-huber GradientBoostingRegressor-quantile GridSearchCV GridSearchCV-pipeline
GridSearchCV-scorers HashingVectorizer HistGradientBoostingClassifier
HistGradientBoostingClassifier-binary-strings HistGradientBoostingClassifier-categorical
HistGradientBoostingClassifier-missing HistGradientBoostingRegressor HistGradientBoostingRegressor-gamma
HistGradientBoostingRegressor-quantile HuberRegressor IsolationForest IsotonicRegression IterativeImputer
KBinsDiscretizer-onehot KBinsDiscretizer-quantile KMeans KNNImputer KNeighborsClassifier-kd_tree
KNeighborsClassifier-minkowski-ball_tree KNeighborsRegressor-brute-weights KernelDensity KernelPCA-rbf-inverse
LabelBinarizer Lars LassoCV LatentDirichletAllocation LinearDiscriminantAnalysis LinearRegression LinearSVC
LogisticRegression LogisticRegression-l1 LogisticRegression-liblinear LogisticRegression-multinomial
LogisticRegression-one-vs-rest LogisticRegression-strings LogisticRegression-unfitted LogisticRegressionCV
MLPClassifier-adam MaxAbsScaler MiniBatchDictionaryLearning MiniBatchKMeans MissingIndicator
MultiOutputClassifier MultinomialNB NMF NearestCentroid NeighborhoodComponentsAnalysis NuSVC OneClassSVM
OneHotEncoder OneHotEncoder-drop-if-binary OneHotEncoder-infrequent OneVsRestClassifier OrdinalEncoder
OrdinalEncoder-unknown PCA-full PLSRegression PLSRegression-one-target PassiveAggressiveClassifier Perceptron
Pipeline-from-model-svm Pipeline-mixed-boosting Pipeline-scaled-logistic PoissonRegressor PolynomialFeatures
PowerTransformer QuadraticDiscriminantAnalysis QuantileRegressor RANSACRegressor RFE RandomForestClassifier
RandomForestRegressor RandomTreesEmbedding RegressorChain Ridge RidgeCV RidgeCV-stored-values RidgeClassifier
RidgeClassifier-binary-strings RidgeClassifierCV SGDClassifier-hinge SGDClassifier-log_loss SGDOneClassSVM
SGDRegressor-huber SVC-probability SVC-rbf SVR SelectKBest SelfTrainingClassifier SequentialFeatureSelector
SimpleImputer SimpleImputer-constant SimpleImputer-median SimpleImputer-strings SparseCoder SplineTransformer
StackingClassifier StandardScaler TargetEncoder TfidfTransformer TfidfVectorizer TheilSenRegressor TruncatedSVD
TunedThresholdClassifierCV TweedieRegressor VotingClassifier dict-model-threshold
""".split()  # noqa: SIM905

#: The outputs that are kept: what models are for.
METHODS = (
    "predict",
    "predict_proba",
    "decision_function",
    "score_samples",
    "transform",
    "inverse_transform",
    "kneighbors",
    "predict(return_std)",
    "get_feature_names_out()",
)


def record(case: Any) -> tuple[bytes, dict[str, Any], dict[str, Any]]:
    """The file of a case, its query, and what the model says of it; the model is saved before it is asked."""
    model, query = case.make()
    data = perdure.dumps(model)
    with case.settings():
        said = outputs(model, query)
    kept = {name: to_neutral(value) for name, value in said.items() if name.rpartition("]")[2] in METHODS}
    return data, to_neutral(query["X"]), kept


def main() -> int:
    """Write the archive of the running release."""
    offered = {case.name: case for case in all_cases() if case.name in CASES}
    offered.update({case.name: case for case in old_defaults.CASES if case.offered})
    queries: dict[str, Any] = {}
    cases: dict[str, Any] = {}
    path = FIXTURES / f"scikit-learn-{sklearn.__version__}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as archive:
        for name in sorted(offered):
            data, query, said = record(offered[name])
            key = hashlib.sha256(json.dumps(query).encode()).hexdigest()[:12]
            queries[key] = query
            cases[name] = {"query": key, "outputs": said}
            archive.writestr(zipfile.ZipInfo(f"{name}.perdure"), data, zipfile.ZIP_STORED)
        text = json.dumps({"cases": cases, "queries": queries})
        archive.writestr(zipfile.ZipInfo("outputs.json"), text, zipfile.ZIP_LZMA)
    sys.stdout.write(f"{path.name}: {len(cases)} models, {path.stat().st_size:,} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
