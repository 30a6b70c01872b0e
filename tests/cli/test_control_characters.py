"""No output of any command has a control character, wherever one was put in.

Every text that somebody else writes holds all of C0, DEL and C1 at once, and everything that shows
it is looked through: what commands print, files they write, tags, the page, and answers of `serve`.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import mutagen.id3
import pytest

from support.contract.faults import Fault

if TYPE_CHECKING:
    from pathlib import Path

    from support.contract.server import ContractServer
    from support.kit import Project

CONTROLS = [chr(code) for code in (*range(32), *range(127, 160))]
ALL = "".join(CONTROLS)
RAW = "".join(c for c in ALL if c not in "\0\n\r/")
"""What a file's name may have."""
TAGS = ("title", "artist", "album", "album_artist", "genre", "composer", "comment", "year", "track")
LINES = "\n\t"
WRITTEN = {".json", ".m3u8", ".lrc", ".html", ".xml", ".svg"}


def quoted(text: str) -> str:
    """Return a text for a YAML file, every control character an escape."""
    return '"' + "".join(f"\\x{ord(c):02x}" if c in CONTROLS else c for c in text) + '"'


EVIL = quoted(f"a{ALL[1:]}b")
"""Without NUL, which no tag may have."""


def spec(lyrics: str, more: str = "", title: str = EVIL) -> str:
    tags = "".join(f"        {name}: {EVIL}\n" for name in TAGS if name not in {"year", "track"})
    return (
        f"version: 1\ntitle: {title}\nengine: music-01\n"
        "references: {river: {file: river.mp3, purpose: song}}\n"
        f"songs:\n  first:\n    reference: river\n    lrc: true\n    lyrics: {lyrics}\n"
        f"    tags:\n{tags}"
        f"    matrix: {{mood: [{EVIL}, plain]}}\n{more}"
    )


def assert_clean(text: str | bytes, where: object, kept: str = LINES) -> None:
    """Check that a text has none of the characters but `kept`."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    found = sorted({hex(ord(c)) for c in text if c in CONTROLS and c not in kept})
    assert not found, (where, found)


def said(project: Project, *arguments: str, status: int | None = None) -> str:
    """Run a command; everything it prints is clean. Returns its standard output."""
    result = project.run(*arguments)
    assert status is None or result.status == status, result
    assert result.status != 70, result
    assert_clean(result.stdout, arguments)
    assert_clean(result.stderr, arguments)
    return result.stdout


CHECKS = [("check",), ("check", "--format", "json"), ("check", "--format", "github")]
PLANS = [
    ("plan",),
    ("plan", "--format", "json"),
    ("plan", "--format", "markdown"),
    ("plan", "--explain", "demo/first/plain/1"),
]
VERIFIES = [("verify",), ("verify", "--format", "json"), ("verify", "--format", "junit")]
DIFFS = [
    ("diff", "was.json", "--format", "text"),
    ("diff", "was.json", "--format", "json"),
    ("diff", "was.json", "--format", "markdown"),
    ("diff", "was.json", "--html", "diff.html"),
    ("diff", "was.json", "--recorded"),
]


def outputs(project: Project) -> dict[str, bytes]:
    """Return every file that is text."""
    return {
        str(path): path.read_bytes()
        for path in sorted(project.root.rglob("*"))
        if path.suffix in WRITTEN and ".songbatch" not in str(path)
    }


@pytest.fixture
def rendered(hosted: Project) -> Project:
    hosted.write("specs/demo.yaml", spec(quoted(f"line{ALL}line\nla la")))
    hosted.reference("specs/river.mp3")
    said(hosted, "render", status=0)
    return hosted


def test_what_authors_write_is_printed_clean(rendered: Project) -> None:
    manifest = (rendered.root / "outputs/demo/music-01/manifest.json").read_bytes()
    rendered.write("was.json", manifest.replace(b"la la", b"lo lo"))
    assert json.loads(manifest)["renders"][0]["tags"]["artist"].count("\x9b") == 1
    for command in [*CHECKS, *PLANS, *VERIFIES, *DIFFS, ("render",), ("render", "--json"), ("gc",)]:
        said(rendered, *command)
    said(rendered, "report")
    said(rendered, "analyze", "demo/first/plain/1", "--picture", "drawn.svg", status=0)
    for name, data in outputs(rendered).items():
        assert_clean(data, name)


def test_what_authors_write_is_clean_in_tags(rendered: Project) -> None:
    songs = sorted((rendered.root / "outputs").rglob("*.mp3"))
    assert len(songs) == 2
    for song in songs:
        for name, frame in mutagen.id3.ID3(song).items():
            is_lines = name.startswith(("USLT", "COMM"))
            assert_clean(str(getattr(frame, "text", "")), name, LINES if is_lines else "")
        said(rendered, "recover", str(song), status=0)
        (found,) = json.loads(said(rendered, "recover", "--json", str(song), status=0))["recovered"]
        assert found["intact"]
        assert ALL.replace("\r\n", "\n")[-8:] in found["inputs"]["lyrics"]
        assert found["audio_sha256"]


def test_nothing_of_it_is_written_in_every_run(rendered: Project) -> None:
    before = rendered.files("outputs")
    assert "Nothing to do" in said(rendered, "render")
    said(rendered, "render", "--json")
    assert rendered.files("outputs") == before


FIELDS = {
    "a version": f"version: {EVIL}\n",
    "a key": f"version: 1\n{EVIL}: 1\n",
    "a song": spec("la", f"  {EVIL}: {{lyrics: la}}\n"),
    "a reference": spec("la").replace("river:", f"{EVIL}:"),
    "a reference's use": spec("la").replace("reference: river", f"reference: {EVIL}"),
    "a file": spec("la").replace("river.mp3", "X").replace("X", EVIL),
    "a purpose": spec("la").replace("purpose: song", f"purpose: {EVIL}"),
    "a URL": spec("la").replace("file: river.mp3", f"url: {EVIL}, sha256: {EVIL}"),
    "an engine": spec("la").replace("music-01", EVIL),
    "a language": spec("la", f"    lang: {EVIL}\n"),
    "a template": spec("la", f"    template: {EVIL}\n").replace("    lyrics: la\n", ""),
    "an expression": spec(quoted("{{ " + f"'a{ALL}' + 1" + " }}")),
    "a variable": spec("la", f"    vars: {{{EVIL}: 1}}\n"),
    "a value": spec(quoted("{{ x }}"), f"    vars: {{x: {EVIL}}}\n"),
    "an undefined value": spec(quoted(f"{{{{ x[{ALL!r}] }}}}")),
    "a tag": spec("la").replace("artist:", f"{EVIL}:"),
    "a cover": spec("la").replace("    tags:\n", f"    tags:\n        cover: {EVIL}\n"),
    "an output": spec("la", f"    output: {EVIL}\n"),
    "rows": spec("la", f"    rows: {EVIL}\n"),
    "section": spec(quoted(f"[verse{ALL}]\n##la")),
    "raw": f"version: 1\ntitle: 'x{ALL}'\n",
    "raw, with nothing else": ALL,
    "a comment": f"version: 1\n# {RAW}\nsong: {{}}\n",
}


def test_mistakes_are_reported_clean(hosted: Project) -> None:
    hosted.reference("specs/river.mp3").write("specs/x.csv", f"name\nx{ALL}\n")
    for number, text in enumerate(FIELDS.values()):
        hosted.write(f"specs/s{number}.yaml", text)
    found = json.loads(said(hosted, "check", "--format", "json", status=2))
    reported = {one["file"] for one in found}
    # What a comment says is nobody's mistake.
    assert len(reported) >= len(FIELDS) - 1, sorted(reported)
    for command in (*CHECKS, ("plan",), ("render", "--max-renders", "0")):
        said(hosted, *command, status=2)


def test_settings_rows_and_names_of_files_are_reported_clean(hosted: Project) -> None:
    hosted.write("specs/demo.yaml", spec("la", "    rows: rows.csv\n")).reference("specs/river.mp3")
    for path, text in {
        "specs/rows.csv": f"name,{RAW}\nx{ALL},2\n",
        "songbatch.yaml": f"version: 1\nengines: {{{EVIL}: {{}}}}\n",
        "specs/selects.yaml": f"version: 1\nlisteners: {{{EVIL}: [{{render: {EVIL}}}]}}\n",
        f"specs/{RAW}.yaml": spec("la"),
        f"x{RAW}.mp3": "no audio",
        f"x{RAW}.json": "{}",
    }.items():
        hosted.write(path, text)
        for arguments in (*CHECKS, ("plan",), ("report",)):
            said(hosted, *arguments)
    for command in ("recover", "analyze", "diff", "selects merge", "plan", "--project", "init"):
        for name in (f"x{RAW}.mp3", f"x{RAW}.json", f"none{RAW}"):
            said(hosted, *command.split(), name)
    said(hosted, "recover", "--json", f"x{RAW}.mp3")


def test_what_listeners_say_is_clean_on_the_page_and_merged(rendered: Project) -> None:
    entry = rendered.entries("demo")["demo/first/plain/1"]
    name = "".join(c for c in ALL if c >= "\x80")
    heard = {"render": entry["id"], "engine": "music-01", "audio_sha256": entry["audio_sha256"]}
    texts = "".join(f"      {key}: {quoted(value)}\n" for key, value in heard.items())
    rendered.write(
        "specs/selects.yaml",
        f"version: 1\nlisteners:\n  {quoted(f'ann{name}')}:\n    -\n{texts}"
        f"      pick: true\n      note: {EVIL}\n",
    )
    assert "Copied 1 chosen take" in said(rendered, "render", status=0)
    said(rendered, "report", status=0)
    assert "ann" in said(rendered, "selects", "merge", "specs/selects.yaml", status=0)
    for path, data in outputs(rendered).items():
        assert_clean(data, path)


ANSWERS: dict[str, Any] = {
    "a status": {"base_resp": {"status_code": 1026, "status_msg": f"no{ALL}"}},
    "a trace": {"trace_id": f"t{ALL}", "base_resp": {"status_code": 0}},
    "a message": {"message": f"no{ALL}", "statusCode": 400, "error": {"message": f"no{ALL}"}},
    "a code": {"base_resp": {"status_code": ALL, "status_msg": [ALL]}},
}


def test_what_a_service_says_is_clean_everywhere(
    hosted: Project, contract_server: ContractServer
) -> None:
    songs, number = "", 0
    for status, answer in itertools.product((200, 400, 500), ANSWERS.values()):
        number += 1
        body = json.dumps(answer).encode()
        faults = [Fault.raw(body, status)] * 8
        contract_server.script("generate", faults, containing=f"number {number} ")
        songs += f'  s{number}: {{reference: river, lyrics: "number {number} is here"}}\n'
    head = spec("la").partition("  first:")[0]
    hosted.write("specs/demo.yaml", head + songs).reference("specs/river.mp3")
    arguments = ("--backoff", "0.01", "--retry-unknown", "0")
    assert f"{number} renders without audio" in said(hosted, "render", *arguments)
    said(hosted, "render", "--json", *arguments)
    manifest = (hosted.root / "outputs/demo/music-01/manifest.json").read_bytes()
    hosted.write("was.json", manifest.replace(b"is here", b"was here"))
    for command in (*PLANS[:3], *VERIFIES, *DIFFS, ("report",)):
        said(hosted, *command)
    for name, data in outputs(hosted).items():
        assert_clean(data, name)


def test_a_trace_of_a_song_is_clean_in_its_manifest(
    hosted: Project, contract_server: ContractServer
) -> None:
    hosted.write("specs/demo.yaml", spec("la")).reference("specs/river.mp3")
    said(hosted, "render", status=0)
    audio = next(iter(contract_server.answers.values()))
    song = {"data": {"status": 2, "audio": audio.hex()}, "trace_id": f"t{ALL}"}
    contract_server.script("generate", [Fault.json(song, "a trace")])
    hosted.replace("specs/demo.yaml", "lyrics: la", "lyrics: lo")
    said(hosted, "render", "--json", status=0)
    for name, data in outputs(hosted).items():
        assert_clean(data, name)


STRANGE: list[dict[str, Any]] = [
    {"id": f"demo/first{RAW}/1"},
    {"output": f"outputs/demo/music-01/x{RAW}.mp3"},
    dict.fromkeys(("song", "lyrics", "trace_id", "rendered_at", "error", "lang"), f"x{ALL}")
    | {"tags": {f"artist{ALL}": f"x{ALL}"}, "variant": {f"mood{ALL}": f"x{ALL}"}}
    | {"warnings": [f"x{ALL}"], "findings": [{"code": f"x{ALL}", "detail": ALL}]},
]


@pytest.mark.parametrize("strange", STRANGE, ids=["id", "output", "all else"])
def test_what_a_strangers_manifest_says_is_clean(
    rendered: Project, strange: dict[str, Any]
) -> None:
    path = "outputs/demo/music-01/manifest.json"
    manifest = json.loads((rendered.root / path).read_text("utf-8"))
    rendered.write("was.json", json.dumps(manifest))
    manifest["renders"][0] |= strange
    manifest["references"]["river"]["source"] = f"x{ALL}.mp3"
    manifest["references"][f"other{ALL}"] = manifest["references"]["river"]
    rendered.write(path, json.dumps(manifest)).write("odd.json", json.dumps(manifest))
    for command in (*PLANS, *VERIFIES, *DIFFS, ("diff", "odd.json"), ("report",), ("render",)):
        said(rendered, *command)
    for name, data in outputs(rendered).items():
        assert_clean(data, name)


def test_a_project_whose_folder_is_called_so(hosted: Project, tmp_path: Path) -> None:
    folder = f"songs{RAW}"
    hosted.write(f"{folder}/specs/demo.yaml", spec("la"))
    hosted.reference(f"{folder}/specs/river.mp3")
    for command in (*CHECKS, ("render",), ("report",), ("verify",)):
        result = hosted.run(*command, cwd=tmp_path / folder)
        assert_clean(result.stdout + result.stderr, command)
    assert_clean((tmp_path / folder / "outputs/report.html").read_bytes(), "report")
