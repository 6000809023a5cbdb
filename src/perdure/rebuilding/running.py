"""The recorded script, run anew: only when its reader has repeated the digest of all recorded source."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256

from .._api import open as open_file
from ..errors import FormatError, PerdureError, UnsupportedError, VerificationError
from ..record.record import Record, Source, SourceText
from ..record.references import file_digest, is_url
from ..record.source import FOLDER, HOME

__all__ = ["check_digest", "run_script"]

_KINDS = ("script", "cells", "file")


def check_digest(record: Record, digest: str, name: str) -> Source:
    """Return the source of a record when this is its digest.

    Raises
    ------
    UnsupportedError
        When the record has no texts.
    VerificationError
        When it is another digest.
    """
    source = record.source
    if source is None or source.digest is None:
        raise UnsupportedError(
            f"the record of {name} has no source that could be run", fix='source="auto" in perdure.dump'
        )
    if digest.removeprefix("sha256:") != source.digest:
        raise VerificationError(
            f"{digest[:80]!r} is not the digest of the source in {name}",
            fix=f"read it first: perdure record {name} -o FOLDER; its digest is shown there",
        )
    return source


def run_script(
    interpreter: str,
    folder: str,
    source: Source,
    section: Callable[[str], bytes | None],
    *,
    record: Record,
    data: str | None,
    wanted: str,
    isolated: bool,
    package: str,
) -> str:
    """Run the recorded script in a folder with all recorded texts and the data, and return the file that it dumped.

    Parameters
    ----------
    interpreter : str
    folder : str
        It is made.
    source : Source
        Whose digest was repeated.
    section : callable
        Gives the bytes of a section of the file.
    record : Record
    data : str or None
        The training data in a file: they are put where the record says that they were, if that is a relative path.
    wanted : str
        The name of the model's file, where the script dumps several.
    isolated : bool
    package : str
        The folder that perdure is imported from, where the interpreter is not isolated.

    Raises
    ------
    UnsupportedError
        When it cannot be run, or dumps nothing.
    """
    script = _script_of(source)
    os.makedirs(folder)
    for text in source.texts:
        _write(folder, text, section)
    _put_data(folder, record, data)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    if not isolated:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, (package, os.environ.get("PYTHONPATH"))))
    done = subprocess.run(
        [interpreter, "-s", script.name],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env=environment,
    )
    if done.returncode:
        raise UnsupportedError(f"the recorded {script.name} failed: {done.stderr.strip()[-2000:]}")
    return _dumped(folder, script.name, wanted)


def _script_of(source: Source) -> SourceText:
    for kind in _KINDS:
        found = [text for text in source.texts if text.kind == kind and text.name.endswith(".py")]
        ran = source.script.name.rpartition("/")[2] if source.script is not None else None
        named = [text for text in found if text.of.rpartition("/")[2] == ran]
        if len(named or found) == 1:
            return (named or found)[0]
    raise UnsupportedError(
        "the record does not say which of its texts is the script",
        fix="perdure record FILE -o FOLDER, run it yourself, and compare: perdure diff OLD NEW",
    )


def _write(folder: str, text: SourceText, section: Callable[[str], bytes | None]) -> None:
    content = section(FOLDER + text.name)
    if content is None or sha256(content).hexdigest() != text.sha256:
        raise FormatError(f"{text.name} in the file is not what its record says")
    lost = [str(item.line) for item in text.left_out if item.what != HOME]
    if lost and text.kind != "diff":
        raise UnsupportedError(
            f"{text.name} lacks what was left out of it as a secret (line {', '.join(lost[:10])})",
            fix="perdure record FILE -o FOLDER, mend it, run it, and compare: perdure diff OLD NEW",
        )
    lines = content.decode("utf-8", "surrogatepass").split("\n")
    for item in text.left_out:
        # The home folder of whoever runs it now.
        if item.what == HOME and item.line <= len(lines):
            lines[item.line - 1] = lines[item.line - 1].replace("~", os.path.expanduser("~").replace("\\", "/"))
    with open(os.path.join(folder, text.name), "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
        file.write("\n".join(lines))


def _put_data(folder: str, record: Record, data: str | None) -> None:
    references = record.data.references if record.data is not None else ()
    if data is None or not os.path.isfile(data):
        return
    digest = file_digest(data)[1]
    for reference in references:
        place = os.path.normpath(os.path.join(folder, reference.reference))
        inside = place.startswith(os.path.abspath(folder) + os.sep)
        if reference.sha256 == digest and not is_url(reference.reference) and inside:
            os.makedirs(os.path.dirname(place), exist_ok=True)
            shutil.copyfile(data, place)


def _dumped(folder: str, script: str, wanted: str) -> str:
    found = []
    for top, _, names in os.walk(folder):
        for name in sorted(names):
            path = os.path.join(top, name)
            try:
                with open_file(path) as file:
                    _ = file.manifest
            except (PerdureError, OSError):
                continue
            found.append(path)
    named = [path for path in found if os.path.basename(path) == wanted]
    if len(named or found) != 1:
        said = f"dumped {len(found)} models" if found else "dumped no model of perdure into the folder that it ran in"
        raise UnsupportedError(f"the recorded {script} {said}", fix=f"the one that is meant has to be named {wanted}")
    return (named or found)[0]
