"""Secrets in captured text: looked for by the tables below, and left out. docs/record.md has them in words."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator

__all__ = ["Found", "MARK", "secrets_in", "without"]

MARK = "<left out: {}>"

# Where it begins, where it ends, and what it looks like.
Found = tuple[int, int, str]

# Told by their own form, wherever they stand.
_FORMS: tuple[tuple[str, str], ...] = (
    ("AWS access key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}\b"),
    ("Google API key", r"\bAIza[\w-]{35}"),
    ("Google OAuth token", r"\bya29\.[\w-]{20,}"),
    ("Google OAuth secret", r"\bGOCSPX-[\w-]{28}"),
    ("Azure key", r"(?i:AccountKey|SharedAccessKey|SharedSecretValue)=(?P<secret>[A-Za-z0-9+/]{20,}={0,2})"),
    ("Azure client secret", r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}"),
    ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})"),
    ("GitLab token", r"\bgl(?:pat|ptt|dt|rt|cbt)-[\w-]{20,}"),
    ("Slack token", r"\b(?:xox[a-z]|xapp)-[A-Za-z0-9-]{10,}"),
    ("Slack webhook", r"https://hooks\.slack\.com/(?:services|workflows)/(?P<secret>[\w/-]{10,})"),
    ("Hugging Face token", r"\b(?:hf|api_org)_[A-Za-z0-9]{30,}"),
    ("OpenAI or Anthropic key", r"\bsk-[A-Za-z0-9_-]{20,}"),
    ("Stripe key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}"),
    ("PyPI token", r"\bpypi-[\w-]{50,}"),
    ("npm token", r"\bnpm_[A-Za-z0-9]{36}\b"),
    ("SendGrid key", r"\bSG\.[\w-]{22}\.[\w-]{43}"),
    ("Databricks token", r"\bdapi[0-9a-f]{32}\b"),
    ("DigitalOcean token", r"\bdo[opr]_v1_[0-9a-f]{64}\b"),
    ("Twilio key", r"\bSK[0-9a-f]{32}\b"),
    ("JSON web token", r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}"),
    ("token of an Authorization header", r"(?i:\b(?:bearer|basic)\s+)(?P<secret>[A-Za-z0-9._~+/-]{16,}={0,2})"),
    ("password in a URL", r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/@:\"'<>]{0,100}:(?P<secret>[^\s/@\"'<>]{1,200})@"),
    ("token in a URL", r"[A-Za-z][A-Za-z0-9+.-]{1,20}://(?P<secret>[^\s/@:\"'<>]{16,200})@"),
    (
        "secret parameter of a URL",
        r"(?i:[?&](?:[\w.-]{0,40}(?:token|secret|passwd|password|signature|credential|api[-_]?key)|sig|key|pwd|auth))"
        r"=(?P<secret>[^&\s\"'<>]{4,})",
    ),
)
_PATTERNS = tuple((what, re.compile(pattern)) for what, pattern in _FORMS)

# Told by the name of what they are given to.
_NAME = (
    r"(?i:(?P<name>passw(?:or)?d|passwort|passphrase|pwd|secret(?:[-_]?access)?(?:[-_]?key)?|"
    r"(?:api|access|auth|account|private|encryption|signing|master)[-_]?key|credentials?|token)"
    r"(?:s|_?\d{1,3}|_(?:value|text|string|prod|dev|test|staging|live|default|b64|base64|hash))?)"
)
_LITERAL = (
    r"(?i:[rbuf]{0,2})(?P<quote>(?P<long>\"\"\"|''')|\"|')"
    r"(?P<secret>(?:\\.|(?!(?P=quote))(?(long)[^\\]|[^\\\n])){0,5000})(?P=quote)"
)
_QUOTED = re.compile(
    _NAME
    + r"(?![\w-])[\"'\]]{0,2}(?:\s{0,4}:\s{0,4}[\w.\[\]| ]{1,40}?)?\s{0,20}(?P<sign>=(?!=)|:(?!:)|,)\s{0,20}\(?\s{0,20}"
    + _LITERAL,
    re.DOTALL,
)
# Without quotes: in a shell, in the magic of a notebook, and in files of settings.
_SHELL = re.compile(
    r"(?m:^)[+ -]?[ \t]{0,40}(?:%(?:set_)?env|!?[ \t]?(?:export|setx?))[ \t]+[\w.-]{0,60}?"
    + _NAME
    + r"[ \t]{0,4}[= ][ \t]{0,4}(?P<secret>[^\s\"'#]{3,})"
)
_SETTING = re.compile(
    r"(?m:^)[+ -]?[ \t]{0,40}(?:export[ \t]+|ENV[ \t]+|ARG[ \t]+|-[ \t]+)?[\"']?[\w.-]{0,60}?"
    + _NAME
    + r"[\"']?[ \t]{0,20}[:=][ \t]{0,20}(?P<secret>[^\s\"'#]{3,})[ \t\r]*(?m:$)"
)
_OPTION = re.compile(r"(?<![\w-])--[\w-]{0,40}?" + _NAME + r"[= ][ ]{0,4}(?P<secret>[^\s\"'#]{3,})")

_RANDOM = re.compile(
    r"(?P<sign>[=:(])\s{0,8}(?i:[rbuf]{0,2})(?P<quote>[\"'])(?P<secret>[A-Za-z0-9+/_=-]{20,512})(?P=quote)"
)
_GIVEN_TO = re.compile(r"(\w+)[\"'\]]*\s*(?::[^=\n]{0,40})?$")
_PUBLIC = re.compile(r"(?i)sha\d*|md5|hash|digest|checksum|commit|revision|fingerprint|etag|uuid|version")

_BEGIN = re.compile(r"-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d")
_END = re.compile(r"-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----|Private-MAC: [0-9a-f]+")

# What stands for a value, and is none; and the place of one.
_HOLDER = re.compile(r"\s*|[{<%$].*|(?P<one>.)(?P=one)*|\.\.\.", re.DOTALL)
_PLACE = re.compile(r"[~\w./\\:-]*\.(?:json|pem|key|pub|txt|ya?ml|toml|ini|env|cfg|crt|cer|p12)|[~.]?/[\w./-]*")
_PLAIN = re.compile(r"[\w.+/=~-]{8,}")


def secrets_in(text: str, *, code: bool = True) -> list[Found]:
    """Return what looks like a secret in a text, in order, none within another.

    Parameters
    ----------
    text : str
    code : bool, default=True
        Whether it is Python; in files of settings a value has no quotes.

    Examples
    --------
    >>> from perdure.record.secrets import secrets_in
    >>> secrets_in('password = "hunter2"')
    [(12, 19, 'password')]
    """
    found: list[Found] = []
    for start, end, what in sorted([*_keys(text), *_by_form(text), *_by_name(text, code), *_by_chance(text)]):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]), found[-1][2])
        else:
            found.append((start, end, what))
    return found


def without(text: str, found: list[Found]) -> str:
    """Return a text without what was found in it; its lines keep their numbers."""
    pieces, at = [], 0
    for start, end, what in found:
        pieces += [text[at:start], MARK.format(what), "\n" * text.count("\n", start, end)]
        at = end
    return "".join([*pieces, text[at:]])


def _keys(text: str) -> Iterator[Found]:
    begin = _BEGIN.search(text)
    while begin is not None:
        end = _END.search(text, begin.end())
        # One that is cut off: all that follows may be of it.
        stop = end.end() if end is not None else len(text)
        yield begin.start(), stop, "private key"
        begin = _BEGIN.search(text, stop)


def _by_form(text: str) -> Iterator[Found]:
    for what, pattern in _PATTERNS:
        group = "secret" if "secret" in pattern.groupindex else 0
        for match in pattern.finditer(text):
            if not _HOLDER.fullmatch(match[group]):
                yield *match.span(group), what


def _by_name(text: str, code: bool) -> Iterator[Found]:
    for match in _QUOTED.finditer(text):
        value = match["secret"]
        # In a list of texts the next one is seldom the value of the one before.
        listed = match["sign"] == "," and not (_PLAIN.fullmatch(value) and re.search(r"\d", value))
        if not listed and _is_value(match["name"], value):
            yield *match.span("secret"), match["name"].lower()
    for pattern in (_SHELL, _OPTION) if code else (_SHELL, _OPTION, _SETTING):
        for match in pattern.finditer(text):
            if _is_value(match["name"], match["secret"]) and not re.fullmatch(r"[A-Z_]+", match["secret"]):
                yield *match.span("secret"), match["name"].lower()


def _is_value(name: str, value: str) -> bool:
    if _HOLDER.fullmatch(value) or _PLACE.fullmatch(value):
        return False
    # A token is a piece of text as well: "[PAD]", "</s>", "the word".
    return name.lower() != "token" or _PLAIN.fullmatch(value) is not None


def _by_chance(text: str) -> Iterator[Found]:
    for match in _RANDOM.finditer(text):
        name = _GIVEN_TO.search(text[max(match.start() - 100, 0) : match.start()])
        if (name is None or not _PUBLIC.search(name[1])) and _is_random(match["secret"]):
            yield *match.span("secret"), "random text"


def _is_random(value: str) -> bool:
    """Whether characters of several kinds follow each other as chance would have it, and no person."""
    length = len(value)
    bits = -sum(count / length * math.log2(count / length) for count in Counter(value).values())
    if re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", value):
        return length >= 32 and bits >= 3.2
    upper, lower, digits = (len(re.findall(kind, value)) for kind in ("[A-Z]", "[a-z]", "[0-9]"))
    if bits < 0.78 * math.log2(min(length, 64)):
        return False
    # Words begin with a capital here and there; chance changes between the kinds all the time.
    plain = re.sub(r"[^A-Za-z0-9]", "", value)
    changes = len(re.findall(r"(?=[A-Z][^A-Z]|[a-z][^a-z]|[0-9][^0-9])", plain)) / len(plain)
    if min(upper, lower):
        return digits > 0 and changes >= 0.36
    return length >= 32 and min(upper + lower, digits) >= length // 8 and changes >= 0.2
