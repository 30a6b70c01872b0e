"""Credits: which engine made a song, which recordings it follows, and their rights. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.album import CreditedReference
from songbatch.outputs.audio_names import recorded_audio
from songbatch.outputs.provenance import ai_note, source_type
from songbatch.records import Manifest

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from songbatch.model import EngineIdentity, ReferenceUse
    from songbatch.outputs.earlier import EarlierTake
    from songbatch.records import Entry, ReferenceEntry
    from songbatch.selects import Selects

Audio = tuple[str, str]
"""An engine, and the digest of what it made as it was received."""


class SongCredits(msgspec.Struct, frozen=True, kw_only=True):
    """What a song is made of. `artist` is "" if nobody is named.

    `ai_note` says that it was generated, and by what; `source_type` is the IPTC's address for how.
    """

    id: str
    title: str
    artist: str
    engine: str
    model: str
    is_picked: bool
    ai_note: str
    source_type: str
    references: tuple[CreditedReference, ...]

    @property
    def song(self) -> str:
        """The render's id without its take."""
        return self.id.rpartition("/")[0]


def credited(entry: Entry, manifest: Manifest) -> tuple[CreditedReference, ...]:
    """Return the recordings that a render follows, the voice first, each once.

    `manifest` is the one that lists the entry. What it says of a name counts only for the bytes
    that the render followed: a name may stand for another recording by now.
    """
    uses = (use for use in (entry.voice, entry.instrumental) if use is not None)
    return tuple(dict.fromkeys(_credited(use, manifest.references) for use in uses))


def song_credits(
    recorded: Sequence[Manifest], selects: Selects, earlier: Iterable[EarlierTake] = ()
) -> list[SongCredits]:
    """Return the credits of every song, in the order of the manifests: of its picked takes if
    there are any, else of all. `earlier` are picked takes that manifests list no more.
    """
    chosen = picked_audio(recorded, selects)
    every = [
        credits_of(entry, manifest, is_picked=_audio(entry, manifest.engine) in chosen)
        for manifest in recorded
        for entry in manifest
        if entry.done
    ]
    every += [_of_earlier(take, recorded) for take in earlier if take.entry is not None]
    picked = {one.song for one in every if one.is_picked}
    return [one for one in every if one.is_picked or one.song not in picked]


def picked_audio(recorded: Iterable[Manifest], selects: Selects) -> frozenset[Audio]:
    """Return what listeners chose, by the digests that the audio has in these manifests."""
    heard = selects.under({}, recorded_audio(recorded)).chosen
    return frozenset((one.engine, one.audio_sha256) for one in heard)


def picked_earlier(chosen: Collection[Audio], recorded: Iterable[Manifest]) -> frozenset[Audio]:
    """Return what of the audio that listeners chose no manifest lists any more."""
    now = {_audio(entry, manifest.engine) for manifest in recorded for entry in manifest}
    return frozenset(chosen) - now


def credits_of(entry: Entry, manifest: Manifest, *, is_picked: bool = False) -> SongCredits:
    """Return the credits of a render that a manifest lists."""
    inputs = entry.inputs(manifest.engine)
    return SongCredits(
        id=entry.id,
        title=entry.tags.get("title") or entry.song,
        artist=entry.tags.get("artist", ""),
        engine=manifest.engine.name,
        model=entry.model or manifest.engine.model,
        is_picked=is_picked,
        ai_note=ai_note(manifest.engine),
        source_type=source_type(inputs),
        references=credited(entry, manifest),
    )


def _of_earlier(take: EarlierTake, recorded: Iterable[Manifest]) -> SongCredits:
    """Return the credits of a take of which only its entry was kept, without references."""
    assert take.entry is not None  # noqa: S101  (the caller has looked)
    assert take.identity is not None  # noqa: S101  (kept together with the entry)
    known = {n: one for manifest in recorded for n, one in manifest.references.items()}
    former = Manifest(take.id.partition("/")[0], take.identity, known)
    made = credits_of(take.entry, former, is_picked=True)
    return replace(made, id=take.id)


def _audio(entry: Entry, engine: EngineIdentity) -> Audio:
    return engine.name, entry.audio_sha256 or ""


def _credited(use: ReferenceUse, listed: Mapping[str, ReferenceEntry]) -> CreditedReference:
    found = listed.get(use.reference)
    if found is None or found.sha256 != use.sha256:
        found = next(_same(use, listed), None)
    return CreditedReference(
        name=use.reference,
        purpose=use.purpose.value,
        source=found.source if found is not None else "",
        sha256=use.sha256,
        rights=found.rights if found is not None else None,
    )


def _same(use: ReferenceUse, listed: Mapping[str, ReferenceEntry]) -> Iterator[ReferenceEntry]:
    """Yield what is listed of the same recording under another name: it was renamed."""
    yield from (one for one in listed.values() if one.sha256 == use.sha256)
