"""The process that runs a notebook's cells: `python -P -m workforce.report.kernel --signed -f CONNECTION_FILE`.

It starts quicker than the stock launcher, signs what the library shows, and describes the library's own errors in place of a traceback.
It ends with the worker that started it.
"""

import json
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:  # polars and all else load once the slow import is out of the way
    from workforce.errors import WorkforceError

OWN_ERROR: Final = "workforce error: "
SIGNED: Final = "--signed"
FIGURES: Final = "--figures="
"""Before the folder to which the kernel hands the figures of its releases."""
KEY_LENGTH: Final = 2
"""Bytes in front of the key, on standard input, that say how long it is."""


def skip_slow_grammars() -> None:
    """Keep `jsonschema` from building the grammars of `rfc3987_syntax`; call before altair, papermill or nbconvert is imported.

    JupyterLab brings `jsonschema[format-nongpl]`, whose `rfc3987_syntax` takes 2.5 seconds at import in every process, to check a format
    (an internationalised address) that no notebook uses. jsonschema goes on without it. Drop this when upstream loads it lazily.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None makes an import fail, as the manual says


def main() -> None:
    """Start the kernel."""
    from workforce.report.lifetime import end_with

    if os.name == "posix" and (worker := os.environ.get("JPY_PARENT_PID")):  # jupyter_client sets it
        end_with(int(worker))
    skip_slow_grammars()
    from ipykernel.kernelapp import IPKernelApp

    from workforce import signature
    from workforce.disclosure import publication
    from workforce.errors import WorkforceError
    from workforce.report.fixed_modules import fix_modules

    if SIGNED in sys.argv:
        sys.argv.remove(SIGNED)
        signature._sign_with(_key())
        fix_modules()
    for argument in [argument for argument in sys.argv if argument.startswith(FIGURES)]:
        sys.argv.remove(argument)
        publication.begin(Path(argument.removeprefix(FIGURES)))
    # IPython asks an exception for its own rendering: the description takes the place of a traceback, which could hold data.
    WorkforceError._render_traceback_ = _described  # type: ignore[attr-defined]
    IPKernelApp.launch_instance()


def _key() -> bytes:
    """The key, from standard input; the pipe, whose other end only the worker has, is watched from then on."""
    from workforce.report.lifetime import when_closed

    def read(length: int) -> bytes:
        content = b""
        while len(content) < length and (piece := os.read(0, length - len(content))):
            content += piece
        return content

    key = read(int.from_bytes(read(KEY_LENGTH)))
    pipe = os.dup(0)  # under another number, for cells may read or close their standard input
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    when_closed(pipe, lambda: os._exit(1))
    return key


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
