"""Summary of a run: what it came to in numbers, and its exit code."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import EngineRefused
from songbatch.exit_codes import EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_REFUSED
from songbatch.plan import Action, Reason
from songbatch.records import NOT_ASKED
from songbatch.run.pricing import charged_otherwise, held_references, maybe_paid, paid_before
from songbatch.run.remarks import not_collected, other_seeds, still_rendering

if TYPE_CHECKING:
    from songbatch.diagnostics import SongbatchError
    from songbatch.measures import Finding
    from songbatch.outputs.selects_copies import CopiedSelects
    from songbatch.plan import RenderStep
    from songbatch.records import Entry
    from songbatch.run.engine_plans import EnginePlan, Outcome


_MAKING = frozenset({Action.RENDER, Action.COLLECT, Action.JOIN, Action.SHARE, Action.RESTORE})
"""What leaves an output that was not there before."""


class Summary(msgspec.Struct, frozen=True, dict=True):
    """Every engine's part of a run with its outcome, and what came of listeners' choices."""

    engine_plans: tuple[tuple[EnginePlan, Outcome], ...]
    chosen: CopiedSelects

    @cached_property
    def counts(self) -> Counter[Action]:
        """How many renders and removals came to be, by the action that did it."""
        done: Counter[Action] = Counter()
        for engine_plan, outcome in self.engine_plans:
            for step in engine_plan.plan.renders:
                entry = outcome.entries[step.render.id]
                if entry.done:
                    done[_action(step, entry, outcome)] += 1
            done[Action.REMOVE] += len(engine_plan.plan.removals)
            if outcome.sent.collected:
                done[Action.COLLECT] += outcome.sent.collected
        return done

    @cached_property
    def undone(self) -> list[Entry]:
        """The entries of renders that have no audio, in the order of the plan."""
        return [
            entry
            for engine_plan, outcome in self.engine_plans
            for step in engine_plan.plan.renders
            if not (entry := outcome.entries[step.render.id]).done
        ]

    @property
    def made(self) -> list[str]:
        """The outputs that this run has made, in the order of the plan."""
        return [
            step.render.output
            for engine_plan, outcome in self.engine_plans
            for step in engine_plan.plan.renders
            if (entry := outcome.entries[step.render.id]).done
            and _action(step, entry, outcome) in _MAKING
        ]

    @cached_property
    def not_begun(self) -> int:
        """How many renders an interrupted run has not come to; they are among the undone."""
        return sum(entry.error == NOT_ASKED for entry in self.undone)

    @property
    def fixes(self) -> list[str]:
        """What to do about the renders that failed, each once, in the order of the plan.

        The fix of a refusal is not among them: it is shown with that.
        """
        told = {""} if self.refusal is None else {"", self.refusal.fix}
        fixes = (
            outcome.sent.fixes.get(step.render.id, "")
            for engine_plan, outcome in self.engine_plans
            for step in engine_plan.plan.renders
        )
        return [fix for fix in dict.fromkeys(fixes) if fix not in told]

    @property
    def up_to_date(self) -> int | None:
        """How many renders the same run would find up to date, or None if it had things to do."""
        measured = all(
            entry.is_measured or not engine_plan.measures
            for engine_plan, outcome in self.engine_plans
            for entry in outcome.entries.values()
        )
        if not measured or self.exit_code != EXIT_DONE:
            return None
        if any(outcome.sent.under_way for _, outcome in self.engine_plans):
            return None
        if any(engine_plan.plan.fetches for engine_plan, _ in self.engine_plans):
            return None
        return sum(len(engine_plan.plan.renders) for engine_plan, _ in self.engine_plans)

    @property
    def has_changed_anything(self) -> bool:
        """Whether the run did more than find things as they shall be."""
        did = any(number for action, number in self.counts.items() if action is not Action.REUSE)
        return did or bool(self.chosen.copied or self.chosen.removed)

    @property
    def findings(self) -> list[tuple[str, Finding]]:
        """Remarks on the songs that this run touched, by render id."""
        return [
            (step.render.id, finding)
            for engine_plan, outcome in self.engine_plans
            for step in engine_plan.plan.renders
            if step.action is not Action.REUSE
            for finding in outcome.entries[step.render.id].remarks
        ]

    @property
    def spent_usd(self) -> float:
        """What the service said the run has cost, in US dollars."""
        return sum(outcome.sent.spent_usd for _, outcome in self.engine_plans)

    @property
    def computed_usd(self) -> float:
        """The part of it that was computed of the units that the service billed."""
        return sum(outcome.sent.computed_usd for _, outcome in self.engine_plans)

    @property
    def assumed_usd(self) -> float:
        """What the songs of the run are taken to have cost whose answers did not say."""
        return sum(outcome.sent.assumed_usd for _, outcome in self.engine_plans)

    @property
    def unknown_usd(self) -> float:
        """What requests of the run that were never answered may have cost besides."""
        return sum(outcome.sent.unknown_usd for _, outcome in self.engine_plans)

    @property
    def under_way(self) -> list[tuple[str, int, bool]]:
        """How many songs keep rendering at which engine, and if cancelling may save something."""
        return [
            (
                engine_plan.engine.identity.name,
                len(outcome.sent.under_way),
                engine_plan.engine.cancels and not engine_plan.plan.is_free,
            )
            for engine_plan, outcome in self.engine_plans
            if outcome.sent.under_way and not _is_out_of_reach(engine_plan, outcome)
        ]

    @property
    def out_of_reach(self) -> list[tuple[str, int, str]]:
        """How many songs are left at engines that no render uses and that refused, and why."""
        return [
            (engine_plan.engine.identity.name, len(outcome.sent.under_way), str(refusal))
            for engine_plan, outcome in self.engine_plans
            if _is_out_of_reach(engine_plan, outcome) and (refusal := outcome.sent.refusal)
        ]

    @property
    def advice(self) -> list[str]:
        """What to type now, and why: for what is under way, was paid or may have been."""
        return [
            *still_rendering(self.under_way),
            *not_collected(self.out_of_reach),
            *other_seeds(self._other_seeds()),
            *(
                line
                for engine_plan, outcome in self.engine_plans
                for line in charged_otherwise(engine_plan, outcome.sent)
            ),
            *paid_before([engine_plan for engine_plan, _ in self.engine_plans]),
            *maybe_paid(self._maybe_paid().values()),
            *held_references(engine_plan for engine_plan, _ in self.engine_plans),
        ]

    def _other_seeds(self) -> Counter[str]:
        return Counter(
            engine_plan.engine.identity.name
            for engine_plan, outcome in self.engine_plans
            for step in engine_plan.plan.renders
            if step.action in {Action.RENDER, Action.COLLECT}
            and outcome.entries[step.render.id].done
            and outcome.entries[step.render.id].seed_honoured is False
        )

    def _maybe_paid(self) -> dict[str, tuple[int, float]]:
        return {
            entry.key: (
                entry.unknown_outcomes,
                # As the budget counted them: a service that charges more has charged these so, too.
                outcome.sent.at_worst(engine_plan.usual_price(step.render).counted),
            )
            for engine_plan, outcome in self.engine_plans
            for step in engine_plan.plan.renders
            if step.reason is not Reason.PAID_BEFORE
            and not (entry := outcome.entries[step.render.id]).done
            and entry.unknown_outcomes > engine_plan.unknown_tries
        }

    @property
    def refusal(self) -> SongbatchError | None:
        """Why the run ended before its time, if an engine or the disk refused.

        An engine that no render uses holds up nothing.
        """
        return next(
            (
                outcome.sent.refusal
                for engine_plan, outcome in self.engine_plans
                if outcome.sent.refusal and not _is_out_of_reach(engine_plan, outcome)
            ),
            None,
        )

    @property
    def exit_code(self) -> int:
        """0 if everything is there, 1 if something failed, 3 if something is only held.

        5 if an engine refused, 130 if the run was interrupted: then some was not even tried.
        """
        if self.refusal is not None:
            return self.refusal.exit_code
        if any(outcome.sent.interrupted for _, outcome in self.engine_plans):
            return EXIT_INTERRUPTED
        if any(entry.status == "failed" for entry in self.undone):
            return EXIT_FAILED
        return EXIT_REFUSED if self.undone else EXIT_DONE


def _is_out_of_reach(engine_plan: EnginePlan, outcome: Outcome) -> bool:
    return engine_plan.only_collects and isinstance(outcome.sent.refusal, EngineRefused)


def _action(step: RenderStep, entry: Entry, outcome: Outcome) -> Action:
    """Return what a render that is done came of.

    If a run ended before it measured, what was to be measured is merely up to date.
    """
    if step.action is Action.MEASURE and not entry.is_measured:
        return Action.REUSE
    if entry.id in outcome.sent.restored:
        return Action.RESTORE
    return Action.RENDER if entry.id in outcome.sent.asked_again else step.action
