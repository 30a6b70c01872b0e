"""What would be printed again is printed at once, and only while nothing has changed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import shutil
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from songbatch.files.tree import Tree
from songbatch.incremental import fast_path, file_index, printed
from songbatch.layout import folder_id
from support.contract.server import ContractServer
from support.kit import COMMAND, Project

SPEC = """\
version: 1
references:
  river: {file: references/river.mp3, purpose: song}
defaults: {reference: river}
songs:
  morning: {rows: names.csv, template: hello.j2}
  evening: {lyrics: The sun goes down behind the hill}
"""
TEMPLATE = "Hello {{ name }}, good morning\n{% include 'end.j2' %}"
NOTHING = "Nothing to do: 3 up to date.\n"

WARNING = "reference.short"

PROBE = """
import os, sys
from songbatch.__main__ import main
try:
    main()
finally:
    os.write(FD, b"long" if "click" in sys.modules else b"quick")
    os.write(FD, b" and store" if "obstore" in sys.modules else b"")
"""


@pytest.fixture
def project(hosted: Project) -> Project:
    hosted.write("specs/demo.yaml", SPEC.replace("version: 1", "version: 1\nengine: music-01"))
    hosted.write("specs/names.csv", "name\nAnn\nBob\n").write("templates/hello.j2", TEMPLATE)
    hosted.write("templates/end.j2", "the day is long").reference("specs/references/river.mp3")
    result = hosted.run("render")
    assert result.status == 0, result
    return hosted


Shown = tuple[int, bytes, bytes]
"""Exit code, standard output, standard error."""


def show(project: Project, *arguments: str, cwd: str = ".", **env: str) -> tuple[bool, Shown]:
    """Run a command; return whether it was answered at once, and what it showed."""
    reading, writing = os.pipe()
    process = subprocess.run(
        [sys.executable, "-c", PROBE.replace("FD", str(writing)), *arguments],
        cwd=project.root / cwd,
        capture_output=True,
        env={**os.environ, **project.environment, **env},
        pass_fds=[writing],
        check=False,
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        way = file.read()
    assert way in {b"quick", b"long"}, process
    return way == b"quick", (process.returncode, process.stdout, process.stderr)


def run(project: Project, *arguments: str, cwd: str = ".", **env: str) -> tuple[bool, str]:
    """Run a command; return whether it was answered at once, and what it printed."""
    was_quick, (_, out, _) = show(project, *(arguments or ("render",)), cwd=cwd, **env)
    return was_quick, out.decode()


@pytest.fixture
def silent_server() -> Iterator[socket.socket]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def nobody_asked(server: socket.socket) -> bool:
    with contextlib.suppress(BlockingIOError):
        server.accept()[0].close()
        return False
    return True


def test_a_shared_store_is_not_asked_where_there_is_nothing_to_do(
    project: Project, silent_server: socket.socket
) -> None:
    # Nobody has allowed it, either: it would be refused as soon as it mattered.
    project.write("songbatch.yaml", "version: 1\nstore: s3://studio-songs/friends\n")
    port = silent_server.getsockname()[1]
    endpoint = {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ALLOW_HTTP": "true"}
    folder = project.root / "songs"
    for arguments, variables in (
        (("render",), {}),
        (("plan",), {}),
        (("render", "--store", "s3://studio-songs/others"), {}),
        (("render",), {"SONGBATCH_STORE": "s3://studio-songs/others"}),
        (("render", f"--store=file://{folder}"), {}),
    ):
        for is_quick in (False, True):
            asked = show(project, *arguments, **endpoint, **variables)
            assert asked == (is_quick, (0, NOTHING.encode(), b"")), arguments
    assert nobody_asked(silent_server)
    assert not folder.exists()


def test_another_store_is_another_command(project: Project) -> None:
    assert run(project)[0] is True
    for said in ("none", "s3://studio-songs/others"):
        assert run(project, SONGBATCH_STORE=said)[0] is False
        assert run(project, SONGBATCH_STORE=said)[0] is True
    assert show(project, "render", SONGBATCH_STORE="nonsense")[1][0] == 2


def test_a_plan_that_a_shared_store_may_change_is_not_remembered(
    project: Project, tmp_path: Path
) -> None:
    project.replace("specs/demo.yaml", "hill", "wall")
    assert [run(project, "plan")[0] for _ in range(2)] == [False, True]
    with_store = ("plan", "--store", f"file://{tmp_path}/songs")
    assert [run(project, *with_store)[0] for _ in range(2)] == [False, False]


def forget(project: Project) -> None:
    (project.root / ".songbatch/index").unlink(missing_ok=True)


def test_nothing_to_do_is_told_at_once(project: Project) -> None:
    assert run(project) == (True, NOTHING)


def test_another_command_or_place_is_decided_anew(project: Project) -> None:
    for arguments, folder in (
        (("render", "demo"), "."),
        (("render", "--frozen"), "."),
        (("render",), "specs"),
        (("--project", str(project.root), "render"), ".."),
        ((f"--project={project.root}", "render"), ".."),
    ):
        assert run(project, *arguments, cwd=folder) == (False, NOTHING)
        assert run(project, *arguments, cwd=folder) == (True, NOTHING)


def test_several_commands_are_remembered(project: Project) -> None:
    commands = (
        ("render",), ("render", "demo"), ("render", "--select", "*morning*"), ("check",), ("plan",),
    )  # fmt: skip
    for command in commands:
        assert not run(project, *command)[0] or command == ("render",)
    for _ in range(2):
        assert [run(project, *command)[0] for command in commands] == [True] * 5
    project.replace("specs/demo.yaml", "hill", "wall")
    assert [run(project, *command)[0] for command in commands] == [False] * 5


def warn(project: Project) -> None:
    """Make the reference one of which every command warns."""
    project.reference("specs/references/river.mp3", seconds=12)
    assert project.run("render").status == 0


def test_warnings_are_shown_again_at_once(project: Project) -> None:
    warn(project)
    was_quick, shown = show(project, "render")
    assert (was_quick, shown[:2], WARNING in shown[2].decode()) == (True, (0, NOTHING.encode()), 1)
    forget(project)
    assert show(project, "render") == (False, shown)


def test_events_are_shown_again_only_of_a_run_that_had_nothing_to_do(project: Project) -> None:
    warn(project)
    project.replace("specs/demo.yaml", "hill", "wall")
    assert "done" in run(project, "render", "--json")[1]
    was_quick, shown = show(project, "render", "--json")
    assert (was_quick, shown[1].count(b"\n")) == (False, 2)
    assert show(project, "render", "--json") == (True, shown)


def test_a_run_that_waited_is_not_what_the_next_one_is(
    project: Project, contract_server: ContractServer
) -> None:
    project.replace("specs/demo.yaml", "hill", "wall")
    with contract_server.holding():
        first = project.start("render")
        contract_server.wait_for_in_flight(1)
        second = project.start("render", "--json")
        assert second.stdout is not None
        assert "waiting" in second.stdout.readline()
    first.communicate()
    second.communicate()
    was_quick, said = run(project, "render", "--json")
    assert (was_quick, "waiting" in said) == (False, False)


def test_a_command_with_errors_is_not_remembered(project: Project) -> None:
    project.replace("specs/demo.yaml", "evening:", "evening: {reference: none}\n  night:")
    for command in ("render", "check", "plan"):
        before, after = show(project, command), show(project, command)
        assert (before, before[0], before[1][0]) == (after, False, 2), command


def test_a_plan_with_changes_is_remembered_while_it_stays(project: Project) -> None:
    project.replace("specs/demo.yaml", "hill", "wall")
    plan = ("plan", "--detailed-exitcode")
    _, shown = show(project, *plan)
    assert shown[0] == 6
    assert show(project, *plan) == (True, shown)
    # Whose uploads are there decides what is uploaded.
    was_quick, said = run(project, *plan, AIMLAPI_KEY="another")
    assert (was_quick, "upload   river" in said) == (False, True)
    assert run(project)[0] is False
    assert show(project, *plan)[1][0] == 0


def test_a_plan_goes_by_the_key_that_the_project_names(project: Project) -> None:
    project.write("songbatch.yaml", "version: 1\nengines: {acestep: {key_env: MINE}}\n")
    project.replace("specs/demo.yaml", "engine: music-01", "engine: acestep")
    plan = ("plan",)
    assert run(project, *plan)[0] is False
    # Another key is another account, with other jobs under way.
    assert run(project, *plan, MINE="another")[0] is False
    project.replace("songbatch.yaml", "MINE", "ACESTEP_OTHER_KEY")
    assert [run(project, *plan)[0] for _ in range(2)] == [False, True]
    assert run(project, *plan, ACESTEP_OTHER_KEY="another")[0] is False


def test_what_a_command_remembers_needs_a_folder_that_is_there(project: Project) -> None:
    shutil.rmtree(project.root / ".songbatch")
    for command in ("check", "plan"):
        assert not run(project, command)[0]
        assert not (project.root / ".songbatch").exists()


def test_remembering_waits_for_nobody_and_never_fails(
    project: Project, contract_server: ContractServer
) -> None:
    project.replace("specs/demo.yaml", "hill", "wall")
    with contract_server.holding():
        ending = project.start("render")
        contract_server.wait_for_in_flight(1)
        for _ in range(2):
            assert show(project, "check")[0] is False
    ending.communicate()
    forget(project)
    (project.root / ".songbatch/index").mkdir()
    for _ in range(2):
        was_quick, shown = show(project, "check")
        assert (was_quick, shown[0], shown[2]) == (False, 0, b"")


def test_a_lock_that_is_free_again_is_left_free(project: Project) -> None:
    assert run(project, "check")[0] is False
    assert not (project.root / ".songbatch/lock.json").exists()
    assert project.run("render", "--no-wait", "--frozen").status == 0


def test_variables_that_are_a_users_word_are_part_of_a_command(project: Project) -> None:
    secret = "only-for-friends"
    for value in ("", secret, "other"):
        assert run(project, SONGBATCH_SERVE_KEY=value)[0] is False
        assert run(project, SONGBATCH_SERVE_KEY=value)[0] is True
    assert run(project)[0] is True
    assert secret.encode() not in (project.root / ".songbatch/index").read_bytes()


def test_a_project_that_a_variable_names_is_for_the_long_way(project: Project) -> None:
    for name in ("SONGBATCH_PROJECT", "SONGBATCH_RENDER_PROJECT"):
        for _ in range(2):
            assert run(project, **{name: str(project.root)}) == (False, NOTHING)


def test_what_a_terminal_lacks_is_shown_as_ever(project: Project) -> None:
    # The name is that of a file, and stands in the warning.
    project.replace("specs/demo.yaml", "river.mp3", "río-日本.mp3")
    project.reference("specs/references/río-日本.mp3", seconds=12)
    assert project.run("render").status == 0
    for encoding in ("utf-8", "latin-1", "cp437", "ascii"):
        for command in (("render",), ("check",), ("check", "--format", "json")):
            env = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
            show(project, *command, **env)
            was_quick, shown = show(project, *command, **env)
            forget(project)
            assert (was_quick, show(project, *command, **env)[1]) == (encoding != "ascii", shown)


def end(project: Project, shell: str) -> tuple[int, bytes]:
    """Run `songbatch render` as the shell's `$0`; return its exit code and standard error."""
    process = subprocess.run(
        ["bash", "-c", shell, *COMMAND],
        cwd=project.root,
        stderr=subprocess.PIPE,
        env={**os.environ, **project.environment},
        check=False,
    )
    return process.returncode, process.stderr


def test_streams_that_take_nothing_end_it_as_ever(project: Project) -> None:
    warn(project)
    # A run is stopped by it, as by Ctrl-C.
    for shell, code in (
        ('"$0" render >&-', 130),
        ('"$0" render 2>&-', 0),
        ('"$0" render >&- 2>&-', 130),
        ('"$0" check >&-', 0),
        ('"$0" render >/dev/full', 130),
        ('"$0" render 2>/dev/full', 130),
    ):
        at_once = end(project, shell)
        assert (at_once[0], b"Traceback" in at_once[1]) == (code, False), (shell, at_once)
        forget(project)
        assert end(project, shell) == at_once, shell
        assert project.run("render").status == 0


def test_a_reader_that_has_gone_ends_it(project: Project) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    for forgets in (False, True):
        if forgets:
            forget(project)
        process = subprocess.run(
            [*COMMAND, "render"],
            cwd=project.root,
            stdout=writing,
            stderr=subprocess.PIPE,
            env={**os.environ, **project.environment},
            check=False,
        )
        why = b"stopped: output cannot be written: [Errno 32] Broken pipe\n"
        assert (process.returncode, process.stderr) == (130, why)
    os.close(writing)


def doctor(project: Project, texts: bytes, code: int = 0) -> None:
    """Write the record anew, with other texts for its commands."""
    path = project.root / ".songbatch/index"
    home = folder_id(str(project.root))
    record = file_index.read(Tree(path.parent), home)
    assert record is not None
    depends_on = record.up_to_date.depends_on(0)
    commands = [(code, texts, who) for _, _, who in record.up_to_date.commands]
    files = [
        ((name, record.files.stat_at(at), record.files.digest_at(at)), depends_on[at])
        for at, name in enumerate(record.files.paths)
    ]
    path.write_bytes(file_index.packed(home, commands, files))


def test_texts_that_could_harm_a_terminal_are_not_shown(project: Project) -> None:
    assert project.run("render").status == 0
    fine, bomb = printed.packed("fine\n\tand well: 日本\n", ""), zlib.compress(bytes(2**26))
    assert fine is not None
    doctor(project, fine)
    assert run(project) == (True, "fine\n\tand well: 日本\n")
    both = [("\x1b[2J", ""), ("", "\x07"), ("\r", ""), ("\x9b2J", ""), ("\u202e", ""), ("\x7f", "")]
    for texts in (
        *(zlib.compress("\0".join(texts).encode()) for texts in both),
        zlib.compress(b"one"),
        zlib.compress(b"one\0two\0three"),
        zlib.compress(b"\xff\0"),
        fine[:-1],
        fine + b"more",
        b"",
        bomb,
    ):
        doctor(project, texts)
        assert run(project) == (False, NOTHING), texts
    for code, is_quick in ((0, True), (1, False), (6, True), (130, False), (2**40, False)):
        doctor(project, fine, code)
        assert run(project)[0] is is_quick, code


def test_any_record_is_answered_from_at_once_or_not_at_all(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    warn(project)
    monkeypatch.chdir(project.root)
    path = project.root / ".songbatch/index"
    known = fast_path.answer(["render"])
    whole = path.read_bytes()
    body = whole.split(b"\n", 2)[2]
    chance = random.Random(7)
    for _ in range(300):
        edited = bytearray(body)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(min(len(edited), chance.choice([60, len(edited)])))
            new = chance.randbytes(chance.choice([0, 1, 1, 8]))
            edited[at : at + chance.choice([0, 1, len(new)])] = new
        path.write_bytes(file_index.FORMAT.seal(bytes(edited)))
        start = time.perf_counter()
        answer = fast_path.answer(["render"])
        assert time.perf_counter() - start < 1
        assert answer is None or answer[0] in printed.CODES
    path.write_bytes(whole)
    assert known is not None


EDITS = (
    ("specs/demo.yaml", "hill", "wall"),
    ("specs/names.csv", "Ann", "Eve"),
    ("templates/hello.j2", "good", "fine"),
    ("templates/end.j2", "long", "warm"),
)


def test_edited_lyrics_are_seen(project: Project) -> None:
    for path, old, new in EDITS:
        before = (project.root / path).stat()
        project.replace(path, old, new)
        # Also where somebody sets the time back, as copying programs do.
        os.utime(project.root / path, ns=(before.st_atime_ns, before.st_mtime_ns))
        quick, said = run(project)
        assert (quick, "Done: " in said) == (False, True), (path, new)
        assert run(project) == (True, NOTHING)


def test_an_edit_within_a_tick_of_the_clock_is_seen(project: Project) -> None:
    # Old enough for the record to believe them, and then changed to look just as they did.
    path = project.root / "specs/demo.yaml"
    project.replace("specs/demo.yaml", "hill", "wall")
    assert project.run("render").status == 0
    written = path.read_text("utf-8")
    with path.open("r+") as file:
        file.write(written.replace("wall", "hill"))
    quick, said = run(project)
    assert (quick, "1 restored" in said) == (False, True)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = (Path.unlink, _truncate, _flip)


def test_a_damaged_output_is_restored(project: Project) -> None:
    path = project.root / "outputs/demo/music-01/evening.mp3"
    before = path.read_bytes()
    for damage in DAMAGES:
        damage(path)
        quick, said = run(project)
        assert (quick, "1 restored" in said, path.read_bytes()) == (False, True, before)
        assert run(project) == (True, NOTHING)


def test_a_spec_that_appears_while_a_run_is_ending_is_seen(
    project: Project, contract_server: ContractServer
) -> None:
    project.replace("specs/demo.yaml", "hill", "wall")
    with contract_server.holding():
        ending = project.start("render")
        contract_server.wait_for_in_flight(1)
        project.write(
            "specs/other.yaml", SPEC.replace("version: 1", "version: 1\nengine: music-01")
        )
    ending.communicate()
    assert ending.returncode == 0
    quick, said = run(project)
    assert (quick, "3 restored" in said) == (False, True), said


def test_what_appears_is_seen(project: Project) -> None:
    assert run(project)[0]
    project.write("songbatch.yaml", "version: 1\nengines: {music-01: {jobs: 2}}\n")
    assert not run(project)[0]
    assert run(project)[0]
    project.write("specs/other.yaml", SPEC.replace("behind", "below"))
    quick, said = run(project)
    assert (quick, "rendered" in said) == (False, True)
    assert run(project)[0]
    manifest = (project.root / "outputs/demo/music-01/manifest.json").read_text("utf-8")
    project.write("outputs/gone/music-01/manifest.json", manifest)
    assert not run(project)[0]


def test_touched_files_are_read_again_once(project: Project) -> None:
    for path in ("specs/demo.yaml", "outputs/demo/music-01/evening.mp3", "templates/end.j2"):
        (project.root / path).touch()
    assert run(project) == (False, NOTHING)
    assert run(project) == (True, NOTHING)


def test_what_is_lost_from_the_store_is_taken_back(project: Project) -> None:
    blobs = [p for p in (project.root / ".songbatch/store").rglob("*") if p.is_file()]
    blobs[0].unlink()
    quick, said = run(project)
    assert (quick, "1 adopted" in said) == (False, True)
    shutil.rmtree(project.root / ".songbatch/store")
    quick, said = run(project)
    assert (quick, "3 adopted" in said) == (False, True)
    assert run(project)[0]


def test_a_damaged_download_is_seen(project: Project) -> None:
    audio = (project.root / "specs/references/river.mp3").read_bytes()
    digest = hashlib.sha256(audio).hexdigest()
    url = f'url: "https://example.invalid/river.mp3", sha256: "{digest}"'
    project.replace("specs/demo.yaml", "file: references/river.mp3", url)
    blob = f".songbatch/store/{digest[:2]}/{digest}"
    commands = ("check", "plan", "render")
    project.write(blob, audio)
    for command in commands:
        show(project, command)
        assert run(project, command)[0] is True
    project.write(blob, b"cut")
    for command in commands:
        assert show(project, command)[1][0] == 2, command


def test_a_copied_project_is_looked_at_anew(project: Project, tmp_path: Path) -> None:
    copy = Project(tmp_path / "copy")
    copy.environment = project.environment
    shutil.copytree(project.root, copy.root)
    assert run(copy) == (False, NOTHING)
    assert run(copy) == (True, NOTHING)
    # Nor is anything else believed that came with it.
    for name in ("compiled/demo", "probes"):
        ours, theirs = ((p.root / ".songbatch" / name).read_bytes() for p in (copy, project))
        assert (len(ours), ours == theirs) == (len(theirs), False), name


def test_a_damaged_record_counts_as_missing(project: Project) -> None:
    for damage in DAMAGES:
        damage(project.root / ".songbatch/index")
        assert run(project) == (False, NOTHING)
        assert run(project) == (True, NOTHING)
