"""Records: the canonical tables of one local area, in memory.

Promises: one frame per canonical table, with all of its columns, sorted by its key, so that the order of rows in a file changes nothing;
beside them what was read and refused, and the hash of every file. Refuses: to show a person: its text form holds counts only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import polars as pl

from workforce.errors import UsageError
from workforce.periods import Period
from workforce.pseudonyms import Origin
from workforce.settings import Settings
from workforce.sources.roles import fit_for_a_page, unmapped
from workforce.tables import TABLES

Step = Any  # a table, tables from fine to coarse, or a fit; `release` says what it takes


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Records:
    """One local area's tables (`workforce.tables`), with `quality` and `reads` (`workforce.quality`), `inputs` and `settings`.

    inputs: source (path as in area.toml), sha256, bytes, one row per file read, the settings first. key_origin: where the key of the
    pseudonyms came from; after "random" ids mean nothing beyond this run.
    """

    assignments: pl.DataFrame
    absences: pl.DataFrame
    cases: pl.DataFrame
    milestones: pl.DataFrame
    allocations: pl.DataFrame
    posts: pl.DataFrame
    vacancies: pl.DataFrame
    hours: pl.DataFrame
    exits: pl.DataFrame
    pay_items: pl.DataFrame
    pay_scales: pl.DataFrame
    counts: pl.DataFrame
    quality: pl.DataFrame
    reads: pl.DataFrame
    inputs: pl.DataFrame
    settings: Settings
    key_origin: Origin

    def __repr__(self) -> str:
        held = [f"{name}={frame.height}" for name, frame in self.tables() if not frame.is_empty()]
        return f"Records({', '.join([*held, f'files={self.reads.height}', f'refused={self.refused}'])})"

    @property
    def refused(self) -> int:
        """Rows refused, over all files; a row that broke several rules counts once."""
        return int(self.reads["rows_refused"].sum())

    @property
    def observed(self) -> Period:
        """The days that the records cover: from the earliest `records_from` to the latest `records_to`, else from the data themselves.

        Each organisation's own days are in the assignments' `observed_from` and `observed_to`.
        """
        staff = self.assignments
        start = staff.select(pl.coalesce(pl.col("observed_from").min(), pl.col("start_date").min())).item()
        latest = pl.max_horizontal(pl.col("end_date").max(), pl.col("start_date").max())
        end = staff.select(pl.coalesce(pl.col("observed_to").max(), latest)).item()
        return Period(start, end)

    @property
    def reads_by_organisation(self) -> pl.DataFrame:
        """Rows read, kept and refused by organisation: organisation (printed name), rows_read, rows_kept, rows_refused."""
        counts = self.reads.group_by("organisation").agg(pl.col("rows_read", "rows_kept", "rows_refused").sum())
        return counts.sort("organisation").with_columns(
            pl.col("organisation").replace(self.settings.organisation_names)
        )

    @property
    def unmapped_roles(self) -> pl.DataFrame:
        """Every role that is neither in the settings' common list ([roles]) nor one of its names; none where there is no list.

        organisation (printed name), role, table (those it occurs in), like (the common role that it equals but for capitals and spaces),
        open. For the analyst, who has the files: a title that is not `open` may point at one person, or hold a name, and belongs on no
        page (`unmapped_roles_shown` is what does).
        """
        found = unmapped(self.tables(), self.settings.common_roles, fewest=self.settings.disclosure.group_size)
        return found.with_columns(pl.col("organisation").replace(self.settings.organisation_names))

    @property
    def unmapped_roles_shown(self) -> pl.DataFrame:
        """The same as a page may show it, for `notes_table`: organisation, role, table; no title that few people alone have held."""
        return fit_for_a_page(self.unmapped_roles, fewest=self.settings.disclosure.group_size)

    @property
    def roles_in_words(self) -> str:
        """Whether there is a common list of roles, and how many titles are not in it."""
        count = self.unmapped_roles["role"].n_unique()
        if not self.settings.roles:
            return "No common list of roles is set: figures by role compare the organisations' own titles."
        if not count:
            return "Every role in the records is in the common list or one of its names."
        are, them = ("1 title is", "it") if count == 1 else (f"{count} titles are", "them")
        return f"{are} not in the common list of roles: figures by role show {them} as they were written."

    def tables(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Every canonical table by its name."""
        return ((each.name, getattr(self, each.name)) for each in fields(self) if each.name in TABLES)

    def only(self, organisation: str) -> "Records":
        """The records of one organisation: its rows, its files, its settings.

        Milestones carry no organisation and go with its cases; pay scales are about bodies, not people, and stay whole.
        """
        settings = self.settings.only(organisation)
        own = pl.col("organisation") == organisation
        kept: dict[str, Any] = {
            name: frame.filter(own) for name, frame in self.tables() if "organisation" in frame.columns
        }
        kept["milestones"] = self.milestones.join(kept["cases"], on="case_id", how="semi", maintain_order="left")
        paths = [settings.path.name, *(file.path for file in settings.organisations[organisation].files)]
        return replace(
            self,
            **kept,
            quality=self.quality.filter(own),
            reads=self.reads.filter(own),
            inputs=self.inputs.filter(pl.col("source").is_in(paths)),
            settings=settings,
        )

    def named(self, *pages: Mapping[str, Step]) -> dict[str, Step]:
        """Measure tables of one page, with the printed names of the organisations in place of their slugs, ready for `release`.

        Refuses a name that two mappings give: one table would quietly stand under the other's heading.
        """
        together: dict[str, Step] = {}
        for page in pages:
            for name, given in page.items():
                if name in together:
                    raise UsageError(f'two tables are called "{name}"', hint="give every table of a page its own name")
                if isinstance(given, dict):
                    together[name] = {step: self._named(table) for step, table in given.items()}
                else:
                    together[name] = self._named(given) if isinstance(given, pl.DataFrame) else given
        return together

    def _named(self, table: pl.DataFrame) -> pl.DataFrame:
        names = self.settings.organisation_names
        shown = [
            pl.col(c).replace(names) for c in ("organisation", "body", "moved_from", "moved_to") if c in table.columns
        ]
        left_out = [pl.col("left_out").list.eval(pl.element().replace(names))] if "left_out" in table.columns else []
        return table.with_columns(*shown, *left_out)
