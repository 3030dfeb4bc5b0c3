"""Bounds of a rate: between which numbers it lies, whatever the rows that could not be read and the ends that are not known would say."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, cast

import numpy as np
import numpy.typing as npt
import polars as pl

from workforce.book import Definition
from workforce.book.constants import DAYS_IN_A_YEAR, FULL_WEEK, WORKING_DAYS_OF_A_LEAP_YEAR
from workforce.errors import UsageError
from workforce.measures.presence import KNOWN_FROM, KNOWN_TO, Scope, restricted
from workforce.measures.turnover import UNKNOWN_REASON, WHOLE, known_reasons_of, turnover
from workforce.periods import Period, working_days
from workforce.records import END_NOT_KNOWN, Records
from workforce.results import A_YEAR, FIRST, PERIOD_COLUMNS, SIDES, MeasureTable

BOUNDS: Final = ("lower_bound", "upper_bound", "refused")
_GROUPS: Final = ("organisation", "team", "role", "staff_group", "grade", "locality", "case_type", "reason")
_STAFF, _SICK, _CASES, _STAGES = ("assignments",), ("assignments", "absences"), ("cases",), ("cases", "milestones")
_HELD, _HIRING, _EXITS = ("allocations", "cases", "assignments"), ("vacancies",), ("assignments", "exits")
_POSTS: Final = ("assignments", "vacancies", "posts")
_FIRST_DAY: Final = {"cases": "received_date", "vacancies": "opened_date"}
_LAST_DAY: Final = {"cases": ("closed_date", "outcome_date"), "vacancies": ("closed_date",)}
_EVER: Final = 2**20  # days before and after every date of the records
_CHUNK: Final = 4_000_000  # comparisons of a row with an entry at a time

_ROW: Final = "row of the table"
_WRONG, _UNKNOWN_ENDS = "rows of nobody known", "ends that are not known"
_POST: Final = ("team", "role", "staff_group", "grade", "locality")
_NO_GROUP: Final = "\x1fnot recorded"
_DAYS: Final = {"start_date": pl.Date(), "end_date": pl.Date(), KNOWN_FROM: pl.Date(), KNOWN_TO: pl.Date()}

Whole = npt.NDArray[np.int64]
Real = npt.NDArray[np.float64]
Amount = Callable[[pl.DataFrame], pl.Series]  # what a refused row may add in each row of a measure table


def _one(rows: pl.DataFrame) -> pl.Series:
    return pl.repeat(1.0, rows.height, eager=True)


def _working_days(rows: pl.DataFrame) -> pl.Series:
    return rows.select(working_days(*PERIOD_COLUMNS).cast(pl.Float64)).to_series()


def _calendar_days(rows: pl.DataFrame) -> pl.Series:
    return rows.select((pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1.0).to_series()


def _days_of_a_year(rows: pl.DataFrame) -> pl.Series:
    return pl.repeat(float(WORKING_DAYS_OF_A_LEAP_YEAR), rows.height, eager=True)


@dataclass(frozen=True, slots=True)
class Reach:
    """What one refused row may change of a rate.

    numerator, denominator: the tables whose rows may add to each side. up, down: how much one may add to the numerator and to the
    denominator. share: who is added to the numerator is in the denominator too. events: the numerator counts joiners or leavers, of which
    an end that is not known makes none. takes: tables of which a row may also take from the numerator. most: the largest possible value.
    wide: what is known of a person before or after the period decides too.
    """

    numerator: tuple[str, ...]
    denominator: tuple[str, ...]
    up: Amount = _one
    down: Amount = _one
    share: bool = False
    events: bool = False
    takes: tuple[str, ...] = ()
    most: float = np.inf
    wide: bool = False

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables that the measure reads."""
        return tuple(dict.fromkeys([*self.numerator, *self.denominator, *self.takes]))

    def limits(self, rows: pl.DataFrame, refused: "Refused", *, scale: Real) -> tuple[Real, Real]:
        """Return the smallest and the largest value that the rate of each row could have, with nan where there is none."""
        numerator, denominator = (rows[c].cast(pl.Float64).fill_null(np.nan).to_numpy() for c in SIDES)
        up, down = (amount(rows).to_numpy() for amount in (self.up, self.down))
        extra = refused.of(self.numerator) * up
        below = np.maximum(refused.of(self.denominator), refused.of(self.numerator) if self.share else 0.0) * down
        of_staff = "assignments" in self.tables
        wrong = refused.wrong if of_staff else np.zeros(rows.height)
        beyond = refused.unknown_ends if of_staff else np.zeros(rows.height)
        fewer = (refused.of(self.takes) + wrong + (0.0 if self.events else beyond)) * up
        away = (wrong + beyond) * down if "assignments" in self.denominator else np.zeros(rows.height)
        with np.errstate(divide="ignore", invalid="ignore"):
            smallest = numerator - fewer
            if "assignments" not in self.takes:
                smallest = np.maximum(smallest, 0.0)
            lower = smallest / np.where(smallest >= 0, denominator + below, denominator)
            least = denominator - away + (extra if self.share else 0.0)
            upper = np.minimum((numerator + extra) / least, np.maximum(self.most, numerator / denominator))
        possible = (denominator > 0) & (least > 0)
        return np.where(possible, lower * scale, np.nan), np.where(possible, upper * scale, np.nan)


@dataclass(frozen=True, slots=True)
class Refused:
    """How many refused rows could belong to each row of a measure table, by table, or of all tables together.

    wrong: those that may have put a person under a wrong event or group: rows of nobody known, and second posts. unknown_ends: those of
    whom the last day in post is later than it may have been.
    """

    rows: dict[str, Real] | Real
    wrong: Real
    unknown_ends: Real

    def of(self, tables: Sequence[str]) -> Real:
        """Those of some tables."""
        if not isinstance(self.rows, dict):
            return self.rows if tables else np.zeros_like(self.rows)
        return sum((self.rows[table] for table in tables), np.zeros_like(self.wrong))


_SHARE_OF_STAFF: Final = Reach(_STAFF, _STAFF, share=True, most=1.0)
_SHARE_OF_CASES: Final = Reach(_CASES, _CASES, share=True, most=1.0)
_SHARE_BY_STAGES: Final = Reach(_STAGES, _STAGES, takes=("milestones",), most=1.0)
_SHARE_OF_VACANCIES: Final = Reach(_HIRING, _HIRING, share=True)
_RATES: Final[dict[tuple[str, str], Reach]] = {
    **{
        ("turnover", f"{name}{suffix}"): Reach(_STAFF, _STAFF, events=True)
        for name in ("average", "nhs", "dfe")
        for suffix in ("", "_fte")
    },
    ("stability", "nhs"): Reach(_STAFF, _STAFF, share=True, most=1.0, wide=True),
    ("first_year_leavers", "share_of_leavers"): Reach(_STAFF, _STAFF, share=True, most=1.0, wide=True),
    ("quality_of_hire", "six_months"): Reach(_STAFF, _STAFF, share=True, most=1.0, wide=True),
    ("quality_of_hire", "twelve_months"): Reach(_STAFF, _STAFF, share=True, most=1.0, wide=True),
    ("retirement_pipeline", "aged_55"): _SHARE_OF_STAFF,
    ("agency_rate", "dfe"): _SHARE_OF_STAFF,
    ("agency_rate", "dfe_fte"): _SHARE_OF_STAFF,
    ("vacancy_rate", "dfe"): Reach(_HIRING, ("vacancies", "assignments"), share=True),
    ("vacancy_rate", "establishment"): Reach(("posts",), (), share=True, takes=_STAFF),
    ("vacancy_cover", "dfe"): Reach(_HIRING, _HIRING),
    ("vacancy_cover", "dfe_of_agency"): Reach(_HIRING, _STAFF),
    ("absence", "days_per_fte"): Reach(("absences",), _STAFF, up=_working_days),
    ("absence", "nhs"): Reach(("absences",), _STAFF, up=_calendar_days, down=_calendar_days),
    ("absence", "dfe"): Reach(("absences",), _STAFF, up=_working_days, down=_days_of_a_year),
    ("absence", "schools_any"): Reach(_SICK, _STAFF, most=1.0),
    ("absence", "schools_all"): Reach(("absences",), _STAFF, up=_working_days),
    ("absence", "schools_per_absentee"): Reach(_SICK, _SICK, up=_working_days),
    **{
        ("timeliness", name): _SHARE_OF_CASES
        for name in (
            "dfe",
            "dfe_without_exceptions",
            "no_plan",
            "no_plan_without_exceptions",
            "review",
            "therapy_18",
            "therapy_52",
        )
    },
    ("decision_timeliness", "regulations"): _SHARE_BY_STAGES,
    ("decision_timeliness", "regulations_without_exceptions"): _SHARE_BY_STAGES,
    ("advice_timeliness", "regulations"): _SHARE_BY_STAGES,
    ("plans_returned", "returned"): _SHARE_BY_STAGES,
    ("backlog", "share"): _SHARE_OF_CASES,
    ("plan_quality", "audited"): _SHARE_OF_CASES,
    ("plans_per_fte", "issued"): Reach(_CASES, _STAFF),
    **{("recruitment", name): _SHARE_OF_VACANCIES for name in ("fill_rate", "failed", "withdrawn", "offers_lost")},
    ("exit_reasons", "coverage"): Reach(_EXITS, _STAFF, most=1.0),
}
# What figures without bounds are made from; whatever is not here is made from staff.
_TABLES: Final[dict[str, tuple[str, ...]]] = {
    "absence_spells": _SICK,
    "backlog": _CASES,
    "backlog_age": _CASES,
    "case_flow": _CASES,
    "caseload": _HELD,
    "caseload_distribution": _HELD,
    "continuity": ("allocations", "cases"),
    "cost": _POSTS,
    "exit_reasons": _EXITS,
    "hiring_time": _HIRING,
    "lateness": _STAGES,
    "plans_reviewed": _CASES,
    "post_funnel": _POSTS,
    "recruitment": _HIRING,
    "recruitment_funnel": _HIRING,
    "review_timeliness": _CASES,
    "reviews_overdue": _CASES,
    "stage_times": _STAGES,
    "time_to_hire": _HIRING,
    "time_to_outcome": _CASES,
    "time_to_plan": _CASES,
    "transfer_timeliness": _CASES,
    "vacancy_time": _HIRING,
    "waiting": _CASES,
    "worker_changes": _HELD,
}


def bounds(table: MeasureTable, records: Records) -> MeasureTable:
    """Add between which numbers each rate lies, whatever the rows would say that could not be read.

    Parameters
    ----------
    table : MeasureTable
        What a measure returned, of these records.
    records : Records
        The area's records.

    Returns
    -------
    MeasureTable
        The same rows with three columns more. `refused`: how many refused rows, and rows whose end is not known, could belong to the row's
        group and period (those of an unknown group or date could belong to any), and in a turnover of some reasons how many leavers there
        are whose reason is not known. `lower_bound`, `upper_bound`: with N over D and r such
        rows, a share is between N / (D + r) and (N + r) / (D + r), turnover between N / (D + r) and (N + r) / D; a refused absence adds at
        most the working days of the period, a refused row of staff at most one full-time equivalent. Null for figures that are no rate.

    Raises
    ------
    UsageError
        Where the two are not a measure table and records.

    References
    ----------
    This project's measure book, "Refusals".

    Examples
    --------
    >>> from datetime import date
    >>> from workforce.measures.turnover import turnover
    >>> from workforce.periods import calendar_year
    >>> staff = pl.DataFrame({"organisation": ["council"] * 4, "person_id": list("abcd"), "fte": [1.0] * 4,
    ...     "start_date": [date(2020, 1, 1)] * 4, "end_date": [date(2022, 12, 31), None, None, None]})
    >>> records = Records(assignments=staff)
    >>> rate = bounds(turnover(records, calendar_year("2022"), definition="average"), records)
    >>> rate.frame.select("value", "lower_bound", "upper_bound", "refused").row(0)   # every row could be read
    (25.0, 25.0, 25.0, 0)
    """
    if not isinstance(table, MeasureTable) or not isinstance(records, Records):
        raise UsageError(
            "bounds are added to what a measure returned",
            where="bounds",
            hint="give the measure table, then the records that it was made from",
        )
    plain = table._with(table.frame.drop(BOUNDS, strict=False), added=[c for c in table.added if c not in BOUNDS])
    entries = _Entries(records)
    tables = [
        _bounded(plain._with(rows), plain.definition(str(measure), str(definition)), entries, records)
        for (measure, definition), rows in plain.frame.with_row_index(_ROW).group_by(*FIRST, maintain_order=True)
    ]
    none = plain.frame.with_columns(
        lower_bound=pl.lit(None, pl.Float64), upper_bound=pl.lit(None, pl.Float64), refused=pl.lit(None, pl.Int64)
    )
    frame = pl.concat(tables).sort(_ROW).drop(_ROW) if tables else none
    return plain._with(frame, added=[*plain.added, *BOUNDS])


def reach_of(book: Definition) -> Reach | None:
    """What one refused row may change of a rate by a definition; None for figures that have no bounds."""
    return _RATES.get((book.measure, book.definition))


def scale_of(rows: pl.DataFrame, book: Definition) -> Real:
    """What the ratio of the two sides is multiplied by in each row (annualised rates have their own)."""
    a_year = pl.col("unit").str.ends_with(A_YEAR) & pl.lit(not book.unit.endswith(A_YEAR))
    days = (pl.col("period_end") - pl.col("period_start")).dt.total_days() + 1
    scale = pl.when(a_year.fill_null(value=False)).then(book.scale * DAYS_IN_A_YEAR / days).otherwise(book.scale)
    return rows.select(scale.cast(pl.Float64)).to_series().to_numpy()


def with_limits(rows: pl.DataFrame, book: Definition, refused: Refused) -> pl.DataFrame:
    """Rows of one definition with their two bounds; null where there is no value."""
    reach = reach_of(book)
    if reach is None:
        return rows.with_columns(lower_bound=pl.lit(None, pl.Float64), upper_bound=pl.lit(None, pl.Float64))
    lower, upper = reach.limits(rows, refused, scale=scale_of(rows, book))
    has_value = pl.col("value").is_not_null()
    limits = {"lower_bound": pl.Series(lower), "upper_bound": pl.Series(upper)}
    return rows.with_columns(**limits).with_columns(
        pl.when(has_value).then(pl.col(c).fill_nan(None)).alias(c) for c in limits
    )


def _bounded(table: MeasureTable, book: Definition, entries: "_Entries", records: Records) -> pl.DataFrame:
    """The rows of one definition with their bounds."""
    reach = reach_of(book)
    tables = reach.tables if reach is not None else _TABLES.get(book.measure, _STAFF)
    groups = [c for c in table.groups if c in _GROUPS]
    rows = table.frame
    by_table = {name: entries.of(name, wide=reach is None or reach.wide).counted(rows, groups) for name in tables}
    if book.measure == "turnover":
        by_table["assignments"] = by_table["assignments"] + _unexplained(table, book, records)
    of_posts = bool(set(_POST) & set(groups))
    wrong, unknown_ends = (entries.of(name, wide=of_posts).counted(rows, groups) for name in (_WRONG, _UNKNOWN_ENDS))
    totals = sum(by_table.values(), np.zeros(rows.height))
    return with_limits(rows, book, Refused(by_table, wrong, unknown_ends)).with_columns(
        refused=pl.when(pl.col("marker").is_null()).then(pl.Series(np.rint(totals).astype(np.int64)))
    )


def _unexplained(table: MeasureTable, book: Definition, records: Records) -> Real:
    """How many leavers of unknown reason there are in each row of a turnover of some reasons: they may be among those counted or not."""
    rows, arguments = table.frame, table._provenance.arguments
    reasons = [str(value) for name, value in arguments if name == "reasons"]
    listed_words = known_reasons_of("voluntary" if reasons == ["voluntary"] else reasons)
    if not reasons or UNKNOWN_REASON in listed_words or rows.is_empty():
        return np.zeros(rows.height)
    scope = cast("Scope", next((value for name, value in arguments if name == "scope"), "organisation"))
    not_recorded = [UNKNOWN_REASON] if scope in WHOLE else []
    staff = records.assignments.lazy()
    words = staff.select(pl.col("leaving_reason").drop_nulls().unique()).collect().to_series()
    groups = [c for c in table.groups if c in rows.columns]
    spans = rows.select(PERIOD_COLUMNS).drop_nulls().unique().sort(PERIOD_COLUMNS).iter_rows()
    of_bodies = turnover(
        records,
        [Period(*span) for span in spans],
        definition=cast("Literal['average', 'nhs', 'dfe']", book.definition.removesuffix("_fte")),
        by=list(dict.fromkeys(["organisation", *groups])),
        scope=scope,
        reasons=[*not_recorded, *words.filter(~words.is_in(listed_words))],
    ).frame.select("numerator", *dict.fromkeys(["organisation", *groups, *PERIOD_COLUMNS]))
    on = [*groups, *PERIOD_COLUMNS]
    place = pl.int_range(pl.len()).alias("place")
    matching = (
        rows.select(*on, "left_out", place)
        .join(of_bodies.with_columns(body="organisation"), on=on, nulls_equal=True)
        .filter(~pl.col("left_out").list.contains(pl.col("body")).fill_null(value=False))
    )
    totals = matching.group_by("place").agg(pl.col("numerator").sum())
    return (
        rows.select(place)
        .join(totals, on="place", how="left", maintain_order="left")["numerator"]
        .fill_null(0.0)
        .to_numpy()
    )


@dataclass(frozen=True, slots=True)
class _Units:
    """What could not be read, as entries: the unit (a person's rows, an absence, a case), its days, its groups, and whether it is a row.

    groups: for each column the text, or null where it could be any.
    """

    frame: pl.DataFrame

    def counted(self, rows: pl.DataFrame, groups: Sequence[str]) -> Real:
        """How many refused rows could belong to each row of a measure table: of each unit its rows, or one where only an edge does."""
        total = np.zeros(rows.height)
        entries = self.frame.sort("unit")
        if entries.is_empty() or rows.is_empty():
            return total
        unit = entries["unit"].to_numpy()
        opening = np.flatnonzero(np.diff(unit, prepend=unit[0] - 1))
        first, last = entries["first"].to_numpy(), entries["last"].to_numpy()
        is_row = entries["is_row"].to_numpy()
        # The day before a period counts too: some rates look at it.
        begins = rows["period_start"].to_physical().cast(pl.Int64).fill_null(-_EVER).to_numpy() - 1
        ends = rows["period_end"].to_physical().cast(pl.Int64).fill_null(_EVER).to_numpy()
        codes = {c: _codes(rows[c], entries[c]) for c in groups}
        names = entries["organisation"].to_list()
        left_out = rows["left_out"].to_list()
        step = max(_CHUNK // entries.height, 1)
        for begin in range(0, rows.height, step):
            block = slice(begin, begin + step)
            match = (first <= ends[block, None]) & (last >= begins[block, None])
            for of_rows, of_entries in codes.values():
                match &= (of_entries == -1) | (of_rows[block, None] == of_entries)
            for number, missing in enumerate(left_out[block]):
                if missing:
                    match[number] &= ~np.isin(names, missing)
            counts = np.add.reduceat((match & is_row).astype(np.int64), opening, axis=1)
            edges = np.logical_or.reduceat(match, opening, axis=1)
            total[block] = np.maximum(counts, edges).sum(axis=1)
        return total


def _codes(of_rows: pl.Series, of_entries: pl.Series) -> tuple[Whole, Whole]:
    """Texts of rows and entries as numbers: -2 for a row whose group is not recorded, -1 for an entry that could be of any."""
    texts = pl.concat([of_rows.cast(pl.String), of_entries.cast(pl.String)]).unique().drop_nulls()
    numbers = {text: number for number, text in enumerate(texts.to_list())} | {_NO_GROUP: -2}
    rows, entries = (
        np.array([numbers.get(t, empty) for t in side.to_list()], dtype=np.int64)
        for side, empty in ((of_rows.cast(pl.String), -2), (of_entries.cast(pl.String), -1))
    )
    return rows, entries


class _Entries:
    """The refused rows of the records by table, as entries; staff with what their other rows leave open."""

    def __init__(self, records: Records) -> None:
        self._refused = records._refused_rows.with_row_index("number")
        self._records = records
        self._made: dict[tuple[str, bool], _Units] = {}

    def of(self, table: str, *, wide: bool) -> _Units:
        """What could not be read of a table. wide: at all times from (or to) where a person is known, in all groups they were in."""
        key = (table, wide and table in ("assignments", _WRONG))
        if key not in self._made:
            frame = self._of_rows(table)
            if table == "assignments":
                frame = self._of_staff(wide=wide)
            elif table == _WRONG:
                frame = self._of_nobody(of_posts=wide)
            elif table == _UNKNOWN_ENDS:
                frame = self._of_rows("assignments", pl.col("why") == END_NOT_KNOWN)
            elif table == "absences":
                frame = self._of_absences()
            self._made[key] = _Units(frame)
        return self._made[key]

    def _rows(self, table: str) -> pl.DataFrame:
        return self._refused.filter(pl.col("table") == table)

    def _of_rows(self, table: str, *some: pl.Expr) -> pl.DataFrame:
        rows = self._rows(table).filter(*some)
        begins = pl.col(_FIRST_DAY.get(table, "start_date"))
        ends = pl.max_horizontal(pl.col(c) for c in _LAST_DAY.get(table, ("end_date",)))
        if table == "milestones":  # when a stage was reached is not among what could be read
            begins = ends = pl.lit(None, pl.Date)
        return _entries(rows, "number", begins, ends)

    def _staff(self) -> pl.DataFrame:
        """All spells of people of whom something is not known, with what restricts them."""
        staff = self._records.assignments.lazy()
        names = staff.collect_schema().names()
        edges = restricted(staff)
        doubtful = self._rows("assignments").select("organisation", "person_id").unique().drop_nulls()
        in_doubt = pl.struct("organisation", "person_id").is_in(doubtful.to_struct().implode())
        doubtful_rows = pl.any_horizontal(in_doubt, *(pl.col(c).is_not_null() for c in edges))
        rows = staff.filter(doubtful_rows).collect() if edges or doubtful.height else staff.clear().collect()
        absent = {c: pl.lit(None, pl.String) for c in _GROUPS if c not in names}
        absent |= {c: pl.lit(None, pl.Date) for c in _DAYS if c not in names}
        # A group that is not recorded of a spell that was read is no group; only of a refused row it could be any.
        return rows.with_columns(**absent).select(
            "person_id", *[pl.col(c).cast(pl.String).fill_null(_NO_GROUP) for c in _GROUPS], *_DAYS
        )

    def _of_staff(self, *, wide: bool) -> pl.DataFrame:
        people = ["organisation", "person_id"]
        refused, staff = self._rows("assignments"), self._staff()
        # The rows of one person are one unit; a row of nobody known is one of its own.
        unnamed = pl.concat_str(pl.lit("row "), pl.col("number").cast(pl.String))
        refused = refused.with_columns(
            who=pl.when(pl.col("person_id").is_null()).then(unnamed).otherwise(pl.concat_str(*people, separator="\x1f"))
        )
        staff = staff.with_columns(who=pl.concat_str(*people, separator="\x1f"))
        units = pl.concat([refused["who"], staff["who"]]).unique().sort()
        number = {who: place for place, who in enumerate(units.to_list())}
        refused, staff = (
            frame.with_columns(unit=pl.col("who").replace_strict(number, return_dtype=pl.Int64))
            if frame.height
            else frame.with_columns(unit=pl.lit(None, pl.Int64))
            for frame in (refused, staff)
        )
        known_from, known_to = pl.col(KNOWN_FROM), pl.col(KNOWN_TO)
        end = pl.col("end_date").fill_null(date.max)
        week, never = pl.duration(days=FULL_WEEK), pl.lit(None, pl.Date)
        entries = [
            _entries(refused, "unit", pl.col("start_date"), pl.col("end_date")),
            # What was read and lies outside of what is known does not count.
            _entries(staff.filter(pl.col("start_date") < known_from), "unit", pl.col("start_date"), known_from),
            _entries(staff.filter(end > known_to), "unit", known_to, pl.col("end_date")),
        ]
        # Where an earlier end is not known the person may have left twice: then, and where they were lost sight of.
        since = refused.filter(why=END_NOT_KNOWN).group_by("unit").agg(since=pl.col("start_date").min())
        returned = staff.join(since, on="unit").filter(
            (end >= known_to - week) & (pl.col("start_date") > pl.col("since"))
        )
        entries.append(_entries(returned, "unit", known_to - week, known_to + week))
        if wide:
            entries += [_entries(frame, "unit", never, never, row=False) for frame in (refused, staff)]
        else:  # where what is known begins or ends a stay may have begun or ended
            opening = staff.filter(pl.col("start_date") <= known_from + week)
            closing = staff.filter(end >= known_to - week)
            entries += [
                _entries(opening, "unit", known_from - week, known_from + week, row=False),
                _entries(closing, "unit", known_to - week, known_to + week, row=False),
            ]
        return pl.concat(entries)

    def _of_nobody(self, *, of_posts: bool) -> pl.DataFrame:
        """Rows of nobody known, whose people's other rows look like all there is. of_posts: and posts held with one that was refused."""
        refused = self._rows("assignments")
        nobody = refused.filter(pl.col("person_id").is_null()).with_columns(
            pl.lit(None, pl.String).alias(c) for c in _POST
        )
        never = pl.lit(None, pl.Date)
        entries = [_entries(nobody, "number", never, never, row=False)]
        if of_posts:
            spans = refused.select("number", "organisation", "person_id", since="start_date", until="end_date")
            spells = spans.join(self._staff(), on=["organisation", "person_id"])
            concurrent = spells.filter(
                (pl.col("start_date") <= pl.col("until").fill_null(date.max))
                & (pl.col("end_date").fill_null(date.max) >= pl.col("since").fill_null(date.min))
            )
            entries.append(_entries(concurrent, "number", pl.col("since"), pl.col("until"), row=False))
        return pl.concat(entries)

    def _of_absences(self) -> pl.DataFrame:
        """Refused absences, and those that were read but reach beyond what is known of the person, in each group of the person."""
        refused = self._rows("absences").select(
            "number", "organisation", "person_id", "start_date", "end_date", "reason"
        )
        staff = self._staff()
        entries = [refused]
        if staff.height and not self._records.lacks("absences"):
            absences = self._records.absences.lazy()
            names = absences.collect_schema().names()
            limits = staff.select("organisation", "person_id", KNOWN_FROM, KNOWN_TO).unique()
            end = pl.col("end_date") if "end_date" in names else pl.lit(None, pl.Date)
            reason = pl.col("reason").cast(pl.String) if "reason" in names else pl.lit(None, pl.String)
            beyond = (pl.col("start_date") < pl.col(KNOWN_FROM)) | (end.fill_null(date.max) > pl.col(KNOWN_TO))
            reaching = (
                absences.join(limits.lazy(), on=["organisation", "person_id"])
                .filter(beyond.fill_null(value=False))
                .select("organisation", "person_id", "start_date", end_date=end, reason=reason)
                .collect()
                .with_row_index("number", offset=self._refused.height)
            )
            entries.append(reaching.select(refused.columns))
        places = self._places([c for c in _GROUPS if c not in ("organisation", "reason", "case_type")])
        placed = (
            pl.concat(entries)
            .join(places, on=["organisation", "person_id"], how="left")
            .with_columns(case_type=pl.lit(None, pl.String))
        )
        return _entries(placed, "number", pl.col("start_date"), pl.col("end_date"), row=False)

    def _places(self, columns: Sequence[str]) -> pl.DataFrame:
        """The groups of each person with a refused absence or row: those of their spells, and null where a refused row could be of any."""
        people = ["organisation", "person_id"]
        staff = self._records.assignments.lazy()
        names = staff.collect_schema().names()
        read = staff.select(
            *people,
            *[
                pl.col(c).cast(pl.String).fill_null(_NO_GROUP) if c in names else pl.lit(None, pl.String).alias(c)
                for c in columns
            ],
        )
        refused = self._rows("assignments").lazy().select(*people, *columns)
        return pl.concat([read, refused]).unique().collect()


def _entries(rows: pl.DataFrame, unit: str, first: pl.Expr, last: pl.Expr, *, row: bool = True) -> pl.DataFrame:
    """Entries of rows: unit, first, last (days as numbers; null is ever), the groups, and whether each is a row of its own."""
    return rows.select(
        pl.col(unit).cast(pl.Int64).alias("unit"),
        first.to_physical().cast(pl.Int64).fill_null(-_EVER).alias("first"),
        last.to_physical().cast(pl.Int64).fill_null(_EVER).alias("last"),
        *_GROUPS,
        is_row=pl.lit(row),
    )
