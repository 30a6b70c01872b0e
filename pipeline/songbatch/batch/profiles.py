"""Profiles: judges those of songbatch.yaml, and demands that some spec has the wanted one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diagnostics import UsageError
from songbatch.documents.codes import make_diagnostic
from songbatch.documents.yaml_nodes import Scalar, Table, scalars
from songbatch.spec.layers import UNKNOWN, UnknownProfile
from songbatch.spec.settings import ENGINE, OPTIONS
from songbatch.traits import UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.project import ProjectSettings
    from songbatch.documents.yaml_nodes import Node
    from songbatch.engines.catalog import Engines
    from songbatch.spec.layers import Layer


def judged_profiles(project: ProjectSettings, engines: Engines) -> Iterator[Diagnostic]:
    """Yield what is wrong with engines that the profiles of songbatch.yaml name."""
    lookup = engines.lookup(None)
    for profile in project.profiles.values():
        named = scalars(profile).get(ENGINE)
        for code, node in [("engine.unknown", named), *_with_options(profile)]:
            if node is None:
                continue
            try:
                lookup.demand(node.text)
            except UnknownEngine as error:
                yield make_diagnostic(code, node.span, str(error), error.fix)


def _with_options(profile: Node) -> Iterator[tuple[str, Scalar]]:
    options = profile.get(OPTIONS) if isinstance(profile, Table) else None
    for entry in options.value if options and isinstance(options.value, Table) else ():
        yield "options.unknown", entry.key


def demand_profile(layer: Layer, diagnostics: Sequence[Sequence[Diagnostic]]) -> None:
    """Raise UsageError for a profile that no spec has: one slip, and not one for each spec."""
    lacking = [next((d for d in own if d.code == UNKNOWN), None) for own in diagnostics]
    first = next(iter(lacking), None)
    if first is not None and all(lacking):
        reason = f"there is no profile {layer.profile!r}"
        raise UsageError(reason, fix=first.fix) from UnknownProfile()
