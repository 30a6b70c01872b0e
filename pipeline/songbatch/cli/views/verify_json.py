"""Problems of outputs for programs: one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.diagnostics import printable_json

if TYPE_CHECKING:
    from songbatch.cli.views.results import VerifyResult


def verify_json(result: VerifyResult) -> str:
    """Return how many outputs were checked, the problems, and what is below what was asked for."""
    fields = {
        "checked": result.checked,
        "findings": result.problems,
        "below": result.below,
        "left_over": result.left_over,
        "gone": list(result.gone),
        "own_encodings": result.own,
    }
    return printable_json(msgspec.to_builtins(fields))
