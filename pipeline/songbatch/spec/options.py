"""Judgement of `options`, the fields that go to an engine as they are."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from songbatch.diagnostics import did_you_mean
from songbatch.documents.schema_messages import quoted
from songbatch.extras import ExtraMissing
from songbatch.formatting import enumerated
from songbatch.traits import OptionRule, OptionType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.documents.collector import DiagnosticCollector, RenderName
    from songbatch.documents.yaml_nodes import Scalar
    from songbatch.extras import Extra
    from songbatch.model import Value
    from songbatch.traits import SpecEngine

_YES_OR_NO = frozenset(["true", "false", "yes", "no", "y", "n", "on", "off", "1", "0"])
FEW = 4
"""Options that are worth naming; an engine with more is a server that may have others."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def report_ignored(
    collector: DiagnosticCollector, detail: str, node: Scalar, reason: str, renders: int
) -> None:
    """Report what makes no difference, once for all songs; `detail` says who ignores what."""
    fix = "leave it for other engines, or remove it"
    collector.report_of_key(
        "engine.ignores", node.span, f"{detail}: {reason}", fix, renders, same=detail
    )


class OptionJudge:
    """Judges the options of songs by the traits of an engine."""

    def __init__(self, engine: SpecEngine, collector: DiagnosticCollector) -> None:
        self._engine = engine.name
        self._names = engine.option_names
        self._traits = engine.traits
        self._rules = dict(_by_every_name(engine.traits.option_rules))
        self._collector = collector
        self._missing: dict[str, ExtraMissing | None] = {}
        """What is wrong with the extras that were looked for, by their names."""

    def judge(self, options: Mapping[str, Mapping[str, Scalar]], renders: int) -> None:
        """Report the fields that the engine sets itself, ignores or does not know."""
        own = [options.get(name, {}) for name in self._names]
        for name, node in (field for fields in own for field in fields.items()):
            if "options" not in self._traits.takes:
                reason = self._traits.ignores.get("options", "")
                self._ignored("options", node, reason, renders)
                return
            if name in self._traits.options:
                self._collector.report(
                    "engine.cannot",
                    node.span,
                    f"{self._engine} sets `{name}` itself",
                    "remove it from the options; a key of the song says it, where there is one",
                )
            elif self._rules:
                self._judge_name(name, node, renders)

    def judge_language(
        self, options: Mapping[str, Mapping[str, Scalar]], language: str, renders: int
    ) -> None:
        """Report fields whose value makes no difference for words of a language."""
        for name, node in (field for own in self._names for field in options.get(own, {}).items()):
            rule = self._rules.get(name)
            known = rule.languages.get(node.text) if rule is not None else None
            if known is not None and language not in known:
                detail = f"{self._engine} ignores `{name}: {node.text}` for some languages"
                reason = f'it is for {" and ".join(sorted(known))}, and this is "{language}"'
                report_ignored(self._collector, detail, node, reason, renders)

    def _judge_name(self, name: str, node: Scalar, renders: int) -> None:
        rule = self._rules.get(name)
        if rule is None:
            detail = f"{self._engine} is not known to have an option {quoted(name)}"
            fix = did_you_mean(name, self._rules) or self._known()
            self._collector.report_of_key("engine.ignores", node.span, detail, fix, renders)
        elif rule.ignored:
            self._ignored(name, node, rule.ignored, renders)

    def _known(self) -> str:
        if len(self._rules) <= FEW:
            verb = "is" if len(self._rules) == 1 else "are"
            return f"remove it; there {verb} {enumerated([f'`{name}`' for name in self._rules])}"
        return "remove it, unless your server has it"

    def _ignored(self, key: str, node: Scalar, reason: str, renders: int) -> None:
        report_ignored(self._collector, f"{self._engine} ignores `{key}`", node, reason, renders)

    def has_values(
        self,
        options: Mapping[str, Mapping[str, Scalar]],
        rendered: Mapping[str, Mapping[str, Value]],
        render: RenderName,
    ) -> bool:
        """Return whether the engine takes all values, once they are rendered; report if not."""
        wrong = False
        for engine in self._names if "options" in self._traits.takes else ():
            for name, value in rendered.get(engine, {}).items():
                rule = self._rules.get(name)
                if rule is None or rule.ignored:
                    continue
                if _takes(rule, value):
                    wrong = not self._is_there(rule, value, options[engine][name], render) or wrong
                    continue
                wrong = True
                wanted = _wanted(rule)
                self._collector.report_of_render(
                    "engine.range",
                    options[engine][name].span,
                    f"`{name}` {quoted(str(value))}: {self._engine} takes {wanted}",
                    f"write {wanted}",
                    render=render,
                )
        return not wrong

    def _is_there(self, rule: OptionRule, value: Value, node: Scalar, render: RenderName) -> bool:
        """Return whether a value has the package that it needs; report it if not."""
        extra = rule.needs.get(str(value))
        if extra is None:
            return True
        if extra.name not in self._missing:
            self._missing[extra.name] = _missing(extra)
        error = self._missing[extra.name]
        if error is not None:
            self._collector.report_of_render(
                "engine.needs", node.span, str(error), error.fix, render, same=extra.name
            )
        return error is None


def _missing(extra: Extra) -> ExtraMissing | None:
    try:
        extra.demand()
    except ExtraMissing as error:
        return error
    return None


def _by_every_name(rules: Mapping[str, OptionRule]) -> Iterator[tuple[str, OptionRule]]:
    for name, rule in rules.items():
        yield from ((each, rule) for each in (name, *rule.aliases))


def _takes(rule: OptionRule, value: Value) -> bool:
    """Return whether a field may have a value; a text may say a number, as templates make texts."""
    if value is None:
        return True  # its template failed, which is reported
    match rule.type:
        case OptionType.TEXT:
            return isinstance(value, str) and (not rule.values or value in rule.values)
        case OptionType.YES_NO:
            return str(value).strip().lower() in _YES_OR_NO
        case OptionType.WHOLE:
            number = _number(value)
            is_whole = number.is_integer() and not (
                isinstance(value, str) and not _WHOLE.fullmatch(value.strip())
            )
            return is_whole and (rule.range is None or rule.range.has(number))
        case OptionType.NUMBER:
            number = _number(value)
            return math.isfinite(number) and (rule.range is None or rule.range.has(number))


def _number(value: Value) -> float:
    """Return what number a value says, NaN if it says none."""
    if isinstance(value, bool) or value is None:
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan


def _wanted(rule: OptionRule) -> str:
    if rule.values:
        return " or ".join(rule.values)
    if rule.range is None:
        return rule.type.value
    least, most = (f"{bound:.15g}" for bound in (rule.range.least, rule.range.most))
    return f"{rule.type.value} from {least} to {most}"
