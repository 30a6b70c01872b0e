"""Credits: the recordings that a render follows, with their rights. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.album import CreditedReference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.model import ReferenceUse
    from songbatch.records import Entry, Manifest, ReferenceEntry


def credited(entry: Entry, manifest: Manifest) -> tuple[CreditedReference, ...]:
    """Return the recordings that a render follows, the voice first, each once.

    `manifest` is the one that lists the entry. What it says of a name counts only for the bytes
    that the render followed: a name may stand for another recording by now.
    """
    uses = (use for use in (entry.voice, entry.instrumental) if use is not None)
    return tuple(dict.fromkeys(_credited(use, manifest) for use in uses))


def _credited(use: ReferenceUse, manifest: Manifest) -> CreditedReference:
    listed = manifest.references.get(use.reference)
    if listed is None or listed.sha256 != use.sha256:
        listed = next(_others(use, manifest), None)
    return CreditedReference(
        name=use.reference,
        purpose=use.purpose.value,
        source=listed.source if listed is not None else "",
        sha256=use.sha256,
        rights=listed.rights if listed is not None else None,
    )


def _others(use: ReferenceUse, manifest: Manifest) -> Iterator[ReferenceEntry]:
    """Yield references of other names that are the same recording: one that was renamed."""
    yield from (one for one in manifest.references.values() if one.sha256 == use.sha256)
