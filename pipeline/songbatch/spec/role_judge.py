"""Judgement of the references of a render, together with what the song asks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.spec.options import report_ignored
from songbatch.traits import STRENGTH_ALONE, STYLE_BESIDE_REFERENCE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.documents.collector import DiagnosticCollector, RenderName
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.model import Purpose
    from songbatch.spec.roles import Roles
    from songbatch.spec.song_plan import SongPlan
    from songbatch.traits import SpecEngine


class RoleJudge:
    """Judges voices and instrumentals by the traits of an engine."""

    def __init__(self, engine: SpecEngine, roles: Roles, collector: DiagnosticCollector) -> None:
        self._engine = engine.name
        self._traits = engine.traits
        self._roles = roles
        self._collector = collector

    def judge(
        self,
        plan: SongPlan,
        keys: Mapping[str, Any],
        names: tuple[str | None, str | None],
        render: RenderName,
    ) -> bool:
        """Return whether a render may have these references; report why not.

        `names` are those of voice and instrumental, `keys` what the render asks for.
        """
        voice, instrumental = map(self._roles.purpose_of, names)
        role, reason = self._why_not(voice, instrumental, is_same=names[0] == names[1])
        if reason:
            node = _place(plan, role)
            return self._refuse(node, reason, has_style="style" in keys, render=render)
        if voice is not None or instrumental is not None:
            self._beside(plan)
        if voice is not None:
            self._remark(_place(plan, "voice"), voice)
        if keys.get("vocals") == "none" and "vocals" not in self._traits.takes and voice:
            detail = f"{self._engine}, `vocals: none`: it sings wherever a voice is referenced"
            fix = "reference an instrumental alone, or choose another engine"
            self._report("engine.cannot", plan, "vocals", detail, fix, render)
            return False
        if not self._can_be_silent(plan, keys, (voice, instrumental), render):
            return False
        return self._can_follow(plan, keys, voice or instrumental, render)

    def _can_be_silent(
        self,
        plan: SongPlan,
        keys: Mapping[str, Any],
        purposes: tuple[Purpose | None, Purpose | None],
        render: RenderName,
    ) -> bool:
        if keys.get("vocals") != "none":
            return True
        cannot = self._traits.cannot
        reason = next((why for one in purposes if (why := cannot.get(f"{one}+vocals=none"))), "")
        if reason:
            detail = f"{self._engine}, `vocals: none`: {reason}"
            fix = "remove it, or name another reference"
            self._report("engine.cannot", plan, "vocals", detail, fix, render)
        return not reason

    def _can_follow(
        self, plan: SongPlan, keys: Mapping[str, Any], purpose: Purpose | None, render: RenderName
    ) -> bool:
        follows = keys.get("follow") == "song" and "follow" in self._traits.takes
        if "strength" in keys and "strength" in self._traits.takes and not follows:
            reason = self._traits.cannot.get(STRENGTH_ALONE)
            if reason:
                detail = f"{self._engine} ignores `strength`"
                report_ignored(self._collector, detail, plan.asked.numbers["strength"], reason, 1)
        if not follows:
            return True
        if purpose is None:
            detail = "`follow: song` needs a reference to follow"
            fix = "name one under `reference`, or remove it"
            self._report("engine.needs", plan, "follow", detail, fix, render)
            return False
        reason = self._traits.cannot.get(f"{purpose}+follow=song")
        if reason:
            detail = f"{self._engine}, `follow: song`: {reason}"
            fix = "name a reference of purpose song, or remove it"
            self._report("engine.cannot", plan, "follow", detail, fix, render)
        return not reason

    def _why_not(
        self, voice: Purpose | None, instrumental: Purpose | None, *, is_same: bool
    ) -> tuple[str, str]:
        """Return which role is refused, and why; "" for none."""
        for role, purpose in (("voice", voice), ("instrumental", instrumental)):
            if purpose is not None and purpose not in self._traits.references:
                return role, self._traits.why_no_place(purpose)
        if voice and instrumental and not is_same:
            cannot = self._traits.cannot
            both = cannot.get(f"{voice}+{instrumental}") or cannot.get("voice+instrumental", "")
            return "instrumental", both
        return "", ""

    def _refuse(self, node: Scalar, reason: str, *, has_style: bool, render: RenderName) -> bool:
        if has_style and not self._traits.references:
            # Poorer without, but still a song as described.
            detail = f"{self._engine} ignores references"
            report_ignored(self._collector, detail, node, reason, 1)
            return True
        detail = f"{self._engine} cannot use this reference: {reason}"
        fix = "choose another engine or model, or another reference"
        self._collector.report_of_render("engine.cannot", node.span, detail, fix, render=render)
        return False

    def _beside(self, plan: SongPlan) -> None:
        """Report a style, and what is written into it, that is left out beside a reference."""
        left_out = self._traits.left_out_beside_reference
        places = dict(plan.asked.places) if left_out else {}
        for key in left_out:
            if key in places:
                detail = f"{self._engine} ignores `{key}` beside a reference"
                reason = self._traits.ignores[STYLE_BESIDE_REFERENCE]
                report_ignored(self._collector, detail, places[key], reason, 1)

    def _remark(self, node: Scalar, purpose: Purpose) -> None:
        rule = self._traits.references.get(purpose)
        if rule is not None and rule.is_blurred:
            detail = f"{self._engine} uses a {purpose} as {rule.meaning}"
            fix = "nothing to do; listen whether it follows what you want"
            self._collector.report_of_key("engine.blurred", node.span, detail, fix, 1)

    def _report(
        self, code: str, plan: SongPlan, key: str, detail: str, fix: str, render: RenderName
    ) -> None:
        place = plan.asked.texts[key][1]
        self._collector.report_of_render(code, place.span, detail, fix, render=render)


def _place(plan: SongPlan, role: str) -> Scalar:
    """Return where a song names the reference that has a role."""
    return (plan.roles.get(role) or plan.roles["reference"])[1]
