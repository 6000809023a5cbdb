"""The payload of these attacks: code that leaves a marker behind, and must never get to do so."""

from __future__ import annotations

import os
import sys
import textwrap

import pytest

_CODE = """
import os

def act(*args, **keywords):
    os.makedirs({marker!r}, exist_ok=True)
    return 1

# An import is enough.
act()

class Model:
    __new__ = __init__ = __setstate__ = __reduce__ = fit = predict = act
"""


class Payload:
    """Code of the attacker's, somewhere that Python finds it.

    Attributes
    ----------
    module : str
        Its name; importing it makes the marker.
    marker : str
        The folder that shows that the code ran.
    """

    module = "hostile_payload"

    def __init__(self, folder):
        self.marker = str(folder / "marker")
        (folder / f"{self.module}.py").write_text(textwrap.dedent(_CODE.format(marker=self.marker)), encoding="utf-8")

    @property
    def fired(self):
        return os.path.isdir(self.marker)

    def disarm(self):
        """Forget that the code ran, where a test lets it run on purpose."""
        sys.modules.pop(self.module, None)
        if self.fired:
            os.rmdir(self.marker)

    def __reduce__(self):
        """Pickled, it is the classic: a call that loading makes."""
        return os.mkdir, (self.marker,)


@pytest.fixture
def payload(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("payload")
    monkeypatch.syspath_prepend(str(folder))
    made = Payload(folder)
    yield made
    assert not made.fired, "code of the file has run"
    assert made.module not in sys.modules
