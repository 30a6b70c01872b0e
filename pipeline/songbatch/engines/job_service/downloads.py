"""Downloads of songs from where a service says: bounded, without the key, and of the right form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.job_service.overrides import advice, override
from songbatch.engines.rest.foreign import ForeignFiles
from songbatch.engines.rest.song_sink import SongSink
from songbatch.model import AudioFormat

if TYPE_CHECKING:
    from songbatch.engines.base import Sink
    from songbatch.engines.job_service.rows import Gives
    from songbatch.engines.rest.client import RestClient
    from songbatch.model import EngineIdentity

MOST_REDIRECTS = 3
_BYTES_A_SECOND = 48000 * 2 * 4
"""Stereo, and 32-bit samples at most."""
_SLACK_BYTES = 16 * 2**20
MAX_SONG_BYTES = 256 * 2**20
"""What the store takes, however long a row says that songs are."""


def most_bytes(gives: Gives) -> int:
    """Return the most bytes that a model's longest song can have."""
    return min(int(gives.seconds[1] * _BYTES_A_SECOND) + _SLACK_BYTES, MAX_SONG_BYTES)


def fetch_song(
    address: str,
    sink: Sink,
    gives: Gives,
    client: RestClient,
    identity: EngineIdentity,
    deadline: float,
) -> None:
    """Write the song at an address to `sink`; `deadline` in seconds.

    Raises EngineError: FileGone if nothing is there, and with `has_song` for a whole song in
    another container; what it is declared to be does not count, and any sample rate will do.
    """
    files = ForeignFiles(client.settings.base_url, report=client.report)
    song = SongSink(sink, gives.form, client, _other_form(gives, identity), keeps_others=True)
    for piece in files.download(
        address, max_bytes=most_bytes(gives), deadline=deadline, redirects=MOST_REDIRECTS
    ):
        song.write(piece)
    song.finish()


def _other_form(gives: Gives, identity: EngineIdentity) -> str:
    other = AudioFormat.MP3 if gives.form is AudioFormat.WAV else AudioFormat.WAV
    line = override(identity, {"gives": {"form": other.value}})
    return f"if its songs are always {other.value.upper()}, {advice(line)}"
