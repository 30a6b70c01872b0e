"""`songbatch plan --engine`: what a move to another engine loses and leaves; engines compared."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.kit import Project

SPEC = """\
version: 1
references:
  river: {file: references/river.mp3, purpose: song}
defaults:
  reference: river
  style: dream pop
  duration: 11
songs:
  harbour:
    takes: 2
    lyrics: Over the harbour the lamps go out
  greeting:
    options: {sketch: {band: play}}
    lyrics: Good morning to you
"""
OTHER = """\
version: 1
references:
  band: {file: references/band.mp3, purpose: instrumental}
songs:
  dance: {reference: band, style: polka, lyrics: Come dance with me now}
"""
STYLE = "it follows the reference, and has no such setting"
LENGTH = "it decides itself how long a song is, at most a minute"
NEEDS_BASE = (
    "singing over a given instrumental needs a base model, such as acestep-v15-base or "
    "acestep-v15-xl-base"
)
LOST = f"""\
  ignores `style` of 3 renders: {STYLE}
  ignores `duration` of 3 renders: {LENGTH}
  ignores `options` of 1 render: those under sketch are for that engine alone
"""


@pytest.fixture
def friends(project: Project) -> Project:
    project.reference("specs/references/river.mp3").reference("specs/references/band.mp3", 330)
    return project.write("specs/friends.yaml", SPEC)


def judge_two(project: Project) -> dict[str, Any]:
    """Let somebody pick, rate and note; return the entry of the second song."""
    one, two = project.manifest("friends", "sketch")["renders"][:2]
    project.write(
        "specs/selects.yaml",
        "version: 1\nlisteners:\n  ann:\n"
        f"    - {{render: {one['id']}, engine: sketch, audio_sha256: {one['audio_sha256']},"
        " pick: true, rating: 4}\n"
        f"    - {{render: {two['id']}, engine: sketch, audio_sha256: {two['audio_sha256']},"
        " rating: 2, note: late}\n",
    )
    assert isinstance(two, dict)
    return two


def test_engines_side_by_side(friends: Project) -> None:
    friends.write("specs/other.yaml", OTHER)
    before = friends.files()
    result = friends.run(
        "plan", "--engine", "sketch", "--engine", "acestep", "--engine", "music-01"
    )
    assert result.status == 0, result
    assert result.stdout == (
        "engine    to render  there  cost   time   to upload        errors\n"
        "sketch    4          0      $0.00  6.0 s  2                0\n"
        "acestep   3          0      $0.00  60 s   1 with requests  1\n"
        "music-01  4          0      $0.12  60 s   2                0\n"
        "\n"
        "sketch\n"
        f"  ignores `style` of 4 renders: {STYLE}\n"
        "\n"
        "acestep\n"
        "  cannot: specs/other.yaml:5:22: the engine cannot do this: acestep cannot use this "
        f"reference: {NEEDS_BASE}\n"
        "  its row leaves out 1 render of specs with errors\n"
        "  ignores `options` of 1 render: those under sketch are for that engine alone\n"
        f"  has no place for the instrumental reference band of 1 render: {NEEDS_BASE}\n"
        "\n"
        "music-01\n"
        f"  ignores `style` of 4 renders: {STYLE}\n"
        f"  ignores `duration` of 3 renders: {LENGTH}\n"
        "  ignores `options` of 1 render: those under sketch are for that engine alone\n"
    )
    assert result.stderr == ""
    assert friends.files() == before


def test_a_move_says_what_is_lost_and_what_stays(friends: Project) -> None:
    assert "moving" not in friends.run("plan", "--engine", "music-01").stdout
    assert friends.run("render").status == 0
    (friends.root / judge_two(friends)["output"]).unlink()
    size = sum(path.stat().st_size for path in friends.root.glob("outputs/*/*/*.mp3"))
    before = friends.files()
    result = friends.run("plan", "--engine", "music-01")
    assert result.stdout == (
        "friends on music-01\n"
        "  upload   river: song reference, not uploaded to this account yet\n"
        "  render   friends/harbour/1: not rendered yet\n"
        "  render   friends/harbour/2: not rendered yet\n"
        "  render   friends/greeting/1: not rendered yet\n"
        "\n"
        "1 to upload, 3 to render; about 60 s, $0.09.\n"
        "\n"
        "moving from sketch to music-01\n"
        f"{LOST}"
        f"  3 songs of sketch stay on this disk: outputs/friends/sketch/, {size / 1e3:.1f} kB; "
        "1 of them not\n"
        "  1 pick, 2 ratings and 1 note stay with sketch: they are of that audio, and songs of "
        "music-01 begin without\n"
    )
    move = json.loads(friends.run("plan", "--engine", "music-01", "--json").stdout)["move"]
    assert move == {
        "was": "sketch",
        "to": "music-01",
        "ignores": [
            {"key": "style", "reason": STYLE, "renders": 3},
            {"key": "duration", "reason": LENGTH, "renders": 3},
            {
                "key": "options",
                "reason": "those under sketch are for that engine alone",
                "renders": 1,
            },
        ],
        "no_place_for": [],
        "overlong": [],
        "stays": [
            {
                "engine": "sketch",
                "folders": ["outputs/friends/sketch"],
                "songs": 3,
                "here": 2,
                "bytes": size,
                "picks": 1,
                "ratings": 2,
                "notes": 1,
            }
        ],
    }
    marked = friends.run("plan", "--engine", "music-01", "--format", "markdown").stdout
    assert "\n#### moving from `sketch` to `music-01`\n\n- ignores `style` of 3" in marked
    assert "\n- 3 songs of `sketch` stay on this disk: `outputs/friends/sketch/`" in marked
    assert friends.files() == before
    same = friends.run("plan", "--engine", "sketch", "--json")
    assert "move" not in json.loads(same.stdout)
    friends.write("outputs/friends/sketch/manifest.json", "<<<<<<< HEAD\n")
    broken = friends.run("plan", "--engine", "music-01")
    assert broken.status == 0, broken
    assert broken.stdout.endswith("\n1 to upload, 3 to render; about 60 s, $0.09.\n")


def test_a_comparison_for_programs_and_for_a_pull_request(friends: Project) -> None:
    assert friends.run("render").status == 0
    judge_two(friends)
    engines = ("--engine", "sketch", "--engine", "music-01")
    result = friends.run("plan", *engines, "--json", "--detailed-exitcode")
    assert result.status == 6, result
    compared = json.loads(result.stdout)
    assert compared["comparison"] == 1
    here, there = compared["engines"]
    assert (here["engine"]["name"], there["engine"]) == (
        "sketch",
        {"name": "music-01", "model": "music-01"},
    )
    assert (here["totals"]["render"], here["totals"]["there"], here["stays"]) == (0, 3, [])
    assert (there["totals"]["render"], there["totals"]["cost_usd"]) == (3, 0.09)
    assert (there["stays"][0]["picks"], there["stays"][0]["here"]) == (1, 3)
    assert friends.run("plan", *engines, "--format", "markdown").stdout.startswith(
        "### songbatch plan\n"
        "\n"
        "| engine | to render | there | cost | time | to upload |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| `sketch` | 0 | 3 | $0.00 | – | 0 |\n"
        "| `music-01` | 3 | 0 | $0.09 | 60 s | 1 |\n"
        "\n"
        "#### `sketch`\n"
        "\n"
        f"- ignores `style` of 3 renders: {STYLE}\n"
    )


def test_lyrics_that_are_too_long_for_one_of_them(friends: Project) -> None:
    long = " ".join(["morning"] * 90)
    friends.replace("specs/friends.yaml", "Good morning to you", long)
    engines = ("--engine", "music-01", "--engine", "acestep")
    result = friends.run("plan", *engines)
    assert result.status == 0, result
    assert "  its row leaves out 3 renders of specs with errors\n" in result.stdout
    assert (
        "  lyrics of 1 render have more than the 600 characters that it takes; "
        "the first is friends/greeting/1\n" in result.stdout
    )
    (refused, fits) = json.loads(friends.run("plan", *engines, "--json").stdout)["engines"]
    assert (refused["totals"], refused["errors"][0]["line"]) == (None, 14)
    assert fits["totals"]["render"] == 3
    nobody = friends.run("plan", "--engine", "music-01", "--engine", "sketch")
    assert (nobody.status, nobody.stdout) == (2, "")
    assert nobody.stderr.count("the lyrics are too long") == 1


def test_engines_that_cannot_render_any_of_it(friends: Project) -> None:
    friends.write("specs/friends.yaml", OTHER)
    turbo = "acestep/acestep-v15-turbo"
    result = friends.run("plan", "--engine", "acestep", "--engine", turbo)
    assert result.status == 2, result
    assert result.stdout.count("cannot: specs/friends.yaml:5:22:") == 2


def test_an_engine_without_a_place_for_references_and_with_open_prices(friends: Project) -> None:
    friends.replace("specs/friends.yaml", "  duration: 11\n", "")
    result = friends.run("plan", "--engine", "sketch", "--engine", "fal/music-3")
    assert result.status == 0, result
    (_, _, row, *_) = result.stdout.splitlines()
    assert row.split("  ")[0] == "fal/music-3"
    assert "at most $" in row
    assert (
        "\nfal/music-3\n"
        "  ignores `options` of 1 render: those under sketch are for that engine alone\n"
        "  has no place for the song reference river of 3 renders\n" in result.stdout
    )


def test_what_is_wrong_everywhere_is_said_once(friends: Project) -> None:
    friends.replace("specs/friends.yaml", "takes: 2", "takes: two")
    result = friends.run("plan", "--engine", "sketch", "--engine", "music-01")
    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.count("wrong type: `takes`") == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--price", "1"), "--price would be that of all engines"),
        (("--all",), "--all is for one --engine"),
        (("--explain", "harbour"), "--explain is for one --engine"),
        (("--engine", "nobody"), 'there is no engine "nobody"'),
        (("--select", "nothing"), "no render is selected by 'nothing'"),
    ],
)
def test_what_cannot_be_compared(friends: Project, more: tuple[str, ...], said: str) -> None:
    result = friends.run("plan", "--engine", "sketch", "--engine", "music-01", *more)
    assert (result.status, result.stdout) == (2, "")
    assert said in result.stderr, result


def test_a_style_that_gives_way_to_a_reference_is_lost(friends: Project) -> None:
    result = friends.run("plan", "--engine", "fal/mureka-9", "--engine", "sketch")
    assert result.status == 0, result
    assert (
        "  ignores `style` of 3 renders: it goes by the reference alone where there is one, as far "
        "as anybody knows\n" in result.stdout.partition("\nsketch\n")[0]
    )
