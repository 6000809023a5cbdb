"""Files signed by the official tool, which tests/signing holds ours against.

Run with ``model-signing`` (and ``pyopenssl``) beside perdure, and openssl on the PATH:
``python tools/make_signing_fixtures.py``. Made once with model-signing 1.1.1; made anew only where the format changes.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import perdure

PLACE = Path(__file__).parents[1] / "tests/fixtures/signing"
TOOL = Path(sys.executable).with_name("model_signing")
CURVES = {"p256": "prime256v1", "p384": "secp384r1", "p521": "secp521r1"}


def main() -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    model = PLACE / "model.perdure"
    model.write_bytes(perdure.dumps({"threshold": 0.25, "columns": ["a", "b"]}))
    for name, curve in CURVES.items():
        private, public = PLACE / f"{name}.private.pem", PLACE / f"{name}.public.pem"
        run("openssl", "ecparam", "-name", curve, "-genkey", "-noout", "-out", private)
        run("openssl", "ec", "-in", private, "-pubout", "-out", public)
        run(TOOL, "sign", "key", model, "--signature", PLACE / f"{name}.official.json", "--private_key", private)


def run(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True)


if __name__ == "__main__":
    main()
