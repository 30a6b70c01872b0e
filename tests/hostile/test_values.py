"""Every value of what is kept or committed, replaced by every odd one: refused in words, or used.

Nothing is listed by hand: the values are those that a rendered project has.
"""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from songbatch.diagnostics import BrokenState, SongbatchError
from songbatch.files.tree import Tree
from songbatch.measures import Measures
from songbatch.store import ledger_records, manifest, measured
from songbatch.store.blobs import Blobs
from songbatch.store.ledger import HEADER, Ledger
from support.kit import Project
from tests.hostile.forking import Forks
from tests.hostile.limited import is_harmless

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
version: 1
references: {river: {file: river.mp3, purpose: song}}
songs: {one: {reference: river, lyrics: "the kettle sings, the day begins", matrix: {n: [1]}}}
"""
MANIFEST = "outputs/x/sketch/manifest.json"
LONG = 200_000
MOST_SAID = 5_000
ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 2**63, 10**400, -(10**400), 1e308, -1e308, 0.5),
    *("", "\x1b]0;owned\x07\u202e\n", "a" * LONG, "f" * 64, "../../outside.txt"),
    *([], {}, [None], {"a": 1}, [[]]),
)
WORDS = ("NaN", "1e999", "-Infinity")
"""What JSON may not have, and Python's writes and reads."""


def places(tree: Any, *way: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value of a tree; of a list, to its first."""
    if way:
        yield way
    inner = (
        tree.items()
        if isinstance(tree, dict)
        else enumerate(tree[:1])
        if isinstance(tree, list)
        else ()
    )
    for name, value in inner:
        yield from places(value, *way, name)


def with_another(tree: Any, way: tuple[Any, ...], value: Any) -> Any:
    """Return a tree that has `value` where the way leads."""
    copy = json.loads(json.dumps(tree))
    part = copy
    for name in way[:-1]:
        part = part[name]
    part[way[-1]] = value
    return copy


def odd_texts(tree: Any) -> Iterator[tuple[str, bytes]]:
    """Yield what was changed, and the JSON of the changed tree."""
    for way in places(tree):
        for value in ODD:
            yield (
                f"{way} is {str(value)[:50]!a}",
                json.dumps(with_another(tree, way, value)).encode(),
            )
        for word in WORDS:
            text = json.dumps(with_another(tree, way, "WORD"))
            yield f"{way} is {word}", text.replace('"WORD"', word).encode()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    made = Project(tmp_path_factory.mktemp("values") / "project")
    made.write("specs/x.yaml", SPEC).reference("specs/river.mp3")
    assert made.run("render").status == 0
    return made


def numbers(value: Any) -> Iterator[float]:
    """Yield the numbers of what was read."""
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from numbers(one)


def test_manifests(project: Project) -> None:
    tree = json.loads((project.root / MANIFEST).read_bytes())
    tree["renders"][0]["variant"] = {}  # of variables, any number is one
    refused = 0
    for what, text in odd_texts(tree):
        try:
            found = manifest.parse(text, MANIFEST)
        except BrokenState as error:
            refused += 1
            too_long = len(str(error)) > MOST_SAID
        else:
            entries = msgspec.to_builtins(found.renders)
            assert all(abs(number) <= 2**53 for number in numbers(entries)), what
            assert manifest.parse(manifest.dump(found), MANIFEST) == found, what
            too_long = False
        assert not too_long, what
    assert refused


def test_measures(project: Project, tmp_path: Path) -> None:
    path = next((project.root / ".songbatch/measures").iterdir())
    blobs = Blobs(Tree(tmp_path))
    assert measured.load(Blobs(Tree(project.root / ".songbatch")), path.stem) is not None
    for what, text in odd_texts(json.loads(path.read_bytes())):
        blobs.keep_measures(path.stem, text)
        found = measured.load(blobs, path.stem)
        again = found and msgspec.json.decode(msgspec.json.encode(found), type=Measures)
        assert again == found, what


def test_ledgers(project: Project, tmp_path: Path) -> None:
    path = project.root / ".songbatch/ledger.jsonl"
    lines = path.read_bytes().splitlines()[1:]
    state = Tree(tmp_path)
    for line in lines:
        for what, text in odd_texts(json.loads(line[9:])):
            state.write("ledger.jsonl", HEADER, b"%08x %b\n" % (zlib.crc32(text), text))
            try:
                Ledger(state, now=lambda: "").state  # noqa: B018
            except SongbatchError as error:
                record, message = {}, str(error)
            else:
                record, message = msgspec.to_builtins(ledger_records.decode(text)), ""
            assert len(message) < MOST_SAID, what
            assert all(abs(number) <= 2**53 for number in numbers(record)), what


def test_commands_take_odd_numbers(project: Project) -> None:
    text = (project.root / MANIFEST).read_text()
    tree = json.loads(text)
    ways = [
        ("renders", 0, "audio", "bitrate"),
        ("renders", 0, "measures", "lufs"),
        ("renders", 0, "seconds"),
        ("engine", "name"),
    ]
    try:
        with Forks() as forks:
            for way in ways:
                for value in (10**400, {"a": 1}, "a" * LONG):
                    odd = json.dumps(with_another(tree, way, value))
                    (project.root / MANIFEST).write_text(odd)
                    for command in ("verify", "render"):
                        result = forks.run(project.root, command)
                        is_harmless(result)
                        assert result.status == 2, (way, command, result)
                        assert len(result.stderr) < MOST_SAID
                        assert MANIFEST in result.stderr
    finally:
        (project.root / MANIFEST).write_text(text)


def test_portraits_of_another_folder_are_heard_again(project: Project, tmp_path: Path) -> None:
    root = tmp_path / "clone"
    shutil.copytree(project.root, root)
    (kept,) = (root / ".songbatch/sketch").iterdir()
    tree = json.loads(kept.read_bytes())
    ways = [way for way in places(tree) if way[-1] in {"rhythm", "bpm", "chords", "home", "low"}]
    assert len(ways) == 5
    with Forks() as forks:
        for number, way in enumerate(ways):
            odd: tuple[Any, ...] = ([], 0, 2**63)
            for value in odd:
                kept.write_text(json.dumps(with_another(tree, way, value)))
                words = f"the kettle sings, {number} times {value!r}"
                (root / "specs/x.yaml").write_text(SPEC.replace("the kettle sings", words))
                result = forks.run(root, "render")
                is_harmless(result)
                assert result.status == 0, (way, value, result)
