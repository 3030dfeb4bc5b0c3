"""The landing page of a report: what each page answers, what failed, and which pages are of an earlier run."""

from datetime import datetime

from workforce.periods import written
from workforce.report.check import check_page
from workforce.report.manifest import Manifest, Outcome
from workforce.report.pages import PageContext, PageRefused, page_environment


def index_page(manifest: Manifest) -> str:
    """The index of a report, from its manifest alone."""
    failed = [_entry(entry) for entry in manifest.failed]
    pages = [_entry(entry) for entry in manifest.notebooks if entry.page and entry.outcome != "failed"]
    html = (
        page_environment()
        .get_template("index.html.j2")
        .render(
            title="Workforce report",
            page=PageContext(manifest.area, manifest.period, manifest.rule, is_draft(manifest), manifest.anew),
            failed=failed,
            not_used=manifest.not_used,
            notices=notices_sentence(manifest.notices),
            quality=next((page for page in pages if page["name"] == "data_quality"), None),
            pages=pages,
            facts=_facts(manifest),
        )
    )
    faults = check_page(html)
    if faults:
        raise PageRefused("the index did not pass its check: {faults}", faults="; ".join(faults))
    return html


def is_draft(manifest: Manifest) -> bool:
    """Whether a report is still to be published: one of official statistics alone is public already."""
    return manifest.published is None and manifest.rule != "published"


def _entry(entry: Outcome) -> dict[str, object]:
    place = entry.heading or (f"cell {entry.cell}" if entry.cell else "")
    message = ": ".join(words for words in (place, entry.text.rstrip(".") if entry.text else entry.error) if words)
    return {
        "name": entry.name,
        "title": entry.title or entry.name,
        "about": entry.about,
        "message": message,
        "page": entry.page,
        "kept": entry.outcome == "kept",
        "written_at": at(entry.page.written_at) if entry.page else "",
    }


def notices_sentence(count: int) -> str:
    """How many notices there are on the files, as the first page and the command print it; nothing where there are none.

    >>> notices_sentence(0), notices_sentence(1)
    ('', 'There is 1 notice on how the files were read')
    """
    if not count:
        return ""
    return f"There {'is 1 notice' if count == 1 else f'are {count} notices'} on how the files were read"


def at(moment: datetime) -> str:
    """A moment as it is written in a report.

    >>> from datetime import UTC
    >>> at(datetime(2023, 4, 3, 9, 5, tzinfo=UTC))
    '3 April 2023 at 09:05 UTC'
    """
    return f"{written(moment.date())} at {moment:%H:%M} UTC"


def _facts(manifest: Manifest) -> list[tuple[str, str]]:
    pages = sum(entry.outcome == "published" for entry in manifest.notebooks)
    return [
        ("Area", manifest.area),
        ("Period", manifest.period),
        ("Disclosure rule", manifest.rule),
        ("Made", at(manifest.finished)),
        ("Pages made in this run", f"{pages} of {pages + len(manifest.failed)}"),
        ("Files read", f"{manifest.files}"),
        ("Made with", f"workforce {manifest.versions['workforce']}".strip()),
    ]
