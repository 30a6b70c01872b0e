"""The lyric meter of a project: its lyrics, measured against the songs that are there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.batch.inputs import render_inputs
from songbatch.engines.identities import SKETCH
from songbatch.lyrics.length import sung_seconds
from songbatch.lyrics.meter import (
    MeteredSection,
    Pace,
    PassedLimit,
    limits_passed,
    metered,
    pace_of,
    weight,
)
from songbatch.lyrics.parts import parts_of
from songbatch.model import PART
from songbatch.plan.completion import seconds_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from songbatch.engines.entry import EngineEntry
    from songbatch.lyrics.meter import CountSyllables
    from songbatch.model import UnresolvedRender
    from songbatch.records import Entry, Manifest

    Counting = Callable[[str, str | None], CountSyllables]
    """Returns what counts the syllables of lyrics, given as a whole and with their language."""

SKETCHED = Pace(first=5.7, each=0.44, most=57.0)
"""The sketch engine's own pace, of 20 songs over two references; what it is off is in the docs."""
ASKED, WORDS, SONGS, FIGURE = "asked", "words", "songs", "figure"


class EngineEstimate(msgspec.Struct, frozen=True):
    """How long lyrics get on an engine, in seconds.

    `by` says what that is: `asked` for by the song, or by the `words`, as the engine is asked where
    a song does not say; estimated by its `songs` of this project, or by a `figure` of its own.
    A song that is made in `parts` lasts as long as they do together, and each fits.
    """

    engine: str
    seconds: float
    by: str
    pace: Pace | None
    limits: Sequence[PassedLimit]
    parts: int = 0


class SongMeter(msgspec.Struct, frozen=True):
    """The lyrics of one variant of a song, with so many takes; of one take where they differ."""

    id: str
    takes: int
    sections: Sequence[MeteredSection]
    characters: int
    estimates: Sequence[EngineEstimate]
    lyrics: str

    @property
    def syllables(self) -> int:
        """All syllables."""
        return sum(section.syllables for section in self.sections)


class PastSongs:
    """Songs that the engines of a project made, by engine."""

    def __init__(self, manifests: Mapping[str, Iterable[Manifest]], counting: Counting) -> None:
        self._manifests = manifests
        self._counting = counting
        self._paces: dict[str, Pace | None] = {}

    @property
    def engines(self) -> list[str]:
        """The engines that made any."""
        return list(self._manifests)

    def pace(self, engine: EngineEntry) -> Pace | None:
        """Return the pace of an engine's songs, None if they are too few."""
        if engine.name not in self._paces:
            songs = {
                (entry.lyrics, entry.seconds): entry
                for manifest in self._manifests.get(engine.name, ())
                for entry in manifest
                if _counts(entry)
            }
            weighed = [
                (weight(lyrics, self._counting(lyrics, entry.lang)), seconds)
                for (lyrics, seconds), entry in songs.items()
                if lyrics is not None and seconds is not None
            ]
            self._paces[engine.name] = pace_of(weighed, engine.traits.song.most)
        return self._paces[engine.name]


def _counts(entry: Entry) -> bool:
    """Return whether it is a song of one piece that is as long as its words made it."""
    is_sung = bool((entry.lyrics or "").strip()) and entry.vocals != "none"
    is_part = entry.id.rpartition("/")[2].startswith(PART)  # most lack what begins and ends a song
    is_one = entry.parts is None and not is_part and entry.duration is None
    return entry.done and is_sung and is_one and entry.seconds is not None


def measure(
    renders: Sequence[UnresolvedRender],
    engines: Mapping[str, Sequence[EngineEntry]],
    past: PastSongs,
    counting: Counting,
) -> list[SongMeter]:
    """Return the meter of the lyrics of renders; `engines` are to be estimated, by id of render."""
    takes: dict[tuple[str, str], list[UnresolvedRender]] = {}
    for render in renders:
        if render.lyrics:
            takes.setdefault((_variant(render), render.lyrics), []).append(render)
    texts = Counter(variant for variant, _ in takes)
    return [
        _meter(
            variant if texts[variant] == 1 else own[0].id,
            own,
            engines[own[0].id],
            past,
            counting(lyrics, own[0].lang),
        )
        for (variant, lyrics), own in takes.items()
    ]


def _variant(render: UnresolvedRender) -> str:
    return render.id.rpartition("/")[0]


def _meter(
    name: str,
    takes: Sequence[UnresolvedRender],
    engines: Sequence[EngineEntry],
    past: PastSongs,
    count: CountSyllables,
) -> SongMeter:
    render = takes[0]
    lyrics = render.lyrics or ""
    return SongMeter(
        name,
        len(takes),
        metered(lyrics, count),
        len(lyrics),
        [_estimate(render, lyrics, engine, past, count) for engine in engines],
        lyrics,
    )


def _parts(render: UnresolvedRender, lyrics: str, engine: EngineEntry) -> Sequence[str]:
    """Return the words of the parts in which an engine makes a song; none for one piece."""
    written = [part.lyrics for part in render.parts]
    is_own = render.lyrics == lyrics and (render.engine or SKETCH.name) == engine.name
    return written if is_own and written else parts_of(lyrics, engine.traits)


def _estimate(
    render: UnresolvedRender,
    lyrics: str,
    engine: EngineEntry,
    past: PastSongs,
    count: CountSyllables,
) -> EngineEstimate:
    traits = engine.traits
    pace, by = past.pace(engine), SONGS
    if pace is None:
        kind = engine.identity.kind or engine.identity.name
        pace, by = SKETCHED if kind == SKETCH.name else None, FIGURE
    parts = _parts(render, lyrics, engine)
    if parts:
        each = [
            _estimate(replace(render, parts=(), duration=None), part, engine, past, count)
            for part in parts
        ]
        seconds = sum(one.seconds for one in each)
        if traits.parts.carries_on and each[0].pace is not None:
            seconds -= (len(parts) - 1) * each[0].pace.first  # one beginning and one end
        return EngineEstimate(engine.name, seconds, each[0].by, each[0].pace, (), len(parts))
    if render.duration is not None and "duration" in traits.takes:
        seconds, by = float(render.duration), ASKED
    elif pace is not None:
        seconds = pace.seconds(weight(lyrics, count))
    else:
        inputs, bounds = render_inputs(render, None, None, engine), traits.song
        wanted = seconds_asked(inputs, traits)
        usual = min(max(float(sung_seconds(lyrics)), bounds.least), bounds.most)
        seconds, by = (usual, FIGURE) if wanted is None else (wanted, WORDS)
    limits = limits_passed(lyrics, traits, pace, count)
    return EngineEstimate(engine.name, seconds, by, pace, limits)
