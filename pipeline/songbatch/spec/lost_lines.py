"""Lines that an author sees in a file and nobody sings.

Lyrics are rendered a second time as if every line that is written ended one; if that gives more
lines than are sung, some were joined on the way: by YAML, or by the template language, which drops
the line end behind a tag even where words stand before it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from songbatch.documents.yaml_lines import written_lines
from songbatch.documents.yaml_nodes import Items, Scalar, Table, scalars
from songbatch.formatting import count
from songbatch.lyrics import TemplateError, TemplateText, final, is_template
from songbatch.spec.texts import Texts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from songbatch.documents.collector import DiagnosticCollector
    from songbatch.model import Value
    from songbatch.sources import Files, Span
    from songbatch.spec.song_plan import SongPlan

_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}")
_TAG_ENDS = ("%}", "#}")
_SAID = ("-%}", "+%}", "-#}", "+#}")
"""Ends of tags that say themselves what becomes of the line end."""
_FIXES = {
    "": "begin the text with | on the key's line, and write it on the lines below",
    ">": "write | instead of >",
    "'": "write | instead of the quotes, and the text on the lines below",
    '"': "write | instead of the quotes, and the text on the lines below",
}
_IN_FLOW = r"put the text into double quotes, with \n where a line ends, and on one line"
"""Inside { … }, where no text can begin with |."""
_KEEP_END = "write +%} (or +#}) at the end of the line before, or join the two in the file"
_STATEMENT = re.compile(r"[ \t]*\{%[-+]?((?:(?!%\}).)*?)[-+]?%\}[ \t\r]*")
_NO_DASH = "write {% and %} without - here; a line of its own leaves no line end behind anyway"


class _SeenText(msgspec.Struct, frozen=True):
    """Lyrics as they are seen in the file: another text, or another value of a variable."""

    place: Span
    fix: str
    text: TemplateText
    name: str = ""
    """The variable that has another value, `parsed` being the usual one."""
    parsed: str = ""
    seen: str = ""
    shows_template: bool = True
    """Whether it shows what the template language drops."""


class LostLines:
    """Compares what is sung with what is written, for the songs of one spec."""

    def __init__(
        self, files: Files, spec_vars: Mapping[str, Scalar], collector: DiagnosticCollector
    ) -> None:
        # Apart from the usual texts, so that it takes nothing from what those may use.
        self._texts = Texts(files)
        self._spec_vars = spec_vars
        self._collector = collector
        self._reported: set[str] = set()
        self._readings: dict[str, list[_SeenText]] = {}

    def judge(
        self, plan: SongPlan, lyrics: str, variables: Callable[[], Mapping[str, Value]]
    ) -> None:
        """Report lines that are written and not sung in final lyrics."""
        if plan.song.name not in self._readings:
            self._readings[plan.song.name] = [*_readings(plan, self._spec_vars)]
        left = self._readings[plan.song.name]
        values = variables() if left else {}
        for reading in list(left):
            lost = self._lost(reading, lyrics, values) if reading in left else None
            if lost is None:
                continue
            self._report(reading, lost)
            # What the template language drops is told once, by the first way that shows it.
            left[:] = [
                other
                for other in left
                if other is not reading and not (reading.shows_template and other.shows_template)
            ]

    def _report(self, reading: _SeenText, lost: str) -> None:
        # A text of the defaults is one place for all songs, with as many counts.
        if str(reading.place) not in self._reported:
            self._reported.add(str(reading.place))
            self._collector.report("lyrics.joined", reading.place, lost, reading.fix)

    def _lost(self, reading: _SeenText, lyrics: str, variables: Mapping[str, Value]) -> str | None:
        if reading.name:
            if variables.get(reading.name) != reading.parsed:
                return None
            variables = {**variables, reading.name: reading.seen}
        try:
            seen = final(self._texts.render(reading.text, variables))
        except TemplateError:
            return None
        written, sung = (sum(1 for line in text.split("\n") if line) for text in (seen, lyrics))
        if written <= sung:
            return None
        return f"{count(written, 'line')} in the file, {sung} in the song"


def _readings(plan: SongPlan, spec_vars: Mapping[str, Scalar]) -> Iterator[_SeenText]:
    """Yield how else the lyrics of a song can be read."""
    if plan.lyrics is None:
        return
    text, node = plan.lyrics
    if node is plan.song.scalar("lyrics") and (written := written_lines(node)) is not None:
        place, fix, lines = written.place, _fix(node), written.text
        yield _SeenText(place, fix, TemplateText(lines, text.locate), shows_template=False)
        kept = _with_line_ends(_without_dashes(lines))
        if kept != lines:
            yield _SeenText(place, fix, TemplateText(kept, text.locate))
    if not is_template(text.text):
        return
    for name, value in _values(plan, spec_vars):
        if isinstance(value.value, str) and (written := written_lines(value)) is not None:
            fix = _fix(value)
            seen = (name, value.value, written.text)
            yield _SeenText(written.place, fix, text, *seen, shows_template=False)
    bare = _without_dashes(text.text)
    yield from _changed(text, _with_line_ends(text.text), _KEEP_END, 1)
    yield from _changed(text, bare, _NO_DASH, 0)
    if bare != text.text:
        yield from _changed(text, _with_line_ends(bare), _NO_DASH, 0)


def _fix(node: Scalar) -> str:
    is_in_flow = node.stretch.places.is_in_flow(node.stretch.start)
    return _IN_FLOW if is_in_flow else _FIXES[node.style]


def _values(plan: SongPlan, spec_vars: Mapping[str, Scalar]) -> Iterator[tuple[str, Scalar]]:
    """Yield what the spec gives its variables: one may have many values in the matrix."""
    yield from spec_vars.items()
    yield from plan.song.vars.items()
    matrix = plan.song.settings.get("matrix")
    for entry in matrix if isinstance(matrix, Table) else ():
        for item in entry.value.items if isinstance(entry.value, Items) else ():
            if isinstance(item, Scalar):
                yield entry.name, item
            else:
                yield from scalars(item).items()


def _changed(text: TemplateText, seen: str, fix: str, lines_on: int) -> Iterator[_SeenText]:
    """Yield a template as it is seen, if that is another; so many lines on is what gets lost."""
    pairs = zip(text.text.split("\n"), seen.split("\n"), strict=True)
    number = next((number for number, (one, other) in enumerate(pairs, 1) if one != other), None)
    if number is not None:
        other = TemplateText(seen, text.locate)
        yield _SeenText(text.locate(number + lines_on), fix, other)


def _without_dashes(text: str) -> str:
    """Return a template whose statements on lines of their own take no other line's end away."""
    return "\n".join(
        f"{{%{match[1]}%}}" if (match := _STATEMENT.fullmatch(line)) is not None else line
        for line in text.split("\n")
    )


def _with_line_ends(text: str) -> str:
    """Return a template with the line ends that the language drops behind words and a tag."""
    *lines, last = text.split("\n")
    return "\n".join([*map(_with_line_end, lines), last])


def _with_line_end(line: str) -> str:
    bare = line.removesuffix("\r")
    if not bare.endswith(_TAG_ENDS) or bare.endswith(_SAID) or not _TAG.sub("", bare).strip():
        return line
    return f"{bare[:-2]}+{bare[-2:]}"
