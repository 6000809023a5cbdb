"""The model digest: over what the model means, never over how it is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

__all__ = ["model_digest"]


def model_digest(graph: bytes, arrays: Iterable[bytes]) -> str:
    """Return ``sha256:…`` over the canonical graph and the digests of the arrays stored beside it.

    Parameters
    ----------
    graph : bytes
        Canonical JSON, not compressed.
    arrays : iterable of bytes
        The sha256 of each array's values (little-endian, in the array's order), in the order of their
        numbers; arrays that stand inline are in the graph already.
    """
    digest = hashlib.sha256(b"perdure model 1\n")
    digest.update(hashlib.sha256(graph).digest())
    for item in arrays:
        digest.update(item)
    return "sha256:" + digest.hexdigest()
