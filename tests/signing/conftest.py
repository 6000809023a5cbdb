"""Keys, and a model that is signed with one of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from sklearn.ensemble import RandomForestClassifier

import perdure

RANDOM = np.random.RandomState(0)
X = RANDOM.normal(size=(300, 4))
Y = (X[:, 0] + RANDOM.normal(size=300) > 0).astype(int)


def private_pem(key, password: bytes | None = None) -> bytes:
    hidden = NoEncryption() if password is None else BestAvailableEncryption(password)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, hidden)


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="session")
def keys():
    return {
        "P-256": ec.generate_private_key(ec.SECP256R1()),
        "P-384": ec.generate_private_key(ec.SECP384R1()),
        "P-521": ec.generate_private_key(ec.SECP521R1()),
        "another": ec.generate_private_key(ec.SECP256R1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate(),
        "RSA": rsa.generate_private_key(65537, 2048),
        "secp256k1": ec.generate_private_key(ec.SECP256K1()),
    }


@pytest.fixture(scope="session")
def model():
    return RandomForestClassifier(20, max_depth=6, random_state=0).fit(X, Y)


@pytest.fixture(scope="session")
def plain_bytes(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("signing") / "m.perdure"
    perdure.dump(model, path, X=X, y=Y, notes="the first one")
    return path.read_bytes()


@pytest.fixture
def path(plain_bytes, tmp_path) -> Path:
    path = tmp_path / "m.perdure"
    path.write_bytes(plain_bytes)
    return path


@pytest.fixture
def signed(path, keys) -> Path:
    perdure.sign(path, keys["P-256"])
    return path
