"""The HTTP side of the server: routes, keys, envelopes, and answers that go wrong."""

from __future__ import annotations

import json
import time
import traceback
import urllib.parse
from typing import TYPE_CHECKING, Any

from support.acestep import chat, jobs, sound
from support.acestep.submission import Submission, Unreadable, read
from support.acestep.troubles import Mishap
from support.simulated.answering import Answering
from support.simulated.sockets import Listener

if TYPE_CHECKING:
    from support.acestep.jobs import Job
    from support.acestep.server import AceStepServer

ROUTES = {
    ("POST", "/release_task"): "submit",
    ("POST", "/query_result"): "poll",
    ("GET", "/v1/audio"): "download",
    ("POST", "/v1/chat/completions"): "chat",
    ("GET", "/health"): "health",
    ("GET", "/v1/stats"): "stats",
    ("GET", "/v1/models"): "models",
    ("GET", "/v1/model_inventory"): "models",
}
TASKS = ["text2music", "cover", "cover-nofsq", "repaint"]


class AceStepHttp(Listener):
    """A listening socket on loopback in front of the server."""

    def __init__(self, server: AceStepServer, port: int = 0) -> None:
        super().__init__(Handler, port)
        self.acestep = server


class Handler(Answering):
    """One connection."""

    server: AceStepHttp
    mishap: Mishap | None

    @property
    def acestep(self) -> AceStepServer:
        return self.server.acestep

    @property
    def scripted(self) -> AceStepServer:
        return self.acestep

    def do_GET(self) -> None:  # noqa: N802  (as it is called)
        self._route()

    do_POST = do_GET  # noqa: N815  (as it is called)

    def _route(self) -> None:
        self.mishap = None
        self.address = urllib.parse.urlsplit(self.path)
        self.body = self.read_body()
        if self.command == "GET" and self.address.path.startswith("/files/"):
            self._download(f"{jobs.FOLDER}/{self.address.path.removeprefix('/files/')}")
            return
        endpoint = ROUTES.get((self.command, self.address.path), "")
        if not endpoint or not self._exists(endpoint):
            self._refuse(404, "Not Found")
            return
        try:
            self._check_key(endpoint)
        except Unreadable as refusal:
            self._refuse(refusal.status, refusal.detail)
            return
        self._answer(endpoint)

    def _answer(self, endpoint: str) -> None:
        try:
            self.act(endpoint, self._lyrics(endpoint), getattr(self, f"_{endpoint}"))
        except Unreadable as refusal:
            self._refuse(refusal.status, refusal.detail)
        except OSError:
            raise  # a client that hung up
        except Exception:
            self.acestep.breakdowns.append(traceback.format_exc())
            raise

    def _exists(self, endpoint: str) -> bool:
        state = self.acestep.state
        if endpoint == "models":
            return self.address.path in {state.native_models, state.open_models}
        return endpoint != "chat" or state.chat

    def _check_key(self, endpoint: str) -> None:
        key = self.acestep.key
        is_open = self.address.path == self.acestep.state.open_models
        if not key or endpoint == "health" or is_open:
            return
        given = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if not given and self.acestep.state.takes_token and endpoint in {"submit", "poll"}:
            given = str(self._fields().get("ai_token", ""))
        if given == key:
            return
        self.acestep.refused_keys += 1
        raise Unreadable(401, "Invalid API key" if given else "Missing Authorization header")

    def _lyrics(self, endpoint: str) -> str:
        """Return the lyrics of the song that a request is about, "" where it is about none."""
        if endpoint == "submit":
            return str(self._fields().get("lyrics", ""))
        return self.acestep.lyrics_at(self._path()) if endpoint == "download" else ""

    def _path(self) -> str:
        return dict(urllib.parse.parse_qsl(self.address.query)).get("path", "")

    def _fields(self) -> dict[str, Any]:
        try:
            return read(self.headers.get("Content-Type", ""), self.body)[0]
        except Unreadable:
            return {}

    def _submit(self) -> None:
        acestep = self.acestep
        kind = self.headers.get("Content-Type", "")
        fields, files = read(kind, self.body, acestep.state.bad_json)
        submission = self._submission("tasks", fields, files)
        job, position = self._take(submission)
        submission.status = self.seen(200)
        answer = {"task_id": job.task_id, "status": "queued", "queue_position": position}
        self._wrap(answer)

    def _submission(self, face: str, fields: dict[str, Any], files: dict[str, Any]) -> Submission:
        headers = {name.lower(): value for name, value in self.headers.items()}
        submission = Submission(face, headers, self.body, fields, files)
        with self.acestep.changed:
            self.acestep.submissions.append(submission)
        return submission

    def _take(self, submission: Submission) -> tuple[Job, int]:
        try:
            return self.acestep.submit(submission)
        except Unreadable as refusal:
            submission.status = refusal.status
            raise

    def _poll(self) -> None:
        listed = self._fields().get("task_id_list", [])
        if isinstance(listed, str):
            try:
                listed = json.loads(listed)
            except ValueError:
                listed = []
        self._wrap(self.acestep.poll(listed))

    def _download(self, path: str = "") -> None:
        path = path or self._path()
        if not path:
            missing = {"type": "missing", "loc": ["query", "path"], "msg": "Field required"}
            raise Unreadable(422, [missing])
        acestep = self.acestep
        inside = path.startswith(f"{jobs.FOLDER}/") and ".." not in path.split("/")
        if not inside and acestep.state.confines:
            raise Unreadable(403, "Access denied: path outside allowed directory")
        content = acestep.files.get(path)
        with acestep.changed:
            acestep.downloads.append((path, self.headers.get("Authorization", "")))
            for job in acestep.jobs:
                job.downloads += path in job.paths
            acestep.changed.notify_all()
        if content is None:
            self._refuse(404, f"Audio file not found: {path}")
            return
        kind = sound.CONTENT_TYPES.get(path.rpartition(".")[2], "audio/mpeg")
        self.send(200, kind, content)

    def _health(self) -> None:
        acestep = self.acestep
        answer: dict[str, Any] = {"status": "ok", "service": "ACE-Step API", "version": "1.0"}
        if acestep.state.lists_tasks:
            loaded = acestep.models[0] if acestep.initialized else None
            model = jobs.LANGUAGE_MODEL if acestep.language_model else None
            answer |= {
                "models_initialized": acestep.initialized,
                "llm_initialized": acestep.language_model,
                "loaded_model": loaded,
                "loaded_lm_model": model,
            }
        self._wrap(answer)

    def _stats(self) -> None:
        self._wrap(self.acestep.stats())

    def _models(self) -> None:
        names = self.acestep.models
        if self.address.path == self.acestep.state.open_models:
            listed = [{"id": f"acestep/{name}", "name": f"ACE-Step {name}"} for name in names]
            self._send_json(200, {"object": "list", "data": listed})
            return
        models = []
        for name in names:
            model: dict[str, Any] = {"name": name, "is_default": name == names[0]}
            if self.acestep.state.lists_tasks:
                more = ["extract", "lego", "complete"] if "base" in name else []
                model |= {"is_loaded": True, "supported_task_types": TASKS + more}
            models.append(model)
        answer: dict[str, Any] = {"models": models, "default_model": names[0]}
        if self.acestep.state.lists_tasks:
            answer["lm_models"] = [{"name": jobs.LANGUAGE_MODEL}]
        self._wrap(answer)

    def _chat(self) -> None:
        acestep = self.acestep
        if not acestep.initialized:
            raise Unreadable(503, "Model not initialized")
        request = chat.read(self.body)
        job, _ = self._take(self._submission("chat", request.fields, request.files))
        job.submission.status = self.seen(200)
        if request.stream and not self._is_replaced():
            self._stream(job, request.model)
            return
        acestep.wait_for_end(job)
        if not job.code:
            self.close_connection = True
        elif job.status == "failed":
            raise Unreadable(500, job.error or "Generation failed")
        else:
            silent = self.mishap is not None and self.mishap.no_audio
            self._send_json(200, chat.answer(acestep, job, request.model, silent=silent))

    def _is_replaced(self) -> bool:
        return self.mishap is not None and (self.mishap.lost or self.mishap.body is not None)

    def _stream(self, job: Job, model: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        mishap = self.mishap or Mishap("none")
        for event in chat.events(self.acestep, job, model, silent=mishap.no_audio):
            data = event.encode()
            if mishap.cut is not None and '"audio_url"' in event:
                self._chunk(data[: int(len(data) * mishap.cut)])
                self.close_connection = True
                return
            self._chunk(data)
        if job.code:
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.close_connection = True

    def _chunk(self, data: bytes) -> None:
        self.wfile.write(b"%x\r\n" % len(data) + data + b"\r\n")
        self.wfile.flush()

    def _refuse(self, status: int, detail: Any) -> None:
        self._send_json(status, {"detail": detail})

    def _wrap(self, data: Any) -> None:
        moment = int(time.time() * 1000)
        envelope = {"data": data, "code": 200, "error": None, "timestamp": moment, "extra": None}
        self._send_json(200, envelope)

    def _send_json(self, status: int, value: Any) -> None:
        self.send(status, "application/json", json.dumps(value, ensure_ascii=False).encode())
