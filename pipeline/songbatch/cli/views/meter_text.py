"""The lyric meter for people: sections with their syllables, seconds, limits, where to cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.cli.views.tables import table
from songbatch.diagnostics import printable
from songbatch.formatting import count
from songbatch.lyrics.cuts import Border
from songbatch.outputs.meter import ASKED, FIGURE, SONGS, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.lyrics.cuts import Cut
    from songbatch.lyrics.meter import MeteredSection, PassedLimit
    from songbatch.outputs.meter import EngineEstimate, SongMeter

_BY = {
    ASKED: "as the song asks",
    WORDS: "as the engine is asked, by the words",
    FIGURE: "by the engine's own figure",
}
HEADS = ("section", "line", "lines", "syllables", "each")


def meter_text(songs: Sequence[SongMeter]) -> str:
    """Return the meter of songs, one below the other."""
    return "\n\n".join("\n".join(_song(song)) for song in songs)


def _song(song: SongMeter) -> Iterator[str]:
    takes = f" ({count(song.takes, 'take')})" if song.takes > 1 else ""
    lines = sum(len(section.lines) for section in song.sections)
    sung = f"{count(lines, 'line')}, {count(song.syllables, 'syllable')}"
    yield f"{printable(song.id)}{takes}: {sung}, {count(song.characters, 'character')}"
    cells = [_section(number, one) for number, one in enumerate(song.sections, start=1)]
    yield from (f"  {line}" for line in table(HEADS, cells))
    for estimate in song.estimates:
        parts = f", in {estimate.parts} parts" if estimate.parts else ""
        on = f"{printable(estimate.engine)}{parts}"
        yield f"  about {estimate.seconds:.0f} s on {on}, {_by(estimate)}"
        for limit in estimate.limits:
            yield f"    {_limit(limit, song)}"


def _section(number: int, section: MeteredSection) -> tuple[str, ...]:
    each = " ".join(str(line.syllables) for line in section.lines)
    name = printable(section.name) or f"stanza {number}"
    return name, str(section.line), str(len(section.lines)), str(section.syllables), each


def _by(estimate: EngineEstimate) -> str:
    pace = estimate.pace
    if estimate.by == SONGS and pace is not None:
        songs = count(pace.songs, "song")
        return f"by {songs} of this project ({pace.error:.1f} s off on average)"
    return _BY[estimate.by]


def _limit(limit: PassedLimit, song: SongMeter) -> str:
    there = f"{limit.there_is:.0f} {limit.unit}, {limit.most:.0f} are taken"
    if limit.unit == "seconds":
        there = f"{limit.there_is:.0f} s unhurried, its songs end at {limit.most:.0f} s"
    elif limit.is_advised:
        there = f"{limit.there_is:.0f} {limit.unit}, {limit.most:.0f} are safe"
    return f"{there}: passed in line {limit.line}{_cuts(limit.cuts, song)}"


def _cuts(cuts: Sequence[Cut], song: SongMeter) -> str:
    if not cuts:
        return ""
    lines = song.lyrics.split("\n")
    named = [
        f"{cut.line} ({printable(lines[cut.line - 1].strip())})"
        if cut.border is Border.SECTION
        else f"{cut.line}"
        for cut in cuts
    ]
    return f"; cut before line {', '.join(named)}"
