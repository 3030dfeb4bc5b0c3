"""The check of a page, one fault at a time."""

import pytest

from workforce.report.check import check_page
from workforce.report.pages import POLICY

HEAD = f'<html lang="en-GB"><head><meta http-equiv="Content-Security-Policy" content="{POLICY}"></head>'


def faults(body):
    return check_page(f"<!DOCTYPE html>{HEAD}<body><h1>Title</h1>{body}</body></html>")


def test_a_sound_page_has_no_fault():
    body = (
        '<h2 id="a">A</h2><h3>B</h3><h2>C</h2><a href="#a">a</a><a href="other.html">b</a>'
        '<svg role="img" aria-label="A line"><g clip-path="url(#c)"><clipPath id="c"></clipPath><path d="M0 0"/></g></svg>'
        '<svg aria-hidden="true"></svg><p><strong>A</strong> <em>b</em></p>'
        "<table><caption>T</caption><thead><tr><th scope='col'>A</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
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
        ("<style>p { color: red }</style>", "1 x element style, which the library does not write there"),
        ("<svg role='img' aria-label='x'><style>p { color: red }</style></svg>", "element style"),
        ("<img alt='' src='data:image/png;base64,AA'>", "1 x element img, which the library does not write there"),
        ("<svg role='img' aria-label='x'><use href='#c'></use></svg>", "element use"),
        ("<svg role='img' aria-label='x'><image href='data:image/png;base64,AA'></image></svg>", "element image"),
        ("<svg role='img' aria-label='x'><foreignObject></foreignObject></svg>", "element foreignobject"),
        ("<svg role='img' aria-label='x'><p>x</p></svg>", "element p"),
        ("<svg role='img' aria-label='x'><a href='#a'>x</a></svg>", "element a"),
        ("<svg role='img' aria-label='x'><svg aria-hidden='true'></svg></svg>", "element svg"),
        ("<path d='M0 0'></path>", "element path"),
        ("<title>x</title>", "element title"),
        ("<meta name='a' content='b'>", "element meta"),
        ("<button>x</button><input><video></video>", "1 x element button"),
        ("<span>x</span><b>x</b><font>x</font>", "1 x element span"),
        ("<x-y>x</x-y><jo.smith>", "2 x element of a name that the library does not write"),
        ("<!-- the rest of the page -->", "1 x comment"),
        ("<?xml version='1.0'?>", "1 x comment"),
        ("<![CDATA[x]]>", "1 x comment"),
        ("<main></main><main></main>", "2 x element main where there is one"),
        ("<body onload='x()'>", "2 x element body where there is one"),
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


def test_an_element_that_is_no_word_of_html_is_counted_and_not_repeated():
    said = " ".join(faults("<jo-smith>x</jo-smith><Jo.Smith>"))
    assert "2 x element of a name" in said
    assert "smith" not in said.lower()


def test_the_head_takes_its_own_elements_only():
    page = f"{HEAD.replace('</head>', '<p>Words</p></head>')}<body><h1>Title</h1></body>"
    assert check_page(page) == ["1 x element p, which the library does not write there"]
    twice = f"{HEAD.replace('</head>', '<style></style><style></style></head>')}<body><h1>Title</h1></body>"
    assert check_page(twice) == ["2 x element style where there is one"]
