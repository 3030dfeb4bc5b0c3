"""What may be shown: the only thing that charts, tables and sentences take.

Promises: it is made by `release` and cannot be changed. Refuses: to be taken for one table where it holds several.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import polars as pl

from workforce.errors import DisclosureError, did_you_mean


@dataclass(frozen=True, slots=True)
class Released:
    """Tables that went through `release`, with the rule that was applied and, where a table was made coarser, a sentence that says so.

    Charts and tables take nothing else. `released["turnover"]` is a Released of that one table, `released.frame` its frame.
    """

    rule: str
    tables: Mapping[str, pl.DataFrame]
    notes: Mapping[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> "Released":
        if name not in self.tables:
            raise DisclosureError(
                'no table "{name}" was released', hint=did_you_mean(name, list(self.tables)), name=name
            )
        return Released(self.rule, MappingProxyType({name: self.tables[name]}), {name: self.notes.get(name, "")})

    @property
    def name(self) -> str:
        """The name of the only table."""
        if len(self.tables) != 1:
            raise DisclosureError(
                "{tables} tables were released together",
                hint='choose one: released["turnover"]',
                tables=len(self.tables),
            )
        return next(iter(self.tables))

    @property
    def frame(self) -> pl.DataFrame:
        """The only table."""
        return self.tables[self.name]

    @property
    def note(self) -> str:
        """How the only table was made coarser, in a sentence; empty where it was not."""
        return self.notes.get(self.name, "")
