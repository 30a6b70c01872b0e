"""Project files beside the specs, read and judged: settings, engines, verdicts, fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.batch.fixes import Fixes, parse_fixes
from songbatch.diagnostics import Diagnostic, UsageError, has_errors
from songbatch.documents.codes import make_diagnostic
from songbatch.documents.project import ProjectSettings, load_project
from songbatch.documents.schema_messages import quoted
from songbatch.documents.selects_file import SelectsResult, load_selects
from songbatch.engines.catalog import Engines
from songbatch.layout import FIXES_NAME, SELECTS_NAME, SETTINGS_NAME
from songbatch.sources import Source, Span, Unreadable
from songbatch.spec.model_names import meant_model
from songbatch.traits import NoSuchEngine, UnknownEngine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.documents.store_addresses import SharingSettings
    from songbatch.workspace import Workspace


def load_engines(workspace: Workspace) -> tuple[Engines, list[Diagnostic]]:
    """Return the engines as a project has them, and what is wrong with its `songbatch.yaml`."""
    project, wrong = read_project(workspace)
    engines = Engines(project.engines)
    return engines, [*wrong, *judged_engines(project, engines, is_sound=not has_errors(wrong))]


def load_sharing(workspace: Workspace) -> tuple[SharingSettings, list[Diagnostic]]:
    """Return where a project shares its songs, and what is wrong with its `songbatch.yaml`."""
    project, wrong = read_project(workspace)
    return project.sharing, wrong


def demand_engine(name: str, engines: Engines, fix: str = "") -> None:
    """Raise UsageError unless a project has an engine of this name; `fix` if it should."""
    try:
        engines[name]
    except UnknownEngine as error:
        raise UsageError(str(error), fix=fix or error.fix) from error


def read_project(workspace: Workspace) -> tuple[ProjectSettings, list[Diagnostic]]:
    """Return what `songbatch.yaml` says, and what is wrong with it."""
    try:
        source = workspace.settings()
    except Unreadable as error:
        return ProjectSettings(), [unreadable("project", SETTINGS_NAME, error)]
    return (ProjectSettings(), []) if source is None else load_project(source)


def judged_engines(
    project: ProjectSettings, engines: Engines, *, is_sound: bool
) -> Iterator[Diagnostic]:
    """Yield what is wrong with the engines of a project; `is_sound`: nothing has been refused."""
    lookup = engines.lookup(None)
    for name, place in project.places.items():
        settings = project.engines[name]
        urls = (settings.url, settings.queue_url, settings.platform_url, settings.upload_url)
        if any(_is_exposed(url or "") for url in urls):
            yield make_diagnostic(
                "engine.exposed",
                place,
                f"the url of the engine {name} is http, not https, on a public host",
                "use https, or a tunnel to that machine",
            )
        wrong = engines.judge_rows(name, project.sections[name])
        yield from wrong
        if engines.is_service(name) and not is_sound:
            continue  # its rows lack what was refused
        try:
            # Of a service without a usual model, its models are what can be rendered with.
            for each in () if wrong else engines.models_said(name):
                engine = lookup.for_spec(each)
                if meant := meant_model(engine):
                    fix = f'did you mean "{meant}"?'
                    yield make_diagnostic("engine.model", place, quoted(engine.model), fix)
        except UnknownEngine as error:
            code = "engine.unknown" if isinstance(error, NoSuchEngine) else "engine.settings"
            yield make_diagnostic(code, place, str(error), error.fix)


def _is_exposed(url: str) -> bool:
    if not url.lower().startswith("http:"):
        return False
    from songbatch.engines.rest.addresses import is_near, problem_of_url  # noqa: PLC0415  (rare)

    return not problem_of_url(url) and not is_near(url)


def read_selects(workspace: Workspace) -> SelectsResult:
    """Return listeners' verdicts on takes, and what is wrong with them."""
    try:
        source = workspace.selects()
    except Unreadable as error:
        return SelectsResult(diagnostics=(unreadable("selects", SELECTS_NAME, error),))
    return SelectsResult() if source is None else load_selects(source)


def read_fixes(workspace: Workspace) -> tuple[Fixes, list[Diagnostic]]:
    """Return the parts of songs that are to be made anew, and what is wrong with their list."""
    try:
        source = workspace.fixes()
        return (Fixes(), []) if source is None else (parse_fixes(source.text), [])
    except Unreadable as error:
        return Fixes(), [unreadable("fixes", FIXES_NAME, error)]


def unreadable(what: str, path: str, error: Unreadable) -> Diagnostic:
    """Return what to say of a file that cannot be read; `what` it is begins the code."""
    span = Span(Source(path, ""))
    return Diagnostic(
        f"{what}.unreadable", span, f"cannot read the {what}", error.reason, error.fix
    )
