"""Pending work of a run: uploads and renders under way, and what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.engines.base import Verdict
from songbatch.plan import Action
from songbatch.prices import Price
from songbatch.run.submitting import JobUnderWay

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from songbatch.diagnostics import SongbatchError
    from songbatch.model import Render, Uploaded
    from songbatch.plan import Plan, RenderStep, UploadStep
    from songbatch.records import Entry, JobRecord, UploadKey
    from songbatch.run.budget import Overcharge
    from songbatch.store.ledger import LedgerState


class PendingUpload(msgspec.Struct, eq=False):
    """An upload of this run: the ids it answered last, how often it was done, who waits for it.

    Without a `step`, it is what a job of an earlier run makes, and nobody waits.
    """

    step: UploadStep | None
    position: int
    ids: Uploaded | None
    key: str = ""
    """Under which the ledger has the requests for one that a job makes."""
    orphan: str = ""
    """What it is called without a step."""
    job: JobUnderWay | None = None
    """What was under way when the run began."""
    times: int = 0
    queued: bool = False
    jobs_failed: int = 0
    """How many of its jobs failed at the service in this run."""
    stale: Uploaded | None = None
    """What it answered last of which the service knows nothing any more."""
    is_lost: bool = False
    """Whether the service does not know the id any more that a job made."""
    is_left: bool = False
    """Whether the run ended while a job makes it."""
    waiting: dict[int, PendingRender] = msgspec.field(default_factory=dict)
    """Renders by position: one may be made to wait twice, but must not be sent twice."""
    failures: dict[Verdict, int] = msgspec.field(default_factory=dict)

    @property
    def name(self) -> str:
        """The reference's name in its spec."""
        return self.orphan if self.step is None else self.step.reference.name

    @property
    def wanted(self) -> UploadStep:
        """The step of an upload that somebody waits for."""
        if self.step is None:
            raise ValueError("nobody waits for what a job of an earlier run makes")
        return self.step

    @property
    def was_asked_before(self) -> bool:
        """Whether an earlier run has asked, and counted what it costs."""
        return self.job is not None

    @property
    def usd(self) -> float:
        """What it costs, in US dollars."""
        return 0.0 if self.step is None else self.step.usd

    @property
    def made_by(self) -> str:
        """What its job is called in the service's table, "" if none makes it."""
        if self.step is None or not self.step.is_made:
            return ""
        return self.step.key[3].partition("@")[0]

    @property
    def is_made(self) -> bool:
        """Whether a job makes it."""
        return self.step is None or self.step.is_made


class PendingRender(msgspec.Struct, eq=False):
    """A key being asked for: the renders its audio serves, and what went wrong so far.

    `steps` are empty for a job that no render has any more; `name` is what its render is called.
    """

    key: str
    name: str
    steps: list[RenderStep]
    position: int
    failures: dict[Verdict, int]
    job: JobUnderWay | None = None
    """What was under way when the run began."""
    ids: dict[UploadKey, Uploaded | None] = msgspec.field(default_factory=dict)
    """What the request that is queued or in flight sends, whatever the uploads answer meanwhile."""
    jobs_failed: int = 0
    """How many of its jobs failed at the service in this run."""
    used: dict[UploadKey, int] = msgspec.field(default_factory=dict)
    """How often each upload had been done when it answered `ids`."""
    took: float = 0.0
    """Seconds that the last request took."""
    made_on: str = ""
    """Which worker made it, if songs are made elsewhere."""
    is_asked: bool = False
    """Whether this run has begun a request for it."""
    is_answered: bool = False
    """Whether the last request was answered, and so is paid, even if its audio is not filed."""
    charged_usd: float | None = None
    """What the last answer said it cost, in US dollars."""
    charge_is_computed: bool = False
    """Whether that is computed of units that were billed."""

    @property
    def was_taken(self) -> bool:
        """Whether its service may have taken a request for it, in this run or an earlier one."""
        met = {verdict for verdict, times in self.failures.items() if times}
        return bool(met - {Verdict.UNREACHABLE, Verdict.SLOW_DOWN})

    @property
    def was_asked_before(self) -> bool:
        """Whether an earlier run has asked, and counted what it costs."""
        return self.job is not None

    @property
    def price(self) -> Price:
        """What its request costs; nothing for a job that no render has any more."""
        return self.steps[0].price if self.steps else Price()

    @property
    def usd(self) -> float | None:
        """What its song is taken to cost if the service does not say; None if nobody knows."""
        if self.job is not None and self.job.usd is not None:
            return self.job.usd
        return self.steps[0].price.planned if self.steps else None

    @property
    def render(self) -> Render:
        """The render that is asked for; the others share its audio."""
        return self.steps[0].render

    @property
    def uploads(self) -> tuple[UploadKey, ...]:
        """The uploads that its request needs."""
        return self.steps[0].uploads if self.steps else ()


Pending = PendingRender | PendingUpload
"""What a job is for."""


class LeftBehind(msgspec.Struct, frozen=True):
    """What a run that ends at once leaves: requests in flight, and jobs that go on elsewhere."""

    in_flight: int = 0
    jobs: int = 0
    is_paid: bool = False
    """Whether a request costs something."""


class SendResult(msgspec.Struct, frozen=True):
    """What came of it. `finished` are entries by render id, `unfinished` reasons by render id.

    In US dollars: `spent_usd` is what the service said it charged, of it `computed_usd` by the
    units that it billed; `assumed_usd` the price of answers that did not say; `unknown_usd` what
    requests without a usable answer may have cost. `worst` is the request that was charged most
    above its price, `cheapest` the nearest to it if all were charged clearly less. `bug` is what
    went wrong with us.
    """

    finished: Mapping[str, Entry] = msgspec.field(default_factory=dict)
    unfinished: Mapping[str, str] = msgspec.field(default_factory=dict)
    asked_again: frozenset[str] = frozenset()
    """Renders whose job of an earlier run came to nothing, and that this run asked for again."""
    not_asked: frozenset[str] = frozenset()
    """Those of `unfinished` that nobody was asked for."""
    held: frozenset[str] = frozenset()
    """Those of `unfinished` that another machine has, or may have paid for."""
    restored: frozenset[str] = frozenset()
    """Renders to be asked for that another machine has got meanwhile."""
    fixes: Mapping[str, str] = msgspec.field(default_factory=dict)
    """What to do about renders that failed, by their ids."""
    under_way: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Jobs that go on at the service, by the key they are for."""
    collected: int = 0
    """Songs that were fetched for no render: they are in the store."""
    refusal: SongbatchError | None = None
    interrupted: bool = False
    spent_usd: float = 0.0
    computed_usd: float = 0.0
    assumed_usd: float = 0.0
    unknown_usd: float = 0.0
    worst: Overcharge | None = None
    cheapest: Overcharge | None = None
    bug: Exception | None = None

    def at_worst(self, usd: float) -> float:
        """Return what a request may have cost that was counted as so many US dollars."""
        return usd if self.worst is None else self.worst.at_worst(usd)


def pending_work(
    plan: Plan, state: LedgerState, jobs: Mapping[str, JobRecord], unknown: Mapping[str, int]
) -> tuple[dict[str, PendingRender], dict[UploadKey, PendingUpload]]:
    """Return what a plan asks for, by key, and the uploads that this needs.

    `jobs` are those under way that the plan was decided on, `unknown` how many requests for a key
    may have been paid without an answer. What is under way comes first.
    """
    steps = {step.key: step for step in plan.uploads}
    pending_renders: dict[str, PendingRender] = {}
    uploads: dict[UploadKey, PendingUpload] = {}
    for position, orphan in enumerate(plan.orphans):
        record = jobs[orphan.key]
        job = JobUnderWay.of(orphan.key, record)
        if record.reference is None:
            pending_renders[orphan.key] = PendingRender(
                orphan.key, orphan.name, [], position, {}, job=job
            )
        else:
            made = record.reference
            upload = record.account, made.sha256, made.purpose, made.stored_as
            uploads[upload] = PendingUpload(None, position, None, orphan.key, orphan.name, job)
    for position, step in enumerate(plan.renders, len(plan.orphans)):
        key = step.render.key
        if step.action is Action.SHARE and key in pending_renders:
            pending_renders[key].steps.append(step)
        elif step.action in {Action.RENDER, Action.COLLECT}:
            # What costs nothing is asked for anew in every run.
            before = 0 if plan.is_free else unknown.get(key, 0)
            is_collected = step.action is Action.COLLECT
            pending_renders[key] = PendingRender(
                key,
                step.render.id,
                [step],
                position,
                {Verdict.UNKNOWN: before},
                job=JobUnderWay.of(key, jobs[key]) if is_collected else None,
            )
            for need in step.uploads:
                if need not in uploads:
                    uploads[need] = _upload(steps[need], position, state, jobs, unknown)
    return pending_renders, uploads


def spread(renders: Collection[PendingRender], place: float) -> None:
    """Let a run begin at a place of its own in its list, from 0 to 1, and go round.

    Machines that all began with the first song would all wait for each other.
    """
    number = len(renders)
    for rank, pending in enumerate(renders):
        pending.position = (rank - int(place * number)) % number


def _upload(
    step: UploadStep,
    position: int,
    state: LedgerState,
    jobs: Mapping[str, JobRecord],
    unknown: Mapping[str, int],
) -> PendingUpload:
    # What the service does not know any more is in the ledger, too.
    ids = state.uploads.get(step.key) if step.action is Action.REUSE else None
    if not step.is_made:
        return PendingUpload(step, position, ids)
    key = step.attempts_key
    return PendingUpload(
        step,
        position,
        ids,
        key,
        job=JobUnderWay.of(key, jobs[key]) if step.action is Action.COLLECT else None,
        failures={Verdict.UNKNOWN: unknown.get(key, 0)},
    )
