"""Files in the service's storage: an address is asked for, and the file is put where it says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from songbatch.engines.base import Verdict
from songbatch.engines.job_service.dialect import StoredFile
from songbatch.engines.job_service.requests_seen import iso
from songbatch.engines.job_service.services import UPLOAD
from songbatch.engines.job_service.stored_files import address_of, content_type, file_name
from songbatch.engines.rest.client import Sent
from songbatch.engines.rest.foreign import ForeignFiles

if TYPE_CHECKING:
    from songbatch.engines.job_service.fal.calls import FalCalls
    from songbatch.model import AudioFormat

KEPT = timedelta(days=7)
"""How long files are asked to be kept."""

LIFECYCLE = json.dumps({"expiration_duration_seconds": int(KEPT.total_seconds())})
"""The header's value that says so."""

_PATH = "/storage/upload/initiate?storage_type=gcs"
_SECONDS = 600.0


def store(calls: FalCalls, data: bytes, audio_format: AudioFormat) -> StoredFile:
    """Put a file into the storage; it goes to a signed address, without the key.

    Raises EngineError: whatever goes wrong, nothing was paid.
    """
    kind = content_type(audio_format)
    body = json.dumps({"file_name": file_name(audio_format), "content_type": kind}).encode()
    headers = {"X-Fal-Object-Lifecycle-Preference": LIFECYCLE}
    value = calls.value(UPLOAD, Sent("POST", _PATH, calls.bounds, body, headers=headers))
    told = value if isinstance(value, dict) else {}
    target, address = told.get("upload_url"), address_of(told.get("file_url"))
    if not isinstance(target, str) or address is None:
        raise calls.queue.unexpected(
            "the storage gives no address for a file", value, Verdict.REJECTED
        )
    near = calls.clients[UPLOAD].settings.base_url
    ForeignFiles(near, report=calls.queue.report).put(target, data, kind, deadline=_SECONDS)
    return StoredFile(address, iso(datetime.now(UTC) + KEPT))
