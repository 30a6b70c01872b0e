"""Phrases that every view of a diff shares. Nothing here is escaped for any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.diff.compare import Fate, Kind
from songbatch.formatting import count, duration, enumerated, money, plain_value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from songbatch.diff.choices import ChosenChange, PickedTake
    from songbatch.diff.compare import Difference, LinePair
    from songbatch.diff.cost import DiffTotals
    from songbatch.model import Change

SHORT = 12
"""Characters of a digest that people are shown."""
_NAMES = {"id": "name", "output": "output name", "lang": "language"}


class Detail(msgspec.Struct, frozen=True):
    """A fact that changed, as text."""

    name: str
    was: str
    now: str


def what(difference: Difference) -> str:
    """Return what changed, and what that means for the audio: `lyrics changed; to render`."""
    names = [_NAMES.get(change.field, change.field) for change in difference.changes]
    changed = f"{enumerated(names)} changed" if names else ""
    return "; ".join(filter(None, [changed, _fate(difference)]))


def _fate(difference: Difference) -> str:
    fate, was, now = difference.fate, difference.was, difference.now
    if now is None:
        return ""
    if fate is Fate.PLANNED and was is not None and not difference.changes:
        return "no manifest records it any more; to render"
    if fate is not Fate.RENDERED or now.audio_sha256 is None:
        return fate.value
    new = now.audio_sha256[:SHORT]
    if was is None or was.audio_sha256 is None:
        return f"rendered, audio {new}"
    again = "" if was.key != now.key else " again"
    return f"rendered{again}, audio {was.audio_sha256[:SHORT]} -> {new}"


def error(difference: Difference) -> str:
    """Return why the newer render has no audio, as text that may be anybody's; "" if it has."""
    return (difference.now.error or "") if difference.now else ""


def details(difference: Difference) -> Iterator[Detail]:
    """Yield what changed but the lyrics, a part at a time.

    The parts of a song are differences of their own.
    """
    for change in difference.changes:
        if change.field not in {"lyrics", "parts"}:
            yield from _parts(change)


def _parts(change: Change) -> Iterator[Detail]:
    name, was, now = _NAMES.get(change.field, change.field), change.was, change.now
    if not (isinstance(was, dict) and isinstance(now, dict)):
        yield Detail(name, _said(was), _said(now))
        return
    for part in {**was, **now}:
        if was.get(part) != now.get(part):
            yield Detail(f"{name} {part}", _said(was.get(part)), _said(now.get(part)))


def _said(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(part)}" for key, part in value.items())
    text = plain_value(value)
    is_digest = len(text) == 64 and text.isalnum()
    return text[:SHORT] if is_digest else text


def chosen(change: ChosenChange) -> str:
    """Return which takes were chosen, which are, and what listeners say of those."""
    if change.is_same_audio:
        return " -> ".join(
            enumerated([_by(one) for one in side]) for side in (change.was, change.now)
        )
    same = {take.take for take in change.was} & {take.take for take in change.now}
    engines = {take.engine for take in (*change.was, *change.now)}
    was, now = (
        [_take(take, same, several=len(engines) > 1) for take in takes]
        for takes in (change.was, change.now)
    )
    judged = [f"{take} ({_verdict(one)})" for take, one in zip(now, change.now, strict=True)]
    return f"{enumerated(was) or 'none'} -> {enumerated(judged) or 'none'}"


def _by(take: PickedTake) -> str:
    return f"take {take.take} by {enumerated(take.listeners)}"


def _take(take: PickedTake, same: Collection[str], *, several: bool) -> str:
    engine = f" on {take.engine}" if several else ""
    audio = f", audio {take.audio_sha256[:SHORT]}" if take.take in same else ""
    return f"take {take.take}{engine}{audio}"


def _verdict(take: PickedTake) -> str:
    stars = [count(stars, "star") for stars in take.ratings]
    notes = [f'"{note}"' for note in take.notes]
    return "; ".join([", ".join(take.listeners), *stars, *notes])


def tally(totals: DiffTotals, chosen: int = 0) -> str:
    """Return how many renders differ, and of how many songs other takes are chosen."""
    counts = [f"{totals.kinds[kind]:,} {kind}" for kind in Kind if totals.kinds.get(kind)]
    same = f"{totals.same:,} as before"
    if chosen:
        counts.append(f"{count(chosen, 'song')} with another choice")
        same = f"{totals.same:,} renders as before"
    if not counts:
        return f"Nothing differs: {count(totals.same, 'render')} as before."
    return f"{', '.join([*counts, same])}."


def costs(totals: DiffTotals, *, is_recorded: bool) -> str:
    """Return what was rendered in between, and what is still to be rendered, with prices."""
    parts = []
    if totals.rendered:
        parts.append(f"{totals.rendered:,} rendered in between, for {money(totals.paid_usd)}.")
    if totals.to_render:
        about = f"about {duration(totals.seconds)}, {money(totals.cost_usd)}"
        parts.append(f"{totals.to_render:,} to render: {about}.")
    elif totals.kinds and not is_recorded:
        parts.append("Nothing to render.")
    return " ".join(parts)


class Edits:
    """The edits that were shown: one that several songs share need not be shown again."""

    def __init__(self) -> None:
        self._shown: dict[tuple[LinePair, ...], str] = {}

    def first_with(self, rows: Iterable[LinePair], render_id: str) -> str:
        """Return the first render with the same changed lines, which may be this one."""
        edit = tuple(row for row in rows if not row.is_same)
        return self._shown.setdefault(edit, render_id)
