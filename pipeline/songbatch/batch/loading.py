"""From spec files to keyed renders: the one path that check, plan and render share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.batch import covers, references
from songbatch.batch.fixes import Fixes, fixed_renders
from songbatch.batch.inputs import render_inputs
from songbatch.batch.overrides import FilesWithNames
from songbatch.batch.parts import with_parts
from songbatch.batch.profiles import demand_profile, judged_profiles
from songbatch.batch.project_files import (
    demand_engine,
    judged_engines,
    read_fixes,
    read_project,
    read_selects,
    unreadable,
)
from songbatch.batch.reference_uses import used_references, uses_of_references
from songbatch.batch.rights import missing_rights
from songbatch.diagnostics import Diagnostic, has_errors, sort_key
from songbatch.digest import sha256
from songbatch.documents.codes import make_diagnostic
from songbatch.documents.store_addresses import SharingSettings
from songbatch.engines.catalog import Engines
from songbatch.incremental.compiled import Circumstances, load_compiled
from songbatch.layout import SETTINGS_NAME, output_folder
from songbatch.lyrics.used_names import used_names
from songbatch.model import Cover, ReferenceUse, Render, Track
from songbatch.selects import Selects
from songbatch.sources import Source, Span, Unreadable
from songbatch.spec.layers import NO_LAYER
from songbatch.spec_files import how_to_move
from songbatch.traits import ANYTHING, HOSTED_CONTRACT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from songbatch.album import AlbumSheet
    from songbatch.incremental.compilations import Compilations
    from songbatch.incremental.probes import Probes
    from songbatch.model import Reference, Spec, UnresolvedRender
    from songbatch.plan.waves import Wave
    from songbatch.sources import Files
    from songbatch.spec.layers import Layer
    from songbatch.spec.loading import LoadResult
    from songbatch.spec_files import SpecFile
    from songbatch.store.blobs import Blobs
    from songbatch.traits import Traits
    from songbatch.workspace import Workspace


class Batch(msgspec.Struct, frozen=True):
    """Everything a run is about. `renders` are complete only if no diagnostic is an error.

    `references` and `tracks` are by spec and by name.
    """

    specs: tuple[Spec, ...] = ()
    renders: tuple[Render, ...] = ()
    references: Mapping[str, Mapping[str, Reference]] = msgspec.field(default_factory=dict)
    tracks: Mapping[str, Mapping[str, Track]] = msgspec.field(default_factory=dict)
    engines: Engines = msgspec.field(default_factory=Engines)
    """The engines of the project, by name."""
    confirm_above: float | None = None
    """Above how many US dollars the project wants its user to be asked."""
    sharing: SharingSettings = SharingSettings()
    """Where the project shares its songs."""
    only: tuple[str, ...] = ()
    """Patterns on renders if less than all of the specs was asked for."""
    used_names: frozenset[str] = frozenset()
    """Names that templates use, if variables are set."""
    selects: Selects = msgspec.field(default_factory=Selects)
    """Listeners' verdicts on takes, of all specs."""
    every: tuple[Render, ...] = ()
    """If takes are asked for in waves: all that there may be; `renders` are those of now."""
    waves: tuple[Wave, ...] = ()
    is_layered: bool = False
    """Whether a profile or a number of takes lies over all songs: nothing is removed then."""
    albums: tuple[AlbumSheet, ...] = ()
    """Those that stand in specs, and in files of their own where somebody asked for them."""
    strays: tuple[str, ...] = ()
    """Files that look like specs where none is looked for: what they want is not known."""
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def songs(self) -> tuple[Render, ...]:
        """What is listened to: parts of songs are left out."""
        return tuple(render for render in self.renders if not render.is_part)

    @property
    def has_errors(self) -> bool:
        """Whether nothing may be sent."""
        return has_errors(self.diagnostics)


class Caches(msgspec.Struct, frozen=True):
    """What earlier runs of this `tool` read: specs that were compiled, references measured."""

    compilations: Compilations
    probes: Probes
    tool: str


def load_batch(
    workspace: Workspace,
    blobs: Blobs,
    files: Iterable[SpecFile],
    *,
    engine: str | None,
    overrides: Mapping[str, str],
    caches: Caches,
    layer: Layer = NO_LAYER,
    on_read: Callable[[str], None] = lambda _path: None,
) -> Batch:
    """Read, check and expand the spec files, and measure every reference they list.

    `engine` wins over what the specs name; `layer` lies over their songs. `on_read` hears of every
    file before it is read.
    `caches` save reading again what was read before.
    """
    caches.probes.remember(caches.tool)
    project, wrong = read_project(workspace)
    heard = read_selects(workspace)
    fixes, odd = read_fixes(workspace)
    engines = Engines(project.engines)
    wrong = [*wrong, *odd, *judged_engines(project, engines, is_sound=not has_errors(wrong))]
    wrong += judged_profiles(project, engines)
    if engine is not None:
        fix = f"songbatch check shows what is wrong with {SETTINGS_NAME}"
        demand_engine(engine, engines, fix if has_errors(wrong) else "")
    layer = msgspec.structs.replace(layer, shared=project.profiles)
    loader = _BatchLoader(workspace, blobs, caches, engines, engine, layer, on_read)
    loader.requires_rights = project.require_rights
    loader.fixes = fixes
    loaded = [loader.load(file, overrides) for file in files]
    demand_profile(layer, [one.diagnostics for one in loaded])
    strays = workspace.stray_specs()
    wrong += _stray(strays, workspace)
    whole = [one for one in loaded if one.spec is not None and not has_errors(one.diagnostics)]
    made = [found for one in whole for found in _renders(one, engines, engine, fixes)]
    stale = (found for found in made if isinstance(found, Diagnostic))
    every = (*wrong, *heard.diagnostics, *(d for one in loaded for d in one.diagnostics), *stale)
    # Specs may share files: what is wrong with one is told once.
    once = {(sort_key(diagnostic), diagnostic.fix): diagnostic for diagnostic in every}
    diagnostics = [diagnostic for _, diagnostic in sorted(once.items())]
    specs = tuple(one.spec for one in whole if one.spec is not None)
    return Batch(
        specs=specs,
        renders=tuple(found for found in made if isinstance(found, Render)),
        references={one.name: one.references for one in whole},
        tracks={one.name: one.tracks for one in whole},
        engines=engines,
        confirm_above=project.confirm_above,
        sharing=project.sharing,
        used_names=frozenset(loader.names),
        selects=heard.selects,
        is_layered=bool(layer),
        albums=tuple(one.album for one in whole if one.album is not None),
        strays=tuple(strays),
        diagnostics=tuple(diagnostics),
    )


class _Loaded(msgspec.Struct, frozen=True):
    name: str
    spec: Spec | None
    references: Mapping[str, Reference]
    tracks: Mapping[str, Track]
    diagnostics: tuple[Diagnostic, ...]
    covers: Mapping[str, Cover] = msgspec.field(default_factory=dict)
    """By file."""
    album: AlbumSheet | None = None


class _BatchLoader:
    def __init__(
        self,
        workspace: Workspace,
        blobs: Blobs,
        caches: Caches,
        engines: Engines,
        wanted: str | None,
        layer: Layer,
        on_read: Callable[[str], None],
    ) -> None:
        self._workspace = workspace
        self._engines = engines
        self._wanted = wanted
        self._layer = layer
        # Traits depend on what the project says of engines.
        self._about_engines = sha256(repr((wanted, engines.settings)).encode())
        self._blobs = blobs
        self._caches = caches
        self._on_read = on_read
        self.names: set[str] = set()
        """Names that templates use, if variables are set."""
        self.fixes = Fixes()
        self.requires_rights = False
        """Whether each reference in use has to say its rights."""

    def load(self, file: SpecFile, overrides: Mapping[str, str]) -> _Loaded:
        self._on_read(file.path)
        if file.problem:
            return _Loaded(file.name, None, {}, {}, (_misnamed(file),))
        try:
            source = self._workspace.read(file.path)
        except Unreadable as error:
            return _Loaded(file.name, None, {}, {}, (unreadable("spec", file.path, error),))
        before = self._caches.compilations.get(file.name)
        circumstances = Circumstances(
            file.name,
            overrides,
            self._caches.tool,
            self._about_engines,
            self._engines.lookup(self._wanted),
            self._layer,
        )
        files: Files = self._workspace
        if overrides:
            self.names |= used_names(source.text)
            files = FilesWithNames(files, self.names)
        result, after = load_compiled(source, files, circumstances, before)
        if after is not None and not any(
            map(self._engines.is_foreign, {*self._named(result.spec)})
        ):
            self._caches.compilations.put(file.name, after)
        renders = result.spec.renders if result.spec is not None else ()
        uses = uses_of_references(result.spec) if result.spec is not None else {}
        studies = [
            study
            for name, reference in result.references.items()
            for study in self._studies(reference, uses.get(name))
        ]
        mended = {fix.reference.name: fix.reference for fix in self.fixes.of(file.name)}
        studies += [self._of_a_song(reference) for reference in mended.values()]
        judged = self._covers(renders)
        wrong = tuple(found for found in judged if isinstance(found, Diagnostic))
        return _Loaded(
            file.name,
            result.spec,
            {**result.references, **mended},
            {s.reference.name: s.track for s in studies if s.track is not None},
            (
                *result.diagnostics,
                *(d for study in studies for d in study.diagnostics),
                *self._missing_rights(result),
                *wrong,
            ),
            {found.file: found for found in judged if isinstance(found, Cover)},
            result.album,
        )

    def _of_a_song(self, reference: Reference) -> references.ReferenceCheck:
        """Return what is known of a song that is mended, which `check` does not judge."""
        track = Track(reference.sha256 or "", None, None)
        check = self._study(reference, ANYTHING, is_prepared=False)
        return references.ReferenceCheck(reference, check.track or track)

    def _missing_rights(self, result: LoadResult) -> Iterator[Diagnostic]:
        """Yield which references in use lack rights; of a spec with errors, all may be in use."""
        if self.requires_rights:
            used = used_references(result.spec) if result.spec is not None else result.references
            yield from missing_rights(r for name, r in result.references.items() if name in used)

    def _named(self, spec: Spec | None) -> Iterator[str]:
        """Yield the engines that a spec is judged by: its own, and those it has options for."""
        if spec is None:
            return
        named = {self._wanted} if self._wanted else {spec.engine, *(r.engine for r in spec.renders)}
        yield from filter(None, named)
        for render in spec.renders:
            yield from render.options or ()

    def _covers(self, renders: Iterable[UnresolvedRender]) -> list[Cover | Diagnostic]:
        named = {one.cover.file: one.cover for one in renders if one.cover is not None}
        return [covers.check_cover(picture, self._workspace) for picture in named.values()]

    def _studies(
        self, reference: Reference, engines: Mapping[str | None, bool] | None
    ) -> list[references.ReferenceCheck]:
        """Judge a reference for all `engines` that use it; None if nobody knows which do."""
        self._on_read(reference.source)
        if engines is None:
            return [self._study(reference, HOSTED_CONTRACT, is_prepared=False)]
        by_name: dict[str, bool] = {}
        for named, is_heard in engines.items():
            name = self._engines.for_spec(named, self._wanted).name
            by_name[name] = is_heard or by_name.get(name, False)
        return [
            self._study(reference, self._engines[name].traits, is_prepared=is_heard)
            for name, is_heard in by_name.items()
        ]

    def _study(
        self, reference: Reference, traits: Traits, *, is_prepared: bool
    ) -> references.ReferenceCheck:
        return references.check_reference(
            reference,
            self._workspace,
            self._blobs,
            self._caches.probes,
            traits,
            is_prepared=is_prepared,
        )


def _misnamed(file: SpecFile) -> Diagnostic:
    return Diagnostic(
        "spec.name",
        Span(Source(file.path, "")),
        "the spec cannot give its outputs a folder",
        file.problem,
        "rename it: letters, digits, dot, underscore and hyphen, at most 64 of them, "
        "not a dot first or last",
    )


def _stray(paths: Iterable[str], workspace: Workspace) -> Iterator[Diagnostic]:
    for path in paths:
        yield make_diagnostic(
            "spec.place",
            Span(Source(path, "")),
            "specs are specs/NAME.yaml or specs/NAME.yml, in no folder below; until this is "
            "cleared up, outputs of specs that are gone stay, and gc drops no song",
            "if it is not to be rendered, move it out of specs/; if it is: "
            f"{how_to_move(path, workspace.spec_names)}",
        )


def _renders(
    loaded: _Loaded, engines: Engines, wanted: str | None, fixes: Fixes
) -> Iterator[Render | Diagnostic]:
    """Yield the renders of a spec, those of fixes last; what is wrong with one in its place."""
    if loaded.spec is None:
        return
    uses: dict[str | None, ReferenceUse | None] = {
        name: ReferenceUse.of(name, loaded.references[name].purpose, track)
        for name, track in loaded.tracks.items()
    }
    uses[None] = None
    made, mended = [], fixes.of(loaded.name)
    for one in loaded.spec.renders:
        engine = engines.for_spec(one.engine, wanted)
        voice, instrumental = uses[one.voice], uses[one.instrumental]
        render = Render(
            unresolved=one,
            inputs=render_inputs(one, voice, instrumental, engine),
            output=f"{output_folder(one.spec, engine.name)}/{one.output}.{one.audio.format}",
            cover=loaded.covers[one.cover.file] if one.cover is not None else None,
        )
        yield from with_parts(render, voice, instrumental, engine)
        if mended and not one.parts:
            made.append((render, engine))
    yield from fixed_renders(mended, made)
