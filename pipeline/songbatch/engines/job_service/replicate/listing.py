"""Recent predictions, among which a lost one is looked for; each input is read on its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from songbatch.engines.base import Absent, Job
from songbatch.engines.job_service.replicate.predictions import is_id, is_of
from songbatch.engines.job_service.requests_seen import (
    Window,
    input_of,
    is_same,
    may_be_same,
    time_of,
)
from songbatch.engines.rest.client import Sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.engines.job_service.dialect import LostRequest
    from songbatch.engines.job_service.replicate.calls import ReplicateCalls

_MOST_PAGES = 20
_MOST_LOOKS = 200


def find(calls: ReplicateCalls, lost: LostRequest) -> Job | Absent | None:
    """Return the only prediction of its times with its input that is not known.

    Absent if all of that time were looked at, and long enough after it; None if several are the
    same, or none is and some could not be looked at. Raises EngineError.
    """
    window, found, is_read = Window.around(lost.since, lost.until), [], True
    endpoint, version = lost.target.endpoint, lost.target.version
    for looks, listed in enumerate(_listed(calls, window)):
        if listed is None or looks == _MOST_LOOKS:
            return None
        name = listed.get("id")
        if not is_id(name) or name in lost.known or not is_of(listed, endpoint, version):
            continue
        whole = calls.table(Sent("GET", f"/predictions/{name}", calls.bounds))
        theirs = input_of(whole.get("input"))
        if theirs is None:
            is_read = False  # it is deleted an hour after the end
        elif not is_of(whole, endpoint, version):
            continue
        elif is_same(lost.body, theirs, lost.marker):
            found.append(str(name))
        elif may_be_same(lost.body, theirs):
            is_read = False
    if len(found) == 1:
        return Job(found[0], calls.access.poll_after)
    is_absent = is_read and not found and window.is_settled
    return Absent() if is_absent else None


def _listed(calls: ReplicateCalls, window: Window) -> Iterator[dict[str, Any] | None]:
    """Yield what is listed of that time, newest first; None at the end if there is still more."""
    query = {"created_after": window.start_text, "created_before": window.end_text}
    path = f"/predictions?{urlencode(query)}"
    for _ in range(_MOST_PAGES):
        page = calls.table(Sent("GET", path, calls.bounds))
        results = page.get("results")
        if not isinstance(results, list):
            yield None
            return
        for entry in results:
            listed = entry if isinstance(entry, dict) else {}
            at = time_of(listed.get("created_at"))
            if at is not None and at < window.start:
                return
            if window.may_have(listed.get("created_at")):
                yield listed
        following = page.get("next")
        if not following:
            return
        path = _path_of(following, calls.client.settings.base_url)
        if not path:
            break
    yield None


def _path_of(url: object, base_url: str) -> str:
    """Return path and query of the next page below the base, "" if it is elsewhere."""
    if not isinstance(url, str):
        return ""
    try:
        theirs, ours = urlsplit(url), urlsplit(base_url)
    except ValueError:
        return ""
    is_here = (theirs.scheme, theirs.netloc) == (ours.scheme, ours.netloc)
    is_list = theirs.path.removeprefix(ours.path).rstrip("/") == "/predictions"
    is_plain = url.isascii() and url.isprintable() and " " not in url
    return f"/predictions?{theirs.query}" if is_here and is_list and is_plain else ""
