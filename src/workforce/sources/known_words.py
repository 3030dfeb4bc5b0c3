"""Words of coded columns as the tables know them: capitals, spaces and hyphens make no other word."""

from collections.abc import Sequence
from typing import Final

import polars as pl

from workforce.schemas import CLOSED, WORDS

_BETWEEN_WORDS: Final = r"[\s\p{Z}_-]+"


def with_known_words(frame: pl.DataFrame, table: str, localities: Sequence[str] = ()) -> pl.DataFrame:
    """Replace what differs from a word of a column's list in capitals, spaces or hyphens only; other words stay as they are.

    Parameters
    ----------
    frame : polars.DataFrame
        The cells of a file as text, by the columns of the table.
    table : str
        The table.
    localities : sequence of str
        The area's names of its localities; without them, localities stay as they are.

    Returns
    -------
    polars.DataFrame
        The same rows.

    Examples
    --------
    >>> stages = pl.DataFrame({"stage": ["Advice", " DRAFT ", "panel"]})
    >>> with_known_words(stages, "milestones")["stage"].to_list()
    ['advice', 'draft', 'panel']
    """
    lists = {column: words for (of, column), words in (CLOSED | WORDS).items() if of == table}
    if localities:
        lists["locality"] = tuple(localities)
    replaced = []
    for column, words in lists.items():
        if column not in frame.columns:
            continue
        forms = pl.DataFrame({"word": list(words)}).with_columns(form=plain_form(pl.col("word")))
        by_form = dict(forms.filter(~pl.col("form").is_duplicated()).select("form", "word").iter_rows())
        form = plain_form(pl.col(column))
        replaced.append(
            pl.coalesce(form.replace_strict(by_form, default=None, return_dtype=pl.String), column).alias(column)
        )
    return frame.with_columns(replaced)


def plain_form(cell: pl.Expr) -> pl.Expr:
    """A text in small letters, with one underscore for each stretch of spaces, hyphens and underscores."""
    return cell.str.to_lowercase().str.replace_all(_BETWEEN_WORDS, "_").str.strip_chars("_")
