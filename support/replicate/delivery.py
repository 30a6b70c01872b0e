"""The host of outputs: public, in ranges, and nothing for those who show a key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from support.replicate import sound
from support.replicate.connections import Connection
from support.replicate.intake import words

if TYPE_CHECKING:
    from support.replicate.predictions import Prediction

PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Download:
    """A request for an output: `range_asked` and `authorization` are headers, "" if absent."""

    path: str
    prediction_id: str
    authorization: str
    range_asked: str
    status: int
    """0 if its answer was lost."""


class DeliveryConnection(Connection):
    """One connection to the host of outputs, where it has a port of its own."""

    def respond(self) -> None:
        deliver(self)


def deliver(connection: Connection) -> None:
    """Answer a request for an output."""
    replicate, path = connection.replicate, connection.address.path
    prediction = replicate.at_path(path)
    said = words(prediction.input) if prediction is not None else ""
    connection.act(
        "download",
        said,
        lambda: _deliver(connection, prediction),
        lambda status: _note(connection, prediction, status),
    )


def _note(connection: Connection, prediction: Prediction | None, status: int) -> None:
    replicate = connection.replicate
    download = Download(
        connection.address.path,
        prediction.id if prediction is not None else "",
        connection.authorization,
        str(connection.headers.get("Range", "")),
        connection.seen(status),
    )
    with replicate.changed:
        replicate.downloads.append(download)
        if prediction is not None:
            prediction.downloads += 1
        replicate.changed.notify_all()


def _deliver(connection: Connection, prediction: Prediction | None) -> None:
    refusal = _refusal(connection, prediction)
    if refusal is not None or prediction is None:
        status, sentence = refusal or (404, "Not found")
        _note(connection, prediction, status)
        connection.send(status, PLAIN, sentence.encode())
        return
    content = prediction.song()
    kind = sound.CONTENT_TYPES[prediction.container]
    status, first, last = 200, 0, len(content) - 1
    headers = [("Cache-Control", "public, max-age=3600")]
    if connection.replicate.ranges:
        headers.append(("Accept-Ranges", "bytes"))
        status, first, last = _range(str(connection.headers.get("Range", "")), len(content))
    _note(connection, prediction, status)
    if status == 416:
        connection.send(416, PLAIN, b"", [("Content-Range", f"bytes */{len(content)}")])
        return
    if status == 206:
        headers.append(("Content-Range", f"bytes {first}-{last}/{len(content)}"))
    connection.send(status, kind, content[first : last + 1], headers)


def _refusal(connection: Connection, prediction: Prediction | None) -> tuple[int, str] | None:
    if connection.command not in {"GET", "HEAD"}:
        return 405, "Method not allowed"
    if connection.authorization and connection.replicate.delivery_refuses_keys:
        return 403, "This host takes no Authorization"
    if prediction is None or not prediction.has_output:
        return 404, "Not found"
    kind = prediction.trouble.file if prediction.trouble is not None else "right"
    return {"gone": (404, "Not found"), "forbidden": (403, "Access denied")}.get(kind)


def _range(asked: str, size: int) -> tuple[int, int, int]:
    """Return the status, and the first and the last byte, for a header that may be empty."""
    match = re.fullmatch(r"bytes=(\d*)-(\d*)", asked)
    if match is None or match[0] == "bytes=-":
        return 200, 0, size - 1
    if not match[1]:
        return 206, max(0, size - int(match[2])), size - 1
    first = int(match[1])
    last = min(int(match[2] or size - 1), size - 1)
    return (206, first, last) if first <= last else (416, 0, 0)
