"""Guard around the code of another package: whatever it does wrong becomes an error of a request.

A bug there is no bug of this program, and ends no run: a call that may have been charged is
`unknown`, another is asked again as after any failure. The key is removed from every text.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import traceback
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec.structs import replace

from songbatch.diagnostics import EngineRefused, SongbatchError, brief
from songbatch.engines.base import (
    NO_SONG_KEY,
    Absent,
    Answer,
    Cancellation,
    EngineError,
    InProgress,
    Job,
    Ready,
    Verdict,
)
from songbatch.engines.health import HealthItem, HealthState
from songbatch.engines.rest.redaction import Redactor
from songbatch.model import Uploaded
from songbatch.traits import SONG_KEYS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from songbatch.engines.base import Engine, Generation, JobEngine, JobState, Sink
    from songbatch.model import AudioFormat, EngineIdentity, Purpose, Value

LONGEST_WAIT = 60.0
"""Seconds before a job is first asked for: nobody would know what a run waits for."""
LONGEST_VALUE = 120
"""Characters of a text that was used for a key of a song: it becomes a line of the manifest."""

_FILLED_IN = frozenset({*SONG_KEYS, "lyrics"})

_T = TypeVar("_T")


def fault(error: BaseException) -> str:
    """Return what went wrong in foreign code, and where: one line instead of a traceback."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    said = str(error)
    return f"{type(error).__name__}{': ' if said else ''}{said}{place}"


class GuardedEngine:
    """An opened engine of another package, `package`; `songbatch.engines.base` has its methods.

    The same class for engines with and without jobs: `guarded` returns the one with the right ones.
    """

    def __init__(
        self, engine: Any, identity: EngineIdentity, account: str, package: str, key: str
    ) -> None:
        self.engine = engine
        """What the package opened."""
        self._identity = identity
        self._account = account
        self._package = package
        self._redactor = Redactor(key)

    @property
    def identity(self) -> EngineIdentity:
        """The part of the engine that belongs to a render's key, as the plan has it."""
        return self._identity

    @property
    def account(self) -> str:
        """The owner of uploads and jobs, as the plan has it."""
        return self._account

    def preflight(self) -> None:
        """Fail if it is already known that requests cannot succeed."""
        try:
            with self._guard("preflight", Verdict.STOP):
                self.engine.preflight()
        except EngineError as error:
            raise EngineRefused(str(error), fix=error.fix) from error.__cause__

    def health(self) -> list[HealthItem]:
        """Return what the engine can find out of its service; nothing if it has no such method."""
        try:
            found = self.engine.health() if hasattr(self.engine, "health") else []
            return [self._finding(item) for item in found]
        except SongbatchError:
            raise
        except Exception as error:
            raise EngineRefused(self._bug(error, "health"), fix=self._fix) from error

    def _finding(self, item: HealthItem) -> HealthItem:
        texts = (self._redactor.without_key(str(text)) for text in (item.text, item.fix))
        return HealthItem(str(item.subject), HealthState(item.state), *texts)

    def upload(
        self, audio: bytes, audio_format: AudioFormat, purpose: Purpose, request_id: str
    ) -> Uploaded:
        """Upload a reference once."""
        with self._guard("upload", Verdict.REJECTED):
            answer = self.engine.upload(audio, audio_format, purpose, request_id)
            return _of_type(answer, Uploaded)

    def close(self) -> None:
        """Release what is open."""
        with contextlib.suppress(Exception):
            self.engine.close()

    @property
    def _fix(self) -> str:
        return f"tell the author of {self._package}"

    def _bug(self, error: BaseException, method: str) -> str:
        return self._said(f"{self._package} has a bug in {method}: {fault(error)}")

    def _said(self, text: str) -> str:
        return brief(self._redactor.without_key(text))

    def _clean(self, error: EngineError) -> EngineError:
        """Return an error of the package without the key, and with a verdict that there is."""
        is_verdict = isinstance(error.verdict, Verdict)
        return error.but(
            self._said(str(error)) or f"{self._package} does not say why",
            verdict=error.verdict if is_verdict else Verdict.UNKNOWN,
            fix=self._said(error.fix),
            retry_after=_amount(error.retry_after),
            cost_usd=_amount(error.cost_usd),
        )

    def _answer(self, value: object) -> Answer:
        """Return the facts of a song, fit for the manifest."""
        answer = _of_type(value, Answer)
        return replace(
            answer,
            trace_id=answer.trace_id and self._said(answer.trace_id),
            cost_usd=_amount(answer.cost_usd),
            model=answer.model and self._said(answer.model),
            remarks=(*map(self._said, answer.remarks), *self._strange(answer.filled_in)),
            filled_in=self._filled_in(answer.filled_in),
            notes=tuple(map(self._said, answer.notes)),
            song_sha256=_digest(answer.song_sha256),
        )

    def _strange(self, told: Mapping[str, Value]) -> Iterator[str]:
        strange = sorted(told.keys() - _FILLED_IN)
        if strange:
            yield self._said(NO_SONG_KEY + ", ".join(strange))[:LONGEST_VALUE]

    def _filled_in(self, told: Mapping[str, Value]) -> dict[str, Value]:
        """Return what was used for keys of a song: other names are dropped, and long texts cut."""
        return {
            name: self._said(value)[:LONGEST_VALUE] if isinstance(value, str) else value
            for name, value in told.items()
            if name in _FILLED_IN
        }

    @contextlib.contextmanager
    def _guard(
        self, method: str, verdict: Verdict, sink: GuardedSink | None = None
    ) -> Iterator[None]:
        try:
            yield
        except EngineError as error:
            raise self._clean(error) from error.__cause__
        except SongbatchError as error:
            if self._redactor.is_in(f"{error}\n{error.fix}"):
                raise EngineRefused(self._said(str(error)), fix=self._said(error.fix)) from None
            raise
        except Exception as error:
            if sink is not None and sink.broken is error:
                raise  # the disk of this machine, not the package
            raise EngineError(self._bug(error, method), verdict, fix=self._fix) from error


class GuardedSink:
    """Sink that remembers the failure of the one behind it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.broken: BaseException | None = None

    def write(self, data: bytes, /) -> None:
        """Take the next piece."""
        try:
            self._sink.write(data)
        except BaseException as error:
            self.broken = error
            raise


class GuardedCalls(GuardedEngine):
    """One that answers a request with its song."""

    def generate(self, request: Generation, sink: Sink) -> Answer:
        """Ask for a song and write it to `sink`."""
        watched = GuardedSink(sink)
        with self._guard("generate", Verdict.UNKNOWN, watched):
            return self._answer(self.engine.generate(request, watched))


class GuardedJobs(GuardedEngine):
    """One that answers a request with a job."""

    def submit(self, request: Generation) -> Job:
        """Ask for a song."""
        with self._guard("submit", Verdict.UNKNOWN):
            return _waited_for(_of_type(self.engine.submit(request), Job))

    def poll(self, jobs: Sequence[Job]) -> Mapping[str, JobState]:
        """Return how jobs stand."""
        with self._guard("poll", Verdict.RETRY):
            return {name: self._state(state) for name, state in self.engine.poll(jobs).items()}

    def _state(self, state: object) -> JobState:
        if isinstance(state, EngineError):
            return self._clean(state)
        return state if isinstance(state, Ready) else _of_type(state, InProgress)

    def collect(self, job: Job, ready: Ready, sink: Sink) -> Answer:
        """Write the song of a job that is done to `sink`."""
        watched = GuardedSink(sink)
        with self._guard("collect", Verdict.RETRY, watched):
            return self._answer(self.engine.collect(job, ready, watched))

    def find(
        self, request: Generation, since: str, until: str, known: Collection[str]
    ) -> Job | Absent | None:
        """Look for the job of a submit whose answer was lost; a bug there says nothing.

        Packages are not told which jobs are `known`: one of those is none.
        """
        with self._guard("find", Verdict.RETRY):
            found = self.engine.find(request, since, until)
            if found is None or isinstance(found, Absent):
                return found
            job = _waited_for(_of_type(found, Job))
        return None if job.id in known else job

    def cancel(self, job: Job) -> Cancellation:
        """Ask the service to cancel a job; packages need not have this."""
        with self._guard("cancel", Verdict.RETRY):
            if not hasattr(self.engine, "cancel"):
                return Cancellation.IMPOSSIBLE
            return Cancellation(self.engine.cancel(job))


def guarded(
    engine: Any,
    identity: EngineIdentity,
    account: str,
    *,
    package: str,
    key: str,
    has_jobs: bool,
) -> Engine | JobEngine:
    """Return an engine of another package behind a guard. Raises EngineRefused for no such thing.

    `has_jobs` is what its traits say.
    """
    wanted = ("submit", "poll", "collect") if has_jobs else ("generate",)
    methods = (*wanted, "preflight", "close")
    missing = [name for name in methods if not callable(getattr(engine, name, None))]
    if missing:
        raise EngineRefused(
            f"the engine that {package} opens has no {' and no '.join(missing)}",
            fix="songbatch.engines.plugin.OwnEngine has what is alike in most engines",
        )
    made = GuardedJobs if has_jobs else GuardedCalls
    return made(engine, identity, account, package, key)


def _waited_for(job: Job) -> Job:
    """Return a job that is asked for within LONGEST_WAIT."""
    wait = _amount(job.poll_after)
    return Job(job.id) if wait is None else Job(job.id, min(wait, LONGEST_WAIT))


def _amount(value: object) -> float | None:
    """Return seconds or dollars that can be reckoned with; None for all else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < math.inf else None


def _digest(value: object) -> str | None:
    """Return a digest as the ledger can have it; None for all else."""
    return value if isinstance(value, str) and _SHA256.fullmatch(value) else None


_SHA256 = re.compile("[0-9a-f]{64}")


def _of_type(value: object, expected: type[_T]) -> _T:
    """Return a record as it was given, its fields checked. Raises TypeError, ValidationError."""
    if not isinstance(value, expected):
        message = f"it gives {type(value).__name__}, not {expected.__name__}"
        raise TypeError(message)
    return msgspec.convert(msgspec.to_builtins(value), expected)
