"""Messages about schema errors, for somebody who writes YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diagnostics import did_you_mean
from songbatch.documents.codes import FIRST_SONG, make_diagnostic
from songbatch.documents.type_fixes import TYPES, fill_in, type_fix
from songbatch.documents.veil import KEY_VARIABLE
from songbatch.documents.yaml_beside import ODD_BEHIND, odd_behind_colon, odd_blank
from songbatch.documents.yaml_commas import COMMA_FIX, stands_behind_comma
from songbatch.documents.yaml_comments import Where, comment_fix, comments
from songbatch.documents.yaml_nodes import Items, Scalar, Table
from songbatch.languages import language_fix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.schema_error import SchemaError
    from songbatch.documents.yaml_nodes import KeyValue, Node
    from songbatch.sources import Span

SHOWN = 60
"""Characters of a wrong value that a message repeats."""


def describe(finding: SchemaError) -> Iterable[Diagnostic]:
    """Return the diagnostics that tell the author about one schema error."""
    if finding.in_name:
        return _name(finding)
    if finding.entry is not None and finding.entry.name == KEY_VARIABLE:
        return _no_variable(finding)
    if _is_lyrics(finding) and isinstance(finding.node, Table) and _are_words(finding.node):
        # Words with a colon among them: one message says that they have become a mapping.
        return _type(finding) if finding.error.validator == "required" else ()
    return _WORDS[str(finding.error.validator)](finding)


def _are_words(lyrics: Table) -> bool:
    """Return whether lyrics are a mapping that nobody meant."""
    return not any(entry.name == "file" or did_you_mean(entry.name, ["file"]) for entry in lyrics)


def _is_lyrics(finding: SchemaError) -> bool:
    # A song may have this name, too.
    return bool(finding.error.schema.get("title") == "Lyrics")


def _no_variable(finding: SchemaError) -> list[Diagnostic]:
    """Word what is wrong with the name of a variable: it may be the key itself."""
    detail = f"{finding.name} is no name of an environment variable"
    fix = "write the variable's name, such as `key_env: ACESTEP_API_KEY`, and never the key itself"
    return [make_diagnostic("schema.pattern", _value_span(finding), detail, fix)]


def refused(node: Node, message: str) -> Diagnostic:
    """Return the diagnostic of a node that was refused without an error that `describe` knows."""
    fix = "compare it with the schema, which songbatch schema prints"
    return make_diagnostic("schema.pattern", node.span, message, fix)


def quoted(text: object) -> str:
    """Return a value as a message repeats it, cut if it is long."""
    shown = str(text)
    return f'"{shown}"' if len(shown) <= SHOWN else f'"{shown[:SHOWN]}…"'


def _name(finding: SchemaError) -> list[Diagnostic]:
    name = str(finding.error.instance)
    pattern = str(finding.error.validator_value)
    fix = "use letters, digits and underscores, not a digit first, at most 64 of them"
    if not name.isascii() and name.isidentifier():
        fix = "use letters A to Z without accents, digits and underscores, not a digit first"
    if finding.error.validator == "maxLength":
        fix = f"use at most {pattern} characters"
    elif "a-z0-9_-" in pattern:
        fix = "use letters, digits, hyphens and underscores, at most 64 of them"
    elif "._-]{0,63}" in pattern:
        fix = "use letters, digits, dots, hyphens and underscores, at most 64 of them"
    elif "u001f" in pattern:
        fix = "use a name of 1 to 64 characters on one line"
    if odd := odd_blank(name):
        fix = f"indent it with spaces: {odd} belongs to the name"
    entry = finding.node.get(name) if isinstance(finding.node, Table) else None
    if entry is not None and stands_behind_comma(entry):
        fix = COMMA_FIX
    return [
        make_diagnostic("schema.pattern", _key_span(finding, name), f"the name {quoted(name)}", fix)
    ]


def _key_span(finding: SchemaError, name: str) -> Span:
    entry = finding.node.get(name) if isinstance(finding.node, Table) else None
    return entry.key.span if entry is not None else finding.node.span


def _type(finding: SchemaError) -> list[Diagnostic]:
    wanted = finding.error.validator_value
    wanted = [wanted] if isinstance(wanted, str) else wanted
    if _is_lyrics(finding):
        wanted = ["string"]  # as most people write them
    needed = " or ".join(TYPES[name] for name in wanted)
    if "string" in wanted and (hidden := _hidden(finding)) is not None:
        return [hidden]
    if (odd := _unseen_colon(finding.node)) is not None:
        return [odd]
    detail = f"{finding.name} is {_kind(finding.node)}, {needed} is needed"
    return [make_diagnostic("schema.type", _value_span(finding), detail, type_fix(finding, wanted))]


def _hidden(finding: SchemaError) -> Diagnostic | None:
    """Return the diagnostic of a text that is empty since all of it stands in a comment."""
    node, entry = finding.node, finding.entry
    if not isinstance(node, Scalar) or node.text or node.style:
        return None
    key = entry.key if entry is not None else None
    column = key.span.column - 1 if key is not None else 0
    for comment in comments(key, node):
        if comment.where is not Where.BELOW or comment.indent > column or comment.is_doubled:
            detail = f"{finding.name} is empty, {quoted(comment.text)} is a comment"
            return make_diagnostic(
                "schema.type", comment.span, detail, comment_fix(comment.places, comment.start)
            )
    return None


def _unseen_colon(node: Node) -> Diagnostic | None:
    """Return the diagnostic of a text that is a key to people: its blank is none to YAML."""
    if not isinstance(node, Scalar) or node.style:
        return None
    places, start = node.stretch.places, node.stretch.start
    match = ODD_BEHIND.match(node.stretch.text)
    return odd_behind_colon(places, start + match.start(1)) if match is not None else None


def _value_span(finding: SchemaError) -> Span:
    node, entry = finding.node, finding.entry
    empty = isinstance(node, Scalar) and not node.text and not node.style
    return entry.key.span if entry is not None and empty else node.span


def _kind(node: Node) -> str:
    match node:
        case Table():
            return "a mapping"
        case Items():
            return "a list"
        case Scalar(value=None):
            return "empty"
        case Scalar(value=bool(), text=text):
            return f"{text} (true or false)"
        case Scalar(value=int() | float(), text=text):
            return f"the number {text}"
    return "text"


def _enum(finding: SchemaError) -> list[Diagnostic]:
    allowed = [str(value) for value in finding.error.validator_value]
    written = finding.node.text if isinstance(finding.node, Scalar) else _kind(finding.node)
    detail = f"{finding.name} is {quoted(written)}"
    near = "" if allowed[0].isdigit() else did_you_mean(written, allowed)
    fix = near or f"write {_one_of(allowed)}"
    if written in allowed and isinstance(finding.node, Scalar) and finding.node.style:
        fix = f"remove the quotes: {written}"
    return [make_diagnostic("schema.enum", _value_span(finding), detail, fix)]


def _one_of(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last


def _const(finding: SchemaError) -> list[Diagnostic]:
    written = finding.node.text if isinstance(finding.node, Scalar) else _kind(finding.node)
    detail = f"{finding.name} is {quoted(written)}"
    fix = f"write {finding.error.validator_value}"
    return [make_diagnostic("schema.enum", _value_span(finding), detail, fix)]


def _unknown(finding: SchemaError) -> list[Diagnostic]:
    known = sorted(finding.error.schema["properties"])
    if not isinstance(finding.node, Table):
        return []
    return [
        make_diagnostic(
            "schema.unknown-key", entry.key.span, f"`{entry.name}`", _key_fix(entry, known)
        )
        for entry in finding.node
        if entry.name not in known
    ]


def _key_fix(entry: KeyValue, known: list[str]) -> str:
    if stands_behind_comma(entry):
        return COMMA_FIX
    if odd := odd_blank(entry.name):
        return f"indent it with spaces: {odd} belongs to the name"
    near = did_you_mean(entry.name, known)
    return near or f"the keys here are {', '.join(known)}"


def _required(finding: SchemaError) -> list[Diagnostic]:
    present = finding.error.instance
    missing = [key for key in finding.error.validator_value if key not in present]
    # jsonschema reports each missing key on its own; the message names which one.
    return [
        _missing(finding, key) for key in missing if finding.error.message.startswith(f"{key!r} ")
    ]


def _missing(finding: SchemaError, key: str) -> Diagnostic:
    span = finding.entry.key.span if finding.entry else finding.node.span
    fixes = {
        "version": "write `version: 1` as the first line",
        "purpose": "write `purpose: song`, `voice` or `instrumental`",
        "songs": f"write at least one song: `{FIRST_SONG}`",
        "file": "write `file:` with the path of the text",
        "sha256": "write `sha256:` with the 64 digits that sha256sum prints for the file",
        "listeners": "write `listeners:` with a name, and below it a list of opinions",
        "render": "write `render:` with the id that songbatch plan shows",
        "engine": "write `engine:` with the engine's name",
        "audio_sha256": "write `audio_sha256:` with the digest that the manifest has",
        "good": "write `good:` with how many takes shall be good",
        "max_takes": "write `max_takes:` with how many takes there may be at most",
        "check": "write `check:` with what is looked at: `cover.side`, `track.isrc`",
        "source": "write `source:` with the address that says so",
        "read": "write `read:` with the month in which it was read: `2026-01`",
        "sure": "write `sure: documented`, `reported` or `unconfirmed`",
    }
    fix = fixes.get(key, f"write `{key}:` with its value")
    return make_diagnostic("schema.missing-key", span, f"{finding.name} has no `{key}`", fix)


def _dependent(finding: SchemaError) -> list[Diagnostic]:
    return [_missing(finding, "sha256")]


def _choice(finding: SchemaError) -> list[Diagnostic]:
    """Word a choice of which exactly one is needed: of keys, or of forms."""
    options, table = finding.error.validator_value, finding.node
    keys = [key for option in options for key in option.get("required", ())]
    if {"file", "url"} <= set(keys):
        return _source(finding)
    is_of_keys = all(option.keys() == {"required"} for option in options)
    if not is_of_keys:
        forms = [f"{TYPES[form['type']]} ({form['description'].rstrip('.')})" for form in options]
        fix = f"write {_one_of(forms)}"
        return [make_diagnostic("schema.pattern", _value_span(finding), finding.name, fix)]
    there = [key for key in keys if isinstance(table, Table) and table.get(key) is not None]
    span = finding.entry.key.span if finding.entry else table.span
    if there:
        detail = f"{finding.name} has {' and '.join(f'`{key}`' for key in there)}"
        fix = "keep the one that is meant"
        return [make_diagnostic("schema.pattern", span, detail, fix)]
    detail = f"{finding.name} has none of {', '.join(f'`{key}`' for key in keys)}"
    return [make_diagnostic("schema.missing-key", span, detail, f"write {_one_of(keys)}")]


def _source(finding: SchemaError) -> list[Diagnostic]:
    """Word the choice between file and url."""
    table = finding.node
    if isinstance(table, Table) and (url := table.get("url")) is not None:
        fix = "keep the one that is meant"
        return [make_diagnostic("reference.both", url.key.span, finding.name, fix)]
    span = finding.entry.key.span if finding.entry else table.span
    detail = f"{finding.name} has neither `file` nor `url`"
    return [
        make_diagnostic("schema.missing-key", span, detail, "write `file:` with the track's path")
    ]


def _both(finding: SchemaError) -> list[Diagnostic]:
    """Word what excludes each other: lyrics and template, takes and until."""
    table = finding.node
    name = finding.error.validator_value["required"][-1]
    second = table.get(name) if isinstance(table, Table) else None
    span = second.key.span if second is not None else table.span
    code = "takes.both" if name == "until" else "lyrics.both"
    return [make_diagnostic(code, span, finding.name, "keep the one that is meant")]


def _range(finding: SchemaError) -> list[Diagnostic]:
    schema = finding.error.schema
    detail = f"{finding.name} is {finding.error.instance}"
    least = schema.get("minimum")
    start = f"above {schema['exclusiveMinimum']} and up" if least is None else f"from {least}"
    fix = f"write a number {start} to {schema['maximum']}"
    return [make_diagnostic("schema.range", finding.node.span, detail, fix)]


def _empty(finding: SchemaError) -> list[Diagnostic]:
    kinds = {"minLength": "string", "minItems": "array", "minProperties": "object"}
    fix = fill_in(finding, kinds[str(finding.error.validator)])
    return [make_diagnostic("schema.empty", _value_span(finding), finding.name, fix)]


def _too_long(finding: SchemaError) -> list[Diagnostic]:
    most = finding.error.validator_value
    unit = "items" if isinstance(finding.node, Items) else "characters"
    detail = f"{finding.name} has {len(finding.error.instance):,} {unit}"
    fix = f"write at most {most:,}"
    return [make_diagnostic("schema.too-long", _value_span(finding), detail, fix)]


_SHAPES = {
    "from": "write a place such as 0:42, 0:42.5, 1:02:03.5, or seconds: 42.5",
    "to": "write a place such as 1:10, 1:10.25, 1:02:03.5, or seconds: 70.25",
    "field": "write the name of the field; names with dots between them for one within another",
    "marker": "write the name of the field; names with dots between them for one within another",
    "endpoint": "write what the service calls the model, such as minimax/music-3",
    "version": "write the 64 hexadecimal digits of the version, and owner/name under `endpoint`",
    "queue_url": "write an address that begins with https:// or http://",
    "platform_url": "write an address that begins with https:// or http://",
    "upload_url": "write an address that begins with https:// or http://",
}
_OF_GIVES = {"audio", "seed", "model", "duration", "lines", "told", "gives"}
"""Keys that have paths of answers."""


def _shape(finding: SchemaError) -> list[Diagnostic]:
    key = finding.entry.name if finding.entry else ""
    written = quoted(finding.error.instance)
    if key == "url":
        fix = "write an address that begins with https:// or http://"
        return [make_diagnostic("reference.url", finding.node.span, written, fix)]
    fix = _SHAPES.get(key, "use letters, digits and . _ / : -, a letter or digit first")
    if key in _OF_GIVES and finding.way[-2][0] is not None:
        fix = "write names with dots between them, and numbers for places in a list: audio.url"
    if key == "sha256":
        fix = "write the 64 hexadecimal digits that sha256sum prints for the file"
    if key in {"audio_sha256", "song_sha256"}:
        fix = f"write the 64 hexadecimal digits of {key} in the manifest"
    if key in {"engine", "kind"}:
        fix = "write the name of an engine, which songbatch engines lists"
    if key == "lang":
        fix = language_fix(str(finding.error.instance))
    return [
        make_diagnostic("schema.pattern", finding.node.span, f"{finding.name} is {written}", fix)
    ]


def _repeated(finding: SchemaError) -> list[Diagnostic]:
    items = finding.node.items if isinstance(finding.node, Items) else ()
    seen: dict[tuple[bool, object], str] = {}
    for item in items:
        value = item.value if isinstance(item, Scalar) else None
        text = item.text if isinstance(item, Scalar) else ""
        if value is None:
            continue  # that it is empty is told
        key = (isinstance(value, bool), value)
        if key in seen:
            first = seen[key]
            detail, fix = (
                f"{quoted(value)} in {finding.name}",
                "remove one of them; takes give more",
            )
            if first != text:
                detail = f"{first} and {text} in {finding.name} are one number to YAML"
                fix = f'put them into quotes, "{first}" and "{text}", or remove one of them'
            return [make_diagnostic("schema.duplicate-value", item.span, detail, fix)]
        seen[key] = text
    return []


_WORDS: dict[str, Callable[[SchemaError], list[Diagnostic]]] = {
    "additionalProperties": _unknown,
    "const": _const,
    "dependentRequired": _dependent,
    "enum": _enum,
    "exclusiveMinimum": _range,
    "maximum": _range,
    "maxItems": _too_long,
    "maxLength": _too_long,
    "minItems": _empty,
    "minLength": _empty,
    "minProperties": _empty,
    "minimum": _range,
    "not": _both,
    "oneOf": _choice,
    "pattern": _shape,
    "required": _required,
    "type": _type,
    "uniqueItems": _repeated,
}
TOLD = frozenset(_WORDS)
"""The keywords of JSON Schema that there are words for."""
