"""`show_versions` says what runs."""

from importlib.metadata import version

import numpy as np
import pytest

import perdure
from perdure.arrays.native import native, use_native


def test_it_names_the_releases_and_the_decoder(capsys):
    perdure.show_versions()
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert f"perdure: {perdure.__version__}" in lines
    assert f"numpy: {np.__version__}" in lines
    assert f"zstandard: {version('zstandard')}" in lines
    assert f"arrays of trees: {'compiled' if native.active else 'numpy'}" in lines


def test_it_says_when_the_compiled_decoder_is_off(capsys):
    if native.library is None:
        pytest.skip("the compiled decoder was not built")
    before = native.active
    use_native(False)
    try:
        perdure.show_versions()
    finally:
        use_native(before)
    assert "arrays of trees: numpy (the compiled one is off)" in capsys.readouterr().out
