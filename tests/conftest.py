"""What every test run has in common."""

import os

from hypothesis import settings

# Its import changes scikit-learn: it runs in a process of its own.
collect_ignore = ["converters/with_imbalanced_learn.py"]

# The suite runs two workers on two cores: threads of BLAS and OpenMP would only fight. Set before numpy is imported;
# the fresh processes that tests start inherit it.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

# A worker's screen of 80 columns is nobody's.
for _name in ("COLUMNS", "LINES"):
    os.environ.pop(_name, None)

# No deadline: a slow machine is not a failing test. On CI the same examples every time, locally new ones.
settings.register_profile("perdure", deadline=None, derandomize="CI" in os.environ, print_blob=True)
settings.load_profile("perdure")
