"""Reading released incidences: which share has left, for which cause, after so many years; in a table and in words.

Promises: shares are read as the steps that they are, and never beyond their last time; what is not among the causes is still in service,
so that all add up. Refuses: tables that are not incidences.
"""

from typing import Any, Final

import polars as pl

from workforce.book.constants import DAYS_IN_A_YEAR
from workforce.disclosure import Released
from workforce.disclosure.incidences import FEW_EACH
from workforce.disclosure.rules import MARKERS
from workforce.errors import UsageError, did_you_mean
from workforce.present.grid import Table, _html_table
from workforce.present.in_place import in_place
from workforce.present.numerals import capital, label, limits, listed, plain, plural
from workforce.present.steps import LATEST_YEAR, days_at
from workforce.present.text import Text, _sentence, checked, titled
from workforce.present.view import EVERYONE, UNRECORDED, View, released_frame, worded
from workforce.results import Incidence
from workforce.sealed import Sealed, text_or_none

STAYED: Final = "Still in service"
UNKNOWN: Final = "Unknown"
OTHERS_FEW: Final = capital(FEW_EACH)
_NAMED: Final = 2  # so many causes are named in a title
_SPOKEN: Final = 12


class Incidences(Sealed):
    """One released table of incidences. seen: its rows with `series` and, in `cause`, the causes as they are written."""

    __slots__ = ("seen",)

    seen: View

    @property
    def groups(self) -> list[str]:
        """The groups, in order of their names."""
        return self.seen.series

    def causes(self) -> list[str]:
        """The causes, the most frequent first; then those of few people, and last what is unknown."""
        last = (
            self.seen.frame.drop_nulls("cause")
            .sort("time")
            .group_by("cause", "series")
            .agg(pl.col("value").last())
            .group_by("cause")
            .agg(pl.col("value").sum())
            .sort(pl.col("cause") == UNKNOWN, pl.col("cause") == OTHERS_FEW, -pl.col("value"), "cause")
        )
        return last["cause"].to_list()

    def rows(self, group: str) -> list[dict[str, Any]]:
        """The rows of a group that have a figure, by time."""
        frame = self.seen.frame.filter(pl.col("series") == group, pl.col("value").is_not_null())
        return frame.sort("time", "cause").to_dicts()

    def ends(self, group: str) -> float:
        """The last time of a group; 0 where it is withheld."""
        return max((r["time"] for r in self.rows(group)), default=0)

    def at(self, group: str, year: int) -> dict[str, dict[str, Any]] | None:
        """The row of each cause that holds after so many years; null beyond the end."""
        if self.ends(group) < days_at(year):
            return None
        past = [r for r in self.rows(group) if r["time"] <= days_at(year)]
        return {r["cause"]: r for r in past}

    def year(self) -> int | None:
        """The last whole year, up to five, that every group reaches; groups that are withheld do not count."""
        shown = [g for g in self.groups if self.ends(g)]
        return next(
            (y for y in range(LATEST_YEAR, 0, -1) if shown and all(self.at(g, y) is not None for g in shown)), None
        )


def incidences(released: object, *, by: str | None = None) -> Incidences:
    """Look at one released table of incidences."""
    given = released_frame(released)
    by, frame = text_or_none(by, "by"), given.frame
    if not isinstance(given.result, Incidence):
        raise UsageError(
            "expected incidences, got another result",
            where="{table}",
            hint="use wf.leaving.incidence, and release it",
            table=given.name,
        )
    groups = list(given.result.groups)
    if by is not None and by not in groups:
        raise UsageError(
            'the table has no group column "{by}"',
            where="{table}",
            hint=did_you_mean(by, groups) if groups else "leave by= out",
            by=by,
            table=given.name,
        )
    telling = [c for c in groups if frame[c].n_unique() > 1]
    if len(telling) > 1 or (by is not None and telling not in ([], [by])):
        raise UsageError(
            "the groups differ in {columns}",
            where="{table}",
            hint="measure by one column",
            columns=listed(telling),
            table=given.name,
        )
    column = by or (telling[0] if telling else (groups[0] if len(groups) == 1 and not frame.is_empty() else None))
    named = frame.with_columns(
        series=pl.lit(EVERYONE) if column is None else _group_words(column).fill_null(UNRECORDED),
        cause=_words("cause", "cause"),
        marker=pl.col("marker") if "marker" in frame.columns else pl.lit(None, pl.String),
    ).sort("series", "time", "cause")
    book = next(iter(given.result.definitions), None)
    measure = book.measure if book else "leaving"
    return Incidences._made(seen=View._of(given, named, by=column, measure=measure, unit="%", book=book))


def _group_words(column: str) -> pl.Expr:
    # As `view` writes them: a group has one name in every table.
    return pl.col(column).map_elements(lambda value: worded(value, column), return_dtype=pl.String)


def _words(column: str, kind: str) -> pl.Expr:
    return pl.col(column).map_elements(lambda value: capital(worded(value, kind)), return_dtype=pl.String)


def stayed(rows: dict[str, dict[str, Any]]) -> float:
    """The share still in service: what the causes leave of one."""
    return max(0.0, 1.0 - float(sum(r["value"] for r in rows.values())))


def incidence_title(shown: Incidences) -> Text:
    """What has become of staff after the last whole year, up to five, that all groups reach."""
    checked(shown, Incidences)
    if sentence := in_place(shown.seen):
        return _sentence(sentence.text.rstrip("."), shown.seen)
    year = shown.year()
    if year is None:
        return _sentence("Too few staff are behind these figures to say where those who left went", shown.seen)
    after = f"After {year} year{'' if year == 1 else 's'}"
    found = {g: shown.at(g, year) or {} for g in shown.groups if shown.ends(g)}
    if len(found) == 1:
        name, rows = next(iter(found.items()))
        left = sorted(
            (r for r in rows.values() if r["value"] > 0),
            key=lambda r: (r["cause"] == UNKNOWN, -r["value"], r["cause"]),
        )
        first = [f"{r['cause']} {plain(100 * r['value'], '%')}" for r in left[:_NAMED]]
        more = len(left) - len(first)
        parts = [*first, f"{more} other{'' if more == 1 else 's'}"] if more else first
        of = f" of {name}" if shown.seen.by else ""
        gone = f"; left: {listed(parts)}" if parts else ""
        return _sentence(f"{after}{of}: {plain(100 * stayed(rows), '%')} still in service{gone}", shown.seen)
    shares = {g: plain(100 * stayed(rows), "%") for g, rows in found.items()}
    if len(shares) <= 4:  # noqa: PLR2004 - as many as a title holds
        return _sentence(
            f"Still in service {after.lower()}: {listed([f'{g} {share}' for g, share in shares.items()])}", shown.seen
        )
    values = sorted(stayed(rows) for rows in found.values())
    between = f"{plain(100 * values[0], '%')} and {plain(100 * values[-1], '%')}"
    return _sentence(
        f"Still in service {after.lower()}: between {between} in {len(found)} {plural(shown.seen.by or 'group')}",
        shown.seen,
    )


def incidence_alt(shown: Incidences) -> str:
    """The alternative text of stacked incidences: each group at the last whole year that it reaches."""
    said = [
        "Stacked areas of the share of staff who have left, by cause, and of those still in service, by years of service."
    ]
    for group in shown.groups[:_SPOKEN]:
        start = f"{group}: " if shown.seen.by else ""
        year = next((y for y in range(LATEST_YEAR, 0, -1) if shown.at(group, y)), None)
        rows = shown.at(group, year) if year else None
        if not rows:
            said.append(capital(f"{start}no figure at a whole year is shown."))
            continue
        parts = [f"{c} {plain(100 * rows[c]['value'], '%')}" for c in shown.causes() if c in rows]
        end = f"{plain(100 * stayed(rows), '%')} still in service"
        said.append(capital(f"{start}after {year} year{'' if year == 1 else 's'} {listed([end, *parts])}."))
    return " ".join(said)


def incidence_table(released: Released, *, by: str | None = None, title: str | Text | None = None) -> Table:
    """Released incidences at whole years as an HTML table: a row for each cause, and one for those still in service."""
    words, provenance = titled(title, released)
    shown = incidences(released, by=by)
    column = shown.seen.by
    cells: dict[str, list[str]] = {label(column): []} if column else {}
    years: list[str] = []
    causes: list[str] = []
    shares: list[str] = []
    between: list[str] = []

    def add(group: str, year: str, *rest: str) -> None:
        if column:
            cells[label(column)].append(group)
        for cell, held in zip((year, *rest), (years, causes, shares, between), strict=True):
            held.append(cell)

    for group in shown.groups:
        last = shown.ends(group)
        if not last:
            marker = shown.seen.frame.filter(pl.col("series") == group)["marker"].drop_nulls().to_list()
            add(group, "", "All causes", plain(None, "%", marker[0] if marker else None), "")
        for year in range(1, int(last / DAYS_IN_A_YEAR) + 1):
            rows = shown.at(group, year) or {}
            for cause in (c for c in shown.causes() if c in rows):
                r = rows[cause]
                low, high = (None if r[c] is None else 100 * r[c] for c in ("lower", "upper"))
                add(group, str(year), cause, plain(100 * r["value"], "%"), limits(low, high, "%"))
            if rows:
                add(group, str(year), STAYED, plain(100 * stayed(rows), "%"), "")
    cells |= {"Years of service": years, "What became of them": causes, "Share (%)": shares, "95% limits": between}
    markers = shown.seen.frame["marker"].drop_nulls().unique().sort().to_list()
    notes = [f"[{m}] {MARKERS.get(m, 'marked by its publisher')}." for m in markers]
    return _html_table(
        cells,
        numbers=["Share (%)", "95% limits"],
        row_headers=len(cells) - 2,
        title=words or "Staff who left, by cause, by years of service",
        notes=[*notes, *([shown.seen.note] if shown.seen.note else [])],
        rule=shown.seen.rule,
        provenance=provenance,
    )
