"""Files that an input names: uploaded ones, data in the address itself, and others' addresses."""

from __future__ import annotations

import base64
import binascii
import hashlib
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import miniaudio

if TYPE_CHECKING:
    from support.replicate.models import Model


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that an input names.

    `source`: an upload, one that is gone, a data URL, or any other address, which is not looked
    at. `seconds` None where it is not known to be audio.
    """

    source: Literal["upload", "lost", "data", "address"]
    digest: str
    content: bytes | None = None
    seconds: float | None = None


def of_content(source: Literal["upload", "data"], content: bytes) -> Reference:
    """Return a reference with these bytes."""
    return Reference(source, hashlib.sha256(content).hexdigest(), content, _seconds(content))


def of_address(url: str) -> Reference:
    """Return a reference that lies at somebody else's."""
    return Reference("address", hashlib.sha256(url.encode()).hexdigest())


def lost(url: str) -> Reference:
    """Return a reference to an upload that is not there any more."""
    return Reference("lost", hashlib.sha256(url.encode()).hexdigest())


def of_data(url: str) -> Reference | None:
    """Return the reference in a data URL, None if there is none."""
    head, _, data = url.partition(",")
    try:
        content = (
            base64.b64decode(data, validate=True)
            if head.endswith(";base64")
            else urllib.parse.unquote_to_bytes(data)
        )
    except binascii.Error:
        return None
    return of_content("data", content)


def complaint(model: Model, references: dict[str, Reference]) -> str | None:
    """Return why a model fails with these, None if it does not."""
    for field in model.fields:
        reference = references.get(field.name)
        if reference is not None and reference.source == "lost":
            return f"{field.name}: 404 Client Error: Not Found"
        if reference is None or field.seconds is None or reference.content is None:
            continue
        if reference.seconds is None:
            return f"{field.name}: the file could not be decoded as audio"
        least, most = field.seconds
        if not least <= reference.seconds <= most:
            return f"{field.name}: {reference.seconds:.1f} s is not within {least} to {most} s"
    return None


def _seconds(content: bytes) -> float | None:
    kinds = (miniaudio.mp3_get_info, miniaudio.wav_get_info, miniaudio.flac_get_info)
    for look in kinds:
        try:
            return float(look(content).duration)
        except miniaudio.DecodeError:
            continue
    return None
