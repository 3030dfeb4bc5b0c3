"""The directive `sample-chart`: a chart of the sample partnership, drawn at the build.

A build fails where a kind of chart is not explained on the page for board members.
"""

import re
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from docutils import nodes
from docutils.parsers.rst import Directive

import workforce as wf
from workforce.present.shown import Figure
from workforce.results import Result

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

MONTH: Final = "2023-03"
YEAR: Final = wf.year_to(MONTH)
PAGE: Final = Path(__file__).parent / "charts.md"


@cache
def _area() -> wf.Records:
    return wf.load_area()


@cache
def _banded() -> wf.Records:
    return _area().with_bands(YEAR.start)


def _released(result: Result) -> wf.Released:
    return wf.release(_area().named({"chart": result}), rule="board")


def _bars() -> Figure:
    return wf.chart.bars(
        _released(
            wf.staffing.turnover(
                _area(), YEAR, definition="average", by=["organisation"]
            )
        )
    )


def _trend() -> Figure:
    months = wf.rolling_years(MONTH, 36)
    target = _area().settings.target_value("absence", "days_per_fte")
    return wf.chart.trend(
        _released(wf.absence.rate(_area(), months, definition="days_per_fte")),
        target=target,
    )


def _xmr() -> Figure:
    months = wf.months_to(MONTH, 30)
    return wf.chart.xmr(
        _released(
            wf.stats.xmr(
                wf.staffing.turnover(
                    _area(), months, definition="average", annualised=True
                )
            )
        )
    )


def _funnel() -> Figure:
    return wf.chart.funnel(
        _released(
            wf.absence.funnel(
                _banded(),
                YEAR,
                definition="days_per_fte",
                by="locality",
                strata=["age_band", "staff_group"],
            )
        )
    )


def _retention() -> Figure:
    return wf.chart.retention(
        _released(wf.leaving.retention(_banded(), by=["pay_quarter"])), until=6
    )


def _incidence() -> Figure:
    return wf.chart.incidence(_released(wf.leaving.incidence(_banded())), until=6)


def _forest() -> Figure:
    quarters = wf.leaving.hazards(
        _banded(), covariates=["pay_quarter", "age_band"], strata=["staff_group"]
    )
    return wf.chart.forest(_released(quarters))


def _flow() -> Figure:
    months = wf.months_to(MONTH, 24)
    return wf.chart.flow(
        _released(wf.casework.flow(_area(), months, case_type="ehc_assessment"))
    )


def _outlook() -> Figure:
    roles = wf.forecast.roles_holding(
        _area(), roles=_area().settings.casework.caseworker_roles
    )
    more = wf.forecast.Scenario("Five more caseworkers", recruit=5)
    ahead = wf.forecast.outlook(
        _area(),
        months=12,
        scenarios=[wf.forecast.AS_NOW, more],
        roles=roles,
        on=YEAR.end,
    )
    return wf.chart.outlook(_released(ahead), definition="caseload")


def _pay_ranges() -> Figure:
    return wf.chart.pay_ranges(_released(wf.pay.position(_area(), YEAR.end)))


def _steps() -> Figure:
    columns = {
        "applied": "Applied",
        "shortlisted": "Shortlisted",
        "offered": "Offers made",
        "accepted": "Offers accepted",
    }
    return wf.chart.steps(
        _released(wf.recruitment.funnel(_area(), wf.years_to(MONTH, 2)[0])),
        columns=columns,
    )


KINDS: Final[dict[str, Callable[[], Figure]]] = {
    "bars": _bars,
    "trend": _trend,
    "xmr": _xmr,
    "funnel": _funnel,
    "retention": _retention,
    "incidence": _incidence,
    "forest": _forest,
    "flow": _flow,
    "outlook": _outlook,
    "pay_ranges": _pay_ranges,
    "steps": _steps,
}


class SampleChart(Directive):
    """A chart of the sample by the name of its kind, such as ``trend``."""

    required_arguments: ClassVar[int] = 1

    def run(self) -> list[nodes.Node]:
        """Return the drawing with its title and caption as HTML."""
        kind = self.arguments[0]
        if kind not in KINDS:
            raise self.error(f"there is no chart of the sample for the kind {kind}")
        figure = KINDS[kind]()
        title, caption = escape(figure.title), escape(" ".join(figure.caption))
        html = f'<div class="sample-chart"><p class="title">{title}</p>{figure.svg}<p>{caption}</p></div>'
        return [nodes.raw("", html, format="html")]


def every_kind_is_explained(_app: "Sphinx", _env: "BuildEnvironment") -> None:
    """Stop the build where a kind of chart is not on the page for board members."""
    from sphinx.errors import ExtensionError

    explained = re.findall(
        r"\{sample-chart\} (\w+)", PAGE.read_text(encoding="utf-8")
    )
    missing = sorted(set(wf.chart.__all__) - set(explained))
    if missing:
        raise ExtensionError(
            f"docs/charts.md does not explain these kinds of chart: {', '.join(missing)}"
        )
