"""Results of adding recordings: for people, and for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.batch.added_spec import FIRST_SONG, SECTION
from songbatch.cli.pasting import pasteable
from songbatch.diagnostics import printable, printable_json
from songbatch.documents.yaml_nodes import Table
from songbatch.documents.yaml_reader import read
from songbatch.formatting import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.batch.added_spec import TargetSpec
    from songbatch.batch.adding import AddedRecording
    from songbatch.model import Purpose
    from songbatch.sources import Source


class AddResult(msgspec.Struct, frozen=True, kw_only=True):
    """What came of adding recordings to `target`, whose text is `source` now."""

    target: TargetSpec
    source: Source
    purpose: Purpose
    is_default_purpose: bool
    is_linked: bool
    recordings: tuple[AddedRecording, ...]

    @property
    def is_new_spec(self) -> bool:
        """Whether the spec was made."""
        return self.target.data is None


def added_text(result: AddResult) -> str:
    """Return a line for each recording and what was done to the spec, and the next step."""
    return "\n".join(map(printable, _lines(result)))


def _lines(result: AddResult) -> Iterator[str]:
    lines = _line_numbers(result.source)
    fresh = [one for one in result.recordings if one.listed_as is None]
    for one in result.recordings:
        info = one.track.info
        length = f" ({clock(info.seconds)})" if info is not None else ""
        same = ", which is the same recording" if one.is_same else ""
        yield f"  {_how(one, result):<7} {one.path}{length}{same}"
    if result.is_new_spec:
        yield f"  made    {result.target.path}, with a first song"
    for one in fresh:
        place = f"{result.target.path}:{lines.get(one.name, 0)}"
        yield f"  listed  {one.name} in {place}, purpose {result.purpose}"
    for one in result.recordings:
        if one.listed_as is not None:
            yield f"  is      {one.name} in {result.target.path} already"
    if fresh and result.is_default_purpose:
        yield "A song gives a voice and a band; --purpose voice, or instrumental, says otherwise."
    yield _next(result, fresh[0] if fresh else result.recordings[0])


def _how(one: AddedRecording, result: AddResult) -> str:
    if one.is_new:
        return "linked" if result.is_linked else "copied"
    return "kept"


def _next(result: AddResult, one: AddedRecording) -> str:
    if result.is_new_spec:
        words = f"Next: write your words into {result.target.path} ({FIRST_SONG}), then "
        return words + pasteable("songbatch render")
    words = f"Next: let a song of {result.target.path} follow it, `reference: {one.name}`, then "
    return words + pasteable("songbatch plan")


def added_json(result: AddResult) -> str:
    """Return what became of each recording as one JSON object."""
    lines = _line_numbers(result.source)
    return printable_json(
        {
            "add": 1,
            "spec": result.target.path,
            "is_new_spec": result.is_new_spec,
            "references": [_reference(one, result, lines) for one in result.recordings],
        }
    )


def _reference(one: AddedRecording, result: AddResult, lines: Mapping[str, int]) -> dict[str, Any]:
    return {
        "name": one.name,
        "given": str(one.place),
        "file": one.path,
        "done": _how(one, result),
        "was_listed": one.listed_as is not None,
        "purpose": result.purpose.value,
        "sha256": one.sha256,
        "seconds": round(one.track.info.seconds, 3) if one.track.info is not None else None,
        "line": lines.get(one.name),
    }


def _line_numbers(source: Source) -> dict[str, int]:
    """Return the lines of a spec on which its references begin."""
    document, _ = read(source)
    entry = document.get(SECTION) if isinstance(document, Table) else None
    listed = entry.value if entry is not None else None
    return {e.name: e.key.span.line for e in listed} if isinstance(listed, Table) else {}
