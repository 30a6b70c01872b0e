"""A render of a watch: a line for what a save came to, and what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.views.run_view import View, summary_lines
from songbatch.diagnostics import printable
from songbatch.run.events import StepFailed, Waiting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.plan.waves import Wave
    from songbatch.run.engine_plans import EnginePlan
    from songbatch.run.events import Event
    from songbatch.run.summary import Summary

NOTHING = "Nothing to do"


class WatchView(View):
    """One line at the end, after those of what failed and of findings."""

    def __init__(self, saved: str) -> None:
        super().__init__()
        self._saved = saved
        self._summary: Summary | None = None

    def begin(
        self,
        engine_plans: Sequence[EnginePlan],
        jobs: int | None,
        notes: Sequence[str] = (),
    ) -> None:
        """Say nothing."""

    def listen(self, event: Event) -> None:
        """Show what keeps songs from coming, or a run from beginning."""
        if isinstance(event, StepFailed | Waiting):
            super().listen(event)

    def end(self, summary: Summary, waves: Sequence[Wave] = ()) -> None:  # noqa: ARG002
        """Keep the summary for `say`."""
        self._summary = summary

    def suggest(self, command: str) -> None:
        """Say nothing: the line has the output."""

    def say(self, took: str) -> None:
        """Print what the save came to, and how long that took."""
        if self._summary is None:
            return
        *details, last = summary_lines(self._summary)
        for line in details:
            self._print(line)
        made = self._summary.made
        more = f", {len(made) - 1:,} more" if len(made) > 1 else ""
        where = f" -> {made[0]}{more}" if made else ""
        text = last.removeprefix("Done: ").removesuffix(".")
        if text.startswith(NOTHING):
            text = NOTHING.lower()
        self._print(printable(f"{self._saved}: {text} ({took}){where}"))
