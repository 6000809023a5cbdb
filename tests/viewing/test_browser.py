"""The page in a real browser: it runs nothing, asks for nothing, and can be read at two widths, by keyboard and on paper."""

from __future__ import annotations

import os
import struct
import zlib

import pytest

import perdure
from viewing.browser import Browser, found
from viewing.making import crafted, hostile, ordinary

ASKED = os.environ.get("PERDURE_BROWSER") == "1"
pytestmark = pytest.mark.skipif(not ASKED, reason="`make page` runs these, in headless Chromium")

WIDTHS = (1280, 390)


def test_there_is_a_browser():
    assert found() is not None, "install Chromium: apt-get install chromium"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    browser = Browser(str(tmp_path_factory.mktemp("profile")))
    yield browser
    browser.close()


@pytest.fixture
def page(browser):
    page = browser.page()
    yield page
    page.close()


@pytest.fixture(scope="module")
def address(folder):
    """Where the page of each file is, by its name; ``bare`` ones come without their policy."""

    def written(name):
        made = {"ordinary": ordinary, "hostile": hostile, "crafted": crafted}[name.removesuffix("-bare")]
        path = folder / f"{name}.html"
        if not path.exists():
            html = perdure.view(made(folder / f"{name}.perdure"))
            if name.endswith("-bare"):
                start, end = html.index('<meta http-equiv="Content'), html.index('<meta name="viewport"')
                html = html[:start] + html[end:]
                assert "Content-Security-Policy" not in html.partition("<body>")[0]
            path.write_text(html, encoding="utf-8")
        return path.as_uri()

    return written


def pixels(png: bytes) -> tuple[int, int, set[bytes]]:
    """Width, height and the colours of a PNG, as far as its rows are stored unfiltered or simply."""
    width, height = struct.unpack(">II", png[16:24])
    at, data = 8, b""
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        if kind == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    rows = zlib.decompress(data)
    step = len(rows) // height
    return width, height, {rows[i * step + 1 : (i + 1) * step] for i in range(height)}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["ordinary", "hostile", "crafted"])
def test_nothing_is_said_nothing_is_asked_for_and_it_fits(page, address, name, width):
    page.size(width)
    page.open(address(name))
    # Everything is unfolded: what is hidden has to fit too.
    page.ask("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.said == []
    assert page.dialogs == []
    assert page.requests == [address(name)]
    assert page.ask("[document.documentElement.scrollWidth, innerWidth]") == [width, width]
    assert (
        page.ask("document.querySelectorAll('script, img, iframe, object, embed, link, base, form, [style]').length")
        == 0
    )
    seen, height, rows = pixels(page.picture())
    assert seen == width
    assert height > 900
    # A picture of nothing has rows that are all alike.
    assert len(rows) > 200


@pytest.mark.parametrize("name", ["hostile-bare", "crafted-bare"])
def test_without_its_policy_it_still_runs_nothing(page, address, name):
    page.call("Page.addScriptToEvaluateOnNewDocument", source="window.hits = []; window.hit = what => hits.push(what)")
    page.open(address(name))
    page.ask("document.querySelectorAll('details').forEach(one => one.open = true)")
    for kind in ("mouseover", "focus", "click", "toggle", "load", "error"):
        page.ask(f"document.querySelectorAll('body *').forEach(one => one.dispatchEvent(new Event('{kind}')))")
    page.ask("new Promise(done => requestAnimationFrame(() => setTimeout(() => done(1))))")
    assert page.ask("hits") == []
    assert page.said == []
    assert page.dialogs == []
    assert page.requests == [address(name)]
    handlers = "[...document.querySelectorAll('*')].filter(one => [...one.attributes].some(a => a.name.startsWith('on'))).length"
    assert page.ask(handlers) == 0
    assert page.ask("[...document.links].filter(one => one.protocol !== 'file:').length") == 0


def test_this_test_would_notice(page, folder):
    """The same checks on a page that does what a hostile one would like to."""
    path = folder / "bad.html"
    path.write_text(
        "<script>hit('x'); alert('y'); console.error('z')</script><img src='missing.png'>", encoding="utf-8"
    )
    page.call("Page.addScriptToEvaluateOnNewDocument", source="window.hits = []; window.hit = what => hits.push(what)")
    page.open(path.as_uri())
    assert page.ask("hits") == ["x"]
    assert page.dialogs == ["y"]
    assert any("z" in said for said in page.said)
    assert any(address.endswith("missing.png") for address in page.requests)


def test_the_policy_stops_what_would_get_in(page, address, folder):
    """A script that somebody puts into the page afterwards does not run: the browser says that the policy refused it."""
    address("ordinary")
    html = (folder / "ordinary.html").read_text(encoding="utf-8")
    put = (
        "<script>hits.push(1)</script><img src='missing.png' onerror='hits.push(2)'><p style='color: red' id='x'>x</p>"
    )
    path = folder / "put.html"
    path.write_text(html.replace("<main>", "<main>" + put), encoding="utf-8")
    page.call("Page.addScriptToEvaluateOnNewDocument", source="window.hits = []")
    page.open(path.as_uri())
    assert page.ask("hits") == []
    assert page.ask("getComputedStyle(document.getElementById('x')).color") != "rgb(255, 0, 0)"
    assert [said for said in page.said if "Content Security Policy" in said]


def test_light_and_dark(page, address):
    colours = {}
    for scheme in ("light", "dark"):
        page.media("", scheme)
        page.open(address("ordinary"))
        colours[scheme] = page.ask(
            "[getComputedStyle(document.querySelector('.pd')).backgroundColor, getComputedStyle(document.querySelector('.pd')).color]"
        )
    assert colours["light"] == ["rgb(255, 255, 255)", "rgb(27, 31, 36)"]
    assert colours["dark"] == ["rgb(15, 19, 24)", "rgb(227, 232, 238)"]


CONTRAST = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = colour => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return canvas.getImageData(0, 0, 1, 1).data; };
  const light = colour => { const part = [...rgb(colour)].slice(0, 3).map(v => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2]; };
  const back = one => { while (one) { const colour = getComputedStyle(one).backgroundColor; if (rgb(colour)[3] === 255) return colour; one = one.parentElement; } return 'white'; };
  const low = [];
  for (const one of document.querySelectorAll('.pd *:not(svg *)')) {
    if (![...one.childNodes].some(node => node.nodeType === 3 && node.data.trim())) continue;
    const [a, b] = [light(getComputedStyle(one).color), light(back(one))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) low.push(one.className + ': ' + one.textContent.slice(0, 20));
  }
  return low;
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["ordinary", "crafted"])
def test_every_text_can_be_read_before_what_lies_behind_it(page, address, name, scheme):
    page.media("", scheme)
    page.open(address(name))
    page.ask("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.ask(CONTRAST) == []


def test_the_keyboard_goes_everywhere(page, address):
    page.open(address("ordinary"))
    page.press("Tab", 9)
    assert page.ask("document.activeElement.textContent") == "Skip to the model"
    assert page.ask("document.activeElement.getBoundingClientRect().left") >= 0
    page.press("Enter", 13, "\r")
    assert page.ask("location.hash") == "#pd-model"
    page.press("Tab", 9)
    assert page.ask("document.activeElement.tagName") == "SUMMARY"
    assert page.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    before = page.ask("document.activeElement.parentElement.open")
    page.press("Enter", 13, "\r")
    assert page.ask("document.activeElement.parentElement.open") is not before
    # What can be unfolded can be reached.
    assert page.ask("[...document.querySelectorAll('summary')].every(one => one.tabIndex === 0)")


def test_it_has_a_title_a_language_and_one_heading_above_all(page, address):
    page.open(address("ordinary"))
    assert page.ask("[document.title, document.documentElement.lang]") == ["ordinary.perdure · perdure", "en"]
    assert page.ask("document.querySelectorAll('h1').length") == 1
    assert page.ask(
        "[...document.querySelectorAll('svg')].every(one => one.getAttribute('aria-label') || one.ariaHidden)"
    )
    # A reader that speaks has every section by its name.
    found = page.call("Accessibility.getFullAXTree")["nodes"]
    regions = [node["name"]["value"] for node in found if node.get("role", {}).get("value") == "region"]
    assert "Cross-validation" in regions
    assert "The model" in regions


def test_it_prints(page, address):
    page.open(address("ordinary"))
    page.media("print")
    assert page.ask("getComputedStyle(document.querySelector('nav')).display") == "none"
    closed = "[...document.querySelectorAll('.pd-estimator:not([open]) table')]"
    # What is folded on the screen is there on paper.
    assert page.ask(f"{closed}.length") > 0
    assert page.ask(f"{closed}.every(one => one.checkVisibility({{contentVisibilityAuto: true}}))")
    page.media("print", "dark")
    assert page.ask("getComputedStyle(document.querySelector('.pd')).backgroundColor") == "rgb(255, 255, 255)"
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF-")
    assert len(pdf) > 20_000
