"""Reasons in a service's refusals: found in whatever form they come. Pure.

Services, their frameworks and the gateways before them write JSON of many shapes, web pages, XML
and plain text, in any encoding. What is found is the service's own text: whoever shows it quotes it
(`songbatch.engines.rest.quotes`).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from songbatch.engines.rest.body_text import decoded, text_of_markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_SENTENCES = (
    "message", "msg", "errormessage", "errormsg", "detail", "details", "errordescription",
    "description", "reason", "statusmsg", "statusmessage", "faultstring", "error", "errors",
    "violations", "issues", "invalidparams", "fields", "causes", "cause", "fault", "exception",
    "problem", "baseresp",
)  # fmt: skip
"""Keys of what went wrong, in whole or place by place; case, `_` and `-` do not matter."""
_AROUND = ("data", "result", "response", "body", "meta")
"""Keys of envelopes."""
_HEADLINES = ("title", "errorcode", "code")
"""Keys of a word that counts where there is no sentence."""
_PLACES = ("loc", "field", "param", "parameter", "pointer", "instancepath", "source", "path")
_NO_PLACE = frozenset({"body", "query", "header", "form", "data", "attributes", "$", "#", ""})
"""Where a request carries what a place names: nobody writes those into a spec."""
_PLACE = re.compile(r"[\w.\[\]-]{1,100}")

_MOST_PARTS = 10
_MOST_FIELDS = 100
_MOST_DEPTH = 8
MOST_BYTES = 64 * 2**10
"""Of an answer in which a reason is looked for."""


def reason_in_body(body: bytes, content_type: str = "") -> str:
    """Return the reason in a body: JSON, a web page, XML or text; "" if it gives none."""
    return _in_text(decoded(body[:MOST_BYTES], content_type), 0)


def reason_in(value: object) -> str:
    """Return the reason in what was JSON; "" if it gives none."""
    return _reason(value, 0)


def _in_text(text: str, depth: int) -> str:
    plain = _payload(text[:MOST_BYTES].strip("\ufeff \t\r\n"))
    if plain.startswith("<"):
        return text_of_markup(plain)
    if plain[:1] not in {"{", "[", '"'}:
        return plain
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(plain)
    except (ValueError, RecursionError):
        return plain
    return _reason(value, depth + 1)


def _payload(text: str) -> str:
    """Return what the events of a stream carry; other texts as they are."""
    if not text.startswith(("data:", "event:")):
        return text
    fields = (line.partition(":") for line in text.splitlines())
    return "\n".join(value.strip() for name, _, value in fields if name == "data")


def _reason(value: object, depth: int, *, is_told: bool = False) -> str:
    """Return the reason in a value; `is_told` in one that stands under the key of a reason."""
    if depth > _MOST_DEPTH:
        return ""
    if isinstance(value, str):
        return _in_text(value, depth)
    if isinstance(value, list):
        return _joined(_reason(each, depth + 1, is_told=is_told) for each in value[:_MOST_PARTS])
    return _in_object(value, depth, is_told=is_told) if isinstance(value, dict) else ""


def _in_object(value: Mapping[Any, Any], depth: int, *, is_told: bool) -> str:
    named = list(value.items())[:_MOST_FIELDS]
    fields = {re.sub(r"[-_ ]", "", str(key)).lower(): each for key, each in named}
    found = (
        _joined(_reason(fields.get(key), depth + 1, is_told=True) for key in _SENTENCES)
        or _joined(_reason(fields.get(key), depth + 1) for key in _AROUND)
        or next((text for key in _HEADLINES if (text := _headline(fields.get(key)))), "")
        or _joined(_by_place(named[:_MOST_PARTS], depth, is_told=is_told))
    )
    if not is_told and isinstance(fields.get("path"), str):
        del fields["path"]  # the address that was asked
    place = next((text for key in _PLACES if (text := _place(fields.get(key)))), "")
    return f"{place}: {found}" if place and found and place not in found else found


def _headline(value: object) -> str:
    is_word = isinstance(value, str) and ":" not in value and any(c.isalpha() for c in value)
    return str(value).strip() if is_word else ""


def _by_place(named: Iterable[tuple[Any, Any]], depth: int, *, is_told: bool) -> Iterable[str]:
    """Yield what an object says of each field that it names, as many frameworks write it."""
    for key, value in named:
        is_list_of_texts = isinstance(value, list) and all(isinstance(each, str) for each in value)
        if (is_told or is_list_of_texts) and (text := _reason(value, depth + 1, is_told=True)):
            place = _place(key)
            yield f"{place}: {text}" if place else text


def _place(value: object) -> str:
    """Return what a place in a request is called in a spec; "" if it is none."""
    if isinstance(value, dict):
        return _place(value.get("pointer") or value.get("parameter"))
    parts = value if isinstance(value, list) else re.split(r"[/.]", str(value or ""))
    names = [str(part) for part in parts[:_MOST_PARTS] if isinstance(part, str | int)]
    text = ".".join(name for name in names if name not in _NO_PLACE)
    return text if _PLACE.fullmatch(text) else ""


def _joined(texts: Iterable[str]) -> str:
    """Return texts as one, without those that only repeat another."""
    kept: list[str] = []
    for text in texts:
        folded = text.casefold().rstrip(".")
        if not folded or any(folded in other.casefold() for other in kept):
            continue
        kept = [other for other in kept if other.casefold().rstrip(".") not in folded]
        kept.append(text)
    return "; ".join([*(text.rstrip(" .;:,") for text in kept[:-1]), *kept[-1:]])
