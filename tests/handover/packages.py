"""Small packages without a project: two tracks of noise and tones."""

from __future__ import annotations

import io
from pathlib import Path

from msgspec.structs import replace

from songbatch.album import Loudness
from songbatch.audio.probe import probe
from songbatch.files.tree import Tree
from songbatch.handover.mastered import Encoder, TrackSource, master, measured
from songbatch.handover.mastering_cache import MasteringCache
from songbatch.handover.package import MadeAlbum, fill
from songbatch.handover.package_files import write_package
from songbatch.handover.song_audio import SongAudio
from songbatch.mastering.encoding import write_audio
from songbatch.mastering.quantising import sixteen_bits
from songbatch.mastering.timeline import lay_out
from songbatch.mastering.whole import MasterSound
from tests.handover.making import ALBUM
from tests.mastering.judges import music


def wav(seed: int, seconds: float = 1.2) -> bytes:
    sound, file = music(seconds, seed), io.BytesIO()
    write_audio("wav16", [MasterSound(sound, sixteen_bits(sound, ""))], len(sound), "", file)
    return file.getvalue()


def make_package(target: Path, state: Path) -> None:
    """Write a package of two tracks as WAV and MP3 to a folder, or a zip."""
    state.mkdir(exist_ok=True)
    cache = MasteringCache(Tree(state), 1)
    sources = [TrackSource(SongAudio(data, probe(data)), 0.0, 0.0) for data in map(wav, (1, 2))]
    wanted = Loudness(target_lufs=-23.0)
    masters = master(sources, [measured(source, cache) for source in sources], wanted, cache)
    places = lay_out([one.measure.frames for one in masters], [(44100, 0), (0, 0)])
    encoder = Encoder(cache, lambda _action, _what: None)
    tracks = tuple(
        replace(track, seconds=place.frames / 44100, start_seconds=place.start / 44100)
        for track, place in zip(ALBUM.tracks, places, strict=True)
    )
    made = MadeAlbum(
        replace(ALBUM, tracks=tracks),
        wanted,
        masters,
        places,
        encoder.tracks(masters, ("wav16", "mp3"), [track.title for track in tracks]),
        encoder.whole(masters, places, ("wav16",)),
    )
    write_package(target, lambda sink: fill(made, cache, sink))
