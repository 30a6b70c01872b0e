"""The service's hosts: who listens where, which keys open what, and which answers go wrong."""

from __future__ import annotations

import dataclasses
import threading
import traceback
import uuid
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from support.fal.listener import Listener
from support.fal.queue_host import QueueHost
from support.fal.scripts import Scripts
from support.fal.troubles import Mishap
from support.fal.wire import Answer, Call, Refused, refused

if TYPE_CHECKING:
    import re

    from support.fal.server import FalServer
    from support.fal.wire import Route


class Hosts:
    """Listeners at one port, called `any`, or at one each: queue, platform, upload, files.

    `requests` counts by step those with the right key. `leaks` are paths that were asked for
    with an Authorization that does not belong there, `strays` are the method, host and path of
    what no host knows. `visits` are what came to the stranger, who is no part of the service.
    """

    def __init__(self, server: FalServer, *, apart: bool) -> None:
        self.requests: Counter[str] = Counter()
        self.mishaps: Scripts[Mishap] = Scripts()
        self.refused_keys = 0
        self.leaks: list[str] = []
        self.strays: list[str] = []
        self.visits: list[Call] = []
        self.breakdowns: list[str] = []
        self._server = server
        self._closing = threading.Event()
        uploads, files = server.storage.routes()
        routes = {
            "platform": server.pricing.routes() + server.listing.routes(),
            "upload": uploads,
            "files": files,
            "queue": QueueHost(server).routes(),  # last: it takes nearly any path
        }
        together = {"any": [route for part in routes.values() for route in part]}
        self._routes = routes if apart else together
        self._listeners = {name: self._listen(name) for name in self._routes}
        self.stranger = Listener(self._at_stranger, self._closing)

    def url(self, host: str) -> str:
        """Return the base address of a host."""
        return self._listeners[host if host in self._listeners else "any"].url

    def close(self) -> None:
        """Listen no longer, and end all that waits."""
        self._closing.set()
        self.stop()
        self.stranger.stop()

    def stop(self) -> None:
        """Listen no longer, until `resume`."""
        for listener in self._listeners.values():
            listener.stop()

    def resume(self) -> None:
        """Listen at the same ports again."""
        ports = {name: listener.server_port for name, listener in self._listeners.items()}
        self._listeners = {name: self._listen(name, port) for name, port in ports.items()}

    def _listen(self, host: str, port: int = 0) -> Listener:
        return Listener(partial(self._respond, host), self._closing, port)

    def _respond(self, host: str, call: Call) -> tuple[Answer, Mishap | None]:
        for route in self._routes[host]:
            match = route.match(call)
            if match is None:
                continue
            answer, mishap = self._follow(route, call, match)
            if route.access == "key" and (mishap is None or mishap.answer is None):
                named = {"x-fal-request-id": str(uuid.uuid4())} | dict(answer.headers)
                answer = dataclasses.replace(answer, headers=named)
            return answer, mishap
        with self._server.changed:
            self.strays.append(f"{call.method} {host} {call.path}")
        return Answer.of(404, {"detail": "Not Found"}), None

    def _follow(
        self, route: Route, call: Call, match: re.Match[str]
    ) -> tuple[Answer, Mishap | None]:
        with self._server.changed:
            try:
                self._check_access(route, call)
                mishap = self._count(route, route.names(call, match))
            except Refused as refusal:
                return refusal.answer, None
        if mishap is None:
            return self._carry_out(route, call, match), None
        answer = self._carry_out(route, call, match) if mishap.carried_out else Answer(500)
        self._closing.wait(mishap.wait)
        if mishap.answer is not None:
            answer = self._addressed(mishap.answer)
        if mishap.served_as:
            answer = dataclasses.replace(answer, content_type=mishap.served_as)
        return answer, mishap

    def _check_access(self, route: Route, call: Call) -> None:
        given, key = call.headers.get("authorization", ""), self._server.key
        is_overlooked = route.step == "put" and self._server.storage.overlooks_keys
        if route.access == "none" and given and not is_overlooked:
            self.leaks.append(call.path)
            raise Refused(Answer(400, b"Only one way to authenticate is allowed", "text/plain"))
        if route.access == "token" and not self._server.storage.has_token(given):
            if key in given:
                self.leaks.append(call.path)
            raise refused(401, "Unauthorized")
        if route.access == "key" and given != f"Key {key}":
            self.refused_keys += 1
            raise refused(401, "Cannot access application, authentication is required")

    def _count(self, route: Route, names: list[str]) -> Mishap | None:
        self.requests[route.step] += 1
        self._server.changed.notify_all()
        return self.mishaps.next(route.step, names)

    def _carry_out(self, route: Route, call: Call, match: re.Match[str]) -> Answer:
        with self._server.changed:
            try:
                return route.answer(call, match)
            except Refused as refusal:
                return refusal.answer
            except Exception:
                self.breakdowns.append(traceback.format_exc())
                raise
            finally:
                self._server.changed.notify_all()

    def _addressed(self, answer: Answer) -> Answer:
        headers = {
            name: value.replace("{stranger}", self.stranger.url)
            for name, value in answer.headers.items()
        }
        return dataclasses.replace(answer, headers=headers)

    def _at_stranger(self, call: Call) -> tuple[Answer, Mishap | None]:
        with self._server.changed:
            self.visits.append(call)
            file = self._server.storage.files.get(call.path)
            self._server.changed.notify_all()
        if file is None or file.content is None:
            return Answer.of(404, {"detail": "Not Found"}), None
        return Answer(200, file.content, file.content_type), None
