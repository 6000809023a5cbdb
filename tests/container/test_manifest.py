"""The manifest: one form for each content, and no other is read."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from container.example import LIBRARIES, SECTIONS, manifest, members
from perdure.container.archive import Member
from perdure.container.manifest import Manifest
from perdure.errors import FormatError, PerdureError, UnsupportedError

DIGEST = "sha256:" + "0123456789abcdef" * 4
WHOLE = Manifest(
    "1.0.0",
    LIBRARIES,
    DIGEST,
    members={"graph.json": (10, DIGEST), "arrays.safetensors": (99, DIGEST)},
    storage={"3": [70, "delta", "zstd"], "4": 3},
)
TEXT = WHOLE.to_bytes().decode()


def test_it_is_the_json_of_the_format_page():
    assert TEXT == (
        '{"digest":"' + DIGEST + '","format":[1,0],'
        '"libraries":{"numpy":"2.5.5","pandas":null,"python":"3.13.0","scikit-learn":"1.9.1","scipy":"1.18.1"},'
        '"members":{"arrays.safetensors":[99,"' + DIGEST + '"],"graph.json":[10,"' + DIGEST + '"]},'
        '"min_reader":[1,0],"producer":"1.0.0","storage":{"3":[70,"delta","zstd"],"4":3}}'
    )
    # What is put together by hand is what json writes.
    assert json.dumps(json.loads(TEXT), sort_keys=True, separators=(",", ":")) == TEXT


TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126, exclude_characters='"\\'), min_size=1, max_size=30)


@given(
    TEXTS, st.dictionaries(TEXTS, st.none() | TEXTS), st.dictionaries(TEXTS, st.tuples(st.integers(0), st.just(DIGEST)))
)
def test_any_manifest_comes_back(producer, libraries, listed):
    given = Manifest(producer, libraries, DIGEST, listed, {"1": 0})
    data = given.to_bytes()
    assert Manifest.parse(data) == given
    assert json.dumps(json.loads(data), sort_keys=True, separators=(",", ":")).encode() == data


@pytest.mark.parametrize("text", ["", '1"0', "1\\0", "1\n0", "1.0é", "x" * 101, "\x7f"])
def test_texts_that_would_need_an_escape_are_not_written(text):
    with pytest.raises(PerdureError):
        Manifest.parse(Manifest(text, {}, DIGEST).to_bytes())
    with pytest.raises(PerdureError):
        Manifest.parse(Manifest("1", {"python": text}, DIGEST).to_bytes())
    with pytest.raises(PerdureError):
        Manifest.parse(Manifest("1", {text: None}, DIGEST).to_bytes())


def test_an_escape_is_refused_when_writing():
    with pytest.raises(UnsupportedError):
        Manifest("1\n", {}, DIGEST).to_bytes()


def changed(**changes):
    raw = json.loads(TEXT)
    for key, value in changes.items():
        if value is ...:
            del raw[key]
        else:
            raw[key] = value
    return json.dumps(raw, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "1", '""', "{}", TEXT + " ", " " + TEXT, TEXT + "\n", TEXT[:-1], "\ufeff" + TEXT, TEXT * 2,
        TEXT.replace(":", ": "), TEXT.replace(",", ", ", 1),
        TEXT.replace('"producer"', '"pro\\u0064ucer"'),
        TEXT.replace('"1.0.0"', '"1.0.\\u0030"'),
        TEXT.replace('"producer":"1.0.0"', '"producer":"1.0.0","producer":"1.0.0"'),
        TEXT.replace("[1,0]", "[1,0.0]", 1), TEXT.replace("[1,0]", "[1,-0]", 1), TEXT.replace("[1,0]", "[1,0e0]", 1),
        TEXT.replace("[1,0]", "[true,false]", 1), TEXT.replace("[1,0]", "[1]", 1), TEXT.replace("[1,0]", '"1.0"', 1),
        TEXT.replace("[1,0]", "[0,9]", 1), TEXT.replace("[1,0]", "[1,-1]", 1), TEXT.replace("[1,0]", "[1,1" + "0" * 5000 + "]", 1),
        TEXT.replace("[99,", "[099,"), TEXT.replace("[99,", "[99.0,"), TEXT.replace("[99,", "[-1,"), TEXT.replace("[99,", "[NaN,"),
        TEXT.replace("[99,", "[Infinity,"), TEXT.replace("[99,", '["99",'), TEXT.replace("[99,", "[99,1,"),
        TEXT.replace("null", "NaN"), TEXT.replace("null", "1"), TEXT.replace("null", '""'), TEXT.replace("null", "[]"),
        TEXT.replace("abcdef", "ABCDEF", 1), TEXT.replace("abcdef", "abcdeg", 1), TEXT.replace("sha256:", "sha512:", 1),
        TEXT.replace("abcdef", "abcde", 1), TEXT.replace("abcdef", "abcde ", 1),
        "[" * 100_000, '{"a":' * 100_000, TEXT.replace('"4":3', '"4":' + "[" * 100_000),
        *(changed(**{key: ...}) for key in json.loads(TEXT)),
        *(changed(**{key: value}) for key in json.loads(TEXT) for value in (None, 5, True, [], [["a", 1]], "x" * 101)),
        changed(more=1), changed(signatures={}), changed(min_reader=[1, 1]), changed(min_reader=[2, 0]),
        changed(libraries=[]), changed(libraries={"": "1"}), changed(libraries={"numpy": 2.5}), changed(libraries={"x" * 101: None}),
        changed(members={"graph.json": None}), changed(members={"graph.json": [10]}), changed(members={"graph.json": [10, None]}),
        *(changed(members={"graph.json": [size, DIGEST]}) for size in ([10], [], {}, "10", True, None)),
        *(changed(members={"graph.json": [10, digest]}) for digest in ([DIGEST], {}, 5)), changed(members={"graph.json": "ab"}),
        changed(members={"graph.json": {"10": 1, DIGEST: 2}}), changed(members=[["graph.json", [10, DIGEST]]]),
        changed(libraries=[["numpy", "2"]]), changed(libraries={"numpy": ["2"]}), changed(libraries={"numpy": True}),
        changed(storage=[["4", 3]]), changed(producer=["1"]), changed(digest=[DIGEST]),
        changed(storage={"3": 1.5}), TEXT.replace('"4":3', '"4":3,"4":3'), TEXT.replace('"3":', '"5":'),
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    assert text != TEXT
    with pytest.raises(FormatError) as caught:
        Manifest.parse(text.encode())
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("depth", [100, 500, 900, 980, 990, 995, 999, 1000, 1500, 3000, 20_000, 100_000])
def test_no_depth_crashes_the_reader(depth):
    try:
        Manifest.parse(TEXT.replace('"4":3', '"4":' + "[" * depth + "]" * depth).encode())
    except FormatError:
        return
    assert depth < 100_000


@pytest.mark.parametrize(
    "data", [b"\xff", TEXT.replace("1.0.0", "1.0.é").encode(), TEXT.encode("utf-16"), b"\0" + TEXT.encode()]
)
def test_it_is_ascii(data):
    with pytest.raises(FormatError):
        Manifest.parse(data)


@pytest.mark.parametrize(
    ("version", "reader"), [([2, 0], [2, 0]), ([2, 0], [1, 0]), ([1, 5], [1, 3]), ([99, 1], [99, 0])]
)
def test_a_newer_format_is_refused_by_name(version, reader):
    # A newer format may look otherwise in all other respects.
    for text in (
        changed(format=version, min_reader=reader),
        changed(format=version, min_reader=reader, digest=..., members=5),
    ):
        with pytest.raises(FormatError) as caught:
            Manifest.parse(text.encode())
        assert f"format {version[0]}.{version[1]}" in str(caught.value)
        assert "this perdure reads up to 1.0" in str(caught.value)
        assert "upgrade perdure" in str(caught.value)


def test_a_newer_minor_version_may_say_more():
    found = Manifest.parse(changed(format=[1, 7], hints={"a": 1}).encode())
    assert found.format == (1, 7)
    assert found.members == WHOLE.members
    with pytest.raises(FormatError):
        Manifest.parse(changed(format=[1, 7], hints={"a": 1}, digest=...).encode())
    with pytest.raises(FormatError, match="canonical"):
        Manifest.parse(changed(format=[1, 7], hints={"a": 1}).replace('"hints":{"a":1}', '"hints":{"a": 1}').encode())
    with pytest.raises(FormatError, match="canonical"):
        Manifest.parse(changed(format=[1, 7], producer="\x1b[2J").encode())
    with pytest.raises(FormatError, match="canonical"):
        Manifest.parse(changed(format=[1, 7]).encode() + b" ")


def test_signatures_are_not_among_the_members():
    first, *rest = members()
    listed = Manifest.parse(b"".join(first.chunks())).members
    assert set(listed) == {member.name for member in rest} - {"signatures/someone.json"}
    assert listed["record.json"] == (
        len(SECTIONS["record.json"]),
        "sha256:" + Member.of("a", SECTIONS["record.json"]).sha256,
    )
    assert manifest().members == {}
