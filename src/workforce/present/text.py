"""Sentences that show themselves, made by the library from what was released or from the area's settings."""

from html import escape

from workforce.present.shown import SETTINGS, Shown, Source, one_rule
from workforce.sealed import Provenance, text_given


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
    return Text._made(text=words, rule=one_rule(*sources), _provenance=provenance.with_given(**given))


def _of_settings(words: str, **given: object) -> Text:
    """Return a sentence made from the area's settings alone; given: every text and number that it prints."""
    return Text._made(text=words, rule=SETTINGS, _provenance=Provenance(loaded=True).with_given(**given))


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
    return words, provenance.with_given(title=words)
