"""Compare what two versions of the library release for all notebooks on the sample, cell by cell.

    python tests/comparison/released_tables.py write NOTEBOOKS FOLDER     in an environment of each version, with its own notebooks
    python tests/comparison/released_tables.py compare OLD NEW

`write` runs the code cells of every notebook with `wf.release` wrapped, under board and internal, and writes each released table to
Parquet. `compare` prints every difference after the changes that are stated below and leaves out rows that only the newer version has and
that are marked `x`. A number that differs in its last binary digits is counted apart: version 0.1 gives such a digit now and again itself,
because a parallel sum has no order. It ends with 1 where anything else differs.

What is meant to differ from version 0.1 to 1.0: organisations stand by their printed names in every release (0.1: only after
`records.named`, so not in `explore`); the test of the retention notebook is released (0.1: shown without a
release); headline rates have bounds. `explore` has other cells, and so other tables.
"""

import contextlib
import json
import os
import sys
import tempfile
from pathlib import Path

import polars as pl

AUDIENCES = ("board", "internal")
COLUMNS: dict[str, str] = {}  # renamed columns
NEW_TABLES = ("retention/0/test.parquet",)
NEW_COLUMNS = ("lower_bound", "upper_bound", "refused")
LAST_DIGITS = 1e-14


def write(notebooks: Path, folder: Path) -> None:
    """Run the notebooks' code and write what they release."""
    os.environ["WORKFORCE_STATIC"] = "1"
    notebooks, folder = notebooks.resolve(), folder.resolve()
    with (
        tempfile.TemporaryDirectory() as elsewhere,
        contextlib.chdir(elsewhere),
    ):  # a notebook may save files where it runs
        _write_all(notebooks, folder)


def _write_all(notebooks: Path, folder: Path) -> None:
    import workforce as wf

    slugs = list(wf.load_area("").settings.organisations)
    for audience in AUDIENCES:
        for path in sorted(notebooks.glob("*.ipynb")):
            variants = (
                {f"organisation-{s}": {"organisation": s} for s in slugs}
                if path.stem == "organisation"
                else {path.stem: {}}
            )
            for label, parameters in variants.items():
                count = _write_one(path, folder / audience / label, {"audience": audience, **parameters})
                print(f"{audience} {label}: {count} tables", flush=True)


def _write_one(path: Path, folder: Path, parameters: dict[str, str]) -> int:
    import workforce as wf

    made = []
    own = wf.release

    def recorded(*given, **options):
        made.append(own(*given, **options))
        return made[-1]

    wf.release = recorded
    try:
        names: dict[str, object] = {}
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), names)  # the project's own notebooks
                if "parameters" in cell["metadata"].get("tags", []):
                    names |= {name: value for name, value in parameters.items() if name in names}
    finally:
        wf.release = own
    for number, released in enumerate(made):
        (folder / f"{number}").mkdir(parents=True, exist_ok=True)
        for name, frame in released.tables.items():
            frame.write_parquet(folder / f"{number}" / f"{name.replace('/', '_')}.parquet")
    return sum(len(one.tables) for one in made)


def compare(old: Path, new: Path) -> int:
    """Print what differs and return how many tables do."""
    before, after = ({p.relative_to(root) for p in root.rglob("*.parquet")} for root in (old, new))
    import workforce as wf

    names = wf.load_area("").settings.organisation_names
    different = rows = cells = last_digits = 0
    for path in sorted(before | after):
        if path not in after:
            print(f"{path}: only before")
            different += 1
        elif path not in before:
            meant = str(path).endswith(NEW_TABLES)
            print(f"{path}: only after{', as meant' if meant else ''}")
            different += not meant
        else:
            one, other = _renamed(pl.read_parquet(old / path), names), pl.read_parquet(new / path)
            faults, digits = differences(one, other)
            last_digits += digits
            rows, cells = rows + one.height, cells + one.height * one.width
            different += bool(faults)
            for fault in faults:
                print(f"{path}: {fault}")
    print(f"{len(before | after)} tables, {rows:,} rows, {cells:,} cells compared; {different} tables differ")
    print(f"{last_digits} cells differ in their last binary digits")
    return different


def _renamed(frame: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    renamed = frame.rename({c: COLUMNS[c] for c in frame.columns if c in COLUMNS})
    groups = [
        pl.col(c).replace(names) for c in ("organisation", "body", "moved_from", "moved_to") if c in renamed.columns
    ]
    left_out = renamed.schema.get("left_out") == pl.List(pl.String)  # a table of quality has a count of this name
    lists = [pl.col("left_out").list.eval(pl.element().replace(names))] if left_out else []
    return renamed.with_columns(*groups, *lists)


def differences(one: pl.DataFrame, other: pl.DataFrame) -> tuple[list[str], int]:
    """What differs between two versions of one table, a sentence each, and how many cells do only in their last binary digits."""
    other = other.drop([c for c in NEW_COLUMNS if c not in one.columns], strict=False)
    if one.columns != other.columns:
        lacking, added = set(one.columns) - set(other.columns), set(other.columns) - set(one.columns)
        return [f"columns: lacking {sorted(lacking)}, added {sorted(added)}, or in another order"], 0
    keys = [c for c in one.columns if one.schema[c] in (pl.String, pl.Date) and c not in ("method", "marker")]
    if "marker" in other.columns and other.height > one.height:  # rows that are new and marked x
        new = other.join(one.select(keys), on=keys, how="anti", nulls_equal=True)
        if new["marker"].eq("x").all():
            other = other.join(one.select(keys), on=keys, how="semi", nulls_equal=True, maintain_order="left")
    if one.height != other.height:
        return [f"{one.height} rows before, {other.height} after"], 0
    one, other = (t.sort(keys, nulls_last=True, maintain_order=True) for t in (one, other))
    faults, digits = [], 0
    for column in one.columns:
        if one.schema[column] != other.schema[column]:
            faults.append(f"{column}: {one.schema[column]} before, {other.schema[column]} after")
            continue
        unequal = one[column].ne_missing(other[column])
        if one.schema[column].is_float():
            unequal &= ~(one[column].is_nan() & other[column].is_nan()).fill_null(value=False)
            close = ((one[column] - other[column]).abs() <= LAST_DIGITS * one[column].abs()).fill_null(value=False)
            digits += int((unequal & close).sum())
            unequal &= ~close
        if unequal.any():
            faults.append(f"{column}: {int(unequal.sum())} cells differ")
    return faults, digits


if __name__ == "__main__":
    command, first, second = sys.argv[1:]
    if command == "write":
        write(Path(first), Path(second))
    else:
        sys.exit(bool(compare(Path(first), Path(second))))
