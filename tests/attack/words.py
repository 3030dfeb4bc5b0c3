"""What an outsider can make of the words of pages: which quantity a column, an indicator or a sentence prints, and in which unit.

One table for each kind of place. The words are those of the pages and of the published measure book; nothing is taken from the library.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# Units: whole people (or cases), people as a mean over days, full-time equivalents, days, rows of files.
PEOPLE, MEAN, FTE, DAYS, ROWS = "people", "mean people", "fte", "days", "rows"


@dataclass(frozen=True)
class Column:
    """Columns whose header, in a table whose caption, has these words print this quantity."""

    caption: str
    header: str
    quantity: str
    unit: str

    def names(self, caption: str, header: str) -> bool:
        """Whether a column is one of these."""
        return bool(re.search(self.caption, caption) and re.search(self.header, header))


COLUMNS = (
    Column("move to a partner is not a loss", r"^Leavers \(headcount\)", "leavers of the area", PEOPLE),
    Column("exit interview", r"^Leavers with an exit interview", "interviewed", PEOPLE),
    Column("exit interview", r"^Leavers$", "leavers asked", PEOPLE),
    Column("resignation only", r"^Leavers", "resignations", PEOPLE),
    Column("", r"^Leavers \(headcount\)$", "leavers", PEOPLE),
    Column("Reasons? for leaving|^Leavers$|destination", r"^Leavers$", "leavers", PEOPLE),
    Column("", r"^Joiners( \(headcount\))?$", "joiners", PEOPLE),
    Column("", r"^Average headcount in post$", "mean headcount", MEAN),
    Column("", r"^Average FTE in post$", "mean FTE", FTE),
    Column("", r"^People in post on the day$", "headcount", PEOPLE),
    Column("", r"^Still in post at the close$", "stayed", PEOPLE),
    Column("", r"^In post at the opening$", "opening", PEOPLE),
    Column("", r"^Funded FTE less in-post FTE$", "vacant FTE", FTE),
    Column("", r"^Funded FTE$", "funded FTE", FTE),
    Column("", r"^Agency FTE$", "agency FTE", FTE),
    Column("", r"^Agency and in-post FTE$", "agency and in-post FTE", FTE),
    Column("", r"^FTE working days lost expected", "expected days", DAYS),
    Column("", r"^FTE working days lost$", "working days lost", DAYS),
    Column("", r"^FTE days lost$", "calendar days lost", DAYS),
    Column("", r"^FTE days available$", "calendar days available", DAYS),
    Column("", r"^Open cases held$", "cases held", PEOPLE),
    Column("", r"^FTE of caseworkers who hold cases$", "FTE of holders", FTE),
    Column("", r"^Open cases$", "open cases of a group", PEOPLE),
    Column("", r"^FTE of caseworkers in post$", "FTE of caseworkers", FTE),
    Column("", r"^Workers over the limit$", "workers over the limit", PEOPLE),
    Column("", r"^Workers who hold cases$|^Caseworkers$", "workers who hold cases", PEOPLE),
    Column("", r"^Open cases that no worker present holds$", "cases without a worker", PEOPLE),
    Column("", r"^Plans issued in time$", "plans in time", PEOPLE),
    Column("", r"^Plans issued$", "plans issued", PEOPLE),
    Column("", r"^Pieces of advice due in time$", "advice in time", PEOPLE),
    Column("", r"^Pieces of advice due$", "advice due", PEOPLE),
    Column("", r"^Open requests past their date, by weeks over$", "overdue by weeks", PEOPLE),
    Column("", r"^Open requests$", "open requests", PEOPLE),
    Column("", r"^People in the role$", "people in the role", PEOPLE),
    Column("", r"^Interviewed$", "interviewed", PEOPLE),
    Column("", r"^Rows read$", "rows read", ROWS),
    Column("by file and rule", r"^Rows$", "rows refused by rule", ROWS),
    Column("", r"^Rows refused$", "rows refused", ROWS),
)
# A row named by "Figure" prints a quantity of its own.
FIGURES = (
    Column("", r"^Cases received in the period$", "cases received", PEOPLE),
    Column("", r"^Cases closed in the period$", "cases closed", PEOPLE),
    Column("", r"^Cases open after the period ended$", "cases open", PEOPLE),
    Column("", r"^Applicants for the vacancies", "applicants", PEOPLE),
    Column("", r"^People who joined in the period$", "joiners recruited", PEOPLE),
)
# Steps of recruitment: what a row's numerator and denominator are.
STEPS = {
    "those shortlisted": ("shortlisted", "applicants"),
    "Offers made for each": ("offers made", "shortlisted"),
    "those accepted": ("offers accepted", "offers made"),
    "Vacancies filled": ("vacancies filled", "offers accepted"),
    "those still here": ("joiners still here", "joiners recruited"),
}
# The two sides of a rate, by the words of its caption, where the row does not print them.
RATES = (
    Column("^Turnover", "% a year|%", "leavers / mean headcount", PEOPLE),
    Column("^Stability", "%", "stayed / opening", PEOPLE),
    Column("^Sickness absence: share", "%", "calendar days lost / calendar days available", DAYS),
    Column("^Sickness absence: working", "days per FTE", "working days lost / mean FTE", DAYS),
    Column("^Agency rate", "%", "agency FTE / agency and in-post FTE", FTE),
    Column("^Vacancy rate", "%", "vacant FTE / funded FTE", FTE),
    Column("^EHC plans issued", "%", "plans in time / plans issued", PEOPLE),
    Column("^Advice given", "%", "advice in time / advice due", PEOPLE),
    Column("^Caseload: open cases", "cases per FTE", "cases held / FTE of holders", PEOPLE),
    Column("^Caseworkers by their cases", "", "workers in a band / workers who hold cases", PEOPLE),
    Column("^Main reason that leavers gave", "", "interviewed for a reason / interviewed", PEOPLE),
    Column("^Changes of worker and turnover", "Turnover", "caseworkers who left / mean caseworkers", PEOPLE),
)
# Key indicators: the sides that are printed under the figure.
INDICATORS = (
    Column("", r"[Tt]urnover of staff", "leavers / mean headcount", PEOPLE),
    Column("", r"were here a year ago", "stayed / opening", PEOPLE),
    Column("", r"Funded posts without an employee", "vacant FTE / funded FTE", FTE),
    Column("", r"Agency workers in each 100", "agency FTE / agency and in-post FTE", FTE),
    Column("", r"Working days lost to sickness", "working days lost / mean FTE", DAYS),
    Column("", r"EHC plans issued within 20 weeks", "plans in time / plans issued", PEOPLE),
)
# Shares of a closed group: a row is withheld as well where the others are few.
CLOSED = frozenset(
    {
        "stayed",
        "shortlisted",
        "offers accepted",
        "joiners still here",
        "offers made",
        "vacancies filled",
        "plans in time",
        "advice in time",
        "workers over the limit",
        "interviewed",
    }
)
# Sums that are withheld because they are mostly those of one or two people, or of few.
SUMS_OF_FEW = frozenset({"working days lost", "calendar days lost", "agency FTE"})
UNITS = {column.quantity: column.unit for column in (*COLUMNS, *FIGURES)}
UNITS |= {side: PEOPLE for pair in STEPS.values() for side in pair}
UNITS |= {
    "workers in a band": PEOPLE,
    "interviewed for a reason": PEOPLE,
    "overdue": PEOPLE,
    "leavers": PEOPLE,
    "present FTE": FTE,
    "in-post FTE": FTE,
}
UNITS |= {"caseworkers who left": PEOPLE, "mean caseworkers": MEAN}

_AMOUNT, _DAY = r"[\d,]+(?:\.\d+)?", r"\d+ \w+ \d{4}"
# Sentences that print counts: a pattern, and the quantity of each named group ("day" and "period" are when).
SENTENCES = (
    (
        rf"(?<![\d.,])(?P<in_post>{_AMOUNT}) of (?P<funded>{_AMOUNT}) funded full-time equivalents were in post on (?P<day>{_DAY})",
        {"in_post": "in-post FTE", "funded": "funded FTE"},
        FTE,
    ),
    (
        r"On (?P<day>\d+ \w+ \d{4}), (?P<overdue>[\d,]+) requests past their date were waiting",
        {"overdue": "overdue"},
        PEOPLE,
    ),
    (
        r"outlook of requests past their date.*What happened: (?P<first>\d+) on \d+ \w+ \d{4}, (?P<overdue>\d+) on (?P<day>\d+ \w+ \d{4})",
        {"overdue": "overdue"},
        PEOPLE,
    ),
)
# What a page says of a finer table that it does not show.
COARSER = r"Shown over three years: (?:for the year|over twelve months), (\d+) of (\d+) figures would be withheld"
# Tables that print definitions and what signals can show, not counts of the area.
METHOD = r"^How each key indicator is|^Roles outside the common list|^Notices"
# Columns and tables that print no count and no rate of people: named, so that nothing is left out without a word.
NO_COUNTS = (
    (
        r"limits$|^Hazard ratio$|^p$|^Half done|^Variation$|^Special cause$|^Against the limits$",
        "limits and verdicts",
    ),
    (r"£|[Pp]ay |maximum|minimum|midpoint|median|middle of the scale", "pay"),
    (r"^Median path$|in 100 paths$", "paths of a simulation"),
    (r"^Parts of the change", "parts of a change, to a step"),
    (
        r"^Still in service|^Still without|^Staff at risk|^Vacancies still open|^Share \(%\)$|^Hazard|^At risk",
        "curves in blocks of six",
    ),
    (
        r"^Effect$|^Rule$|^Notice$|^Source$|^Table$|^Target$|^RAG$|^Signal$|^Trend$|^Year before$|^What it says$|^Owner|^Means$|^Flagged$",
        "words",
    ),
)


# Units of columns that the table above does not name.
UNITS_BY_WORD = (
    (r"FTE|full-time equivalents", FTE),
    (r"[Dd]ays|[Hh]ours|[Mm]onths|years|[Ww]eighted", DAYS),
    (r"^Average|^Mean", MEAN),
)


def other_column(caption: str, header: str) -> Column:
    """A column that no table here names: what it counts is its own header, with the caption where that is of one or two words only."""
    unit = next((unit for pattern, unit in UNITS_BY_WORD if re.search(pattern, header)), PEOPLE)
    subject = re.split(r"[,:]", caption)[0]
    return Column("", "", header if len(header.split()) > 2 else f"{subject}: {header}", unit)


def quantity_of(columns: tuple[Column, ...], caption: str, header: str) -> Column | None:
    """The first of the columns that a header of a table is, or None."""
    return next((column for column in columns if column.names(caption, header)), None)
