"""A run on a terminal: what runs, what is done, elapsed and remaining time."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING, Self, TextIO, cast

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from songbatch.cli.outlet import Guarded
from songbatch.cli.views.run_view import View
from songbatch.diagnostics import printable
from songbatch.plan import Action
from songbatch.run.events import (
    Event,
    JobProgress,
    ReadingFile,
    Retrying,
    StepDone,
    StepFailed,
    StepStarted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.run.engine_plans import EnginePlan
    from songbatch.run.pending import LeftBehind

LETS_GO_WITHIN_SECONDS = 0.5
"""Less than somebody who insists waits in all."""

REQUESTS = (Action.FETCH, Action.CONVERT, Action.UPLOAD, Action.COLLECT, Action.RENDER)


def job_stands(event: JobProgress) -> str:
    """Return how a job stands, as the end of a line."""
    if event.position is not None:
        return f", {event.position} in the queue"
    return f", {event.stage}" if event.stage else ""


def _has_letters(stream: TextIO) -> bool:
    """Return whether a terminal's encoding has the signs of a spinner."""
    return (stream.encoding or "").lower().startswith("utf")


class _CountColumn(MofNCompleteColumn):
    """How many of how many; nothing if the end is not known."""

    def render(self, task: Task) -> Text:
        return Text() if task.total is None else super().render(task)


class _Console(Console):
    """A console that never hides the cursor: no ending, however sudden, has to show it again."""

    def show_cursor(self, show: bool = True) -> bool:  # noqa: ARG002  (rich's)
        return False


class ProgressView(View):
    """Lines as in the plain view, above a live display of what is going on."""

    def __init__(self) -> None:
        super().__init__()
        self._progress = Progress(
            SpinnerColumn("dots" if _has_letters(sys.stderr) else "line"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            _CountColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=_Console(
                file=cast("TextIO", Guarded(sys.stderr, self.outlet)),
                no_color=bool(os.environ.get("NO_COLOR")),
            ),
            transient=True,
            # What is for standard output shall go there, whoever watches standard error.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._all: TaskID | None = None
        self._running: dict[tuple[Action, str], TaskID] = {}
        self._reading: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        self._reading = self._progress.add_task("reading", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def leave(self, left: LeftBehind) -> None:
        """Take the display away, if it lets itself be taken, and say what is left."""
        stopping = threading.Thread(target=self._progress.stop, daemon=True)
        stopping.start()
        stopping.join(LETS_GO_WITHIN_SECONDS)
        if stopping.is_alive():  # whoever was interrupted is in the middle of a line
            with contextlib.suppress(OSError, ValueError):
                os.write(sys.stderr.fileno(), b"\n")
        super().leave(left)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Take the display away while somebody else prints."""
        self._progress.stop()
        yield
        self._progress.start()

    def begin(
        self, engine_plans: Sequence[EnginePlan], jobs: int | None, notes: Sequence[str] = ()
    ) -> None:
        """Start the bar over everything that takes time."""
        super().begin(engine_plans, jobs, notes)
        self._forget_reading()
        total = sum(
            engine_plan.plan.counts[action] for engine_plan in engine_plans for action in REQUESTS
        )
        if total:
            self._all = self._progress.add_task("all", total=total)

    def listen(self, event: Event) -> None:
        """Move the display, and print what the plain view prints."""
        with self._lock:
            self._move(event)
        super().listen(event)

    def _move(self, event: Event) -> None:
        match event:
            case ReadingFile(path):
                if self._reading is not None:
                    self._progress.update(self._reading, description=f"reading {printable(path)}")
            case StepStarted(action, subject):
                text = f"  {action.value} {printable(subject)}"
                self._running[action, subject] = self._progress.add_task(text, total=None)
            case JobProgress(subject):
                self._show_progress(event)
            case Retrying(action, subject):
                self._stop_running(action, subject)
            case StepDone(action, subject) | StepFailed(action, subject):
                self._stop_running(action, subject)
                if self._all is not None and action in REQUESTS:
                    self._progress.advance(self._all)
            case _:
                pass

    def _show_progress(self, event: JobProgress) -> None:
        key = next((key for key in self._running if key[1] == event.subject), None)
        if key is not None:
            stands = job_stands(event)
            text = f"  {key[0].value} {printable(event.subject)}{printable(stands)}"
            self._progress.update(
                self._running[key],
                description=text,
                total=None if event.progress is None else 100,
                completed=0 if event.progress is None else round(100 * event.progress),
            )

    def _stop_running(self, action: Action, subject: str) -> None:
        task = self._running.pop((action, subject), None)
        if task is not None:
            self._progress.remove_task(task)

    def _forget_reading(self) -> None:
        if self._reading is not None:
            self._progress.remove_task(self._reading)
            self._reading = None

    def _print(self, line: str) -> None:
        if sys.stdout.isatty():
            self._progress.console.print(Text.from_ansi(line), soft_wrap=True)
        else:
            super()._print(line)
