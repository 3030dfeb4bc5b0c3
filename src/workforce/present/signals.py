"""What an XmR chart says, in words: variation first, then the target, then what was not judged.

The words are those that the measures layer chose before release, never chosen again from rounded figures.
"""

from typing import Any, Final

from workforce.disclosure import Released
from workforce.errors import UsageError
from workforce.periods import Period
from workforce.present.in_place import in_place, is_plural, why_not
from workforce.present.numerals import capital, listed, plural
from workforce.present.text import Text, _sentence
from workforce.present.view import View, clean, gap_in_words, preposition, seen_of, when
from workforce.stats.xmr import COMMON, NOT_BY_SEASON, TOO_FEW, TOO_FEW_EVENTS, UNJUDGED

JUDGED: Final = "No significant change"
_NAMED: Final = 3  # so many groups are named in a sentence; more are counted
_ORDER: Final = (
    "worse than expected",
    "better than expected",
    "higher than expected",
    "lower than expected",
    COMMON,
    TOO_FEW,
    TOO_FEW_EVENTS,
)
_TARGET: Final = {
    "consistently hits the target": "consistently hits the target",
    "consistently misses the target": "consistently misses the target",
    "hit or miss": "hits or misses the target by chance, because the target lies within its usual variation",
}


def variation_title(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """What the latest point of each series says: "Turnover in March 2023: no significant change".

    Parameters
    ----------
    shown : Released
        One table with what `wf.stats.xmr` added before release.
    by : str, optional
        The column that tells the series apart; needed only where several columns do.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The title.

    Raises
    ------
    UsageError
        Where the table was not judged before release.
    """
    seen = _judged(seen_of(shown, by, definition))
    if sentence := in_place(seen):
        return _sentence(sentence.text.rstrip("."), seen)
    subject = capital(seen.called)
    if not seen.periods:
        return _sentence(f"{subject}: no figures for this period", seen)
    latest = seen.periods[-1]
    at = f"{preposition(latest)} {when(latest)}"
    names = seen.series
    if len(names) == 1:
        of = f"{names[0]}: {seen.called}" if seen.by else subject
        return _sentence(f"{of} {at}: {_point(_at(seen, names[0], latest))}", seen)
    said: dict[str, list[str]] = {}
    for name in names:
        row = _at(seen, name, latest)
        said.setdefault(clean(row["variation"]) if _has_words(row) else gap_in_words(row), []).append(name)
    if len(said) == 1:
        return _sentence(
            f"{subject} {at}: {next(iter(said))} in each of the {len(names)} {plural(seen.by or 'group')}", seen
        )
    order = sorted(said, key=lambda words: (_ORDER.index(words) if words in _ORDER else len(_ORDER), words))
    parts = [
        f"{words} in {listed(said[words]) if len(said[words]) <= _NAMED else f'{len(said[words])} of {len(names)}'}"
        for words in order
    ]
    return _sentence(f"{subject} {at}: {'; '.join(parts)}", seen)


def variation_sentence(shown: Released | View, *, by: str | None = None, definition: str | None = None) -> Text:
    """Variation of the latest points, assurance against the target, and whether seasons were taken into account, in sentences.

    Without a target, or a direction that is better, nothing is said of one.

    Parameters
    ----------
    shown : Released
        One table with what `wf.stats.xmr` added before release.
    by : str, optional
        The column that tells the series apart; needed only where several columns do.
    definition : str, optional
        Needed only where the table has several.

    Returns
    -------
    Text
        The sentence, or sentences.

    Raises
    ------
    UsageError
        Where the table was not judged before release.
    """
    seen = _judged(seen_of(shown, by, definition))
    if seen.frame["value"].is_null().all():
        changed = f"{seen.called} {'have' if is_plural(seen.called) else 'has'} changed"
        return _sentence(f"Whether {changed} is not known: {why_not(seen, seen.frame)}.", seen)
    sentences = [f"{variation_title(seen).text}."]
    if seen.periods:
        sentences += _assurance(seen)
        judged = seen.frame["variation"].drop_nulls()
        seasonal = "season" in seen.added and bool((seen.frame["season"] == NOT_BY_SEASON).any())
        if seasonal and not judged.is_in(UNJUDGED).all():
            sentences.append("Points are not judged against their season: what comes every winter counts as a change.")
    return _sentence(" ".join(sentences), seen)


def _judged(seen: View) -> View:
    if "variation" not in seen.added:
        raise UsageError("the table was not judged", hint="use wf.stats.xmr, and release what it returns")
    return seen


def _has_words(row: dict[str, Any]) -> bool:
    return row["value"] is not None and row["variation"] is not None


def _at(seen: View, name: str, period: Period) -> dict[str, Any]:
    rows = seen.of(name).at(period).rows()
    return rows[0] if rows else {"value": None, "marker": "x", "variation": None, "special_cause": None}


def _point(row: dict[str, Any]) -> str:
    if not _has_words(row):
        return gap_in_words(row) or "not judged"
    cause = row["special_cause"]
    said = clean(row["variation"])
    return f"{said} ({clean(cause)})" if cause else said


def _assurance(seen: View) -> list[str]:
    """A sentence on the target for each thing that is true of some series."""
    if "assurance" not in seen.added:
        return []
    said: dict[str, list[str]] = {}
    for name in seen.series:
        known = [r["assurance"] for r in seen.of(name).rows() if r["assurance"] in _TARGET]
        if known:
            said.setdefault(known[-1], []).append(name)
    subject = capital(seen.called)
    if len(seen.series) == 1:
        return [f"{subject} {_TARGET[words]}." for words in said]
    return [f"In {listed(names)} {subject.lower()} {_TARGET[words]}." for words, names in sorted(said.items())]
