"""Why a rate changed: is each part right on average, and do its 95% limits cover the truth?

Run as: python tests/benchmarks/change_parts.py [--repetitions 2000]   (seconds on one processor)

Seed and designs were written down before the first run, and none was changed after it. Asked: the mean of each part within 0.1 of
the planted one, and its limits cover that in 93% to 97% of the repetitions. Who is in post is planted; what happens is drawn.

turnover   1,530 in post (as in the sample) in four grades, or in four grades by three lengths of service; leavers Poisson, from 10% to 26%
           of a grade, and from 6% to 36% of a grade at one length of service.
absence    the same people; each has a skewed number of days lost in a year (gamma of shape 0.3), means from 8 to 20 by grade.
           The variance of a cell is that between its people.
pay        the same people; each has an hourly pay of a log-normal spread of 12% round the mean of the cell, from 16 to 42 pounds, and
           works 0.4 to 1 of full time. The variance of a cell is that between its people, weighted by what they work. These designs were
           added after the others had been run, with the same seed.
"""

import argparse

import numpy as np

import workforce as wf

SEED = 19_550_993
REPETITIONS = 2_000
CLOSE, COVERED = 0.1, (0.93, 0.97)
Z = 1.959964
ONE = ([600.0, 430.0, 300.0, 200.0], [480.0, 420.0, 360.0, 270.0])
LEAVING = ([0.10, 0.14, 0.18, 0.24], [0.12, 0.15, 0.22, 0.26])
DAYS = ([8.0, 10.0, 13.0, 18.0], [9.0, 11.0, 13.0, 20.0])
SERVICE = (np.array([0.25, 0.35, 0.40]), np.array([0.35, 0.35, 0.30]))
BY_SERVICE = np.array([1.4, 1.0, 0.6])
SHAPE = 0.3
PAY = ([16.0, 21.0, 28.0, 40.0], [16.5, 22.0, 28.5, 42.0])
SPREAD = 0.12


def sizes(columns):
    bodies = [np.array(body) for body in ONE]
    if columns == 1:
        return bodies
    return [np.rint(body[:, None] * share) for body, share in zip(bodies, SERVICE, strict=True)]


def rates(by_grade, columns):
    return [np.array(r) if columns == 1 else np.array(r)[:, None] * BY_SERVICE for r in by_grade]


def of_turnover(rng, size, rate):
    leavers = rng.poisson(size * rate)
    return 100 * leavers / size, 100**2 * leavers / size**2


def of_absence(rng, size, mean):
    drawn = [rng.gamma(SHAPE, m / SHAPE, size=int(n)) for n, m in zip(size.ravel(), mean.ravel(), strict=True)]
    means = np.array([days.mean() for days in drawn]).reshape(size.shape)
    return means, np.array([days.var(ddof=1) / len(days) for days in drawn]).reshape(size.shape)


def of_pay(rng, size, mean):
    means, variances = [], []
    for n, m in zip(size.ravel(), mean.ravel(), strict=True):
        fte = rng.uniform(0.4, 1.0, size=int(n))
        pay = m * np.exp(rng.normal(-(SPREAD**2) / 2, SPREAD, size=int(n)))
        middle = (fte * pay).sum() / fte.sum()
        means.append(middle)
        variances.append((fte**2 * (pay - middle) ** 2).sum() / fte.sum() ** 2 * n / (n - 1))
    return np.array(means).reshape(size.shape), np.array(variances).reshape(size.shape)


DESIGNS = {
    "turnover, one column": (1, LEAVING, 100, of_turnover),
    "turnover, two columns": (2, LEAVING, 100, of_turnover),
    "absence, one column": (1, DAYS, 1, of_absence),
    "absence, two columns": (2, DAYS, 1, of_absence),
    "pay, one column": (1, PAY, 1, of_pay),
    "pay, two columns": (2, PAY, 1, of_pay),
}


def simulated(name, repetitions=REPETITIONS, seed=SEED):
    """For each part: the planted one, the mean of the estimates, and the share of limits that cover the planted one."""
    columns, by_grade, scale, draw = DESIGNS[name]
    names = ["grade", "service"][:columns]
    size, rate = sizes(columns), rates(by_grade, columns)
    none = [np.zeros_like(body) for body in size]
    planted = wf.stats.mix_and_rate(size, [scale * r for r in rate], none, names).value
    rng = np.random.default_rng([seed, list(DESIGNS).index(name)])
    estimates = {part: [] for part in planted}
    for _ in range(repetitions):
        drawn = [draw(rng, n, r) for n, r in zip(size, rate, strict=True)]
        parts = wf.stats.mix_and_rate(size, [d[0] for d in drawn], [d[1] for d in drawn], names)
        for part, value in parts.value.items():
            estimates[part].append((value, parts.standard_error[part]))
    result = {}
    for part, pairs in estimates.items():
        value, error = np.array(pairs).T
        result[part] = (planted[part], value.mean(), (np.abs(value - planted[part]) <= Z * error).mean())
    return result


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--repetitions", type=int, default=REPETITIONS)
    repetitions = arguments.parse_args().repetitions
    print(f"| design | part | planted | mean | covered | ({repetitions} repetitions, seed {SEED})")
    for name in DESIGNS:
        for part, (planted, mean, covered) in simulated(name, repetitions).items():
            fine = abs(mean - planted) <= CLOSE and COVERED[0] <= covered <= COVERED[1]
            print(f"| {name} | {part} | {planted:.3f} | {mean:.3f} | {covered:.1%} | {'' if fine else 'not as asked'}")


if __name__ == "__main__":
    main()
