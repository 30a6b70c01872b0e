"""Client of a service that speaks JSON over HTTP: one request out, one answer in, both bounded.

The key goes into the Authorization header of requests to the configured base, and nowhere else;
`scheme` is the word before it.
Redirects are not followed; nothing is read from `~/.netrc`; no cookie is kept. A request is never
sent again by itself.

What the connection does is an EngineError: `unreachable` if certainly nothing was sent, otherwise
the verdict that the request names for a lost answer. An answer of any status is returned.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import ssl
import threading
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from requests import Request
from requests.exceptions import InvalidURL
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError

from songbatch import __version__
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.rest.connection_errors import causes, reason
from songbatch.engines.rest.connections import AdapterFactory, OutgoingBody
from songbatch.engines.rest.quotes import quoted, quoted_value
from songbatch.engines.rest.reasons import reason_in_body
from songbatch.engines.rest.redaction import Redactor
from songbatch.engines.rest.waits import retry_after_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from requests import PreparedRequest
    from urllib3 import HTTPResponse

    from songbatch.engines.rest.certificates import Certificates
    from songbatch.engines.rest.connections import ServiceAdapter

MAX_JSON_BYTES = 16 * 2**20
SHARED_CONNECTIONS = 64
PIECE_BYTES = 256 * 2**10
_QUOTED_BYTES = 64 * 2**10


class ServiceSettings(Protocol):
    """The settings of a service that its client reads. Times in seconds."""

    @property
    def base_url(self) -> str:
        """Address before the paths, without a slash at its end."""

    @property
    def key(self) -> str:
        """Key, "" for none."""

    @property
    def connect_timeout(self) -> float:
        """The longest time for a connection."""

    @property
    def certificates(self) -> Certificates | None:
        """File or folder of authorities to trust instead of the usual ones."""

    @property
    def proxy(self) -> str | None:
        """Address of the proxy to use."""


class Bounds(msgspec.Struct, frozen=True):
    """The longest silence and the longest time for one answer, in seconds."""

    silence: float
    deadline: float


class Sent(msgspec.Struct, frozen=True):
    """One request: `path` with its query, and a body if there is one.

    `lost` is the verdict if it may have arrived and no whole answer came: `retry` where that costs
    nothing. `is_alone` gives it a connection of its own: a service may close an idle one at the
    moment it is used, and then nobody can know whether the request arrived.
    """

    method: str
    path: str
    bounds: Bounds
    body: bytes | None = None
    content_type: str = "application/json"
    accept: str = "application/json"
    lost: Verdict = Verdict.RETRY
    is_alone: bool = False
    headers: Mapping[str, str] = msgspec.field(default_factory=dict)


class ServiceReply(msgspec.Struct, frozen=True):
    """An answer that came whole: `value` is its JSON, None if it `is_json` not."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    value: Any
    is_json: bool

    @property
    def is_success(self) -> bool:
        """Whether the HTTP status reports success."""
        return 200 <= self.status < 300

    @property
    def reason(self) -> str:
        """Why the service refuses, in its own words; "" if it does not say."""
        return reason_in_body(self.body, self.headers.get("Content-Type", ""))

    @property
    def retry_after(self) -> float | None:
        """Seconds that the service asked to wait, if it did."""
        return retry_after_of(self.headers)


class IncomingAnswer:
    """An answer whose headers are there."""

    def __init__(self, answer: HTTPResponse, sent: Sent, client: RestClient) -> None:
        self._answer = answer
        self._sent = sent
        self._client = client
        self.status: int = answer.status
        self.headers: Mapping[str, str] = answer.headers

    def pieces(self, limit: int) -> Iterator[bytes]:
        """Yield the body, unpacked, as it comes. Raises EngineError, also beyond `limit` bytes."""
        total = 0
        try:
            for piece in self._answer.stream(PIECE_BYTES, decode_content=True):
                total += len(piece)
                if total > limit:
                    raise self._client.failure(
                        f"the answer has more than {limit:,} bytes",
                        self._sent.lost,
                        fix=self._client.report,
                    )
                yield piece
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise self._client.lost(error, self._sent) from error

    def begun(self, limit: int) -> tuple[bytes, Iterator[bytes]]:
        """Return the first piece of the body, and all pieces, this one included."""
        pieces = self.pieces(limit)
        first = next(pieces, b"")
        return first, itertools.chain([first], pieces)

    def read(self, limit: int = MAX_JSON_BYTES) -> ServiceReply:
        """Return the whole answer. Raises EngineError."""
        return self.whole(self.pieces(limit))

    def whole(self, pieces: Iterator[bytes]) -> ServiceReply:
        """Return the answer whose body these pieces are. Raises EngineError."""
        body = b"".join(pieces)
        value, is_json = _json(body)
        return ServiceReply(self.status, self.headers, body, value, is_json)


class RestClient:
    """Client of one service with one key. Safe to use from several threads at once.

    `name` is what messages call the service; `unreachable_fix` says what to do if it is not there,
    `report` where to report an answer that nobody expected. `scheme` stands before the key.
    """

    def __init__(
        self,
        settings: ServiceSettings,
        name: str,
        *,
        unreachable_fix: str = "",
        report: str = "",
        scheme: str = "Bearer",
    ) -> None:
        self.settings = settings
        # Some are made of a name and a secret.
        self.redactor = Redactor(settings.key, settings.key.partition(":")[2])
        self.name = name
        self._scheme = scheme
        self._unreachable_fix = unreachable_fix
        self.report = report
        self._adapters = AdapterFactory(settings.base_url, settings.proxy, settings.certificates)
        self._lock = threading.Lock()
        self._shared: dict[Bounds, ServiceAdapter] = {}

    def call(self, sent: Sent, limit: int = MAX_JSON_BYTES) -> ServiceReply:
        """Send a request and return its whole answer, whatever its status. Raises EngineError."""
        with self.open(sent) as answer:
            return answer.read(limit)

    @contextlib.contextmanager
    def open(self, sent: Sent) -> Iterator[IncomingAnswer]:
        """Send a request; yield its answer once the headers are there. Raises EngineError."""
        outgoing = None if sent.body is None else OutgoingBody(sent.body)
        with contextlib.ExitStack() as stack:
            try:
                request = self._request(sent, outgoing)
                adapter = self._adapter(sent, stack)
                timeouts = (self.settings.connect_timeout, sent.bounds.silence)
                answer = adapter.exchange(request, timeouts)
            except (HTTPError, OSError, InvalidURL) as error:
                was_sent = outgoing.was_read if outgoing else not _is_before_sending(error)
                raise (self.lost(error, sent) if was_sent else self._unreachable(error)) from error
            stack.callback(_let_go, answer)
            yield IncomingAnswer(answer, sent, self)

    def quoted(self, text: str) -> str:
        """Return a text of the service's, safe to show."""
        return quoted(text, self.redactor)

    def shown(self, reply: ServiceReply) -> str:
        """Return what came, for a message about an answer that nobody expected."""
        if reply.is_json:
            return quoted_value(reply.value, self.redactor)
        text = reply.body[:_QUOTED_BYTES].decode("utf-8", "replace")
        return self.quoted(text) or "an empty body"

    def failure(
        self,
        message: str,
        verdict: Verdict,
        *,
        fix: str = "",
        retry_after: float | None = None,
        most_tries: int | None = None,
    ) -> EngineError:
        """Return an error without the key in it."""
        return EngineError(
            self.redactor.without_key(message),
            verdict,
            fix=fix,
            retry_after=retry_after,
            most_tries=most_tries,
        )

    def unexpected(self, what: str, came: object, verdict: Verdict) -> EngineError:
        """Return the error for an answer that the contract does not have.

        `what` is the sentence without its end; `came` is the reply, or the part of it, to show.
        """
        shown = (
            self.shown(came)
            if isinstance(came, ServiceReply)
            else quoted_value(came, self.redactor)
        )
        return self.failure(f"{what}; what came: {shown}", verdict, fix=self.report)

    def lost(self, error: BaseException, sent: Sent) -> EngineError:
        """Return the error for a request that left and whose answer is missing or cut."""
        return self.failure(f"no whole answer came from {self.name}: {reason(error)}", sent.lost)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            for adapter in self._shared.values():
                adapter.close()
            self._shared.clear()

    def _unreachable(self, error: BaseException) -> EngineError:
        return self.failure(
            f"cannot reach {self.name}: {reason(error)}",
            Verdict.UNREACHABLE,
            fix=self._unreachable_fix,
        )

    def _request(self, sent: Sent, body: OutgoingBody | None) -> PreparedRequest:
        headers = {
            "User-Agent": f"songbatch/{__version__}",
            "Accept": sent.accept,
            "Accept-Encoding": "identity",
            **sent.headers,
        }
        if self.settings.key:
            headers["Authorization"] = f"{self._scheme} {self.settings.key}"
        if sent.is_alone:
            headers["Connection"] = "close"
        url = self.settings.base_url + sent.path
        request = Request(sent.method, url, headers=headers).prepare()
        if body is not None:
            request.headers["Content-Type"] = sent.content_type
            request.prepare_body(body, None)
        return request

    def _adapter(self, sent: Sent, stack: contextlib.ExitStack) -> ServiceAdapter:
        if sent.is_alone:
            alone = self._new_adapter(1, sent.bounds)
            stack.callback(alone.close)
            return alone
        with self._lock:
            if sent.bounds not in self._shared:
                self._shared[sent.bounds] = self._new_adapter(SHARED_CONNECTIONS, sent.bounds)
            return self._shared[sent.bounds]

    def _new_adapter(self, connections: int, bounds: Bounds) -> ServiceAdapter:
        return self._adapters.adapter(connections, bounds.silence, bounds.deadline)


_BEFORE_SENDING = (ConnectTimeoutError, NewConnectionError, ProxyError, ssl.SSLError, InvalidURL)


def _is_before_sending(error: BaseException) -> bool:
    return any(isinstance(each, _BEFORE_SENDING) for each in causes(error))


def _let_go(answer: HTTPResponse) -> None:
    # The library has given the connection back for another request if all of it was read.
    if not answer.closed:
        answer.close()
    answer.release_conn()


def _json(body: bytes) -> tuple[Any, bool]:
    try:
        return json.loads(body), True
    except (ValueError, RecursionError):
        return None, False
