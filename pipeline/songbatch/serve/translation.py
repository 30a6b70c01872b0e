"""Requests of the hosted contract as engines of other traits take them. Pure.

What the contract says of a song is kept: two grades of accompaniment, one minute at most, nobody
sings where only an instrumental is referenced. What it does not say is left unsaid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from songbatch.limits import MAX_SONG_SECONDS
from songbatch.lyrics import final, in_grammar, usual_seconds
from songbatch.lyrics.sections import HASHES, section_of
from songbatch.model import Purpose
from songbatch.serve.contract import BadRequest
from songbatch.traits import Grammar, HandedOver

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.base import Generation
    from songbatch.serve.references import KeptReference
    from songbatch.traits import Traits

BEFORE, AFTER = "[Intro]", "[Outro]"


def takes_bytes(traits: Traits) -> bool:
    """Return whether references go along with requests, so that they have to be kept here."""
    return any(rule.handed_over is HandedOver.BYTES for rule in traits.references.values())


def why_unusable(purpose: Purpose, traits: Traits) -> str:
    """Return why an engine cannot use a reference of this purpose; "" if it can."""
    if purpose in traits.references or not traits.references:
        return ""
    return traits.cannot.get(purpose, "the engine has no place for such a reference")


def judge_references(
    voice: KeptReference | None, instrumental: KeptReference | None, traits: Traits
) -> None:
    """Raise BadRequest unless an engine can use these references, and use them together."""
    faults = [
        f"{field}: {reason}"
        for field, kept in (("refer_voice", voice), ("refer_instrumental", instrumental))
        if kept is not None and (reason := why_unusable(kept.purpose, traits))
    ]
    if voice is not None and instrumental is not None and voice != instrumental:
        reason = traits.cannot.get("voice+instrumental", "")
        if reason:
            faults.append(f"refer_voice, refer_instrumental: {reason}")
    if faults:
        raise BadRequest(*faults)


def translated(
    wanted: Generation,
    traits: Traits,
    *,
    style: str | None = None,
    is_unsung: bool = False,
) -> Generation:
    """Return a request in the engine's terms, still without files. Raises BadRequest.

    `style` is that of every song. Nobody sings in one that `is_unsung`, where the engine can be
    told so.
    """
    lyrics = _lyrics(wanted.lyrics, traits)
    if len(lyrics) > traits.lyrics.most:
        most = traits.lyrics.most
        raise BadRequest(f"lyrics: the engine takes at most {most} characters, not {len(lyrics)}")
    duration = _duration(lyrics, traits)
    is_silent = is_unsung and "vocals" in traits.takes and traits.silent_lyrics is not None
    return replace(
        wanted,
        lyrics=(traits.silent_lyrics or "") if is_silent else lyrics,
        vocals="none" if is_silent else None,
        duration=duration,
        seed=wanted.take if "seed" in traits.takes else None,
        style=style if "style" in traits.takes else None,
    )


def is_unsung(voice: KeptReference | None, instrumental: KeptReference | None) -> bool:
    """Return whether the contract has nobody sing to these references.

    A reference whose purpose is instrumental is what its engine makes of it, which may be a backing
    to sing over.
    """
    is_backing = instrumental is not None and instrumental.purpose is Purpose.INSTRUMENTAL
    return voice is None and not is_backing


def _lyrics(lyrics: str, traits: Traits) -> str:
    """Return lyrics in the engine's grammar; the contract's own stay as they came.

    The marks ask for accompaniment before and after what is sung. To models that know sections
    nothing else says that, and the length of the song has room for both.
    """
    if traits.grammar in {Grammar.HASHES, Grammar.BOTH}:
        return lyrics
    text = final(lyrics).strip()
    words = in_grammar(text, traits.grammar)
    if not words:
        if traits.silent_lyrics is None:
            raise BadRequest("lyrics: must have words")
        return traits.silent_lyrics
    if traits.grammar is Grammar.SECTIONS:
        words = "\n\n".join(_accompanied(text, words))
    return words


def _accompanied(text: str, words: str) -> Iterator[str]:
    lines = words.split("\n")
    if text.startswith(HASHES) and not _is_section(lines[0], BEFORE):
        yield BEFORE
    yield words
    if text.endswith(HASHES) and not _is_section(lines[-1], AFTER):
        yield AFTER


def _is_section(line: str, section: str) -> bool:
    found = section_of(line)
    return found is not None and found.text.startswith(section[:-1])


def _duration(lyrics: str, traits: Traits) -> float | None:
    if "duration" not in traits.takes or traits.duration is None:
        return None
    if not traits.length_is_needed and traits.song.most <= MAX_SONG_SECONDS:
        return None
    usual = min(float(usual_seconds(lyrics)), MAX_SONG_SECONDS)
    return min(max(usual, traits.duration.least), traits.duration.most)
