"""The pages are true: every path and dotted name of the package that they give exists."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "pipeline/songbatch"
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md"))]
PATH = re.compile(r"(?:pipeline/songbatch|tests|bench)(?:/[\w.*-]+)+")
DOTTED = re.compile(r"(?<![\w./-])songbatch(?:\.[a-zA-Z]\w*)+(?![\w/])")
FILES = {"songbatch.yaml", "songbatch.git"}
"""Names of files that look like modules."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_path_and_module_named_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    paths = {path.rstrip("./") for path in PATH.findall(text)}
    there = {path for path in paths if "NAME" in path or list(ROOT.glob(path))}
    assert sorted(paths - there) == []
    names = set(DOTTED.findall(text)) - FILES
    assert [name for name in sorted(names) if not _exists(name)] == []


LINK = re.compile(r"\]\(([^)\s#]*)(?:#([^)\s]+))?\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_to_a_page_and_a_heading_leads_there(page: Path) -> None:
    text = re.sub(r"`[^`\n]*`", "", page.read_text("utf-8"))
    for path, anchor in LINK.findall(text):
        if path.startswith(("http:", "https:")):
            continue
        target = page.parent / path if path else page
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", heading.lower()).replace(" ", "-") for heading in headings}


SOURCES = sorted(PACKAGE.rglob("*.py"))
ONLY_HERE = re.compile(r"(?<![\w/])(?:docs|tests|bench|support)/[\w.-]+|\b[A-Z]{4,}\.md\b")
"""Files that this repository has, and that are not installed."""


def shown_texts(path: Path) -> list[str]:
    """Return the texts of a module that are no docstrings: those a user may come to read."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    told = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    constants = (node for node in nodes if isinstance(node, ast.Constant) and id(node) not in told)
    return [node.value for node in constants if isinstance(node.value, str)]


def test_no_message_names_a_file_that_is_not_installed() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}: {match[0]}"
        for path in SOURCES
        for text in shown_texts(path)
        for match in ONLY_HERE.finditer(text)
    }
    assert sorted(found) == []


def test_no_starter_names_a_file_that_it_does_not_bring() -> None:
    for path in (path for path in (PACKAGE / "starter").rglob("*") if path.is_file()):
        text = path.read_bytes().decode("utf-8", "replace")
        assert ONLY_HERE.findall(text) == [], path


def test_the_table_of_rooms_has_every_room_and_no_other() -> None:
    design = (ROOT / "docs/design.md").read_text("utf-8")
    table = design[design.index("| in `pipeline/songbatch` |") : design.index("### Where to look")]
    cells = [row.split(" | ")[0] for row in table.splitlines()[2:]]
    named = {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}
    assert [name for name in sorted(named) if not (PACKAGE / name).exists()] == []
    rooms = {f"{path.parent.name}/" for path in PACKAGE.glob("*/__init__.py")} | {"starter/"}
    modules = {path.name for path in PACKAGE.glob("[!_]*.py")}
    assert sorted((rooms | modules) - named) == []


def _exists(name: str) -> bool:
    """Whether a dotted name is a module, or something in one."""
    parent, _, last = name.rpartition(".")
    try:
        return hasattr(importlib.import_module(parent), last) or bool(
            importlib.util.find_spec(name)
        )
    except ModuleNotFoundError:
        return False
