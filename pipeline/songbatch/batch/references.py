"""The audio behind the references: read by content, measured, judged before anything is sent.

Durations are those of the engine's traits; between demanded and advised there is a warning.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import msgspec

from songbatch.audio.prepare import problem_of_form
from songbatch.audio.probe import AudioProblem
from songbatch.batch.tracks import WARNINGS, fix_of, is_about, track_of
from songbatch.diagnostics import Diagnostic, Severity, did_you_mean
from songbatch.digest import sha256
from songbatch.documents.codes import ERRORS
from songbatch.formatting import moment
from songbatch.model import Track
from songbatch.shell import shell_path
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songbatch.incremental.probes import Probes
    from songbatch.model import AudioInfo, Reference
    from songbatch.store.blobs import Blobs
    from songbatch.traits import ReferenceRule, Traits
    from songbatch.workspace import Workspace


class ReferenceCheck(msgspec.Struct, frozen=True):
    """A reference with its bytes' measures; `track` is None if they cannot be used."""

    reference: Reference
    track: Track | None
    diagnostics: tuple[Diagnostic, ...] = ()


def check_reference(
    reference: Reference,
    workspace: Workspace,
    blobs: Blobs,
    probes: Probes,
    traits: Traits,
    *,
    is_prepared: bool = True,
) -> ReferenceCheck:
    """Measure a reference, and judge it. A URL is looked for in the store only.

    One that has not changed since it was measured is not read again. `is_prepared`: some song
    follows its sound, for which it is brought into the form of the engine, if that has one.
    """
    known = _known(reference, workspace, blobs, probes)
    if known is not None:
        return _judge(reference, known, traits, is_prepared)
    try:
        data = read(reference, workspace, blobs)
    except Unreadable as error:
        return ReferenceCheck(reference, None, (_unreadable(reference, error, workspace),))
    if data is None:
        unseen = Track(reference.sha256 or "", None, None, cut=reference.cut)
        return ReferenceCheck(reference, unseen)
    digest = sha256(data)
    known = _known_by_digest(reference, digest, probes)
    if known is not None:
        return _judge(reference, known, traits, is_prepared)
    found = _measured(reference, data, digest, traits, is_prepared)
    if found.track is not None:
        probes.put(found.track)
    return found


def _known(
    reference: Reference, workspace: Workspace, blobs: Blobs, probes: Probes
) -> Track | None:
    """Return what is known of a reference's bytes as they are now, without reading them.

    Nothing of those that are not the pinned ones: reading them explains it.
    """
    digest = workspace.known(reference.file) if reference.file else reference.sha256
    track = _known_by_digest(reference, digest, probes) if digest else None
    if track is None:
        return None
    return track if reference.file or blobs.has(track.sha256, track.bytes) else None


def _known_by_digest(reference: Reference, digest: str, probes: Probes) -> Track | None:
    """Return what is known of the bytes of a digest, if they are not pinned to be others."""
    track = probes.get(digest, reference.cut)
    is_pinned = track is not None and reference.sha256 not in {None, track.sha256}
    return None if is_pinned else track


def read(reference: Reference, workspace: Workspace, blobs: Blobs) -> bytes | None:
    """Return a reference's bytes, or None for a URL that was not fetched yet.

    Raises Unreadable.
    """
    if reference.file is not None:
        return workspace.read_bytes(reference.file)
    if reference.sha256 is None or not blobs.has(reference.sha256):
        return None
    return blobs.read(reference.sha256)


def measure(
    reference: Reference, data: bytes, traits: Traits, *, is_prepared: bool = True
) -> ReferenceCheck:
    """Measure and judge the bytes of a reference."""
    return _measured(reference, data, sha256(data), traits, is_prepared)


def _measured(
    reference: Reference, data: bytes, digest: str, traits: Traits, is_prepared: bool
) -> ReferenceCheck:
    if reference.sha256 not in {None, digest}:
        problem = Diagnostic(
            "reference.digest",
            reference.source_span,
            "the reference is not the one that was pinned",
            f"{reference.source} has sha256 {digest}",
            "restore the file, or write this digest as its sha256 if the change is intended",
        )
        return ReferenceCheck(reference, None, (problem,))
    try:
        track = track_of(data, digest, reference.cut)
    except AudioProblem as error:
        return ReferenceCheck(reference, None, (_unusable(reference, error),))
    return _judge(reference, track, traits, is_prepared)


def _judge(reference: Reference, track: Track, traits: Traits, is_prepared: bool) -> ReferenceCheck:
    rule = traits.references.get(reference.purpose)
    problems: tuple[Diagnostic, ...] = ()
    if rule is not None and track.info is not None:
        problems = (*_judged(reference, track.info, rule), *_warnings(reference, track))
        if rule.form is not None and is_prepared:
            problem = problem_of_form(track, rule.form)
            problems += (_unusable(reference, problem),) if problem is not None else ()
    usable = not any(p.severity is Severity.ERROR for p in problems)
    return ReferenceCheck(reference, track if usable else None, problems)


def _unusable(reference: Reference, problem: AudioProblem) -> Diagnostic:
    is_cut = problem.code == "cut"
    return Diagnostic(
        f"reference.{problem.code}",
        (reference.cut_span if is_cut else None) or reference.source_span,
        ERRORS["reference.cut"] if is_cut else "the reference cannot be used",
        f"{reference.source}: {problem}",
        fix_of(problem, reference.file),
    )


def _warnings(reference: Reference, track: Track) -> Iterator[Diagnostic]:
    for remark in track.remarks:
        if not is_about(remark.code, reference.purpose):
            continue
        summary, fix = WARNINGS[remark.code]
        yield Diagnostic(
            remark.code,
            reference.source_span,
            summary,
            f"{reference.source} {remark.text}",
            fix,
            Severity.WARNING,
        )


_FORM = "engine.reference-form"


def _judged(reference: Reference, info: AudioInfo, rule: ReferenceRule) -> Iterator[Diagnostic]:
    lasts = f"{_named(reference)} lasts {info.seconds:.2f} s"
    seconds, advised = rule.seconds, rule.advised_seconds
    place = reference.cut_span or reference.source_span
    if info.seconds <= seconds.least:
        yield Diagnostic(
            "reference.too-short" if rule.is_hosted_contract else _FORM,
            place,
            "the reference is too short",
            lasts,
            f"{_longer(reference)} that is longer than {seconds.least:.0f} s",
        )
    elif not seconds.has(info.seconds):
        yield Diagnostic(
            "reference.too-long" if rule.is_hosted_contract else _FORM,
            place,
            "the reference is too long",
            lasts,
            _cut(reference, seconds.most),
        )
    elif advised is not None and info.seconds <= advised:
        yield Diagnostic(
            "reference.short",
            place,
            "the reference is short",
            lasts,
            f"more than {advised:.0f} s are safer: some servers demand them",
            Severity.WARNING,
        )


def _longer(reference: Reference) -> str:
    return "use a recording" if reference.cut is None else "name a part"


def _named(reference: Reference) -> str:
    cut = reference.cut
    if cut is None:
        return reference.source
    end = "its end" if cut.to_ms is None else moment(cut.to_ms)
    return f"{reference.source} from {moment(cut.from_ms)} to {end}"


def _cut(reference: Reference, most: float) -> str:
    first = reference.cut.from_ms if reference.cut is not None else 0
    last = moment(first + 1000 * int(most))
    advice = f'name the part that counts, such as from: "{moment(first)}", to: "{last}"'
    if reference.file is None:
        return advice
    return f"{advice}; songbatch analyze {shell_path(reference.file)} --suggest proposes a chorus"


def _unreadable(reference: Reference, error: Unreadable, workspace: Workspace) -> Diagnostic:
    near = ""
    if error.is_missing and reference.file:
        near = _from_top(reference, workspace) or _near(reference.file, workspace)
    return Diagnostic(
        "reference.unreadable",
        reference.source_span,
        "cannot read the reference",
        f"{reference.source}: {error.reason}",
        near or error.fix,
    )


def _from_top(reference: Reference, workspace: Workspace) -> str:
    """Return what to write for a file that is named from the project's top, "" if there is none."""
    folder = posixpath.dirname(reference.source_span.path)
    path = (reference.file or "").removeprefix(f"{folder}/")
    try:
        workspace.tree.status(path)
    except OSError:
        return ""
    return f'did you mean "{posixpath.relpath(path, folder)}"? Paths are relative to the spec'


def _near(path: str, workspace: Workspace) -> str:
    """Return `did you mean "x"?` for the file beside that is named most alike, or ""."""
    name = posixpath.basename(path)
    try:
        names = workspace.tree.files(posixpath.dirname(path))
    except OSError:
        return ""
    same = next((other for other in names if other.casefold() == name.casefold()), name)
    return did_you_mean(same, names)
