"""A sentence that shows itself.

Promises: whatever came from the data is escaped where it is shown. Refuses: nothing.
"""

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence that shows itself as a paragraph in a notebook, with whatever came from the data escaped.

    >>> Text("Turnover < 5%")._repr_html_()
    '<p class="wf-text">Turnover &lt; 5%</p>'
    """

    text: str

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<p class="wf-text">{escape(self.text)}</p>' if self.text else ""
