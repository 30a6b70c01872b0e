"""Files in the storage of a service: their names, types and addresses. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

from songbatch.model import AudioFormat

_LONGEST = 4096
_TYPES = {AudioFormat.WAV: "audio/wav", AudioFormat.MP3: "audio/mpeg"}


def content_type(audio_format: AudioFormat) -> str:
    """Return the media type of a file."""
    return _TYPES.get(audio_format, "application/octet-stream")


def file_name(audio_format: AudioFormat) -> str:
    """Return the name that a file has at the service: it shows nothing of the project."""
    return f"reference.{audio_format.value}"


def address_of(value: object) -> str | None:
    """Return the address of a stored file, None if it is none that a request can name."""
    if not isinstance(value, str) or len(value) > _LONGEST:
        return None
    try:
        parts = urlsplit(value)
        is_address = parts.scheme in {"https", "http"} and bool(parts.hostname)
    except ValueError:
        return None
    is_plain = value.isascii() and value.isprintable() and " " not in value
    return value if is_address and is_plain else None
