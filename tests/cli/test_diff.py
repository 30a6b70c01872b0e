"""`songbatch diff`: real repositories, the real command, songs from a server of the contract."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from songbatch.cli.views.diff_messages import SHORT, chosen
from songbatch.diff.choices import ChosenChange, PickedTake
from songbatch.selects import Heard, Opinion, Selects
from support.kit import Project, Result
from tests.cli.repository import commit, git, prepare, rendered, songs
from tests.run.specs import SONG

__all__ = ["rendered", "songs"]


def test_what_listeners_say_stands_beside_the_take_that_they_mean() -> None:
    def take(digit: str, who: str, stars: int) -> PickedTake:
        return PickedTake("ep/one/1", "sketch", digit * 64, (who,), (stars,), (), None)

    ann, ben = take("a", "ann", 4), take("b", "ben", 1)
    change = ChosenChange("ep/one", (ann,), (ann, ben))
    digests = "a" * SHORT, "b" * SHORT
    assert chosen(change) == (
        f"take 1, audio {digests[0]} -> take 1, audio {digests[0]} (ann; 4 stars) "
        f"and take 1, audio {digests[1]} (ben; 1 star)"
    )


def differences(diff: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for part in diff["comparisons"] for one in part["differences"]}


def diff_of(project: Project, *arguments: str) -> dict[str, Any]:
    result = project.run("diff", *arguments, "--json")
    assert result.status == 0, result
    diff = json.loads(result.stdout)
    assert isinstance(diff, dict)
    return diff


def edit(project: Project) -> None:
    project.replace("specs/demo.yaml", "morning is all", "evening is all")
    project.write(
        "specs/demo.yaml",
        (project.root / "specs/demo.yaml").read_text("utf-8")
        + "    tags: {genre: Folk}\n  third:\n    lyrics: |\n      A third one, quite new.\n",
    )


def test_what_a_pull_request_changes_and_costs(songs: Project) -> None:
    first = git(songs, "rev-parse", "--short=12", "HEAD")
    assert songs.run("diff", "--detailed-exitcode").status == 0
    edit(songs)
    result = songs.run("diff", "main", env={"COLUMNS": "76"})
    assert result.stdout == (
        f"main ({first}) against specs as they are now\n"
        "\n"
        "demo on music-01\n"
        "  changed  demo/first/1: lyrics changed; to render\n"
        "      Down by the river we sing,        | Down by the river we sing,\n"
        "      morning is all that we bring.     ~ evening is all that we bring.\n"
        "  changed  demo/second/1: tags changed; the same audio\n"
        "      tags genre: none -> Folk\n"
        "  added    demo/third/1: to render\n"
        "\n"
        "1 added, 2 changed, 0 as before.\n"
        "2 to render: about 60 s, $0.06.\n"
    ), result
    assert songs.run("diff", "--detailed-exitcode").status == 6


def test_a_fresh_clone_tells_the_same(songs: Project, tmp_path: Path) -> None:
    edit(songs)
    commit(songs, "edited")
    clone = Project(tmp_path / "clone")
    git(songs, "clone", "-q", str(songs.root), str(clone.root))
    clone.environment = songs.environment
    said = clone.run("diff", "HEAD^").stdout
    assert "2 to render: about 60 s, $0.06." in said
    assert said == songs.run("diff", "HEAD^").stdout


def test_what_was_rendered_between(hosted: Project) -> None:
    songs = prepare(hosted)
    before = songs.entries("demo")["demo/first/1"]
    edit(songs)
    assert songs.run("render").status == 0
    diff = diff_of(songs, "HEAD")
    one = differences(diff)["demo/first/1"]
    after = songs.entries("demo")["demo/first/1"]
    assert (one["kind"], one["fate"]) == ("changed", "rendered")
    assert one["was"]["audio_sha256"] == before["audio_sha256"] != after["audio_sha256"]
    assert one["now"]["audio_sha256"] == after["audio_sha256"]
    assert [change["field"] for change in one["changes"]] == ["lyrics"]
    assert one["lyrics"] == [
        {"was": "Down by the river we sing,", "now": "Down by the river we sing,"},
        {"was": "morning is all that we bring.", "now": "evening is all that we bring."},
    ]
    assert one["now"]["audio_file"] == after["output"]
    blob = songs.root / one["was"]["audio_file"]
    assert blob.parent.parent.name == "store"
    assert blob.is_file()
    totals = diff["totals"]
    assert (totals["changed"], totals["added"], totals["render"]) == (2, 1, 0)
    assert (totals["rendered"], totals["paid_usd"]) == (2, 0.06)
    assert songs.run("diff", "--html", "pages/diff.html").status == 0
    page = Page((songs.root / "pages/diff.html").read_text("utf-8"))
    heard = [songs.root / "pages" / unquote(player["src"] or "") for player in page.of("audio")]
    changed, _retagged, added = [heard[:2], heard[2:4], heard[4:]]
    digests = [hashlib.sha256(path.read_bytes()).hexdigest() for path in [*changed, *added]]
    assert digests[0] == before["audio_sha256"]
    assert digests[1] == after["sha256"]
    assert len(added) == 1
    blob.unlink()
    assert differences(diff_of(songs))["demo/first/1"]["was"]["audio_file"] is None
    # Back to the old words: what was paid is asked for again only if it is really gone.
    songs.replace("specs/demo.yaml", "evening is all", "morning is all")
    assert diff_of(songs)["totals"]["render"] == 1


class Page(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_a_page_of_hostile_songs_is_inert(songs: Project) -> None:
    hostile = "</td></title><script>alert(1)</script><img src=x onerror=alert(1)>\" ' &lt;b&gt;"
    path = "outputs/demo/music-01/manifest.json"
    old = json.loads((songs.root / path).read_text("utf-8"))
    old["renders"][0] |= {"lyrics": hostile, "tags": {hostile: hostile}}
    old["renders"][0] |= {"audio_sha256": "0" * 64, "sha256": "0" * 64}
    old["renders"][1] |= {"id": f"demo/{hostile}/1", "key": "2" * 64}
    songs.write("old.json", json.dumps(old))
    assert songs.run("diff", "old.json", "--html", "diff.html").status == 0
    text = (songs.root / "diff.html").read_text("utf-8")
    page = Page(text)
    assert not page.of("script")
    assert not page.of("img")
    assert not [name for _, attributes in page.elements for name in attributes if name[:2] == "on"]
    policy = page.of("meta")[1]["content"] or ""
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)[0]
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert "neither among the outputs nor in the store any more" in text
    unwritable = songs.run("diff", "old.json", "--html", "specs")
    assert unwritable.status == 2


def test_a_renamed_song_costs_nothing(songs: Project) -> None:
    songs.replace("specs/demo.yaml", "  second:", "  last:")
    found = differences(diff_of(songs))
    assert set(found) == {"demo/last/1"}
    one = found["demo/last/1"]
    assert (one["kind"], one["fate"], one["was"]["id"]) == (
        "changed",
        "same_audio",
        "demo/second/1",
    )


def test_references_and_settings(songs: Project) -> None:
    songs.reference("specs/references/river.mp3", hz=330.0)
    songs.replace("specs/demo.yaml", "  second:\n", "  second:\n    audio: {sample_rate: 32000}\n")
    said = songs.run("diff").stdout
    assert "demo/first/1: voice and instrumental changed; to render" in said
    assert "demo/second/1: voice, instrumental and audio changed; to render" in said
    assert "audio sample_rate: 44100 -> 32000" in said


def test_a_removed_spec_and_a_new_one(songs: Project) -> None:
    other = SONG.replace("Up on", "Down on").replace("Down by", "Up by")
    songs.write("specs/other.yaml", other)
    (songs.root / "specs/demo.yaml").unlink()
    found = differences(diff_of(songs))
    assert {name: one["kind"] for name, one in found.items()} == {
        "demo/first/1": "removed",
        "demo/second/1": "removed",
        "other/first/1": "added",
        "other/second/1": "added",
    }
    only = differences(diff_of(songs, "HEAD", "demo", "--recorded"))
    assert only == {}


@pytest.mark.parametrize("is_edited", [False, True])
@pytest.mark.parametrize("is_rendered", [False, True])
def test_a_renamed_spec_is_what_it_was(songs: Project, is_edited: bool, is_rendered: bool) -> None:
    (songs.root / "specs/demo.yaml").rename(songs.root / "specs/album.yaml")
    line = "Down by"
    for edit in ("Out by", "Off by", "Up by") if is_edited else ():
        songs.replace("specs/album.yaml", line, edit)
        line = edit
        # The server gives its first two songs the audio that the first commit has.
        if is_rendered:
            assert songs.run("render").status == 0
    if is_rendered:
        assert songs.run("render").status == 0
    diff = diff_of(songs)
    found = differences(diff)
    assert {name: (one["kind"], one["was"]["id"]) for name, one in found.items()} == {
        f"album/{song}/1": ("changed", f"demo/{song}/1") for song in ("first", "second")
    }
    fate = "same_audio" if not is_edited else "rendered" if is_rendered else "planned"
    assert [found[f"album/{song}/1"]["fate"] for song in ("first", "second")] == [
        fate,
        "same_audio",
    ]
    totals = diff["totals"]
    assert (totals["added"], totals["removed"], totals["changed"]) == (0, 0, 2)
    assert totals["rendered"] == int(is_edited and is_rendered)
    assert totals["render"] == int(is_edited and not is_rendered)
    costs = {
        "same_audio": "Nothing to render.",
        "rendered": "1 rendered in between, for $0.03. Nothing to render.",
        "planned": "1 to render: about 60 s, $0.03.",
    }[fate]
    assert songs.run("diff").stdout.endswith(f"\n2 changed, 0 as before.\n{costs}\n")
    markdown = songs.run("diff", "--format", "markdown").stdout
    assert f"**2 changed, 0 as before.** {costs}\n" in markdown
    assert "- **changed** `album/second/1`: name and output name changed; the same audio" in (
        markdown
    )


def test_a_song_that_another_spec_has_too_was_not_rendered_again(songs: Project) -> None:
    text = (songs.root / "specs/demo.yaml").read_text("utf-8")
    songs.write("specs/copy.yaml", text)
    assert songs.run("render", "--frozen").status == 0
    said = songs.run("diff").stdout
    assert "  added    copy/first/1: rendered before, free\n" in said
    assert said.endswith("\n2 added, 2 as before.\nNothing to render.\n"), said


def test_against_a_manifest_file(songs: Project, tmp_path: Path) -> None:
    old = songs.root / "outputs/demo/music-01/manifest.json"
    saved = songs.root / "old.json"
    saved.write_bytes(old.read_bytes())
    edit(songs)
    diff = diff_of(songs, "old.json")
    assert diff["was"] == {"revision": None, "commit": None, "manifest": "old.json"}
    assert (diff["totals"]["changed"], diff["totals"]["added"]) == (2, 1)
    assert diff_of(songs, "old.json", "--recorded")["totals"]["same"] == 2


def test_a_project_in_a_subfolder_and_a_merge_base(project: Project, rendered: Path) -> None:
    below = Project(project.root / "music/songs")
    shutil.copytree(rendered, below.root, ignore=shutil.ignore_patterns(".git"))
    git(project, "init", "-qb", "main")
    commit(project, "songs")
    git(project, "switch", "-qc", "change")
    below.replace("specs/demo.yaml", "morning is all", "evening is all")
    commit(project, "evening")
    git(project, "switch", "-q", "main")
    # As if it had been rendered: the merge base has other words, whatever they cost.
    below.replace("outputs/demo/music-01/manifest.json", "Up on the hill", "Up on the roof")
    commit(project, "roof")
    git(project, "switch", "-q", "change")
    hooked = {"GIT_DIR": str(project.root / ".git")}
    assert set(differences(diff_of(below, "main"))) == {"demo/first/1", "demo/second/1"}
    result = below.run("diff", "main", "--merge-base", "--json", env=hooked)
    assert set(differences(json.loads(result.stdout))) == {"demo/first/1"}


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["nowhere"], 2, "git knows no revision 'nowhere' here"),
        (["--", "--output=x"], 2, "is not a revision"),
        (["main", "dmeo"], 2, 'did you mean "demo"?'),
        (["bad.json"], 2, "is not a manifest"),
        (["empty"], 0, "has no manifest below outputs/"),
    ],
)
def test_what_cannot_be_compared(
    tmp_path: Path, arguments: list[str], status: int, said: str
) -> None:
    project = Project(tmp_path)
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    git(project, "init", "-qb", "empty")
    commit(project, "nothing rendered")
    git(project, "branch", "main")
    entry = {"id": 5}
    project.write("bad.json", json.dumps({"manifest": 1, "spec": "demo", "renders": [entry]}))
    result = project.run("diff", *arguments)
    assert (result.status, said in result.stderr) == (status, True), result
    assert "fix: " in result.stderr


def test_without_a_repository(project: Project) -> None:
    project.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")
    result = project.run("diff", env={"GIT_CEILING_DIRECTORIES": str(project.root.parent)})
    assert result.status == 2
    assert "not a git repository" in result.stderr
    assert "fix: run this in a git repository" in result.stderr
    result = project.run("diff", env={"PATH": ""})
    assert "git is not installed" in result.stderr


def as_another(project: Project, revision: str) -> Result:
    """Compare in a folder that belongs to somebody else: git's own tests say so in this way."""
    return project.run("diff", revision, env={"GIT_TEST_ASSUME_DIFFERENT_OWNER": "1"})


@pytest.mark.parametrize("name", ["songs", "my songs", "it's $HOME; rm -rf `x`", "für dich"])
def test_a_folder_that_git_does_not_trust_can_be_trusted_as_the_fix_says(
    name: str, tmp_path: Path
) -> None:
    project = Project(tmp_path / name).write("specs/demo.yaml", SONG)
    project.environment = {"HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    git(project, "init", "-q")
    commit(project, "songs")
    result = as_another(project, "HEAD")
    assert result.status == 2, result
    assert "dubious ownership" in result.stderr
    command = result.stderr.split("fix: if you trust it: ")[1]
    subprocess.run(["/bin/sh", "-c", command], env=os.environ | project.environment, check=True)
    trusted = as_another(project, "HEAD")
    assert "dubious ownership" not in trusted.stderr, trusted


@pytest.mark.parametrize(
    ("typed", "command"),
    [
        ("demo", "songbatch diff HEAD demo"),
        ("specs/demo.yaml", "songbatch diff HEAD specs/demo.yaml"),
        ("HEAD..main", "songbatch diff HEAD"),
        ("main...HEAD", "songbatch diff --merge-base main"),
    ],
)
def test_a_spec_and_a_range_are_no_revisions_and_the_fix_works(
    songs: Project, typed: str, command: str
) -> None:
    refused = songs.run("diff", typed)
    assert (refused.status, refused.stderr.endswith(f": {command}\n")) == (2, True), refused
    assert songs.run(*command.split()[1:]).status == 0


def test_before_the_first_commit(project: Project) -> None:
    project.write("specs/demo.yaml", SONG)
    git(project, "init", "-q")
    for revision in ("HEAD", "main"):
        result = project.run("diff", revision)
        assert result.status == 2
        assert "there is no commit yet" in result.stderr
        assert "git add -A && git commit -m 'First songs'" in result.stderr


def test_a_shallow_clone_can_be_deepened(songs: Project, tmp_path: Path) -> None:
    commit(songs.write("notes.txt", "more"), "more")
    git(songs, "clone", "-q", "--depth", "1", f"file://{songs.root}", str(tmp_path / "clone"))
    clone = Project(tmp_path / "clone")
    assert "git fetch --unshallow" in clone.run("diff", "HEAD~1").stderr
    git(clone, "fetch", "-q", "--unshallow")
    assert clone.run("diff", "HEAD~1").status == 0
    assert "unshallow" not in clone.run("diff", "HEAD~9").stderr


def test_a_bare_repository_has_no_files(songs: Project, tmp_path: Path) -> None:
    git(songs, "clone", "-q", "--bare", str(songs.root), str(tmp_path / "bare"))
    bare = Project(tmp_path / "bare").write("specs/demo.yaml", SONG)
    result = bare.run("diff", "HEAD")
    assert result.status == 2, result
    assert f"git clone {tmp_path}/bare songs" in result.stderr


def test_without_git(songs: Project, tmp_path: Path) -> None:
    result = songs.run("diff", "HEAD", env={"PATH": str(tmp_path)})
    assert result.status == 2
    assert "error: git is not installed, or not on the PATH\n" in result.stderr


def test_a_manifest_of_a_stranger_leads_nowhere(songs: Project) -> None:
    path = "outputs/demo/music-01/manifest.json"
    old = json.loads((songs.root / path).read_text("utf-8"))
    old["renders"][0]["audio_sha256"] = "../../../../etc/passwd"
    songs.write("old.json", json.dumps(old))
    result = songs.run("diff", "old.json")
    assert result.status == 2
    assert "is not a manifest" in result.stderr
    old["renders"][0] |= {"audio_sha256": "0" * 64, "lyrics": "a\x1b[2J\n\u202eb", "key": "1" * 64}
    songs.write("old.json", json.dumps(old))
    result = songs.run("diff", "old.json")
    assert result.status == 0, result
    assert "a\\x1b[2J" in result.stdout
    assert "\\u202eb" in result.stdout


def test_another_choice_is_a_change_in_every_view(songs: Project) -> None:
    first, second = (songs.entries("demo")[f"demo/{name}/1"] for name in ("first", "second"))

    def choose(note: str, *takes: dict[str, Any]) -> None:
        opinions = [
            Opinion(who, Heard(one["id"], "music-01", one["audio_sha256"]), True, 4, note)
            for one in takes
            for who in ("ann", "ben")
        ]
        songs.write("specs/selects.yaml", Selects(tuple(opinions)).dump())

    choose("", first)
    commit(songs, "choice")
    assert "Nothing differs" in songs.run("diff").stdout
    choose("warm, but late", second)
    result = songs.run("diff", "--detailed-exitcode", "--html", "diff.html")
    assert result.status == 6, result
    said = 'none -> take 1 (ann, ben; 4 stars; 4 stars; "warm, but late"; "warm, but late")'
    assert f"chosen\n  demo/first: take 1 -> none\n  demo/second: {said}\n" in result.stdout
    assert "2 songs with another choice, 2 renders as before." in result.stdout
    markdown = songs.run("diff", "--format", "markdown").stdout
    assert f"#### chosen\n\n- `demo/first`: `take 1 -> none`\n- `demo/second`: `{said}`" in markdown
    chosen = diff_of(songs)["chosen"]
    assert [one["song"] for one in chosen] == ["demo/first", "demo/second"]
    assert chosen[1]["now"][0]["listeners"] == ["ann", "ben"]
    assert diff_of(songs, "--recorded")["chosen"] == chosen
    page = (songs.root / "diff.html").read_text("utf-8")
    assert "<h2>Chosen</h2>" in page
    assert page.count("<figure>") == 2
    commit(songs, "another")
    songs.replace("specs/selects.yaml", '"ben":', '"zoe":')
    said = "take 1 by ann and ben -> take 1 by ann and zoe"
    result = songs.run("diff", "--detailed-exitcode")
    assert (result.status, f"chosen\n  demo/second: {said}\n" in result.stdout) == (6, True), result
    assert "1 song with another choice, 2 renders as before." in result.stdout
    markdown = songs.run("diff", "--format", "markdown").stdout
    assert f"- `demo/second`: `{said}`" in markdown
    (one,) = diff_of(songs)["chosen"]
    assert [one[side][0]["listeners"] for side in ("was", "now")] == [
        ["ann", "ben"],
        ["ann", "zoe"],
    ]
    git(songs, "reset", "-q", "--soft", "HEAD~1")
    songs.replace("specs/demo.yaml", "  second:", "  opening:")
    assert [one["song"] for one in diff_of(songs)["chosen"]] == ["demo/first", "demo/opening"]
