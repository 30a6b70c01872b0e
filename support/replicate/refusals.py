"""What the API refuses, in its form of an error."""

from __future__ import annotations

from typing import Any


class Refusal(Exception):
    """An answer with a status of 400 or more, and why."""

    def __init__(self, status: int, title: str, detail: str, **more: Any) -> None:
        super().__init__(title)
        self.status = status
        self.answer = {"title": title, "detail": detail, "status": status} | more


def not_found(what: str = "resource") -> Refusal:
    return Refusal(404, "Not found", f"There is no such {what}")


def invalid_version() -> Refusal:
    detail = "There is no such version, or it is not yours to run"
    return Refusal(422, "Invalid version or not permitted", detail)


def invalid_input(fields: list[dict[str, str]]) -> Refusal:
    """Refuse an input, or a body, for these entries of `invalid_fields`."""
    lines = (f"- {entry['field']}: {entry['description']}\n" for entry in fields)
    return Refusal(422, "Input validation failed", "".join(lines), invalid_fields=fields)
