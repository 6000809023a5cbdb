"""OpenSSF's own tool: it verifies what perdure signs, and perdure what it signs."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

import pytest

import perdure
from perdure.errors import VerificationError
from signing.conftest import private_pem, public_pem

CURVES = ("P-256", "P-384", "P-521")


def official(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command model_signing. It is in the extra ``test``: where that is installed, nothing is skipped."""
    pytest.importorskip("model_signing")
    code = "from model_signing._cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=120, env={**os.environ}
    )


@pytest.fixture(params=CURVES)
def pair(request, keys, tmp_path):
    key = keys[request.param]
    (tmp_path / "key.pem").write_bytes(private_pem(key))
    (tmp_path / "key.pub").write_bytes(public_pem(key))
    return str(tmp_path / "key.pem"), str(tmp_path / "key.pub")


def test_the_tool_verifies_our_detached_signature(path, pair, tmp_path):
    private, public = pair
    (detached,) = perdure.sign(path, private, detached=tmp_path / "m.sig")
    done = official("verify", "key", "--public_key", public, "--signature", detached, str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    path.write_bytes(path.read_bytes() + b"x")
    done = official("verify", "key", "--public_key", public, "--signature", detached, str(path))
    assert done.returncode != 0


def test_ours_verifies_one_made_by_the_tool(path, pair, tmp_path, keys):
    private, public = pair
    done = official("sign", "key", "--private_key", private, "--signature", str(tmp_path / "o.sig"), str(path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert perdure.check_signature(path, public, signature=tmp_path / "o.sig").parts == (".",)
    with pytest.raises(VerificationError, match="not made with this key"):
        perdure.check_signature(path, keys["another"].public_key(), signature=tmp_path / "o.sig")
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(VerificationError, match="is not what was signed"):
        perdure.check_signature(path, public, signature=tmp_path / "o.sig")


def test_the_tool_verifies_the_signature_in_a_file_that_was_unpacked(path, pair, tmp_path):
    private, public = pair
    perdure.sign(path, private)
    section = perdure.check_signature(path, public).section
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    folder = tmp_path / "unpacked"
    command = ("verify", "key", "--public_key", public, "--signature", str(folder / section), str(folder))
    done = official(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "record.json").write_bytes(b"{}")
    assert official(*command).returncode != 0


def test_ours_verifies_a_folder_that_the_tool_signed(path, pair, tmp_path, plain_bytes):
    private, public = pair
    folder = tmp_path / "folder"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "m.perdure").write_bytes(plain_bytes)
    (folder / "README.md").write_bytes(b"a model")
    done = official("sign", "key", "--private_key", private, "--signature", str(tmp_path / "f.sig"), str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert perdure.check_signature(path, public, signature=tmp_path / "f.sig").parts == ("models/m.perdure",)
    # Another file of the folder, or the same bytes under another name, is not what was signed.
    (tmp_path / "other.perdure").write_bytes(plain_bytes)
    path.write_bytes(b"a model")
    for name in ("m.perdure", "other.perdure"):
        with pytest.raises(VerificationError, match="is not what was signed"):
            perdure.check_signature(tmp_path / name, public, signature=tmp_path / "f.sig")
