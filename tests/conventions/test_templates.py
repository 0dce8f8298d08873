"""No inline script or style, and no word outside the catalogues, in any template."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, nodes

from web.common.icons import ICONS
from web.common.rendering import TEMPLATES

PAGES = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in {".html", ".txt"})
INLINE = re.compile(
    r"""<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)|hx-on|hx-vals=['"]js:""",
    re.IGNORECASE,
)
TAGS = re.compile(
    r"\{%\s*block body_class\s*%\}[\w -]*\{%\s*endblock\s*%\}"  # a class name, not words
    r"|\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}",
    re.DOTALL,
)
# Mail programs know neither our stylesheets nor our policy: a mail brings its own style.
MAILS = "notices/email/"
STYLE = re.compile(r"<style|\sstyle=", re.IGNORECASE)
READ_ALOUD = {"alt", "aria-label", "aria-description", "placeholder", "title", "content"}
WORD = re.compile(r"[A-Za-z\u3400-\u9fff]{2,}")
# Each language's own name is written in that language, whatever the page's language.
AUTONYMS = {"中文", "English"}
# A sentence or a title; names of kinds, fields and icons are lower case.
TEXT = re.compile(r"^[A-Z][a-z]+(?:[ ,.…!?]|$)|[\u3400-\u9fff]")
MARKERS = {"_", "gettext", "ngettext"}
ENVIRONMENT = Environment(extensions=["jinja2.ext.i18n", "jinja2.ext.do"], autoescape=True)


class Words(HTMLParser):
    """Collects what a person would read, and what is read aloud to them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in {"script", "style"}
        named = dict(attrs).get("name") or ""
        for name, value in attrs:
            if name in READ_ALOUD and value and not (name == "content" and tag == "meta" and named):
                self.keep(value)

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.keep(data)

    def keep(self, text: str) -> None:
        if WORD.search(text) and text.strip() not in AUTONYMS:
            self.found.append(" ".join(text.split()))


def name_of(path: Path) -> str:
    return path.relative_to(TEMPLATES).as_posix()


def constants(tree: nodes.Node) -> Iterator[tuple[int, str]]:
    """String literals of a template that no gettext call marks."""
    for child in tree.iter_child_nodes():
        if (
            isinstance(child, nodes.Call)
            and isinstance(child.node, nodes.Name)
            and child.node.name in MARKERS
        ):
            continue
        if isinstance(child, nodes.Const) and isinstance(child.value, str):
            yield child.lineno, child.value
        yield from constants(child)


def calls(tree: nodes.Template, function: str) -> Iterator[str]:
    """The constant first arguments of a function's calls."""
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == function and call.args:
            first = call.args[0]
            if isinstance(first, nodes.Const):
                yield str(first.value)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_inline_script_or_style(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    if name_of(path).startswith(MAILS):
        source = STYLE.sub("", source)
    assert INLINE.findall(source) == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_word_comes_from_a_catalogue(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    words = Words()
    words.feed(TAGS.sub(" ", source))
    literals = [text for _, text in constants(ENVIRONMENT.parse(source)) if TEXT.search(text)]

    assert words.found == []
    assert literals == []


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_every_icon_is_on_the_list(path: Path) -> None:
    tree = ENVIRONMENT.parse(path.read_text(encoding="utf-8"))

    assert set(calls(tree, "icon")) <= ICONS


@pytest.mark.parametrize(
    "source",
    [
        '<p style="color: red">',
        "<a onclick=go()>",
        "<script>go()</script>",
        '<a href="javascript:go()">',
    ],
)
def test_the_lint_finds_inline_code(source: str) -> None:
    assert INLINE.search(source)


@pytest.mark.parametrize(
    "source",
    ["<p>Book now</p>", "<p>预约</p>", '<input placeholder="Your name">', "{{ b('Save it') }}"],
)
def test_the_lint_finds_words_outside_the_catalogues(source: str) -> None:
    words = Words()
    words.feed(TAGS.sub(" ", source))
    literals = [text for _, text in constants(ENVIRONMENT.parse(source)) if TEXT.search(text)]

    assert words.found or literals
