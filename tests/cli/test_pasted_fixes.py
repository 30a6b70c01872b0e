"""Every command that is printed does what it says, pasted into a shell where it was printed.

The folder of the project has a name that a shell would take apart. The user stands in it, below
it, or elsewhere and names the project: by an option before or behind the command, by a variable.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from support.contract import faults as contract_faults
from support.contract.server import ContractServer
from support.kit import COMMAND, Project, Result
from tests.cli.faulty_projects import (
    MANIFEST,
    OUTPUTS,
    SELECTS,
    SPEC,
    a_folder,
    conflict,
    damaged,
    dropped,
    left_over,
    lost,
    lost_of_another_engine,
    misspelt,
    moved,
    moved_beside_another,
    newer,
    nothing,
    odd_reference,
    renamed,
    renamed_on_another_engine,
    replaced_on_another_engine,
    selects_in_conflict,
    torn,
    without_commits,
)
from tests.cli.repository import git, rendered

__all__ = ["rendered"]

NAME = "it's my söngs"
QUOTED = shlex.quote(NAME)
WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Test"), ("EMAIL", "test@example.org"))
}


class Place(NamedTuple):
    """Where a user stands, below the project's parent, and how the project is named there."""

    folder: str
    before: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    variable: str = ""

    def printed(self, command: str, root: Path) -> str:
        """Return a command as it is printed here: `P` is the option, `GIT` git, `[]` its folder."""
        if self.folder == NAME:
            option, program, opening = "", "git", ""
        elif self.folder:
            option, program, opening = "", "git -C ..", f"(cd {shlex.quote(str(root))} && "
        else:
            option, program = f" --project {QUOTED}", f"git -C {QUOTED}"
            opening = f"(cd {QUOTED} && "
        text = command.replace(" P", option).replace("GIT", program)
        return text.replace("[", opening).replace("]", ")" if opening else "")


PLACES = {
    "top": Place(NAME),
    "below": Place(f"{NAME}/specs"),
    "named": Place("", before=("--project", NAME)),
    "named behind": Place("", behind=("--project", NAME)),
    "variable": Place("", variable=NAME),
}


class Pasting:
    """A project in `parent`, a user who stands at a place, and what they run and paste there."""

    def __init__(self, parent: Path, place: Place, environment: dict[str, str]) -> None:
        self.project = Project(parent / NAME)
        programs = parent / "bin"
        programs.mkdir()
        (programs / "ffmpeg").write_text('#!/bin/sh\nfor last; do :; done\ncp "$2" "$last"\n')
        (programs / "ffmpeg").chmod(0o755)
        path = os.pathsep.join([str(programs), str(Path(COMMAND[0]).parent), os.environ["PATH"]])
        self.project.environment = {**environment, **WHO, "PATH": path}
        self.place, self.folder = place, parent / place.folder

    def run(self, *arguments: str) -> Result:
        """Run a command as the user does."""
        named = (*self.place.before, *arguments, *self.place.behind)
        variable = {"SONGBATCH_PROJECT": self.place.variable} if self.place.variable else {}
        return self.project.run(*named, cwd=self.folder, env=variable)

    def paste(self, command: str, status: int = 0) -> None:
        """Run a printed command by a shell, where the user stands, without the variable."""
        names = ("HOME", "LANG", "TMPDIR")
        kept = {name: os.environ[name] for name in names if name in os.environ}
        config = {"XDG_CONFIG_HOME": str(self.project.root / ".config"), "PYTHONUTF8": "1"}
        done = subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env={**kept, **config, **self.project.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, (command, done)


@pytest.fixture(params=PLACES)
def pasting_there(
    request: pytest.FixtureRequest, tmp_path: Path, rendered: Path, contract_server: ContractServer
) -> Pasting:
    """A repository with two songs that were rendered and committed, seen from each place."""
    shutil.copytree(rendered, tmp_path / NAME)
    return Pasting(tmp_path, PLACES[request.param], contract_server.environment)


def is_verified(there: Pasting) -> None:
    result = there.run("verify")
    assert result.status == 0, result
    assert "2 outputs checked: all as recorded." in result.stdout
    assert "gone" not in result.stdout


def is_gone(there: Pasting) -> None:
    result = there.run("verify")
    assert "gone" not in result.stdout, result
    assert not (there.project.root / OUTPUTS).exists()


def is_checked(there: Pasting) -> None:
    assert there.run("check").status == 0


def is_united(there: Pasting) -> None:
    is_checked(there)
    text = (there.project.root / SELECTS).read_text("utf-8")
    assert '"ann"' in text
    assert '"ben"' in text


def is_converted(there: Pasting) -> None:
    assert (there.project.root / "specs/references/-my river.wav").is_file()


def has_no_left_over(there: Pasting) -> None:
    assert "without audio" not in there.run("verify").stdout


def has_manifest(there: Pasting) -> None:
    assert there.run("render").status == 0
    is_verified(there)


def is_committed(there: Pasting) -> None:
    assert there.run("diff", "HEAD", "--recorded").status == 0


def is_staged(there: Pasting) -> None:
    assert not git(there.project, "status", "--porcelain", "--", MANIFEST).startswith((" ", "U"))
    is_verified(there)


def is_shown(_there: Pasting) -> None:
    """It is enough that the command works: it only shows something."""


class Fault(NamedTuple):
    """What is wrong, what the user runs, the command that is printed, what has come of it then."""

    spoil: Callable[[Project], None]
    run: str
    command: str
    is_mended: Callable[[Pasting], None]
    status: int = 0


UNITE = f"[songbatch selects merge {SELECTS} -o {SELECTS}]"
CONVERT = (
    "[ffmpeg -i 'specs/references/-my river.aiff' -ac 2 -c:a pcm_s16le "
    "'specs/references/-my river.wav']"
)
MOVE = f"[mv specs/album/demo.yaml {SPEC}]"
ON_THE_OTHER = "songbatch render P --engine music-01 --frozen"
FAULTS = [
    Fault(torn, "verify", f"GIT checkout -- {MANIFEST}", is_verified),
    Fault(torn, "plan", f"GIT checkout -- {MANIFEST}", is_verified),
    Fault(torn, "render", f"[rm {MANIFEST}]", has_manifest),
    Fault(newer, "verify", f"[rm {MANIFEST}]", has_manifest),
    Fault(a_folder, "plan", f"[mv {MANIFEST} {MANIFEST}-moved]", has_manifest),
    Fault(conflict, "verify", "songbatch merge-driver P && songbatch render P", is_verified),
    Fault(conflict, "merge-driver", "songbatch render P && GIT add -u -- outputs", is_staged),
    Fault(selects_in_conflict, "check", UNITE, is_united),
    Fault(selects_in_conflict, "check --format json", UNITE, is_united),
    Fault(selects_in_conflict, "check --format github", UNITE, is_united),
    Fault(odd_reference, "check", CONVERT, is_converted),
    Fault(damaged, "verify", "songbatch render P", is_verified),
    Fault(lost, "verify", "songbatch render P", is_verified),
    Fault(lost_of_another_engine, "verify", ON_THE_OTHER, is_verified),
    Fault(renamed, "verify", "songbatch render P", is_verified),
    Fault(renamed_on_another_engine, "verify", ON_THE_OTHER, is_verified),
    Fault(replaced_on_another_engine, "verify", f"[rm -r {OUTPUTS}]", is_gone),
    Fault(moved, "check", MOVE, is_verified),
    Fault(moved_beside_another, "plan", MOVE, is_verified),
    Fault(without_commits, "diff HEAD", "GIT add -A && GIT commit -m 'First songs'", is_committed),
    Fault(misspelt, "doctor", "songbatch check P", is_shown, 2),
    Fault(left_over, "verify", "songbatch gc P", has_no_left_over),
    Fault(left_over, "report", "songbatch gc P", has_no_left_over),
    Fault(dropped, "gc", "songbatch gc P --dry-run", is_shown),
    Fault(dropped, "gc", "songbatch gc P --yes", has_no_left_over),
    Fault(nothing, "diff nowhere", "GIT log --all --oneline", is_shown),
    Fault(nothing, "selects save abc", "songbatch selects list P", is_shown),
    Fault(nothing, "plan --exclude *", "songbatch plan P", is_shown),
    Fault(nothing, "render --select zzz", "songbatch plan P", is_shown),
    Fault(nothing, "engines", "songbatch doctor P", is_shown),
]


FAMILIAR = [place for place in PLACES if place not in {"named behind", "variable"}]


def told(result: Result) -> str:
    """Return what a command printed, as people read it."""
    if result.stdout.startswith("[{"):
        return "\n".join(one["fix"] for one in json.loads(result.stdout))
    return result.stdout + result.stderr


@pytest.mark.parametrize("pasting_there", FAMILIAR, indirect=True)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: f"{one.spoil.__name__}-{one.run}")
def test_a_printed_command_mends_the_fault(fault: Fault, pasting_there: Pasting) -> None:
    there = pasting_there
    fault.spoil(there.project)
    result = there.run(*fault.run.split())
    command = there.place.printed(fault.command, there.project.root)
    assert command in told(result), result
    there.paste(command, fault.status)
    fault.is_mended(there)


def without_audio(there: Pasting, _server: ContractServer) -> None:
    shutil.rmtree(there.project.root / ".songbatch/store")
    for song in (there.project.root / OUTPUTS).glob("*.mp3"):
        song.unlink()


def without_answer(there: Pasting, server: ContractServer) -> None:
    there.project.replace(SPEC, "Down", "Up")
    server.script("generate", [contract_faults.Fault.lost()])


def dear(there: Pasting, _server: ContractServer) -> None:
    there.project.replace(SPEC, "Down", "Up").write(
        "songbatch.yaml", "version: 1\nconfirm_above: 0\n"
    )


@pytest.mark.parametrize("pasting_there", ["below"], indirect=True)
@pytest.mark.parametrize(
    ("spoil", "option"),
    [
        (without_audio, "--again"),
        (without_answer, "--retry-unknown 1"),
        (dear, "--yes"),
        (dear, "--max-cost 0.03"),
    ],
)
def test_a_printed_option_goes_on_with_what_is_held(
    spoil: Callable[[Pasting, ContractServer], None],
    option: str,
    pasting_there: Pasting,
    contract_server: ContractServer,
) -> None:
    spoil(pasting_there, contract_server)
    result = pasting_there.run("render")
    assert result.status in {1, 3}, result
    assert option in result.stdout + result.stderr, result
    again = pasting_there.run("render", *option.split())
    assert again.status == 0, again
    assert pasting_there.run("verify").status == 0


@pytest.mark.parametrize("pasting_there", ["below"], indirect=True)
def test_outputs_of_a_deleted_spec_are_never_mended_by_paying(
    pasting_there: Pasting, contract_server: ContractServer
) -> None:
    replaced_on_another_engine(pasting_there.project)
    asked = len(contract_server.generations)
    command = "songbatch render --engine music-01 --frozen"
    assert command in pasting_there.run("verify").stdout
    refused = pasting_there.run(*command.split()[1:])
    assert refused.status == 3, refused
    assert len(contract_server.generations) == asked


def test_the_last_command_of_a_render_names_the_project(pasting_there: Pasting) -> None:
    for name in ("first.mp3", "second.mp3"):
        (pasting_there.project.root / OUTPUTS / name).unlink()
    last = pasting_there.run("render").stdout.splitlines()[-1]
    listen = pasting_there.place.printed("songbatch report P", pasting_there.project.root)
    assert last == f"Listen: {listen} --serve"
    pasting_there.paste(listen)
