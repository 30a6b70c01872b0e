"""Exit codes: one table, which the design, the help and every error keep to."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from songbatch import diagnostics, exit_codes
from songbatch.cli.main import cli

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pipeline" / "songbatch"
TABLE = {name: code for name, code in vars(exit_codes).items() if name.startswith("EXIT_")}


def test_every_code_is_there_once_with_its_meaning() -> None:
    assert len(set(TABLE.values())) == len(TABLE)
    body = ast.parse((PACKAGE / "exit_codes.py").read_text("utf-8")).body
    for number, node in enumerate(body):
        if isinstance(node, ast.Assign):
            meaning = body[number + 1]
            assert isinstance(meaning, ast.Expr), ast.unparse(node)
            assert isinstance(meaning.value, ast.Constant), ast.unparse(node)


def test_the_design_lists_every_code() -> None:
    design = (ROOT / "docs/design.md").read_text("utf-8")
    section = design.split("## Exit codes", 1)[1].split("\n## ", 1)[0]
    listed = re.findall(r"(?:^|; )(\d+) ", section.strip().replace("\n", " "))
    assert [int(code) for code in listed] == sorted(TABLE.values())


def test_the_help_lists_every_code_that_a_script_has_to_know() -> None:
    text = " ".join((cli.help or "").split("Exit codes: ", 1)[1].split())
    listed = [int(code) for code in re.findall(r"(?:^|, )(\d+) ", text)]
    # A shell gives the last one its meaning.
    assert listed == sorted(set(TABLE.values()) - {exit_codes.EXIT_BROKEN_PIPE})


def test_every_error_exits_with_a_code_of_the_table() -> None:
    pending = [diagnostics.SongbatchError]
    found = set()
    while pending:
        error = pending.pop()
        pending += error.__subclasses__()
        found.add(error.exit_code)
    assert found <= set(TABLE.values())


def test_nobody_else_names_a_code() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.name == "exit_codes.py":
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(
                node.value, ast.Constant
            ):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                names = {target.id for target in targets if isinstance(target, ast.Name)}
                own = {n for n in names if n == "exit_code" or n.startswith("EXIT_")}
                assert not own, f"{path}:{node.lineno}"
