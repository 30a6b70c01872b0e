"""Files in the service's storage: the models fetch them with the rights of the account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.digest import sha256
from songbatch.engines.base import Verdict
from songbatch.engines.job_service.dialect import StoredFile
from songbatch.engines.job_service.requests_seen import iso, time_of
from songbatch.engines.job_service.stored_files import address_of, content_type, file_name
from songbatch.engines.rest.client import Bounds, Sent

if TYPE_CHECKING:
    from songbatch.engines.job_service.replicate.calls import ReplicateCalls
    from songbatch.model import AudioFormat

_SECONDS = 600.0


def store(calls: ReplicateCalls, data: bytes, audio_format: AudioFormat) -> StoredFile:
    """Put a file into the storage. Raises EngineError: nothing was paid."""
    # Nothing contains its own digest, so this boundary cannot be in the audio.
    boundary = f"songbatch-{sha256(data)[:40]}"
    head = (
        f"--{boundary}\r\n"
        f'Content-Disposition: form-data; name="content"; filename="{file_name(audio_format)}"\r\n'
        f"Content-Type: {content_type(audio_format)}\r\n\r\n"
    )
    body = head.encode("ascii") + data + f"\r\n--{boundary}--\r\n".encode("ascii")
    kind = f"multipart/form-data; boundary={boundary}"
    bounds = Bounds(calls.access.read_timeout, _SECONDS)
    value = calls.table(Sent("POST", "/files", bounds, body, kind))
    urls = value.get("urls")
    address = address_of(urls.get("get") if isinstance(urls, dict) else None)
    if address is None:
        raise calls.client.unexpected(
            "the storage gives no address for a file", value, Verdict.REJECTED
        )
    until = time_of(value.get("expires_at"))
    return StoredFile(address, None if until is None else iso(until))
