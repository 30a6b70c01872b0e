"""Judgement of the rows of a project, where its schema has no say: each mistake with its place."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from songbatch.diagnostics import did_you_mean
from songbatch.documents.codes import make_diagnostic
from songbatch.documents.veil import looks_like_key, veiled
from songbatch.documents.yaml_nodes import Items, Scalar, Table, scalars
from songbatch.engines.job_service.rows import BY_FIELD
from songbatch.engines.job_service.table import LINK, flattened, in_row, merged, plain_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import KeyValue, Node
    from songbatch.model import EngineSettings

_NEEDED: Mapping[str, str] = {
    "endpoint": "write `endpoint:` with what the service calls the model",
    "gives.audio": "write `gives: {audio: PATH}`, where the answer has the song's address",
    "price": "write `price: {usd: 0.002, per: second}`; per is song, second, minute or token",
}
_NEEDED_OF_HANDS: Mapping[str, str] = {
    "endpoint": "write `endpoint:` with what the service calls it",
    "field": "write `field:` with the name of the field that has the address",
    "gives": "write `gives:` with the path of the id in the answer",
    "usd": "write `usd:` with what one costs",
}
_IN_STYLE = ("bpm", "scale", "meter")
_WITH_FIELD = (*BY_FIELD, "no_vocals")
_SECRET_NAME = re.compile(
    r"(?:.*[._-])?(?:api[._-]?key|auth(?:orization)?|token|secret|password)", re.IGNORECASE
)


def judge_section(section: Node, service: str, settings: EngineSettings) -> list[Diagnostic]:
    """Return what is wrong with the rows that a project's section of a service has."""
    if not isinstance(section, Table):
        return []
    known = plain_table(service)
    hands = {*known["hands"], *settings.hands}
    found: list[Diagnostic] = []
    for kind, said in (("models", settings.models), ("hands", settings.hands)):
        for entry in _entries(section.get(kind)):
            if entry.name not in said or not isinstance(entry.value, Table):
                continue
            base = known[kind].get(entry.name, {})
            row = merged(base, said[entry.name])
            judge = _Row(entry, row, is_own=not base, kind=service)
            judged = judge.of_hand() if kind == "hands" else judge.of_model(hands, base)
            found += list(judged)
    return veiled(section.span.source, section, found)


def _entries(entry: KeyValue | None) -> Iterator[KeyValue]:
    if entry is not None and isinstance(entry.value, Table):
        yield from entry.value


class _Row:
    """A row as it stands in a file, and with what comes along below it."""

    def __init__(self, entry: KeyValue, row: Mapping[str, Any], *, is_own: bool, kind: str) -> None:
        self._entry = entry
        self._node = entry.value
        self._row = row
        self._is_own = is_own
        self._service = kind

    def of_hand(self) -> Iterator[Diagnostic]:
        """Yield what is wrong with a hand."""
        yield from self._missing(_NEEDED_OF_HANDS)
        yield from self._keys(self._table("constants"))

    def of_model(self, hands: set[str], base: Mapping[str, Any]) -> Iterator[Diagnostic]:
        """Yield what is wrong with a model."""
        if self._is_own:
            yield from self._missing(_NEEDED)
            yield from self._goes_by()
        yield from self._fields()
        yield from self._bounds(self._node)
        yield from self._references(hands, base)
        yield from self._keys(self._table("sends.constants"))
        yield from self._doubts()
        number = self._node.get("number") if isinstance(self._node, Table) else None
        if number is not None:
            fix = "remove it: of a row in songbatch.yaml, its digest goes into keys"
            yield make_diagnostic("schema.unknown-key", number.key.span, "`number`", fix)

    def _at(self, path: str) -> Node | None:
        """Return what is written at a path of the row, None for nothing."""
        node: Node | None = self._node
        for name in path.split("."):
            entry = node.get(name) if isinstance(node, Table) else None
            node = entry.value if entry is not None else None
        return node

    def _table(self, path: str) -> Table | None:
        node = self._at(path)
        return node if isinstance(node, Table) else None

    def _missing(self, needed: Mapping[str, str]) -> Iterator[Diagnostic]:
        if isinstance(self._node, Table) and self._node.incomplete:
            return
        for path, fix in needed.items():
            if in_row(self._row, path) in (None, []) and not self._is_broken(path):
                detail = f"`{self._entry.name}` has no `{path}`"
                near = self._meant() if self._is_own else ""
                either = f"{fix}; or {near}" if near else fix
                yield make_diagnostic("schema.missing-key", self._entry.key.span, detail, either)

    def _is_broken(self, path: str) -> bool:
        """Return whether something is written there, and was refused."""
        return self._at(path) is not None

    def _meant(self) -> str:
        """Return which row that comes along may be meant, "" for none."""
        return did_you_mean(self._entry.name, plain_table(self._service)["models"])

    def _goes_by(self) -> Iterator[Diagnostic]:
        sends = self._row.get("sends", {})
        paths = ("sends.lyrics", "sends.style")
        is_said = any(map(self._is_broken, paths)) or isinstance(sends, list)
        if not is_said and not sends.get("lyrics") and not sends.get("style"):
            yield make_diagnostic(
                "schema.missing-key",
                self._entry.key.span,
                f"`{self._entry.name}` sends neither `lyrics` nor `style`",
                "write `sends: {lyrics: {field: NAME}}`, or `style` in the same way, or both",
            )

    def _fields(self) -> Iterator[Diagnostic]:
        """Yield keys of a song that the row takes without saying how."""
        for entry in self._table("sends") or ():
            if isinstance(entry.value, Scalar) and entry.value.value is True:
                fix = f"write `{entry.name}: {{field: NAME}}`, or false where the model takes none"
                yield make_diagnostic(
                    "schema.type", entry.value.span, f"`{entry.name}` is true", fix
                )
            elif entry.name in _WITH_FIELD and isinstance(entry.value, Table):
                yield from self._field(entry)

    def _field(self, entry: KeyValue) -> Iterator[Diagnostic]:
        whole = self._row["sends"][entry.name]
        if whole.get("in_style"):
            if not self._row["sends"].get("style"):
                fix = "write `style: {field: NAME}` as well, or a `field` of its own"
                detail = f"`{entry.name}` is to stand in the style, and the row sends none"
                yield make_diagnostic("schema.missing-key", entry.key.span, detail, fix)
        elif not whole.get("field") and not self._is_broken(f"sends.{entry.name}.field"):
            more = ", or `in_style: true`" if entry.name in _IN_STYLE else ""
            fix = f"write `field:` with the name of the field in the request{more}"
            yield make_diagnostic(
                "schema.missing-key", entry.key.span, f"`{entry.name}` has no `field`", fix
            )
        if entry.name == "no_vocals" and "value" not in whole:
            fix = "write `value:` with what says that nobody sings, such as true"
            yield make_diagnostic(
                "schema.missing-key", entry.key.span, "`no_vocals` has no `value`", fix
            )

    def _bounds(self, node: Node) -> Iterator[Diagnostic]:
        """Yield bounds of which the least is more than the most."""
        if isinstance(node, Items):
            for item in node.items:
                yield from self._bounds(item)
        if not isinstance(node, Table):
            return
        parts = scalars(node)
        least, most = (_number(parts.get(name)) for name in ("from", "to"))
        if least is not None and most is not None and least > most:
            span = parts["from"].span
            detail = f"`from` is {parts['from'].text}, and `to` {parts['to'].text}"
            yield make_diagnostic("schema.range", span, detail, "write the smaller one as `from`")
        for entry in node:
            if entry.name == "seconds":
                yield from _pair(entry)
            yield from self._bounds(entry.value)

    def _references(self, hands: set[str], base: Mapping[str, Any]) -> Iterator[Diagnostic]:
        written = self._at("sends.reference")
        several = len(list(flattened(base.get("sends", {}).get("reference", [])))) > 1
        for table in _tables(written) if written is not None else ():
            handed = table.get("as")
            if handed is not None and isinstance(handed.value, Scalar):
                called = handed.value.text
                if called not in {LINK, *hands}:
                    known = [LINK, *sorted(hands)]
                    fix = did_you_mean(called, known) or f"write {' or '.join(known)}"
                    detail = f'`as` is "{called}", and {self._service} has no such hand'
                    yield make_diagnostic("schema.enum", handed.value.span, detail, fix)
            if several and table.get("purposes") is None:
                fix = "write `purposes: [song]`, or another, to say which of them it changes"
                detail = f"`{self._entry.name}` has several references"
                yield make_diagnostic("schema.missing-key", table.span, detail, fix)
            elif not base.get("sends", {}).get("reference") and table.get("field") is None:
                fix = "write `field:` with the name of the field in the request"
                detail = "`reference` has no `field`"
                yield make_diagnostic("schema.missing-key", table.span, detail, fix)

    def _keys(self, constants: Table | None) -> Iterator[Diagnostic]:
        for entry in constants or ():
            text = entry.value.text if isinstance(entry.value, Scalar) else ""
            if looks_like_key(text) or (text and _SECRET_NAME.fullmatch(entry.name)):
                fix = (
                    "remove it, and make that key invalid at the service if it was ever shared; "
                    "`key_env` names the variable that holds a key"
                )
                detail = f"`{entry.name}` may be a key, which no file of a project should have"
                yield make_diagnostic("schema.pattern", entry.key.span, detail, fix)

    def _doubts(self) -> Iterator[Diagnostic]:
        for entry in self._table("unsure") or ():
            if in_row(self._row, entry.name) is None:
                detail = f"`{entry.name}` is no path of this row"
                fix = "write one such as sends.seed.to, or remove it"
                yield make_diagnostic("schema.pattern", entry.key.span, detail, fix)


def _tables(node: Node) -> Iterator[Table]:
    if isinstance(node, Table):
        yield node
    elif isinstance(node, Items):
        for item in node.items:
            yield from _tables(item)


def _pair(entry: KeyValue) -> Iterator[Diagnostic]:
    items = entry.value.items if isinstance(entry.value, Items) else ()
    values = [_number(item) if isinstance(item, Scalar) else None for item in items]
    fix = "write the least and the most, such as `seconds: [6, 360]`"
    if len(values) != 2:
        detail = f"`seconds` has {len(values)} of 2 numbers"
        yield make_diagnostic("schema.range", entry.value.span, detail, fix)
    elif None not in values and values[0] > values[1]:  # type: ignore[operator]
        detail = f"`seconds` goes from {values[0]:g} to {values[1]:g}"
        yield make_diagnostic("schema.range", entry.value.span, detail, fix)


def _number(node: Node | None) -> float | None:
    value = node.value if isinstance(node, Scalar) else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
