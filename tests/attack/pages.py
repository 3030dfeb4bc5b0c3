"""Published pages as facts: each printed count with its quantity, groups and period, and the whole numbers or sums it may stand for."""

from __future__ import annotations

import calendar
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from attack import drawings, words
from attack.markup import Element, Row, Table, table, tree

Groups = frozenset[tuple[str, str]]
Period = tuple[date, date]

WITHHELD = "[c]"
NOT_AVAILABLE = ("[x]", "[z]", "no figure", "not known", "")
LARGEST_SMALL = {"board": 7, "internal": 4}
LARGEST_WITHOUT_PAY = {"board": 9, "internal": 4}  # of so few people in a role no pay is printed, nor how many they are
# What a page says of the third side of its rates: how far off the printed figure can be, in points.
HALF_POINT, WHOLE_POINT = 0.6, 2.0


# Headers of rows that are other words for an attribute.
ATTRIBUTES = {"Employer": "organisation"}


@dataclass(frozen=True)
class Fact:
    """A printed number: what it counts, of whom, when, and between which two numbers it lies."""

    quantity: str
    unit: str
    groups: Groups
    period: Period | None
    low: float
    high: float
    mark: str  # "printed", "zero", "small", "withheld"
    where: str
    printed: str

    @property
    def whole(self) -> bool:
        """Whether the number behind it is a whole one."""
        return self.unit in (words.PEOPLE, words.ROWS)


@dataclass(frozen=True)
class Rate:
    """A printed rate: its two sides, and between which two shares (or figures for each) it lies."""

    top: str
    bottom: str
    groups: Groups
    period: Period | None
    low: float
    high: float
    sides_printed: bool
    where: str
    printed: str


@dataclass(frozen=True)
class Listing:
    """A table that lists the groups into which an attribute divides the rest: their counts add up to the whole."""

    quantity: str
    attribute: str
    parent: Groups
    values: tuple[str, ...]
    where: str


@dataclass
class Reading:
    """All that was read from the pages of one report or of several."""

    facts: list[Fact] = field(default_factory=list)
    rates: list[Rate] = field(default_factory=list)
    listings: list[Listing] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)  # where, what is printed
    left_aside: Counter[str] = field(default_factory=Counter)  # kinds of columns that print no counts
    rule: str = "board"

    def add(self, other: Reading) -> None:
        """Take over what was read elsewhere."""
        self.facts += other.facts
        self.rates += other.rates
        self.listings += other.listings
        self.unread += other.unread
        self.left_aside += other.left_aside

    @property
    def share_read(self) -> float:
        """Of the cells with a number of a count or a rate, those that became facts."""
        used = len(self.facts) + len(self.rates)
        return used / max(used + len(self.unread), 1)


_MONTHS = {name: number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name: number for number, name in enumerate(calendar.month_abbr) if name}
_DAY = r"(\d{1,2}) (" + "|".join(_MONTHS) + r") (\d{4})"
_MONTH = "(" + "|".join(_MONTHS) + r") (\d{4})"


def _day(groups: tuple[str, ...]) -> date:
    return date(int(groups[2]), _MONTHS[groups[1]], int(groups[0]))


def _last(month: str, year: str) -> date:
    return date(int(year), _MONTHS[month], calendar.monthrange(int(year), _MONTHS[month])[1])


def _years_before(end: date, years: int) -> date:
    begin = end + timedelta(1)
    return begin.replace(year=begin.year - years)


def period_of(text: str) -> Period | None:
    """The period or day that words name, or None."""
    if found := re.search(f"{_DAY} to {_DAY}", text):
        return _day(found.groups()[:3]), _day(found.groups()[3:])
    if found := re.search(rf"year (?:to|ending) (?:\d+ )?{_MONTH}", text, re.IGNORECASE):
        end = _last(*found.groups())
        return _years_before(end, 1), end
    if found := re.search(_DAY, text):
        return (_day(found.groups()),) * 2
    if found := re.search(_MONTH, text):
        end = _last(*found.groups())
        return end.replace(day=1), end
    return None


MINUS, DASH = "\N{MINUS SIGN}", "\N{EN DASH}"


def _number(text: str) -> float | None:
    plain = text.replace(",", "").replace(MINUS, "-").replace("£", "").rstrip("%")
    return float(plain) if re.fullmatch(r"-?\d+(\.\d+)?", plain) else None


def _half_step(text: str) -> float:
    """Half a unit of the last place that is printed."""
    return 0.5 * 10 ** -(len(text.split(".")[1]) if "." in text else 0)


def _count(text: str, unit: str, rule: str, *, small: bool) -> tuple[float, float, str] | None:
    """Between which numbers a printed count lies, and whether it is printed, zero or withheld."""
    if text == WITHHELD:
        return (1, LARGEST_SMALL[rule], "small") if small else (0, math.inf, "withheld")
    if found := re.fullmatch(r"([\d,]+) to ([\d,]+)", text):
        low, high = (float(part.replace(",", "")) for part in found.groups())
        return low, high, "small" if (low, high) == (1, LARGEST_SMALL[rule]) else "printed"
    value = _number(text)
    if value is None:
        return None
    if value == 0 and unit != words.FTE:
        return 0, 0, "zero"
    half = 0.0
    if unit in (words.FTE, words.DAYS, words.MEAN):
        half = _half_step(text)
    if rule == "board" and value % 5 == 0 and unit not in (words.FTE, words.DAYS):
        half = 2.5 if unit == words.MEAN else 2.0
    return value - half, value + half, "printed"


def _rate(text: str, rule: str) -> tuple[float, float] | None:
    """Between which figures a printed rate lies, in its own unit."""
    plain = text.replace("%", "").replace(" a year", "").replace(MINUS, "-").replace(",", "")
    if found := re.fullmatch(r"(-?[\d.]+) to (-?[\d.]+)", plain):
        return float(found[1]), float(found[2])
    if found := re.fullmatch(r"up to ([\d.]+)", plain):
        return 0.0, float(found[1])
    if not re.fullmatch(r"-?\d*\.?\d+", plain):
        return None
    value, half = float(plain), 2 * _half_step(plain)
    if "%" in text:
        half = WHOLE_POINT if "." not in plain else HALF_POINT if rule == "board" else 0.05
        half = 0.0 if rule == "board" and value in (0.0, 100.0) else half
    return value - half, value + half


@dataclass(frozen=True)
class _Page:
    name: str
    end: date
    rule: str
    context: Groups

    def of_its_year(self, head: str, value: str) -> str:
        """Pay quarters are formed anew for each year, so that those of another year are other groups."""
        return f"{value} of the year to {self.end}" if head.lower() == "pay quarter" else value

    def default(self, notes: tuple[str, ...]) -> Period:
        """The period of a table that does not name one: the year, or the three years that its note speaks of."""
        three = any("over three years" in note for note in notes)
        return _years_before(self.end, 3 if three else 1), self.end


def read_report(folder: Path) -> Reading:
    """Read the pages of one report: the manifest names them, and the month."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    reading = Reading(rule=manifest["rule"])
    for entry in manifest["notebooks"]:
        if entry.get("page"):
            html = (folder / entry["page"]["file"]).read_text(encoding="utf-8")
            reading.add(read_page(html, f"{folder.name}/{entry['page']['file']}", rule=manifest["rule"]))
    return reading


def read_page(html: str, name: str, *, rule: str = "board") -> Reading:
    """Read one page."""
    root = tree(html)
    title = next((element.text() for element in root.all("title")), "")
    parts = [part.strip() for part in title.split(f" {DASH} ")]
    month = period_of(parts[-1]) or period_of(root.text())
    body = "organisation" in parts[0].lower() and len(parts) >= 3
    context: Groups = frozenset({("organisation", parts[-2])}) if body else frozenset()
    page = _Page(name, _usual_end(root) or (month[1] if month else date.max), rule, context)
    reading = Reading(rule=rule)
    for element in root.all("table"):
        _read_table(table(element), page, reading)
    for element in root.all("p", "h3", "svg"):
        _read_sentence(
            element.attributes.get("aria-label", "") if element.tag == "svg" else element.text(), page, reading
        )
    _read_outlook(root, page, reading)
    return reading


def _usual_end(root: Element) -> date | None:
    """The day on which most tables of a page end: breakdowns of small bodies are renewed once a year, whatever the month of the page."""
    captions = [element.text() for element in root.all("caption")]
    ends = Counter(
        period[1] for caption in captions if re.search(f"{_DAY} to {_DAY}", caption) and (period := period_of(caption))
    )
    return max(ends, key=lambda day: (ends[day], day)) if ends else None


def _read_outlook(root: Element, page: _Page, reading: Reading) -> None:
    """What happened, as drawn under an outlook: a count at each month end."""
    points = drawings.series_drawn(root, "Band chart of the outlook of requests", drawings.PAST)
    counts = [round(value) for _, value in points]
    exact = any(count % 5 for count in counts) and all(
        abs(value - count) < 0.1 for (_, value), count in zip(points, counts, strict=True)
    )
    for (day, _), count in zip(points, counts, strict=True):
        limits = (count, count, "printed") if exact else _count(str(count), words.PEOPLE, page.rule, small=True)
        if limits:
            where = f"{page.name}: drawn under the outlook, {day}"
            reading.facts.append(Fact("overdue", words.PEOPLE, page.context, (day, day), *limits, where, str(count)))


def _read_sentence(text: str, page: _Page, reading: Reading) -> None:
    for pattern, quantities, unit in words.SENTENCES:
        for found in re.finditer(pattern, text):
            period = period_of(found["day"])
            for group, quantity in quantities.items():
                limits = _count(found[group], unit, page.rule, small=True)
                if limits:
                    where = f"{page.name}: “{found[0][:70]}”"
                    reading.facts.append(Fact(quantity, unit, page.context, period, *limits, where, found[group]))


def _read_table(read: Table, page: _Page, reading: Reading) -> None:
    if re.search("key indicators", read.caption):
        _read_indicators(read, page, reading)
        return
    if re.search(words.METHOD, read.caption):
        reading.left_aside["tables of the method"] += sum(len(row.cells) for row in read.rows)
        return
    figure = read.element.within("figure")
    said = next((part.text() for part in figure.all("figcaption")), "") if figure else ""
    stated = re.search(r"Period: ([^.]*)\.", said)
    notes = (*read.notes, said)
    period = period_of(re.sub(r"^.*,(?= (?:\d|the |year))", "", read.caption)) if "," in read.caption else None
    period = period or (period_of(stated[1]) if stated else None) or page.default(notes)
    pivot = _pivot_total(read)
    if pivot:
        _read_pivot(read, pivot, period, page, reading)
        return
    partial = "Left out of" in said
    facts: list[Fact] = []
    for row in read.rows:
        groups, when, figure_name = _groups(read, row, page)
        facts += _read_row(_Row(read, row, groups, when or period, figure_name), page, reading)
    facts = _coverage(facts) if partial else facts
    facts += _would_be_withheld(notes, facts, page)
    reading.facts += facts
    _list(read, facts, page, reading)


def _would_be_withheld(notes: tuple[str, ...], facts: list[Fact], page: _Page) -> list[Fact]:
    """What a page says of the finer table that it does not show: where all of its figures would be withheld, each is a small one."""
    found = next((hit for note in notes if (hit := re.search(words.COARSER, note))), None)
    counts = [fact for fact in facts if fact.unit == words.PEOPLE and fact.period]
    if not found or found[1] != found[2] or len({fact.groups for fact in counts}) != int(found[2]):
        return []
    end = max(fact.period[1] for fact in counts if fact.period)
    # Under a rule that has secondary figures, a withheld one need not be small.
    small, mark = (LARGEST_SMALL[page.rule], "small") if page.rule == "board" else (math.inf, "withheld")
    # A row of few people is withheld even where nobody has the event; of many it is withheld for a few with it.
    many = {
        fact.groups
        for fact in facts
        if fact.unit == words.MEAN and fact.mark == "printed" and fact.low > 2 * LARGEST_SMALL["board"]
    }
    return [
        replace(
            fact,
            period=(_years_before(end, 1), end),
            low=float(fact.groups in many),
            high=small,
            mark=mark,
            printed=found[0],
        )
        for fact in counts
        if fact.period and fact.period[1] == end
    ]


def _groups(read: Table, row: Row, page: _Page) -> tuple[Groups, Period | None, str]:
    """The groups of a row, its period, and the figure that it names."""
    groups, when, figure = dict(page.context), None, ""
    for head, value in zip(read.heads, row.heads, strict=False):
        if head in ("Period", "Month", "Date"):
            when = period_of(value)
        elif head == "Figure":
            figure = value
        elif (head, value) == ("Group", "All organisations"):  # on the page of one organisation, too
            groups = {name: group for name, group in groups.items() if name != "organisation"}
        elif (head, value) != ("Group", "All"):
            groups[ATTRIBUTES.get(head, head.lower())] = page.of_its_year(head, value)
    if "source" in groups:  # a source is the file of one table
        groups.pop("table", None)
    return frozenset(groups.items()), when, figure


def _where(read: Table, row: Row, header: str, page: _Page) -> str:
    return f"{page.name}: {read.caption[:60]} | {' | '.join(row.heads)} | {header}"


@dataclass(frozen=True)
class _Row:
    """A row of a table with what it is about."""

    table: Table
    row: Row
    groups: Groups
    period: Period
    figure: str

    @property
    def cells(self) -> Iterator[tuple[str, str]]:
        """Header and printed text of each cell."""
        return ((header, _text(cell)) for header, cell in zip(self.table.columns, self.row.cells, strict=False))

    @property
    def withheld_rate(self) -> bool:
        """Whether the rate of the row is withheld."""
        return any(_is_rate(header) and text == WITHHELD for header, text in self.cells)

    def column(self, header: str) -> words.Column | None:
        """The quantity of a column in this row."""
        step = next((sides for text, sides in words.STEPS.items() if text in self.figure), None)
        if step and header in ("Numerator", "Denominator"):
            return words.Column("", "", step[header == "Denominator"], words.PEOPLE)
        if self.figure and (header.startswith("Cases (") or header == "Numerator"):
            return words.quantity_of(words.FIGURES, self.table.caption, self.figure)
        named = words.quantity_of(words.COLUMNS, self.table.caption, header)
        return named or words.other_column(self.table.caption, header)


def _read_row(line: _Row, page: _Page, reading: Reading) -> list[Fact]:
    facts: list[Fact] = []
    for header, text in line.cells:
        where = _where(line.table, line.row, header, page)
        if aside := _aside(line, header, text):
            reading.left_aside[aside] += 1
        elif _is_rate(header):
            if not _read_rate(line, header, text, facts, page, reading):
                reading.unread.append((where, text))
        elif fact := _read_count(line, header, text, page):
            facts.append(fact)
        else:
            reading.unread.append((where, text))
    return facts


def _prints_no_count(header: str) -> str:
    """What a column prints that is no count and no rate of people, or an empty text."""
    return next((kind for pattern, kind in words.NO_COUNTS if re.search(pattern, header)), "")


def _aside(line: _Row, header: str, text: str) -> str:
    """Why a cell prints no count and no rate, or an empty text."""
    if kind := _prints_no_count(header):
        return kind
    if not (re.search(r"\d", text) or text == WITHHELD):
        return "not available" if text in NOT_AVAILABLE else "words"
    if line.figure and header == "Recruitment" and "%" not in text:
        return "printed twice in a row"
    return "withheld rates" if text == WITHHELD and _is_rate(header) else ""


def _read_count(line: _Row, header: str, text: str, page: _Page) -> Fact | None:
    column = line.column(header)
    if column is None or "%" in text or "£" in text:
        return None
    limits = _count(text, column.unit, page.rule, small=True)
    if limits is None:
        return None
    if text == WITHHELD:
        limits = _withheld(line, column, page.rule)
    period = _stock(column.quantity, line.period)
    return Fact(
        column.quantity, column.unit, line.groups, period, *limits, _where(line.table, line.row, header, page), text
    )


def _read_rate(line: _Row, header: str, text: str, facts: list[Fact], page: _Page, reading: Reading) -> bool:
    """Add a rate with its two sides; of one that is the rule's range, a small count too."""
    rate = _rate(text, page.rule)
    known = words.quantity_of(words.RATES, line.table.caption, header)
    printed = len(facts) >= 2 and facts[-2].mark != "withheld"
    sides = (facts[-2].quantity, facts[-1].quantity) if printed else known.quantity.split(" / ") if known else None
    if rate is None or sides is None:
        return False
    top, bottom = sides
    scale = 0.01 if re.search("%|100 = as expected", header + text) else 1.0
    ends = (rate[0] * scale, rate[1] * scale)
    if "a year" in header:  # a year has 365 days or 366
        days = (line.period[1] - line.period[0]).days + 1
        ends = (ends[0] * days / 366, ends[1] * days / 365)
    where = _where(line.table, line.row, header, page)
    reading.rates.append(Rate(top, bottom, line.groups, line.period, *ends, len(facts) >= 2, where, text))
    if text.startswith("up to") and len(facts) < 2:
        small = LARGEST_SMALL[page.rule]
        facts.append(Fact(top, words.UNITS[top], line.groups, line.period, 1, small, "small", where, text))
    return True


def _withheld(line: _Row, column: words.Column, rule: str) -> tuple[float, float, str]:
    """What the rule says of a withheld count: where a rule that rounds prints what a small count is out of, only the count is small."""
    small = LARGEST_SMALL[rule]
    if column.quantity == "people in the role":
        return 1, LARGEST_WITHOUT_PAY[rule], "small"
    sides = [
        (name, text)
        for name, text in line.cells
        if not _is_rate(name) and not _prints_no_count(name) and line.column(name)
    ]
    whole = column.unit in (words.PEOPLE, words.ROWS)
    if len(sides) < 2 or not any(_is_rate(name) for name, _ in line.cells) or {text for _, text in sides} != {WITHHELD}:
        return (1, small, "small") if whole else (0, math.inf, "withheld")
    first, second = (line.column(name) for name, _ in sides[:2])
    persons = {words.PEOPLE, words.MEAN}
    if not first or not second or first.quantity in words.CLOSED or not {first.unit, second.unit} <= persons:
        return 0, math.inf, "withheld"
    if rule == "board":
        return (
            (0, small + 0.5 * (not whole), "small" if whole else "withheld")
            if column == second
            else (0, math.inf, "withheld")
        )
    return (0, small, "small") if column == first else (0, math.inf, "withheld")


def _text(cell: tuple[str, ...]) -> str:
    return cell[0] if cell else ""


def _is_rate(header: str) -> bool:
    return bool(re.search(r"\(.*(%|per FTE|a year|ratio).*\)$|^Recruitment$|Changes a child|Children for each", header))


STOCKS = frozenset(
    {"headcount", "funded FTE", "vacant FTE", "in-post FTE", "agency FTE", "agency and in-post FTE", "cases held", "cases open",
     "FTE of holders", "open cases of a group", "FTE of caseworkers", "workers over the limit", "workers who hold cases",
     "workers in a band", "cases without a worker", "overdue", "overdue by weeks", "open requests", "people in the role"}
)  # fmt: skip


def _stock(quantity: str, period: Period) -> Period | None:
    """A stock is that of the last day of its period; rows of files have no period."""
    if words.UNITS.get(quantity) == words.ROWS:
        return None
    return (period[1], period[1]) if quantity in STOCKS else period


def _coverage(facts: list[Fact]) -> list[Fact]:
    """Of a series that organisations joined later, keep as one what the last point covers: the others count fewer people."""
    bases = [fact for fact in facts if fact.unit in (words.MEAN, words.FTE) and fact.period and fact.mark == "printed"]
    series: dict[tuple[str, Groups], list[Fact]] = {}
    for fact in bases:
        series.setdefault((fact.quantity, fact.groups), []).append(fact)
    partial = set()
    for points in series.values():
        last = max(points, key=lambda fact: fact.period or (date.min, date.min))
        partial |= {(fact.groups, fact.period) for fact in points if fact.high < 0.93 * last.low}
    return [
        replace(fact, quantity=f"{fact.quantity} (partly covered)") if (fact.groups, fact.period) in partial else fact
        for fact in facts
    ]


def _list(read: Table, facts: list[Fact], page: _Page, reading: Reading) -> None:
    """The groups that a table lists, for each attribute that heads its rows."""
    attributes = {ATTRIBUTES.get(head, head.lower()) for head in read.heads} - {
        "period",
        "month",
        "date",
        "figure",
        "group",
        "table",
    }
    for attribute in attributes:
        values: dict[tuple[str, Groups], list[str]] = {}
        for fact in facts:
            own = dict(fact.groups)
            if attribute in own:
                parent = frozenset(item for item in fact.groups if item[0] != attribute)
                values.setdefault((fact.quantity, parent), []).append(own[attribute])
        for (quantity, parent), names in values.items():
            distinct = tuple(dict.fromkeys(names))
            whole = parent - page.context if attribute == "organisation" else parent
            reading.listings.append(Listing(quantity, attribute, whole, distinct, f"{page.name}: {read.caption[:60]}"))


def _pivot_total(read: Table) -> Row | None:
    """The last row of a table whose columns are groups, which prints what its shares are shares of."""
    last = read.rows[-1] if read.rows else None
    return last if last and last.heads and last.heads[0] in ("Interviewed", "Caseworkers") else None


def _read_pivot(read: Table, total: Row, period: Period, page: _Page, reading: Reading) -> None:
    known = words.quantity_of(words.RATES, read.caption, "")
    base = words.quantity_of(words.COLUMNS, read.caption, total.heads[0])
    if not known or not base:
        reading.unread += [(read.caption, _text(cell)) for row in read.rows for cell in row.cells]
        return
    top, bottom = known.quantity.split(" / ")
    across = "pay quarter" if "by pay quarter" in read.caption else "staff group"
    down = read.heads[0].lower()
    when = _stock(bottom, period) if "all years" not in read.caption and bottom != "interviewed" else None
    facts: list[Fact] = []
    for position, column in enumerate(read.columns):
        groups = page.context | {(across, page.of_its_year(across, column))}
        whole = _count(_text(total.cells[position]), words.PEOPLE, page.rule, small=True)
        if whole:
            where = _where(read, total, column, page)
            reading.facts.append(Fact(bottom, words.PEOPLE, groups, when, *whole, where, _text(total.cells[position])))
        for row in read.rows[:-1]:
            text, where = _text(row.cells[position]), _where(read, row, column, page)
            own = groups | {(down, row.heads[0])}
            if text == WITHHELD:
                facts.append(Fact(top, words.PEOPLE, own, when, 1, LARGEST_SMALL[page.rule], "small", where, text))
            elif not re.search(r"\d", text):
                reading.left_aside["not available"] += 1
            elif rate := _rate(text, page.rule):
                numerator = _numerator(text, rate, whole, page.rule)
                facts.append(Fact(top, words.PEOPLE, own, when, *numerator, where, text))
            else:
                reading.unread.append((where, text))
    reading.facts += facts
    _list(replace(read, heads=(read.heads[0],)), facts, page, reading)


def _numerator(
    text: str, rate: tuple[float, float], whole: tuple[float, float, str] | None, rule: str
) -> tuple[float, float, str]:
    """What the rule lets one infer of the numerator of a share whose denominator is printed."""
    if rate == (0.0, 0.0):
        return 0, 0, "zero"
    if whole is None:
        return 1, math.inf, "printed"
    small = LARGEST_SMALL[rule]
    if text.startswith("up to"):
        return 1, small, "small"
    low, high = rate[0] / 100 * whole[0], rate[1] / 100 * whole[1]
    # The rule's own range of a small numerator: from 1 of the most to 7 of the fewest.
    least, most = math.floor(100 / whole[1]), math.ceil(100 * small / whole[0])
    if (round(rate[0]), round(rate[1])) == (least, most) and high < small + 2:
        return 1, small, "small"
    return max(math.ceil(low - 1e-9), 0), math.floor(high + 1e-9), "printed"


def _read_indicators(read: Table, page: _Page, reading: Reading) -> None:
    for row in read.rows:
        cell = row.cells[0] if row.cells else ()
        where = _where(read, row, "Latest", page)
        sides = next((re.fullmatch(r"(\S+) / (\S+)", line) for line in cell if " / " in line), None)
        period = next((found for line in cell[1:] if (found := period_of(line))), None)
        known = words.quantity_of(words.INDICATORS, "", row.heads[0])
        if not sides or not period:
            reading.left_aside["indicators without sides"] += 1
            continue
        names = (
            known.quantity.split(" / ")
            if known
            else [f"{row.heads[0]}: {side}" for side in ("numerator", "denominator")]
        )
        for quantity, text in zip(names, sides.groups(), strict=True):
            unit = words.UNITS.get(
                quantity, words.FTE if "for each" in quantity and "denominator" in quantity else words.PEOPLE
            )
            limits = _count(text, unit, page.rule, small=quantity not in words.CLOSED)
            if limits:
                reading.facts.append(Fact(quantity, unit, page.context, _stock(quantity, period), *limits, where, text))
            else:
                reading.unread.append((where, text))


def numbers_outside_tables(root: Element) -> Iterator[str]:
    """Sentences, titles and alternative texts with numbers, for a look at what is not a fact yet."""
    for element in root.all("p", "h3", "svg"):
        text = element.attributes.get("aria-label", "") if element.tag == "svg" else element.text()
        if re.search(r"\d", text):
            yield text
