"""The sentence on options: what each leaves of a queue by a date, which is likely to clear it, at what cost, and whether it lasts."""

from typing import Any, Final

import polars as pl

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.forecast.options import FIGURES
from workforce.forecast.simulate import AS_NOW
from workforce.periods import written
from workforce.present.shown import Text, _sentence
from workforce.present.text.numbers import capital, count, listed, plain
from workforce.present.text.sentences import why_not
from workforce.present.view import released_frame
from workforce.sealed import text_given

_LIKELY: Final = 50.0  # % of the paths
_SUSTAINABLE: Final = 1.005  # a load that is printed as 1.01 or more

Rows = dict[str, dict[str, dict[str, Any]]]


def options_sentence(released: Released, cheapest: Released | None = None, *, called: str = "cases") -> Text:
    """What would be left of a queue as things are, which options are likely to clear it in time, and the cheapest mix that does.

    Parameters
    ----------
    released : Released
        What `wf.forecast.options` returned, released.
    cheapest : Released, optional
        What `wf.forecast.cheapest` returned, released.
    called : str
        The name of what waits, in the plural.

    Returns
    -------
    Text
        The sentence, or sentences.

    Raises
    ------
    UsageError
        Where a table is of another measure.

    References
    ----------
    This project's measure book, "option".

    Examples
    --------
    >>> import workforce as wf
    >>> area = wf.load_area()
    >>> table = wf.forecast.options(area, wf.year_to("2023-03"), 4, after=20, months=2,
    ...     roles=area.settings.casework.caseworker_roles, settings=wf.forecast.ForecastSettings(paths=100))
    >>> print(options_sentence(wf.release(table, "internal"), called="late requests").text.split(", ")[0])
    By 31 May 2023
    """
    words = text_given(called, "called")
    released = released_frame(released)
    views = [released] if cheapest is None else [released, released_frame(cheapest)]
    rows = _rows(released)
    as_now = rows.get(AS_NOW.name, {}).get("late")
    shown = [row["late"] for row in rows.values() if row["late"]["value"] is not None]
    if not shown:
        reason = why_not(released, released.frame.filter(pl.col("definition") == "late"))
        return _sentence(f"What each option would do is not shown: {reason}.", *views, called=words)
    by = written(shown[0]["period_end"])
    sentences = []
    if as_now is not None and as_now["value"] is not None:
        sentences.append(f"By {by}, if things stay as they are, about {_left(as_now)} {words} would be waiting")
    sentences += _likely(rows, by)
    if lasting := _overloaded(rows):
        sentences.append(lasting)
    if cheapest is not None:
        sentences += _cheapest(views[1])
    return _sentence(". ".join(sentences) + ".", *views, called=words)


def _rows(released: Released) -> Rows:
    rows: Rows = {}
    for row in released.frame.iter_rows(named=True):
        if row["measure"] != "option":
            raise UsageError("this is not a table of options", hint="use wf.forecast.options, and release it")
        rows.setdefault(row["scenario"], {})[row["definition"]] = row
    if any(set(FIGURES) - set(figures) for figures in rows.values()):
        raise UsageError("a table of options lacks figures", hint="release the whole of wf.forecast.options")
    return rows


def _left(row: dict[str, Any]) -> str:
    limits = "" if row["lower"] is None else f" ({count(row['lower'])} to {count(row['upper'])})"
    return f"{count(row['value'])}{limits}"


def _likely(rows: Rows, by: str) -> list[str]:
    """Which options are likely to clear the queue; where none is, the one that leaves the fewest."""
    acts = {name: row for name, row in rows.items() if name != AS_NOW.name and row["late"]["value"] is not None}
    likely = [name for name, row in acts.items() if (row["cleared"]["value"] or 0.0) >= _LIKELY]
    if likely:
        verb = "is" if len(likely) == 1 else "are"
        return [
            f"{listed([_quoted(name) for name in likely])} {verb} likely to bring the queue down to its target by {by}"
        ]
    if not acts:
        return []
    fewest = min(acts, key=lambda name: acts[name]["late"]["value"])
    cost = acts[fewest]["cost"]["value"]
    at = "" if cost is None else f", at {plain(cost, '£')}"
    least = f"{_quoted(fewest)} leaves the fewest, about {_left(acts[fewest]['late'])}{at}"
    none = "The option is not" if len(acts) == 1 else f"None of the {len(acts)} options is"
    return [f"{none} likely to bring the queue down to its target by {by}; {least}"]


def _overloaded(rows: Rows) -> str:
    """A warning of those under which more comes in than the staff could close."""
    loads = {name: row["load"]["value"] for name, row in rows.items()}
    over = {name: load for name, load in loads.items() if load is not None and load > _SUSTAINABLE}
    if not over:
        return ""
    names = listed([f"{_quoted(name)} ({plain(load, 'ratio')})" for name, load in over.items()])
    return f"In the long run more would come in than the staff can close under {names}"


def _cheapest(released: Released) -> list[str]:
    """The cheapest mix, or that there is none."""
    rows = _rows(released)
    if not rows:
        return []
    (name, figures), *_ = rows.items()
    cost = figures["cost"]
    if cost["value"] is not None:
        return [
            f"{capital(name)}, at {plain(cost['value'], '£')} ({plain(figures['cleared']['value'], '%')} of the paths clear it)"
        ]
    if cost["marker"] == "z":
        return [f"No {name} is likely to do it"]
    reason = why_not(released, released.frame.filter(pl.col("definition") == "cost"))
    return [f"The cheapest mix is not shown: {reason}"]


def _quoted(name: str) -> str:
    return f"\N{LEFT DOUBLE QUOTATION MARK}{name}\N{RIGHT DOUBLE QUOTATION MARK}"
