"""What pages print of rows read and refused tells no small count of a rule more closely than its own printed range."""

from html.parser import HTMLParser
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import workforce as wf
from builders import notes

RULES = {"board": (7, 5), "internal": (4, 1)}


class Cells(HTMLParser):
    """The cells of a table, row by row."""

    def __init__(self, html):
        super().__init__()
        self.rows = []
        self.feed(html)

    def handle_starttag(self, tag, _attributes):
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if self.rows and self.rows[-1] and data.strip():
            self.rows[-1][-1] += data


def printed(notes, rule):
    head, *rows = Cells(wf.tables.notes(notes, "Rows", rule=rule).html).rows
    return [dict(zip(head, row, strict=True)) for row in rows]


def possible(text, rule):
    """The exact counts that a printed text can stand for, found by someone who knows the rule."""
    small, step = RULES[rule]
    low, _, high = text.replace(",", "").partition(" to ")
    if high:
        return range(int(low), int(high) + 1)
    number = int(low)
    return range(max(number - step // 2, small + 1), number + step // 2 + 1) if number else range(1)


def area(folder, *files):
    """An area of one council, with a file of spells for each number of rows that are kept, end before they start, and lack an FTE."""
    entries = ""
    for place, (kept, reversed_ends, missing) in enumerate(files):
        good = [f"{place}-{n},2020-01-01,,1,TA" for n in range(kept)]
        bad = [f"{place}-r{n},2020-01-01,2019-01-01,1,TA" for n in range(reversed_ends)]
        bad += [f"{place}-m{n},,,1,TA" for n in range(missing)]
        (folder / f"{place}.csv").write_text("\n".join(["No,Start,End,FTE,Role", *good, *bad]) + "\n")
        entries += (
            f'[[organisations.council.files]]\npath = "{place}.csv"\ntable = "assignments"\n'
            'columns = { person_id = "No", start_date = "Start", end_date = "End", fte = "FTE", role = "Role" }\n'
        )
    (folder / "area.toml").write_text(
        '[area]\nname = "Somewhere"\nslug = "somewhere"\nmonth = "2022-06"\nfictional = true\n'
        "[refusals]\nrows = 100000\n"
        f'[organisations.council]\nname = "The Council"\nkind = "council"\n{entries}'
    )
    return wf.load_area(folder / "area.toml")


@pytest.mark.parametrize("rule", RULES)
@given(data=st.data(), counts=st.lists(st.integers(1, 30), min_size=1, max_size=3))
def test_no_small_count_of_a_rule_follows_from_the_count_of_its_file(rule, data, counts):
    total = data.draw(st.integers(max(counts), sum(counts)))  # a row may break several rules
    rules = notes(source=["a.csv"] * len(counts), rule=[f"{n}" for n in range(len(counts))], rows=counts)
    by_rule = [row["Rows"] for row in printed(rules, rule)]
    (file,) = printed(notes(rows_refused=[total], _refused=[[counts]]), rule)
    refused = possible(file["Rows refused"], rule)
    assert total in refused
    ranges = [possible(text, rule) for text in by_rule]
    tables = [table for table in product(*ranges) if max(table) <= refused[-1] and sum(table) >= refused[0]]
    for place, numbers in enumerate(ranges):
        if numbers[-1] <= RULES[rule][0]:
            assert {table[place] for table in tables} == set(numbers)


@pytest.mark.parametrize("rule", RULES)
def test_a_total_with_a_small_part_is_the_range_of_its_parts(tmp_path, rule):
    records = area(tmp_path, (40, 12, 3))
    exact = records.reads.frame.row(0, named=True)
    assert exact["rows_read"] == exact["rows_kept"] + exact["rows_refused"] == 55
    assert [row["Rows"] for row in printed(records.quality, rule)] == (
        ["10", "1 to 7"] if rule == "board" else ["12", "1 to 4"]
    )
    (file,), (body,) = printed(records.reads, rule), printed(records.reads_by_organisation, rule)
    assert file["Rows read"] == body["Rows read"] == "55"
    assert file["Rows refused"] == body["Rows refused"] == ("8 to 19" if rule == "board" else "12 to 16")
    assert "Rows kept" not in file  # the rows read less those kept are those refused
