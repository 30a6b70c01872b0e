"""Table of the service's failures: what each means at which moment, and the sentences. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from songbatch.engines.base import Verdict
from songbatch.engines.job_service.verdicts import AGAIN, FLAGGED, is_flagged, judged_account

if TYPE_CHECKING:
    from songbatch.engines.job_service.verdicts import Judged

_NO_VERSION = re.compile(r"invalid version|not permitted|version does not exist", re.IGNORECASE)
_ONCE_MORE = re.compile(
    r"out of memory|\bOOM\b|timed? ?out|interrupted|please retry|\bcode: PA\b", re.IGNORECASE
)
_FILE = re.compile(r"\bfiles?\b|url|audio", re.IGNORECASE)
_GONE_FILE = re.compile(
    r"\b(?:404|403|410|not found|does not exist|no longer|expired|gone)\b", re.IGNORECASE
)
_OWN_FIELDS = frozenset({"title", "detail", "status"})

GONE = (
    "the service has the song no more: it deletes what predictions gave after an hour",
    "run songbatch sooner after a run that was cut off",
)


CANCELLED_BEFORE = "the song was cancelled at the service before it began, which bills nothing"
CANCELLED_AT_WORK = "the song was cancelled at the service after it began: what ran may be billed"


def is_own(value: Any) -> bool:
    """Return whether a body has the form of the service's own errors."""
    return isinstance(value, dict) and not _OWN_FIELDS.isdisjoint(value)


def judged_submit(status: int, value: Any, reason: str, model: str, key_name: str) -> Judged:
    """Return the verdict on an answer to a submit for a `model`."""
    if account := judged_account(status, reason, key_name):
        return account
    if status == 404 or (status == 422 and _NO_VERSION.search(reason)):
        return (
            Verdict.STOP,
            f"the service has no model {model}, or not this version: it may be gone",
            "choose another model (`songbatch engines replicate` lists them), or correct the "
            "model's endpoint and version in songbatch.yaml",
        )
    if status == 429:
        return Verdict.SLOW_DOWN, "the service takes no more requests for now", ""
    if status in {408, 425}:
        return Verdict.RETRY, AGAIN, ""
    if 400 <= status < 500:
        return _judged_contents(reason)
    # What is not in the service's own form may come from a gateway that has passed the request on.
    return (Verdict.RETRY if is_own(value) else Verdict.UNKNOWN), AGAIN, ""


def judged_look(status: int, value: Any, reason: str, key_name: str) -> Judged:
    """Return the verdict on an answer to a question about a prediction.

    That of one that is gone is `lost`; all others are of the line.
    """
    if account := judged_account(status, reason, key_name):
        return account
    if status == 429:
        return Verdict.SLOW_DOWN, "the service takes no more questions for now", ""
    if status in {404, 410} and is_own(value):
        return Verdict.LOST, *GONE
    return Verdict.RETRY, AGAIN, ""


def _judged_contents(reason: str) -> Judged:
    if is_flagged(reason):
        return FLAGGED
    return _judged_file(reason) or (Verdict.REJECTED, "the service refuses the request", "")


def _judged_file(reason: str) -> Judged | None:
    """Return the verdict where a file that a request names is gone; else None."""
    if _FILE.search(reason) and _GONE_FILE.search(reason):
        return Verdict.REUPLOAD, "the service cannot fetch the reference", ""
    return None


def judged_failure(reason: str) -> tuple[Judged, int | None]:
    """Return the verdict on a prediction that failed, and how often such a one is repeated at most.

    It may have been billed by the seconds of its hardware, so that only what is known to pass is
    asked for again.
    """
    if is_flagged(reason):
        return FLAGGED, None
    if gone := _judged_file(reason):
        return gone, None
    if _ONCE_MORE.search(reason):
        return (Verdict.RETRY, "the song failed at the service", ""), 1
    fix = "run again to ask for it once more: whether a failed one was billed, the service says"
    return (Verdict.REJECTED, "the song failed at the service", fix), None
