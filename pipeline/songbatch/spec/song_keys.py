"""The keys of a song that ask an engine for something: style, length, seed and the like.

For every key that a song says, the engine takes it, ignores it (a warning, once for all songs) or
cannot have it (an error). Values are judged when they are known: texts once they are rendered.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.diagnostics import did_you_mean
from songbatch.documents.schema_messages import quoted
from songbatch.documents.yaml_nodes import Scalar, Table, scalars
from songbatch.formatting import count
from songbatch.languages import BadTag, including, language_fix, meant_tag, understood
from songbatch.spec.options import OptionJudge, report_ignored
from songbatch.spec.text_spans import text_of_node
from songbatch.traits import SONG_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from songbatch.documents.collector import DiagnosticCollector, RenderName
    from songbatch.documents.yaml_nodes import Node
    from songbatch.lyrics import TemplateText
    from songbatch.model import Value
    from songbatch.spec.settings import SongSettings
    from songbatch.traits import Range, SpecEngine

TEXTS = ("style", "scale", "meter", "vocals", "follow")
NUMBERS = ("duration", "seed", "bpm", "strength")
_WHOLE = {"seed", "bpm"}
MOST_SEED = 2**31 - 1

_NOTES = (
    "C",
    "C#",
    "Db",
    "D",
    "D#",
    "Eb",
    "E",
    "F",
    "F#",
    "Gb",
    "G",
    "G#",
    "Ab",
    "A",
    "A#",
    "Bb",
    "B",
)
VALUES: Mapping[str, tuple[str, ...]] = {
    "scale": tuple(f"{note} {mode}" for mode in ("major", "minor") for note in _NOTES),
    "meter": ("2/4", "3/4", "4/4", "6/8"),
    "vocals": ("none",),
    "follow": ("style", "song"),
}
"""What a text may be; anything else is a slip."""
_LISTED = {key: f"write {' or '.join(values)}" for key, values in VALUES.items()} | {
    "scale": "write a note and its mode, such as A minor, F# major or Bb minor"
}


class AskedFor(msgspec.Struct, frozen=True):
    """What a song asks for beyond words and references; places for messages.

    `options` are texts and other values, by engine and by field.
    """

    texts: Mapping[str, tuple[TemplateText, Scalar]]
    numbers: Mapping[str, Scalar]
    options: Mapping[str, Mapping[str, Scalar]]

    @property
    def places(self) -> Iterator[tuple[str, Scalar]]:
        """The keys that are said, in the order of the docs, each with a place."""
        said: dict[str, Scalar] = {key: node for key, (_, node) in self.texts.items()}
        said |= self.numbers
        fields = [node for by_name in self.options.values() for node in by_name.values()]
        said |= {"options": fields[0]} if fields else {}
        return ((key, said[key]) for key in SONG_KEYS if key in said)


def asked_for(settings: Mapping[str, Node]) -> AskedFor:
    """Return what a song or a section asks for, as far as it is well-formed."""
    said = {key: node for key, node in settings.items() if isinstance(node, Scalar)}
    options = settings.get("options")
    return AskedFor(
        {key: (text_of_node(said[key]), said[key]) for key in TEXTS if key in said},
        {key: said[key] for key in NUMBERS if key in said},
        {e.name: scalars(e.value) for e in options} if isinstance(options, Table) else {},
    )


def _nearest(text: str, known: Sequence[str]) -> str:
    """Return what a slip may have meant: the same in other letters, else what is spelled alike."""
    plain = " ".join(text.replace("♯", "#").replace("♭", "b").split()).casefold()
    same = next((value for value in known if value.casefold() == plain), None)
    return f'did you mean "{same}"?' if same else did_you_mean(text, known)


class KeyJudge:
    """Judges what songs ask for by the traits of an engine."""

    def __init__(self, engine: SpecEngine, collector: DiagnosticCollector) -> None:
        self._engine = engine.name
        self._traits = engine.traits
        self._collector = collector
        self.options = OptionJudge(engine, collector)

    def judge(self, song: SongSettings, asked: AskedFor, renders: int) -> None:
        """Report which keys of a song with so many renders are ignored or cannot be had."""
        language = song.scalar("lang")
        self._judge_places(
            [*asked.places, *([("lang", language)] if language else [])], asked, renders
        )
        for key, node in asked.numbers.items():
            self._judge_number(key, node, song.takes, renders)
        if language is not None:
            self._judge_language(language)
            with contextlib.suppress(BadTag):
                primary = understood(language.text).primary
                self.options.judge_language(asked.options, primary, renders)

    def judge_section(self, asked: AskedFor, renders: int) -> None:
        """Report what a section asks for by itself that is ignored or cannot be had."""
        self._judge_places(list(asked.places), asked, renders)

    def judge_parts(self, asked: AskedFor) -> None:
        """Report what a song that is made in parts asks for in vain."""
        node = asked.numbers.get("duration")
        if node is not None and "duration" in self._traits.takes:
            self._ignored("duration", node, "each part of a song lasts as long as its words", 1)

    def _judge_places(
        self, places: Sequence[tuple[str, Scalar]], asked: AskedFor, renders: int
    ) -> None:
        for key, node in places:
            if key == "options":
                self.options.judge(asked.options, renders)
            elif key in self._traits.ignores:
                self._ignored(key, node, self._traits.ignores[key], renders)
            elif key not in self._traits.takes | {"lang", "vocals"}:
                self._collector.report_of_key(
                    "engine.cannot",
                    node.span,
                    f"{self._engine} has no `{key}`",
                    "remove it, or choose another engine",
                    renders,
                )

    def _ignored(self, key: str, node: Scalar, reason: str, renders: int) -> None:
        report_ignored(self._collector, f"{self._engine} ignores `{key}`", node, reason, renders)

    def _judge_number(self, key: str, node: Scalar, takes: int, renders: int) -> None:
        bounds: Range | None = getattr(self._traits, key, None)
        value = node.value
        if not isinstance(value, int | float):
            return
        if key == "seed" and value + takes - 1 > MOST_SEED:
            detail = f"with {count(takes, 'take')} it goes beyond {MOST_SEED}"
            self._collector.report("engine.range", node.span, detail, "choose a smaller one")
        last = value + takes - 1 if key == "seed" else value
        if key not in self._traits.takes or bounds is None:
            return
        if key == "duration" and (reason := self._traits.why_bounded(value)):
            detail = f"{self._engine} only comes near to `{key}` {node.text}"
            report_ignored(self._collector, detail, node, reason, renders)
        elif not (bounds.has(value) and bounds.has(last)):
            least, most = (f"{bound:.15g}" for bound in (bounds.least, bounds.most))
            self._collector.report(
                "engine.range",
                node.span,
                f"`{key}` {node.text}: {self._engine} takes {least} to {most}",
                f"write a number from {least} to {most}",
            )

    def _judge_language(self, node: Scalar) -> None:
        known = self._traits.languages
        try:
            language = understood(node.text)
        except BadTag as error:
            detail = f"`lang` is {quoted(node.text)}: {error}"
            self._collector.report("schema.pattern", node.span, detail, language_fix(node.text))
            return
        if "lang" in self._traits.takes and known and language.primary not in known:
            usual = meant_tag(node.text) or including(language.primary)
            fix = f"write one of {', '.join(sorted(known))}, or remove it"
            self._collector.report(
                "engine.range",
                node.span,
                f'{self._engine} does not know the language "{node.text}"',
                f"write `lang: {usual}`, or remove it" if usual.partition("-")[0] in known else fix,
            )
        elif not language.is_registered or language.usual:
            meant = meant_tag(node.text)
            fix = "write a tag such as de, pt-BR or yue; one of your own begins with x-"
            fix = f"write `lang: {meant}`" if meant else fix
            self._collector.report("lang.unknown", node.span, quoted(node.text), fix)

    def judge_text(self, key: str, text: str, node: Scalar, render: RenderName) -> bool:
        """Return whether a rendered text can be asked for; report it if not."""
        if key in VALUES and text not in VALUES[key]:
            fix = _nearest(text, VALUES[key]) or _LISTED[key]
            self._collector.report_of_render(
                "song.value", node.span, f"`{key}` {quoted(text)}", fix, render=render
            )
            return False
        reason = self._traits.cannot.get(f"{key}={text}")
        if reason is not None:
            self._collector.report_of_render(
                "engine.cannot",
                node.span,
                f"{self._engine}, `{key}: {text}`: {reason}",
                "choose another engine or model, or remove it",
                render=render,
            )
        rule = self._traits.style
        if key != "style" or rule is None or "style" not in self._traits.takes:
            return reason is None
        if len(text) > rule.most:
            self._collector.report_of_render(
                rule.code,
                node.span,
                f"`style` has {len(text)} characters, {self._engine} takes {rule.most}",
                f"cut {len(text) - rule.most} of them",
                render=render,
                same="style",
            )
            return False
        return True

    def judge_unsung(self, node: Scalar) -> None:
        """Report words of a render with `vocals: none`, if that is what the engine takes."""
        if "vocals" in self._traits.takes:
            self._ignored("lyrics", node, "`vocals: none` leaves nobody to sing them", 1)

    def has_needs(
        self, song: SongSettings, keys: Mapping[str, Any], render: RenderName, *, has_others: bool
    ) -> bool:
        """Return whether a render asks for all that the engine needs; report what it does not.

        `has_others` says whether there are lyrics or a reference.
        """
        if "style" in keys or song.is_broken("style"):
            return True
        rule = self._traits.style
        if rule is not None and rule.is_needed:
            detail = f"{self._engine} needs a `style`, and `{song.name}` has none"
        elif not has_others:
            detail = f"`{song.name}` has neither lyrics nor a `style` nor a reference to go by"
        else:
            return True
        fix = "write `style:` with genre, mood, instruments and voice, or set it in defaults"
        self._collector.report_of_render("engine.needs", song.span, detail, fix, render=render)
        return False


class RenderedKeys:
    """What a song asks for, rendered for one variant and take after the other."""

    def __init__(self, asked: AskedFor, judge: KeyJudge) -> None:
        self._asked = asked
        self._judge = judge

    def render(
        self, rendered: Callable[[TemplateText, Scalar], str | None], take: int, render: RenderName
    ) -> dict[str, Any] | None:
        """Return the fields of one render; None if any of them is wrong."""
        fields: dict[str, Any] = {}
        wrong = False
        for key, (text, node) in self._asked.texts.items():
            value = rendered(text, node)
            value = value and " ".join(value.split())
            if value is None or (value and not self._judge.judge_text(key, value, node, render)):
                wrong = True
            elif value:
                fields[key] = value
        for key, node in self._asked.numbers.items():
            fields[key] = _number(key, node, take)
        if self._asked.options:
            fields["options"] = self._options(rendered)
            wrong = (
                not self._judge.options.has_values(self._asked.options, fields["options"], render)
                or wrong
            )
        return None if wrong else fields

    def _options(
        self, rendered: Callable[[TemplateText, Scalar], str | None]
    ) -> dict[str, dict[str, Value]]:
        return {
            engine: {name: _option(node, rendered) for name, node in nodes.items()}
            for engine, nodes in self._asked.options.items()
        }


def _option(node: Scalar, rendered: Callable[[TemplateText, Scalar], str | None]) -> Value:
    return rendered(text_of_node(node), node) if isinstance(node.value, str) else node.value


def _number(key: str, node: Scalar, take: int) -> Value:
    value = node.value
    if not isinstance(value, int | float):
        return None
    if key == "seed":
        return int(value) + take - 1
    # Keys have thousandths; what is asked for must not differ where they do not.
    rounded = round(value, 3)
    return int(rounded) if key in _WHOLE or rounded == int(rounded) else float(rounded)
