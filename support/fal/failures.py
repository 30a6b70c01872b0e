"""Why a job failed, in the two forms that errors have: the model's and the platform's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

RETRYABLE = {500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Failure:
    """The status and body of a job's result; `error` and `error_type` are in its status."""

    status: int
    detail: Any
    error: str
    error_type: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        """What the result says."""
        is_of_model = isinstance(self.detail, list)
        return {"detail": self.detail} | ({} if is_of_model else {"error_type": self.error_type})

    @property
    def all_headers(self) -> dict[str, str]:
        """What the headers of the result say of it."""
        told = {
            "x-fal-error-type": self.error_type,
            "x-fal-retryable": str(self.status in RETRYABLE).lower(),
        }
        return told | dict(self.headers)


def problem(
    kind: str, message: str, at: str = "", value: Any = None, ctx: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return one entry of a model's `detail`, about the field `at`."""
    entry = {
        "loc": ["body", at] if at else ["body"],
        "msg": message,
        "type": kind,
        "url": f"https://docs.fal.ai/errors#{kind}",
        "input": value,
    }
    return entry | ({"ctx": dict(ctx)} if ctx else {})


def invalid(problems: Sequence[Mapping[str, Any]]) -> Failure:
    """Return the failure of a job whose input has these problems."""
    said = "; ".join(f"{p['loc'][-1]}: {p['msg']}" for p in problems)
    return Failure(422, list(problems), said, problems[0]["type"])


def model_failure(status: int, kind: str, message: str, at: str = "") -> Failure:
    """Return a failure that the model reports."""
    return Failure(status, [problem(kind, message, at)], message, kind)


def platform_failure(
    status: int, error_type: str, detail: str, headers: Mapping[str, str] | None = None
) -> Failure:
    """Return a failure that the platform reports."""
    return Failure(status, detail, detail, error_type, headers or {})


def lock_text(reason: str) -> str:
    """Return what a locked account is told."""
    return f"User is locked. Reason: {reason}. Top up your balance at fal.ai/dashboard/billing."
