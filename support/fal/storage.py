"""Files: uploads in two ways, and what is handed out to whoever knows an address."""

from __future__ import annotations

import base64
import binascii
import datetime
import json
import re
import secrets
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from support.fal.wire import Answer, Call, Route, refused

if TYPE_CHECKING:
    from support.fal.server import FalServer

LIFECYCLES = ("x-fal-object-lifecycle-preference", "x-fal-object-lifecycle")
HOUR = 3600.0


@dataclass(slots=True)
class StoredFile:
    """A file with an address; `content` is None until it is uploaded, and once it is lost.

    `request_id` is the job that made it, empty for an upload. `expires` in the server's seconds.
    """

    path: str
    name: str
    content_type: str
    content: bytes | None
    request_id: str = ""
    endpoint: str = ""
    expires: float | None = None
    downloads: int = 0


class Storage:
    """The files of the account.

    `ranges`: parts of a file are given as asked (`right`), never (`ignored`: all of it is), or
    wrongly (`broken`: the beginning in place of any part). `overlooks_keys`: a signed address
    takes an upload that comes with Authorization nevertheless.
    """

    def __init__(self, server: FalServer) -> None:
        self.ranges: Literal["right", "ignored", "broken"] = "right"
        self.overlooks_keys = False
        self.files: dict[str, StoredFile] = {}
        self._server = server
        self._signatures: dict[str, StoredFile] = {}
        self._tokens: dict[str, float] = {}

    @property
    def uploads(self) -> list[StoredFile]:
        """The files that were uploaded, in order."""
        return [f for f in self.files.values() if not f.request_id and f.content is not None]

    def add(
        self, name: str, content_type: str, content: bytes | None, lifetime: float | None = None
    ) -> StoredFile:
        """Give a file an address."""
        path = f"/files/b/{secrets.token_urlsafe(12)}/{name}"
        expires = None if lifetime is None else self._server.now() + lifetime
        file = StoredFile(path, name, content_type, content, expires=expires)
        self.files[path] = file
        return file

    def url(self, file: StoredFile) -> str:
        """Return the public address of a file."""
        return self._server.files_url + urllib.parse.quote(file.path)

    def lose(self, *, uploads: bool = True, results: bool = True) -> None:
        """Lose uploads, results or both: nobody gets them any more."""
        for file in self.files.values():
            if results if file.request_id else uploads:
                file.content = None

    def songs_of(self, request_id: str) -> list[bytes]:
        """Return the audio that a job has made, as it is kept."""
        made = (f.content for f in self.files.values() if f.request_id == request_id)
        return [content for content in made if content is not None]

    def fetch(self, url: str) -> bytes | None:
        """Return what a model finds at an address that it is given, None if it finds nothing."""
        if match := re.fullmatch(r"data:[^,]*;base64,(.*)", url, re.DOTALL):
            try:
                return base64.b64decode(match[1], validate=True)
            except binascii.Error:
                return None
        base = self._server.files_url
        path = urllib.parse.unquote(url.removeprefix(base)) if url.startswith(base) else ""
        file = self.files.get(path)
        return None if file is None or self._is_expired(file) else file.content

    def routes(self) -> tuple[list[Route], list[Route]]:
        """Return the routes of the host for uploads, and those of the host of files."""
        initiate = Route("initiate", "POST", re.compile("/storage/upload/initiate"), "key",
                         self._initiate, _file_name)  # fmt: skip
        token = Route("token", "POST", re.compile("/storage/auth/token"), "key", self._token, _none)
        put = Route("put", "PUT", re.compile("/files/signed/([^/]+)"), "none", self._put, _none)
        upload = Route("upload", "POST", re.compile("/files/upload"), "token", self._upload,
                       _header_name)  # fmt: skip
        give = Route("file", "GET", re.compile("/files/b/.*"), "none", self._give, self._about)
        return [initiate, token], [put, upload, give]

    def has_token(self, authorization: str) -> bool:
        """Return whether this allows an upload now."""
        token = authorization.removeprefix("Bearer ")
        return self._server.now() < self._tokens.get(token, 0.0)

    def _initiate(self, call: Call, _match: re.Match[str]) -> Answer:
        if call.first("storage_type") != "gcs":
            raise refused(422, "storage_type must be gcs")
        asked = call.json()
        name, content_type = asked.get("file_name"), asked.get("content_type")
        if not isinstance(name, str) or not isinstance(content_type, str):
            raise refused(422, "file_name and content_type are required")
        file = self.add(name, content_type, None, lifetime(call))
        del self.files[file.path]  # it counts once its bytes are here
        signature = secrets.token_urlsafe(16)
        self._signatures[signature] = file
        ticket = f"/files/signed/{secrets.token_urlsafe(8)}?X-Signature={signature}"
        urls = {"upload_url": self._server.files_url + ticket, "file_url": self.url(file)}
        return Answer.of(200, urls)

    def _put(self, call: Call, _match: re.Match[str]) -> Answer:
        file = self._signatures.get(call.first("X-Signature"))
        if file is None or call.headers.get("content-type") != file.content_type:
            return Answer(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", "text/xml")
        file.content = call.body
        self.files[file.path] = file
        return Answer(200, headers={"ETag": f'"{binascii.crc32(call.body):08x}"'})

    def _token(self, call: Call, _match: re.Match[str]) -> Answer:
        if call.first("storage_type") != "fal-cdn-v3":
            raise refused(422, "storage_type must be fal-cdn-v3")
        token, end = secrets.token_urlsafe(16), self._server.now() + HOUR
        self._tokens[token] = end
        expires = datetime.datetime.fromtimestamp(end, datetime.UTC).isoformat()
        base = self._server.files_url
        answer = {"token": token, "token_type": "Bearer", "base_url": base, "expires_at": expires}
        return Answer.of(200, answer)

    def _upload(self, call: Call, _match: re.Match[str]) -> Answer:
        name = call.headers.get("x-fal-file-name", "upload.bin")
        kind = call.headers.get("content-type", "application/octet-stream")
        file = self.add(name, kind, call.body, lifetime(call))
        return Answer.of(200, {"access_url": self.url(file)})

    def _about(self, call: Call, _match: re.Match[str]) -> list[str]:
        file = self.files.get(call.path)
        return [call.path] if file is None else [call.path, file.request_id, file.endpoint]

    def _give(self, call: Call, _match: re.Match[str]) -> Answer:
        file = self.files.get(call.path)
        if file is None or file.content is None or self._is_expired(file):
            return Answer(404, b"Not Found", "text/plain")
        file.downloads += call.method == "GET"
        if self.ranges == "ignored":
            return Answer(200, file.content, file.content_type)
        return _part(file, call.headers.get("range", ""), is_broken=self.ranges == "broken")

    def _is_expired(self, file: StoredFile) -> bool:
        return file.expires is not None and self._server.now() >= file.expires


def lifetime(call: Call) -> float | None:
    """Return for how many seconds a client wants files to be kept, None if it does not say.

    Raises Refused if that cannot be read.
    """
    asked = [call.headers[name] for name in LIFECYCLES if name in call.headers]
    try:
        value = json.loads(asked[0]).get("expiration_duration_seconds") if asked else None
        return None if value is None else float(value)
    except (AttributeError, TypeError, ValueError):
        raise refused(400, f"{asked[0]!r} is no lifecycle", "bad_request") from None


def _part(file: StoredFile, asked: str, *, is_broken: bool) -> Answer:
    content = file.content or b""
    headers = {"Accept-Ranges": "bytes"}
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", asked)
    if match is None:
        return Answer(200, content, file.content_type, headers)
    start = int(match[1])
    if start >= len(content):
        return Answer(416, b"", "text/plain", {"Content-Range": f"bytes */{len(content)}"})
    end = min(int(match[2] or len(content)), len(content) - 1)
    headers["Content-Range"] = f"bytes {start}-{end}/{len(content)}"
    count = end + 1 - start
    piece = content[:count] if is_broken else content[start : end + 1]
    return Answer(206, piece, file.content_type, headers)


def _none(_call: Call, _match: re.Match[str]) -> list[str]:
    return []


def _file_name(call: Call, _match: re.Match[str]) -> list[str]:
    return [str(call.json().get("file_name", ""))]


def _header_name(call: Call, _match: re.Match[str]) -> list[str]:
    return [call.headers.get("x-fal-file-name", "")]
