"""Signatures: whose a file is, said by a key and by nothing in the file."""

from __future__ import annotations

import io
import json
import shutil
import sys
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from sklearn.linear_model import LogisticRegression

import perdure
from cli.running import run
from perdure.container.file import Container
from perdure.container.writing import append_sections
from perdure.errors import FormatError, LimitError, PerdureError, UnsupportedError, VerificationError
from perdure.signing.bundle import MOST, Statement, encoded, parse
from perdure.signing.keys import hint, make

FIXTURES = Path(__file__).parents[1] / "fixtures/signing"
CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}


@pytest.fixture(scope="module")
def key():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def path(tmp_path):
    place = tmp_path / "model.perdure"
    perdure.dump(LogisticRegression().fit([[0.0], [1.0]], [0, 1]), place, notes="first")
    return place


@pytest.fixture
def signed(path, key):
    perdure.sign(path, key)
    return path


def section_of(path):
    with Container(path) as container:
        (name,) = [name for name in container.sections if name.startswith("signatures/")]
        return name, container.section(name)


# --- both ways with the official tool ---


@pytest.mark.parametrize("curve", CURVES)
def test_what_the_official_tool_signed(curve):
    """Made by model-signing 1.1.1 (tools/make_signing_fixtures.py)."""
    model, official = FIXTURES / "model.perdure", FIXTURES / f"{curve}.official.json"
    found = perdure.check_signature(model, FIXTURES / f"{curve}.public.pem", signature=official)
    assert (found.name, found.parts) == ("model.perdure", (".",))
    other = next(name for name in CURVES if name != curve)
    with pytest.raises(VerificationError, match="not made with this key"):
        perdure.check_signature(model, FIXTURES / f"{other}.public.pem", signature=official)


@pytest.mark.parametrize("curve", CURVES)
def test_ours_says_what_the_official_tool_says(curve, tmp_path):
    """The same statement and the same envelope, but for what differs from signature to signature."""
    perdure.sign(FIXTURES / "model.perdure", FIXTURES / f"{curve}.private.pem", detached=tmp_path / "sig")
    ours, theirs = (json.loads(p.read_text()) for p in (tmp_path / "sig", FIXTURES / f"{curve}.official.json"))
    statements = [json.loads(b64decode(bundle["dsseEnvelope"].pop("payload"))) for bundle in (ours, theirs)]
    for bundle in (ours, theirs):
        for row in bundle["dsseEnvelope"]["signatures"]:
            del row["sig"]
            row.setdefault("keyid", "")
    for statement in statements:
        del statement["predicate"]["serialization"]["ignore_paths"]
    assert statements[0] == statements[1]
    assert ours["dsseEnvelope"] == theirs["dsseEnvelope"]
    assert ours["mediaType"] == theirs["mediaType"]
    assert ours["verificationMaterial"]["publicKey"] == theirs["verificationMaterial"]["publicKey"]


# --- in the file ---


def test_a_signed_file_loads_for_its_key_alone(signed, key):
    public = key.public_key()
    before = perdure.load(signed).coef_
    assert (perdure.load(signed, signed_by=public).coef_ == before).all()
    assert (perdure.loads(signed.read_bytes(), signed_by=public).coef_ == before).all()
    with perdure.open(signed) as file:
        assert (file.load("coef_", signed_by=public) == before).all()
    with pytest.raises(VerificationError, match="was not signed with this key"):
        perdure.load(signed, signed_by=ec.generate_private_key(ec.SECP256R1()).public_key())


def test_an_unsigned_file_is_refused(path, key):
    with pytest.raises(VerificationError, match="is not signed"):
        perdure.load(path, signed_by=key.public_key())


def test_the_graph_is_not_read_before_the_signature(signed, key, monkeypatch):
    def never(*given, **options):
        raise AssertionError("the graph was read")

    monkeypatch.setattr("perdure._model_file.read_graph", never)
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    for call in (lambda: perdure.load(signed, signed_by=other), lambda: perdure.check_signature(signed, other)):
        with pytest.raises(VerificationError):
            call()
    assert perdure.check_signature(signed, key.public_key()).name == "model.perdure"


def test_every_member_is_covered(signed, key):
    with Container(signed) as container:
        names = tuple(sorted(name for name in container.archive.names if not name.startswith("signatures/")))
    assert perdure.check_signature(signed, key.public_key()).parts == names
    assert {"perdure.json", "graph.json", "record.json"} <= set(names)


def test_annotating_drops_the_signature(signed, key):
    with pytest.warns(perdure.PerdureWarning, match="signatures"):
        perdure.annotate(signed, notes="second")
    with pytest.raises(VerificationError, match="is not signed"):
        perdure.load(signed, signed_by=key.public_key())


@pytest.mark.parametrize("change", ["model", "record", "added", "gone"])
def test_a_signature_put_on_another_file_is_refused(change, signed, key, tmp_path):
    name, data = section_of(signed)
    other = tmp_path / "other.perdure"
    if change == "model":
        perdure.dump(LogisticRegression().fit([[0.0], [1.0]], [1, 0]), other, notes="first")
    else:
        shutil.copy(signed, other)
        sections = {"record": {"record.json": b"{}"}, "added": {"record/source/x.py": b"1"}, "gone": {}}[change]
        if change == "gone":
            other.write_bytes(perdure.dumps(perdure.load(signed)))
        else:
            with pytest.warns(perdure.PerdureWarning):
                append_sections(other, sections)
    append_sections(other, {name: data})
    with pytest.raises(VerificationError, match="is not what was signed"):
        perdure.load(other, signed_by=key.public_key())
    report = perdure.verify(other, signed_by=key.public_key())
    assert [finding.status for finding in report.of("signature")] == ["failed"]


def test_several_keys_sign_one_file(signed, key):
    second = ec.generate_private_key(ec.SECP384R1())
    perdure.sign(signed, second)
    for each in (key, second):
        assert perdure.load(signed, signed_by=each.public_key()) is not None


def test_a_damaged_file_is_not_signed(path, key):
    data = bytearray(path.read_bytes())
    at = data.index(b"LogisticRegression")
    data[at] ^= 1
    path.write_bytes(bytes(data))
    before = path.read_bytes()
    with pytest.raises(PerdureError):
        perdure.sign(path, key)
    assert path.read_bytes() == before


def test_an_old_pickle_has_no_signature(key):
    import pickle

    with pytest.raises(VerificationError, match="no signature of its own"):
        perdure.loads(pickle.dumps(LogisticRegression()), signed_by=key.public_key())


# --- what a stranger may have written ---


def crafted(statement: bytes, key) -> bytes:
    from perdure.signing.bundle import Bundle

    return encoded(statement, make(key, Bundle(statement, b"", "").signed), hint(key.public_key()))


def changed(path, key, change) -> bytes:
    """A signature that the key really made, of another statement."""
    _, data = section_of(path)
    statement = json.loads(parse(data).payload)
    change(statement)
    return crafted(json.dumps(statement).encode(), key)


LIES = {
    "no resources": lambda s: s["predicate"].update(resources=[]),
    "a resource twice": lambda s: s["predicate"]["resources"].append(s["predicate"]["resources"][0]),
    "another predicate": lambda s: s.update(predicateType="https://example.org/other"),
    "another statement": lambda s: s.update(_type="x"),
    "md5": lambda s: s["predicate"]["resources"][0].update(algorithm="md5"),
    "upper case": lambda s: s["predicate"]["resources"][0].update(digest="A" * 64),
    "two subjects": lambda s: s["subject"].append(s["subject"][0]),
    "a whole that is not": lambda s: s["subject"][0]["digest"].update(sha256="0" * 64),
    "shards": lambda s: s["predicate"]["serialization"].update(method="shards"),
    "no predicate": lambda s: s.pop("predicate"),
    "a name that is none": lambda s: s["predicate"]["resources"][0].update(name=3),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_statement_that_lies_is_refused_though_it_is_signed(lie, signed, key):
    name, _ = section_of(signed)
    data = changed(signed, key, LIES[lie])
    append_sections(signed, {name: data})
    with pytest.raises((VerificationError, FormatError)):
        perdure.load(signed, signed_by=key.public_key())


BUNDLES = {
    "no JSON": b"{",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "empty": b"",
    "no UTF-8": b"\xff",
    "another kind": b'{"mediaType": "x"}',
    "a key twice": b'{"mediaType": 1, "mediaType": 2}',
    "a certificate": json.dumps(
        {"mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json", "verificationMaterial": {"certificate": {}}}
    ).encode(),
}


@pytest.mark.parametrize("what", BUNDLES)
def test_what_is_no_signature_is_refused(what, path, key):
    append_sections(path, {"signatures/x.sigstore.json": BUNDLES[what]})
    with pytest.raises(VerificationError, match=r"x\.sigstore\.json"):
        perdure.load(path, signed_by=key.public_key())
    with pytest.raises(FormatError):
        perdure.check_signature(path, key.public_key(), signature=BUNDLES[what])
    assert perdure.load(path) is not None
    assert not perdure.verify(path, signed_by=key.public_key()).ok


@pytest.mark.parametrize(
    "change",
    [
        lambda b: b["dsseEnvelope"].update(payloadType="text/plain"),
        lambda b: b["dsseEnvelope"].update(signatures=[]),
        lambda b: b["dsseEnvelope"]["signatures"].append(b["dsseEnvelope"]["signatures"][0]),
        lambda b: b["dsseEnvelope"].update(payload="!"),
        lambda b: b["dsseEnvelope"]["signatures"][0].update(sig=b64encode(b"short").decode()),
        lambda b: b["dsseEnvelope"]["signatures"][0].update(sig=None),
        lambda b: b["verificationMaterial"]["publicKey"].update(hint=1),
        lambda b: b.pop("dsseEnvelope"),
    ],
)
def test_a_changed_envelope_is_refused(change, signed, key):
    name, data = section_of(signed)
    bundle = json.loads(data)
    change(bundle)
    append_sections(signed, {name: json.dumps(bundle).encode()})
    with pytest.raises((VerificationError, FormatError)):
        perdure.load(signed, signed_by=key.public_key())


def test_an_empty_hint_helps_nobody(signed, key):
    """The key decides, and what a file says of keys does not."""
    name, data = section_of(signed)
    stranger = ec.generate_private_key(ec.SECP256R1())
    statement = parse(data).payload
    forged = encoded(statement, make(stranger, parse(data).signed), "")
    append_sections(signed, {name: forged})
    with pytest.raises(VerificationError, match="not made with this key"):
        perdure.load(signed, signed_by=key.public_key())


def test_a_signature_has_a_limit():
    with pytest.raises(LimitError):
        parse(b" " * (MOST + 1))


def test_a_statement_reads_what_it_writes():
    from perdure.signing.bundle import Bundle

    statement = Statement("m", {"b": "0" * 64, "a": "f" * 64}, ("signatures",))
    again = Bundle(statement.to_bytes(), b"", "").statement()
    assert dict(again.resources) == dict(statement.resources)
    assert again.name == "m"


# --- keys ---


def pem(key, password=None) -> bytes:
    secret = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, secret)


def public_pem(key) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def test_keys_as_paths_and_as_text(path, key, tmp_path):
    private, public = tmp_path / "k.pem", tmp_path / "p.pem"
    private.write_bytes(pem(key, b"secret"))
    public.write_bytes(public_pem(key))
    with pytest.raises(UnsupportedError, match="password"):
        perdure.sign(path, private)
    perdure.sign(path, private, password="secret")
    for given in (public, str(public), public_pem(key), public_pem(key).decode(), key.public_key()):
        assert perdure.load(path, signed_by=given) is not None


@pytest.mark.parametrize("way", ["file", "stdin", "variable", "prompt", "argument"])
def test_the_command_takes_the_password_of_a_key_where_nobody_reads_it(way, path, key, tmp_path):
    from click.testing import CliRunner

    from perdure.cli.program import program

    private, secret = tmp_path / "k.pem", tmp_path / "secret.txt"
    private.write_bytes(pem(key, b"s\xc3\xa9cret"))
    secret.write_text("s\u00e9cret\nnot this", encoding="utf-8")
    more, given, environment = {
        "file": (["--password-file", str(secret)], "", {}),
        "stdin": (["--password-file", "-"], "s\u00e9cret\n", {}),
        "variable": ([], "", {"PERDURE_KEY_PASSWORD": "s\u00e9cret"}),
        "prompt": (["--ask-password"], "s\u00e9cret\n", {}),
        "argument": (["--password", "s\u00e9cret"], "", {}),
    }[way]
    arguments = ["sign", str(path), "--key", str(private), *more]
    done = CliRunner(env=environment).invoke(program, arguments, input=given)
    assert done.exit_code == 0, done.output
    assert "s\u00e9cret" not in done.output
    assert perdure.load(path, signed_by=key.public_key()) is not None
    wrong = CliRunner().invoke(program, [*arguments[:4], "--password", "wrong"])
    assert wrong.exit_code == 6


@pytest.mark.parametrize(
    "made",
    [
        lambda: rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate,
        lambda: ec.generate_private_key(ec.SECP256K1()),
    ],
)
def test_other_keys_sign_nothing(made, path):
    other = made()
    with pytest.raises(UnsupportedError, match="sign no models"):
        perdure.sign(path, pem(other))
    with pytest.raises(UnsupportedError, match="sign no models"):
        perdure.check_signature(path, public_pem(other))


@pytest.mark.parametrize("given", [b"nothing", "-----BEGIN NOTHING-----", 3, None])
def test_what_is_no_key_is_said(given, path):
    with pytest.raises(UnsupportedError):
        perdure.check_signature(path, given)


def test_without_cryptography_the_extra_is_named(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cryptography", None)
    with pytest.raises(perdure.MissingExtraError, match=r"perdure\[sign\]"):
        perdure.load(path, signed_by=b"-----BEGIN")


# --- the command line ---


def test_the_commands(path, key, tmp_path):
    private, public = tmp_path / "k.pem", tmp_path / "p.pem"
    private.write_bytes(pem(key))
    public.write_bytes(public_pem(key))
    assert run("check-signature", str(path), "--key", str(public)).exit_code == 1
    assert run("sign", str(path), "--key", str(private)).exit_code == 0
    done = run("check-signature", str(path), "--key", str(public), "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["key"] == hint(key.public_key())
    assert run("verify", str(path), "--signed-by", str(public)).exit_code == 0
    assert run("load-check", str(path), "--signed-by", str(public)).exit_code == 0
    assert "not checked" in run("verify", str(path)).stdout
    detached = tmp_path / "m.sig"
    assert run("sign", str(path), "--key", str(private), "--detached", str(detached)).exit_code == 0
    asked = ("check-signature", str(path), "--key", str(public), "--signature", str(detached))
    assert run(*asked).exit_code == 0
    path.write_bytes(perdure.dumps([1]))
    assert run(*asked).exit_code == 1
    assert run("load-check", str(path), "--signed-by", str(public)).exit_code == 1
    assert io.BytesIO(path.read_bytes())


# --- a predictor asks as well ---


def test_a_predictor_takes_what_was_signed_and_nothing_else(signed, key):
    predictor = perdure.Predictor(signed, signed_by=public_pem(key))
    assert predictor.predict([[1.0]]).tolist() == [1]
    other = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(VerificationError, match="not signed with this key"):
        perdure.Predictor(signed, signed_by=public_pem(other))
    data = signed.read_bytes()
    assert perdure.Predictor(io.BytesIO(data), signed_by=public_pem(key)).predict([[0.0]]).tolist() == [0]
    unsigned = perdure.dumps(LogisticRegression().fit([[0.0], [1.0]], [0, 1]))
    with pytest.raises(VerificationError, match="is not signed"):
        perdure.Predictor(unsigned, signed_by=public_pem(key))
    # A key that is none is said before any file is opened.
    with pytest.raises(UnsupportedError, match="no public key"):
        perdure.Predictor(signed.parent / "nothing", signed_by=b"no key")
