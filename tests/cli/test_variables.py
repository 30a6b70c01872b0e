"""Every option of every command can be said in the environment, under the name of its flag."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from songbatch.cli.main import cli
from support.contract.server import ContractServer
from support.kit import Project
from tests.run.specs import SONG


def options(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Option]]:
    """Yield every option that a user can type, with the variable that its flag asks for."""
    context = click.Context(group)
    yield from own(group, path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from options(command, (*path, name))
        else:
            yield from own(command, (*path, name))


def own(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, click.Option]]:
    for option in command.params:
        if isinstance(option, click.Option) and option.name not in {"help", "version"}:
            (flag,) = [text for text in option.opts if text.startswith("--")]
            words = ("songbatch", *path, flag.removeprefix("--"))
            yield "_".join(words).replace("-", "_").upper(), option


ALL = list(options(cli))


@pytest.fixture
def prepared(hosted: Project) -> Project:
    return hosted.write("specs/demo.yaml", SONG).reference("specs/references/river.mp3")


@pytest.mark.parametrize(("expected", "option"), ALL, ids=[name for name, _ in ALL])
def test_the_name_is_the_flags(expected: str, option: click.Option) -> None:
    assert option.envvar == expected


def test_the_names_that_the_pages_mention_are_among_them() -> None:
    names = [name for name, _ in ALL]
    assert len(names) == len(set(names)) > 50
    assert {
        "SONGBATCH_PROJECT",
        "SONGBATCH_RENDER_SET",
        "SONGBATCH_RENDER_JSON",
        "SONGBATCH_RENDER_YES",
        "SONGBATCH_RENDER_AGAIN",
        "SONGBATCH_RENDER_PRICE",
        "SONGBATCH_PLAN_PRICE",
        "SONGBATCH_RENDER_RETRY_UNKNOWN",
        "SONGBATCH_DIFF_HTML",
        "SONGBATCH_SELECTS_MERGE_OUTPUT",
    } <= set(names)
    # The key that clients of `songbatch serve` need is no option's.
    assert "SONGBATCH_SERVE_KEY" not in names


def test_values_come_from_there(prepared: Project, contract_server: ContractServer) -> None:
    assert '"plan": 1' in prepared.run("plan", env={"SONGBATCH_PLAN_JSON": "1"}).stdout
    several = {"SONGBATCH_PLAN_SELECT": "first second", "SONGBATCH_PLAN_EXCLUDE": "sec*"}
    plan = prepared.run("plan", env=several).stdout
    assert "demo/first/1" in plan
    assert "demo/second/1" not in plan
    assert prepared.run("plan", env={"SONGBATCH_PLAN_SET": "a=1 b=2"}).status == 0
    wins = prepared.run("plan", "--select", "second", env=several | {"SONGBATCH_PLAN_EXCLUDE": ""})
    assert "demo/first/1" not in wins.stdout
    elsewhere = prepared.run(
        "plan", cwd=prepared.root.parent, env={"SONGBATCH_PROJECT": str(prepared.root)}
    )
    assert "demo/first/1" in elsewhere.stdout, elsewhere
    assert contract_server.generations == []


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SONGBATCH_RENDER_YES", "perhaps"),
        ("SONGBATCH_RENDER_MEASURE", "perhaps"),
        ("SONGBATCH_RENDER_JOBS", "many"),
        ("SONGBATCH_RENDER_ENGINE", "sktech"),
        ("SONGBATCH_RENDER_SET", "novalue"),
        ("SONGBATCH_RENDER_RETRY_UNKNOWN", "-1"),
        ("SONGBATCH_PROJECT", "/there/is/no/such/folder"),
        ("SONGBATCH_RENDER_PROJECT", "/there/is/no/such/folder"),
    ],
)
def test_a_bad_value_names_the_variable(
    variable: str, value: str, prepared: Project, contract_server: ContractServer
) -> None:
    result = prepared.run("render", env={variable: value})
    assert result.status == 2, result
    assert variable in result.stderr
    assert contract_server.uploads == []


def test_no_is_no(prepared: Project) -> None:
    assert prepared.run("render", env={"SONGBATCH_RENDER_FROZEN": "0"}).status == 0
    prepared.replace("specs/demo.yaml", "morning", "evening")
    assert prepared.run("render", env={"SONGBATCH_RENDER_FROZEN": "1"}).status == 3


def test_a_run_with_nothing_to_do_is_another_one_with_another_environment(
    prepared: Project, contract_server: ContractServer
) -> None:
    part = {"SONGBATCH_RENDER_SELECT": "first"}
    for _ in range(2):
        assert prepared.run("render", env=part).status == 0
    assert len(contract_server.generations) == 1
    assert prepared.run("render").status == 0
    assert len(contract_server.generations) == 2
    other = Project(prepared.root / "other")
    other.write("specs/demo.yaml", SONG.replace("engine: music-01\n", ""))
    other.reference("specs/references/river.mp3")
    for variable in ("SONGBATCH_PROJECT", "SONGBATCH_RENDER_PROJECT"):
        result = prepared.run("render", env={variable: str(other.root)})
        assert "outputs/demo/sketch" in result.stdout or "Nothing to do" in result.stdout
    assert (other.root / "outputs/demo/sketch/first.mp3").exists()


def test_the_key_of_a_server_is_written_nowhere(prepared: Project) -> None:
    environment = {"SONGBATCH_SERVE_KEY": "a-secret-of-mine"}
    for _ in range(2):
        assert prepared.run("render", env=environment).status == 0
    for path in prepared.root.rglob("*"):
        assert not path.is_file() or b"a-secret-of-mine" not in path.read_bytes()
