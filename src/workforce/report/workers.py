"""Worker processes that run notebooks side by side, one after another each: `python -P -m workforce.report.workers PARENT`.

A worker ends with the runner, whatever ends that, and its kernel ends with it. Where a worker dies, only its notebook has failed, and
another worker goes on. Nothing that a worker writes to its standard error is shown, because it could hold data.
"""

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, NoReturn

from workforce.errors import EnvironmentFault
from workforce.report.execute import NO_MEMORY, Failure, Finished, Job, execute, prepare
from workforce.report.lifetime import end_with, kill_children

PATIENCE: Final = 5
"""Seconds that a worker is given to end before it is killed."""

DIED: Final = Failure("DeadWorkerError", f"a worker process died; {NO_MEMORY}", exit_code=EnvironmentFault.exit_code)

Watch = Callable[[str, int, int], None]
"""Told a page's name, how many of its cells ran, and how many there are."""

Numbered = tuple[int, Job]
Message = tuple[str, int, int] | tuple[int, Finished] | BaseException


def run_in_workers(jobs: Sequence[Job], folder: Path, count: int, watch: Watch | None = None) -> list[Finished]:
    """Run notebooks in worker processes.

    Parameters
    ----------
    jobs : sequence of Job
        What to run.
    folder : Path
        The private folder of the run.
    count : int
        How many workers run side by side.
    watch : callable, optional
        Told of each cell that ran; called in the caller's thread.

    Returns
    -------
    list of Finished
        In the order of the jobs.
    """
    waiting: queue.SimpleQueue[Numbered] = queue.SimpleQueue()
    for item in enumerate(jobs):
        waiting.put(item)
    messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
    workers = [_Worker(waiting, messages, folder) for _ in range(min(count, len(jobs)))]
    results: dict[int, Finished] = {}
    try:
        for worker in workers:
            worker.start()
        while len(results) < len(jobs):
            with suppress(queue.Empty):
                message = messages.get(timeout=0.5)  # with a time, for on Windows Ctrl-C does not end an endless wait
                if isinstance(message, BaseException):
                    raise message
                if len(message) == 2:  # noqa: PLR2004  # the number of a job, and what came of it
                    results[message[0]] = message[1]
                elif watch:
                    watch(*message)
    finally:
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.end()
    return [results[number] for number in range(len(jobs))]


class _Worker:
    """A worker process, and the thread of the runner that hands notebooks to it.

    The thread lives as long as the process does: Linux counts the thread that started a process as its parent.
    """

    def __init__(
        self, waiting: "queue.SimpleQueue[Numbered]", messages: "queue.SimpleQueue[Message]", folder: Path
    ) -> None:
        self._thread = threading.Thread(target=self._hand_over, daemon=True)
        self._waiting, self._messages, self._folder = waiting, messages, folder
        self._stopped = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Hand over notebooks until none is left."""
        self._thread.start()

    def _hand_over(self) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    number, job = self._waiting.get_nowait()
                except queue.Empty:
                    break
                self._messages.put((number, self._finished(job)))
        except BaseException as error:  # noqa: BLE001  # raised again in the runner's main thread
            self._messages.put(error)
        finally:
            self._hang_up()
            if self._process is not None:
                _ended(self._process)

    def stop(self) -> None:
        """Have the process end now, whatever it does."""
        self._stopped.set()
        self._hang_up()

    def end(self) -> None:
        """Wait for the process, not for ever."""
        if self._thread.ident is None:  # it was not started
            return
        self._thread.join(2 * PATIENCE)
        if self._thread.is_alive() and self._process is not None:
            self._process.kill()
            self._thread.join(PATIENCE)

    def _finished(self, job: Job) -> Finished:
        if self._process is None:
            self._process = self._started()
        begun = time.monotonic()
        try:
            _write(self._process.stdin, job)
            while not isinstance(message := pickle.load(self._process.stdout), Finished):  # type: ignore[arg-type]  # noqa: S301  # our own process
                self._messages.put(message)
        except (
            EOFError,
            OSError,
            ValueError,
            pickle.UnpicklingError,
        ):  # its pipes are closed, or it died while it wrote
            self._hang_up()
            _ended(self._process)
            self._process = None
            return Finished(job, time.monotonic() - begun, failure=DIED)
        return message

    def _started(self) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-P", "-m", __name__, str(os.getpid())]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603  # our own interpreter
        with suppress(OSError):  # one that is dead already is met when it gets its first notebook
            _write(process.stdin, self._folder)
        return process

    def _hang_up(self) -> None:
        process = self._process
        if process is not None and process.stdin is not None:
            with suppress(OSError):
                process.stdin.close()


def _ended(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _write(file: "IO[bytes] | None", content: object) -> None:
    if file is None:
        raise EOFError
    pickle.dump(content, file)
    file.flush()


def main() -> None:
    """Run the notebooks that the runner sends, until it hangs up."""
    end_with(int(sys.argv[1]))
    for name in (
        "SIGINT",
        "SIGHUP",
    ):  # they reach all processes of a terminal; the runner hears them and ends its workers
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: _leave())
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    received: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def receive() -> None:
        with suppress(Exception):
            while True:
                received.put(pickle.load(source))  # noqa: S301  # from the runner
        _leave()

    threading.Thread(target=receive, daemon=True).start()
    try:
        prepare(received.get(), lambda *progress: _write(sink, progress))
        while True:
            _write(sink, execute(received.get()))
    finally:
        _leave()


def _leave() -> NoReturn:
    kill_children()
    os._exit(0)


if __name__ == "__main__":
    main()
