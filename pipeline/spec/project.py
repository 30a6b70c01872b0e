"""`songbatch.yaml` → what a project knows better about its engines than the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.model import EngineSettings
from pipeline.spec.schema import judge
from pipeline.spec.settings import scalars
from pipeline.spec.yaml_nodes import Scalar, Table
from pipeline.spec.yaml_reader import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.diagnostics import Diagnostic, Source


def load_project(source: Source) -> tuple[dict[str, EngineSettings], list[Diagnostic]]:
    """Return the settings of a project by engine, and what is wrong with them."""
    document, said = read(source)
    if document is None:
        return {}, said
    document, more = judge(document, "project")
    found = document.get("engines") if isinstance(document, Table) else None
    engines = found.value if found is not None else None
    if not isinstance(engines, Table):
        return {}, said + more
    settings = {entry.name: _engine(scalars(entry.value)) for entry in engines}
    return settings, said + more


def _engine(parts: Mapping[str, Scalar]) -> EngineSettings:
    jobs = _number(parts, "jobs")
    return EngineSettings(
        _number(parts, "usd_per_render"),
        _number(parts, "seconds_per_render"),
        None if jobs is None else int(jobs),
    )


def _number(parts: Mapping[str, Scalar], key: str) -> float | None:
    value = parts[key].value if key in parts else None
    return float(value) if isinstance(value, int | float) else None
