"""The check of a page, one fault at a time."""

import pytest

from workforce.report.check import check_page
from workforce.report.pages import POLICY

HEAD = f'<html lang="en-GB"><head><meta http-equiv="Content-Security-Policy" content="{POLICY}"></head>'


def faults(body):
    return check_page(f"<!DOCTYPE html>{HEAD}<body><h1>Title</h1>{body}</body></html>")


def test_a_sound_page_has_no_fault():
    body = (
        '<h2 id="a">A</h2><h3>B</h3><h2>C</h2><a href="#a">a</a><a href="other.html">b</a><img alt="" src="data:image/png;base64,AA">'
        '<svg role="img" aria-label="A line"><g clip-path="url(#c)"><clipPath id="c"></clipPath><use href="#c"></use></g></svg>'
        '<style>p { background: url("data:image/png;base64,AA") }</style><svg aria-hidden="true"></svg>'
    )
    assert faults(body) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("<script>1</script>", "element script"),
        ("<SCRIPT>1</SCRIPT>", "element script"),
        ("<svg role='img' aria-label='x'><script>1</script></svg>", "element script"),
        ("<iframe></iframe>", "element iframe"),
        ("<link rel='stylesheet' href='x.css'>", "element link"),
        ("<base href='/'>", "element base"),
        ("<form></form>", "element form"),
        ("<p onclick='x()'>", "runs a script"),
        ("<svg role='img' aria-label='x' ONLOAD='x()'></svg>", "runs a script"),
        ("<a href='javascript:x()'>x</a>", "runs a script"),
        ("<a href=' java\nscript:x()'>x</a>", "runs a script"),
        ("<a href='https://example.org'>x</a>", "external address"),
        ("<a href='//example.org'>x</a>", "external address"),
        ("<img alt='' src='https://example.org/x.png'>", "would be fetched"),
        ("<img alt='' src='x.png'>", "would be fetched"),
        ("<img alt='' srcset='x.png 2x'>", "would be fetched"),
        ("<svg role='img' aria-label='x'><image href='x.png'></image></svg>", "would be fetched"),
        ("<svg role='img' aria-label='x'><use xlink:href='x.svg#a'></use></svg>", "would be fetched"),
        ("<p style='background: url(https://example.org/x)'>", "address in a style"),
        ("<p style='background: url(x.png)'>", "address in a style"),
        ("<style>@import 'x.css';</style>", "address in a style"),
        ("<style>p { background: url( 'x.png' ) }</style>", "address in a style"),
        ("<svg role='img' aria-label='x'><g fill='url(x.svg#a)'></g></svg>", "address in a style"),
        ("<meta http-equiv='refresh' content='0'>", "meta element that acts"),
        ("<svg></svg>", "without a text alternative"),
        ("<svg role='img' aria-label=' '></svg>", "without a text alternative"),
        ("<img src='data:image/png;base64,AA'>", "without a text alternative"),
        ("<h1>Two</h1>", "2 first-level headings"),
        ("<h3>Skipped</h3>", "skips a level"),
        ("<p id='a'></p><p id='a'></p>", "1 ids are used more than once"),
        ("<figure data-rule='analyst'></figure>", "not for release"),
    ],
)
def test_a_fault_is_found(body, said):
    assert any(said in fault for fault in faults(body))


def test_a_page_without_language_or_policy_is_refused():
    found = check_page("<html><h1>Title</h1></html>")
    assert any("British English" in fault for fault in found)
    assert any("policy" in fault for fault in found)


def test_a_weaker_policy_is_refused():
    page = f"{HEAD.replace(POLICY, 'default-src *')}<h1>Title</h1>"
    assert check_page(page) == ["the page has no content-security policy"]


def test_a_fault_never_quotes_the_page():
    said = " ".join(
        faults("<p id='Jo'></p><p id='Jo'></p><a href='https://example.org/Jo'>Jo</a><h1>Jo</h1><h4>Jo</h4>")
    )
    assert "Jo" not in said
