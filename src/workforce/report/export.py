"""An executed notebook as one self-contained page.

Promises: code is hidden, outputs are the library's figures, tables and sentences, and every page passes `check_page`. Refuses: an output
without HTML, printed text, an error, a bare frame, and figures that withhold less than the page's disclosure rule.
"""

from typing import Any

import jinja2
from markupsafe import Markup
from nbconvert.exporters import TemplateExporter
from nbformat import NotebookNode

from workforce.errors import DisclosureError
from workforce.report.check import check_page, made_by_the_library, rules_shown
from workforce.report.markdown import Heading, PageRenderer
from workforce.report.notebooks import stored_number
from workforce.report.pages import SHOWN_UNDER, TEMPLATE, PageContext, PageRefused, page_environment


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
        """Render a notebook; `resources["page"]` is its `PageContext`."""
        resources = dict(resources or {})
        parts, headings = page_parts(nb, resources["page"])
        resources["title"] = headings[0].text if headings else ""
        html: str = self.template.render(
            parts=[Markup(part) for part in parts],  # noqa: S704  # escaped by the renderer or by the library
            contents=[heading for heading in headings if heading.level == 2],  # noqa: PLR2004  # sections, not their parts
            title=resources["title"],
            page=resources["page"],
        )
        return html, resources


def page_parts(notebook: NotebookNode, page: PageContext) -> tuple[list[str], list[Heading]]:
    """The parts of a page in order, as HTML, and its headings; markdown escaped, outputs as the library made them."""
    renderer = PageRenderer()
    parts: list[str] = []
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(renderer.render(cell.source))
        elif cell.cell_type == "code":
            parts += [_shown(output, f"cell {stored_number(notebook, index)}", page) for output in cell.outputs]
    return parts, renderer.headings


def _shown(output: NotebookNode, where: str, page: PageContext) -> str:
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
    if html and not made_by_the_library(html):
        raise DisclosureError(
            "the cell shows something that was not released",
            where="{place}",
            hint="release it, then show it with wf.table or wf.chart",
            place=where,
        )
    if not rules_shown(html) <= SHOWN_UNDER[page.rule]:
        raise DisclosureError(
            "the cell shows figures that withhold less than the {rule} rule",
            where="{place}",
            hint="release them under the audience",
            rule=page.rule,
            place=where,
        )
    return html


def to_page(notebook: NotebookNode, page: PageContext) -> tuple[str, str]:
    """An executed notebook as `(html, title)`; raises where the page may not be published."""
    html, resources = PageExporter().from_notebook_node(notebook, {"page": page})
    faults = check_page(html)
    if faults:
        raise PageRefused(
            "the page did not pass its check: {faults}",
            hint="mend the notebook, or the figure that it shows",
            faults="; ".join(faults),
        )
    return html, resources["title"]
