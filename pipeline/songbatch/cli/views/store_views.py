"""A shared store for people and for programs: who is at work, what waits, how large it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from songbatch.cli.pasting import pasteable
from songbatch.diagnostics import printable
from songbatch.formatting import count, money, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.run.shared.stores import ChosenStore
    from songbatch.sharing.claims import ClaimState
    from songbatch.sharing.songs import SharedSong
    from songbatch.sharing.survey import Survey

SHOWN = 50
"""Songs that are named; of more, the number."""


def store_lines(chosen: ChosenStore, survey: Survey) -> Iterator[str]:
    """Yield a survey for people."""
    yield printable(f"{chosen.address.text if chosen.address else ''} ({chosen.source})")
    audio = f"{count(survey.blobs, 'file')}, {size(survey.blob_bytes)}"
    yield f"  {count(survey.answers, 'song')}; {audio}; {_cost(survey)}"
    if survey.withheld:
        yield f"  {count(len(survey.withheld), 'answer')} cannot be read:"
        yield from _first([f"    {key}" for key in survey.withheld])
    yield "  at work: nobody" if not survey.runs else "  at work:"
    yield from _first([f"    {printable(who)}" for who in survey.runs])
    held = {song.key for song in survey.held}
    under_way = [song for song in survey.open if song.key not in held]
    if under_way:
        yield "  asked for:"
        yield from _first([f"    {_who(song)}" for song in under_way])
    if held:
        yield "  held, for a request of a run that ended may have been paid:"
        yield from _first([f"    {_who(song)}\n      {song.key}" for song in survey.held])
        yield "  run again where it was asked for first: its answer may be there; else:"
        yield pasteable("  songbatch store --release KEY")


def _first(lines: list[str]) -> Iterator[str]:
    yield from lines[:SHOWN]
    if len(lines) > SHOWN:
        yield f"    and {len(lines) - SHOWN:,} more"


def _cost(survey: Survey) -> str:
    unpriced = f", and {survey.unpriced:,} without a price" if survey.unpriced else ""
    return f"{money(survey.cost_usd)} so far{unpriced}"


def _who(song: SharedSong) -> str:
    note = next((c.note for c in reversed(song.claims) if c.note is not None), None)
    if note is None:
        return song.key
    return printable(f"{note.id} on {note.engine}, by {note.who} since {note.at}")


def store_object(chosen: ChosenStore, survey: Survey) -> dict[str, Any]:
    """Return a survey for programs."""
    return {
        "store": chosen.address.text if chosen.address else None,
        "source": chosen.source,
        "runs": list(survey.runs),
        "open": [_song(song) for song in survey.open],
        "held": [_song(song) for song in survey.held],
        "songs": survey.answers,
        "withheld": list(survey.withheld),
        "unpriced": survey.unpriced,
        "files": survey.blobs,
        "bytes": survey.blob_bytes,
        "cost_usd": round(survey.cost_usd, 6),
    }


def _song(song: SharedSong) -> dict[str, Any]:
    return {
        "key": song.key,
        "doubts": song.doubts,
        "claims": [_claim(claim) for claim in song.claims],
    }


def _claim(claim: ClaimState) -> dict[str, Any]:
    note, end = claim.note, claim.end
    return {
        "number": claim.number,
        "who": None if note is None else note.who,
        "id": None if note is None else note.id,
        "engine": None if note is None else note.engine,
        "at": None if note is None else note.at,
        "alive": claim.is_alive,
        "unknown": None if end is None else end.unknown,
        "message": None if end is None else end.message,
    }
