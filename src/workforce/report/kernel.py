"""The process that runs a notebook's cells: `python -P -m workforce.report.kernel -f CONNECTION_FILE`.

Promises: starts quicker than the stock launcher, and tells the runner which errors are the library's own, whose text is safe to print.
Refuses: nothing by itself.
"""

import sys
from typing import Final

OWN_ERROR: Final = "workforce: an error whose text never holds data"


def skip_slow_grammars() -> None:
    """Keep `jsonschema` from building the grammars of `rfc3987_syntax`; call before altair, papermill or nbconvert is imported.

    JupyterLab brings `jsonschema[format-nongpl]`, whose `rfc3987_syntax` takes 2.5 seconds at import in every process, to check a format
    (an internationalised address) that no notebook uses. jsonschema goes on without it. Drop this when upstream loads it lazily.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None makes an import fail, as the manual says


def main() -> None:
    """Start the kernel."""
    skip_slow_grammars()
    from ipykernel.kernelapp import IPKernelApp

    from workforce.errors import WorkforceError

    # IPython asks an exception for its own rendering. The mark replaces a traceback, which could hold data, and lets the runner tell our
    # errors from others that happen to bear the same name.
    WorkforceError._render_traceback_ = lambda _: [OWN_ERROR]  # type: ignore[attr-defined]
    IPKernelApp.launch_instance()


if __name__ == "__main__":
    main()
