"""A compiled spec is what reading the whole of it again would be, whatever was changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from songbatch.engines.catalog import Engines
from songbatch.incremental.compiled import Circumstances, load_compiled
from songbatch.incremental.compiled_record import dump, parse
from songbatch.lyrics.bounds import MOST_EXCESS
from songbatch.model import UnresolvedRender
from songbatch.sources import Source
from songbatch.spec import LoadResult, load
from songbatch.traits import HostedOnly
from tests.spec.examples import Memory, folders, printed

HEAD = """\
version: 1
title: A title
vars: {greeting: Hello}
references:
  band: {file: band.mp3, purpose: song}
songs:
"""
SONGS = [
    "  {name}:\n    reference: band\n    lyrics: Sing it\n",
    "  {name}:\n    reference: band\n    lyrics: |\n      {{{{ greeting }}}},\n\n      all\n\n",
    "  {name}: {{reference: band, lyrics: 'One line'}}\n  # and a comment\n",
    "  {name}:\n    reference: band\n    vars: {{x: no, y: 1.50}}\n    takes: 2\n"
    "    lyrics: >-\n      {{{{ x }}}} and {{{{ y | round }}}}\n        folded\n"
    "    tags: {{track: '9', genre: Folk}}\n",
    "  {name}:\n    reference: band\n    matrix: {{mood: [sad, glad]}}\n    rows: friends.csv\n"
    "    template: words.j2\n    output: '{{{{ song }}}}-{{{{ name | slug }}}}-{{{{ mood }}}}'\n",
    "  '{name}':\n    voice: band\n    lang: de\n    lrc: true\n"
    '    lyrics: "Zwei\\n\n      Zeilen"\n',
]
FILES = {
    "specs/friends.csv": "name\nAnn\nBen\n",
    "templates/words.j2": "{% for i in range(3) %}La {{ name }}\n{% endfor %}{{ mood | upper }}",
}


def about(name: str, overrides: dict[str, str], tool: str, engines: str = "") -> Circumstances:
    """Circumstances in which every engine takes what the hosted contract takes."""
    return Circumstances(name, overrides, tool, engines, HostedOnly())


ABOUT = about("x", {}, "tool 1")


def song(kind: int, number: int) -> str:
    return SONGS[kind].format(name=f"song-{number}")


def source(text: str) -> Source:
    return Source("specs/x.yaml", text)


def told(result: LoadResult) -> tuple[object, ...]:
    """Return what a result says, places included."""
    references = {
        name: (str(one.span), str(one.source_span), one.source, one.purpose, one.sha256)
        for name, one in result.references.items()
    }
    spec = result.spec
    about = spec and (spec.name, spec.path, spec.title, spec.engine, spec.renders)
    return about, references, printed(result.diagnostics)


class Project:
    """One spec through its edits: compiled each time from what the time before left."""

    def __init__(self) -> None:
        self.kept: bytes | None = None

    def check(self, text: str, about: Circumstances = ABOUT, **files: str) -> None:
        """Hold what the compiled form gives to what reading gives, twice."""
        there = Memory(**{**FILES, **files})
        usual = told(load(source(text), about.name, there, about.overrides))
        for _ in range(2):
            result, after = load_compiled(source(text), there, about, self.kept)
            assert told(result) == usual
            self.kept = after or self.kept

    def is_kept(self, text: str, about: Circumstances = ABOUT, **files: str) -> bool:
        """Tell whether the record is found to be whole and of these circumstances."""
        _, after = load_compiled(source(text), Memory(**{**FILES, **files}), about, self.kept)
        return after is None


LISTS = st.lists(st.tuples(st.integers(0, len(SONGS) - 1), st.integers(0, 6)), max_size=6)


@settings(max_examples=60)
@given(st.lists(LISTS, max_size=4))
def test_songs_added_removed_moved_doubled_and_changed(edits: list[list[tuple[int, int]]]) -> None:
    project = Project()
    for songs in edits:
        project.check(HEAD + "".join(song(*one) for one in songs))


@settings(max_examples=100)
@given(st.data())
def test_any_change_of_the_text(data: st.DataObject) -> None:
    text = HEAD + "".join(song(kind, number) for number, kind in enumerate((0, 1, 2, 5)))
    project = Project()
    project.check(text)
    for _ in range(2):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 6)))
        pieces = st.sampled_from(["\n", "  ", "song-1:", "'", '"', "|", "&a ", "*a", "#", "\u2028"])
        new = "".join(data.draw(st.lists(pieces | st.text("{}[]:-,é\r\t x", max_size=2))))
        text = text[:start] + new + text[end:]
        project.check(text)


@settings(max_examples=60)
@given(st.data())
def test_any_damage_to_the_record(data: st.DataObject) -> None:
    text = HEAD + song(0, 0) + song(3, 1)
    project = Project()
    project.check(text)
    assert project.kept is not None
    place = data.draw(st.integers(0, len(project.kept) - 1))
    other = data.draw(st.binary(max_size=3))
    project.kept = project.kept[:place] + other + project.kept[place + 1 :]
    project.check(text)


@pytest.mark.parametrize("folder", folders("valid"), ids=lambda folder: folder.name)
def test_the_examples(folder: Path) -> None:
    text = (folder / "specs/x.yaml").read_text("utf-8")
    files = {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.suffix in {".j2", ".csv"}
    }
    project = Project()
    project.check(text, ABOUT, **files)
    project.check(text.replace("lyrics: ", "lyrics: Oh "), ABOUT, **files)


PLAIN = HEAD + "".join(song(kind, kind) for kind in range(len(SONGS)))
CHANGED: Mapping[str, tuple[Circumstances, dict[str, str]]] = {
    "a file of rows": (ABOUT, {"specs/friends.csv": "name\nCem\nBen\n"}),
    "a template": (ABOUT, {"templates/words.j2": "Lo {{ name }} {{ mood }}"}),
    "what --set says": (about("x", {"greeting": "Bye"}, "tool 1"), {}),
    "the tool": (about("x", {}, "tool 2"), {}),
    "the engines": (about("x", {}, "tool 1", "others"), {}),
    "the name of the spec": (about("y", {}, "tool 1"), {}),
}


@pytest.mark.parametrize("what", CHANGED)
def test_circumstances_count(what: str) -> None:
    project = Project()
    project.check(PLAIN)
    assert project.is_kept(PLAIN)
    about, files = CHANGED[what]
    assert not project.is_kept(PLAIN, about, **files)
    project.check(PLAIN, about, **files)
    project.check(PLAIN)


class Counting(Memory):
    """Files that count how often they are read."""

    reads = 0

    def read_data(self, path: str) -> bytes:
        self.reads += 1
        return super().read_data(path)


def test_only_the_songs_that_changed_are_read_again() -> None:
    """A hundred songs name one template each; what is read tells which of them are expanded."""
    texts = [
        f"  s{n}:\n    reference: band\n    template: t{n}.j2\n    vars: {{x: {n}}}\n"
        for n in range(100)
    ]
    files = {f"templates/t{n}.j2": f"Words of {n}" for n in range(100)}
    _, kept = load_compiled(source(HEAD + "".join(texts)), Memory(**files), ABOUT, None)
    texts[70] = texts[70].replace("x: 70", "x: 71")
    there = Counting(**files)
    result, _ = load_compiled(source(HEAD + "".join(texts)), there, ABOUT, kept)
    assert result.spec is not None
    assert len(result.spec.renders) == 100
    assert there.reads == 101  # each to see that it is the same, and the one that is expanded


def test_templates_that_took_many_steps_are_all_counted_again() -> None:
    """However a spec came to be what it is, the same text is valid or is not."""
    spent = "{% for i in range(900) %}{{ '' if i else 'la' }}{% endfor %}"
    texts = [f"  s{n}:\n    reference: band\n    lyrics: |\n      {spent}\n" for n in range(3)]
    _, kept = load_compiled(source(HEAD + texts[0] + texts[1]), Memory(), ABOUT, None)
    record = parse(kept or b"")
    assert record is not None
    assert 0 < record.excess < MOST_EXCESS
    nearly = dump(replace(record, excess=MOST_EXCESS))
    _, after = load_compiled(source(HEAD + "".join(texts)), Memory(), ABOUT, nearly)
    counted = parse(after or b"")
    assert counted is not None
    assert counted.excess < MOST_EXCESS


ASKING = """version: 1
engine: acestep
defaults: {style: "pop, {{ song }}", options: {acestep: {shift: 3.5}}}
songs:
  one:
    lyrics: "[Verse]\\nla"
    duration: 90.25
    seed: 7
    takes: 2
    follow: style
    options: {acestep: {inference_steps: 12, timesteps: "{{ take }}"}, sketch: {x: true}}
  two:
    vocals: none
    duration: 60
    scale: A minor
"""


def test_what_songs_ask_for_is_kept_with_its_types() -> None:
    engines = Engines().lookup(None)
    before: bytes | None = None
    about = Circumstances("x", {}, "tool 1", "acestep as it comes", engines)
    usual = load(source(ASKING), "x", Memory(), engines=engines)
    assert usual.spec is not None, usual.diagnostics
    for _ in range(2):
        result, after = load_compiled(source(ASKING), Memory(), about, before)
        assert result.spec is not None
        assert result.spec.renders == usual.spec.renders
        assert [kinds(one) for one in result.spec.renders] == [
            kinds(one) for one in usual.spec.renders
        ]
        before = after or before
    assert after is None
    changed = Circumstances("x", {}, "tool 1", "acestep with another model", engines)
    assert load_compiled(source(ASKING), Memory(), changed, before)[1] is not None


def kinds(render: UnresolvedRender) -> list[object]:
    """Return the types of what a render asks for; 90 and 90.0 are one number in one key."""
    options = render.options or {}
    return [type(value) for fields in options.values() for value in fields.values()]


def test_a_template_that_appears_below_templates_wins_over_one_beside_the_spec() -> None:
    project = Project()
    text = HEAD + "  one:\n    reference: band\n    template: new.txt\n"
    beside, below = {"specs/new.txt": "beside"}, {"templates/new.txt": "below"}
    project.check(text, ABOUT, **beside)
    assert project.is_kept(text, ABOUT, **beside)
    assert not project.is_kept(text, ABOUT, **beside, **below)
    project.check(text, ABOUT, **beside, **below)
