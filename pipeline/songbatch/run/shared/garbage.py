"""Garbage of a shared store: all that its project does not need, if it is old enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.outputs.garbage import pinned_digests, wanted_keys
from songbatch.sharing.garbage import Keep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from songbatch.batch.loading import Batch
    from songbatch.records import Manifest


def needed(batch: Batch, manifests: Iterable[Manifest]) -> Keep:
    """Return what the specs and manifests name, and what listeners said something of.

    `batch` is of every spec of the project, `manifests` those of any branch or tag.
    """
    keys, digests = wanted_keys(batch), pinned_digests(batch)
    for manifest in manifests:
        keys |= {entry.key for entry in manifest}
        digests |= {entry.audio_sha256 for entry in manifest if entry.audio_sha256}
        digests |= {reference.sha256 for reference in manifest.references.values()}
    return Keep(frozenset(keys), frozenset(digests))
