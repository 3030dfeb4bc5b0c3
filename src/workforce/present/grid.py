"""Columns of text as one small, accessible HTML table, by Great Tables.

Promises: text is escaped, headers have scopes, the id follows from the content. The page's one stylesheet styles it
(class `wf-table`): Great Tables repeats 8 KB of CSS with each table, which is left out here. Refuses: nothing; what may
be shown is decided by its callers.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import polars as pl

from workforce.present.figure import ANALYST, STAMP


@dataclass(frozen=True, slots=True)
class Table:
    """A table as HTML, with its title and the disclosure rule that was applied."""

    title: str
    html: str
    rule: str

    def _repr_html_(self) -> str:
        return self.html


# In text a quotation mark is written &quot;, so that these are found in tags only.
_REPEATED: Final = re.compile(r' (?:headers|id|rowspan|data-quarto-[a-z-]+)="[^"]*"| colspan="1"')
_NAMED: Final = re.compile(r' (id="[^"]*-title")')


def _slim(html: str) -> str:
    """The same table without what scopes already say: half of a long table is lists of its own headers' ids."""
    title = _NAMED.search(html)
    slim = _REPEATED.sub("", html)
    return slim.replace('gt_title gt_font_normal"', f'gt_title" {title[1]}', 1) if title else slim


def drawn(
    cells: dict[str, list[str]],
    *,
    numbers: list[str],
    title: str,
    notes: list[str],
    rule: str,
    markup: Sequence[str] = (),
) -> Table:
    """Draw columns of text with Great Tables: the first is the stub.

    markup: columns that are HTML of the library's own already, with whatever came from the data escaped in it.
    """
    from great_tables import GT

    content = repr((cells, title, notes, rule))
    name = "wf-t" + hashlib.sha256(content.encode()).hexdigest()[:10]
    headings = list(cells)
    keys = [f"c{n}" for n in range(len(headings))]
    frame = pl.DataFrame({k: pl.Series(cells[h], dtype=pl.String) for k, h in zip(keys, headings, strict=True)})
    built = GT(frame, rowname_col=keys[0], id=name).tab_stubhead(label=headings[0]).tab_header(title=title)
    labels: dict[str, Any] = dict(zip(keys[1:], headings[1:], strict=True))
    if labels:
        built = built.cols_label(cases=labels).cols_align("left", columns=list(labels))
    right = [k for k, h in zip(keys, headings, strict=True) if h in numbers]
    if right:
        built = built.cols_align("right", columns=right)
    own = [k for k, h in zip(keys, headings, strict=True) if h in markup]
    if own:
        built = built.fmt(str, columns=own)
    for note in notes:
        built = built.tab_source_note(note)
    whole = built.as_raw_html()
    inner = _slim(whole[whole.index("<table") : whole.rindex("</table>") + len("</table>")])
    stamp = f'<p class="wf-stamp">{STAMP}</p>' if rule == ANALYST else ""
    return Table(title, f'<div class="wf-table" id="{name}" data-rule="{escape(rule)}">{stamp}{inner}</div>', rule)
