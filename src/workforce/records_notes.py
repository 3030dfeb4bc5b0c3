"""Notes: counts of files and rules, such as rows read and refused, that a page may show as they are, and what records hold of them."""

from typing import Final

import polars as pl

from workforce.sealed import Provenance, Sealed

# What breaking a rule does to a row.
ROW_REFUSED: Final = "row refused"
CELL_NOT_KNOWN: Final = "cell not known"  # the row is kept without this cell
END_NOT_KNOWN: Final = "end not known"  # the row is kept up to the last day that another record proves
# One row for every row that was refused, and for every kept row of unknown end, with what could be read of it (null where it could not):
# what the bounds of a rate need. `why` is "row refused" or "end not known". In memory only: no page and no message shows it.
REFUSED_ROWS: Final = pl.Schema(
    {
        "organisation": pl.String(),
        "table": pl.String(),
        "why": pl.String(),
        "person_id": pl.String(),
        "case_id": pl.String(),
        "start_date": pl.Date(),
        "end_date": pl.Date(),
        "team": pl.String(),
        "role": pl.String(),
        "staff_group": pl.String(),
        "grade": pl.String(),
        "locality": pl.String(),
        "case_type": pl.String(),
        "received_date": pl.Date(),
        "closed_date": pl.Date(),
        "outcome_date": pl.Date(),
        "opened_date": pl.Date(),
        "reason": pl.String(),
        "kind": pl.String(),
    }
)
# Files that are not used: their table is absent for the organisation. reason: a sentence without its full stop.
NOT_USED: Final = pl.Schema(
    {"source": pl.String(), "table": pl.String(), "organisation": pl.String(), "reason": pl.String()}
)
# What `check` says although nothing is refused: notice (a sentence with counts and row numbers), paste (a line for area.toml, or null).
NOTICES: Final = pl.Schema(
    {
        "organisation": pl.String(),
        "source": pl.String(),
        "table": pl.String(),
        "notice": pl.String(),
        "paste": pl.String(),
    }
)


class Notes(Sealed):
    """Rows read and refused, or titles outside the common list; made by `Records` only, for `wf.notes_table`."""

    __slots__ = ("_frame", "_provenance")

    _frame: pl.DataFrame
    _provenance: Provenance

    def __repr__(self) -> str:
        return f"Notes: {self._frame.height:,} rows of {', '.join(self._frame.columns) or 'nothing'}"

    @property
    def rule(self) -> str:
        """The disclosure rule of notes: they are about files and rules, not about people."""
        return "notes"

    @property
    def frame(self) -> pl.DataFrame:
        """The rows, as a frame of the caller's own."""
        return self._frame.clone()
