"""Engine over the task routes: submits, polls many jobs at once, downloads."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

from songbatch.engines.acestep.calls import WRONG_FORM, song_bytes
from songbatch.engines.acestep.face import AceStepFace
from songbatch.engines.acestep.inventory import load_of
from songbatch.engines.acestep.requests_made import request_of, task_body
from songbatch.engines.acestep.results import (
    DONE,
    FAILED,
    answer_of,
    code_of,
    job_id_of,
    reports_of,
    same_model,
    text_of,
)
from songbatch.engines.acestep.vanished import VanishedJobs
from songbatch.engines.base import (
    EngineError,
    InProgress,
    Job,
    Ready,
    Verdict,
)
from songbatch.engines.rest.client import Bounds, Sent
from songbatch.engines.rest.song_sink import SongSink

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from songbatch.engines.acestep.inventory import ServerLoad
    from songbatch.engines.acestep.results import JobReport
    from songbatch.engines.acestep.settings import AceStepSettings
    from songbatch.engines.base import Absent, Answer, Generation, JobState, Sink
    from songbatch.engines.rest.client import ServiceReply
    from songbatch.model import EngineIdentity

IDS_A_POLL = 250
MAX_POLL_BYTES = 64 * 2**20
_SONG_PATH = re.compile(r"/v1/audio\?[!-\"$-~]{1,4096}")
"""The only form of an address that is followed: a path of the configured server."""

_GONE = frozenset({403, 404, 410})
"""Answers of a server that has not the file any more, or keeps its songs elsewhere since."""


class AceStepTasks(AceStepFace):
    """The engine `acestep`; `songbatch.engines.base.JobEngine` describes its methods."""

    def __init__(
        self,
        settings: AceStepSettings,
        identity: EngineIdentity | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(settings, identity)
        self._watch = VanishedJobs(clock, settings.lost_after)

    def submit(self, request: Generation) -> Job:
        """Ask for a song. A lost answer is `unknown`: whether it costs is not this engine's."""
        body, kind = task_body(request_of(request, self._settings.model, self._settings.master))
        headers = {"X-Client-Request-Id": request.request_id}
        sent = Sent(
            "POST",
            "/release_task",
            self._bounds,
            body,
            kind,
            lost=Verdict.UNKNOWN,
            is_alone=True,
            headers=headers,
        )
        reply = self._calls.call(sent)
        job_id = job_id_of(reply.value)
        if job_id is None:
            raise self._calls.client.unexpected(
                "the server took the song and gave no usable task_id", reply, sent.lost
            )
        return Job(job_id, self._settings.poll_after)

    def poll(self, jobs: Sequence[Job]) -> Mapping[str, JobState]:
        """Return how jobs stand, with one request for up to IDS_A_POLL of them.

        One more asks how many jobs the server has, where some have not moved for long. Then all
        that are believed alive are asked for: one that has ended meanwhile is not missing. A job
        that is done, with no song to be had, is `lost`: it may have been charged.
        """
        wants_load = self._watch.wants_load()
        others = self._watch.believed() if wants_load else []
        ids = list(dict.fromkeys([*(job.id for job in jobs), *others]))
        # Counted before they are asked for: what is not done afterwards was among them.
        load = self._load() if wants_load else None
        states: dict[str, JobState] = {}
        for reports in self._ask(ids):
            states |= {job_id: self._state(job_id, found) for job_id, found in reports.items()}
        for job_id in self._watch.lost(load):
            if isinstance(states.get(job_id), InProgress):
                states[job_id] = self._gone(FROZEN)
        return states

    def collect(self, job: Job, ready: Ready, sink: Sink) -> Answer:
        """Write the song of a job that is done to `sink`.

        Raises EngineError: `lost` if its file is gone.
        """
        answer = answer_of(ready.result, job.id, self._calls.client.quoted)
        path = text_of(ready.result.get("file"))
        if not _SONG_PATH.fullmatch(path):
            raise self._calls.client.unexpected(
                "the address of the song is not one of the server's /v1/audio", path, Verdict.LOST
            )
        bounds = Bounds(self._settings.read_timeout, self._settings.song_deadline)
        sent = Sent("GET", path, bounds, accept="audio/*")
        song = SongSink(sink, self._settings.master, self._calls.client, WRONG_FORM)
        with self._calls.client.open(sent) as incoming:
            if incoming.status != 200:
                raise self._no_song(incoming.read())
            first, pieces = incoming.begun(song_bytes())
            if first.lstrip().startswith(b"{"):
                raise self._no_song(incoming.whole(pieces))
            for piece in pieces:
                song.write(piece)
        song.finish()
        return answer

    def find(
        self,
        request: Generation,  # noqa: ARG002
        since: str,  # noqa: ARG002
        until: str,  # noqa: ARG002
        known: Collection[str],  # noqa: ARG002
    ) -> Job | Absent | None:
        """Return None: the server has no listing."""
        return None

    @property
    def _bounds(self) -> Bounds:
        return Bounds(self._settings.read_timeout, self._settings.deadline)

    def _ask(self, ids: list[str]) -> Iterator[dict[str, JobReport | None]]:
        """Yield what the server says of jobs; None for those that it does not know."""
        for start in range(0, len(ids), IDS_A_POLL):
            asked = ids[start : start + IDS_A_POLL]
            body = json.dumps({"task_id_list": asked}).encode()
            sent = Sent("POST", "/query_result", self._bounds, body)
            reply = self._calls.call(sent, MAX_POLL_BYTES)
            reports = reports_of(reply.value)
            if reports is None:
                raise self._calls.client.unexpected(
                    "the server's answer on jobs is no list", reply, Verdict.RETRY
                )
            known = {report.id: report for report in reports if report.item is not None}
            ended = {report.id: report for report in reports if report.status in {DONE, FAILED}}
            yield {job_id: (known | ended).get(job_id) for job_id in asked}

    def _state(self, job_id: str, report: JobReport | None) -> JobState:
        if report is None:
            return self._gone(UNKNOWN) if self._watch.unknown(job_id) else InProgress()
        if report.status in {DONE, FAILED}:
            self._watch.ended(job_id)
            return self._end(report)
        self._watch.under_way(report)
        if report.status != 0:
            return self._worthless("a job has a status that is neither 0, 1 nor 2", report.status)
        return InProgress(report.progress, stage=self._calls.client.quoted(report.stage))

    def _end(self, report: JobReport) -> JobState:
        item: Mapping[str, Any] = report.item or {}
        if "unread" in item:
            what = "the result of a job is not JSON"
            if report.status == FAILED:
                return self._calls.client.unexpected(what, item["unread"], Verdict.RETRY)
            return self._worthless(what, item["unread"])
        if report.status == FAILED or report.reason:
            return self._calls.failed(report.reason)
        if not text_of(item.get("file")):
            judged = self._calls.failed("")
            return judged.but(verdict=Verdict.LOST)
        return self._other_model(item) or Ready(item)

    def _worthless(self, what: str, came: object) -> EngineError:
        """Return the error of a job that may have been done; it is worth one more try."""
        error = self._calls.client.unexpected(what, came, Verdict.LOST)
        return error.but(most_tries=1)

    def _other_model(self, item: Mapping[str, Any]) -> EngineError | None:
        """Return the error of a song that another model made, before another is asked of it."""
        used = self._calls.client.quoted(text_of(item.get("dit_model")))
        if not used or same_model(used, self._settings.model):
            return None
        return self._calls.client.failure(
            f"the server made the song with the model {used}, not {self._settings.model}: it takes "
            "its first model for one that is not loaded",
            Verdict.STOP,
            fix=f"start the server with ACESTEP_CONFIG_PATH={self._settings.model}, or write "
            f"{used} as the engine's model",
        )

    def _no_song(self, reply: ServiceReply) -> EngineError:
        if _GONE & {reply.status, code_of(reply.value)}:
            shown = self._calls.client.shown(reply)
            return self._gone(f"{FILE_GONE} (HTTP {reply.status}: {shown})")
        return self._calls.refusal(reply)

    def _load(self) -> ServerLoad | None:
        """Return how busy the server is; None where it does not say."""
        try:
            reply = self._calls.call(Sent("GET", "/v1/stats", self._bounds))
        except EngineError:
            return None
        return load_of(reply.value)

    def _gone(self, why: str) -> EngineError:
        return self._calls.client.failure(why, Verdict.LOST)


UNKNOWN = "the server does not know the job any more: it was probably restarted"
FROZEN = (
    "the server does not work at the job any more, though it still shows it as running: it was "
    "probably restarted"
)
FILE_GONE = "the song's file is gone at the server"
