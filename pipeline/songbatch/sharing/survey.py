"""Survey of a shared store: who is at work, what is claimed and held, how large it is."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from songbatch.sharing import names
from songbatch.sharing.songs import AT_ONCE, SharedSong, Songs
from songbatch.sharing.trouble import Withheld

if TYPE_CHECKING:
    from songbatch.sharing.answers import Answers
    from songbatch.sharing.beats import Beats
    from songbatch.sharing.objects import Objects


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What a store has. Sizes in bytes, `cost_usd` in US dollars, of answers that have a price.

    `open` are songs that are asked for, or whose runs died; `held` those of them that nobody is
    at work on, and of which requests may have been paid; `withheld` are answers that cannot be
    read.
    """

    runs: tuple[str, ...]
    open: tuple[SharedSong, ...]
    held: tuple[SharedSong, ...]
    answers: int
    withheld: tuple[str, ...]
    unpriced: int
    blobs: int
    blob_bytes: int
    cost_usd: float


def survey(objects: Objects, beats: Beats, songs: Songs, answers: Answers) -> Survey:
    """Return what a store has; every answer is read. Raises StoreTrouble."""
    runs = [who for who in (names.parse_beat(o.path) for o in objects.listed(names.BEATS)) if who]
    answered, unanswered = _songs(objects)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        costs = dict(
            zip(answered, pool.map(lambda key: _cost(answers, key), answered), strict=True)
        )
    known = [cost for cost in costs.values() if isinstance(cost, float)]
    looked = songs.look(unanswered, {}).values()
    without_end = [song for song in looked if any(c.end is None for c in song.claims)]
    held = [song for song in looked if song.busy is None and song.doubts]
    sizes = [o.size for o in objects.listed(names.BLOBS) if names.parse_blob(o.path)]
    return Survey(
        runs=tuple(sorted(beats.alive(runs) & set(runs))),
        open=tuple(without_end),
        held=tuple(held),
        answers=len(answered),
        withheld=tuple(key for key, cost in costs.items() if isinstance(cost, Withheld)),
        unpriced=sum(cost is None for cost in costs.values()),
        blobs=len(sizes),
        blob_bytes=sum(sizes),
        cost_usd=sum(known),
    )


def _songs(objects: Objects) -> tuple[list[str], list[str]]:
    """Return the keys that have an answer, and those that have something else."""
    found: dict[str, bool] = defaultdict(bool)
    for listed in objects.listed(names.SONGS):
        name = names.parse_song(listed.path)
        if name is not None:
            found[name.key] |= name.note is None
    keys = sorted(found)
    return [key for key in keys if found[key]], [key for key in keys if not found[key]]


def _cost(answers: Answers, key: str) -> float | Withheld | None:
    try:
        answer = answers.read(key)
    except Withheld as error:
        return error
    return None if answer is None or answer.cost_usd is None else float(answer.cost_usd)
