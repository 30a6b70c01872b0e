"""Health of a job service: what `songbatch doctor` tells. Sends nothing that makes a song."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.health import HealthItem, failed, warning

if TYPE_CHECKING:
    from songbatch.engines.job_service.dialect import Dialect
    from songbatch.engines.job_service.rows import ModelRow
    from songbatch.engines.job_service.settings import JobServiceSettings
    from songbatch.model import EngineIdentity


def health(
    dialect: Dialect, model: ModelRow, settings: JobServiceSettings, identity: EngineIdentity
) -> list[HealthItem]:
    """Return what is found of settings, key, price, model and clock."""
    wrong = [failed("settings", problem, fix) for problem, fix in settings.problems()]
    if wrong:
        return wrong
    found = [warning("settings", text, "use https") for text in settings.warnings()]
    if model.doubtful:
        found.append(warning("row", f"the model may be gone: {model.doubtful}"))
    return [*found, *dialect.health(model, identity)]
