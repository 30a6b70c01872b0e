"""`selects.yaml` → listeners' verdicts, with their places; several files → one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from songbatch.conflicts import parted
from songbatch.diagnostics import has_errors
from songbatch.documents.codes import make_diagnostic
from songbatch.documents.schema import judge
from songbatch.documents.unmerged import unite, unmerged
from songbatch.documents.yaml_nodes import Items, Scalar, Table, scalars
from songbatch.documents.yaml_reader import read
from songbatch.selects import Decide, Heard, Opinion, Selects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from songbatch.diagnostics import Diagnostic
    from songbatch.documents.yaml_nodes import Node
    from songbatch.sources import Source, Span


class SelectsResult(msgspec.Struct, frozen=True):
    """What came of a file of selects: `selects` is empty if any diagnostic is an error."""

    selects: Selects = msgspec.field(default_factory=Selects)
    diagnostics: tuple[Diagnostic, ...] = ()
    places: Mapping[tuple[str, Heard], Span] = msgspec.field(default_factory=dict)
    """Where each opinion stands, by listener and what was heard."""


def load_selects(source: Source) -> SelectsResult:
    """Read and check listeners' verdicts. Never raises for what an author wrote."""
    torn = unmerged(source)
    if torn is not None and _can_unite(source):
        torn = unmerged(source, unite(source.path))
    if torn is not None:
        return SelectsResult(diagnostics=(torn,))
    document, diagnostics = read(source)
    if document is None:
        return SelectsResult(diagnostics=tuple(diagnostics))
    document, more = judge(document, "selects")
    if has_errors([*diagnostics, *more]):
        return SelectsResult(diagnostics=(*diagnostics, *more))
    return _joined(_opinions(document), _decide(document), [*diagnostics, *more])


def _can_unite(source: Source) -> bool:
    """Return whether both sides of a file in conflict can be written anew without a loss."""
    sides = parted(source.text)
    if sides is None:
        return False
    texts = [type(source)(source.path, side) for side in sides[1:]]
    return all(is_all_said(load_selects(text).selects, text.text) for text in texts)


def is_all_said(selects: Selects, text: str) -> bool:
    """Return whether verdicts have all that is in the text they are from: it has no comments."""
    return "#" not in text or selects.dump() == text.encode()


def merge_selects(results: Sequence[SelectsResult], decide: Decide | None = None) -> SelectsResult:
    """Return the verdicts of all files; without `decide`, the first file decides how.

    Equal opinions count once; two different opinions of one listener are an error.
    """
    everything = [
        (opinion, result.places[opinion.listener, opinion.heard])
        for result in results
        for opinion in result.selects.opinions
    ]
    diagnostics = [diagnostic for result in results for diagnostic in result.diagnostics]
    how = decide or (results[0].selects.decide if results else Decide.ANY)
    return _joined(everything, how, diagnostics)


def _joined(
    placed: Iterable[tuple[Opinion, Span]], decide: Decide, earlier: Iterable[Diagnostic]
) -> SelectsResult:
    opinions: dict[tuple[str, Heard], Opinion] = {}
    places: dict[tuple[str, Heard], Span] = {}
    diagnostics = list(earlier)
    for opinion, span in placed:
        key = opinion.listener, opinion.heard
        before = opinions.get(key, opinion)
        samples = opinion.song_sha256 or before.song_sha256
        # Older files do not say which song it is.
        opinions[key] = msgspec.structs.replace(before, song_sha256=samples)
        if msgspec.structs.replace(opinion, song_sha256=samples) != opinions[key]:
            diagnostics.append(_twice(opinion, span, places[key]))
        places.setdefault(key, span)
    if has_errors(diagnostics):
        return SelectsResult(diagnostics=tuple(diagnostics))
    return SelectsResult(Selects(tuple(opinions.values()), decide), tuple(diagnostics), places)


def _twice(opinion: Opinion, span: Span, first: Span) -> Diagnostic:
    detail = f"{opinion.listener} of {opinion.heard.render}, here and in {first}"
    fix = "keep the one that is meant, or give one of two people another name"
    return make_diagnostic("selects.twice", span, detail, fix)


def _decide(document: Node) -> Decide:
    written = scalars(document).get("decide")
    return Decide(written.text) if written is not None else Decide.ANY


def _opinions(document: Node) -> Iterator[tuple[Opinion, Span]]:
    listeners = document.get("listeners") if isinstance(document, Table) else None
    if listeners is None or not isinstance(listeners.value, Table):
        return
    for listener in listeners.value:
        items = listener.value.items if isinstance(listener.value, Items) else ()
        for item in items:
            yield _opinion(listener.name, scalars(item)), item.span


def _opinion(listener: str, parts: Mapping[str, Scalar]) -> Opinion:
    heard = Heard(parts["render"].text, parts["engine"].text, parts["audio_sha256"].text)
    return Opinion(
        listener,
        heard,
        pick="pick" in parts and parts["pick"].value is True,
        rating=_whole_number(parts.get("rating")),
        note=parts["note"].text if "note" in parts else "",
        blind=_whole_number(parts.get("blind")),
        song_sha256=parts["song_sha256"].text if "song_sha256" in parts else None,
    )


def _whole_number(written: Scalar | None) -> int | None:
    # The schema has made sure of a whole number; 2.0 is one too.
    value = written.value if written is not None else None
    return int(value) if isinstance(value, int | float) else None
