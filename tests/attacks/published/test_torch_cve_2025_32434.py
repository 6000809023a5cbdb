"""CVE-2025-32434, torch up to 2.5: the promise of a flag held on one way in, and not on the other.

``weights_only=True`` was true of the new format; a file in the old one, a tar, was read by other code that did not look
at it. In perdure an older version of the format, another release of scikit-learn, a memory map, a section beside the
model: all pass the same doors, in the same order.
"""

from __future__ import annotations

import io
import json
import pickle
import tarfile
import warnings

import pytest
from sklearn.linear_model import Ridge

import perdure
from attacks.craft import file_of
from attacks.models import XR, YR
from attacks.published.refusals import refused
from perdure.container.archive import Member
from perdure.container.file import Container
from perdure.container.writing import appended, to_bytes
from perdure.errors import FormatError, PerdureError, PerdureWarning, UntrustedError
from perdure.graph import canonical
from perdure.graph.nodes import Global, List, Object
from perdure.record import reading
from perdure.record.probe import storing
from perdure.record.record import RECORD

ACT = "hostile_payload:act"


def old_torch_file(payload):
    """The layout of the old format: a tar of pickles."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as made:
        for name in ("storages", "tensors", "pickle"):
            data = pickle.dumps(payload)
            row = tarfile.TarInfo(name)
            row.size = len(data)
            made.addfile(row, io.BytesIO(data))
    return file.getvalue()


def test_the_file_itself(tmp_path, payload):
    refused(tmp_path, old_torch_file(payload), FormatError)


@pytest.mark.parametrize("release", ["0.24.2", "1.2.2", "1.3.0", "1.9.1", "99.0", "x"])
@pytest.mark.parametrize("producer", ["0.0.1", "0.1.0"])
def test_whatever_release_a_file_states_its_names_are_looked_at(tmp_path, payload, release, producer):
    libraries = {"python": "3.6", "scikit-learn": release}
    root = List((Object("hostile_payload:Model", {}), Global(ACT)))
    path = tmp_path / "attack.perdure"
    path.write_bytes(file_of(root, libraries=libraries, producer=producer))
    for options in ({}, {"mmap": True}, {"allow_newer": True}):
        with pytest.raises(UntrustedError) as caught:
            perdure.load(path, **options)
        assert {item.name for item in caught.value.untrusted} == {"hostile_payload:Model", ACT}


@pytest.mark.parametrize("version", [[0, 9], [0, 0], [1, 7], [2, 0], [-1, 0], [1], "1.0", None])
def test_whatever_version_of_the_format_a_file_states_it_is_read_as_strictly(tmp_path, payload, version):
    data = file_of(List((Global(ACT),)))
    with Container(data) as container:
        manifest = json.loads(bytes(container.archive.read("perdure.json")))
        graph = container.graph()
    manifest["format"] = version
    text = json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
    path = tmp_path / "attack.perdure"
    path.write_bytes(to_bytes([Member.of("perdure.json", text), Member.of("graph.json", graph)]))
    for options in ({}, {"allow_newer": True}):
        with pytest.raises(PerdureError):
            perdure.load(path, **options)


@pytest.mark.parametrize("name", ["hostile_payload:Model", "sklearn.linear_model._ridge:Ridge", "posix:system"])
@pytest.mark.parametrize("node", ['["object",0,{}]', '["global",0]', '["list",["object",0,{"a":["global",0]}]]'])
def test_the_rows_beside_a_model_pass_the_same_door(tmp_path, payload, monkeypatch, name, node):
    """The probe is a second graph: of values only, and no name in it is trusted, whatever the tables say."""
    monkeypatch.setattr(reading, "running_machine", lambda: ("s390x", "big", 64))
    machine = '"bits":64,"byteorder":"little","implementation":"CPython","machine":"x86_64","system":"Linux"'
    record = f'{{"environment":{{{machine},"python":"3.13.0"}},"probe":{{"origin":"derived"}}}}'
    record = canonical.dumps(json.loads(record))
    probe = f'{{"arrays":[],"root":{node},"types":["{name}"]}}'.encode()
    with Container(perdure.dumps(Ridge().fit(XR, YR))) as container:
        data = to_bytes(appended(container, {RECORD: record, storing.GRAPH: probe}))
    path = tmp_path / "attack.perdure"
    path.write_bytes(data)
    with pytest.warns(PerdureWarning, match="probe"):
        assert type(perdure.load(path)) is Ridge
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not perdure.verify(path).ok
