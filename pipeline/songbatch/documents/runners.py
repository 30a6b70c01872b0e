"""`runners.yaml`: where a user has songs made, besides this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from songbatch.documents.schema import judge
from songbatch.documents.veil import veiled
from songbatch.documents.yaml_nodes import Table, plain
from songbatch.documents.yaml_reader import read

if TYPE_CHECKING:
    from songbatch.diagnostics import Diagnostic
    from songbatch.sources import Source

RunnerKind = Literal["dask", "slurm", "kubernetes", "ssh"]
KINDS: tuple[RunnerKind, ...] = ("dask", "slurm", "kubernetes", "ssh")


class ClusterRunner(msgspec.Struct, frozen=True):
    """One place. `given` is what stands under its kind, for whoever starts it.

    Between `least` and `most` workers, each with so many `slots`.
    """

    name: str
    kind: RunnerKind
    given: str | Sequence[str] | Mapping[str, Any]
    least: int = 1
    most: int = 1
    slots: int = 1


def load_runners(source: Source) -> tuple[dict[str, ClusterRunner], list[Diagnostic]]:
    """Return the runners of a file by name, and what is wrong with it."""
    document, diagnostics = read(source)
    if document is None:
        return {}, veiled(source, None, diagnostics)
    sound, more = judge(document, "runners")
    found = veiled(source, document, diagnostics + more)
    if found or not isinstance(sound, Table):
        return {}, found
    told = cast("dict[str, Any]", plain(sound)).get("runners", {})
    return {name: _runner(name, one) for name, one in told.items()}, found


def _runner(name: str, told: Mapping[str, Any]) -> ClusterRunner:
    kind = next(kind for kind in KINDS if kind in told)
    workers = told.get("workers", 1)
    bounds = workers if isinstance(workers, Mapping) else {"min": workers, "max": workers}
    least, most = bounds["min"], max(bounds["min"], bounds["max"])
    return ClusterRunner(name, kind, told[kind], least, most, told.get("slots", 1))
