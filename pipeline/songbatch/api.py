"""The API for Python: a project is loaded, planned and rendered as the commands do it.

Errors are those of `songbatch.diagnostics`. Nothing is printed and nobody is asked.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import InvalidSpecs, SongbatchError, UsageError
from songbatch.diff.states import with_states
from songbatch.plan import Action, Choices
from songbatch.plan.selection import Selection
from songbatch.run.apply import RunSettings, open_run
from songbatch.run.consent import confirm_above, needs_consent, no_consent
from songbatch.run.engine_plans import make_engine_plans
from songbatch.run.series import Waves
from songbatch.run.session import Session
from songbatch.run.shared.stores import chosen_store
from songbatch.run.stopping import draining
from songbatch.run.summary import Summary
from songbatch.spec.layers import Layer

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping, Sequence

    from songbatch.batch.loading import Batch
    from songbatch.diagnostics import Diagnostic
    from songbatch.model import Render
    from songbatch.plan import RenderStep
    from songbatch.run.apply import Run
    from songbatch.run.engine_plans import EnginePlan
    from songbatch.run.events import Event

__all__ = [
    "Choices",
    "LoadedProject",
    "ProjectPlan",
    "RunSettings",
    "SongbatchError",
    "Summary",
    "load",
]

_DEFAULTS = RunSettings()


class ProjectPlan(msgspec.Struct, frozen=True):
    """The plan of a project, engine by engine."""

    engine_plans: tuple[EnginePlan, ...]

    @property
    def steps(self) -> list[RenderStep]:
        """The step of every selected render, with `render`, `action`, `reason` and `why`."""
        return [step for one in self.engine_plans for step in one.plan.renders]

    @property
    def counts(self) -> Counter[Action]:
        """How many steps there are of each action."""
        return sum((one.plan.counts for one in self.engine_plans), Counter[Action]())

    @property
    def changes(self) -> bool:
        """Whether a run would do anything at all."""
        return any(one.plan.changes for one in self.engine_plans)

    @property
    def cost_usd(self) -> float:
        """What the run is expected to cost, in US dollars."""
        return sum(one.plan.cost_usd for one in self.engine_plans)


class LoadedProject(msgspec.Struct, frozen=True):
    """A project whose specs were read and are without errors."""

    session: Session
    batch: Batch

    @property
    def renders(self) -> tuple[Render, ...]:
        """Every render, with `id`, `key`, `output` and `inputs` (lyrics and all that decides)."""
        return self.batch.renders

    @property
    def warnings(self) -> tuple[Diagnostic, ...]:
        """Diagnostics of the specs that are not errors."""
        return self.batch.diagnostics

    def plan(
        self,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        choices: Choices = _DEFAULTS.choices,
    ) -> ProjectPlan:
        """Return what a render of the selected renders would do. Changes nothing."""
        session = self.session
        store = chosen_store(self.batch.sharing, None, session.environment)
        plans = make_engine_plans(
            self.batch,
            self._selection(select, exclude),
            session.run_context(chosen=store),
            session.environment,
            choices,
        )
        return ProjectPlan(tuple(plans))

    def render(
        self,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        settings: RunSettings = _DEFAULTS,
        *,
        yes: bool = False,
        wait: bool = True,
    ) -> Summary:
        """Do what the plan says; return the summary, whose `exit_code` is that of the command.

        Ctrl-C sends nothing more and keeps what is in flight (exit code 130); a second one ends the
        process.

        Raises Refused if the plan exceeds a bound, or if it costs more than is spent without asking
        and neither `yes` nor a `max_cost` agrees to it; Locked if another run works on the project
        and this does not `wait`; EngineRefused if the engine refuses beforehand.
        """
        session, batch = self.session, self.batch
        with session.lock(wait=wait):
            above = confirm_above(batch.confirm_above)
            waves = Waves(session, batch, self._selection(select, exclude), settings)
            for wave in waves:
                plan = (wave.batch, wave.selection, wave.settings)
                with open_run(session, *plan, _ignore, wave.further) as run:
                    agreed = yes or settings.max_cost is not None or waves.has_begun
                    if not agreed and needs_consent(run.counted_usd, above):
                        raise no_consent(run.counted_usd, above, run.price_notes)
                    with _stoppable(run):
                        waves.done(run, run.finish(run.fetch(wave.batch)))
            session.write_index()
            session.drop_old_caches()
        return waves.summary

    def _selection(self, select: Sequence[str], exclude: Sequence[str]) -> Selection:
        return with_states(Selection(select, exclude), self.batch, self.session.workspace)


def load(
    folder: str | os.PathLike[str],
    specs: Iterable[str] = (),
    *,
    engine: str | None = None,
    variables: Mapping[str, str] | None = None,
    profile: str | None = None,
    takes: int | None = None,
) -> LoadedProject:
    """Load a project; `specs` are names or ids, none for all; `engine` wins over what specs name.

    `profile` and `takes` are what `--profile` and `--takes` say. Raises UsageError if there is no
    such project, spec, profile or engine, InvalidSpecs with every diagnostic if the specs have
    errors.
    """
    for name in variables or {}:
        if not name.isidentifier():
            raise UsageError(f"{name!r} cannot be a variable", fix="use letters, digits and _")
    session = Session.open(Path(folder))
    batch = session.load(specs, engine, variables or {}, layer=Layer(profile, takes))
    if batch.has_errors:
        raise InvalidSpecs(batch.diagnostics)
    return LoadedProject(session, batch)


def _stoppable(run: Run) -> contextlib.AbstractContextManager[None]:
    """Let Ctrl-C stop a run gently: what is in flight is paid for."""
    is_main = threading.current_thread() is threading.main_thread()
    # No other thread may handle signals, and none is interrupted by them.
    return draining(run.stop) if is_main else contextlib.nullcontext()


def _ignore(_event: Event) -> None:
    pass
