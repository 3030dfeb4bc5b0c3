"""Check the built site and the docstrings: `python docs/check.py docs/_site`.

Every internal link and anchor leads somewhere; in Chromium, from disk, no page asks the network for anything or logs an error; and numpydoc
accepts the docstring of every name that can be reached from `wf`.
"""

import inspect
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urldefrag, urlsplit

from reference import is_called, public_members

import workforce as wf

# Checks of numpydoc that add nothing here.
OFF: Final = {
    "SA01": "a compulsory See Also repeats the group's page",
    "ES01": "one sentence is often all there is to say",
    "EX01": "tests/unit/test_public_names.py asks for examples where they help: charts and properties are shown in use",
    "SS05": "a measure is a noun: its docstring says what is measured (numpydoc takes 'Days lost' for a verb)",
    "PR08": "descriptions begin with the name of a column or a definition where that is clearer",
    "RT04": "the same for what is returned",
}


class _Links(HTMLParser):
    """The links and the anchors of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()

    def handle_starttag(
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        given = dict(attrs)
        self.anchors |= {
            str(given[key]) for key in ("id", "name") if given.get(key)
        }
        for key in ("href", "src"):
            if given.get(key) and tag in ("a", "link", "img", "script"):
                self.links.append(str(given[key]))


def broken_links(site: Path) -> Iterator[str]:
    """Yield each internal link that leads to no file or no anchor, and each picture, script or style of another server."""
    pages = {}
    for path in sorted(site.rglob("*.html")):
        pages[path.resolve()] = page = _Links()
        page.feed(path.read_text(encoding="utf-8"))
    for path, page in pages.items():
        for link in page.links:
            address, anchor = urldefrag(link)
            if urlsplit(address).scheme in ("http", "https", "mailto"):
                continue  # a link to read on; whether the browser fetches anything is looked at in the browser
            to = (
                (path.parent / unquote(urlsplit(address).path)).resolve()
                if address
                else path
            )
            if not to.exists():
                yield f"{path.relative_to(site.resolve())}: no file {link}"
            elif (
                anchor and to in pages and unquote(anchor) not in pages[to].anchors
            ):
                yield f"{path.relative_to(site.resolve())}: no anchor {link}"


def requests_and_errors(site: Path) -> Iterator[str]:
    """Yield every request of a page to anything but the site's own files, and every error that its scripts log."""
    import shutil

    from playwright.sync_api import sync_playwright

    faults: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page()
        page.on(
            "request",
            lambda one: (
                None
                if one.url.startswith(("file:", "data:"))
                else faults.append(f"request: {one.url}")
            ),
        )
        page.on("requestfailed", lambda one: faults.append(f"failed: {one.url}"))
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        for path in sorted(site.resolve().rglob("*.html")):
            page.goto(path.as_uri(), wait_until="load")
        browser.close()
    yield from faults


def public_names() -> Iterator[tuple[str, Any]]:
    """Yield every function and class that can be reached from `wf`, with the methods and properties of classes."""

    def within(path: str, thing: object) -> Iterator[tuple[str, Any]]:
        if inspect.isclass(thing):
            yield path, thing
            yield from (
                (f"{path}.{name}", member) for name, member in public_members(thing)
            )
        elif inspect.isroutine(thing):
            yield path, thing

    for name in wf.__all__:
        thing = getattr(wf, name)
        if inspect.ismodule(thing):
            for inner in thing.__all__:
                yield from within(f"wf.{name}.{inner}", getattr(thing, inner))
        else:
            yield from within(f"wf.{name}", thing)


def docstring_faults() -> Iterator[str]:
    """Yield what numpydoc finds wrong with the docstring of each public name."""
    from numpydoc.docscrape import get_doc_object
    from numpydoc.validate import validate

    for path, thing in public_names():
        plain = (
            thing.__func__
            if isinstance(thing, staticmethod | classmethod)
            else thing
        )
        off = OFF if is_called(thing) else {*OFF, "PR01"}
        for code, text in validate(get_doc_object(plain))["errors"]:
            if code not in off:
                yield f"{path}: {code} {text}"


def main(site: Path) -> int:
    """Print every fault and return the exit code."""
    faults = [*broken_links(site), *requests_and_errors(site), *docstring_faults()]
    sys.stdout.writelines(f"{fault}\n" for fault in faults)
    pages = len(list(site.rglob("*.html")))
    sys.stdout.write(
        f"{pages} pages, {sum(1 for _ in public_names())} public names, {len(faults)} faults\n"
    )
    return 1 if faults or not pages else 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
