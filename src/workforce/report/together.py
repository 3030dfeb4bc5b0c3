"""The pages of a run are one publication: what one page withholds must not follow from what another shows.

Each page hands over what it shows. All of it is audited as one system; what has to be withheld as well is, and the pages concerned are made
again, until nothing is left to withhold. A page that still tells too much is not published.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import polars as pl

from workforce.errors import DisclosureError, Phrase
from workforce.report.execute import Failure, Finished, Job

ROUNDS: Final = 4
"""How often pages are made again."""
EARLIER: Final = "earlier pages"
Table = tuple[str, int, str]
"""A page, the number of a release on it, and the label of a table."""

_TELLS: Final = Phrase(
    "figures of few people could be worked out from this page together with others, whatever else is withheld"
)


@dataclass(frozen=True, slots=True)
class Together:
    """What came of the pages of a run.

    Parameters
    ----------
    finished : list of Finished
        In the order of the jobs. A page that cannot be made safe has failed, with the exit code of disclosure.
    figures : polars.DataFrame
        The figures of the pages that were made, and of the earlier ones that stay, with a column `page`.
    unsafe : frozenset of str
        The pages that cannot be made safe: of them no earlier page may stay either.
    """

    finished: list[Finished]
    figures: pl.DataFrame
    unsafe: frozenset[str] = frozenset()


def made_together(
    jobs: Sequence[Job],
    run: Callable[[Sequence[Job]], list[Finished]],
    fixed: Mapping[str, pl.DataFrame],
    folder: Path,
    earlier: pl.DataFrame | None = None,
) -> Together:
    """Run notebooks so that no page gives away what another withholds.

    Parameters
    ----------
    jobs : sequence of Job
        The notebooks of all pages.
    run : callable
        Runs some of them.
    fixed : mapping of str to polars.DataFrame
        The figures that readers have besides, by a name.
    folder : Path
        A private folder, to which the pages hand what they show.
    earlier : polars.DataFrame, optional
        The figures of earlier pages of the same report that stay where no new one is made, with a column `page`.

    Returns
    -------
    Together
        The pages, and the figures of the whole report.
    """
    places = {job.name: folder / f"figures-{number}" for number, job in enumerate(jobs)}
    finished = {result.job.name: result for result in run([replace(j, figures=places[j.name]) for j in jobs])}
    further: dict[Table, set[str] | None] = {}  # the rows to withhold as well; None for the whole table
    for turn in range(ROUNDS + 1):
        pages = sorted(page for page, result in finished.items() if not result.failure)
        figures = _figures({page: places[page] for page in pages})
        staying = None if earlier is None else earlier.filter(~pl.col("page").is_in(pages))
        to_withhold = _to_withhold(figures, fixed if staying is None else {**fixed, EARLIER: staying})
        concerned = sorted({page for page, *_ in to_withhold})
        if not concerned or turn == ROUNDS:
            break
        _add(further, to_withhold)
        for page in concerned:
            _write(places[page], {table: rows for table, rows in further.items() if table[0] == page})
        finished |= {result.job.name: result for result in run([finished[page].job for page in concerned])}
    failure = Failure(DisclosureError.__name__, str(_TELLS), exit_code=DisclosureError.exit_code)
    finished |= {page: replace(finished[page], html="", failure=failure) for page in concerned}
    figures_of_report = figures if staying is None else pl.concat([staying.select(figures.columns), figures])
    return Together(
        [finished[job.name] for job in jobs],
        figures_of_report.filter(~pl.col("page").is_in(concerned)),
        frozenset(concerned),
    )


def _figures(places: Mapping[str, Path]) -> pl.DataFrame:
    """What pages hand over, each table with a label that no other table of the run has."""
    from workforce.disclosure.figures import SCHEMA
    from workforce.disclosure.publication import handed_over

    frames = [
        figures.with_columns(table=_label(page, call) + pl.col("table"), page=pl.lit(page))
        for page, place in sorted(places.items())
        for call, figures in handed_over(place).items()
    ]
    return pl.concat(frames) if frames else pl.DataFrame(schema={**SCHEMA, "page": pl.String})


def _to_withhold(figures: pl.DataFrame, fixed: Mapping[str, pl.DataFrame]) -> dict[Table, set[str] | None]:
    """The keys of the rows of pages that have to be withheld as well, by table; None for a whole table."""
    from workforce.disclosure.audit import audit

    if figures.is_empty():
        return {}
    before = [frame.with_columns(table=pl.lit(f"{name}\n") + pl.col("table")) for name, frame in fixed.items()]
    names = [name for frame in before for name in frame["table"].unique()]
    keys = {(table, row): key for table, row, key in figures.select("table", "row", "key").iter_rows()}
    result = audit(pl.concat([*before, figures]), names)
    keys_of: dict[Table, set[str]] = defaultdict(set)
    for table, row in result.withheld:
        keys_of[_table(table)].add(keys[table, row])
    return {**keys_of, **dict.fromkeys(map(_table, result.left_out))}


def _label(page: str, call: int) -> pl.Expr:
    return pl.lit(f"{json.dumps([page, call])}\n")


def _table(label: str) -> Table:
    place, _, table = label.partition("\n")
    page, call = json.loads(place)
    return str(page), int(call), table


def _add(further: dict[Table, set[str] | None], to_withhold: Mapping[Table, set[str] | None]) -> None:
    for table, rows in to_withhold.items():
        before = further.get(table, set())
        further[table] = None if rows is None or before is None else before | rows


def _write(place: Path, further: Mapping[Table, set[str] | None]) -> None:
    """Write what a page has to withhold as well for its next run."""
    from workforce.disclosure.publication import Further, write_further

    by_call: dict[int, list[tuple[str, set[str] | None]]] = defaultdict(list)
    for (_, call, table), rows in further.items():
        by_call[call].append((table, rows))
    write_further(
        place,
        {
            call: Further(
                {table: frozenset(rows) for table, rows in tables if rows is not None},
                frozenset(table for table, rows in tables if rows is None),
            )
            for call, tables in by_call.items()
        },
    )
