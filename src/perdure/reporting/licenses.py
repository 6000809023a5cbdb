"""What Hugging Face calls a license: its list of identifiers, and those of SPDX that mean the same.

Source: https://huggingface.co/docs/hub/repositories-licenses
"""

from __future__ import annotations

import re

__all__ = ["hub_license"]

_KNOWN = frozenset(
    [
        "afl-3.0",
        "agpl-3.0",
        "apache-2.0",
        "apple-amlr",
        "apple-ascl",
        "artistic-2.0",
        "bigcode-openrail-m",
        "bigscience-bloom-rail-1.0",
        "bigscience-openrail-m",
        "bsd",
        "bsd-2-clause",
        "bsd-3-clause",
        "bsd-3-clause-clear",
        "bsl-1.0",
        "c-uda",
        "cc",
        "cc-by-2.0",
        "cc-by-2.5",
        "cc-by-3.0",
        "cc-by-4.0",
        "cc-by-nc-2.0",
        "cc-by-nc-3.0",
        "cc-by-nc-4.0",
        "cc-by-nc-nd-3.0",
        "cc-by-nc-nd-4.0",
        "cc-by-nc-sa-2.0",
        "cc-by-nc-sa-3.0",
        "cc-by-nc-sa-4.0",
        "cc-by-nd-4.0",
        "cc-by-sa-3.0",
        "cc-by-sa-4.0",
        "cc0-1.0",
        "cdla-permissive-1.0",
        "cdla-permissive-2.0",
        "cdla-sharing-1.0",
        "creativeml-openrail-m",
        "deepfloyd-if-license",
        "ecl-2.0",
        "epl-1.0",
        "epl-2.0",
        "etalab-2.0",
        "eupl-1.1",
        "eupl-1.2",
        "gemma",
        "gfdl",
        "gpl",
        "gpl-2.0",
        "gpl-3.0",
        "h-research",
        "intel-research",
        "isc",
        "lgpl",
        "lgpl-2.1",
        "lgpl-3.0",
        "lgpl-lr",
        "llama2",
        "llama3",
        "llama3.1",
        "llama3.2",
        "llama3.3",
        "lppl-1.3c",
        "mit",
        "mpl-2.0",
        "ms-pl",
        "ncsa",
        "odbl",
        "odc-by",
        "ofl-1.1",
        "openrail",
        "openrail++",
        "osl-3.0",
        "other",
        "pddl",
        "postgresql",
        "unknown",
        "unlicense",
        "wtfpl",
        "zlib",
    ]
)
# Of SPDX, without the "-only" and "-or-later" of the GNU licenses.
_SAME = {
    "0bsd": "other",
    "gfdl-1.2": "gfdl",
    "gfdl-1.3": "gfdl",
    "lgpllr": "lgpl-lr",
    "odbl-1.0": "odbl",
    "odc-by-1.0": "odc-by",
    "pddl-1.0": "pddl",
}
_NAMES = {
    "apache license 2.0": "apache-2.0",
    "apache 2.0": "apache-2.0",
    "apache license, version 2.0": "apache-2.0",
    "mit license": "mit",
    "the mit license": "mit",
    "bsd 2-clause": "bsd-2-clause",
    "bsd 3-clause": "bsd-3-clause",
    "new bsd": "bsd-3-clause",
    "cc0": "cc0-1.0",
}
_ENDING = re.compile(r"-(?:only|or-later)$|\+$")


def hub_license(text: str) -> str | None:
    """Return the identifier that Hugging Face has for a license, None where it has none.

    Parameters
    ----------
    text : str
        As a person wrote it: an identifier of SPDX, of Hugging Face, or a well-known name.

    Examples
    --------
    >>> from perdure.reporting.licenses import hub_license
    >>> hub_license("BSD-3-Clause"), hub_license("GPL-3.0-or-later"), hub_license("ours alone")
    ('bsd-3-clause', 'gpl-3.0', None)
    """
    plain = " ".join(text.lower().split())
    for found in (plain, _NAMES.get(plain), _ENDING.sub("", plain), _SAME.get(_ENDING.sub("", plain))):
        if found in _KNOWN and found != "other":
            return found
    return None
