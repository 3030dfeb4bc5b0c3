"""England's local authorities by name and code, and their statistical neighbours, so that none silently fails to join.

An authority is found by its number or by any name that its publishers use ("Durham", "County Durham"), in a joint return ("314 / 318") too.
An abolished council is refused with the names of its successors. The NHS systems of each authority are listed here.
`authorities.csv` has the number, the name (DfE, SEN2, release of 2025) and the region of every authority since 2019.
"""

import csv
import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

import polars as pl

from workforce.errors import Phrase, UsageError, did_you_mean
from workforce.periods import written
from workforce.results import PERIOD_COLUMNS

SEVERAL: Final = 12  # so many names a hint lists
ENGLAND: Final = "E92000001"
JOINT: Final = " / "  # how the DfE writes a return that two authorities make together, in codes and in names
# The orders that abolished education authorities or made new ones, 2019 to 2023 (legislation.gov.uk).
# North Yorkshire (SI 2022/328), Somerset (SI 2022/329) and Buckinghamshire (SI 2019/957) became unitary and kept their numbers.
ORDERS: Final = {
    "Bournemouth, Dorset and Poole (Structural Changes) Order 2018, SI 2018/648": ("835", "836", "837", "838", "839"),
    "Northamptonshire (Structural Changes) Order 2020, SI 2020/156": ("928", "940", "941"),
    "Cumbria (Structural Changes) Order 2022, SI 2022/331": ("909", "942", "943"),
}
# Councils that the figures hold under numbers no longer in use: name, last day, what took their place.
ABOLISHED: Final[dict[str, tuple[str, str, str]]] = {
    "835": ("Dorset (before 2019)", "31 March 2019", "Dorset (838), or Bournemouth, Christchurch and Poole (839)"),
    "836": ("Poole", "31 March 2019", "Bournemouth, Christchurch and Poole (839)"),
    "837": ("Bournemouth", "31 March 2019", "Bournemouth, Christchurch and Poole (839)"),
    "909": ("Cumbria", "31 March 2023", "Cumberland (942) or Westmorland and Furness (943)"),
    "928": ("Northamptonshire", "31 March 2021", "North Northamptonshire (940) or West Northamptonshire (941)"),
}
# Councils that took their place: no figure of theirs is older.
FORMED: Final[dict[str, date]] = {
    "838": date(2019, 4, 1),
    "839": date(2019, 4, 1),
    "940": date(2021, 4, 1),
    "941": date(2021, 4, 1),
    "942": date(2023, 4, 1),
    "943": date(2023, 4, 1),
}
# NHS integrated care systems by code, and the local authorities of which a substantial part lies in them (boundaries of July 2022).
SYSTEMS: Final[dict[str, str]] = {
    "QE1": "888 889 890 943",
    "QF7": "370 371 372 373",
    "QGH": "884 885",
    "QH8": "881 882 883",
    "QHG": "821 822 823 826",
    "QHL": "330 334",
    "QHM": "390 391 392 393 394 805 806 807 808 840 841 929 942 943",
    "QJ2": "830 831",
    "QJG": "881 935",
    "QJK": "878 879 880",
    "QJM": "925",
    "QK1": "855 856 857",
    "QKK": "203 208 209 210 303 305",
    "QKS": "886 887",
    "QM7": "881 919",
    "QMF": "201 204 211 301 311 316 317 320",
    "QMJ": "202 206 302 308 309",
    "QMM": "926 935",
    "QNC": "860 861",
    "QNQ": "850 867 868 871 936",
    "QNX": "845 846 938",
    "QOC": "893 894",
    "QOP": "350 351 352 353 354 355 356 357 358 359",
    "QOQ": "810 811 812 813 815 816",
    "QOX": "800 865 866",
    "QPM": "940 941",
    "QR1": "916",
    "QRL": "850 851 852 921",
    "QRV": "205 207 213 304 307 310 312 313",
    "QSL": "933",
    "QT1": "891 892",
    "QT6": "420 908",
    "QU9": "825 869 870 872 931",
    "QUA": "332 333 335 336",
    "QUE": "873 874",
    "QUY": "801 802 803",
    "QVV": "838 839",
    "QWE": "212 306 314 315 318 319",
    "QWO": "380 381 382 383 384 815",
    "QWU": "331 937",
    "QXU": "936",
    "QYG": "340 341 342 343 344 876 877 895 896",
}


@dataclass(frozen=True, slots=True)
class Authority:
    """One local authority: its three-digit number and its name."""

    code: str
    name: str


# Names in common use that no publisher uses.
SHORT_NAMES: Final = {"hull": "810", "bcp": "839", "scilly": "420", "bristol": "801"}


@cache
def numbers_by_name() -> MappingProxyType[str, str]:
    """The number of every authority since 2019, abolished ones too, by its name as `plain_name` writes it.

    Dorset is the council of today: that before 2019 had the same name.

    >>> numbers_by_name()["kingston upon hull"], numbers_by_name()["dorset"]
    ('810', '838')
    """
    return MappingProxyType({plain_name(name): code for code, name in usual_names().items()})


@cache
def usual_names() -> MappingProxyType[str, str]:
    """The name of every authority since 2019 by its number, as the DfE's figures on plans have it.

    >>> usual_names()["810"]
    'Kingston upon Hull, City of'
    """
    with (Path(__file__).parent / "authorities.csv").open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["code"]: row["name"] for row in csv.DictReader(file)})


NEAR_ZERO: Final = "low"  # the DfE's symbol for a figure that rounds to 0


def plain_name(name: str) -> str:
    """A name without the differences that publishers make between names of one place.

    >>> plain_name("St. Helens") == plain_name("St Helens"), plain_name("Herefordshire, County of"), plain_name("County Durham")
    (True, 'herefordshire', 'durham')
    """
    text = re.sub(r"[^a-z0-9]+", " ", name.casefold().replace("&", " and ")).strip()
    return re.sub(
        r"^county |^city of (?!london)| (city|county) of$| city$| county$|^royal borough of | borough$", "", text
    )


def in_area(code: str, column: str = "area_code") -> pl.Expr:
    """Whether a row is of an authority, alone or in a joint return.

    >>> pl.DataFrame({"area_code": ["314 / 318", "878"]}).filter(in_area("318"))["area_code"].to_list()
    ['314 / 318']
    """
    return pl.col(column).str.split(JOINT).list.contains(code)


def authorities(published: pl.DataFrame, neighbours: pl.DataFrame) -> pl.DataFrame:
    """Every local authority that the figures and the neighbour models know: area_code, area_name (a row a name), joint returns split."""
    figures = (
        published.filter(pl.col("area_level") == "local_authority")
        .select(pl.col("area_code", "area_name").str.split(JOINT))
        .filter(pl.col("area_code").list.len() == pl.col("area_name").list.len())
        .unique()
        .explode("area_code", "area_name")
    )
    return pl.concat([figures, neighbours.select("area_code", "area_name")]).unique().sort("area_code", "area_name")


def find_authority(published: pl.DataFrame, neighbours: pl.DataFrame, named: str) -> Authority:
    """Find the authority that a number or a name means, among those that the figures hold.

    Refuses an abolished council (naming what took its place), a joint return, a name that two have, and a name that is not there.

    >>> figures = pl.DataFrame({"area_code": ["314 / 318"], "area_name": ["Kingston / Richmond"], "area_level": "local_authority"})
    >>> find_authority(figures, pl.DataFrame(schema={"area_code": pl.String, "area_name": pl.String}), "Richmond")
    Authority(code='318', name='Richmond')
    """
    listed = authorities(published, neighbours)
    plain = plain_name(named)
    plain = SHORT_NAMES.get(plain, plain)
    if JOINT in named:
        raise UsageError(
            "one local authority is needed, not a joint return",
            hint="name either of the two: its joint return is found",
        )
    current = {
        (code, name) for code, name in listed.rows() if code not in ABOLISHED and plain in (code, plain_name(name))
    }
    codes = sorted({code for code, _ in current})
    if len(codes) > 1:
        raise UsageError(
            '{authorities} local authorities are called "{authority}"',
            hint="give the number of one: {codes}",
            authorities=len(codes),
            authority=named,
            codes=codes,
        )
    if current:
        code, name = min(current)
        usual = usual_names().get(code, name)
        return Authority(code, usual if usual in listed.filter(area_code=code)["area_name"].to_list() else name)
    _refuse_if_abolished(plain)
    names = sorted({name for code, name in listed.rows() if code not in ABOLISHED})
    raise UsageError(
        'the published figures at hand have no local authority "{authority}"',
        hint="{near}; where a store of your own lacks it, add the official files with: workforce official add FILE",
        authority=named,
        near=_near(named, names),
    )


def _near(named: str, names: list[str]) -> Phrase:
    """The names that hold the words given, or else the nearest; never all of England."""
    if not names:
        return Phrase("they hold no local authority at all")
    holding = [n for n in names if plain_name(named) in plain_name(n)][:SEVERAL]
    if holding:
        return Phrase("perhaps {names}", names=" or ".join(holding))
    return (
        did_you_mean(named, names)
        if len(names) <= SEVERAL or get_close_matches(named, names, n=1)
        else Phrase("check the spelling")
    )


def _refuse_if_abolished(wanted: str) -> None:
    before = wanted.removesuffix(" pre lg")
    for code, (name, last_day, after) in ABOLISHED.items():
        current = plain_name(name).removesuffix(" before 2019")
        if wanted in (code, current, plain_name(name)) or (before != wanted and before == current):
            raise UsageError(
                "{name} was abolished on {last_day}",
                hint="use {after} ({order})",
                name=name,
                last_day=last_day,
                after=after,
                order=next(order for order, numbers in ORDERS.items() if code in numbers),
            )


def systems_of(authority: Authority) -> list[str]:
    """Codes of the NHS integrated care systems in which a substantial part of a local authority lies.

    >>> systems_of(Authority("878", "Devon")), systems_of(Authority("936", "Surrey"))
    (['QJK'], ['QNQ', 'QXU'])
    """
    return sorted(code for code, members in SYSTEMS.items() if authority.code in members.split())


def neighbours_of(neighbours: pl.DataFrame, authority: Authority, *, model: str = "2025") -> pl.DataFrame:
    """The statistical neighbours of an authority by one model, nearest first: position, neighbour_code, neighbour_name, closeness.

    >>> from workforce.sources.published import load_official
    >>> neighbours_of(load_official().neighbours, Authority("878", "Devon"))["neighbour_name"].to_list()[:2]
    ['East Sussex', 'Dorset']
    """
    models = neighbours["model"].unique().sort().to_list()
    if model not in models:
        raise UsageError(
            'there is no neighbour model "{model}" at hand',
            hint="at hand: {models}",
            model=model,
            models=", ".join(models) or "none",
        )
    listed = neighbours.filter((pl.col("model") == model) & (pl.col("area_code") == authority.code))
    if listed.is_empty():
        formed = FORMED.get(authority.code)
        since = f"it was formed on {written(formed)}: name another model" if formed else "name another model"
        raise UsageError(
            "the neighbour model of {model} at hand has no neighbours for {authority}",
            hint="{since} (at hand: {models}), or add the model's file with: workforce official add FILE",
            model=model,
            authority=authority.name,
            since=since,
            models=models,
        )
    return listed.select("position", "neighbour_code", "neighbour_name", "closeness").sort("position")


def neighbour_figures(
    rows: pl.DataFrame, ten: pl.DataFrame, authority: Authority, *, periods: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Every neighbour in every period: neighbour_code, neighbour_name, unit (null where there is no figure), value, and why there is none.

    rows: official figures of one measure. periods: those wanted; without it, those of the rows. unit: the return that a figure is of, so
    that two neighbours in one joint return count once. A neighbour that returns with the authority itself has no figure of its own.
    """
    when = (rows if periods is None else periods).select(PERIOD_COLUMNS).unique()
    figures = with_near_zero(rows).filter(
        (pl.col("area_level") == "local_authority") & ~in_area(authority.code) & pl.col("value").is_not_null()
    )
    split = figures.select(
        pl.col("area_code").str.split(JOINT).alias("neighbour_code"),
        pl.col("area_code").alias("unit"),
        *PERIOD_COLUMNS,
        "value",
    ).explode("neighbour_code")
    returns = rows.filter(in_area(authority.code))["area_code"].unique().to_list()
    same_return = {code for joint in returns for code in str(joint).split(JOINT)} - {authority.code}
    return (
        ten.join(when, how="cross")
        .join(split, on=["neighbour_code", *PERIOD_COLUMNS], how="left")
        .with_columns(
            named=pl.struct("neighbour_code", "neighbour_name", "period_end").map_elements(
                lambda row: _named(row["neighbour_code"], row["neighbour_name"], row["period_end"], same_return),
                return_dtype=pl.String,
            )
        )
        .sort(*PERIOD_COLUMNS, "position")
    )


def with_near_zero(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with 0 as the value of a figure that rounds to zero."""
    return rows.with_columns(value=pl.when(pl.col("marker") == NEAR_ZERO).then(0.0).otherwise("value"))


def of_neighbours(near: pl.DataFrame) -> pl.DataFrame:
    """By period, of `neighbour_figures`: mean and median (a joint return once), how many neighbours had a figure, and who had none."""
    had = pl.col("value").is_not_null()
    counts = near.group_by(PERIOD_COLUMNS).agg(
        asked=pl.len().cast(pl.Int64), had=had.sum().cast(pl.Int64), without=pl.col("named").filter(~had)
    )
    # In the order of the neighbours, so that the mean has the same last digit each time.
    once = near.filter(had).unique(["unit", *PERIOD_COLUMNS], maintain_order=True)
    figures = once.group_by(PERIOD_COLUMNS).agg(mean=pl.col("value").mean(), median=pl.col("value").median())
    return counts.join(figures, on=PERIOD_COLUMNS, how="left").sort(PERIOD_COLUMNS)


def _named(code: str, name: str | None, end: date, together: set[str]) -> str:
    """A neighbour's name with the reason, where it is known, why it has no figure of its own in a period."""
    label = name or code
    if code in together:
        return f"{label} (in the same return)"
    if code in FORMED and end < FORMED[code]:
        return f"{label} (formed {written(FORMED[code])})"
    if code in ABOLISHED:
        return f"{label} (abolished {ABOLISHED[code][1]})"
    return label
