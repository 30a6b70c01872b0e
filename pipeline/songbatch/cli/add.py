"""`songbatch add`: recordings into the project, and references into a spec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from songbatch.batch.added_spec import SECTION, find_target
from songbatch.batch.adding import FOLDER, Adder, fields_of, is_name
from songbatch.cli.options import project_option
from songbatch.cli.paths import ExistingPath
from songbatch.cli.session import print_diagnostics, project_engines
from songbatch.cli.views.added import AddResult, added_json, added_text
from songbatch.diagnostics import InvalidSpecs, UsageError, has_errors
from songbatch.documents.yaml_insert import CannotInsert, lines_of
from songbatch.exit_codes import EXIT_DONE
from songbatch.model import Purpose, RecordingCut, Rights
from songbatch.shell import shell_path
from songbatch.spec.cuts import milliseconds
from songbatch.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from songbatch.batch.added_spec import TargetSpec
    from songbatch.batch.adding import Added, AddedRecording
    from songbatch.documents.yaml_insert import Fields
    from songbatch.sources import Source

PURPOSES = tuple(purpose.value for purpose in Purpose)
RIGHTS = ("holder", "licence", "consent", "rights_note")


def _part(
    _context: click.Context, _option: click.Parameter, value: str | None
) -> RecordingCut | None:
    """Return the part that is written as `0:42-1:10`; one end may be left out."""
    if value is None:
        return None
    words = value.replace("–", "-").split("-")
    places = [milliseconds(word) if word.strip() else None for word in words]
    is_read = len(words) == 2 and all(
        place is not None or not word.strip() for place, word in zip(places, words, strict=True)
    )
    if not is_read or places == [None, None]:
        raise click.BadParameter(f"{value!r} is not a part such as 0:42-1:10")
    first, last = places[0] or 0, places[1]
    if last is not None and last <= first:
        raise click.BadParameter(f"{value!r} ends before it begins")
    return RecordingCut(first, last) if first or last else None


@click.command("add")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=ExistingPath(dir_okay=False)
)
@click.option(
    "--purpose",
    type=click.Choice(PURPOSES),
    default=Purpose.SONG.value,
    show_default=True,
    help="What the recordings give: a voice and a band, or one of the two.",
)
@click.option(
    "--to",
    "spec",
    metavar="SPEC",
    help="The spec that lists them. Default: the only one. If there is none, or none of this name, "
    "it is made, with a first song.",
)
@click.option("--name", metavar="NAME", help="What the reference is called, of one FILE.")
@click.option(
    "--part",
    callback=_part,
    metavar="FROM-TO",
    help="The part of one FILE that counts, such as 0:42-1:10; analyze --suggest proposes one.",
)
@click.option(
    "--link",
    is_flag=True,
    help="Make hard links instead of copies: they take no room, and whoever edits one edits both.",
)
@click.option("--rights-holder", "holder", metavar="NAME", help="Whose recordings they are.")
@click.option("--licence", metavar="TEXT", help="The terms on which they may be used.")
@click.option("--consent", metavar="TEXT", help="Where the holder has agreed: a letter, a date.")
@click.option("--rights-note", metavar="TEXT", help="Anything else that belongs into credits.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@project_option
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    files: tuple[Path, ...],
    purpose: str,
    spec: str | None,
    name: str | None,
    part: RecordingCut | None,
    link: bool,
    as_json: bool,
    project: Path | None,
    **rights: str | None,
) -> int:
    """Copy recordings into the project, beside the specs, and list them as references.

    All FILEs or none; each is judged as check judges it. What is in the project already is used
    where it is. The rest of the spec stays as it is, comments and layout too.
    """
    workspace = Workspace.find(project)
    _, engines = project_engines(project)
    given, said = Purpose(purpose), _rights(rights)
    target = find_target(workspace, spec, files[0].stem)
    listed, taken = target.listed()
    _demand_name(name, files, taken)
    if part is not None and len(files) > 1:
        raise UsageError("--part is of one FILE", fix="add it by itself, then the others")
    adder = Adder(workspace, target.folder, listed, taken, target.traits(engines))
    added = adder.judge(files, given, name or "", part)
    _demand_usable(added, files)
    _demand_rights(added, said, target)
    entries = {r.name: fields_of(r, target.folder, given, said) for r in added.fresh}
    source = _write(workspace, target, added, adder, entries, is_linked=link)
    chosen = context.get_parameter_source("purpose")
    result = AddResult(
        target=target,
        source=source,
        purpose=given,
        is_default_purpose=chosen is ParameterSource.DEFAULT,
        is_linked=link,
        recordings=added.recordings,
    )
    click.echo((added_json if as_json else added_text)(result))
    return EXIT_DONE


def _rights(said: Mapping[str, str | None]) -> Rights | None:
    given = {name.removeprefix("rights_"): said[name] for name in RIGHTS if said[name]}
    return Rights(**given) if given else None


def _demand_name(name: str | None, files: Sequence[Path], taken: frozenset[str]) -> None:
    if name is None:
        return
    if len(files) > 1:
        raise UsageError("--name is for one FILE", fix="leave it out: files give their names")
    if not is_name(name):
        raise UsageError(
            f"{name!r} cannot be the name of a reference",
            fix="letters, digits, hyphens and underscores, at most 64 of them",
        )
    if name in taken:
        raise UsageError(f"there is a reference {name!r} already", fix="give another --name")


def _demand_usable(added: Added, files: Sequence[Path]) -> None:
    print_diagnostics(added.diagnostics)
    if not has_errors(added.diagnostics):
        return
    fix = "leave out, or mend, what cannot be used"
    if any(one.code == "reference.too-long" for one in added.diagnostics):
        file = shell_path(files[0]) if len(files) == 1 else "FILE"
        fix += f"; a part is added by songbatch add {file} --part FROM-TO"
    raise UsageError("nothing was added", fix=fix)


def _demand_rights(added: Added, said: Rights | None, target: TargetSpec) -> None:
    """Raise UsageError if rights are given of what is listed with others: that is not edited."""
    for one in added.recordings:
        if said is not None and one.listed_as is not None and one.listed_as.rights != said:
            line = lines_of({"rights": said.said()})[0].strip()
            raise UsageError(
                f"{target.path} lists {one.place} as {one.name}, with other rights, or none; "
                "nothing was written",
                fix=f"write there: {line}",
            )


def _write(
    workspace: Workspace,
    target: TargetSpec,
    added: Added,
    adder: Adder,
    entries: Mapping[str, Fields],
    *,
    is_linked: bool,
) -> Source:
    """Bring the recordings, then write the spec; return it. All of it, or nothing."""
    if not entries:
        return target.source
    try:
        data, source = target.with_references(entries)
    except InvalidSpecs as error:
        print_diagnostics(error.diagnostics)
        raise
    except CannotInsert as error:
        raise _not_edited(workspace, target, added.fresh, entries, error) from error
    made = adder.bring(added.fresh, is_linked=is_linked)
    try:
        _demand_unchanged(workspace, target)
        workspace.write(target.path, data)
    except BaseException:
        adder.take_back(made)
        raise
    return source


def _demand_unchanged(workspace: Workspace, target: TargetSpec) -> None:
    there = workspace.tree.is_there(target.path)
    if (workspace.read_data(target.path) if there else None) != target.data:
        raise UsageError(f"{target.path} changed meanwhile; nothing was written", fix="add again")


def _not_edited(
    workspace: Workspace,
    target: TargetSpec,
    fresh: Sequence[AddedRecording],
    entries: Mapping[str, Fields],
    why: CannotInsert,
) -> UsageError:
    """Return the refusal to edit a spec; what to paste there goes to standard output."""
    for line in lines_of(entries):
        click.echo(line)
    copies = [
        f"cp {shell_path(one.place)} {shell_path(workspace.root / one.path)}"
        for one in fresh
        if one.is_new
    ]
    folder = shell_path(workspace.root / target.folder / FOLDER)
    first = f"; first: {' && '.join([f'mkdir -p {folder}', *copies])}" if copies else ""
    lines = "line" if len(entries) == 1 else "lines"
    return UsageError(
        f"{target.path} is written in a way that is not edited: {why}; nothing was written",
        fix=f"paste the {lines} above below its {SECTION}{first}",
    )
