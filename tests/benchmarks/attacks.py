"""What an attacker recovers from published pages: the sample and generated areas, several months of each.

    python tests/benchmarks/attacks.py [--areas 100] [--larger 20] [--sample] [--months 3] [--audience board] [--out FOLDER]
    python tests/benchmarks/attacks.py --reports FOLDER FOLDER ...

The areas have 30 to 400 staff (with `--larger` 500 to 1,500) in one to five organisations, each by its own seed, and are published with
`workforce run` month after month up to March 2023: about a minute for each month and area. The attacker of `tests/attack` then reads all
pages of an area together. `--reports` attacks reports that were made before; those of one area by one rule are taken together. It prints
how many values each small withheld count can have, and ends with 1 where one has fewer than five (`internal`: three) or printed numbers
contradict each other, or where a withheld sum of days is known to less than 15%.
"""

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from attack.pages import Reading, read_report
from attack.solve import FAR, Attack, attack
from published_areas import generated, published

FEWEST: Final = {"board": 5, "internal": 3}
SEED: Final = 20_230_331
LAST: Final = (2023, 3)


@dataclass(frozen=True)
class Area:
    """An area by its size and seed."""

    staff: int
    organisations: int
    seed: int

    def __str__(self) -> str:
        return f"{self.staff} staff, {self.organisations} organisations, seed {self.seed}"


def areas(count: int, fewest: int, most: int) -> list[Area]:
    """So many areas, with sizes spread evenly on a scale of ratios, in an order by chance: the first ones are of all sizes."""
    draw = Random(SEED + most)  # noqa: S311  # not for secrets
    sizes = [round(fewest * (most / fewest) ** (step / max(count - 1, 1))) for step in range(count)]
    draw.shuffle(sizes)
    return [Area(staff, draw.choice([1, 2, 3, 3, 4, 5]), seed) for seed, staff in enumerate(sizes, start=1)]


def months(count: int) -> list[str]:
    """So many months in a row up to March 2023."""
    year, month = LAST
    numbers = [year * 12 + month - 1 - back for back in range(count)]
    return sorted(f"{number // 12}-{number % 12 + 1:02}" for number in numbers)


def read(folders: Sequence[Path], audience: str) -> Reading:
    """All pages of an area's reports."""
    reading = Reading(rule=audience)
    for folder in folders:
        reading.add(read_report(folder))
    return reading


def made(arguments: argparse.Namespace, out: Path) -> Iterator[tuple[str, list[Path]]]:
    """Name and reports of each area."""
    if arguments.sample:
        yield "the sample", published(None, months(arguments.months), out / "sample", arguments.audience)
    for area in [*areas(arguments.areas, 30, 400), *areas(arguments.larger, 500, 1500)]:
        place = out / f"{area.staff}-{area.organisations}-{area.seed}"
        settings = generated(area.staff, area.organisations, area.seed, place)
        yield str(area), published(settings, months(arguments.months), place / arguments.audience, arguments.audience)


def given(folders: Sequence[Path]) -> Iterator[tuple[str, list[Path]]]:
    """Reports that were made before, by the folder that they are in."""
    by_area: dict[Path, list[Path]] = defaultdict(list)
    for folder in folders:
        by_area[folder.resolve().parent].append(folder)
    for place, reports in by_area.items():
        yield str(place), sorted(reports)


def line(name: str, reading: Reading, outcome: Attack, fewest: int) -> str:
    """What came of one area, in one line."""
    values = Counter(min(one.values, 7) for one in outcome.recovered)
    spread = " ".join(f"{value}:{values[value]}" for value in sorted(values))
    return (
        f"{name} | {len(reading.facts)} counts and {len(reading.rates)} rates read ({reading.share_read:.1%}) | "
        f"{len(outcome.recovered)} small ones withheld, {len(outcome.below(fewest))} below {fewest}, {len(outcome.below(2))} exact | "
        f"values {spread or '-'} | {len(outcome.contradictions)} contradictions | {outcome.seconds:.1f} s"
    )


def main() -> int:
    """Attack, and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--areas", type=int, default=0)
    parser.add_argument("--larger", type=int, default=0)
    parser.add_argument("--months", type=int, default=3)
    parser.add_argument("--audience", choices=sorted(FEWEST), default="board")
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--rates", action="store_true", help="take printed rates besides")
    parser.add_argument("--between", action="store_true", help="try each value between the ends")
    parser.add_argument("--seconds", type=float, default=20.0, help="for one program in whole numbers")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--reports", type=Path, nargs="+", default=[])
    arguments = parser.parse_args()
    fewest, total, failed, attacked = FEWEST[arguments.audience], Counter[int](), 0, 0
    with tempfile.TemporaryDirectory() as temporary:
        out = arguments.out or Path(temporary)
        for name, folders in given(arguments.reports) if arguments.reports else made(arguments, out):
            reading = read(folders, arguments.audience)
            outcome = attack(reading, rates=arguments.rates, between=arguments.between, seconds=arguments.seconds)
            print(line(name, reading, outcome, fewest), flush=True)
            for one in outcome.below(fewest):
                print(f"    {one}\n        " + "\n        ".join(one.because[:12]))
            for words in (
                *(f"contradiction: {one}" for one in outcome.contradictions),
                *(f"gap: {one}" for one in outcome.gaps),
            ):
                print(f"    {words}")
            for known in outcome.near(FAR):
                print(f"    known to less than {FAR:.0%}: {known}")
            total.update(min(one.values, 7) for one in outcome.recovered)
            attacked += 1
            failed += bool(outcome.below(fewest) or outcome.contradictions or outcome.gaps or outcome.near(FAR))
    counts = sum(total.values())
    print(
        f"{attacked} areas, {failed} of them with a count below {fewest} values or a contradiction; {counts} small counts withheld"
    )
    print("values each can have: " + ", ".join(f"{value} {total[value]}" for value in sorted(total)))
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
