"""Kinds of failure that a server of jobs can answer with, and what each means at every step.

What a failure means is one row here; what follows from a meaning is in the tables of
`test_job_fault_matrix.py`. Together they are the promise of docs/reliability.md.
"""

from __future__ import annotations

from dataclasses import dataclass

from support.acestep import sound
from support.acestep.troubles import (
    EMPTY_FILE,
    FILE_FORBIDDEN,
    FILE_GONE,
    FROM_MEMORY,
    NO_LANGUAGE_MODEL,
    NO_REASON,
    OUT_OF_MEMORY,
    TRACEBACK,
    Mishap,
    Trouble,
)


@dataclass(frozen=True, slots=True)
class Row:
    """An answer that goes wrong, and what it means when a song is asked for, at a poll, and when
    it is fetched; `fine` where it is understood all the same.
    """

    name: str
    mishap: Mishap
    submit: str
    poll: str
    collect: str


def http(status: int, submit: str, poll: str, collect: str) -> Row:
    return Row(f"http-{status}", Mishap.http(status), submit, poll, collect)


def page(status: int) -> Row:
    """A gateway's page: what is behind it may have done as it was asked."""
    return Row(f"page-{status}", Mishap.gateway(status), "unknown", "line", "retry")


def band(code: int, submit: str, poll: str, collect: str) -> Row:
    return Row(f"band-{code}", Mishap.in_band(code), submit, poll, collect)


def body(name: str, text: bytes, poll: str = "line", content_type: str = "application/json") -> Row:
    """A success that is not the contract's."""
    answer = Mishap.raw(text, content_type=content_type)
    return Row(name, answer, "unknown", poll, "retry")


def elsewhere(status: int) -> Row:
    there = Mishap.redirect(status, "http://127.0.0.1:9/elsewhere")
    return Row(f"http-{status}", there, "stop", "stop", "stop")


DEEP = b'{"data": ' + 100_000 * b"["
ROWS = [
    Row("http-101", Mishap.raw(b"", 101), "unknown", "line", "retry"),
    *map(elsewhere, (301, 302, 307, 308)),
    http(400, "rejected", "line", "rejected"),
    http(401, "stop", "stop", "stop"),
    http(402, "rejected", "line", "rejected"),
    http(403, "stop", "stop", "lost"),
    http(404, "stop", "stop", "lost"),
    http(405, "stop", "stop", "stop"),
    http(407, "stop", "stop", "stop"),
    http(408, "retry", "line", "retry"),
    http(409, "rejected", "line", "rejected"),
    http(410, "rejected", "line", "lost"),
    http(413, "rejected", "line", "rejected"),
    http(415, "rejected", "line", "rejected"),
    http(422, "rejected", "line", "rejected"),
    http(425, "retry", "line", "retry"),
    http(429, "slow_down", "line", "slow_down"),
    http(500, "retry", "line", "retry"),
    http(501, "retry", "line", "retry"),
    http(502, "retry", "line", "retry"),
    http(503, "retry", "line", "retry"),
    http(504, "retry", "line", "retry"),
    *map(page, (500, 502, 503, 504, 520, 524, 598)),
    Row(
        "gateways-json",
        Mishap.raw(b'{"message": "Endpoint request timed out"}', 504),
        "unknown",
        "line",
        "retry",
    ),
    http(999, "unknown", "line", "retry"),
    band(400, "rejected", "line", "rejected"),
    band(401, "stop", "stop", "stop"),
    band(404, "stop", "stop", "lost"),
    band(429, "slow_down", "line", "slow_down"),
    band(500, "retry", "line", "retry"),
    band(503, "retry", "line", "retry"),
    body("success-page", b"<html>hello</html>", content_type="text/html"),
    Row("http-204", Mishap.raw(b"", 204), "unknown", "line", "retry"),
    body("empty", b""),
    body("half-json", b'{"data": {"task_id": "5f0'),
    body("null", b"null"),
    body("text", b'"hello"'),
    body("object", b"{}"),
    body("deep", DEEP),
    body("text-for-code", b'{"data": null, "code": "500", "error": "no"}'),
    body("id-is-number", b'{"data": {"task_id": 7}, "code": 200}'),
    body("id-is-empty", b'{"data": {"task_id": ""}, "code": 200}'),
    body("id-has-lines", b'{"data": {"task_id": "a\\nb"}, "code": 200}'),
    body("list", b"[]", poll="fine"),
    body("odd-list", b'{"data": [null, 7, {"task_id": 7}], "code": 200}', poll="fine"),
    Row("lost-before", Mishap.lost_before(), "unknown", "line", "retry"),
    Row("lost-after", Mishap.lost_after(), "unknown", "line", "retry"),
    Row("reset", Mishap.reset(), "unknown", "line", "retry"),
    Row("reset-before", Mishap.reset(carried_out=False), "unknown", "line", "retry"),
    Row("no-http", Mishap.no_http(), "unknown", "line", "retry"),
    Row("cut", Mishap.cut_off(), "unknown", "line", "retry"),
    Row("cut-at-once", Mishap.cut_off(0.0), "unknown", "line", "retry"),
    Row("cut-at-end", Mishap.cut_off(0.99), "unknown", "line", "retry"),
    Row("late", Mishap.late(0.2), "fine", "fine", "fine"),
    Row("halting", Mishap.halting(0.2), "fine", "fine", "fine"),
    Row("wrong-type", Mishap.called("text/html"), "fine", "fine", "fine"),
    Row("no-type", Mishap.called("x"), "fine", "fine", "fine"),
]


@dataclass(frozen=True, slots=True)
class JobRow:
    """What can become of a job, and what that means."""

    name: str
    trouble: Trouble
    meaning: str


def content(name: str, data: bytes, meaning: str) -> JobRow:
    return JobRow(name, Trouble(name, content=data), meaning)


JOB_ROWS = [
    JobRow("failed", NO_REASON, "failed"),
    JobRow("failed-traceback", TRACEBACK, "failed"),
    JobRow("failed-memory", OUT_OF_MEMORY, "impossible"),
    JobRow("failed-model", NO_LANGUAGE_MODEL, "impossible"),
    JobRow("no-file", EMPTY_FILE, "worthless"),
    JobRow("half-result", Trouble.malformed(), "worthless"),
    JobRow("null-result", Trouble.malformed("null"), "worthless"),
    JobRow("odd-result", Trouble.malformed('[1, "song"]'), "worthless"),
    JobRow("empty-result", Trouble.malformed("[]"), "worthless"),
    JobRow("odd-status", Trouble("odd status", status=3), "worthless"),
    JobRow("vanished", Trouble("vanished", vanishes=True), "lost"),
    JobRow("file-gone", FILE_GONE, "lost"),
    JobRow("file-forbidden", FILE_FORBIDDEN, "lost"),
    JobRow("file-elsewhere", Trouble("elsewhere", file="elsewhere"), "lost"),
    content("other-container", sound.song("mp3", 10.0, "other"), "rejected"),
    content("empty-song", b"", "retry"),
    content("page-song", b"<html>hello</html>", "retry"),
    content("json-song", b'{"detail": "gone"}', "retry"),
    content("no-audio", b"RIFF....WAVE, and nothing else", "unusable"),
    JobRow("from-memory", FROM_MEMORY, "fine"),
]
