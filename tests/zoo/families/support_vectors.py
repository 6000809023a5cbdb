from __future__ import annotations

from sklearn import svm

from zoo import data, own
from zoo.registry import family

add = family("support vectors")

for kernel in ("linear", "poly", "rbf", "sigmoid"):
    add(f"SVC-{kernel}", lambda kernel=kernel: svm.SVC(kernel=kernel), data.multiclass)
add("SVC-binary", svm.SVC, data.binary)
add("SVC-strings", svm.SVC, data.strings, "string-classes")
add("SVC-probability", lambda: svm.SVC(probability=True, random_state=0), data.multiclass)
add("SVC-probability-binary", lambda: svm.SVC(probability=True, random_state=0), data.binary_strings, "string-classes")
add("SVC-probability-sparse", lambda: svm.SVC(probability=True, random_state=0), data.sparse(data.binary), "sparse")
add("SVC-sparse", svm.SVC, data.sparse(data.multiclass), "sparse")
add("SVC-sparse-linear", lambda: svm.SVC(kernel="linear"), data.sparse(data.multiclass), "sparse")
add("SVC-one-vs-one", lambda: svm.SVC(decision_function_shape="ovo"), data.multiclass)
add("SVC-ties-broken", lambda: svm.SVC(break_ties=True, gamma="auto"), data.multiclass)
add("SVC-balanced", lambda: svm.SVC(class_weight="balanced"), data.strings, "class-weight")
add("SVC-class-weight", lambda: svm.SVC(class_weight={0: 1, 2: 3.0}), data.weighted(data.multiclass), "class-weight")
add("SVC-precomputed", lambda: svm.SVC(kernel="precomputed"), data.kernel)
add("SVC-float32", svm.SVC, data.float32(data.binary), "float32")
add(
    "SVC-own-kernel",
    lambda: svm.SVC(kernel=own.decaying_kernel),
    data.multiclass,
    "own-code",
    trusted=("zoo.own:decaying_kernel",),
)
add("NuSVC", lambda: svm.NuSVC(nu=0.3), data.multiclass)
add("NuSVC-probability", lambda: svm.NuSVC(nu=0.3, probability=True, random_state=0), data.binary)
add("NuSVC-sparse", lambda: svm.NuSVC(nu=0.2, kernel="poly"), data.sparse(data.strings), "sparse string-classes")
add("SVR", svm.SVR, data.regression)
add("SVR-linear", lambda: svm.SVR(kernel="linear", C=0.5), data.regression)
add("SVR-sparse", svm.SVR, data.sparse(data.regression), "sparse")
add("SVR-precomputed", lambda: svm.SVR(kernel="precomputed"), data.kernel)
add("NuSVR", svm.NuSVR, data.regression)
add("NuSVR-weights", lambda: svm.NuSVR(kernel="sigmoid", gamma=0.1), data.weighted(data.regression), "sample-weight")
add("OneClassSVM", lambda: svm.OneClassSVM(nu=0.2), data.numbers)
add("OneClassSVM-sparse", lambda: svm.OneClassSVM(nu=0.2, kernel="poly"), data.sparse(data.numbers), "sparse")
add("LinearSVC", lambda: svm.LinearSVC(dual=True, random_state=0), data.multiclass)
add("LinearSVC-primal-l1", lambda: svm.LinearSVC(dual=False, penalty="l1", random_state=0), data.binary)
add(
    "LinearSVC-crammer-singer",
    lambda: svm.LinearSVC(dual=True, multi_class="crammer_singer", random_state=0),
    data.strings,
    unrepeated=r"n_iter_$",
)  # its memory is never written
add(
    "LinearSVC-sparse",
    lambda: svm.LinearSVC(dual=True, random_state=0, class_weight="balanced"),
    data.sparse(data.binary_strings),
    "sparse class-weight string-classes",
)
add("LinearSVR", lambda: svm.LinearSVR(dual=True, random_state=0), data.regression)
add(
    "LinearSVR-primal",
    lambda: svm.LinearSVR(dual=False, loss="squared_epsilon_insensitive", intercept_scaling=2.0),
    data.float32(data.regression),
    "float32",
)
