"""Standard input, output and error that are closed or full, for every command: a table.

Nothing is lost, no traceback is shown, and the exit code says what happened.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from support.contract.server import ContractServer
from support.kit import COMMAND, TIMEOUT, Project
from tests.run.specs import SONG

ENDS = (
    *("<&-", ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"),
    *(">/dev/full", "2>/dev/full", ">/dev/full 2>&1"),
)
LOOKING = (
    *("check", "plan", "plan --json", "verify", "report", "doctor", "engines", "gc --dry-run"),
    *("selects list", "schema spec", "--help"),
)
"""Commands that are done, with exit code 0, if they can print."""
WRONG = ("check nosuch", "check --nosuch", "nosuch")
"""Commands that are refused, with exit code 2, and that say so on standard error alone."""
FULL = "output cannot be written: [Errno 28] No space left on device\n"


@pytest.fixture
def prepared(hosted: Project) -> Project:
    return hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


def end(project: Project, command: str, ends: str) -> tuple[int, str, str]:
    """Run a command in a shell with such ends; return its exit code and what it printed."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SONGBATCH_")}
    done = subprocess.run(
        ["bash", "-c", f'"$0" {command} {ends}', *COMMAND],
        cwd=project.root,
        env={
            **environment,
            "XDG_CONFIG_HOME": str(project.root / ".config"),
            **project.environment,
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr, (command, ends, done)
    assert "bug in songbatch" not in done.stderr, (command, ends, done)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", ["--help", "--version", "plan --help", "engines", "schema"])
def test_a_reader_that_is_gone_is_told_by_the_code(command: str, prepared: Project) -> None:
    status, _, errors = end(prepared, command, "| true; exit ${PIPESTATUS[0]}")
    assert (status, errors) == (141, "")


@pytest.mark.parametrize("ends", ENDS)
def test_a_render_goes_on_unless_its_results_cannot_be_shown(
    ends: str, prepared: Project, contract_server: ContractServer
) -> None:
    is_shown = ends in {"<&-", "2>&-", "2>/dev/full"}
    for command in ("render", "render --json"):
        status, printed, error = end(prepared, command, ends)
        assert status == (0 if is_shown else 130), (command, printed, error)
        assert bool(printed) == is_shown
        why = "output cannot be written: standard output is closed\n"
        why = FULL if "full" in ends else why
        assert error == (f"stopped: {why}" if ends in {">&-", ">/dev/full"} else "")
        assert len(contract_server.generations) == (2 if is_shown else 0)
    assert prepared.run("render").status == 0
    assert prepared.run("verify").status == 0
    assert len(contract_server.generations) == 2


@pytest.mark.parametrize("ends", ENDS)
def test_what_only_looks_changes_nothing_and_says_by_its_code_if_it_was_not_read(
    ends: str, prepared: Project
) -> None:
    assert prepared.run("render").status == 0
    before = {p: d for p, d in prepared.files().items() if p.startswith(("specs", "outputs"))}
    before |= prepared.files(".songbatch/store")
    for command in LOOKING:
        status, printed, error = end(prepared, command, ends)
        is_full = ">/dev/full" in ends and not ends.startswith("2")
        assert status == (1 if is_full else 0), (command, printed, error)
        assert bool(printed) == (ends in {"<&-", "2>&-", "2>/dev/full"}), command
        fix = "  fix: send it to where there is room, and run again\n"
        assert error == (f"error: {FULL}{fix}" if ends == ">/dev/full" else ""), command
    for command in WRONG:
        status, printed, error = end(prepared, command, ends)
        assert (status, printed) == (2, ""), (command, error)
        assert bool(error) == (ends in {"<&-", ">&-", ">/dev/full"}), command
    after = prepared.files()
    assert before.items() <= after.items()
    assert set(after) - set(before) <= {
        path for path in after if path.startswith(".songbatch/") or path.endswith("report.html")
    }


@pytest.mark.parametrize("command", ["report --serve --port 0", "serve --port 0"])
@pytest.mark.parametrize("ends", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_server_needs_no_ends(command: str, ends: str, prepared: Project) -> None:
    assert prepared.run("render").status == 0
    status, _, error = end(
        prepared, f"{command} {ends} & sleep 3; kill -TERM $!; wait $!; exit $?", ""
    )
    # The signal may come before it is waited for.
    assert (status in {0, 143}, error) == (True, ""), status


@pytest.mark.skipif(os.name != "posix", reason="elsewhere, numbers are not given again")
def test_no_file_of_the_project_gets_the_number_of_an_end(prepared: Project) -> None:
    """Or a library that writes to standard error writes into it."""
    program = "import os, songbatch.__main__ as m; m.main = lambda: os.write(2, b'x'); m.program()"
    command = f'"{sys.executable}" -c "{program}" <&- >&- 2>&-; exec 9<&0; echo $?'
    done = subprocess.run(
        ["bash", "-c", command], cwd=prepared.root, capture_output=True, check=False
    )
    assert done.stdout == b"0\n", done


LATE = """
import sys, threading, time
from songbatch.__main__ import program
threading.Thread(target=time.sleep, args=(3,)).start()
sys.argv = ["songbatch", "--version"]
program()
"""


def test_a_thread_that_is_waited_for_changes_no_code() -> None:
    with open("/dev/full", "wb") as full:
        buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
        command = [sys.executable, "-c", LATE]
        ended = subprocess.run(command, stdout=full, env=buffered, check=False)
    assert ended.returncode == 1
