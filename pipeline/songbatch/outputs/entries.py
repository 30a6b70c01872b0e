"""From what happened to the manifest's entries. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.model import AudioFormat
from songbatch.plan import cover_of, tag_version_of, tags_of
from songbatch.records import (
    RECORDED_INPUTS,
    Delivered,
    Entry,
    Manifest,
    Master,
    ReferenceEntry,
    is_same_song,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from songbatch.model import AudioInfo, EngineIdentity, Reference, Render, Track
    from songbatch.records import Receipt, ServiceFacts


class WrittenOutput(msgspec.Struct, frozen=True):
    """An output file as it was written: digest and size with tags, and what the audio is.

    `warnings` are how it differs from what was asked for, and what was odd about its answer.
    """

    sha256: str
    bytes: int
    info: AudioInfo
    warnings: tuple[str, ...]


class AttemptCounts(msgspec.Struct, frozen=True):
    """What the ledger counts for a key."""

    attempts: int = 0
    unknown_outcomes: int = 0


def done(
    render: Render,
    receipt: Receipt,
    written: WrittenOutput,
    before: Entry | None,
) -> Entry:
    """Return the entry of a render whose output was written.

    `before` is an earlier entry with its key. If its audio is the same, its account of how the
    audio came stands: rendering a repeatable engine's song again does not touch the manifest. The
    same is what has its bytes, or is the same song in those of another machine.
    """
    info = written.info
    entry = described(render, "done").but(
        sha256=written.sha256,
        bytes=written.bytes,
        seconds=round(info.seconds, 3),
        audio_sha256=receipt.audio_sha256,
        song_sha256=receipt.song_sha256,
        delivered=Delivered(info.format, info.sample_rate, info.bitrate, info.channels),
        warnings=written.warnings,
        trace_id=receipt.trace_id,
        attempts=receipt.attempts,
        unknown_outcomes=receipt.unknown_outcomes,
        cost_usd=receipt.cost_usd,
        rendered_at=receipt.at,
        **_said(render, receipt),
    )
    if before is None or not is_same_song(before, receipt):
        return entry
    return entry.but(
        audio_sha256=before.audio_sha256,
        song_sha256=before.song_sha256,
        warnings=before.warnings,
        trace_id=before.trace_id,
        attempts=before.attempts,
        unknown_outcomes=before.unknown_outcomes,
        cost_usd=before.cost_usd,
        rendered_at=before.rendered_at,
        **{name: getattr(before, name) for name in _FROM_THE_SERVICE},
    )


def as_recorded(entry: Entry, before: Entry | None) -> Entry:
    """Return the entry of an output, of which `before` may record what another encoder wrote.

    Where an encoder stands between the song and its output, that record stands: the output is made
    of equal samples, with an equal tag. Other engines' bytes are the songs themselves.
    """
    is_encoded = entry.song_sha256 is not None or entry.master is not None
    if not is_encoded or before is None or before.sha256 is None:
        return entry
    if any(getattr(entry, name) != getattr(before, name) for name in _OF_THE_OUTPUT):
        return entry
    return entry.but(
        sha256=before.sha256,
        bytes=before.bytes,
        seconds=before.seconds,
        delivered=before.delivered,
    )


_OF_THE_OUTPUT = (
    "id", "key", "audio", "audio_sha256", "tags", "cover", "tag_version", "measures",
)  # fmt: skip
"""What decides an output, but for its encoder."""


_FROM_THE_SERVICE = (
    "seed",
    "seed_honoured",
    "seed_asked",
    "seconds_asked",
    "model",
    "job",
    "cost_kind",
    "notes",
)


def _said(render: Render, receipt: Receipt) -> dict[str, Any]:
    """Return what the service said of a song, and its master, where it is one."""
    facts = receipt.facts
    # What is joined of parts is made as it is asked for.
    container = "" if render.parts else render.inputs.engine.master
    asked = render.inputs.seed if facts.seed_asked is None else facts.seed_asked
    is_another = facts.seed is not None and asked is not None and facts.seed != asked
    return {
        "seed": facts.seed if is_another else asked,
        "seed_honoured": False if is_another else None,
        "seed_asked": asked if is_another else None,
        "seconds_asked": facts.seconds_asked if render.inputs.duration is None else None,
        "model": facts.model,
        "job": facts.job,
        "master": Master(receipt.audio_sha256, AudioFormat(container)) if container else None,
        "cost_kind": facts.cost_kind,
        "notes": (*_filled_in(render, facts), *facts.notes),
    }


def _filled_in(render: Render, facts: ServiceFacts) -> Iterator[str]:
    """Yield what the service chose itself, as it would stand in the spec."""
    was_asked = {"duration"} if facts.seconds_asked is not None else set()
    for name, value in facts.filled_in.items():
        if name not in was_asked and getattr(render.inputs, name, None) is None:
            yield f"the service chose {name}: {value}"


def kept(render: Render, before: Entry) -> Entry:
    """Return the entry of a render that is up to date; its name may have changed."""
    now = {
        "id": render.id,
        "song": render.unresolved.song,
        "variant": render.unresolved.variant,
        "voice": render.inputs.voice,
        "instrumental": render.inputs.instrumental,
        "cover": cover_of(render),
    }
    is_same = all(getattr(before, name) == value for name, value in now.items())
    return before if is_same else before.but(**now)


def undone(render: Render, status: str, error: str, requests: AttemptCounts) -> Entry:
    """Return the entry of a render that is `failed` or `held`."""
    return described(render, status).but(
        error=error,
        attempts=requests.attempts,
        unknown_outcomes=requests.unknown_outcomes,
    )


def described(render: Render, status: str) -> Entry:
    """Return the entry of a render as far as its spec alone decides it."""
    named, inputs = render.unresolved, render.inputs
    return Entry(
        id=render.id,
        song=named.song,
        variant=named.variant,
        key=render.key,
        status=status,
        output=render.output,
        tags=tags_of(render),
        delivered=None,
        warnings=(),
        cover=cover_of(render),
        tag_version=tag_version_of(render),
        audio=named.audio,
        **{name: _number(getattr(inputs, name)) for name in RECORDED_INPUTS if name != "audio"},
    )


def _number(value: Any) -> Any:
    """Return a whole number as one: 8 of a spec and 8.0 of what was kept of it are the same."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def manifest(
    spec: str,
    engine: EngineIdentity,
    entries: Iterable[Entry],
    references: Mapping[str, Reference],
    tracks: Mapping[str, Track],
) -> Manifest:
    """Return the manifest of a spec: its entries sorted, and the references they use."""
    entries = in_order(entries)
    used = {use.reference for e in entries for use in (e.voice, e.instrumental) if use is not None}
    return Manifest(
        spec=spec,
        engine=engine,
        references={
            name: _reference(references[name], tracks[name])
            for name in sorted(used & tracks.keys())
        },
        renders=entries,
    )


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return entries as a manifest lists them: by song, variant and take."""
    return tuple(sorted(entries, key=_order))


def _order(entry: Entry) -> tuple[list[str], int]:
    names, _, _ = entry.id.rpartition("/")
    return names.split("/"), entry.take


def _reference(reference: Reference, track: Track) -> ReferenceEntry:
    return ReferenceEntry(
        source=reference.source,
        purpose=reference.purpose,
        sha256=track.sha256,
        bytes=track.bytes,
        seconds=round(track.whole or track.info.seconds, 3) if track.info else None,
        rights=reference.rights,
    )
