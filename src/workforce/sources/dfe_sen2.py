"""The DfE's figures on education, health and care (EHC) plans, from its annual SEN2 collection: one reader, a topic a file.

A published figure for each area, period and definition, with its sides where the file has them. Rows whose year, area or figures cannot
be read are refused; breakdowns by age, sex, ethnicity and the like are left out and counted as such, because the canonical table has no
place for them. Since the collection of January 2023 each child is reported alone, and calendar years from 2022 on are not strictly
comparable with earlier ones: the first period after the break says so.
Source: DfE, Education, health and care plans: methodology and data guidance (releases of 2025 and 2026).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl

from workforce.errors import InputError
from workforce.sources.dfe import AREA_COLUMNS, accepted_rows, figure_rows
from workforce.sources.official import Reading, clean, marker, number, stored, unreadable, years_of

BREAK: Final = (
    "since the collection of January 2023 each child is reported alone: not strictly comparable with earlier years"
)
FIRST_COLLECTION_BY_CHILD: Final = 2023
UNRELIABLE: Final = "u"  # a figure that cannot be what it says
Kind = Literal["calendar year", "January"]
_CALENDAR_YEAR: Final = pl.date("year", 1, 1), pl.date("year", 12, 31)
_JANUARY: Final = pl.date("year", 1, 1), pl.date("year", 1, 31)
_NO_NUMBER: Final = pl.lit(None, pl.Float64)


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure: its measure and definition, its column, and the columns of its sides.

    Without a denominator it is a count. The rate of a release that prints none is computed from its sides.
    """

    measure: str
    definition: str
    value: str
    numerator: str
    denominator: tuple[str, ...] = ()
    unit: str = "%"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the figure is read from."""
        return tuple(dict.fromkeys((self.value, self.numerator, *self.denominator)))


@dataclass(frozen=True, slots=True)
class Topic:
    """What one file of the release is about.

    Attributes
    ----------
    name : str
        How messages call it.
    sign : frozenset of str
        The columns by which it is recognised.
    figures : tuple of Figure
        What is read.
    optional : frozenset of str
        Columns that not every release has; the figures that need them are not read without them.
    period : {"calendar year", "January"}
        What a row is about.
    """

    name: str
    sign: frozenset[str]
    figures: tuple[Figure, ...]
    optional: frozenset[str] = frozenset()
    period: Kind = "calendar year"

    @property
    def needed(self) -> frozenset[str]:
        """The columns without which the file cannot be read."""
        columns = {column for figure in self.figures for column in figure.columns} - self.optional
        return AREA_COLUMNS.union(columns, {"breakdown_topic", "breakdown"})


def _count(measure: str, definition: str, column: str, unit: str) -> Figure:
    return Figure(measure, definition, column, column, unit=unit)


def _placements(measure: str, total: str) -> tuple[Figure, ...]:
    """The shares of plans by where the child or young person is educated."""
    return tuple(
        Figure(measure, f"dfe_{place}", f"{column}_pc", column, (total,))
        for place, column in (
            ("mainstream", "mainstream_total"),
            ("special", "special_total"),
            ("further_education", "fe_total"),
            ("elsewhere", "ed_elsewhere"),
        )
    )


TIMELINESS: Final = Topic(
    "20-week timeliness",
    frozenset({"time_period", "old_la_code", "breakdown_topic", "plans_issued_den", "plans_issued_within_20_weeks"}),
    (
        Figure(
            "timeliness",
            "dfe",
            "pc_plans_issued_within_20_weeks",
            "plans_issued_within_20_weeks",
            ("plans_issued_den",),
        ),
        Figure(
            "timeliness",
            "dfe_without_exceptions",
            "pc_plans_issued_20_weeks_ex",
            "plans_issued_20_weeks_ex",
            ("plans_issued_den_ex",),
        ),
        _count("weeks_to_plan", "dfe", "avg_weeks_issue_plan", "weeks"),
        _count("weeks_to_plan", "dfe_without_exceptions", "avg_weeks_issue_plan_exc", "weeks"),
    ),
    optional=frozenset({"avg_weeks_issue_plan", "avg_weeks_issue_plan_exc"}),
)
REQUESTS: Final = Topic(
    "requests for assessment",
    frozenset({"time_period", "old_la_code", "breakdown_topic", "requests_received_in_year"}),
    (
        _count("plan_requests", "dfe", "requests_received_in_year", "requests"),
        Figure(
            "plan_requests",
            "dfe_refused",
            "request_not_assess_pc",
            "requests_decided_not_to_assess",
            ("requests_received_in_year",),
        ),
        Figure(
            "plan_requests",
            "dfe_six_weeks",
            "request_outcome_six_weeks_pc",
            "request_outcome_six_weeks",
            ("request_outcome_six_weeks", "request_outcome_over_6_weeks"),
        ),
    ),
)
ASSESSMENTS: Final = Topic(
    "assessments",
    frozenset({"time_period", "old_la_code", "breakdown_topic", "assess_in_year"}),
    (
        _count("plan_assessments", "dfe", "assess_in_year", "assessments"),
        Figure("plan_assessments", "dfe_plan_issued", "assess_issued_pc", "assess_issued", ("assess_in_year",)),
        Figure(
            "plan_assessments",
            "dfe_no_plan_in_time",
            "outcome_decision_within_time_pc",
            "outcome_decision_within_time",
            ("outcome_decision_within_time", "outcome_decision_over_time"),
        ),
    ),
)
NEW_PLANS: Final = Topic(
    "new plans",
    frozenset({"time_period", "old_la_code", "breakdown_topic", "new_ehc_plans"}),
    (_count("new_plans", "dfe", "new_ehc_plans", "plans"), *_placements("new_plans", "new_ehc_plans")),
)
PLANS: Final = Topic(
    "plans in January",
    frozenset({"time_period", "old_la_code", "breakdown_topic", "ehcplans"}),
    (_count("plans", "dfe", "ehcplans", "plans"), *_placements("plans", "ehcplans")),
    period="January",
)
REVIEWS: Final = Topic(
    "annual reviews",
    frozenset({"time_period", "old_la_code", "breakdown_topic", "total_ehc_plans", "review_expected"}),
    (
        _count("annual_reviews", "dfe_expected", "review_expected", "reviews"),
        _count("annual_reviews", "dfe_meetings", "total_review_meeting", "reviews"),
        _count("annual_reviews", "dfe_no_meeting", "no_review_meeting", "reviews"),
        Figure(
            "annual_reviews",
            "dfe_four_weeks",
            "pc_decsion_4weeks",
            "number_decsion_4weeks",
            ("number_decsion_4weeks", "number_decision_gt_4weeks"),
        ),
    ),
    optional=frozenset({"total_review_meeting", "no_review_meeting", "pc_decsion_4weeks"}),
)
TOPICS: Final = (TIMELINESS, REQUESTS, ASSESSMENTS, NEW_PLANS, PLANS, REVIEWS)
OFFICERS: Final = {"des_med_off": "medical", "des_clin_off": "clinical", "des_so_care_off": "social_care"}
HEADER_OF_OFFICERS: Final = frozenset({"time_period", "old_la_code", "des_med_off", "des_clin_off"})
_ANSWERS: Final = {"yes": 1.0, "no": 0.0}
_NO_ANSWERS: Final = {"n/a": "z", "not returned": "x", "recruiting": "recruiting"}
_TRANSFERS: Final = re.compile(r"(due|final)_(\d\d)")


def kind_of(topic: Topic) -> str:
    """How a file's kind is called."""
    return f"DfE SEN2 {topic.name}"


KIND: Final = kind_of(TIMELINESS)
KIND_OF_TRANSFERS: Final = "DfE SEN2 phase transfers"
HEADER_OF_TRANSFERS: Final = frozenset({"time_period", "old_la_code", "number_plans"})
KIND_OF_OFFICERS: Final = "DfE SEN2 designated officers"


def read_topic(topic: Topic, frame: pl.DataFrame, source_file: str) -> Reading:
    """Published figures of one topic: a row an area, period and definition."""
    columns_of_file = set(frame.columns)
    figures = [f for f in topic.figures if {f.numerator, *f.denominator} <= columns_of_file]
    columns = list(dict.fromkeys(c for f in figures for c in f.columns if c in columns_of_file))
    # Rows of all children have the name of their topic as breakdown, whatever a release calls it.
    some_children = clean("breakdown_topic").ne_missing(clean("breakdown"))
    accepted, refused = accepted_rows(
        frame,
        source_file,
        unread=unreadable(columns),
        breakdowns=("breakdown_topic", "breakdown"),
        left_out={"left_out_breakdown": some_children},
    )
    rows = _with_source([_rows_of(accepted, figure, topic.period) for figure in figures], accepted, source_file)
    return Reading(kind_of(topic), len(frame), refused, figures=stored(_without_repeated_totals(rows)))


def _with_source(
    tables: Iterable[pl.DataFrame], accepted: pl.DataFrame, source_file: str, topic: str = ""
) -> pl.DataFrame:
    """All rows of a file with the words for their source: the publication, its topic if named, the years and the file."""
    publication = ", ".join(["DfE, Education, health and care plans", *([topic] if topic else []), years_of(accepted)])
    return pl.concat(tables).with_columns(source=pl.lit(f"{publication} ({source_file})"))


def _rows_of(accepted: pl.DataFrame, figure: Figure, period: Kind) -> pl.DataFrame:
    """The rows of one figure; a rate that a release does not print is computed from its sides, to one decimal place."""
    above, below, symbol = number(figure.numerator), _sum_of(figure.denominator), _symbol_of(figure.denominator)
    computed = (above / below * 1000 + 0.5 + 1e-9).floor() / 10
    printed = figure.value in accepted.columns
    value = number(figure.value) if printed else pl.when(below > 0).then(computed)
    symbol_of_value = marker(figure.value) if printed else pl.when(value.is_null()).then(pl.lit("x"))
    # A calendar year is collected in the January after it.
    collected = pl.col("year") + (0 if period == "January" else 1)
    return figure_rows(
        accepted,
        (figure.measure, figure.definition),
        period=_JANUARY if period == "January" else _CALENDAR_YEAR,
        unit=figure.unit,
        numerator=above,
        denominator=below,
        value=value,
        marker=symbol_of_value,
        numerator_marker=marker(figure.numerator),
        denominator_marker=symbol,
        series_break=pl.when(collected == FIRST_COLLECTION_BY_CHILD).then(pl.lit(BREAK)),
    )


def _sum_of(columns: tuple[str, ...]) -> pl.Expr:
    """The sum of a denominator's columns; null without any, and where one has no number."""
    return pl.sum_horizontal([number(c) for c in columns], ignore_nulls=False) if columns else _NO_NUMBER


def _symbol_of(columns: tuple[str, ...]) -> pl.Expr:
    return pl.coalesce([marker(c) for c in columns]) if columns else pl.lit(None, pl.String)


def _without_repeated_totals(rows: pl.DataFrame) -> pl.DataFrame:
    """Take out the counts of authorities that all have the total of their region: the release of 2025 has such new plans of 2022.

    Neither the counts nor sides that they make are those of the authority; its published shares stay.
    """
    periods = ["measure", "definition", "period_start", "period_end"]
    counts = rows.filter(pl.col("denominator_marker").is_null() & pl.col("denominator").is_null())
    councils = counts.filter(pl.col("area_level") == "local_authority")
    totals = counts.filter(pl.col("area_level") == "regional").select(*periods, part_of="area_code", total="value")
    repeated = (
        councils.join(totals, on=[*periods, "part_of"])
        .group_by("measure", "period_start", "part_of")
        .agg(
            all_alike=(pl.col("value") == pl.col("total")).all() & (pl.len() > 1) & (pl.col("total").first() > 0),
            total=pl.col("total").first(),
        )
        .filter("all_alike")
        .drop("all_alike")
    )
    is_repeated = pl.col("area_level").eq("local_authority") & pl.col("total").is_not_null()
    count, side = (
        is_repeated & (pl.col("value") == pl.col("total")),
        is_repeated & (pl.col("denominator") == pl.col("total")),
    )
    unreliable = pl.lit(UNRELIABLE)
    return (
        rows.join(repeated, on=["measure", "period_start", "part_of"], how="left", maintain_order="left")
        .with_columns(
            value=pl.when(~count.fill_null(value=False)).then("value"),
            marker=pl.when(count).then(unreliable).otherwise("marker"),
            numerator=pl.when(~count.fill_null(value=False)).then("numerator"),
            numerator_marker=pl.when(count).then(unreliable).otherwise("numerator_marker"),
            denominator=pl.when(~side.fill_null(value=False)).then("denominator"),
            denominator_marker=pl.when(side).then(unreliable).otherwise("denominator_marker"),
            source=pl.when(count | side)
            .then(pl.format("{}: the file has the region's total here", "source"))
            .otherwise("source"),
        )
        .drop("total")
    )


def read(frame: pl.DataFrame, source_file: str) -> Reading:
    """Published timeliness of the file: a row an area, calendar year and definition."""
    return read_topic(TIMELINESS, frame, source_file)


def read_officers(frame: pl.DataFrame, source_file: str) -> Reading:
    """Whether an authority has designated medical, clinical and social care officers: 1 yes, 0 no, or why there is no answer."""
    officers = [c for c in OFFICERS if c in frame.columns]
    answers = [*_ANSWERS, *_NO_ANSWERS]
    answer = {c: clean(c).str.to_lowercase() for c in officers}
    is_unread = [~answer[c].is_in([*answers, "x", "z"]).fill_null(value=True) for c in officers]
    accepted, refused = accepted_rows(frame, source_file, unread=pl.any_horizontal(is_unread))
    tables = [
        figure_rows(
            accepted,
            ("designated_officers", f"dfe_{OFFICERS[c]}"),
            period=_CALENDAR_YEAR,
            unit="1 yes, 0 no",
            numerator=_NO_NUMBER,
            denominator=_NO_NUMBER,
            value=answer[c].replace_strict(_ANSWERS, default=None, return_dtype=pl.Float64),
            marker=pl.when(~answer[c].is_in(list(_ANSWERS)).fill_null(value=False)).then(
                answer[c].replace(_NO_ANSWERS).fill_null("x")
            ),
        )
        for c in officers
    ]
    rows = _with_source(tables, accepted, source_file, "designated officers")
    return Reading(KIND_OF_OFFICERS, len(frame), refused, figures=stored(rows))


def read_transfers(frame: pl.DataFrame, source_file: str) -> Reading:
    """Plans of which a phase transfer was due, and final plans after one, by year: the columns due_25, final_25 and so on of a release."""
    columns = [c for c in frame.columns if _TRANSFERS.fullmatch(c)]
    accepted, refused = accepted_rows(frame, source_file, unread=unreadable(columns))
    tables = []
    for column in columns:
        step, digits = column.split("_")
        year = 2000 + int(digits)
        tables.append(
            figure_rows(
                accepted,
                ("phase_transfers", f"dfe_{step}"),
                period=(pl.date(year, 1, 1), pl.date(year, 12, 31)),
                unit="plans",
                numerator=number(column),
                denominator=_NO_NUMBER,
                value=number(column),
                marker=marker(column),
                numerator_marker=marker(column),
            )
        )
    if not tables:
        raise InputError(
            "the file has no column of phase transfers, such as due_25",
            where="{file}",
            hint="add it as downloaded",
            file=source_file,
        )
    rows = _with_source(tables, accepted, source_file, "phase transfers")
    return Reading(KIND_OF_TRANSFERS, len(frame), refused, figures=stored(rows))
