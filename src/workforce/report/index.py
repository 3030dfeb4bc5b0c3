"""The landing page of a report: what each page answers, what failed, and which pages are of an earlier run."""

from datetime import datetime

from workforce.periods import written
from workforce.report.check import check_page
from workforce.report.manifest import Manifest, Outcome
from workforce.report.pages import PageContext, PageRefused, page_environment


def index_page(manifest: Manifest) -> str:
    """The index of a report, from its manifest alone."""
    failed = [_entry(one) for one in manifest.failed]
    pages = [_entry(one) for one in manifest.notebooks if one.page and one.outcome != "failed"]
    html = (
        page_environment()
        .get_template("index.html.j2")
        .render(
            title="Workforce report",
            page=PageContext(manifest.area, manifest.period, manifest.rule),
            failed=failed,
            not_used=manifest.not_used,
            pages=pages,
            facts=_facts(manifest),
        )
    )
    faults = check_page(html)
    if faults:
        raise PageRefused("the index did not pass its check: {faults}", faults="; ".join(faults))
    return html


def _entry(one: Outcome) -> dict[str, object]:
    place = one.heading or (f"cell {one.cell}" if one.cell else "")
    told = ": ".join(words for words in (place, one.text.rstrip(".") if one.text else one.error) if words)
    return {
        "title": one.title or one.name,
        "about": one.about,
        "told": told,
        "page": one.page,
        "kept": one.outcome == "kept",
        "made": at(one.page.made) if one.page else "",
    }


def at(moment: datetime) -> str:
    """A moment as it is written in a report.

    >>> from datetime import UTC
    >>> at(datetime(2023, 4, 3, 9, 5, tzinfo=UTC))
    '3 April 2023 at 09:05 UTC'
    """
    return f"{written(moment.date())} at {moment:%H:%M} UTC"


def _facts(manifest: Manifest) -> list[tuple[str, str]]:
    made = sum(one.outcome == "published" for one in manifest.notebooks)
    return [
        ("Area", manifest.area),
        ("Period", manifest.period),
        ("Disclosure rule", manifest.rule),
        ("Made", at(manifest.finished)),
        ("Pages made in this run", f"{made} of {made + len(manifest.failed)}"),
        ("Files read", f"{len(manifest.inputs)}"),
        ("Made with", f"workforce {manifest.versions['workforce']}".strip()),
    ]
