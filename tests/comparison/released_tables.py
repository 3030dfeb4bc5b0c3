"""Compare what two versions of the library release for all notebooks on the sample, cell by cell.

    python tests/comparison/released_tables.py write NOTEBOOKS FOLDER     in an environment of each version, with its own notebooks
    python tests/comparison/released_tables.py compare OLD NEW

`write` runs the code cells of every notebook with `wf.release` wrapped, under board and internal, and writes each released table to
Parquet. `compare` prints every difference after the renamings that are stated below and leaves out rows that only the newer version has
and that are marked `x`. It ends with 1 where anything differs.
"""

import json
import os
import sys
from pathlib import Path

import polars as pl

AUDIENCES = ("board", "internal")
# What was renamed from version 0.1 to 1.0: columns, and values of columns.
COLUMNS: dict[str, str] = {}
VALUES: dict[str, dict[str, str]] = {}


def write(notebooks: Path, folder: Path) -> None:
    """Run the notebooks' code and write what they release."""
    import workforce as wf

    os.environ["WORKFORCE_STATIC"] = "1"
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
    different = 0
    rows = cells = 0
    for path in sorted(before | after):
        if path not in after:
            print(f"{path}: only before")
            different += 1
        elif path not in before:
            print(f"{path}: only after")
            different += 1
        else:
            one, other = _renamed(pl.read_parquet(old / path)), pl.read_parquet(new / path)
            faults = differences(one, other)
            rows, cells = rows + one.height, cells + one.height * one.width
            different += bool(faults)
            for fault in faults:
                print(f"{path}: {fault}")
    print(f"{len(before | after)} tables, {rows:,} rows, {cells:,} cells compared; {different} tables differ")
    return different


def _renamed(frame: pl.DataFrame) -> pl.DataFrame:
    renamed = frame.rename({c: COLUMNS[c] for c in frame.columns if c in COLUMNS})
    return renamed.with_columns(pl.col(c).replace(VALUES[c]) for c in renamed.columns if c in VALUES)


def differences(one: pl.DataFrame, other: pl.DataFrame) -> list[str]:
    """What differs between two versions of one table, a sentence each."""
    if one.columns != other.columns:
        lacking, added = set(one.columns) - set(other.columns), set(other.columns) - set(one.columns)
        return [f"columns: lacking {sorted(lacking)}, added {sorted(added)}, or in another order"]
    keys = [c for c in one.columns if one.schema[c] in (pl.String, pl.Date) and c not in ("method", "marker")]
    if "marker" in other.columns and other.height > one.height:  # rows that are new and marked x
        other = other.join(one.select(keys), on=keys, how="semi", nulls_equal=True, maintain_order="left")
    if one.height != other.height:
        return [f"{one.height} rows before, {other.height} after"]
    one, other = (t.sort(keys, nulls_last=True, maintain_order=True) for t in (one, other))
    faults = []
    for column in one.columns:
        if one.schema[column] != other.schema[column]:
            faults.append(f"{column}: {one.schema[column]} before, {other.schema[column]} after")
            continue
        unequal = one[column].ne_missing(other[column])
        if one.schema[column].is_float():
            unequal &= ~(one[column].is_nan().fill_null(value=False) & other[column].is_nan().fill_null(value=False))
        if unequal.any():
            faults.append(f"{column}: {int(unequal.sum())} cells differ")
    return faults


if __name__ == "__main__":
    command, first, second = sys.argv[1:]
    if command == "write":
        write(Path(first), Path(second))
    else:
        sys.exit(bool(compare(Path(first), Path(second))))
