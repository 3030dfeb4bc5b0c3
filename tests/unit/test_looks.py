"""Several results about the same groups are compared in one table, written as in their own tables."""

from datetime import date
from html.parser import HTMLParser

import polars as pl
import pytest

from builders import life_table_of, measured, released, stacked, withheld_rows_stay
from workforce import release, stats, tables
from workforce.errors import DisclosureError, UsageError

LOOKS = ["turnover", "curves", "hazards", "where", "reasons"]
QUARTERS = ("Q2", "Q1 (lowest paid)")


class Rows(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.rows, self.inside = [], False
        self.feed(html)

    def handle_starttag(self, tag, _attrs):
        if tag == "tr":
            self.rows.append([])
        self.inside = tag in ("td", "th")
        if self.inside:
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data.strip()


def spells():
    """Two quarters of 120 each; every third has not left; the first quarter leaves later."""
    return pl.DataFrame(
        {
            "pay_quarter": [QUARTERS[n % 2] for n in range(240)],
            "entry": 0,
            "exit": [60 + 9 * n * (1 + n % 2) for n in range(240)],
            "event": [n % 3 > 0 for n in range(240)],
            "cause": [
                "nhs" if n % 3 == 1 and n % 5 else "unknown" if n % 3 == 1 else "agency" if n % 3 else None
                for n in range(240)
            ],
        }
    )


def rates(measure, definition, *, few=False, **more):
    sides = {"period_start": date(2022, 4, 1), "period_end": date(2023, 3, 31)}
    rows = len(next(iter(more.values())))
    numerator = [12.0 + 6 * n for n in range(rows)]
    people = [100] * rows
    if few:
        numerator[0], people[0] = 3.0, 3
    return measured(
        pl.DataFrame({**more, **sides, "numerator": numerator, "denominator": 100.0, "people": people}),
        measure,
        definition,
        by=["pay_quarter"],
    )


def page(**changes):
    own = spells()
    reasons = {
        "pay_quarter": [q for q in QUARTERS for _ in range(3)],
        "reason": ["pay", "workload", "career progression"] * 2,
        "recorded": "all",
    }
    return release(
        {
            "turnover": rates("turnover", "nhs", pay_quarter=list(QUARTERS)),
            "curves": life_table_of(stats.life_table(own, by="pay_quarter").frame),
            "hazards": stats.cox(own, covariates="pay_quarter"),
            "where": stats.incidence_table(own, by="pay_quarter"),
            "reasons": rates("exit_reasons", "share", **reasons),
            **changes,
        },
        "internal",
    )


def rows_of(table):
    found = Rows(table.html).rows
    return found[0], {row[0]: row[1:] for row in found[1:]}


def test_each_group_has_a_row_in_its_order_and_each_table_a_column():
    head, rows = rows_of(tables.looks(page(), by="pay_quarter", looks=LOOKS, title="Quarters"))
    assert head == [
        "Pay quarter",
        "Turnover, the year to March 2023",
        "Still in service after 5 years",
        "Times as fast to leave, allowing for everything else in the model",
        "Most frequent known destination within 5 years (not tested)",
        "Exit interviews: most frequent reason (not tested)",
    ]
    assert list(rows) == ["Q1 (lowest paid)", "Q2"]
    assert rows["Q2"][0].startswith("12.0% (")
    assert rows["Q1 (lowest paid)"][2] == "1 (compared with)"
    assert rows["Q2"][2].endswith(")")
    assert rows["Q1 (lowest paid)"][3].startswith(("NHS ", "Agency "))
    assert [row[4] for row in rows.values()] == ["Career progression 42.0%", "Career progression 24.0%"]


def test_what_is_unknown_is_no_destination():
    own = spells().with_columns(cause=pl.when("event").then(pl.lit("unknown")))
    _, rows = rows_of(
        tables.looks(
            page(where=stats.incidence_table(own, by="pay_quarter")), by="pay_quarter", looks=["where"], title="Q"
        )
    )
    assert [row[0] for row in rows.values()] == ["", ""]


def test_a_withheld_figure_keeps_its_place_and_its_meaning_is_left_to_the_note_of_the_page():
    with withheld_rows_stay():
        few = page(turnover=rates("turnover", "nhs", few=True, pay_quarter=list(QUARTERS)))
    shown = tables.looks(
        few,
        by="pay_quarter",
        looks=["turnover", "curves"],
        title="Quarters",
    )
    _, rows = rows_of(shown)
    assert rows["Q2"][0] == "[c]"
    assert "[c] withheld" not in shown.html
    assert "[c]" not in tables.looks(page(), by="pay_quarter", looks=LOOKS, title="Quarters").html


def test_reasons_that_are_named_as_often_are_named_together():
    reasons = {"pay_quarter": ["Q2", "Q2"], "reason": ["pay", "workload"], "recorded": ["all", "all"]}
    shares = rates("exit_reasons", "share", **reasons)
    tied = shares._with(shares.frame.with_columns(numerator=20.0, value=20.0))
    _, rows = rows_of(tables.looks(page(reasons=tied), by="pay_quarter", looks=["reasons"], title="Quarters"))
    assert rows["Q2"] == ["Pay / Workload 20.0%"]


def test_what_was_made_coarser_is_said_of_its_column():
    given = page()
    noted = released(
        dict(given.results), given.rule, {"turnover": "Shown by year: by month, too many figures would be withheld."}
    )
    html = tables.looks(noted, by="pay_quarter", looks=["turnover", "curves"], title="Quarters").html
    assert "Turnover, the year to March 2023: shown by year: by month, too many figures would be withheld." in html


def test_tables_without_the_groups_and_frames_that_were_not_released_are_refused():
    with pytest.raises(UsageError, match="team"):
        tables.looks(page(), by="team", looks=["turnover"], title="Teams")
    with pytest.raises(UsageError, match="no levels"):
        tables.looks(page(), by="team", looks=["hazards"], title="Teams")
    with pytest.raises(UsageError, match="no table"):
        tables.looks(page(), by="pay_quarter", looks=[], title="Quarters")
    with pytest.raises(DisclosureError):
        tables.looks(page().tables["turnover"], by="pay_quarter", looks=["turnover"], title="Quarters")
    both = stacked([rates("turnover", d, pay_quarter=list(QUARTERS)) for d in ("nhs", "average")])
    with pytest.raises(UsageError):
        tables.looks(page(turnover=both), by="pay_quarter", looks=["turnover"], title="Quarters")


def test_the_group_is_the_header_of_its_row():
    html = tables.looks(page(), by="pay_quarter", looks=["turnover"], title="Quarters").html
    assert '<tr><th scope="row">Q1 (lowest paid)</th><td>' in html
    assert html.count('scope="row"') == 2


def test_the_title_and_a_name_that_a_heading_prints_are_recorded():
    made = tables.looks(
        page(again=page().results["turnover"]), by="pay_quarter", looks=["turnover", "again"], title="Q"
    )
    assert "Turnover, the year to March 2023: again" in made.html
    assert made._provenance.arguments == {("title", "Q"), ("looks", "again")}
