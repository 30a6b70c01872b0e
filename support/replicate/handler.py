"""The API over HTTP: its routes, with and without `/v1`, and keys."""

from __future__ import annotations

import json
import re
import urllib.parse
from typing import TYPE_CHECKING, Any

from support.replicate import listing
from support.replicate.connections import Connection
from support.replicate.delivery import deliver
from support.replicate.intake import words
from support.replicate.predictions import Submission
from support.replicate.refusals import Refusal, not_found

if TYPE_CHECKING:
    from support.replicate.predictions import Prediction

_NAME = r"(?P<name>[^/]+/[^/]+)"
_ID = r"(?P<id>[^/]+)"
ROUTES = [
    ("GET", r"/account", "account"),
    ("POST", r"/predictions", "create"),
    ("GET", r"/predictions", "list"),
    ("GET", rf"/predictions/{_ID}", "get"),
    ("POST", rf"/predictions/{_ID}/cancel", "cancel"),
    ("GET", rf"/models/{_NAME}", "model"),
    ("GET", rf"/models/{_NAME}/versions", "versions"),
    ("GET", rf"/models/{_NAME}/versions/{_ID}", "version"),
    ("POST", rf"/models/{_NAME}/predictions", "create"),
    ("POST", r"/files", "upload"),
    ("GET", r"/files", "files"),
    ("GET", rf"/files/{_ID}", "file"),
    ("DELETE", rf"/files/{_ID}", "delete"),
]
LONGEST_WAIT = 60


class ApiConnection(Connection):
    """One connection to the API, and to the host of outputs where that has no port of its own."""

    def respond(self) -> None:
        path = self.address.path
        if path.startswith("/delivery/") and not self.replicate.delivers_apart:
            deliver(self)
            return
        endpoint = self._route(path.removeprefix("/v1") if path.startswith("/v1/") else path)
        self._check_key()
        action = getattr(self, f"_{endpoint}")
        self.act(endpoint, self._words(endpoint), action)

    def _route(self, path: str) -> str:
        for method, pattern, endpoint in ROUTES:
            match = re.fullmatch(pattern, path)
            if match is not None and method == self.command:
                self.named = {n: urllib.parse.unquote(v) for n, v in match.groupdict().items()}
                return endpoint
        raise not_found("page")

    def _check_key(self) -> None:
        key = self.replicate.key
        if key and self.authorization not in {f"Bearer {key}", f"Token {key}"}:
            self.replicate.refused_keys += 1
            raise Refusal(401, "Unauthenticated", "There is no such token, or none was sent")

    def _words(self, endpoint: str) -> str:
        if endpoint == "create":
            given = self._fields().get("input")
            return words(given) if isinstance(given, dict) else ""
        if endpoint in {"get", "cancel"}:
            prediction = self.replicate.known(self.named["id"])
            return words(prediction.input) if prediction is not None else ""
        return ""

    def _fields(self) -> dict[str, Any]:
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def _account(self) -> None:
        self.send_json(200, self.replicate.account)

    def _create(self) -> None:
        replicate, fields = self.replicate, self._fields()
        named = self.named.get("name")
        version = str(fields.get("version", "")) if named is None else named
        headers = {name.lower(): value for name, value in self.headers.items()}
        submission = Submission(version, headers, self.body, fields)
        with replicate.changed:
            replicate.submissions.append(submission)
        try:
            try:
                sent = json.loads(self.body)
            except ValueError as error:
                raise Refusal(400, "Bad request", "The body is not JSON") from error
            prediction = replicate.create(submission, sent, named)
        except Refusal as refusal:
            submission.status = self.seen(refusal.status)
            raise
        status = self._wait_as_preferred(prediction)
        submission.status = self.seen(status)
        self._send_prediction(status, prediction)

    def _wait_as_preferred(self, prediction: Prediction) -> int:
        match = re.match(r"wait(?:=(\d+))?", self.headers.get("Prefer", ""))
        if match is None:
            return 201
        seconds = min(int(match[1] or LONGEST_WAIT), LONGEST_WAIT)
        return 201 if self.replicate.wait_for_end(prediction, seconds) else 202

    def _get(self) -> None:
        self._send_prediction(200, self.replicate.look(self.named["id"]))

    def _cancel(self) -> None:
        self._send_prediction(200, self.replicate.cancel(self.named["id"]))

    def _send_prediction(self, status: int, prediction: Prediction) -> None:
        with self.replicate.changed:
            described = self.replicate.described(prediction)
        self.send_json(status, described)

    def _list(self) -> None:
        replicate = self.replicate
        query = dict(urllib.parse.parse_qsl(self.address.query))
        address = f"{replicate.url}/v1/predictions"
        with replicate.changed:
            listed = listing.among(replicate.listed(), query)
            results, neighbours = listing.page(listed, query, replicate.page_size, address)
            entries = [
                listing.without(replicate.described(p), replicate.listing_leaves_out)
                for p in results
            ]
        self.send_json(200, neighbours | {"results": entries})

    def _model(self) -> None:
        self.send_json(200, self.replicate.model(self.named["name"])[0].described())

    def _versions(self) -> None:
        versions = self.replicate.model(self.named["name"])
        results = [version.version_described() for version in versions]
        self.send_json(200, {"previous": None, "next": None, "results": results})

    def _version(self) -> None:
        for version in self.replicate.model(self.named["name"]):
            if version.version == self.named["id"]:
                self.send_json(200, version.version_described())
                return
        raise not_found("version")

    def _upload(self) -> None:
        replicate = self.replicate
        kind = self.headers.get("Content-Type", "")
        headers = {name.lower(): value for name, value in self.headers.items()}
        with replicate.changed:
            upload = replicate.files.take(kind, self.body, headers, replicate.now())
            replicate.changed.notify_all()
        self.send_json(201, upload.described(replicate.url))

    def _files(self) -> None:
        replicate = self.replicate
        with replicate.changed:
            alive = replicate.files.alive(replicate.now())
        results = [upload.described(replicate.url) for upload in alive]
        self.send_json(200, {"previous": None, "next": None, "results": results})

    def _file(self) -> None:
        replicate = self.replicate
        with replicate.changed:
            upload = replicate.files.find(self.named["id"], replicate.now())
        self.send_json(200, upload.described(replicate.url))

    def _delete(self) -> None:
        replicate = self.replicate
        with replicate.changed:
            replicate.files.find(self.named["id"], replicate.now()).is_deleted = True
        self.send(204, "application/json", b"")
