"""A run as events, one JSON object a line, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.cli.views.plan_json import plan_object, waves_object
from songbatch.cli.views.run_view import View
from songbatch.diagnostics import printable_json
from songbatch.run.events import Event, ReadingFile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.plan.waves import Wave
    from songbatch.run.engine_plans import EnginePlan
    from songbatch.run.summary import Summary


class JsonView(View):
    """Events as they happen; the first is the plan, the last the summary."""

    def __init__(self) -> None:
        super().__init__()
        self._printed: list[str] | None = []
        """The events so far, None after one that a run with nothing to do does not have."""

    def begin(
        self,
        engine_plans: Sequence[EnginePlan],
        jobs: int | None,
        notes: Sequence[str] = (),  # noqa: ARG002
    ) -> None:
        """Print the whole plan, which has the prices, as the event `planned`."""
        self._event("planned", plan_object(engine_plans, jobs))

    def listen(self, event: Event) -> None:
        """Print an event under the name of its type."""
        if not isinstance(event, ReadingFile):
            fields = msgspec.to_builtins(event)
            self._event(fields.pop("event"), fields)

    def end(self, summary: Summary, waves: Sequence[Wave] = ()) -> None:
        """Print the totals."""
        known = summary.spent_usd + summary.assumed_usd
        self._event(
            "finished",
            {
                "exit_code": summary.exit_code,
                "counts": {action.value: number for action, number in summary.counts.items()},
                "undone": [
                    {"id": entry.id, "status": entry.ending, "error": entry.error}
                    for entry in summary.undone
                ],
                "findings": [
                    {"id": subject, "code": finding.code, "detail": finding.detail}
                    for subject, finding in summary.findings
                ],
                "under_way": [
                    {"engine": engine, "songs": songs} for engine, songs, _ in summary.under_way
                ],
                "advice": summary.advice,
                "chosen": msgspec.to_builtins(summary.chosen),
                "cost_usd": round(known, 6),
                "spent_usd": round(summary.spent_usd, 6),
                "computed_usd": round(summary.computed_usd, 6),
                "paid_at_most_usd": round(known + summary.unknown_usd, 6),
                **waves_object(waves),
            },
        )

    def suggest(self, command: str) -> None:
        """Say nothing: programs do not listen."""

    def again(self, summary: Summary) -> str | None:
        """Return the events of a run that had nothing to do, which are those of the next one."""
        if self._printed is None or summary.up_to_date is None or summary.has_changed_anything:
            return None
        return "".join(self._printed)

    def _event(self, name: str, fields: dict[str, Any]) -> None:
        line = printable_json({"event": name, **fields})
        with self._lock:
            self._print(line)
            if name not in _ALWAYS:
                self._printed = None
            elif self._printed is not None:
                self._printed.append(f"{line}\n")


_ALWAYS = frozenset({"planned", "finished"})
"""The events that every run has."""
