"""Predictions, as the service tells of them. Pure."""

from __future__ import annotations

import math
import re
from typing import Any

from songbatch.engines.base import Cancellation

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")

WAITING = frozenset({"starting", "processing", "queued"})
SUCCEEDED, FAILED = "succeeded", "failed"
CANCELED = frozenset({"canceled", "cancelled"})
ABORTED = "aborted"
"""Its deadline was met before it began: not billed."""


def is_id(value: object) -> bool:
    """Return whether a value can be the id of a prediction."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def metrics_of(prediction: dict[str, Any]) -> dict[str, float]:
    """Return what a prediction tells of its work: seconds, mostly."""
    told = prediction.get("metrics")
    return {
        str(name): float(value)
        for name, value in (told if isinstance(told, dict) else {}).items()
        if type(value) in {int, float} and math.isfinite(value) and value >= 0
    }


def has_output(prediction: dict[str, Any]) -> bool:
    """Return whether what a prediction gave is still there."""
    return prediction.get("output") is not None


def never_began(prediction: dict[str, Any]) -> bool:
    """Return whether it is sure that a prediction which has ended was never at work."""
    is_told = "started_at" in prediction and prediction["started_at"] is None
    return is_told and not metrics_of(prediction).get("predict_time")


def cancellation_of(prediction: dict[str, Any]) -> Cancellation:
    """Return what became of a prediction that was to be cancelled, by what it tells then."""
    status = prediction.get("status")
    if status == ABORTED or (status in CANCELED and never_began(prediction)):
        return Cancellation.DROPPED
    return Cancellation.OVER if status in {SUCCEEDED, FAILED} else Cancellation.ASKED


def is_of(prediction: dict[str, Any], endpoint: str, version: str) -> bool:
    """Return whether a prediction is of a model, by what it tells of that.

    Official models hide their version. Of one that tells neither it is not known.
    """
    theirs, model = prediction.get("version"), prediction.get("model")
    if version and isinstance(theirs, str) and theirs and theirs != "hidden":
        return theirs.rpartition(":")[2] == version
    return not isinstance(model, str) or not model or model == endpoint
