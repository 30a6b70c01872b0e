"""Selects: listeners' verdicts on takes, and the takes they choose. Data and its text form.

An opinion is about audio, named by its digest: it holds however a song is renamed, and not for
other audio that has the name later.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VERSION = 1
DIGITS = 12
"""Of a digest, as shown; so many, or more, name a take."""


class Decide(StrEnum):
    """Whose picks choose a take, if several people listened."""

    ANY = "any"
    MAJORITY = "majority"
    ALL = "all"


class Heard(msgspec.Struct, frozen=True, order=True):
    """What somebody listened to: a render's id, its engine, its audio as it was received."""

    render: str
    engine: str
    audio_sha256: str

    @property
    def spec(self) -> str:
        """The spec that the render is of."""
        return self.render.partition("/")[0]


class Opinion(msgspec.Struct, frozen=True):
    """One listener's verdict on one take; `rating` is 1 to 5, or None for none.

    `blind` is the seed of the shuffle that hid which take it was when it was judged, or None.
    `song_sha256` is what the song is on every machine, where that is known: it finds the take where
    another machine has other bytes.
    """

    listener: str
    heard: Heard
    pick: bool = False
    rating: int | None = None
    note: str = ""
    blind: int | None = None
    song_sha256: str | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is anything to keep."""
        return self.pick or self.rating is not None or bool(self.note)


class Selects(msgspec.Struct, frozen=True):
    """All listeners' opinions. No two are one listener's of the same audio."""

    opinions: tuple[Opinion, ...] = ()
    decide: Decide = Decide.ANY

    @property
    def listeners(self) -> list[str]:
        """Whoever has an opinion, sorted."""
        return sorted({opinion.listener for opinion in self._kept})

    @property
    def chosen(self) -> list[Heard]:
        """What the picks choose, sorted."""
        picks = Counter(opinion.heard for opinion in self._kept if opinion.pick)
        needed = {
            Decide.ANY: 1,
            Decide.MAJORITY: len(self.listeners) // 2 + 1,
            Decide.ALL: len(self.listeners),
        }[self.decide]
        return sorted(heard for heard, number in picks.items() if number >= needed)

    def pickers(self, heard: Heard) -> frozenset[str]:
        """Return the listeners who picked a take."""
        return frozenset(one.listener for one in self.opinions if one.pick and one.heard == heard)

    def under(
        self,
        names: Mapping[tuple[str, str], Sequence[str]],
        encoded: Mapping[tuple[str, str], str] | None = None,
    ) -> Selects:
        """Return the opinions under the names that audio has now, by its engine and digest.

        A name that is one of those stays; else the first of the same spec counts, else the first.
        `encoded` are the digests that audio has now by engine and digest of the song: of audio
        without a name, whose song is there, the opinion is of that.
        """
        opinions: dict[tuple[str, Heard], Opinion] = {}
        for one in self.opinions:
            heard = one.heard
            if encoded and (heard.engine, heard.audio_sha256) not in names:
                audio = encoded.get((heard.engine, one.song_sha256 or ""), heard.audio_sha256)
                heard = msgspec.structs.replace(heard, audio_sha256=audio)
            ids = names.get((heard.engine, heard.audio_sha256), ())
            if ids and heard.render not in ids:
                same_spec = (name for name in ids if name.partition("/")[0] == heard.spec)
                heard = msgspec.structs.replace(heard, render=next(same_spec, ids[0]))
            named = msgspec.structs.replace(one, heard=heard)
            before = opinions.get((one.listener, heard))
            opinions[one.listener, heard] = named if before is None else _both(before, named)
        return Selects(tuple(opinions.values()), self.decide)

    @property
    def _kept(self) -> list[Opinion]:
        return [opinion for opinion in self.opinions if opinion.says_something]

    def dump(self) -> bytes:
        """Return the YAML that stands for all of this: equal contents are equal bytes."""
        lines = [f"version: {VERSION}"]
        if self.decide is not Decide.ANY:
            lines.append(f"decide: {self.decide}")
        lines.append("listeners:" if self.listeners else "listeners: {}")
        for listener in self.listeners:
            lines.append(f"  {_quoted(listener)}:")
            opinions = [opinion for opinion in self._kept if opinion.listener == listener]
            for opinion in sorted(opinions, key=lambda opinion: opinion.heard):
                lines += _lines(opinion)
        return "".join(f"{line}\n" for line in lines).encode()


def _both(one: Opinion, other: Opinion) -> Opinion:
    """Return what a listener said of the same audio under two names; the first goes before."""
    return msgspec.structs.replace(
        one,
        pick=one.pick or other.pick,
        rating=other.rating if one.rating is None else one.rating,
        note=one.note or other.note,
        song_sha256=one.song_sha256 or other.song_sha256,
    )


def _lines(opinion: Opinion) -> list[str]:
    heard = opinion.heard
    lines = [
        f"    - render: {_quoted(heard.render)}",
        f"      engine: {_quoted(heard.engine)}",
        f"      audio_sha256: {_quoted(heard.audio_sha256)}",
    ]
    if opinion.song_sha256 is not None:
        lines.append(f"      song_sha256: {_quoted(opinion.song_sha256)}")
    if opinion.pick:
        lines.append("      pick: true")
    if opinion.rating is not None:
        lines.append(f"      rating: {opinion.rating}")
    if opinion.note:
        lines.append(f"      note: {_quoted(opinion.note)}")
    if opinion.blind is not None:
        lines.append(f"      blind: {opinion.blind}")
    return lines


def _quoted(text: str) -> str:
    # JSON's quotes are YAML's, but YAML wants more characters escaped.
    return _ESCAPED.sub(
        lambda match: f"\\u{ord(match[0]):04x}", json.dumps(text, ensure_ascii=False)
    )


_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
