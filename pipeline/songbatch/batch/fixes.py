"""Fixes: takes that are another take with a part of it made anew. `specs/fixes.json`, version 1.

A fix is a wish like any other: it becomes a render whose inputs are the audio that it mends, the
part, and the words, so that plan, ledger and manifest treat it as they treat all renders. It holds
for the song as it was: if anything that decides that take changes, the fix is of audio that the
song has no more, and is wanted no longer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

import msgspec
from msgspec.structs import replace

from songbatch.batch.inputs import render_inputs
from songbatch.digest import Count, Digest, Real  # noqa: TC001  (types that are read by)
from songbatch.documents.codes import make_diagnostic
from songbatch.layout import FIXES_NAME, output_folder
from songbatch.model import Purpose, Reference, ReferenceUse, Render
from songbatch.sources import Source, Span, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.diagnostics import Diagnostic
    from songbatch.engines.entry import EngineEntry

VERSION = 1
FIRST_TAKE = 1001
"""A spec's own takes go up to a thousand."""
MOST_FIXES = 10_000
SCHEME = "song:"
"""How the source of a reference begins that is a song of the project."""
_DIGITS = 8

_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class Fix(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a take that is to be made anew, and the number of the take that comes of it.

    `render` is the id of the take, `key` and `audio_sha256` are what it was; `seconds` is how long
    it lasts. `lyrics` are those of the whole song, as a spec writes them.
    """

    render: _Name
    engine: _Name
    key: Digest
    audio_sha256: Digest
    take: Annotated[int, msgspec.Meta(ge=FIRST_TAKE, le=FIRST_TAKE + MOST_FIXES)]
    from_ms: Count
    to_ms: Count
    seconds: Real
    lyrics: Annotated[str, msgspec.Meta(min_length=1, max_length=100_000)]

    @property
    def spec(self) -> str:
        """The spec that the take is of."""
        return self.render.partition("/")[0]

    @property
    def variant(self) -> str:
        """The id without its take."""
        return self.render.rpartition("/")[0]

    @property
    def id(self) -> str:
        """The id of the take that comes of it."""
        return f"{self.variant}/{self.take}"

    def but(self, take: int) -> Self:
        """Return it as another take."""
        return replace(self, take=take)

    @property
    def reference(self) -> Reference:
        """The audio that is mended, as a reference; its bytes are in the store."""
        span = Span(Source(FIXES_NAME, ""))
        return Reference(
            name=f"{self.render.partition('/')[2]}@{self.audio_sha256[:_DIGITS]}",
            purpose=Purpose.SONG,
            span=span,
            source_span=span,
            url=f"{SCHEME}{self.render}",
            sha256=self.audio_sha256,
        )


class Fixes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All fixes of a project, in the order in which they were asked for."""

    version: int = VERSION
    fixes: Annotated[tuple[Fix, ...], msgspec.Meta(max_length=MOST_FIXES)] = ()

    def of(self, spec: str) -> list[Fix]:
        """Return the fixes of a spec's songs."""
        return [fix for fix in self.fixes if fix.spec == spec]

    def free_take(self, variant: str) -> int:
        """Return a number that no fix of a variant has."""
        return max([FIRST_TAKE - 1, *(f.take for f in self.fixes if f.variant == variant)]) + 1

    def with_one(self, fix: Fix) -> Self:
        """Return these and one more."""
        return replace(self, fixes=(*self.fixes, fix))

    def dump(self) -> bytes:
        """Return the one sequence of bytes that stands for them."""
        return msgspec.json.format(msgspec.json.encode(self), indent=1) + b"\n"


def parse_fixes(text: str) -> Fixes:
    """Read fixes back. Raises Unreadable for anything else."""
    try:
        fixes = msgspec.json.decode(text.encode(), type=Fixes)
    except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
        raise _odd(str(error)) from error
    if fixes.version != VERSION:
        raise _odd(f"it has version {fixes.version}; this songbatch reads {VERSION}")
    if len({fix.id for fix in fixes.fixes}) < len(fixes.fixes):
        raise _odd("two fixes have the same take")
    if any(fix.from_ms >= fix.to_ms for fix in fixes.fixes):
        raise _odd("a part ends before it begins")
    return fixes


def _odd(reason: str) -> Unreadable:
    return Unreadable(
        reason, f"restore it: git checkout -- {FIXES_NAME}; or remove it with all its fixes"
    )


def fixed_renders(
    fixes: Iterable[Fix], made: Iterable[tuple[Render, EngineEntry]]
) -> Iterator[Render | Diagnostic]:
    """Yield the renders of fixes; what has changed since is a warning in place of its render.

    `made` are the renders of the spec, with their engines. A fix that was made with another engine
    than the one that renders now is passed over.
    """
    known = {render.id: (render, engine) for render, engine in made}
    for fix in fixes:
        render, engine = known.get(fix.render, (None, None))
        if render is None or engine is None:
            yield _stale(fix, "there is no such take any more")
        elif engine.identity.name != fix.engine or engine.traits.repaint is None:
            continue
        elif render.key != fix.key:
            yield _stale(fix, "what it mends has changed since")
        else:
            fixed = _fixed(fix, render, engine)
            known[fixed.id] = fixed, engine
            yield fixed


def _stale(fix: Fix, why: str) -> Diagnostic:
    detail = f"{fix.id}, of {fix.render}: {why}"
    advice = f"remove it from {FIXES_NAME}, or mend the take as it is now: songbatch fix"
    return make_diagnostic("fix.stale", Span(Source(FIXES_NAME, "")), detail, advice)


def _fixed(fix: Fix, render: Render, engine: EngineEntry) -> Render:
    use = ReferenceUse(fix.reference.name, Purpose.SONG, fix.audio_sha256)
    rule, name = engine.traits.repaint, engine.identity.name
    assert rule is not None  # noqa: S101  (the caller has looked)
    options = {**(render.inputs.options or {}), **rule.fields(fix.from_ms, fix.to_ms)}
    bounds = engine.traits.duration
    unresolved = replace(
        render.unresolved,
        until=None,
        take=fix.take,
        lyrics=fix.lyrics,
        voice=use.reference,
        instrumental=use.reference,
        seed=None,
        follow="song",
        strength=None,
        duration=fix.seconds if bounds is None or bounds.has(fix.seconds) else None,
        options={name: options},
        output=f"{render.unresolved.output}-{fix.take}",
    )
    return Render(
        unresolved=unresolved,
        inputs=render_inputs(unresolved, use, use, engine),
        output=f"{output_folder(fix.spec, name)}/{unresolved.output}.{unresolved.audio.format}",
        cover=render.cover,
    )
