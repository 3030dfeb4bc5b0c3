"""The process that runs a notebook's cells: `python -P -m workforce.report.kernel --signed -f CONNECTION_FILE`.

It starts quicker than the stock launcher, signs what the library shows, and describes the library's own errors in place of a traceback.
"""

import json
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # polars and all else load once the slow import is out of the way
    from workforce.errors import WorkforceError

OWN_ERROR: Final = "workforce error: "
SIGNED: Final = "--signed"


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

    from workforce import signature
    from workforce.errors import WorkforceError
    from workforce.report.fixed_modules import fix_modules

    if SIGNED in sys.argv:
        sys.argv.remove(SIGNED)
        signature._sign_with(sys.stdin.buffer.read())
        fix_modules()
    # IPython asks an exception for its own rendering: the description takes the place of a traceback, which could hold data.
    WorkforceError._render_traceback_ = _described  # type: ignore[attr-defined]
    IPKernelApp.launch_instance()


def _described(error: "WorkforceError") -> list[str]:
    return [OWN_ERROR + json.dumps(error.record())] if _raised_in_the_library(error.__traceback__) else []


def _raised_in_the_library(traceback: TracebackType | None) -> bool:
    """Whether the innermost frame of a traceback is the library's."""
    name = ""
    while traceback is not None:
        name = str(traceback.tb_frame.f_globals.get("__name__", ""))
        traceback = traceback.tb_next
    return name.startswith("workforce.")


if __name__ == "__main__":
    main()
