"""Refusals with the field that they are about, and how the row is corrected. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from songbatch.engines.base import EngineError
    from songbatch.engines.job_service.corrections import Correction
    from songbatch.engines.rest.redaction import Redactor


def explained(error: EngineError, found: Correction | None, redactor: Redactor) -> EngineError:
    """Return a refusal with what was found of its cause; as it is if that is nothing."""
    if found is None:
        return error
    return error.but(
        redactor.without_key(f"the service refuses the request: {found.text}"),
        fix=redactor.without_key(found.fix),
    )
