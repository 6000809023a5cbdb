"""No flipped bit, no cut and no addition goes unnoticed, and a killed writer leaves the old file whole."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

import perdure

X = np.arange(120.0).reshape(40, 3) % 7
SMALL = perdure.dumps(StandardScaler().fit(X))
# With a region of arrays as well.
LARGER = perdure.dumps({"scaler": StandardScaler().fit(X), "rows": np.arange(40.0)}, compression=None)


@pytest.mark.parametrize("data", [SMALL, LARGER], ids=["small", "larger"])
def test_every_single_bit_flip_is_refused(data):
    accepted = []
    for position in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[position] ^= 1 << bit
            try:
                perdure.loads(flipped)
            except perdure.PerdureError:
                continue
            accepted.append((position, bit))
    assert accepted == []


@pytest.mark.parametrize("data", [SMALL, LARGER], ids=["small", "larger"])
def test_every_truncation_prefix_suffix_and_concatenation_is_refused(data):
    damaged = [data[:size] for size in range(len(data))]
    damaged += [data[size:] for size in range(1, len(data))]
    damaged += [junk + data for junk in (b"\0", b"PK", b"#!/bin/sh\n", data[:100], data)]
    damaged += [data + junk for junk in (b"\0", b"\n", b"PK\5\6" + bytes(18), data[-22:], data[:30])]
    for bytes_ in damaged:
        with pytest.raises(perdure.PerdureError):
            perdure.loads(bytes_)


KILLED = """
import sys, numpy as np, perdure
from sklearn.preprocessing import StandardScaler
scaler = StandardScaler().fit(np.arange(9.0).reshape(3, 3))
scaler.more_ = np.random.default_rng(0).random(6_000_000)
print("ready", flush=True)
while True:
    perdure.dump(scaler, sys.argv[1], compression=None)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
@pytest.mark.parametrize("wait", [0.0, 0.02, 0.05, 0.1, 0.2])
def test_kill_during_a_dump_leaves_a_whole_file(tmp_path, wait):
    path = tmp_path / "model.perdure"
    model = LogisticRegression().fit(X, np.arange(40) % 2)
    perdure.dump(model, path)
    before = path.read_bytes()
    process = subprocess.Popen([sys.executable, "-c", KILLED, os.fspath(path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(wait)
    process.kill()
    process.wait()
    process.stdout.close()
    if path.read_bytes() == before:
        assert np.array_equal(perdure.load(path).predict(X), model.predict(X))
    else:
        # It had time to finish one: that one is whole.
        assert perdure.load(path).more_.shape == (6_000_000,)
