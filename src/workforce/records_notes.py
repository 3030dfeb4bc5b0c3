"""Notes: counts of files and rules, such as rows read and refused, that a page may show as they are."""

import polars as pl

from workforce.sealed import Provenance, Sealed


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
