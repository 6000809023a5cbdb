from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def two_classes():
    chance = np.random.RandomState(0)
    X = chance.normal(size=(60, 3))
    return X, (X[:, 0] + 0.5 * chance.normal(size=60) > 0).astype(int)
