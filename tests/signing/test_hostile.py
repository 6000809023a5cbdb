"""Bundles that nobody honest makes: each is refused with an error of ours, and none of them makes another file good."""

from __future__ import annotations

import base64
import io
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import perdure
from cli.running import run
from perdure.container.archive import Member
from perdure.container.file import Container
from perdure.container.writing import append_sections, appended, assemble, to_bytes
from perdure.errors import PerdureError, UnsupportedError, VerificationError
from perdure.signing.bundle import MOST, Statement, encoded, parse
from perdure.signing.keys import hint, make
from signing.conftest import X, public_pem


@pytest.fixture
def bundle(path, keys, tmp_path):
    perdure.sign(path, keys["P-256"], detached=tmp_path / "m.sig")
    return json.loads((tmp_path / "m.sig").read_bytes())


def changed(bundle, *place, value):
    again = json.loads(json.dumps(bundle))
    inner = again
    for step in place[:-1]:
        inner = inner[step]
    if value is KeyError:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return again


PLACES = {
    ("mediaType",): [KeyError, None, "application/vnd.dev.sigstore.bundle+json;version=0.1", 3],
    ("verificationMaterial",): [KeyError, None, {}, [], {"certificate": {"rawBytes": "AAAA"}}],
    ("verificationMaterial", "publicKey"): [KeyError, None, "x", 3],
    ("dsseEnvelope",): [KeyError, None, [], {}],
    ("dsseEnvelope", "payload"): [KeyError, None, "", "@@@@", "AAAA", 3, ["AAAA"], "AAA\n"],
    ("dsseEnvelope", "payloadType"): [KeyError, None, "text/plain"],
    ("dsseEnvelope", "signatures"): [KeyError, None, [], {}, "x", [None], [{}, {}], [{"sig": None}]],
    ("dsseEnvelope", "signatures", 0, "sig"): [KeyError, "", "AAAA", "*", 3, base64.b64encode(bytes(70)).decode()],
}
CASES = [(place, value) for place, values in PLACES.items() for value in values]


@pytest.mark.parametrize(("place", "value"), CASES)
def test_a_bundle_that_is_changed_is_refused(path, keys, bundle, place, value):
    forged = json.dumps(changed(bundle, *place, value=value)).encode()
    key = keys["P-256"].public_key()
    with pytest.raises(PerdureError):
        perdure.check_signature(path, key, signature=forged)
    append_sections(path, {"signatures/forged.json": forged})
    with pytest.raises(VerificationError, match="forged.json"):
        perdure.load(path, signed_by=key)


@pytest.mark.parametrize(
    "data",
    [b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"a":1,"a":2}', b"[" * 100_000, b"1" * 10_000, b'{"mediaType":NaN}',
     b"PK\x03\x04", b"{}" + b" " * MOST],
    ids=lambda data: repr(data[:12]),
)  # fmt: skip
def test_what_is_no_bundle_is_refused(path, keys, data):
    with pytest.raises(PerdureError):
        perdure.check_signature(path, keys["P-256"].public_key(), signature=data)
    append_sections(path, {"signatures/x.json": data})
    with pytest.raises(VerificationError):
        perdure.load(path, signed_by=keys["P-256"].public_key())


def statement(bundle):
    return json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))


STATEMENTS = {
    ("_type",): [KeyError, "https://in-toto.io/Statement/v0.1"],
    ("predicateType",): [KeyError, "https://model_signing/Digests/v0.1", "https://slsa.dev/provenance/v1"],
    ("predicate",): [KeyError, None, []],
    ("subject",): [KeyError, [], None, [{}], [{}, {}]],
    ("subject", 0, "digest"): [None, {}, {"sha256": "0" * 64}, {"sha512": "0" * 128}],
    ("predicate", "serialization"): [KeyError, {}, {"method": "shards", "hash_type": "sha256"}],
    ("predicate", "serialization", "hash_type"): ["blake3", None],
    ("predicate", "resources"): [KeyError, None, {}, [None], [{"name": "."}], []],
    ("predicate", "resources", 0, "algorithm"): [KeyError, "blake3"],
    ("predicate", "resources", 0, "digest"): ["0" * 64, "Z" * 64, "0" * 62, None, "A" * 64],
    ("predicate", "resources", 0, "name"): [None, 3, "other.perdure", "perdure.json"],
}


@pytest.mark.parametrize(
    ("place", "value"), [(place, value) for place, values in STATEMENTS.items() for value in values]
)
def test_a_statement_of_something_else_is_refused_though_its_signature_is_good(path, keys, bundle, place, value):
    """What the same key signed for another purpose says nothing of this file."""
    payload = json.dumps(changed(statement(bundle), *place, value=value)).encode()
    unsigned = changed(bundle, "dsseEnvelope", "payload", value=base64.b64encode(payload).decode())
    message = parse(json.dumps(unsigned).encode()).signed
    signature = base64.b64encode(make(keys["P-256"], message)).decode()
    forged = json.dumps(changed(unsigned, "dsseEnvelope", "signatures", 0, "sig", value=signature)).encode()
    with pytest.raises(PerdureError):
        perdure.check_signature(path, keys["P-256"].public_key(), signature=forged)
    append_sections(path, {"signatures/forged.json": forged})
    with pytest.raises(VerificationError):
        perdure.load(path, signed_by=keys["P-256"].public_key())


def test_a_signature_of_the_whole_file_does_not_stand_in_for_one_of_its_members(path, keys, bundle):
    append_sections(path, {"signatures/whole.json": json.dumps(bundle).encode()})
    with pytest.raises(VerificationError, match="not what was signed"):
        perdure.load(path, signed_by=keys["P-256"].public_key())


def test_a_signature_over_some_of_the_members_is_not_enough(path, keys):
    with Container(path) as container:
        manifest = container.archive.read("perdure.json")
    from hashlib import sha256

    key, payload = keys["P-256"], Statement("m", {"perdure.json": sha256(manifest).hexdigest()}).to_bytes()
    title = hint(key.public_key())
    data = encoded(payload, make(key, parse(encoded(payload, b"", title)).signed), title)
    append_sections(path, {"signatures/some.json": data})
    with pytest.raises(VerificationError, match="is not what was signed .added: arrays.safetensors"):
        perdure.load(path, signed_by=keys["P-256"].public_key())


def test_the_hint_of_a_bundle_decides_nothing(path, keys, bundle):
    said = bundle["verificationMaterial"]["publicKey"]["hint"]
    for value in (KeyError, "", "0" * 64, said.upper()):
        data = json.dumps(changed(bundle, "verificationMaterial", "publicKey", "hint", value=value)).encode()
        assert perdure.check_signature(path, keys["P-256"].public_key(), signature=data).parts == (".",)
    with pytest.raises(VerificationError, match="not made with this key"):
        perdure.check_signature(path, keys["another"].public_key(), signature=json.dumps(bundle).encode())


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_at_any_place_is_a_refusal_or_the_same_signature(path, keys, bundle, data):
    place = data.draw(st.sampled_from([*PLACES, ("verificationMaterial", "publicKey", "hint"), ("new",)]))
    forged = json.dumps(changed(bundle, *place, value=data.draw(JSON)))
    try:
        found = perdure.check_signature(path, keys["P-256"].public_key(), signature=forged.encode())
    except PerdureError:
        return
    assert found.parts == (".",)
    assert place[-1] in {"hint", "new", "publicKey"} or json.loads(forged) == bundle


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_byte_of_a_signed_statement_counts(keys, bundle, path, data):
    payload = bytearray(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    forged = changed(bundle, "dsseEnvelope", "payload", value=base64.b64encode(bytes(payload)).decode())
    with pytest.raises(VerificationError, match="not made with this key"):
        perdure.check_signature(path, keys["P-256"].public_key(), signature=json.dumps(forged).encode())


def test_a_signature_of_anothers_or_of_another_kind_does_not_hide_a_good_one(path, keys, bundle):
    perdure.sign(path, keys["P-256"])
    certificate = changed(bundle, "verificationMaterial", value={"certificate": {"rawBytes": "AAAA"}})
    others = {
        "signatures/0.json": b"no bundle",
        "signatures/a.json": json.dumps(certificate).encode(),
        "signatures/z.json": json.dumps(bundle).encode(),
    }
    append_sections(path, others)
    assert perdure.load(path, signed_by=keys["P-256"].public_key()).n_features_in_ == 4
    append_sections(path, {f"signatures/{number}.json": b"{}" for number in range(20)})
    with pytest.raises(VerificationError, match="has 23 signatures"):
        perdure.load(path, signed_by=keys["P-256"].public_key())


# -- the file ---------------------------------------------------------------------------------------------------------


def refused_everywhere(path, key, match):
    ways = {
        "load": lambda: perdure.load(path, signed_by=key),
        "load of an open file": lambda: perdure.load(io.BytesIO(path.read_bytes()), signed_by=key),
        "loads": lambda: perdure.loads(path.read_bytes(), signed_by=key),
        "open": lambda: perdure.open(path, signed_by=key),
        "check_signature": lambda: perdure.check_signature(path, key),
    }
    for way, use in ways.items():
        with pytest.raises(VerificationError, match=match) as refusal:
            use()
        assert "what to do" in str(refusal.value), way
    report = perdure.verify(path, signed_by=key)
    assert [(item.check, item.status) for item in report.findings] == [("signature", "failed")]


def test_nothing_of_the_model_is_parsed_before_the_signature_is_known_to_be_good(path, keys, monkeypatch):
    import perdure._model_file as module

    def never(*arguments):
        raise AssertionError("the graph was parsed")

    monkeypatch.setattr(module, "read_graph", never)
    refused_everywhere(path, keys["P-256"].public_key(), "is not signed")
    perdure.sign(path, keys["another"])
    refused_everywhere(path, keys["P-256"].public_key(), "not made with this key")
    with pytest.raises(AssertionError, match="the graph was parsed"):
        perdure.load(path, signed_by=keys["another"].public_key())


@pytest.mark.parametrize("name", ["record.json", "arrays.safetensors", "graph.json.zst", "record/probe.json"])
def test_each_member_is_covered_by_its_bytes(path, keys, name):
    """A forger makes every check of the archive right, and then every digest of the manifest."""
    perdure.sign(path, keys["P-256"])
    with Container(path) as container:
        members = appended(container, {})
        place = [member.name for member in members].index(name)
        data = bytearray(b"".join(members[place].chunks()))
        data[len(data) // 2] ^= 1
        forged = Member.of(name, bytes(data))
        crc = to_bytes([*members[:place], forged, *members[place + 1 :]])
        rest = [member for member in members[1:] if member.name != name]
        digests = to_bytes(assemble(container.manifest, [*rest, forged]))
    path.write_bytes(crc)
    refused_everywhere(path, keys["P-256"].public_key(), f"is not what was signed .changed: {name}")
    path.write_bytes(digests)
    refused_everywhere(path, keys["P-256"].public_key(), "is not what was signed .changed: .*perdure.json")


def test_what_is_checked_is_what_is_used(path, keys, model, monkeypatch, tmp_path):
    """Somebody writes to the file, in place, after its signature was checked."""
    import perdure.container.sources as sources

    perdure.sign(path, keys["P-256"])
    monkeypatch.setattr(sources, "_WHOLE", 0)
    large, key = tmp_path / "large.perdure", keys["P-256"].public_key()
    large.write_bytes(path.read_bytes())
    with perdure.open(large, signed_by=key) as file:
        large.write_bytes(bytes(large.stat().st_size))
        assert np.array_equal(file.load().predict_proba(X), model.predict_proba(X))
    large.write_bytes(path.read_bytes())
    with perdure.open(large) as file, pytest.raises(UnsupportedError, match="could change"):
        file.load(signed_by=key)
    with pytest.raises(UnsupportedError, match="mapped can change"):
        perdure.load(large, mmap=True, signed_by=key)
    with perdure.open(large, mmap=True) as file, pytest.raises(UnsupportedError, match="could change"):
        file.load(signed_by=key)
    assert np.array_equal(perdure.load(large, signed_by=key).predict_proba(X), model.predict_proba(X))


def test_an_open_file_says_who_has_signed_it(path, keys):
    perdure.sign(path, keys["P-256"])
    perdure.sign(path, keys["P-384"])
    for name in ("P-256", "P-384"):
        with perdure.open(path, signed_by=keys[name].public_key()) as file:
            assert file.signature == perdure.check_signature(path, keys[name].public_key())
            assert file.signature.section in file.sections
    with perdure.open(path) as file:
        assert file.signature is None


@pytest.mark.parametrize(
    "given",
    [
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        b"\xff" * 100,
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        # An object identifier that nobody has given away.
        b"-----BEGIN PUBLIC KEY-----\nMBIwDQYJKoZIhvcNAQEoBQADAQA=\n-----END PUBLIC KEY-----\n",
    ],
)
def test_what_is_no_public_key_is_refused_before_the_file_is_opened(given, tmp_path):
    with pytest.raises(UnsupportedError):
        perdure.load(tmp_path / "none.perdure", signed_by=given)
    (tmp_path / "large.pem").write_bytes(b"-" * 100_000)
    with pytest.raises(UnsupportedError, match="too large"):
        perdure.load(tmp_path / "none.perdure", signed_by=tmp_path / "large.pem")


def test_the_commands_refuse_as_load_does(path, keys, tmp_path):
    perdure.sign(path, keys["P-256"])
    for name in ("P-256", "another"):
        (tmp_path / f"{name}.pub").write_bytes(public_pem(keys[name]))
    for command in ("verify", "load-check", "inspect"):
        assert run(command, str(path), "--signed-by", str(tmp_path / "P-256.pub")).exit_code == 0
        result = run(command, str(path), "--signed-by", str(tmp_path / "another.pub"))
        assert result.exit_code == 1, command
        assert "not made with this key" in " ".join((result.stdout + result.stderr).split())
        assert run(command, str(path), "--signed-by", str(tmp_path / "none.pub")).exit_code == 2
