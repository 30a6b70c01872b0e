"""Likeness of the parts of a song: whether they are in one tempo and one key.

An engine that makes every part anew may choose otherwise each time. It is told, and nothing else:
what to do about it is to say `bpm` and `scale`, or to take another take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

TEMPO_SHARE = 0.03
"""How far tempos may differ and be the same: what a listener nods along to without noticing."""


def differences(parts: Iterable[tuple[str, Callable[[], bytes]]]) -> Iterator[str]:
    """Yield sentences on parts whose tempo or key differ from the first one's, by what is heard.

    A part that cannot be judged is left out. Half and double the tempo count as the same.
    """
    from songbatch.engines.sketch.analysis import features  # noqa: PLC0415  (loads numpy)
    from songbatch.engines.sketch.analysis.names import key_name  # noqa: PLC0415
    from songbatch.engines.sketch.codec import Undecodable  # noqa: PLC0415
    from songbatch.model import Purpose  # noqa: PLC0415

    first = None
    for name, read in parts:
        try:
            heard = features.extract(read(), Purpose.SONG)
        except Undecodable:
            continue
        number = name.rpartition("-")[2]
        bpm, key = heard.rhythm.bpm, key_name(heard.harmony.tonic, heard.harmony.mode)
        if first is None:
            first = number, bpm, key
            continue
        if not _is_same_tempo(bpm, first[1]):
            yield f"part {number} is at about {bpm:.0f} bpm, part {first[0]} at {first[1]:.0f}"
        if key != first[2]:
            yield f"part {number} sounds in {key}, part {first[0]} in {first[2]}"


def _is_same_tempo(one: float, other: float) -> bool:
    return any(abs(one * share - other) <= TEMPO_SHARE * other for share in (0.5, 1.0, 2.0))
