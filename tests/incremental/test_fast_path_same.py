"""What is printed at once is byte for byte what the long way prints, for any project."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from songbatch.selects import Heard, Opinion, Selects
from support.contract.server import ContractServer
from support.kit import Project
from tests.incremental.test_fast_path import forget, show

PLAIN = (
    "{reference: river, vars: {word: x}, lyrics: \"Song of the {{ 'hill' if word else 'hill' }}\"}"
)
KINDS = {
    "plain": PLAIN,
    "short": PLAIN.replace("river", "brook"),
    "tags": PLAIN.replace('"S', '"[Verse]\\n[Verse]\\nS'),
    "letters": PLAIN.replace('"S', '"[Verse]\\n[Vers] naïve 日本\u3000👩\u200d🚀 \\nS'),
}
"""Songs; of all but the first there is something to say."""

COMMANDS = (
    ("render",),
    ("render", "--json"),
    ("render", "--no-measure", "-j", "2"),
    ("render", "demo", "--frozen", "--max-cost", "0"),
    ("render", "--select", "s0", "--json"),
    ("render", "--set", "word=日本"),
    ("check",),
    ("check", "demo", "--format", "json"),
    ("check", "--format", "github"),
    ("plan",),
    ("plan", "--json"),
    ("plan", "--format", "markdown", "--jobs", "3", "--retry-unknown", "0"),
    ("plan", "--detailed-exitcode", "--select", "s*"),
    ("plan", "--explain", "demo/s0/1"),
)
NEVER_AT_ONCE = {"github", "--explain"}
ENVIRONMENTS: tuple[dict[str, str], ...] = (
    {},
    {"NO_COLOR": "1", "SONGBATCH_ANYTHING": "1"},
    {"FORCE_COLOR": "1", "COLUMNS": "40", "TERM": "dumb"},
    {"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
    {"LC_ALL": "C"},
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    project = Project(tmp_path_factory.mktemp("same"))
    project.reference("specs/river.mp3").reference("specs/brook.mp3", seconds=12)
    with ContractServer() as server:
        project.environment = server.environment
        yield project


def write(project: Project, songs: list[str], *, edited: bool, picked: bool) -> None:
    """Render these songs; then edit the first, and pick what is there of it and what is not."""
    references = ["river", "brook"] if "short" in songs else ["river"]
    lines = ["version: 1", "engine: music-01", "references:"]
    lines += [f"  {name}: {{file: {name}.mp3, purpose: song}}" for name in references]
    lines.append("songs:")
    lines += [f"  s{number}: {KINDS[kind]}" for number, kind in enumerate(songs)]
    project.write("specs/demo.yaml", "\n".join(lines))
    (project.root / "specs/selects.yaml").unlink(missing_ok=True)
    assert project.run("render").status == 0
    if picked:
        there = project.entries("demo")["demo/s0/1"]["audio_sha256"]
        heard = [Heard("demo/s0/1", "music-01", audio) for audio in (there, "0" * 64)]
        opinions = tuple(Opinion("ann", one, pick=True) for one in heard)
        project.write("specs/selects.yaml", Selects(opinions).dump())
        assert project.run("render").status == 0
    if edited:
        project.replace("specs/demo.yaml", "  s0: {", "  s0: {tags: {artist: Ann}, ")


@example(["plain"], True, False, ("plan",), {"FORCE_COLOR": "1"})
@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    st.lists(st.sampled_from([*KINDS]), min_size=1, max_size=4),
    st.booleans(),
    st.booleans(),
    st.sampled_from(COMMANDS),
    st.sampled_from(ENVIRONMENTS),
)
def test_at_once_is_as_the_long_way(
    place: Project,
    songs: list[str],
    edited: bool,
    picked: bool,
    command: tuple[str, ...],
    env: dict[str, str],
) -> None:
    write(place, songs, edited=edited and command[0] != "render", picked=picked)
    _, (_, out, error) = first = show(place, *command, **env)
    was_quick, at_once = show(place, *command, **env)
    # Colours are control characters, and none is ever printed from a file.
    is_coloured = b"\x1b" in out + error
    assert was_quick == (NEVER_AT_ONCE.isdisjoint(command) and not is_coloured)
    forget(place)
    assert (False, at_once) == show(place, *command, **env)
    assert first[1] == at_once
