"""Where things go on a chart: axes that end on round numbers, dates, targets, and labels that do not lie over one another.

Worked out here and not left to the renderer, so that the same data is laid out alike everywhere.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from types import ModuleType
from typing import Any, Final

from workforce.periods import Period
from workforce.present.drawing.text_width import text_width, wrapped
from workforce.present.drawing.theme import HEIGHT, INK, WIDTH, Style
from workforce.present.text.numbers import plain

LINE: Final = 15  # pixels a line of 12-pixel text takes
_NICE: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
_ZOOM: Final = 0.5  # an axis leaves out zero only where the lowest figure is over half the highest
_DATE_LABELS: Final = 7
_SMALL: Final = 11  # pixels: the size of the text of a key
TARGET: Final = "Target"
NAME_WIDTH: Final = 140  # pixels of a line of a name at the end of its series
PANEL: Final = (270, 130)
MARK_ROOM: Final = 24  # pixels between two markers under a line


@dataclass(frozen=True, slots=True)
class Axis:
    """The ends and ticks of a number axis."""

    low: float
    high: float
    ticks: tuple[float, ...]

    @property
    def cut(self) -> bool:
        """Whether zero is not on the axis."""
        return self.low > 0 or self.high < 0

    def pixel(self, value: float, height: float = HEIGHT) -> float:
        """How far below the top of the plot a value lies."""
        return height * (self.high - value) / (self.high - self.low)

    def value(self, pixel: float, height: float = HEIGHT) -> float:
        """The value that lies so far below the top of the plot."""
        return self.high - pixel * (self.high - self.low) / height


def axis(values: Sequence[float | None], *, zero: bool = False, ticks: int = 5) -> Axis:
    """An axis on round numbers that holds all values.

    Zero is left out only where all lie far from it, and never with `zero`.

        >>> axis([3.0, 11.2]).ticks, axis([1480.0, 1530.0]).low, axis([]).high
        ((0.0, 2.5, 5.0, 7.5, 10.0, 12.5), 1480.0, 1.0)
    """
    finite = [v for v in values if v is not None and math.isfinite(v)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if zero or low <= _ZOOM * high:
        low = min(low, 0.0)
    if high < 0:
        high = 0.0
    if high == low:
        low, high = (0.0, high or 1.0) if high >= 0 else (low, 0.0)
    raw = (high - low) / ticks
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(n * power for n in _NICE if n * power >= raw * 0.999999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = tuple(round(n * step, 10) for n in range(first, last + 1))
    return Axis(marks[0], marks[-1], marks)


def spread(wanted: Sequence[float], sizes: Sequence[float], *, low: float, high: float) -> list[float]:
    """Centres nearest to the wanted ones, in the same order, at which labels of these sizes do not overlap.

    >>> spread([50.0, 52.0], [16.0, 16.0], low=0, high=100)
    [43.0, 59.0]
    """
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    blocks: list[tuple[list[int], float]] = []  # labels that touch, and where the block begins
    for i in order:
        members, start = [i], wanted[i] - sizes[i] / 2
        while blocks and blocks[-1][1] + sum(sizes[j] for j in blocks[-1][0]) > start:
            members = blocks.pop()[0] + members
            start = _best_start(members, wanted, sizes)
        blocks.append((members, start))
    centres = [0.0] * len(wanted)
    floor = low
    placed = []
    for members, start in blocks:
        total = sum(sizes[j] for j in members)
        begin = max(min(start, high - total), floor)
        placed.append((members, begin))
        floor = begin + total
    for members, begin in placed:
        at = begin
        for j in members:
            centres[j] = at + sizes[j] / 2
            at += sizes[j]
    return centres


def _best_start(members: Sequence[int], wanted: Sequence[float], sizes: Sequence[float]) -> float:
    offset, starts = 0.0, []
    for j in members:
        starts.append(wanted[j] - offset - sizes[j] / 2)
        offset += sizes[j]
    return sum(starts) / len(starts)


def date_ticks(periods: Sequence[Period]) -> list[str]:
    """Which period ends a date axis is labelled at: the last one, and every so many before it.

    >>> from workforce.periods import months
    >>> date_ticks(months("2021-04", "2023-03"))
    ['2021-09-30', '2022-03-31', '2022-09-30', '2023-03-31']
    """
    ends = sorted({p.end for p in periods})
    step = max(1, math.ceil(len(ends) / _DATE_LABELS))
    # Whole years, halves and quarters read better than every fifth month.
    step = next((s for s in (1, 2, 3, 6, 12, 24, 36, 60) if s >= step), step)
    return [f"{e:%Y-%m-%d}" for e in reversed(ends[::-1][::step])]


def utc(day: str) -> dict[str, Any]:
    """A day as Vega-Lite's date, in universal time whatever the machine's own."""
    year, month, number = (int(digits) for digits in day.split("-"))
    return {"year": year, "month": month, "date": number, "utc": True}


def date_title(periods: Sequence[Period]) -> str:
    """What a date axis shows.

    >>> from workforce.periods import months, year_to
    >>> date_title(months("2021-04", "2021-06")), date_title([year_to("2023-03")])
    ('Month', 'Year ending')
    """
    if all(p.start == p.end for p in periods):
        return "Date"
    if all(p.is_a_year for p in periods):
        return "Year ending"
    return "Month" if all(" to " not in str(p) for p in periods) else "Period ending"


def short(value: float | None) -> float | None:
    """A number as written in a specification: four decimals are more than a chart can show."""
    return None if value is None else round(float(value), 4)


def tooltips(alt: ModuleType, *, grouped: bool, dated: bool = True) -> list[Any]:
    """What JupyterLab shows at the pointer; grouped: whether the series have names."""
    when = [alt.Tooltip("x:T", title="To", format="%-d %b %Y", formatType="utc")] if dated else []
    name = [alt.Tooltip("s:N", title="Group")] if grouped else []
    return [*name, *when, alt.Tooltip("t:N", title="Figure"), alt.Tooltip("i:N", title="95% limits")]


def dates_across(alt: ModuleType, periods: Sequence[Period], *, title: str | None, labels: int = 1) -> Any:  # noqa: ANN401 - an Altair channel
    """The axis of the periods' ends; labels: every so many of its usual dates is written."""
    ticks = date_ticks(periods)[::-1][::labels][::-1]
    ends = [f"{p.end:%Y-%m-%d}" for p in periods]
    domain = [utc(min(ends)), utc(max(ends))] if len(set(ends)) > 1 else alt.Undefined
    return alt.X(
        "x:T",
        scale=alt.Scale(type="utc", domain=domain, nice=False),
        axis=alt.Axis(
            values=[utc(t) for t in ticks],
            labelExpr="utcFormat(datum.value, '%b %Y')",
            title=title,
            labelOverlap=True,
        ),
    )


def value_axis(
    alt: ModuleType, unit: str, numbers: Axis, *, title: str | None = None, grid: bool | None = None
) -> dict[str, Any]:
    """The scale and the axis of a measure, as a channel takes them: round numbers, with their unit where it is short."""
    before, after = ("'£' + " if unit.startswith("£") else ""), (" + '%'" if unit.startswith("%") else "")
    label_expression = f"{before}replace(format(datum.value, ',~r'), '-', '\u2212'){after}"
    options = {} if grid is None else {"grid": grid}
    return {
        "scale": alt.Scale(domain=[numbers.low, numbers.high], nice=False),
        "axis": alt.Axis(values=list(numbers.ticks), labelExpr=label_expression, title=title, **options),
    }


def series_channels(alt: ModuleType, style: Mapping[str, Style]) -> tuple[Any, Any, Any]:
    """The colour, the dash and the shape of each series; without a legend, because series are named at their ends."""
    names = list(style)
    values = [[style[n].colour for n in names], [list(style[n].dash) for n in names], [style[n].shape for n in names]]
    scales = [alt.Scale(domain=names, range=looks) for looks in values]
    colour, dash, shape = (
        channel("s:N", scale=scale, legend=None)
        for channel, scale in zip((alt.Color, alt.StrokeDash, alt.Shape), scales, strict=True)
    )
    return colour, dash, shape


def hover_over(alt: ModuleType, field: str) -> Any:  # noqa: ANN401 - an Altair parameter
    """The selection of what is under the pointer in JupyterLab."""
    return alt.selection_point(name="hover", on="pointerover", fields=[field], clear="pointerout")


def text_lines(base: Any, words: str, **style: Any) -> Any:  # noqa: ANN401 - an Altair chart
    """A text of one or several lines, centred on its place however many lines it takes."""
    up = -LINE * words.count("\n") / 2
    return base.mark_text(baseline="middle", lineBreak="\n", lineHeight=LINE, dy=up, **style)


def key_layers(
    alt: ModuleType, entries: Mapping[str, Mapping[str, Any]], room: float, *, top: float = 8.0
) -> list[Any]:
    """A key: for each text its mark, in rows that are no wider than the room."""
    layers: list[Any] = []
    places = key_places([12 + text_width(words, _SMALL) + 20 for words in entries], room, top=top)
    for (words, mark), (across, down) in zip(entries.items(), places, strict=True):
        base = alt.Chart(alt.Data(values=[{"w": words}]))
        layers.append(base.mark_point(filled=True, **mark).encode(x=alt.value(across), y=alt.value(down)))
        layers.append(key_text(alt, base, across + 12, down))
    return layers


def key_text(alt: ModuleType, base: Any, across: float, down: float) -> Any:  # noqa: ANN401 - an Altair chart
    """The text of an entry of a key."""
    text = base.mark_text(align="left", baseline="middle", fontSize=_SMALL)
    return text.encode(x=alt.value(across), y=alt.value(down), text="w:N")


def in_panels(alt: ModuleType, plots: Sequence[Any], key: Sequence[Any] = (), *, key_height: float = 0.0) -> Any:  # noqa: ANN401 - an Altair chart
    """Plots in two columns, over their key where there is one."""
    columns = alt.concat(*plots, columns=2, spacing=24)
    if not key:
        return columns
    # The key is a plot of its own, so that it is under all panels.
    under = alt.layer(*key).properties(width=2 * PANEL[0], height=key_height)
    return alt.vconcat(columns, under, spacing=10)


def note_in_plot(alt: ModuleType, words: str) -> Any:  # noqa: ANN401 - an Altair chart
    """Words in the middle of a plot without figures."""
    note = alt.Chart(alt.Data(values=[{"w": words}])).mark_text(color=INK)
    return note.encode(x=alt.value(WIDTH / 2), y=alt.value(HEIGHT / 2), text="w:N")


def key_places(
    widths: Sequence[float], room: float, *, left: float = 4.0, top: float = 8.0
) -> list[tuple[float, float]]:
    """Where the entries of a key are, in rows that are no wider than the room.

    >>> key_places([60.0, 60.0, 60.0], 130.0)
    [(4.0, 8.0), (64.0, 8.0), (4.0, 26.0)]
    """
    places: list[tuple[float, float]] = []
    across, down = left, top
    for width in widths:
        if across > left and across + width > room:
            across, down = left, down + LINE + 3
        places.append((across, down))
        across += width
    return places


def gap_marks(points: Sequence[tuple[str, str | None]], width: float) -> list[str | None]:
    """For each point of a series its marker where it is to be written: one for each run of gaps, at its middle, where there is room.

    points: the day and, where it is a gap, its marker.

    >>> gap_marks([("2023-01-31", None), ("2023-02-28", "[c]"), ("2023-03-31", "[c]"), ("2023-04-30", "[c]")], 300)
    [None, None, '[c]', None]
    """
    days = [date.fromisoformat(day).toordinal() for day, _ in points]
    per_day = width / max(1, max(days, default=0) - min(days, default=0))
    marks: list[str | None] = [None] * len(points)
    at, last = 0, -math.inf
    for mark, run in groupby(mark for _, mark in points):
        members = range(at, at + len(list(run)))
        at = members.stop
        middle = members[len(members) // 2]
        if mark and (days[middle] - last) * per_day >= MARK_ROOM:
            marks[middle], last = mark, days[middle]
    return marks


def target_layers(
    alt: ModuleType, target: float | None, unit: str, *, across: bool, words: str = TARGET, lift: int = 0
) -> list[Any]:
    """A dashed rule at a target with its words, over the plot (across) or down it."""
    if target is None:
        return []
    data = alt.Data(values=[{"v": target, "w": f"{words} {plain(target, unit)}"}])
    # Without this the layer's own default would stretch the shared axis down to zero.
    shared = alt.Scale(zero=False)
    rule = alt.Chart(data).mark_rule(strokeDash=[5, 4], strokeWidth=1.5, color=INK)
    text = alt.Chart(data).mark_text(align="left", baseline="bottom", dx=4, dy=-3 - lift, fontSize=11)
    if across:
        y = alt.Y("v:Q", scale=shared)
        return [rule.encode(y=y), text.encode(y=y, x=alt.value(0), text="w:N")]
    x = alt.X("v:Q", scale=shared)
    return [rule.encode(x=x), text.encode(x=x, y=alt.value(0), text="w:N")]


def panel_title(alt: ModuleType, words: str, **more: Any) -> Any:  # noqa: ANN401 - Altair's title
    """The heading of a panel, in lines that do not reach into the next panel."""
    return alt.Title(wrapped(words, PANEL[0], bold=True), fontWeight="bold", offset=6, **more)


def end_labels(
    alt: ModuleType, ends: list[tuple[str, str, float]], style: dict[str, Style], lines: Axis, *, height: float = HEIGHT
) -> list[Any]:
    """A name for each series to the right of the plot, level with its end as nearly as the others allow, with its shape."""
    texts = [wrapped(words, NAME_WIDTH) for _, words, _ in ends]
    places = spread([at for _, _, at in ends], [LINE * len(t) + 3 for t in texts], low=0, high=height)
    layers = []
    for (name, _, _), text, place in zip(ends, texts, places, strict=True):
        line_style = style[name]
        mark = alt.Chart(alt.Data(values=[{"y": short(lines.value(place, height)), "w": "\n".join(text)}]))
        if len(ends) > 1:
            layers.append(
                mark.mark_point(shape=line_style.shape, filled=True, size=55, color=line_style.colour).encode(
                    y=alt.Y("y:Q"), x=alt.value(WIDTH + 16)
                )
            )
        layers.append(
            text_lines(mark, "\n".join(text), align="left").encode(
                y=alt.Y("y:Q"), x=alt.value(WIDTH + (26 if len(ends) > 1 else 12)), text="w:N"
            )
        )
    return layers
