"""``perdure sign`` and ``perdure check-signature``: who made a file, by a key."""

from __future__ import annotations

import os

import click

from ..reporting.text import clean
from .options import file_argument, json_option
from .printing import console, print_json, styled

__all__ = ["check_command", "command", "signed_by_option"]

_LINE = 500
_LONGEST = 4_096

signed_by_option = click.option(
    "--signed-by", metavar="KEY.pem", type=click.Path(), help="A public key: refuse what was not signed with it."
)


@click.command("sign", short_help="Sign a file with a private key.")
@file_argument
@click.option(
    "--key", required=True, metavar="KEY.pem", type=click.Path(), help="The private key (P-256, P-384, P-521)."
)
@click.option(
    "--password-file",
    metavar="FILE",
    type=click.Path(),
    help="The password of the key: the first line of FILE, - for stdin.",
)
@click.option("--ask-password", is_flag=True, help="Ask for the password of the key.")
@click.option(
    "--password",
    envvar="PERDURE_KEY_PASSWORD",
    help="The same in plain sight, for `ps` too; the variable PERDURE_KEY_PASSWORD is not.",
)
@click.option(
    "--detached", metavar="OUT", type=click.Path(), help="Write the signature there; the file stays as it is."
)
@json_option
def command(
    file: str,
    key: str,
    password_file: str | None,
    ask_password: bool,
    password: str | None,
    detached: str | None,
    as_json: bool,
) -> None:
    """Sign a perdure file in the OpenSSF's model-signing format, offline.

    The signature becomes a part of the file and covers all others. With --detached it is a file of its own, which
    `model_signing verify key` verifies.
    """
    from .. import sign

    if password_file is not None:
        password = _first_line(password_file)
    elif ask_password:
        password = click.prompt(f"Password of {key}", hide_input=True, err=True)
    (written,) = sign(file, key, password=password, detached=detached)
    if as_json:
        print_json({"schema": "perdure.sign/1", "file": file, "written": written})
    else:
        console().print(styled(("signed: ", "bold green"), clean(os.fspath(written), _LINE)), soft_wrap=True)


def _first_line(path: str) -> str:
    with click.open_file(path, encoding="utf-8") as file:
        return str(file.readline(_LONGEST)).rstrip("\r\n")


@click.command("check-signature", short_help="Was it signed with this key, and is it what was signed?")
@file_argument
@click.option("--key", required=True, metavar="KEY.pem", type=click.Path(), help="The public key.")
@click.option("--signature", metavar="FILE", type=click.Path(), help="A signature beside the file.")
@json_option
def check_command(file: str, key: str, signature: str | None, as_json: bool) -> None:
    """Say whether a file was signed with a key, and is what was signed.

    Nothing of the model is read for it. Exits with 1 when not.
    """
    from .. import check_signature

    found = check_signature(file, key, signature=signature)
    if as_json:
        parts = list(found.parts)
        print_json(
            {"schema": "perdure.check-signature/1", "file": file, "key": found.key, "name": found.name, "parts": parts}
        )
        return
    of = "all of its bytes" if found.parts == (".",) else f"{len(found.parts)} members"
    said = f"{clean(file, _LINE)}, {of}, with the key {found.key[:16]}…, as {clean(found.name, _LINE)}"
    console().print(styled(("signed: ", "bold green"), said), soft_wrap=True)
