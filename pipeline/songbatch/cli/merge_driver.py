"""`songbatch merge-driver`: manifests and selects of two branches, merged as git asks for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from songbatch.cli.options import project_option
from songbatch.cli.pasting import pasteable
from songbatch.conflicts import find_conflict, has_marker
from songbatch.diagnostics import BrokenState, UsageError, has_errors, printable
from songbatch.diff.git import Repository
from songbatch.diff.merge import Sides, merge_manifests, merge_verdicts, sides_of
from songbatch.exit_codes import EXIT_DONE, EXIT_FAILED
from songbatch.files.encodings import as_source
from songbatch.files.named import read_named, write_named
from songbatch.formatting import count, enumerated
from songbatch.layout import (
    MANIFEST_NAME,
    OUTPUTS,
    SELECTS_NAME,
    engine_of_folder,
    manifest_path,
    repository_of,
)
from songbatch.shell import shell_path
from songbatch.sources import Unreadable
from songbatch.store import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.run.session import Session
    from songbatch.selects import Selects
    from songbatch.workspace import Workspace

_FIX = "this is for git, with %O %A %B %P; without files it resolves what is in conflict now"


@click.command("merge-driver")
@click.argument("files", nargs=-1, metavar="[%O %A %B [%P]]")
@project_option
def command(files: tuple[str, ...], project: Path | None) -> int:
    """Merge manifests and selects of two branches: both keep what they paid for.

    Without files: resolve those of the project that are in conflict now. With files, as git calls a
    merge driver: the common ancestor, ours, which the result replaces, theirs, and the path. git
    does so after: git config merge.songbatch.driver 'songbatch merge-driver %O %A %B %P', for files
    that have merge=songbatch in .gitattributes.
    """
    if not files:
        # git calls this once a file, and those calls need no project.
        from songbatch.run.session import Session  # noqa: PLC0415

        return _resolve_all(Session.open(project))
    if len(files) not in {3, 4}:
        raise UsageError(f"merge-driver takes three files and a path, not {len(files)}", fix=_FIX)
    base, ours, theirs = (read_named(Path(name), fix=_FIX) for name in files[:3])
    path = files[3] if len(files) == 4 else ""
    try:
        merged, problem = _merged(path or _guessed(ours), Sides(base, ours, theirs))
    except BrokenState as error:
        merged, problem = ours, f"cannot be merged, ours was kept: {error}"
    write_named(Path(files[1]), merged, fix=_FIX)
    if problem:
        click.echo(printable(f"{path or files[1]}: {problem}"), err=True)
    return EXIT_FAILED if problem else EXIT_DONE


def _guessed(text: bytes) -> str:
    return MANIFEST_NAME if text.lstrip().startswith(b"{") else SELECTS_NAME


def _resolve_all(session: Session) -> int:
    """Resolve every manifest, and the selects, that are in conflict: by git's index, or markers."""
    workspace, repository = session.workspace, Repository(session.workspace.root)
    resolved: list[str] = []
    problems = 0
    with session.lock(wait=True):
        unmerged = _unmerged(repository, workspace.root)
        conflicts = _in_conflict(workspace, unmerged or ())
        for path, text in conflicts.items():
            merged, problem = _resolved(repository, path, text)
            if problem:
                problems += 1
                click.echo(printable(f"{path}: {problem}"), err=True)
                continue
            workspace.write(path, merged)
            resolved.append(path)
            click.echo(printable(f"resolved {path}"))
    if not conflicts and unmerged is None:
        click.echo("No manifest has conflict markers, and no selects have.")
        problems += 1
    elif not conflicts:
        click.echo("No manifest is in conflict, and no selects are.")
    elif resolved:
        click.echo(f"{count(len(resolved), 'file')} resolved. {_next(resolved)}")
    return EXIT_FAILED if problems else EXIT_DONE


def _resolved(repository: Repository, path: str, text: bytes) -> tuple[bytes, str]:
    """Return a file without its conflict, and why there is none, "" if there is one."""
    staged = _staged(repository, path)
    sides = staged or sides_of(text)
    if sides is None:
        return b"", f"a part of its conflict markers is gone; {_restore(repository, path)}"
    try:
        merged, problem = _merged(path, sides)
    except BrokenState:
        if staged:
            return b"", f"one side of it is no manifest; {_take_a_side(path, sides)}"
        return b"", f"its conflict markers part what is no manifest; {_restore(repository, path)}"
    return merged, problem


def _next(resolved: Sequence[str]) -> str:
    """Return what to type now: the render may write what was resolved anew, or remove it."""
    folders = dict.fromkeys(OUTPUTS if path != SELECTS_NAME else path for path in resolved)
    return pasteable(f"Next: songbatch render && git add -u -- {' '.join(folders)}")


def _unmerged(repository: Repository, root: Path) -> list[str] | None:
    """Return the files that git has sides of; None, and say why, if there is a git that refuses."""
    try:
        return repository.unmerged()
    except UsageError as error:
        if repository_of(root) is None:
            return []
        said = f"warning: only conflict markers are looked for: {error}"
        click.echo(f"{printable(said)}\n  fix: {printable(pasteable(error.fix))}", err=True)
        return None


def _in_conflict(workspace: Workspace, unmerged: Sequence[str]) -> dict[str, bytes]:
    """Return the files with markers, and those that git has `unmerged` and nobody can read now."""
    texts = dict.fromkeys(unmerged, b"")
    for folder in sorted(workspace.engine_folders()):
        engine = engine_of_folder(folder)
        for spec, data in workspace.manifests(engine).items():
            texts[manifest_path(spec, engine)] = data
    try:
        source = workspace.selects()
    except Unreadable as error:
        raise UsageError(f"{SELECTS_NAME}: {error.reason}", fix=error.fix) from error
    if source is not None:
        texts[SELECTS_NAME] = source.text.encode()
    return {
        path: text
        for path, text in sorted(texts.items())
        if _has_markers(path, text) or (path in unmerged and not _is_resolved(path, text))
    }


def _has_markers(path: str, text: bytes) -> bool:
    if path == SELECTS_NAME:
        return find_conflict(text.decode()) is not None
    return has_marker(text)


def _is_resolved(path: str, text: bytes) -> bool:
    """Return whether a file without markers is more than what is left of a conflict."""
    if not _is_readable(path, text):
        return False
    # Without its markers a manifest may say everything twice, which is still JSON.
    return path == SELECTS_NAME or manifests.dump(manifests.parse(text, path)) == text


def _is_readable(path: str, text: bytes) -> bool:
    if path == SELECTS_NAME:
        from songbatch.documents.selects_file import load_selects  # noqa: PLC0415  (loads YAML)

        return bool(text) and not has_errors(load_selects(as_source(path, text)).diagnostics)
    try:
        manifests.parse(text, path)
    except BrokenState:
        return False
    return True


def _staged(repository: Repository, path: str) -> Sides | None:
    """Return the sides as git has them; None outside of a merge, and without git."""
    try:
        stages = repository.stages(path)
    except UsageError:
        return None
    if not {2, 3} & stages.keys():
        return None
    return Sides(*(stages.get(stage, b"") for stage in (1, 2, 3)))


def _restore(repository: Repository, path: str) -> str:
    """Return what to do about a file that has markers, and of which git has no sides."""
    try:
        before = repository.staged(path)
    except UsageError:
        before = None
    if before is not None and not _has_markers(path, before) and _is_readable(path, before):
        return pasteable(f"restore it: git checkout -- {shell_path(path)}")
    if path == SELECTS_NAME:
        return "resolve it by hand"
    return pasteable(f"{_DELETE}: rm {shell_path(path)}")


_DELETE = "delete it, and the next render writes it again from the ledger"


def _take_a_side(path: str, sides: Sides) -> str:
    """Return what to do about a manifest of which a side is none."""
    for name, text in (("ours", sides.ours), ("theirs", sides.theirs)):
        if _is_readable(path, text):
            return pasteable(f"take the other side: git checkout --{name} -- {shell_path(path)}")
    return pasteable(f"{_DELETE}: rm {shell_path(path)}")


def _merged(path: str, sides: Sides) -> tuple[bytes, str]:
    """Return the merged file, and why it is none, "" if it is one. Raises BrokenState."""
    if sides.theirs in {sides.ours, sides.base}:
        return sides.ours, ""
    if sides.ours == sides.base:
        return sides.theirs, ""
    if os.path.basename(path) == MANIFEST_NAME:
        return _merged_manifest(path, sides), ""
    return _merged_selects(path, sides)


def _merged_manifest(path: str, sides: Sides) -> bytes:
    """Return the merged manifest. Raises BrokenState for a side that is none."""
    if not (sides.ours and sides.theirs):  # one side has deleted it
        return sides.ours or sides.theirs
    ours, theirs = (manifests.parse(one, path) for one in (sides.ours, sides.theirs))
    # Without a base both sides keep what they have.
    is_base = sides.base.strip() and _is_readable(path, sides.base)
    base = manifests.parse(sides.base, path) if is_base else None
    return manifests.dump(merge_manifests(base, ours, theirs))


def _merged_selects(path: str, sides: Sides) -> tuple[bytes, str]:
    read = [_verdicts(path, one) for one in (sides.base, sides.ours, sides.theirs)]
    found = [one for one in read if one is not None]
    if len(found) < len(read):
        return _both(sides), "it has comments, or is no file of selects: resolve it by hand"
    merged = merge_verdicts(*found)
    if merged.conflicts:
        return _both(sides), f"both sides changed {enumerated(merged.conflicts)}"
    return merged.selects.dump(), ""


def _verdicts(path: str, text: bytes) -> Selects | None:
    """Return the verdicts of a file; None if it is none, or has what writing it anew would lose."""
    from songbatch.documents.selects_file import is_all_said, load_selects  # noqa: PLC0415  (loads YAML)
    from songbatch.selects import Selects  # noqa: PLC0415

    if not text.strip():
        return Selects()
    try:
        source = as_source(path, text)
    except Unreadable:
        return None
    result = load_selects(source)
    if has_errors(result.diagnostics):
        return None
    return result.selects if is_all_said(result.selects, source.text) else None


def _both(sides: Sides) -> bytes:
    parts: Sequence[bytes] = (b"<<<<<<< ours", sides.ours.rstrip(b"\n"), b"=======")
    return b"\n".join([*parts, sides.theirs.rstrip(b"\n"), b">>>>>>> theirs", b""])
