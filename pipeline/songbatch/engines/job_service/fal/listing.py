"""Recent requests of an endpoint, among which a lost one is looked for.

Whether unfinished ones are listed, and payloads kept, is not known: nothing found says nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from songbatch.engines.base import Job
from songbatch.engines.job_service.fal.job_paths import is_id, path_of
from songbatch.engines.job_service.requests_seen import Window, input_of, is_same
from songbatch.engines.job_service.services import PLATFORM
from songbatch.engines.rest.client import Sent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.engines.job_service.dialect import LostRequest
    from songbatch.engines.job_service.fal.calls import FalCalls

_PATH = "/v1/models/requests/by-endpoint"
_MOST_PAGES = 20


def find(calls: FalCalls, lost: LostRequest) -> Job | None:
    """Return the only request of its times with its input that is not known.

    None if there are none or several, or more than can be looked through. Raises EngineError.
    """
    window = Window.around(lost.since, lost.until)
    names = {job_id.rpartition("/")[2] for job_id in lost.known}
    found: set[str] = set()
    for item in _listed(calls, lost.target.endpoint, window):
        if item is None:
            return None
        name = item.get("request_id")
        if not is_id(name) or name in names or not window.may_have(item.get("sent_at")):
            continue
        theirs = input_of(item.get("json_input"))
        if theirs is not None and is_same(lost.body, theirs, lost.marker):
            found.add(str(name))
    if len(found) != 1:
        return None
    return Job(path_of(lost.target.endpoint, found.pop()), calls.access.poll_after)


def _listed(calls: FalCalls, endpoint: str, window: Window) -> Iterator[Mapping[str, Any] | None]:
    """Yield the requests of an endpoint, page by page; None at the end if there are still more."""
    query = {
        "endpoint_id": endpoint,
        "start": window.start_text,
        "expand": "payloads",
        "limit": "100",
    }
    for _ in range(_MOST_PAGES):
        value = calls.value(PLATFORM, Sent("GET", f"{_PATH}?{urlencode(query)}", calls.bounds))
        page = value if isinstance(value, dict) else {}
        items = page.get("items")
        yield from (item for item in items or [] if isinstance(item, dict))
        cursor = page.get("next_cursor")
        if not cursor or not page.get("has_more", True):
            return
        query["cursor"] = str(cursor)
    yield None
