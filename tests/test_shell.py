"""Commands that are printed can be pasted, whatever the names in them are made of."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songbatch.cli.main import COMMANDS
from songbatch.cli.pasting import name_project, pasteable
from songbatch.diagnostics import printable
from songbatch.shell import shell_path, shell_word

ROOT = Path(__file__).parents[1] / "pipeline" / "songbatch"

NAMES = st.text(
    st.sampled_from("ab é'\"$`\\!*?~#&;|<>(){}[]-=%\t\n\x1b\u202e\udcff").filter(bool), min_size=1
) | st.text(st.characters(exclude_characters="\0", codec="utf-8"), min_size=1)


@settings(max_examples=150)
@given(NAMES)
def test_a_shell_reads_the_name_and_a_terminal_obeys_nothing(name: str) -> None:
    name = f"{name}."  # a shell drops ends of lines from what a command prints
    for word in (shell_word(name), shell_path(name)):
        assert printable(word) == word
        ran = subprocess.run(["sh", "-c", f"printf %s {word}"], capture_output=True, check=True)
        assert ran.stdout.removeprefix(b"./") == os.fsencode(name).removeprefix(b"./")


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("songs", "songs"),
        ("my songs", "'my songs'"),
        ("-songs", "./-songs"),
        ("a/-songs", "a/-songs"),
        ("$HOME", "'$HOME'"),
        ("it's", "'it'\"'\"'s'"),
        ("", "''"),
    ],
)
def test_plain_names_stay_as_they_are(path: str, word: str) -> None:
    assert shell_path(path) == word


GIT = "add|checkout|commit|config|init|merge|mv|restore|rm|show"
COMMAND = re.compile(
    rf"(?:^|[\s`'(])(?:songbatch (?:{'|'.join(COMMANDS)})|git (?:{GIT})|--[a-z][a-z-]*"
    r"|(?:cd|cp|chmod|export|ln|mkdir|mv|pip|rm)(?=[ ]))[ =](?:[^.;:,\n`]|[.:,](?=\S))*$"
)
"""A command, or an option, at the end of what stands before a name."""
UNQUOTED = {
    ("songbatch.cli.diff", "since"): "an option or nothing",
    ("songbatch.cli.merge_driver", "' '.join(folders)"): "paths of the layout",
    ("songbatch.cli.merge_driver", "name"): "ours or theirs",
    ("songbatch.cli.pasting", "_WORD"): "a pattern",
    ("songbatch.cli.pasting", "last[0]"): "a command, quoted by whoever made it",
    ("songbatch.cli.schema_renewal", "kind"): "the name of a schema",
    ("songbatch.cli.schema_renewal", "path"): "one of the paths that init writes",
    ("songbatch.cli.takes", "DIGITS"): "a number",
    ("songbatch.cli.takes", "len(everything)"): "a number",
    ("songbatch.cli.verify", "named"): "names that are quoted one by one",
    ("songbatch.cli.views.service_text", "each.name"): "a name of the catalog",
    ("songbatch.batch.fixes", "FIXES_NAME"): "a file of the layout",
    ("songbatch.batch.loading", "SETTINGS_NAME"): "a file of the layout",
    ("songbatch.cli.add", "file"): "quoted where it is made",
    ("songbatch.cli.add", "folder"): "quoted where it is made",
    ("songbatch.handover.delivering", "self._said"): "an option, quoted where it is made",
    ("songbatch.handover.takes", "self._said"): "an option, quoted where it is made",
    (
        "songbatch.cli.views.chosen",
        "' '.join(digests[:_MOST_DROPPED])",
    ): "hexadecimal, as the schema of selects demands",
    ("songbatch.engines.catalog", "kind"): "the name of an engine of ours",
    ("songbatch.cli.views.engines_text", "name"): "the name of a package's engine, judged before",
    ("songbatch.cli.shared_gc", "hours"): "a number",
    ("songbatch.cluster.starting", "extra"): "one of ours",
    ("songbatch.extras", "extra"): "one of ours",
    ("songbatch.extras", "extra.package"): "one of ours",
    ("songbatch.extras", "extra.version"): "one of ours",
    ("songbatch.extras", "self.name"): "one of ours",
    ("songbatch.plan.selection", "pattern"): "what the user typed, in a message",
    ("songbatch.run.apply", "settings.max_renders"): "a number",
    ("songbatch.spec.covered", "name"): "the name of a variable",
    ("songbatch.spec_files", "plain"): "letters, digits, dots and dashes",
    ("songbatch.run.consent", "_cents(usd)"): "a number",
    ("songbatch.run.shared.claims", "song.doubts"): "a number",
    ("songbatch.run.pricing", "max((requests for requests, _ in unknown))"): "a number",
}
"""What may stand in a command without being quoted, and why."""


def unquoted(module: str, tree: ast.AST) -> set[tuple[str, str]]:
    """Return what f-strings put into commands without quoting it."""
    found = set()
    for node in ast.walk(tree):
        before = ""
        for part in node.values if isinstance(node, ast.JoinedStr) else ():
            if isinstance(part, ast.Constant):
                before += str(part.value)
                continue
            assert isinstance(part, ast.FormattedValue)
            value = ast.unparse(part.value)
            if COMMAND.search(before) and not value.startswith(("shell_word(", "shell_path(")):
                found.add((module, value))
            before += "X"
    return found


def test_every_command_with_a_name_in_it_quotes_the_name() -> None:
    found = set[tuple[str, str]]()
    for path in sorted(ROOT.rglob("*.py")):
        module = ".".join(("songbatch", *path.relative_to(ROOT).with_suffix("").parts))
        found |= unquoted(module, ast.parse(path.read_text("utf-8")))
    assert found == UNQUOTED.keys()


AS_IT_IS = {
    "add._demand_usable": "a fix",
    "deliver._say_where": "it needs no project",
    "diff._what_was_meant": "a fix",
    "fix._demand_able": "a name",
    "fix._meant": "a fix",
    "init._about_merging": "git's own settings, which are the same everywhere",
    "init._next": "it says cd itself",
    "listening.how_to_listen": "the view rewrites it",
    "lyric_meter._meant": "a fix",
    "serve._announce": "a heading",
    "typed.typed": "it converts no file",
    "verify._mending": "the view rewrites it",
    "verify._render": "the view rewrites it",
    "verify._deletion": "the view rewrites it",
    "verify._removal": "the view rewrites it",
    "verify._verify_packages": "a name",
    "views.diff_markdown.diff_markdown": "a heading",
    "views.engines_text._table": "wrapped, and rewritten then",
    "views.moving_markdown.comparison_markdown": "a heading",
    "views.service_text.service_text": "wrapped, and rewritten then",
    "views.plan_markdown.plan_markdown": "a heading",
    "views.verify_junit.verify_junit": "a name",
}
"""Functions whose texts name commands, and that need not rewrite them for where the user stands."""
REWRITES = {"pasteable", "unbroken"}


def as_it_is(tree: ast.Module) -> set[str]:
    """Return the functions that hold a command that is neither rewritten, nor a fix, nor help."""
    rewritten = {
        id(part)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Call) and getattr(node.func, "id", "") in REWRITES)
        or (isinstance(node, ast.keyword) and node.arg in {"fix", "help"})
        or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for part in ast.walk(node)
    }
    return {
        function.name
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        for part in ast.walk(function)
        if isinstance(part, ast.Constant)
        and id(part) not in rewritten
        and pasteable(str(part.value)) != str(part.value)
    }


def test_every_command_that_is_printed_is_rewritten_for_where_the_user_stands() -> None:
    found = set[str]()
    name_project(Path("my songs"))
    try:
        for path in sorted((ROOT / "cli").rglob("*.py")):
            module = ".".join(path.relative_to(ROOT / "cli").with_suffix("").parts)
            found |= {f"{module}.{name}" for name in as_it_is(ast.parse(path.read_text("utf-8")))}
        assert as_it_is(ast.parse("def f(): echo('songbatch gc drops them')")) == {"f"}
    finally:
        name_project(None)
    assert found == AS_IT_IS.keys()


@pytest.mark.parametrize(
    "line",
    [
        "f'Next: cd {folder} && songbatch render'",
        "f'fix: mv {old} {shell_path(new)}'",
        "f'run songbatch render --select {one}'",
        "f'pass --select={one}'",
        "f'git config --global --add safe.directory {root}'",
    ],
)
def test_a_new_command_without_quotes_is_caught(line: str) -> None:
    assert unquoted("m", ast.parse(line))
