"""Files that were uploaded."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.acestep.submission import File, Unreadable, read
from support.replicate.fields import invalid
from support.replicate.refusals import Refusal, invalid_input, not_found
from support.replicate.stamps import instant, new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_NAME = 255
"""Bytes of a file's name."""


@dataclass(slots=True)
class Upload:
    """A file that was taken; `expires` in seconds of the server's clock, None for never."""

    file: File
    metadata: dict[str, Any]
    headers: Mapping[str, str]
    created: float
    expires: float | None
    is_deleted: bool = False
    id: str = field(default_factory=new_id)

    @property
    def content(self) -> bytes:
        """The bytes."""
        return self.file.content

    def described(self, base: str) -> dict[str, Any]:
        """Return it as the API shows it."""
        md5 = hashlib.md5(self.content).hexdigest()
        return {
            "id": self.id,
            "name": self.file.name,
            "content_type": self.file.content_type or "application/octet-stream",
            "size": len(self.content),
            "etag": md5,
            "checksums": {"sha256": hashlib.sha256(self.content).hexdigest(), "md5": md5},
            "metadata": self.metadata,
            "created_at": instant(self.created),
            "expires_at": None if self.expires is None else instant(self.expires),
            "urls": {"get": f"{base}/v1/files/{self.id}"},
        }


@dataclass(slots=True)
class Files:
    """The files of the account; `kept` seconds, None for ever, and at most `max_bytes` each."""

    kept: float | None = 24 * 3600.0
    max_bytes: int = 100 * 1024 * 1024
    uploads: list[Upload] = field(default_factory=list)
    """All that were taken, also those that are gone."""

    def take(
        self, content_type: str, body: bytes, headers: Mapping[str, str], now: float
    ) -> Upload:
        """Take an upload. Raises Refusal."""
        try:
            fields, files = read(content_type, body)
        except Unreadable as error:
            raise Refusal(400, "Bad request", str(error.detail)) from error
        file = files.get("content")
        if file is None:
            raise invalid_input([invalid("required", "", "content is required")])
        if len(file.name.encode()) > MAX_NAME:
            raise invalid_input([invalid("string_lte", "filename", "longer than 255 bytes")])
        if len(file.content) > self.max_bytes:
            raise Refusal(413, "Payload too large", f"A file has at most {self.max_bytes} bytes")
        metadata = files["metadata"].content if "metadata" in files else fields.get("metadata")
        try:
            told = json.loads(metadata or "{}")
        except ValueError as error:
            raise invalid_input([invalid("format", "metadata", "is not JSON")]) from error
        expires = None if self.kept is None else now + self.kept
        upload = Upload(file, told, headers, now, expires)
        self.uploads.append(upload)
        return upload

    def alive(self, now: float) -> list[Upload]:
        """Return those that are still there, newest first."""
        there = [u for u in self.uploads if not u.is_deleted]
        return [u for u in reversed(there) if u.expires is None or u.expires > now]

    def find(self, upload_id: str, now: float) -> Upload:
        """Return one that is still there. Raises Refusal."""
        for upload in self.alive(now):
            if upload.id == upload_id:
                return upload
        raise not_found("file")

    def forget(self) -> None:
        """Lose them all."""
        for upload in self.uploads:
            upload.is_deleted = True
