"""How many further posts clear a queue by a date: a search over the paths of the outlook.

Every path has the same random numbers whatever the number of posts, and one post more never leaves more requests on any path (unless the
oldest are taken first): so the smallest number is found by halving, and is the same as by trying each number.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from workforce.forecast.fit import Fitted
from workforce.forecast.simulate import AS_NOW, Counts, RequestPaths, Scenario, Staffing, StaffPaths, request_paths
from workforce.periods import Period

MOST_POSTS: Final = 40  # further posts that are tried, where nothing else is said
HALF: Final = 0.5  # of the paths: a queue is cleared where it is at most its target on so many
INSIDE: Final = (
    (1 - 0.95) / 2,
    0.5,
    (1 + 0.95) / 2,
)  # of the paths: the ends of the range of 95 in 100, and its middle


@dataclass(frozen=True, slots=True)
class Clearing:
    """What further posts do to a queue by a date.

    Parameters
    ----------
    paths : int
        Paths simulated.
    tried : int
        The largest number of further posts that was tried.
    posts : int or None
        The smallest number with which at least half of the paths are at most at the target on the date; None where no number tried does it.
    cleared_as_now, cleared : int
        Paths at most at the target without a further post, and with `posts` (with `tried` where there is no such number).
    cleared_with_one_fewer : int or None
        The same with one post fewer than `posts`; None where `posts` is 0 or None.
    left : tuple of float
        Cases in the queue on the date with `posts` (or `tried`): the lower end of the range of 95 in 100 paths, the median, the upper end.
    """

    paths: int
    tried: int
    posts: int | None
    cleared_as_now: int
    cleared: int
    cleared_with_one_fewer: int | None
    left: tuple[float, float, float]


def clearing(
    fitted: Fitted,
    months: Sequence[Period],
    *,
    target: float,
    overdue_after: float,
    paths: int,
    seed: int,
    scenario: Scenario = AS_NOW,
    most: int = MOST_POSTS,
) -> Clearing:
    """The smallest whole number of posts, on top of a scenario's, with which half of the paths clear the queue by the end of the months."""
    with_posts = FurtherPosts(
        fitted, months, overdue_after=overdue_after, paths=paths, seed=seed, scenario=scenario, most=most
    )

    @cache
    def queues(posts: int) -> Counts:
        """The queue at the end, path by path."""
        return with_posts.late(posts)[:, -1]

    def cleared(posts: int) -> int:
        return int((queues(posts) <= target).sum())

    posts = smallest(most, lambda number: cleared(number) >= HALF * paths)
    shown = most if posts is None else posts
    lower, median, upper = (float(np.quantile(queues(shown), share, method="weibull")) for share in INSIDE)
    return Clearing(
        paths=paths,
        tried=most,
        posts=posts,
        cleared_as_now=cleared(0),
        cleared=cleared(shown),
        cleared_with_one_fewer=cleared(posts - 1) if posts else None,
        left=(lower, median, upper),
    )


class FurtherPosts:
    """The staff and the queue of each path under a scenario with any number of further whole posts, up to the most that are asked for."""

    def __init__(
        self,
        fitted: Fitted,
        months: Sequence[Period],
        *,
        overdue_after: float,
        paths: int,
        seed: int,
        scenario: Scenario,
        most: int,
    ) -> None:
        self.fitted, self.months, self.scenario = fitted, months, scenario
        self.overdue_after, self.seed = overdue_after, seed
        staffing = Staffing(fitted, scenario, months, paths, seed)
        posts_of_scenario = staffing.further(scenario.recruit)
        self.of_scenario = sum(posts_of_scenario, start=staffing.of_today())
        self.further = staffing.further(most, after=len(posts_of_scenario))

    def staff(self, posts: int) -> StaffPaths:
        """The staff with so many further posts."""
        return sum(self.further[:posts], start=self.of_scenario)

    def requests(self, posts: int, scenario: Scenario | None = None) -> RequestPaths:
        """The requests with so many further posts; scenario: another one with the same levers of staff."""
        return request_paths(
            self.fitted,
            scenario or self.scenario,
            self.months,
            self.staff(posts).present,
            overdue_after=self.overdue_after,
            seed=self.seed,
        )

    def late(self, posts: int) -> Counts:
        """Requests past their date: a row a path, a column for the start and for each month's end."""
        return self.requests(posts).late


def smallest(most: int, does_it: Callable[[int], bool]) -> int | None:
    """The smallest whole number from 0 to `most` that does it, if one more never undoes it; None where none does.

    >>> smallest(10, lambda number: number >= 7), smallest(10, lambda number: number >= 11)
    (7, None)
    """
    if not does_it(most):
        return None
    if does_it(0):
        return 0
    below, enough = 0, most
    while enough - below > 1:
        middle = (below + enough) // 2
        below, enough = (below, middle) if does_it(middle) else (middle, enough)
    return enough
