"""Garbage for people: which songs, of what size and price, and why they are not needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.formatting import clock, count, money, size

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from songbatch.outputs.earlier import EarlierTake
    from songbatch.store.blobs import Blob

DIGITS = 16
_CAUSES = ("in no spec any more", "replaced by other audio", "of no song that is known")


def garbage_lines(
    blobs: Sequence[Blob], songs: Mapping[str, EarlierTake], variants: Collection[str]
) -> Iterator[str]:
    """Yield each cause with a count and a size, and below it what is not needed for it.

    `songs` are what is known of the blobs, by digest; `variants` what the specs have.
    """
    by_cause: dict[str, list[Blob]] = {cause: [] for cause in _CAUSES}
    for blob in blobs:
        by_cause[_cause(songs.get(blob.sha256), variants)].append(blob)
    for cause, found in by_cause.items():
        if found:
            yield f"{cause}: {len(found):,}, {size(sum(blob.bytes for blob in found))}"
        yield from sorted(_line(blob, songs.get(blob.sha256)) for blob in found)


def _cause(song: EarlierTake | None, variants: Collection[str]) -> str:
    gone, replaced, unknown = _CAUSES
    if song is None:
        return unknown
    return replaced if song.variant in variants else gone


def _line(blob: Blob, song: EarlierTake | None) -> str:
    digest = blob.sha256[:DIGITS]
    if song is None:
        return f"  {digest}  {size(blob.bytes)}"
    facts = [
        f"{song.id} on {song.engine}" if song.engine else song.id,
        clock(song.seconds),
        "" if song.cost_usd is None else money(song.cost_usd),
        f"received {song.at}" if song.at else "",
        size(blob.bytes),
    ]
    return f"  {digest}  {', '.join(fact for fact in facts if fact)}"


def paid_usd(blobs: Sequence[Blob], songs: Mapping[str, EarlierTake]) -> list[float]:
    """Return what each song among the blobs has cost that cost anything, in US dollars."""
    costs = (songs[blob.sha256].cost_usd for blob in blobs if blob.sha256 in songs)
    return [usd for usd in costs if usd]


def totals(
    verb: str, blobs: Sequence[Blob], songs: Mapping[str, EarlierTake], noun: str = "blob"
) -> str:
    """Return how much it is, and what making the songs again would cost."""
    total = size(sum(blob.bytes for blob in blobs))
    paid = paid_usd(blobs, songs)
    again = f" Making the songs again would cost {money(sum(paid))}." if paid else ""
    return f"{verb} {count(len(blobs), noun)}, {total}.{again}"
