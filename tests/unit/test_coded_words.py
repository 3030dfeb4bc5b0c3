"""Words of coded columns are those of the lists whatever their capitals and spaces; localities are those of the settings."""

import polars as pl

import workforce as wf

AREA = """
[area]
name = "Anyshire"
slug = "anyshire"
month = "2023-03"
fictional = true
localities = {localities}
[organisations.council]
name = "Council"
kind = "council"
records_from = 2017-04-01
records_to = 2023-03-31
"""
STAFF = (
    'columns = {person_id = "ID", start_date = "S", fte = "F", role = "R", locality = "L", employment = "M", '
    'annual_pay = "P", sex = "X"}'
)


def area(folder, localities="[]", **files):
    text = AREA.format(localities=localities)
    for table, (columns, rows) in files.items():
        (folder / f"{table}.csv").write_text("\n".join(rows) + "\n")
        text += f'[[organisations.council.files]]\npath = "{table}.csv"\ntable = "{table}"\n{columns}\n'
    (folder / "area.toml").write_text(text)
    return wf.load_area(folder / "area.toml")


def staff(*localities, employment="employed"):
    rows = [
        f"p{n},2018-01-01,1,caseworker,{place},{employment},30000,{'male' if n % 3 else 'female'}"
        for n, place in enumerate(localities)
    ]
    return STAFF + "\nconstants = {full_time_hours = 37}", ["ID,S,F,R,L,M,P,X", *rows]


def test_a_stage_with_a_capital_is_the_stage(tmp_path):
    cases = ['columns = {case_id = "C", case_type = "T", received_date = "R"}', ["C,T,R"]]
    stages = ['columns = {case_id = "C", stage = "S", requested_date = "A", received_date = "R"}', ["C,S,A,R"]]
    for n, word in enumerate(("advice", "Advice", " ADVICE ", "panel")):
        cases[1].append(f"c{n},{'EHC assessment' if n else 'ehc_assessment'},2023-01-02")
        stages[1].append(f"c{n},{word},2023-02-01,2023-03-20")
    records = area(tmp_path, assignments=staff("A"), cases=cases, milestones=stages)
    row = wf.casework.advice(records, wf.month("2023-03"), by=[]).frame.row(0, named=True)
    assert (row["numerator"], row["denominator"]) == (0, 3)


def test_a_bonus_with_a_capital_is_a_bonus_and_agency_with_a_capital_is_no_refusal(tmp_path):
    items = (
        'columns = {person_id = "ID", kind = "K", amount = "A", date = "D"}',
        ["ID,K,A,D", *(f"p{n},Bonus,{100 * n},2023-03-31" for n in range(1, 10))],
    )
    records = area(tmp_path, assignments=staff(*["A"] * 20, employment="Employed"), pay_items=items)
    assert records.refused == 0
    shares = wf.pay.gap(records, wf.month("2023-03").end).frame.filter(definition="bonus_share")
    assert shares["numerator"].sum() == 9


def test_a_share_with_a_bonus_is_not_available_where_no_pay_item_is_called_a_bonus(tmp_path):
    for kind, marker in (("prize", "x"), ("full_pay", None)):
        items = (
            'columns = {person_id = "ID", kind = "K", amount = "A", date = "D"}',
            ["ID,K,A,D", *(f"p{n},{kind},1,2023-03-31" for n in range(1, 10))],
        )
        records = area(tmp_path, assignments=staff(*["A"] * 20), pay_items=items)
        shares = wf.pay.gap(records, wf.month("2023-03").end).frame.filter(definition="bonus_share")
        assert shares["marker"].unique().to_list() == [marker]


def test_a_locality_is_the_one_of_the_settings_whatever_its_capitals_and_spaces(tmp_path):
    places = ("North Vale", "NORTH VALE", "north  vale", "South")
    records = area(tmp_path, '["North Vale", "East"]', assignments=staff(*places))
    assert sorted(pl.DataFrame(records.assignments)["locality"]) == ["North Vale"] * 3 + ["South"]


def test_names_of_localities_that_differ_in_a_hyphen_alone_stay_apart(tmp_path):
    records = area(tmp_path, '["North Vale", "North-Vale"]', assignments=staff("North Vale", "North-Vale"))
    assert sorted(pl.DataFrame(records.assignments)["locality"]) == ["North Vale", "North-Vale"]
