"""Pending work of a run: uploads and renders under way, and what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.base import Verdict
from songbatch.plan import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.diagnostics import SongbatchError
    from songbatch.model import Render, Uploaded
    from songbatch.plan import Plan, RenderStep, UploadStep
    from songbatch.records import Entry, UploadKey
    from songbatch.store.ledger import LedgerState


class PendingUpload(msgspec.Struct, eq=False):
    """An upload of this run: the ids it answered last, how often it was done, who waits for it."""

    step: UploadStep
    position: int
    ids: Uploaded | None
    times: int = 0
    queued: bool = False
    waiting: dict[int, PendingRender] = msgspec.field(default_factory=dict)
    """Renders by position: one may be made to wait twice, but must not be sent twice."""
    failures: dict[Verdict, int] = msgspec.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The reference's name in its spec."""
        return self.step.reference.name


class PendingRender(msgspec.Struct, eq=False):
    """A key being asked for: the renders its audio serves, and what went wrong so far."""

    steps: list[RenderStep]
    position: int
    failures: dict[Verdict, int]
    ids: dict[UploadKey, Uploaded | None] = msgspec.field(default_factory=dict)
    """What the request that is queued or in flight sends, whatever the uploads answer meanwhile."""
    used: dict[UploadKey, int] = msgspec.field(default_factory=dict)
    """How often each upload had been done when it answered `ids`."""
    took: float = 0.0
    """Seconds that the last request took."""
    is_answered: bool = False
    """Whether the last request was answered, and so is paid, even if its audio is not filed."""
    charged_usd: float | None = None
    """What the last answer said it cost, in US dollars."""

    @property
    def render(self) -> Render:
        """The render that is asked for; the others share its audio."""
        return self.steps[0].render


class SendResult(msgspec.Struct, frozen=True):
    """What came of it. `finished` are entries by render id, `unfinished` reasons by render id.

    In US dollars: `spent_usd` is what the service said it charged; `assumed_usd` the price of
    answers that did not say; `unknown_usd` what requests without a usable answer may have cost;
    `highest_usd` the highest price of one request that was seen. `bug` is what went wrong with us.
    """

    finished: Mapping[str, Entry] = msgspec.field(default_factory=dict)
    unfinished: Mapping[str, str] = msgspec.field(default_factory=dict)
    refusal: SongbatchError | None = None
    interrupted: bool = False
    spent_usd: float = 0.0
    assumed_usd: float = 0.0
    unknown_usd: float = 0.0
    highest_usd: float = 0.0
    bug: Exception | None = None


def pending_work(
    plan: Plan, state: LedgerState
) -> tuple[dict[str, PendingRender], dict[UploadKey, PendingUpload]]:
    """Return what a plan asks for, by key, and the uploads that this needs."""
    steps = {step.key: step for step in plan.uploads}
    pending_renders: dict[str, PendingRender] = {}
    uploads: dict[UploadKey, PendingUpload] = {}
    for position, step in enumerate(plan.renders):
        key = step.render.key
        if step.action is Action.SHARE and key in pending_renders:
            pending_renders[key].steps.append(step)
        elif step.action is Action.RENDER:
            unknown = {Verdict.UNKNOWN: state.unknown_outcomes(key)}
            pending_renders[key] = PendingRender([step], position, unknown)
            for need in step.uploads:
                ids = state.uploads.get(need)
                uploads.setdefault(need, PendingUpload(steps[need], position, ids))
    return pending_renders, uploads
