"""Forms of references: what a row's field takes, as the bytes that are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.model import AudioFormat, ReferenceForm

if TYPE_CHECKING:
    from songbatch.engines.job_service.rows import ReferenceField

SAMPLE_RATE, BITRATE = 44100, 192000
"""Hz and bit/s of references that are made."""

_EVERY_FORMAT = {AudioFormat.MP3, AudioFormat.WAV}


def form_of(field: ReferenceField) -> ReferenceForm | None:
    """Return the form that files are brought into; None where they go as they are."""
    if not field.cut and set(field.formats) >= _EVERY_FORMAT:
        return None
    return ReferenceForm(
        format=field.formats[0],
        sample_rate=SAMPLE_RATE,
        bitrate=BITRATE,
        most_seconds=field.seconds[1] if field.cut else None,
    )
