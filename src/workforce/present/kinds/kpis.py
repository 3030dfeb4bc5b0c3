"""The partnership's whole list of key indicators in one table: figure, target, colour, change, trend, signal and owner.

Red, amber and green were chosen from the exact figure, in `release`, so that none conflicts with the figure that is printed; they differ in
word and shape, never in colour alone. So were the words of a signal. A withheld figure has no colour, no signal and no change.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any, Final, Literal

from markupsafe import Markup

from workforce.book import Better, Definition
from workforce.disclosure import Released
from workforce.disclosure.rules import MARKERS, MOST_WITHHELD, WITHHELD
from workforce.errors import DisclosureError, UsageError
from workforce.indicators.kpi_list import Agreed, Indicator
from workforce.indicators.kpis import NO_RECORDS, figures_name, professions_of, series_name
from workforce.measures.difference import HIGHER, LOWER, NOT_TESTED
from workforce.measures.status import NEAR_AMBER, NEAR_TARGET, amber_edge, as_printed
from workforce.periods import Period
from workforce.present.drawing.theme import PALETTE, SOFT_INK
from workforce.present.kinds.trend import LEAP_DAYS
from workforce.present.shown import Cell, Table, Text, _html_table, _sentence_table, titled
from workforce.present.text.numbers import (
    MINUS,
    capital,
    clean,
    count,
    has_figure,
    is_range,
    listed,
    measure_name,
    plain,
    printed,
    span,
    when,
)
from workforce.present.text.sentences import explained
from workforce.present.text.titles import change_of
from workforce.sealed import Provenance, number_given, number_or_none, text_given, text_or_none
from workforce.stats.xmr import COMMON, MEAN_OF_SERIES, POINT_BEFORE, SAME_SEASON, UNJUDGED

Rag = Literal["red", "amber", "green", "near the target", "between amber and red", "no target", "not shown"]
Row = dict[str, Any]
NONE_LISTED: Final = "No key indicators are listed in the area's settings."
_ARROWS: Final = {"lower": "\N{DOWNWARDS ARROW}", "higher": "\N{UPWARDS ARROW}"}
_STUB: Final = "Indicator, owner"
_DIRECTIONS: Final[tuple[Better, ...]] = ("higher", "lower")
WORSE: Final = "worse than expected"
BETTER: Final = "better than expected"
NOT_JUDGED: Final = "not judged"
MISSES, CHANCE = "consistently misses the target", "hit or miss"
_AGAINST: Final = {CHANCE: "can meet or miss the target with no change"}
_OFF: Final = ("red", "amber")
_TESTED: Final = dict.fromkeys((HIGHER, LOWER), "may be chance")
_SHORT_METHODS: Final = {MEAN_OF_SERIES: "by mean", POINT_BEFORE: "by last point", SAME_SEASON: "by season"}
_COUNTED: Final[tuple[tuple[Rag, str], ...]] = (
    ("red", "red"),
    ("amber", "amber"),
    ("green", "green"),
    (NEAR_TARGET, NEAR_TARGET),
    (NEAR_AMBER, NEAR_AMBER),
    ("no target", "without a target"),
    ("not shown", "not shown"),
)
_COARSER: Final = ("quarter", "year")  # than months, by which a trend is otherwise
_KINDS: Final = {0: "dates", 30: "months", 91: "quarters", 365: "years"}  # by days of a period, about
_ABOUT: Final = 3
# The green of the GOV.UK palette, its red, and an orange dark enough to be seen on white.
COLOURS: Final[dict[Rag, str]] = {"green": "#00703C", "amber": "#B35900", "red": "#C8102E"}
SHAPES: Final[dict[Rag, Markup]] = {
    "green": Markup('<circle cx="6" cy="6" r="5"/>'),
    "amber": Markup('<path d="M6 0.5L12 11.5H0Z"/>'),
    "red": Markup('<path d="M0.75 0.75h10.5v10.5h-10.5z"/>'),
}
_MARK: Final = Markup('<svg aria-hidden="true" width="11" height="11" viewBox="0 0 12 12" fill="{}">{}</svg>')
_SPARKLINE: Final = Markup(
    '<svg role="img" aria-label="{words}" width="{width}" height="{height}" viewBox="0 0 {width} {height}">{parts}</svg>'
)
_TARGET: Final = Markup('<path d="M0 {at:.1f}H{width}" stroke="{ink}" stroke-width="1" stroke-dasharray="4 3"/>')
_LINE: Final = Markup('<polyline points="{points}" fill="none" stroke="{ink}" stroke-width="1.5"/>')
_DOT: Final = Markup('<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{ink}"/>')
WIDTH: Final = 84
HEIGHT: Final = 28
_EDGE: Final = 4.0
_LEAST_SPAN: Final = 0.1  # of the highest figure: a steady figure must look steady


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator. latest, before: the rows of the latest figure and of a year before. series: what its signal was read from.

    name: short, as sentences have it. words: what it says, where the name does not. whose: the roles or the profession. pooled: the name in
    the list, where the list has one target and owner for several professions, so that this line has neither. verdict: what the test of the
    change says. why: why there is no figure at all; empty where there is a row, withheld or not. note: how the series was made coarser.
    sides: the kinds of the two sides. book: its definition, where there is one. recorded: what was agreed.
    """

    name: str
    words: str
    whose: str
    pooled: str
    owner: str
    better: Better
    unit: str
    target: float | None
    amber_to: float | None
    latest: Row | None
    before: Row | None
    verdict: str
    series: tuple[Row, ...]
    why: str
    note: str
    sides: tuple[str, str]
    book: Definition | None
    recorded: tuple[str | float, ...]

    @property
    def shown(self) -> bool:
        """Whether there is a figure."""
        return bool(self.latest is not None and self.latest["value"] is not None)

    @property
    def traced(self) -> bool:
        """Whether so few points of the series are withheld that a line, and what was read from it, may represent the whole series.

        Where more than a fifth is withheld the points that remain mislead (for a small team, the months without a leaver), and words about
        limits that were calculated from the withheld points would reveal them.
        """
        withheld = len([row for row in self.series if row["marker"] == WITHHELD and not is_range(row)])
        return withheld <= MOST_WITHHELD * len(self.series)

    @property
    def marker(self) -> str:
        """The marker printed where a figure is not shown."""
        return plain(None, self.unit, self.latest["marker"] if self.latest else "x")

    @property
    def rag(self) -> Rag:
        """Red, amber or green; as `release` left it."""
        if self.latest is None or self.latest["value"] is None:
            return "not shown"
        status: Rag | None = self.latest["status"]
        return status or "no target"


def kpi_summary(page: Released, agreed: Agreed, *, title: str | Text | None = None) -> Table:
    """Draw the list of key indicators as one table, with a sentence on each way in which colours and signals differ.

    A row has the latest value with its period and the numbers behind it; the target, which way is better and where amber ends; red, amber
    or green, by the value as printed; the change on a year before; the trend, month by month where the measure has months, with the target
    dashed; and the signal of its latest point (`xmr`). A value that is not shown has no colour, change or signal; a trend of which
    more than a fifth is withheld is not drawn and has no signal.

    Parameters
    ----------
    page : Released
        The release of what `kpi_tables` returned.
    agreed : Settings
        The area's settings, or anything with kpis and targets.
    title : str, optional
        Without it, how many indicators are red, amber and green.

    Returns
    -------
    Table
        A sentence where the settings list no indicators.

    Raises
    ------
    DisclosureError
        Where the page was not released.
    UsageError
        Where the page has no table of an indicator, or the settings do not say which way is better.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from workforce.disclosure import release
    >>> empty = SimpleNamespace(kpis=[], target_value=lambda measure, definition: None)
    >>> kpi_summary(release({}, "board"), empty).title
    "No key indicators are listed in the area's settings."
    """
    lines = lines_of(page, agreed)
    if not lines:
        return _sentence_table(NONE_LISTED, rule=page.rule, provenance=Provenance(loaded=True))
    cells: dict[str, list[Cell]] = {
        _STUB: [Cell(line.name, tuple(u for u in (line.words, owner_words(line)) if u)) for line in lines],
        "Latest": [_latest(line) for line in lines],
        "Target": [_target(line) for line in lines],
        "RAG": [_rag(line) for line in lines],
        "Year before": [cell_of(*change_words(line)) for line in lines],
        "Trend": [_trend(line) for line in lines],
        "Signal": [_signal(line) for line in lines],
    }
    words, provenance = titled(title, page)
    return _html_table(
        cells,
        title=words or summary_title(lines),
        notes=[" ".join([*_meanings(cells, page.rule), *notes(lines, page.rule)])],
        layout="wf-kpis",
        sentences=agreement(lines),
        rule=page.rule,
        provenance=provenance.with_arguments(agreed=[line.recorded for line in lines]),
    )


def cell_of(first: str, *more: str) -> Cell:
    """A line with a capital, and smaller ones under it."""
    return Cell(_upper(first), tuple(line for line in more if line))


def _upper(words: str) -> str:
    return words if words.startswith("[") else capital(words)


def _latest(line: Line) -> Cell:
    if line.latest is None:
        return Cell(line.marker, (line.why,))
    period = when(period_of(line.latest)).removeprefix("the ")
    sides = _behind(line)
    figure = printed(line.latest, line.unit)
    return Cell(figure, (period, sides) if sides else (period,), strong=True)


def _behind(line: Line) -> str:
    """The numbers behind a figure that is shown, where it is not one of them itself."""
    if line.latest is None or not line.shown:
        return ""
    sides = [count(line.latest[c], kind=kind) for c, kind in zip(("numerator", "denominator"), line.sides, strict=True)]
    side_words = " / ".join(side for side in sides if side)
    return side_words if line.latest["denominator"] is not None else ""


def owner_words(line: Line) -> str:
    """Whose the indicator is."""
    return "Owner: none named for this profession" if line.pooled else f"Owner: {line.owner}"


def _target(line: Line) -> Cell:
    return cell_of(*target_words(line))


def target_words(line: Line) -> tuple[str, ...]:
    """The target, which way is better, and where amber ends."""
    good = f"{line.better} is better {_ARROWS[line.better]}"
    if line.target is None:
        return "none", good
    edge = line.amber_to if line.amber_to != line.target else None
    amber = f"amber to {printed_target(edge, line.unit)}" if edge is not None else ""
    return printed_target(line.target, line.unit), good, amber


def _rag(line: Line) -> Cell:
    if line.rag == "not shown":
        return Cell(line.marker)
    return Cell(capital(line.rag), drawing=rag_mark(line.rag))


def _trend(line: Line) -> Cell:
    if not line.traced:
        return Cell(f"[{WITHHELD}]")
    # The target is on the scale of the trend where the trend was judged against it.
    judged = any(row["assurance"] is not None for row in line.series)
    drawing = sparkline(
        [row["value"] for row in line.series], target=line.target if judged else None, words=trend_words(line)
    )
    method = method_words(line)
    return Cell(drawing=drawing, under=(method,) if method else ()) if drawing else Cell(line.marker)


def _signal(line: Line) -> Cell:
    if reason := not_judged(line):
        return cell_of(NOT_JUDGED, reason)
    variation, cause, assurance = signal(line)
    return cell_of(variation, cause, assurance)


def not_judged(line: Line) -> str:
    """Why the latest point was not judged; empty where it was, and where a marker stands in its place."""
    variation, *_ = signal(line)
    return variation.removeprefix(f"{NOT_JUDGED}: ") if variation in UNJUDGED else ""


def _meanings(cells: dict[str, list[Cell]], rule: str) -> list[str]:
    """What the markers in the table mean, but for what is said once a page."""
    body_cells = [cell for heading, column in cells.items() if heading != _STUB for cell in column]
    texts = " ".join(text for cell in body_cells for text in (cell.text, *cell.under))
    meanings = [f"[{marker}] {MARKERS[marker]}" for marker in explained(MARKERS, rule) if f"[{marker}]" in texts]
    return [f"{'; '.join(meanings)}."] if meanings else []


def lines_of(page: Released, agreed: Agreed) -> list[Line]:
    """Every indicator of the list, in its order, from the released tables of the page."""
    if not isinstance(page, Released):
        raise DisclosureError(
            "a frame was given that has not been released", hint="release what wf.indicators.kpis returned"
        )
    kpis = [_listed(kpi, agreed) for kpi in agreed.kpis]
    unnamed = [kpi.measure for kpi in kpis if not kpi.name]
    lines = []
    for kpi in kpis:
        whose = professions_of(kpi, page.tables) or [""]
        lines += [
            _line(page, kpi, profession, alone=unnamed.count(kpi.measure) == 1, pooled=len(whose) > 1)
            for profession in whose
        ]
    return lines


@dataclass(frozen=True, slots=True)
class _Listed:
    """An indicator of the list, read once, so that what is recorded as given is what is printed."""

    measure: str
    definition: str
    owner: str
    roles: tuple[str, ...]
    name: str | None
    better: Better | None
    amber: float
    target: float | None

    @property
    def recorded(self) -> tuple[str | float, ...]:
        texts = (self.measure, self.definition, self.owner, *self.roles, self.name, self.better)
        numbers = (self.target, self.amber) if self.target is not None and self.amber else (self.target,)
        return tuple(entry for entry in (*texts, *numbers) if entry is not None)


def _listed(kpi: Indicator, agreed: Agreed) -> _Listed:
    measure, definition = text_given(kpi.measure, "kpis"), text_given(kpi.definition, "kpis")
    better, roles = kpi.better, tuple(text_given(role, "kpis") for role in kpi.roles)
    return _Listed(
        measure,
        definition,
        text_given(kpi.owner, "kpis"),
        roles,
        text_or_none(kpi.name, "kpis"),
        next((direction for direction in _DIRECTIONS if direction == better), None),
        number_given(kpi.amber, "kpis"),
        number_or_none(agreed.target_value(measure, definition, *((roles,) if roles else ())), "targets"),
    )


def _line(page: Released, kpi: _Listed, profession: str, *, alone: bool, pooled: bool) -> Line:
    """One indicator of one profession, where it is of any; pooled: it has lines for others too, and the settings do not say whose target.

    alone: no other unnamed indicator has the same measure, so the name of the measure is enough.
    """
    name, series_of = figures_name(kpi, profession), series_name(kpi, profession)
    if name not in page.tables:
        raise UsageError(
            "an indicator has no table on this page",
            where="{measure}, {definition}",
            hint="release what wf.indicators.kpis returned together with the page",
            measure=kpi.measure,
            definition=kpi.definition,
        )
    rows = page.tables[name].sort("period_end", "period_start").to_dicts()
    series_rows = page.tables.get(series_of, page.tables[name])
    series = series_rows.sort("period_end", "period_start").to_dicts()
    if series and "variation" not in series[0]:
        raise UsageError(
            "the series of an indicator was not judged",
            where="{measure}, {definition}",
            hint="use wf.indicators.kpis, and release what it returns",
            measure=kpi.measure,
            definition=kpi.definition,
        )
    if rows and "status" not in rows[-1]:
        raise UsageError(
            "the status of an indicator was not worked out",
            where="{measure}, {definition}",
            hint="use wf.indicators.kpis, and release what it returns",
            measure=kpi.measure,
            definition=kpi.definition,
        )
    latest = rows[-1] if rows else None
    book = next(
        (d for d in page.results[name].definitions if (d.measure, d.definition) == (kpi.measure, kpi.definition)), None
    )
    better = kpi.better or (book.better if book else None)
    if better is None:
        raise UsageError(
            "the settings do not say which way is better for an indicator",
            where="{measure}, {definition}",
            hint='set better = "higher" or "lower" for this KPI',
            measure=kpi.measure,
            definition=kpi.definition,
        )
    # The target that the status rests on; without a figure, the one that the settings have.
    target = latest["target"] if latest else kpi.target
    edge = latest["amber_to"] if latest else amber_edge(target, kpi.amber, better) if target is not None else None
    kinds = [side.kind if side else "other" for side in ((book.numerator, book.denominator) if book else (None, None))]
    unit = clean((latest["unit"] or "") if latest else book.unit if book else "")
    words = clean(book.words if book else kpi.definition)
    display_name = clean(kpi.name or capital(measure_name(kpi.measure)))
    whose = clean(profession or ", ".join(kpi.roles))
    if not kpi.name and not alone:
        display_name = f"{display_name}: {words}"
    name_in_list = display_name
    if whose and not any(role.casefold() in display_name.casefold() for role in (profession, *kpi.roles) if role):
        display_name = f"{display_name} ({whose})"
    before = _a_year_before(latest, rows)
    return Line(
        name=display_name,
        words=(words if alone else "") if not kpi.name else f"in {unit}" if unit and not unit.startswith("%") else "",
        whose=f"of {whose}" if whose and whose.casefold() not in display_name.casefold() else "",
        pooled=name_in_list if pooled else "",
        owner=clean(kpi.owner),
        better=better,
        unit=unit,
        target=target,
        amber_to=edge,
        latest=latest,
        before=before,
        verdict=change_of(page[name].verdicts, before, latest) if before and latest else NOT_TESTED,
        series=tuple(series),
        why="" if latest else clean(next(iter(page.results[name].reasons), NO_RECORDS)),
        note=page.notes.get(series_of, ""),
        sides=(kinds[0], kinds[1]),
        book=book,
        recorded=kpi.recorded,
    )


def _a_year_before(latest: Row | None, rows: list[Row]) -> Row | None:
    """The row of the same stretch a year earlier."""
    if latest is None:
        return None
    days = (latest["period_end"] - latest["period_start"]).days
    for row in rows:
        same = (row["period_end"].year + 1, row["period_end"].month) == (
            latest["period_end"].year,
            latest["period_end"].month,
        )
        if same and abs((row["period_end"] - row["period_start"]).days - days) <= LEAP_DAYS:
            return row
    return None


def printed_target(target: float, unit: str) -> str:
    """A target as printed on the page: like a figure, or with as many decimals as it was agreed with, where it has more.

    >>> printed_target(12.0, "%"), printed_target(12.25, "%")
    ('12.0%', '12.25%')
    """
    text = plain(target, unit)
    if not text.startswith("<") and as_printed(target, unit) == Decimal(repr(float(target))):
        return text
    exact = f"{abs(Decimal(repr(float(target)))):,f}"
    sign = MINUS if target < 0 else ""
    return f"{sign}{'£' if unit.startswith('£') else ''}{exact}{'%' if unit.startswith('%') else ''}"


def period_of(row: Row) -> Period:
    """The period of a row."""
    return Period(row["period_start"], row["period_end"])


def summary_title(lines: Sequence[Line]) -> str:
    """How many indicators are red, amber and green."""
    counts = [(sum(line.rag == colour for line in lines), words) for colour, words in _COUNTED]
    count_words = listed([f"{number} {words}" for number, words in counts if number])
    return (
        f"Of {len(lines)} key indicators: {count_words}"
        if len(lines) > 1
        else f"One key indicator: {count_words.removeprefix('1 ')}"
    )


def signal(line: Line) -> tuple[str, str, str]:
    """The signal of the latest point of a series: variation, the rule behind it, and the target against the usual variation.

    Only the marker where the figure or the latest point is not shown, or more than a fifth of the series is withheld.
    """
    if not line.shown:
        return line.marker, "", ""
    if not line.series:  # a small body has no series
        return plain(None, line.unit, "x"), "", ""
    if not line.traced:
        return f"[{WITHHELD}]", "", ""
    latest = line.series[-1]
    if latest["value"] is None or latest["variation"] is None:
        return plain(None, line.unit, latest["marker"]), "", ""
    variation = clean(latest["variation"])
    judged = variation not in UNJUDGED
    return (
        variation,
        clean(latest["special_cause"] or "") if judged else "",
        clean(_AGAINST.get(latest["assurance"], latest["assurance"]) or "") if judged else "",
    )


def judged_against(line: Line) -> str:
    """What the latest point was judged against, which is the method of `xmr`; nothing where it was not judged."""
    variation, *_ = signal(line)
    if not line.series or variation in UNJUDGED or variation.startswith("["):
        return ""
    return f"judged against {clean(line.series[-1]['judged_against'] or '')}"


def method_words(line: Line) -> str:
    """The same in as few words as a trend has room for."""
    words = judged_against(line).removeprefix("judged against ").replace(", by ", ", ")
    return next((words.replace(long, short) for long, short in _SHORT_METHODS.items() if long in words), words)


def change_words(line: Line) -> tuple[str, str, str]:
    """The change on a year before, in the figures as printed; the earlier figure; and what the test of the exact figures says.

    A marker where one of the two is not shown.
    """
    if not line.shown or line.latest is None:
        return line.marker, "", ""
    if line.before is None:
        return "[x]", "", ""
    if not has_figure(line.before):
        return plain(None, line.unit, line.before["marker"]), "", ""
    was = f"from {printed(line.before, line.unit)}"
    if is_range(line.latest) or is_range(line.before):  # no difference is told of what is told as a range
        return "", was, _TESTED.get(line.verdict, line.verdict)
    change = as_printed(line.latest["value"], line.unit) - as_printed(line.before["value"], line.unit)
    if not change:
        return "same figure", was, _TESTED.get(line.verdict, line.verdict)
    sign = "+" if change > 0 else MINUS
    steps = [row.get("printed_step") or 0.0 for row in (line.latest, line.before)]
    amount = change.quantize(Decimal(1)) if max(steps) >= 1 else change
    return f"{sign}{_amount(abs(amount), line.unit)}", was, _TESTED.get(line.verdict, line.verdict)


def _amount(change: Decimal, unit: str) -> str:
    return f"{'£' if unit.startswith('£') else ''}{change:,f}"


def trend_words(line: Line) -> str:
    """A series in words, for people who cannot see its line."""
    with_figure = [row for row in line.series if has_figure(row)]
    if not with_figure:
        return "No figure of the trend is shown."
    first, last = with_figure[0], with_figure[-1]
    words = f"{len(with_figure)} {_kind(line)}"
    if len(with_figure) > 1:
        low, high = span(with_figure, line.unit)
        between = f"between {low} and {high}" if low != high else "as in all between"
        words += (
            f" from {when(period_of(first))} to {when(period_of(last))}: {printed(first, line.unit)} at the start,"
            f" {printed(last, line.unit)} at the end, {between}"
        )
    else:
        words += f", {when(period_of(last))}: {printed(last, line.unit)}"
    hidden = len(line.series) - len(with_figure)
    return f"{words}{f'; {hidden} not shown' if hidden else ''}."


def _kind(line: Line) -> str:
    days = [(row["period_end"] - row["period_start"]).days for row in line.series]
    return next((words for about, words in _KINDS.items() if all(abs(d - about) <= _ABOUT for d in days)), "periods")


def _is_of_months(line: Line) -> bool:
    """Whether a figure of a year has a trend of months."""
    return line.latest is not None and period_of(line.latest).is_a_year and _kind(line) == "months"


def agreement(lines: Sequence[Line]) -> list[str]:
    """Why colour and signal differ: a sentence for each kind of difference, with its indicators."""
    names_by_sentence: dict[str, list[str]] = {}
    for line in lines:
        sentence = _explained(line)
        if sentence:
            names_by_sentence.setdefault(sentence, []).append(line.name)
    return [sentence.format(listed(names)) for sentence, names in names_by_sentence.items()]


def _explained(line: Line) -> str:
    colour = line.rag
    variation, _, assurance = signal(line)
    off = colour in _OFF
    if off and variation == COMMON:
        reach = {
            MISSES: "the target will go on being missed",
            _AGAINST[
                CHANCE
            ]: "similar figures are likely, though a single point of the trend can reach the target by chance",
        }.get(assurance, "similar figures are likely")
        return f"Off target with no significant change ({{}}): unless the way things work changes, {reach}."
    if off and variation == BETTER:
        return "Off target, but better than expected ({}): something has changed for the better."
    if colour == "green" and variation == WORSE:
        return "On target, but worse than expected ({}): something has changed for the worse."
    if colour == "green" and variation == COMMON and assurance == _AGAINST[CHANCE]:
        return "On target with no significant change ({}): a single point of the trend can still miss the target by chance."
    return ""


def notes(lines: Sequence[Line], rule: str) -> list[str]:
    """How to read the table, what was left out, and what was made coarser."""
    sentences = (
        ["RAG is by the figure before rounding, without a colour where the printed figure is on another side."]
        if any(s.target is not None for s in lines)
        else []
    )
    if any(signal(line)[0] not in ("[c]", "[x]") for line in lines):
        before = ", before rounding" if rule == "board" else ""
        sentences.append(
            f"Signals judge the latest point of the trend by the mean, last point or season of its own series{before}."
        )
    if any(_is_of_months(line) and line.traced for line in lines):
        sentences.append("Where a figure covers a year, its trend shows single months.")
    if pooled := list(dict.fromkeys(line.pooled for line in lines if line.pooled)):
        sentences.append(
            f"Professions are never counted together; the settings do not say whose target and owner these are: {listed(pooled)}."
        )
    without: dict[str, list[str]] = {}
    for line in lines:
        names = [clean(n) for n in (line.latest["left_out"] or [])] if line.latest else []
        if names:
            without.setdefault(listed(names), []).append(line.name)
    sentences += [
        f"Left out of {listed(of)}: {names}, because one side of the rate is missing." for names, of in without.items()
    ]
    for step in _COARSER:
        if coarser := [line.name for line in lines if line.note.startswith(f"Shown by {step}")]:
            sentences.append(f"The trend is by {step}, because shorter steps have too few events: {listed(coarser)}.")
    return sentences


def rag_mark(colour: Rag) -> Markup | None:
    """Return the shape of a colour, which is shown next to its word; None where there is no colour.

    >>> rag_mark("no target"), "circle" in rag_mark("green")
    (None, True)
    """
    return _MARK.format(COLOURS[colour], SHAPES[colour]) if colour in SHAPES else None


def sparkline(values: Sequence[float | None], *, target: float | None, words: str) -> Markup | None:
    """Draw a trend as a small line: a gap where a value is not shown, a dot at the latest, dashes at the target.

    Parameters
    ----------
    values : sequence of float or None
        Oldest first.
    target : float, optional
        Where the dashes are.
    words : str
        The alternative text.

    Returns
    -------
    Markup, optional
        None where there is no value.

    Examples
    --------
    >>> drawing = sparkline([1.0, 2.0, None, 3.0, 2.0], target=None, words="rose < 4")
    >>> drawing.count("<polyline"), drawing.count("<circle"), 'aria-label="rose &lt; 4"' in drawing
    (2, 1, True)
    """
    drawn_values = [v for v in values if v is not None]
    if not drawn_values:
        return None
    low, high = min(drawn_values), max(drawn_values)
    if target is not None:
        low, high = min(low, target), max(high, target)
    span = max(high - low, _LEAST_SPAN * max(abs(low), abs(high))) or 1.0
    middle = (low + high) / 2

    def down(value: float) -> float:
        return HEIGHT / 2 - (value - middle) / span * (HEIGHT - 2 * _EDGE)

    def across(place: int) -> float:
        return _EDGE + place * (WIDTH - 2 * _EDGE) / max(len(values) - 1, 1)

    shapes = []
    if target is not None:
        shapes.append(_TARGET.format(at=down(target), width=WIDTH, ink=SOFT_INK))
    places = [(across(n), down(v)) if v is not None else None for n, v in enumerate(values)]
    for _, stretch in groupby(places, key=lambda place: place is not None):
        points = [place for place in stretch if place is not None]
        if len(points) > 1:
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            shapes.append(_LINE.format(points=line, ink=PALETTE[0]))
        elif points:
            shapes.append(_dot(points[0], 1.5))
    if places[-1] is not None:
        shapes.append(_dot(places[-1], 2.5))
    return _SPARKLINE.format(words=words, width=WIDTH, height=HEIGHT, parts=Markup().join(shapes))


def _dot(place: tuple[float, float], size: float) -> Markup:
    return _DOT.format(x=place[0], y=place[1], size=size, ink=PALETTE[0])
