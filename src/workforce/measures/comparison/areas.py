"""England's local authorities by name and code, so that none silently fails to join.

An authority is found by its number or by any name that its publishers use ("Durham", "County Durham"), in a joint return ("314 / 318") too.
An abolished council is refused with the names of its successors. The NHS systems of each authority are listed here.
"""

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

import polars as pl

from workforce.errors import Phrase, UsageError, did_you_mean

SEVERAL: Final = 12  # so many names a hint lists
JOINT: Final = " / "  # how the DfE writes a return that two authorities make together, in codes and in names

# Councils that the figures hold under numbers no longer in use: name, last day, what took their place (structural changes orders).
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
    known = authorities(published, neighbours)
    wanted = plain_name(named)
    if JOINT in named:
        raise UsageError(
            "one local authority is needed, not a joint return",
            hint="name either of the two: its joint return is found",
        )
    current = {
        (code, name) for code, name in known.rows() if code not in ABOLISHED and wanted in (code, plain_name(name))
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
        return Authority(code, name)
    _refuse_if_abolished(wanted)
    names = sorted({name for code, name in known.rows() if code not in ABOLISHED})
    raise UsageError(
        'the published figures at hand have no local authority "{authority}"',
        hint="{near}; the figures that come with the library cover one authority and its neighbours: for others "
        "download the official files and add them with: workforce published add FILE",
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
        own = plain_name(name).removesuffix(" before 2019")
        if wanted in (code, own, plain_name(name)) or (before != wanted and before == own):
            raise UsageError(
                "{name} was abolished on {last_day}", hint="use {after}", name=name, last_day=last_day, after=after
            )


def systems_of(authority: Authority) -> list[str]:
    """Codes of the NHS integrated care systems in which a substantial part of a local authority lies.

    >>> systems_of(Authority("878", "Devon")), systems_of(Authority("936", "Surrey"))
    (['QJK'], ['QNQ', 'QXU'])
    """
    return sorted(code for code, members in SYSTEMS.items() if authority.code in members.split())
