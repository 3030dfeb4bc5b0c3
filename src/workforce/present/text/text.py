"""What a page shows, signed in a published run; and sentences, made by the library from what was released or from the settings."""

from html import escape
from typing import Any, Protocol

from workforce.errors import DisclosureError
from workforce.sealed import Provenance, Sealed, text_given
from workforce.signature import KIND, _signature

SETTINGS = "settings"
"""The rule of a sentence that is made from the area's settings alone: a page of any rule may show it."""


class Source(Protocol):
    """What a figure, a table or a sentence is made from."""

    @property
    def rule(self) -> str:
        """The disclosure rule that was applied."""

    @property
    def _provenance(self) -> Provenance: ...


class Shown(Sealed):
    """Base of the three things that a page shows. In a published run it signs what it shows."""

    __slots__ = ()

    rule: str
    _provenance: Provenance

    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        del include, exclude
        html = self._repr_html_()
        signature = _signature(html, self.rule, self._provenance)
        return {"text/html": html, "text/plain": str(self), **({KIND: signature} if signature else {})}


def checked(value: object, kind: type[Sealed]) -> None:
    """Refuse anything that the library has not made."""
    if not isinstance(value, kind):
        raise DisclosureError(
            "something was given that has not been released",
            hint='use wf.release(result, rule="board") and show what it returns',
        )


def one_rule(*sources: Source) -> str:
    """Return the rule under which all the sources were released; refuse several."""
    rules = sorted({source.rule for source in sources})
    if len(rules) != 1:
        raise DisclosureError(
            "what is shown together was released under several rules: {rules}",
            hint="release it under one rule",
            rules=rules,
        )
    return rules[0]


class Text(Shown):
    """A sentence that shows itself as a paragraph, with whatever came from the data escaped.

    Only the library makes one: free text belongs in a markdown cell.

    >>> Text("Turnover < 5%")
    Traceback (most recent call last):
    workforce.errors.DisclosureError: a Text is made by the library only. ...
    """

    __slots__ = ("_provenance", "rule", "text")

    text: str
    rule: str
    _provenance: Provenance

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Text({self.text!r})"

    def _repr_html_(self) -> str:
        return paragraph(self.text)


def paragraph(words: str) -> str:
    """Return a sentence as HTML, escaped; nothing where there are no words.

    >>> paragraph("Turnover < 5%")
    '<p class="wf-text">Turnover &lt; 5%</p>'
    """
    return f'<p class="wf-text">{escape(words)}</p>' if words else ""


def _sentence(words: str, *sources: Source, **given: object) -> Text:
    """Return a sentence made from released tables; given: texts and numbers of the caller that it prints."""
    provenance = Provenance.of_all(source._provenance for source in sources)
    return Text._made(text=words, rule=one_rule(*sources), _provenance=provenance.with_arguments(**given))


def _of_settings(words: str, **given: object) -> Text:
    """Return a sentence made from the area's settings alone; given: every text and number that it prints."""
    return Text._made(text=words, rule=SETTINGS, _provenance=Provenance(loaded=True).with_arguments(**given))


def titled(title: object, *sources: Source) -> tuple[str, Provenance]:
    """Return the title that a caller passed, empty without one, and the provenance of what is made from the sources and has this title.

    A text is recorded as given. A sentence of the library brings its own provenance; one of another rule is refused, because it could say
    what the rule of the sources withholds.
    """
    provenance = Provenance.of_all(source._provenance for source in sources)
    if title is None:
        return "", provenance
    if isinstance(title, Text):
        if title.rule != SETTINGS:
            one_rule(title, *sources)
        return title.text, Provenance.of_all([provenance, title._provenance])
    words = text_given(title, "title")
    return words, provenance.with_arguments(title=words)
