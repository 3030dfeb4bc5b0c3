"""What may be shown: the only thing that charts, tables and sentences take. Only `release` makes it, and it cannot be changed."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from workforce.disclosure.rules import PAGE_RULES
from workforce.errors import DisclosureError, did_you_mean
from workforce.results import FIRST, PERIOD_COLUMNS, Result
from workforce.sealed import Provenance, Sealed

OF_A_RUN: Final = "A run looks at all its pages together, and may withhold more."
VERDICT_COLUMNS: Final = {
    "over": pl.String(),
    "compared_with": pl.String(),
    "compared_start": pl.Date(),
    "compared_end": pl.Date(),
    "verdict": pl.String(),
    "leading_verdict": pl.String(),
}


def no_verdicts() -> pl.DataFrame:
    """Return the verdicts of a table of which nothing was compared."""
    texts = dict.fromkeys(FIRST, pl.String())
    return pl.DataFrame(schema={**texts, **dict.fromkeys(PERIOD_COLUMNS, pl.Date()), **VERDICT_COLUMNS})


class Released(Sealed):
    """Results that went through `release`, with the rule that was applied.

    ``released["turnover"]`` is a Released of that one table and ``released.frame`` a copy of its rows.
    """

    __slots__ = ("_notes", "_results", "_rule", "_verdicts")

    _rule: str
    _results: Mapping[str, Result]
    _notes: Mapping[str, str]
    _verdicts: Mapping[str, pl.DataFrame]

    @classmethod
    def _of(
        cls,
        rule: str,
        results: Mapping[str, Result],
        notes: Mapping[str, str] | None = None,
        verdicts: Mapping[str, pl.DataFrame] | None = None,
    ) -> "Released":
        return cls._made(
            _rule=rule,
            _results=MappingProxyType(dict(results)),
            _notes=MappingProxyType(dict(notes or {})),
            _verdicts=MappingProxyType(dict(verdicts or {})),
        )

    def __getitem__(self, name: str) -> "Released":
        if name not in self._results:
            raise DisclosureError(
                'no table "{name}" was released', hint=did_you_mean(name, list(self._results)), name=name
            )
        verdicts = {name: self._verdicts[name]} if name in self._verdicts else {}
        return Released._of(self._rule, {name: self._results[name]}, {name: self._notes.get(name, "")}, verdicts)

    def __contains__(self, name: object) -> bool:
        return name in self._results

    def __repr__(self) -> str:
        tables = ", ".join(f"{name} ({len(result)})" for name, result in self._results.items())
        return f"Released under {self._rule}: {tables or 'nothing'}"

    def _repr_html_(self) -> str:
        of_a_run = f" {OF_A_RUN}" if self._rule in PAGE_RULES else ""
        return f"<p>{escape(repr(self))}.{of_a_run}</p>"

    @property
    def rule(self) -> str:
        """The disclosure rule that was applied."""
        return self._rule

    @property
    def tables(self) -> Mapping[str, pl.DataFrame]:
        """The released rows of each table by its name, copies."""
        return MappingProxyType({name: result.frame for name, result in self._results.items()})

    @property
    def results(self) -> Mapping[str, Result]:
        """The released results by name: rows with the definitions that they were computed under."""
        return self._results

    @property
    def notes(self) -> Mapping[str, str]:
        """How a table was made coarser, a sentence for each table; empty where it was not."""
        return self._notes

    @property
    def name(self) -> str:
        """The name of the only table."""
        if len(self._results) != 1:
            raise DisclosureError(
                "{tables} tables were released together",
                hint='choose one: released["turnover"]',
                tables=len(self._results),
            )
        return next(iter(self._results))

    @property
    def result(self) -> Result:
        """The only result: its released rows, definitions and groups."""
        return self._results[self.name]

    @property
    def frame(self) -> pl.DataFrame:
        """The rows of the only table, a copy."""
        return self.result.frame

    @property
    def note(self) -> str:
        """How the only table was made coarser, in a sentence; empty where it was not."""
        return self._notes.get(self.name, "")

    @property
    def verdicts(self) -> pl.DataFrame:
        """What tests on the exact figures say of the only table, a row for each comparison of two rows that are shown.

        Columns: `measure`, `definition`, the groups, the period, `over` ("period" or a group column), `compared_with` and its days,
        `verdict`, and `leading_verdict`, which is corrected for all that the release can lead with and is null but for the latest
        period. What has no row was not compared.
        """
        return self._verdicts[self.name].clone() if self.name in self._verdicts else no_verdicts()

    def save(self, path: str | Path) -> Path:
        """Write the released tables to a file, with their definitions, markers and notes, and return its path.

        Parameters
        ----------
        path : str or Path
            Ends in ``.xlsx`` (contents, definitions, and a sheet for each table), ``.csv`` or ``.parquet`` (all rows with the name of
            their table). In a workbook and a CSV file text that a spreadsheet would run as a formula is written as text.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        DisclosureError
            Under the rule ``analyst``, which withholds nothing.
        UsageError
            Where the ending is another.
        """
        from workforce.disclosure.save import save

        return save(self, path)

    @property
    def _provenance(self) -> Provenance:
        return Provenance.of_all(result._provenance for result in self._results.values())

    def _narrowed(self, frame: pl.DataFrame) -> "Released":
        """The only table with some of its rows or columns."""
        return Released._of(self._rule, {self.name: self.result._with(frame)}, self._notes, self._verdicts)
