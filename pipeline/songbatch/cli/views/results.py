"""Results of commands, as their views receive them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from songbatch.batch.loading import Batch
    from songbatch.diagnostics import Diagnostic
    from songbatch.diff.report import DiffReport
    from songbatch.engines.entry import Access, EngineEntry
    from songbatch.engines.job_service.entry import ServiceListing
    from songbatch.engines.job_service.rows import ModelRow
    from songbatch.outputs.audio_files import AudioFiles
    from songbatch.outputs.verify import OutputProblem
    from songbatch.plan.moving import Losses, Stays
    from songbatch.plan.waves import Wave
    from songbatch.records import Manifest
    from songbatch.run.engine_plans import EnginePlan


@dataclass(frozen=True)
class CheckResult:
    """Specs that were loaded, with their diagnostics, and the project's folder."""

    batch: Batch
    root: Path


@dataclass(frozen=True)
class Move:
    """A move of songs to an engine; `was` is the one whose song came last, None without any."""

    to: EngineEntry
    was: str | None
    losses: Losses
    stays: Sequence[Stays]


@dataclass(frozen=True)
class PlanResult:
    """The plan of every engine; `jobs` as the user gave it, `is_all` to show what stays, too.

    `move` is told behind it, if the songs were rendered by another engine so far; `waves` are
    those of songs whose takes are asked for until enough are good.
    """

    engine_plans: Sequence[EnginePlan]
    jobs: int | None
    is_all: bool = False
    move: Move | None = None
    waves: Sequence[Wave] = ()


@dataclass(frozen=True)
class Prospect:
    """One engine of several that are compared.

    `engine_plan` is of the specs without `errors`, None if there are none, `left_out` are the
    renders of the others; `warnings` are those that the move does not tell of.
    """

    move: Move
    engine_plan: EnginePlan | None
    errors: Sequence[Diagnostic]
    left_out: int
    warnings: int


@dataclass(frozen=True)
class ComparisonResult:
    """What every engine would make of the same songs; `jobs` as the user gave it."""

    prospects: Sequence[Prospect]
    jobs: int | None


@dataclass(frozen=True)
class DiffResult:
    """What differs, and where its audio lies."""

    report: DiffReport
    audio_files: AudioFiles


@dataclass(frozen=True)
class VerifyResult:
    """A problem, or None, for each entry of every manifest; `below` is less than was asked for.

    `left_over` entries have no audio and are wanted by no spec; `fixes` are commands for the
    problems; `gone` are folders whose spec is not there any more, with what to do about each; `own`
    outputs are songs that the manifest has in the bytes of another machine.
    """

    verified: Sequence[tuple[Manifest, Sequence[OutputProblem | None]]]
    below: Sequence[OutputProblem]
    left_over: int = 0
    fixes: Sequence[str] = ()
    gone: Mapping[str, str] = field(default_factory=dict)
    own: int = 0

    @property
    def checked(self) -> int:
        """Number of entries."""
        return sum(len(problems) for _, problems in self.verified)

    @property
    def problems(self) -> list[OutputProblem]:
        """Every problem, in the order of the manifests."""
        return [one for _, problems in self.verified for one in problems if one is not None]


@dataclass(frozen=True)
class EngineListing:
    """An engine, and how it can be got at."""

    entry: EngineEntry
    access: Access
    row: ModelRow | None = None
    """The row of a service's table that it is made of."""


@dataclass(frozen=True)
class EnginesResult:
    """The engines and services, or the one that was named.

    `installed` are other engines, which are not loaded.
    """

    listed: Sequence[EngineListing]
    installed: Sequence[str]
    is_one: bool
    services: Sequence[ServiceListing] = ()
