"""Small pages as version 0.1 would have published them, for tests of the attacker itself."""

from collections.abc import Sequence
from html import escape

DASH = "\N{EN DASH}"


def sheet(
    caption: str, heads: Sequence[str], columns: Sequence[str], rows: Sequence[Sequence[str]], *, note: str = ""
) -> str:
    """A table: `heads` name its rows, `columns` its figures."""
    top = "".join(f'<th scope="col">{escape(title)}</th>' for title in (*heads, *columns))
    body = ""
    for row in rows:
        body += "<tr>" + "".join(f'<th scope="row">{escape(cell)}</th>' for cell in row[: len(heads)])
        body += "".join(f"<td>{escape(cell)}</td>" for cell in row[len(heads) :]) + "</tr>"
    said = f'<p class="wf-note">{escape(note)}</p>' if note else ""
    return f"<div><table><caption>{escape(caption)}</caption><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>{said}</div>"


def page(*parts: str, title: str = f"Interagency workforce assessment {DASH} Somewhere {DASH} March 2023") -> str:
    """A page of an area, or of one body where the title has the words of a pack of one organisation."""
    return f"<html><head><title>{escape(title)}</title></head><body><main>{''.join(parts)}</main></body></html>"


def pack(body: str, *parts: str) -> str:
    """The page of one organisation."""
    return page(*parts, title=f"Workforce pack of one organisation {DASH} {body} {DASH} March 2023")


def sentence(text: str) -> str:
    """A sentence of a page."""
    return f"<p>{escape(text)}</p>"
