"""An executed notebook as one self-contained page.

Code is hidden. A cell may show only figures, tables and sentences that the library made and signed in this run, from records that the run
read, under a rule that the page allows, with no text or number of the caller's that is not written in the notebook or in the settings.
"""

from typing import Any

import jinja2
from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbformat import NotebookNode

from workforce.errors import DisclosureError
from workforce.report.check import check_page
from workforce.report.markdown import Heading, PageRenderer
from workforce.report.notebooks import stored_number
from workforce.report.pages import SHOWN_UNDER, TEMPLATE, PageContext, PageRefused, page_environment
from workforce.report.permitted import Permitted, underscored
from workforce.sealed import FILES
from workforce.signature import KIND, Signed, opened


class PageExporter(TemplateExporter):
    """nbconvert's machinery with our template and nothing of its own: no script, no style from elsewhere, no rewriting of the SVG."""

    file_extension = ".html"
    output_mimetype = "text/html"

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  # nbconvert's own signature
        super().__init__(template_paths=[str(TEMPLATE)], template_file="page.html.j2", **options)  # type: ignore[no-untyped-call]

    def _create_environment(self) -> jinja2.Environment:
        # The environment of nbconvert does not escape; ours does.
        return page_environment()

    def from_notebook_node(  # type: ignore[override]  # as nbconvert's own subclasses do
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **_: object
    ) -> tuple[str, dict[str, Any]]:
        """Render a notebook; `resources["page"]` is its `PageContext`, `key` and `permitted` are as in `to_page`."""
        resources = dict(resources or {})
        blocks, headings = page_parts(nb, resources["page"], key=resources["key"], permitted=resources["permitted"])
        resources["title"] = headings[0].text if headings else ""
        html: str = self.template.render(
            parts=[Markup(block) for block in blocks],  # noqa: S704  # escaped by the renderer or by the library
            contents=[heading for heading in headings if heading.level == 2],  # noqa: PLR2004  # sections, not their parts
            title=resources["title"],
            page=resources["page"],
        )
        return html, resources


def page_parts(
    notebook: NotebookNode, page: PageContext, *, key: bytes, permitted: Permitted
) -> tuple[list[str], list[Heading]]:
    """The parts of a page in order, as HTML, and its headings; markdown escaped, outputs as the library made them."""
    renderer = PageRenderer()
    blocks: list[str] = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            blocks.append(renderer.render(cell.source))
        elif cell.cell_type == "code":
            where = f"cell {stored_number(notebook, index)}"
            _check_names(cell.source, where)
            blocks += [_shown(output, where, page, key, permitted) for output in cell.outputs]
    return blocks, renderer.headings


def _check_names(source: str, where: str) -> None:
    if underscored(source):
        raise PageRefused(
            "the cell uses a name of a module or an object that begins with an underscore",
            where="{place}",
            hint="use public names, which help() and the documentation list",
            place=where,
        )


def _shown(output: NotebookNode, where: str, page: PageContext, key: bytes, permitted: Permitted) -> str:
    if output.output_type not in {"display_data", "execute_result"}:
        raise PageRefused(
            "the cell gave an error" if output.output_type == "error" else "the cell gave printed text",
            where="{place}",
            hint="end the cell with a figure, a table or a sentence of the library",
            place=where,
        )
    if "text/html" not in output.data:
        raise PageRefused(
            "the cell ended in a value that is not made for a page",
            where="{place}",
            hint="put the value in a variable, or show it with wf.table",
            place=where,
        )
    html = "".join(output.data["text/html"])
    signed = opened(html, output.data.get(KIND), key)
    if signed is None:
        raise DisclosureError(
            "the cell shows something that the library did not make in this run, or that was changed afterwards",
            where="{place}",
            hint="release results, then show them with wf.chart, wf.table or wf.words; free text belongs in a markdown cell",
            place=where,
        )
    _check_signed(signed, where, page, permitted)
    return html


def _check_signed(signed: Signed, where: str, page: PageContext, permitted: Permitted) -> None:
    """Refuse what was made by the library, but not from what this page may show."""
    if signed.rule not in SHOWN_UNDER[page.rule]:
        raise DisclosureError(
            "the cell shows figures that withhold less than the {rule} rule",
            where="{place}",
            hint="release them under the audience",
            rule=page.rule,
            place=where,
        )
    if not signed.provenance.loaded:
        raise DisclosureError(
            "the cell shows figures of records that were not read by wf.load_area",
            where="{place}",
            hint="measure the records that wf.load_area returns; a page shows no frames of a notebook's own",
            place=where,
        )
    names = sorted({name for name, value in signed.provenance.arguments if not permitted.may_print(name, value)})
    if FILES in names:
        raise DisclosureError(
            "the cell shows figures of files other than those that this run read",
            where="{place}",
            hint="load the area and the store that the run gives as parameters, and leave their files as they are during a run",
            place=where,
        )
    if names:
        raise DisclosureError(
            "the cell shows a text or a number that is written neither in the notebook nor in the settings: {names}",
            where="{place}",
            hint="write it as a constant with its name in the call (months=12), set it in area.toml, or use a markdown cell",
            names=[f"{name}=" for name in names],
            place=where,
        )


def to_page(
    notebook: NotebookNode, page: PageContext, *, key: bytes, permitted: Permitted | None = None
) -> tuple[str, str]:
    """An executed notebook as `(html, title)`; raises where the page may not be published.

    Parameters
    ----------
    notebook : NotebookNode
        After its cells ran.
    page : PageContext
        What the page says about itself; its rule decides what may be shown.
    key : bytes
        With which the notebook's kernel signed what the library made.
    permitted : Permitted, optional
        What the page may print of what the notebook gave; nothing without it.
    """
    resources: dict[str, Any] = {"page": page, "key": key, "permitted": permitted or Permitted()}
    html, resources = PageExporter().from_notebook_node(notebook, resources)
    faults = check_page(html)
    if faults:
        raise PageRefused(
            "the page did not pass its check: {faults}",
            hint="correct the notebook, or the figure that it shows",
            faults="; ".join(str(fault) for fault in faults),
        )
    title: str = resources["title"]
    return html, title
