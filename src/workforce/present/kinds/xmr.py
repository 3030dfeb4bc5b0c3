"""A series with its XmR limits: whether it varies as it always has, or something has changed.

The chart and its sentences show what was judged before release; nothing is judged again. A special cause has its own shape and colour.
Lines that release leaves out, because exact figures follow from them, are worked out from the printed figures.
There is no band of 95% limits: XmR limits are of another kind.
Source: NHS England, Making Data Count; its colours are darkened here, because its grey and blue have too little contrast on white.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from types import ModuleType
from typing import Any, Final

from workforce.disclosure import Released
from workforce.disclosure.small_bodies import MOST_YEARS
from workforce.errors import UsageError
from workforce.periods import Period
from workforce.present.drawing.axes import (
    LINE,
    PANEL,
    Axis,
    axis,
    date_title,
    dates_across,
    gap_marks,
    in_panels,
    key_layers,
    panel_title,
    short,
    spread,
    target_layers,
    value_axis,
)
from workforce.present.drawing.text_width import wrapped
from workforce.present.drawing.theme import (
    HEIGHT,
    INK,
    PALETTE,
    PAPER,
    QUIET,
    RULE,
    SOFT_INK,
    WIDTH,
    altair,
    specification,
)
from workforce.present.kinds.measure_table import measure_table_drawn
from workforce.present.shown import Figure, Text, _figure, _sentence
from workforce.present.text.numbers import (
    capital,
    clean,
    dated,
    gap_in_words,
    limits,
    listed,
    number,
    plain,
    plural,
    printed,
    printed_words,
    when,
)
from workforce.present.text.sentences import (
    NOT_BY_SEASON_WORDS,
    SPOKEN,
    axis_words,
    caption,
    figure_at,
    in_place,
    is_plural,
    more_in_table,
    sentence_of,
    subject_of,
    title_in_place,
    why_not,
)
from workforce.present.view import MOST_PANELS, View, groups_with_room, view, view_of
from workforce.sealed import number_or_none, text_or_none
from workforce.stats.funnel import may_be_negative
from workforce.stats.xmr import (
    ABOVE,
    BELOW,
    COMMON,
    NOT_BY_SEASON,
    POINT_BEFORE,
    SAME_SEASON,
    TOO_FEW,
    TOO_FEW_EVENTS,
    UNJUDGED,
    lines_of,
    months_apart,
)

_KEY: Final = 62  # pixels from the plot to the key: axis numbers and title lie between
_ADDED: Final = (
    "centre",
    "lower_limit",
    "upper_limit",
    "special_cause",
    "variation",
    "judged_against",
    "stretch",
    "sets_limits",
)
_POINT_WORDS: Final = {1: "month", 3: "quarter"}  # what a point is called, by its months
_PER_YEAR: Final = {"month": 12, "quarter": 4}
_NOT_DRAWN: Final = ("cut", "m", "longer", "worked_out")  # what a row says of its lines in words
_POINT: Final = "point"  # what a period is called that is neither
_CONTRADICTED: Final = "a point may be on the other side of a limit than its signal says."
# What the centre is called at its end, and in the caption; a season and what a stock is expected to be are drawn as steps.
_CENTRES: Final = {SAME_SEASON: "Season", POINT_BEFORE: "Expected"}
_MEAN: Final = "Mean"
_MEAN_LINE: Final = "Solid line: the mean of the series"
_MEAN_LIMITS: Final = "the limits of its usual variation"
_DOT: Final = 34
_SPECIAL_DOT: Final = 95
_NOTHING: Final = "usual"
_TARGET_DASH: Final = [9, 3, 2, 3]
JUDGED: Final = "No significant change"
_NAMED: Final = 3  # a sentence names at most this many groups; more are counted
_ORDER: Final = (
    "worse than expected",
    "better than expected",
    "higher than expected",
    "lower than expected",
    COMMON,
    TOO_FEW,
    TOO_FEW_EVENTS,
)
# The words for a judgement against the target, for names in the singular and in the plural.
_TARGET: Final = {
    "consistently hits the target": ("consistently hits the target", "consistently hit the target"),
    "consistently misses the target": ("consistently misses the target", "consistently miss the target"),
    "hit or miss": (
        "can meet or miss the target without anything having changed, because the target is within its usual variation",
        "can meet or miss the target without anything having changed, because the target is within their usual variation",
    ),
}


@dataclass(frozen=True, slots=True)
class _Mark:
    colour: str
    shape: str


# Shape and colour both show what a point is; worse and better are far apart for people with colour blindness too.
_MARKS: Final = {
    "better than expected": _Mark(PALETTE[0], "diamond"),
    "worse than expected": _Mark(PALETTE[3], "square"),
    "higher than expected": _Mark(PALETTE[2], "triangle-up"),
    "lower than expected": _Mark(PALETTE[2], "triangle-down"),
}
_USUAL: Final = _Mark(QUIET, "circle")
_ALL_MARKS: Final = {_NOTHING: _USUAL, **_MARKS}


def xmr(
    released: Released,
    *,
    by: str | None = None,
    definition: str | None = None,
    target: float | None = None,
    title: str | Text | None = None,
    source: str | None = None,
) -> Figure | Text:
    """A released table with what `wf.stats.xmr` added, as a line between its limits; special causes are marked.

    A withheld point is a gap; limits may be withheld too. Of more than 12 groups those with most people are drawn, and the caption says so.
    A seasonal series (sickness) has its season as a stepped line, the mean of each month over the years, and the caption names the highest
    month of the last 12 and of the 12 before. Where figures are rounded or withheld, the lines of seasonal series and stocks are worked out
    from the printed figures, and signals from the exact ones.

    Parameters
    ----------
    released : Released
        One table with what `wf.stats.xmr` added before release.
    by : str, optional
        The column that distinguishes the series; each has a panel of its own, with its own limits.
    definition : str, optional
        Needed only where the table has several.
    target : float, optional
        The target that the table was judged against.
    title : str or Text, optional
        Without it, how the latest point of each series was judged.
    source : str, optional
        Whose data, for the caption.

    Returns
    -------
    Figure or Text
        The chart, its alternative text, its caption and its numbers as a table. A sentence with the reason where no figure can be drawn.

    Raises
    ------
    DisclosureError
        Where the table was not released.
    UsageError
        Where the table was not judged before release.
    """
    target, source = number_or_none(target, "target"), text_or_none(source, "source")
    table = view(released, by=by, definition=definition)
    missing = [c for c in _ADDED if c not in table.added]
    if missing:
        raise UsageError(
            "the table lacks the columns {columns}",
            hint="use wf.stats.xmr, and release what it returns",
            columns=listed(missing),
        )
    if sentence := in_place(table, title=title, about=f"the usual variation of {subject_of(table)}"):
        return sentence
    if not table.periods or table.frame["period_end"].null_count():
        raise UsageError("a row has no period", hint="an XmR chart is drawn over periods")
    if len(table.periods) <= MOST_YEARS and table.reasons:  # a few years of a small body have no usual variation
        without_note = table._with(table.frame.clear(), note="")  # no step is shown
        return sentence_of(
            without_note, without_note.frame, title=title, about=f"the usual variation of {subject_of(table)}"
        )
    fitting, not_drawn = groups_with_room(table, MOST_PANELS)
    width = PANEL[0] if len(fitting.series) > 1 else WIDTH
    rows = {name: _rows(fitting, name, width) for name in fitting.series}
    everything = [r[k] for series_rows in rows.values() for r in series_rows for k in ("y", "c", "l", "u", "j")]
    scale = axis([*everything, target])
    cut = any(r["cut"] for series_rows in rows.values() for r in series_rows)
    sentences = [
        not_drawn,
        *_lines_drawn(fitting, rows.values()),
        *_methods(fitting),
        "A lower limit below zero is not drawn." if cut else "",
        _judged_before(table, rows.values()),
        "The vertical axis does not start at zero." if scale.cut else "",
        *_peaks(fitting),
    ]
    spec = _panels(fitting, rows, scale, target) if len(rows) > 1 else _one_plot(fitting, rows, scale, target)
    return _figure(
        table,
        title=title,
        chosen=variation_title(table),
        spec=spec,
        alt_text=f"{xmr_alt(fitting)} {not_drawn}".strip(),
        caption=caption(table, source=source, extra=sentences),
        numbers=measure_table_drawn(
            released, by=by, definition=definition, columns=["period", "value", "variation", "special_cause"]
        ),
        target=target,
        source=source,
    )


def _lines_drawn(table: View, series: Iterable[list[dict[str, Any]]]) -> list[str]:
    """What the lines of the chart are; those that are not drawn are not described."""
    point_word = _point_word(table)
    sentences: dict[str, None] = {}
    stretches = [list(points) for rows in series for _, points in groupby(rows, lambda point: point["k"])]
    for points in stretches:
        centre, half = _line_words(points[0]["m"], points[0]["longer"] or point_word)
        if any(p["l"] is not None or p["u"] is not None for p in points):
            sentences[f"{centre}; dashed: {half}."] = None
        elif any(p["c"] is not None for p in points):
            sentences[f"{centre}."] = None
        if any(p["j"] is not None for p in points):
            longer = points[0]["longer"]
            sentences[
                f"Thick steps: the {longer}s that are judged, because single {point_word}s have too few events."
            ] = None
    if f"{_MEAN_LINE}; dashed: {_MEAN_LIMITS}." in sentences:
        sentences.pop(f"{_MEAN_LINE}.", None)
    return list(sentences)


def _line_words(method: str | None, point_word: str) -> tuple[str, str]:
    """What the centre is, and what its limits are; point_word: what a judged point is called."""
    if method == SAME_SEASON:
        expected = f"what its season and the {point_word} before lead one to expect"
        return (
            f"Stepped line: the season, which is the mean of each {point_word} over the years",
            f"how far a {point_word} usually is from {expected}",
        )
    if method == POINT_BEFORE:
        return (
            f"Stepped line: what the {point_word} before leads one to expect",
            f"how far a {point_word} usually is from it",
        )
    return _MEAN_LINE, _MEAN_LIMITS


def _judged_before(table: View, series: Iterable[list[dict[str, Any]]]) -> str:
    """That verdicts are of exact figures; and whether lines are of the printed ones, on whose other side a point may then be."""
    points = [point for rows in series for point in rows]
    rounded = "Judged before figures were rounded." if table.rule == "board" else ""
    if not any(p["worked_out"] and p["u"] is not None for p in points):
        return rounded
    sentence = "Lines are worked out from the figures shown, signals from the exact ones"
    return f"{sentence}: {_CONTRADICTED}" if any(_contradicted(p) for p in points) else f"{sentence}."


def _contradicted(point: dict[str, Any]) -> bool:
    """Whether a point is on the other side of a limit that is drawn than its verdict says."""
    figure = point["y"] if point["j"] is None else point["j"]
    if figure is None or point["y"] is None or point["u"] is None:
        return False
    is_outside = figure > point["u"] or (point["l"] is not None and figure < point["l"])
    return bool(is_outside != (point["w"] in (ABOVE, BELOW)))


def _point_word(table: View) -> str:
    """What the points of a series are called: months, quarters, or points."""
    return _POINT_WORDS.get(months_apart([period.end for period in table.periods]), _POINT)


def _peaks(table: View) -> list[str]:
    """Of each seasonal series its highest point of the last year next to that of the year before: printed figures, and no claim.

    Nothing is said of a series of which one of these points is not shown: it may be the highest.
    """
    point_word = _point_word(table)
    is_seasonal = table.frame["judged_against"].str.starts_with(SAME_SEASON).fill_null(value=False).any() or (
        table.book is not None and table.book.series == "seasonal"
    )
    names = table.series
    if point_word not in _PER_YEAR or not is_seasonal or len(names) > _NAMED:
        return []
    count = _PER_YEAR[point_word]
    sentences = []
    for name in names:
        rows = table.of(name).rows()[-2 * count :]
        ends = [row["period_end"] for row in rows]
        is_complete = len(rows) == 2 * count and _apart(ends) == (2 * count - 1) * 12 // count
        if not is_complete or any(row["value"] is None for row in rows):
            continue
        start = f"{name}: the" if len(names) > 1 else "The"
        before, latest = _peak(table, point_word, rows[:count]), _peak(table, point_word, rows[count:])
        sentences.append(
            f"{start} highest {point_word} of the last {count} was {latest}; of the {count} before, {before}."
        )
    not_tested = ["The differences were not tested." if len(sentences) > 1 else "The difference was not tested."]
    return [*sentences, *not_tested] if sentences else []


def _apart(days: list[date]) -> int:
    """The months from the first day to the last."""
    return (days[-1].year - days[0].year) * 12 + days[-1].month - days[0].month


def _peak(table: View, point_word: str, rows: list[dict[str, Any]]) -> str:
    """The highest printed figure, and each point that has it: printed alike, none is the higher one."""
    highest = max(row["value"] for row in rows)
    peak_ends = [r["period_end"] for r in rows if plain(r["value"], table.unit) == plain(highest, table.unit)]
    at = "in" if point_word == "month" else f"in the {point_word} to"
    places = (
        f"{at} {listed([f'{end:%B %Y}' for end in peak_ends])}"
        if len(peak_ends) <= _NAMED
        else f"in {len(peak_ends)} {point_word}s"
    )
    return f"{number(highest, table.unit)} {places}"


def _methods(table: View) -> list[str]:
    """How the latest points are judged, and how often chance alone flags the latest point where nothing has changed."""
    sentences: dict[str, None] = {}
    for name in table.series:
        latest = table.of(name).rows()[-1]
        against, rate = latest.get("judged_against"), latest.get("false_alarms")
        if not against or latest["variation"] in UNJUDGED:
            continue
        by_chance = (
            f"; chance alone flags it in about {plain(rate, '%')} of series in which nothing has changed"
            if rate is not None
            else ""
        )
        sentences[f"The latest point is judged against {clean(against)}{by_chance}."] = None
    return list(sentences)


def _rows(table: View, name: str, width: float) -> list[dict[str, Any]]:
    """The columns that a series needs, and no others; `k` numbers the stretches between which its limits restart."""
    points: list[dict[str, Any]] = []
    bounded = table.book is None or not may_be_negative(table.book)
    of_series = table.of(name)
    for r, line in zip(of_series.rows(), lines_of(of_series.frame, table.book).to_dicts(), strict=True):
        lower = short(line["lower"])
        cut = bool(bounded and lower is not None and lower < 0)
        points.append(
            {
                "s": name,
                "x": f"{r['period_end']:%Y-%m-%d}",
                "y": short(r["value"]),
                "c": short(line["centre"]),
                "l": None if cut else lower,
                "u": short(line["upper"]),
                "j": short(line["figure"]),
                "k": line["stretch"],
                "v": r["variation"] if r["value"] is not None and r["variation"] in _MARKS else _NOTHING,
                "w": clean(r["special_cause"] or ""),
                "t": printed(r, table.unit),
                "cut": cut,
                "m": line["method"],
                "longer": line["longer"],
                "worked_out": line["worked_out"],
            }
        )
    marks = gap_marks([(r["x"], r["t"] if r["y"] is None else None) for r in points], width)
    return [{**r, "g": mark} for r, mark in zip(points, marks, strict=True)]


def _layers(alt: ModuleType, table: View, rows: list[dict[str, Any]], scale: Axis, *, labels: int = 1) -> list[Any]:
    drawn_rows = [{k: v for k, v in r.items() if k not in _NOT_DRAWN} for r in rows]
    by_point = any(r["m"] in _CENTRES for r in rows)
    data = alt.Data(values=drawn_rows)
    x = dates_across(alt, table.periods, title=date_title(table.periods), labels=labels)
    shared = value_axis(alt, table.unit, scale)
    base = alt.Chart(data)
    layers: list[Any] = []
    # In a panel a step is shorter than a dash of the large plot.
    dashes, limit_width = ([6, 4], 1.5) if labels == 1 or not by_point else ([2, 2], 1)
    for column, dash, colour, thick in (
        ("c", [1, 0], RULE, 1.5),
        ("l", dashes, SOFT_INK, limit_width),
        ("u", dashes, SOFT_INK, limit_width),
        ("j", [1, 0], QUIET, 3),
    ):
        if not any(r[column] is not None for r in rows):
            continue
        # Limits about the mean apply to a whole stretch, also where one of its points is withheld; those of each point do not.
        line_rows = base if by_point or column == "j" else base.transform_filter(f"isValid(datum.{column})")
        layers.append(
            line_rows.mark_line(strokeWidth=thick, strokeDash=dash, color=colour, interpolate="step").encode(
                x=x, y=alt.Y(f"{column}:Q", **shared), detail="k:N"
            )
        )
    y = alt.Y("y:Q", **shared)
    layers.append(base.mark_line(strokeWidth=1.75, color=QUIET).encode(x=x, y=y))
    tips = [
        alt.Tooltip("x:T", title="To", format="%-d %b %Y", formatType="utc"),
        alt.Tooltip("t:N", title="Figure"),
        alt.Tooltip("v:N", title="Variation"),
        alt.Tooltip("w:N", title="Special cause"),
    ]
    points = alt.Chart(data).transform_filter("isValid(datum.y)")
    for words, mark in _ALL_MARKS.items():
        if not any(r["v"] == words and r["y"] is not None for r in rows):
            continue
        special = words != _NOTHING
        layers.append(
            points.transform_filter(alt.FieldEqualPredicate(field="v", equal=words))
            .mark_point(
                filled=True,
                shape=mark.shape,
                color=mark.colour,
                size=_SPECIAL_DOT if special else _DOT,
                stroke=PAPER,
                strokeWidth=0.75,
            )
            .encode(x=x, y=y, tooltip=tips)
        )
    if any(r["g"] for r in rows):
        gaps = base.transform_filter("isValid(datum.g)").mark_text(
            baseline="bottom", dy=-3, fontSize=11, color=SOFT_INK
        )
        layers.append(gaps.encode(x=x, y=alt.datum(scale.low), text="g:N"))
    return layers


def _key(alt: ModuleType, rows: list[dict[str, Any]], down: float, width: float) -> list[Any]:
    """What each kind of point means, in a row under the plot, or in several where one is too narrow."""
    kinds = [v for v in _ALL_MARKS if any(r["v"] == v and r["y"] is not None for r in rows)]
    entries = {
        capital(kind) if kind != _NOTHING else JUDGED: {
            "shape": _ALL_MARKS[kind].shape,
            "color": _ALL_MARKS[kind].colour,
            "size": _SPECIAL_DOT if kind != _NOTHING else _DOT,
        }
        for kind in kinds
    }
    return key_layers(alt, entries, width, top=down)


def _ends(alt: ModuleType, table: View, rows: list[dict[str, Any]], scale: Axis, target: float | None) -> list[Any]:
    """What the lines are, at their right ends, and the latest figure."""
    centre = _CENTRES.get(rows[-1]["m"], _MEAN) if rows else _MEAN
    line_names = {"u": "Upper limit", "c": centre, "l": "Lower limit"}
    labels: list[tuple[str, float, bool]] = []
    for column, words in line_names.items():
        values = [r[column] for r in rows if r[column] is not None]
        if values:
            labels.append((f"{words} {plain(values[-1], table.unit)}", scale.pixel(values[-1]), False))
    if target is not None:
        labels.append((f"Target {plain(target, table.unit)}", scale.pixel(target), False))
    figures = [r["y"] for r in rows if r["y"] is not None]
    if rows:
        labels.append((rows[-1]["t"], scale.pixel(figures[-1]) if figures else float(HEIGHT), True))
    places = spread([at for _, at, _ in labels], [LINE + 1.0] * len(labels), low=0, high=HEIGHT)
    return [
        alt.Chart(alt.Data(values=[{"w": words}]))
        .mark_text(
            align="left",
            baseline="middle",
            fontSize=12 if latest else 11,
            fontWeight="bold" if latest else "normal",
            color=INK if latest else SOFT_INK,
        )
        .encode(x=alt.value(WIDTH + 10), y=alt.value(place), text="w:N")
        for (words, _, latest), place in zip(labels, places, strict=True)
    ]


def _target(alt: ModuleType, target: float | None) -> list[Any]:
    """The target as a rule; its label is next to those of the limits, where no point is in the way."""
    if target is None:
        return []
    rule = alt.Chart(alt.Data(values=[{"v": target}])).mark_rule(strokeDash=_TARGET_DASH, strokeWidth=1.5, color=INK)
    return [rule.encode(y=alt.Y("v:Q", scale=alt.Scale(zero=False)))]


def _one_plot(table: View, rows: dict[str, list[dict[str, Any]]], scale: Axis, target: float | None) -> Any:  # noqa: ANN401
    alt = altair()
    series_rows = next(iter(rows.values()), [])
    layers = [
        *_layers(alt, table, series_rows, scale),
        *_target(alt, target),
        *_ends(alt, table, series_rows, scale, target),
        *_key(alt, series_rows, HEIGHT + _KEY, WIDTH),
    ]
    return specification(alt.layer(*layers).properties(width=WIDTH, height=HEIGHT), title=axis_words(table))


def _panels(table: View, rows: dict[str, list[dict[str, Any]]], scale: Axis, target: float | None) -> Any:  # noqa: ANN401
    alt = altair()
    width, height = PANEL
    plots = []
    for name, series_rows in rows.items():
        latest = table.of(name).rows()[-1]
        judged = gap_in_words(latest) or clean(latest["variation"] or "not judged")
        heading = panel_title(
            alt,
            f"{name}: {printed_words(latest, table.unit)}",
            subtitle=wrapped(judged, width),
            subtitleFontSize=12,
            subtitleColor=INK,
            subtitlePadding=3,
        )
        layers = [
            *_layers(alt, table, series_rows, scale, labels=2),
            *target_layers(alt, target, table.unit, across=True),
        ]
        plots.append(alt.layer(*layers).properties(width=width, height=height, title=heading))
    all_rows = [r for series_rows in rows.values() for r in series_rows]
    all_panels = in_panels(alt, plots, _key(alt, all_rows, 8, 2 * width), key_height=2 * LINE)
    return specification(all_panels, title=axis_words(table))


def xmr_alt(table: View) -> str:
    """The alternative text of an XmR chart: each series' latest figure, its limits, and its special causes."""
    periods = table.periods
    if not periods:
        return f"XmR chart of {table.called}, without figures."
    panels = f", a panel for each of {len(table.series)} {plural(table.by or 'group')}" if len(table.series) > 1 else ""
    sentences = [
        f"XmR chart of {table.called}: {len(periods)} point{'' if len(periods) == 1 else 's'} to {when(periods[-1])}{panels}."
    ]
    sentences += [_series_with_limits(table, name) for name in table.series[:SPOKEN]]
    return " ".join([*sentences, more_in_table(len(table.series))]).strip()


def _series_with_limits(table: View, name: str) -> str:
    rows = table.of(name).rows()
    with_value = [r for r in rows if r["value"] is not None]
    start = f"{name}: " if table.by else ""
    if not with_value:
        return f"{capital(start)}no figure is shown."
    last = with_value[-1]
    text = f"{start}{figure_at(last, table)}{_lines_in_words(table, name, rows.index(last))}"
    text += f"; {clean(last['variation'])}" if last["variation"] else ""
    special = [r for r in with_value if r["special_cause"]]
    if special:
        latest_special = special[-1]
        period = Period(latest_special["period_start"], latest_special["period_end"])
        text += f"; {len(special)} special cause{'' if len(special) == 1 else 's'}, the latest {dated(period)}"
        text += f" ({clean(latest_special['special_cause'])})"
    hidden = len(rows) - len(with_value)
    return capital(text) + (f"; {hidden} not shown." if hidden else ".")


def _lines_in_words(table: View, name: str, place: int) -> str:
    """The centre of one point and its limits, as the chart draws them."""
    lines = lines_of(table.of(name).frame, table.book).to_dicts()
    line = lines[place]
    by_point = line["method"] in _CENTRES
    text = ""
    if line["centre"] is not None:
        text += f", {_CENTRES.get(line['method'], _MEAN).lower()} {plain(line['centre'], table.unit)}"
    limited = [line] if by_point else [r for r in lines if r["method"] not in _CENTRES]
    limited = [r for r in limited if r["lower"] is not None and r["upper"] is not None]
    if limited:
        low, high = limited[-1]["lower"], limited[-1]["upper"]
        floored = low < 0 and table.book is not None and not may_be_negative(table.book)
        range_words = "up to " + plain(high, table.unit) if floored else limits(low, high, table.unit)
        text += f", {'limits' if by_point else 'usual variation'} {range_words}"
    return text


def variation_title(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """How the latest point of each series was judged: "Turnover in March 2023: no significant change".

    Parameters
    ----------
    shown : Released
        One table with what `wf.stats.xmr` added before release.
    by : str, optional
        The column that distinguishes the series; needed only where there are several.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The title.

    Raises
    ------
    UsageError
        Where the table was not judged before release.
    """
    table = _judged(view_of(shown, by, definition))
    if words := title_in_place(table):
        return words
    subject = capital(table.called)
    if not table.periods:
        return _sentence(f"{subject}: no figures for this period", table)
    latest = table.periods[-1]
    at = f"{dated(latest)}"
    names = table.series
    if len(names) == 1:
        of = f"{names[0]}: {table.called}" if table.by else subject
        return _sentence(f"{of} {at}: {_point(table.row(latest, names[0]))}", table)
    names_by_words: dict[str, list[str]] = {}
    for name in names:
        row = table.row(latest, name)
        names_by_words.setdefault(clean(row["variation"]) if _has_words(row) else gap_in_words(row), []).append(name)
    if len(names_by_words) == 1:
        judged = next(iter(names_by_words))
        of_which = "any of the" if judged == COMMON else "all"
        return _sentence(f"{subject} {at}: {judged} in {of_which} {len(names)} {plural(table.by or 'group')}", table)
    order = sorted(names_by_words, key=lambda words: (_ORDER.index(words) if words in _ORDER else len(_ORDER), words))
    clauses = [
        f"{words} in {listed(members) if len(members) <= _NAMED else f'{len(members)} of {len(names)}'}"
        for words, members in ((words, names_by_words[words]) for words in order)
    ]
    return _sentence(f"{subject} {at}: {'; '.join(clauses)}", table)


def variation_sentence(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """Variation of the latest points, assurance against the target, and whether seasons were taken into account, in sentences.

    Without a target, or without a better direction, there is no sentence on the target.

    Parameters
    ----------
    shown : Released
        One table with what `wf.stats.xmr` added before release.
    by : str, optional
        The column that distinguishes the series; needed only where there are several.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The sentence, or sentences.

    Raises
    ------
    UsageError
        Where the table was not judged before release.
    """
    table = _judged(view_of(shown, by, definition))
    if table.frame["value"].is_null().all():
        changed = f"{table.called} {'have' if is_plural(table.called) else 'has'} changed"
        return _sentence(f"It is not known whether {changed}: {why_not(table, table.frame)}.", table)
    sentences = [f"{variation_title(table).text}."]
    if table.periods:
        sentences += _assurance(table)
        judged = table.frame["variation"].drop_nulls()
        is_seasonal = table.book is not None and table.book.series == "seasonal"
        not_by_season = "season" in table.added and bool((table.frame["season"] == NOT_BY_SEASON).any())
        if is_seasonal and not_by_season and not judged.is_in(UNJUDGED).all():
            sentences.append(NOT_BY_SEASON_WORDS)
    return _sentence(" ".join(sentences), table)


def _judged(table: View) -> View:
    if "variation" not in table.added:
        raise UsageError("the table was not judged", hint="use wf.stats.xmr, and release what it returns")
    return table


def _has_words(row: dict[str, Any]) -> bool:
    return row["value"] is not None and row["variation"] is not None


def _point(row: dict[str, Any]) -> str:
    if not _has_words(row):
        return gap_in_words(row) or "not judged"
    cause = row["special_cause"]
    variation = clean(row["variation"])
    return f"{variation} ({clean(cause)})" if cause else variation


def _assurance(table: View) -> list[str]:
    """A sentence for each judgement against the target that some series has."""
    if "assurance" not in table.added:
        return []
    names_by_words: dict[str, list[str]] = {}
    for name in table.series:
        judgements = [r["assurance"] for r in table.of(name).rows() if r["assurance"] in _TARGET]
        if judgements:
            names_by_words.setdefault(judgements[-1], []).append(name)
    subject = table.called
    many = is_plural(subject)
    if len(table.series) == 1:
        return [f"{capital(subject)} {_TARGET[words][many]}." for words in names_by_words]
    return [f"In {listed(names)} {subject} {_TARGET[words][many]}." for words, names in sorted(names_by_words.items())]
