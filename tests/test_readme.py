"""The README is true: its spec is the shipped one, its commands run, its output is what they print.

Lines of output are compared with their numbers blanked, for times and machines differ; `…` stands
for anything.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from songbatch.cli.main import COMMANDS
from support.contract.server import ContractServer
from support.fal.server import FalServer, fal_server
from support.kit import Project, Result

__all__ = ["fal_server"]

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
NUMBER = re.compile(r"\d+(\.\d+)?")


def blocks(language: str) -> list[str]:
    """Return the code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


def console() -> list[tuple[str, list[str]]]:
    """Return every `$` command of the README with the output lines below it."""
    found: list[tuple[str, list[str]]] = []
    for line in "".join(blocks("console")).splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def assert_prints(result: Result, expected: list[str]) -> None:
    printed = [NUMBER.sub("0", line) for line in result.stdout.splitlines()]
    for line in expected:
        if line == "…":
            continue
        pattern = ".*".join(re.escape(NUMBER.sub("0", part)) for part in line.split("…"))
        assert any(re.fullmatch(pattern, text) for text in printed), (line, str(result))


@pytest.fixture
def copy(project: Project) -> Project:
    for part in ("specs", "templates"):
        shutil.copytree(ROOT / part, project.root / part)
    return project


def test_the_spec_shown_is_the_shipped_one() -> None:
    shown = blocks("yaml")[0].removeprefix("# specs/friends.yaml\n")
    shipped = (ROOT / "specs/friends.yaml").read_text("utf-8")
    assert shown == shipped[shipped.index("version:") :]


def test_every_command_runs(
    copy: Project, contract_server: ContractServer, fal_server: FalServer
) -> None:
    copy.environment = contract_server.environment
    for line, expected in console():
        command = line.split(" && ")[-1]
        if command.startswith("cd "):
            copy = Project(copy.root / command.removeprefix("cd "))
            copy.environment = contract_server.environment
        elif command == "songbatch plan friends":
            copy.replace("specs/friends.yaml", "pull a chair", "draw a chair")
            assert_prints(copy.run("plan", "friends"), expected)
        elif command.startswith("export FAL_KEY="):
            at = f"engines: {{fal: {{url: '{fal_server.url}'}}}}"
            copy.write("songbatch.yaml", f"version: 1\n{at}\n")
            copy.environment["FAL_KEY"] = fal_server.key
        elif command.startswith("songbatch "):
            result = copy.run(*command.removeprefix("songbatch ").split())
            assert result.status == 0, (line, str(result))
            assert_prints(result, expected)
        else:
            assert command == "pytest" or command.startswith("export AIMLAPI_KEY="), line


def test_the_mistake_shown_is_the_one_made(copy: Project) -> None:
    copy.replace("specs/friends.yaml", "reference: campfire", "reference: camfire")
    result = copy.run("check", "friends")
    assert result.status == 2
    assert blocks("text")[0] in result.stdout


def test_every_command_is_documented() -> None:
    for name in COMMANDS:
        assert f"`songbatch {name}" in README


def test_every_page_named_is_there() -> None:
    for page in re.findall(r"\]\((docs/[^)#]+)[^)]*\)", README):
        assert (ROOT / page).is_file(), page
