"""The payload of the other files of this folder acts where it is let: so its absence says something."""

from __future__ import annotations

import importlib
import pickle


def test_an_import_is_enough(payload):
    importlib.import_module(payload.module)
    assert payload.fired
    payload.disarm()


def test_a_pickle_is_enough(payload):
    pickle.loads(pickle.dumps(payload))
    assert payload.fired
    payload.disarm()
