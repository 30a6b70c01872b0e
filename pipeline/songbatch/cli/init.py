"""`songbatch init`: a new song project that renders at once; adds to a folder what it lacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.cli.ignored import hiding_rules
from songbatch.cli.starter_files import (
    ATTRIBUTES,
    LINED,
    SONGS,
    WORKFLOWS,
    hints,
    missing_lines,
    songs,
    with_lines,
    workflows,
)
from songbatch.diagnostics import UsageError, printable
from songbatch.files.tree import Tree
from songbatch.formatting import count
from songbatch.layout import folder_in_repository, repository_of
from songbatch.shell import shell_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MAX_BYTES = 16 * 2**20
"""Of a file that is compared or added to."""


@click.command("init")
@click.argument("folder", metavar="[DIR]", default=".", type=click.Path(path_type=Path))
@click.option("--github", is_flag=True, help="Add a workflow that checks and drafts for GitHub.")
def command(folder: Path, github: bool) -> None:
    """Make a song project in DIR (default: here): spec, template, reference, editor hints.

    DIR may hold other things, such as a repository. Nothing is overwritten: a file that is there is
    kept, and .gitignore and .gitattributes get the lines that they lack. Where there are specs,
    only editor hints are added, and with --github only the workflow.
    """
    from songbatch.spec_files import all_specs  # noqa: PLC0415  (loads YAML)

    _make_folder(folder)
    tree = Tree(folder)
    is_project = bool(all_specs(tree))
    files = _files(is_project, github)
    if not is_project:
        _demand_no_other_songs(tree, folder, files)
    for path in files:
        tree.demand_folder(path.rpartition("/")[0])
    changes = [*_changes(tree, files)]
    for path, data, done in changes:
        if data is not None:
            tree.write(path, data)
        click.echo(f"  {done} {printable(str(folder / path))}")
    _warn_of_hidden(tree, folder)
    is_changed = any(data is not None for _, data, _ in changes)
    if ATTRIBUTES in (path for path, data, _ in changes if data is not None):
        for line in _about_merging(folder):
            click.echo(line)
    click.echo(f"\n{_next(folder, is_project=is_project, is_changed=is_changed)}")
    if github and is_changed:
        for line in _about_workflow(folder):
            click.echo(line)


def _warn_of_hidden(tree: Tree, folder: Path) -> None:
    """Say which rules of version control would keep manifests or references out of it."""
    if not tree.is_there(".gitignore"):
        return
    text = tree.read(".gitignore", _MAX_BYTES).decode("utf-8", "replace")
    for problem, fix in hiding_rules(text):
        click.echo(printable(f"warning: {folder / problem}"), err=True)
        click.echo(printable(f"  fix: {fix}"), err=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        path = next((one for one in (folder, *folder.parents) if one.is_file()), folder)
        raise UsageError(
            f"{path} is a file, not a folder", fix="name a folder: songbatch init DIR"
        ) from error


def _files(is_project: bool, github: bool) -> dict[str, bytes]:
    """Return the files that a folder shall have, by path, sorted."""
    files: dict[str, bytes] = {}
    if not is_project:
        files |= songs()
    if not (is_project and github):
        files |= hints()
    if github:
        files |= workflows()
    return dict(sorted(files.items()))


def _demand_no_other_songs(tree: Tree, folder: Path, files: Mapping[str, bytes]) -> None:
    """Raise UsageError if a file of the first songs is there with other contents."""
    for path in SONGS:
        if tree.is_there(path) and tree.read(path, _MAX_BYTES) != files[path]:
            raise UsageError(
                f"{folder / path} already exists, and the first songs need another; "
                "nothing was written",
                fix="rename it, or name a folder for the songs: songbatch init DIR",
            )


def _changes(tree: Tree, files: Mapping[str, bytes]) -> Iterator[tuple[str, bytes | None, str]]:
    """Yield each path, what is to be written there, if anything, and what that is called."""
    for path, data in files.items():
        if not tree.is_there(path):
            yield path, data, "made"
            continue
        if path in LINED:
            existing = tree.read(path, _MAX_BYTES)
            lines = missing_lines(existing, data)
            if lines:
                whole = with_lines(existing, lines)
                yield path, whole, f"added {count(len(lines), 'line')} to"
                continue
        yield path, None, "kept"


def _next(folder: Path, *, is_project: bool, is_changed: bool) -> str:
    where = "" if folder == Path() else f"cd {shell_path(folder)} && "
    if not is_project:
        return f"A song project. Next: {where}songbatch render"
    if is_changed:
        return f"There were songs already. Next: {where}songbatch check"
    return f"There were songs already, and nothing to add. Next: {where}songbatch check"


def _about_merging(folder: Path) -> Iterator[str]:
    if repository_of(folder.resolve()) is not None:
        yield "\nSo that branches which both render merge without conflicts, once in each clone:"
        yield "  git config merge.songbatch.driver 'songbatch merge-driver %O %A %B %P'"


def _about_workflow(folder: Path) -> Iterator[str]:
    (path,) = WORKFLOWS
    yield f"Say in {path} where your songbatch comes from."
    below = folder_in_repository(folder.resolve()).rstrip("/")
    if below:
        yield printable(
            f"GitHub reads workflows only at the top of a repository: move {below}/.github there, "
            f'and add to the job: defaults: {{run: {{working-directory: "{below}"}}}}'
        )
