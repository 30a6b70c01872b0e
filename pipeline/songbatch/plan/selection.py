"""Selection of the renders that take part: by globs on ids, or by what people type instead."""

from __future__ import annotations

import itertools
import posixpath
import re
from fnmatch import translate
from typing import TYPE_CHECKING, Protocol

from songbatch.diagnostics import UsageError, did_you_mean
from songbatch.files.lookalikes import composed, folded
from songbatch.layout import OUTPUTS
from songbatch.lyrics.slugs import slug
from songbatch.model import PART
from songbatch.plan.states import CHANGED, EXPLICIT
from songbatch.shell import shell_word

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    from songbatch.model import Render, Value

    _Names = Callable[["Selectable"], Iterable[str]]

_NOTHING: Mapping[str, frozenset[str]] = {}
_NEGATIONS = {"!", "^", "-"}
_GLOB = re.compile(r"[*?\[]")
_SPEC_PATH = re.compile(r"(?:\./)?(?:specs/)?([^/]+?)\.ya?ml(/.*)?")
_MOST_NAMES = 5000
"""Names that are compared with a misspelt one."""


class Selectable(Protocol):
    """A render, as far as it is selected by its names."""

    @property
    def id(self) -> str:
        """Its id, `spec/song[/variant]/take`."""

    @property
    def output(self) -> str:
        """Where its output lies, relative to the project."""

    @property
    def values(self) -> Mapping[str, Value]:
        """What tells its variant from the others of its song, by variable."""


class Selection:
    """`--select` and `--exclude`: a render takes part if some `select` and no `exclude` matches.

    A pattern is matched against the whole id (`friends/birthday/happy/2`), the id without its spec,
    and everything above it: `friends`, `birthday` and `birthday/*` all match it. If that matches no
    render, then against any part of ids (`happy`), then without regard to case and spelling
    (`Happy`), then against some parts of ids (`friends/2`), then against paths of outputs, then
    against the values of variants, which stand side by side in an id (`ann`, `birthday/happy`).

    Words that mean a state of songs (`songbatch.plan.states`) are `found` beforehand: ids by word.
    """

    def __init__(
        self,
        select: Sequence[str] = (),
        exclude: Sequence[str] = (),
        found: Mapping[str, frozenset[str]] = _NOTHING,
    ) -> None:
        self._select = tuple(select)
        self._exclude = tuple(exclude)
        self._found = found

    @property
    def words(self) -> tuple[str, ...]:
        """What the user typed, each word once."""
        return tuple(dict.fromkeys((*self._select, *self._exclude)))

    @property
    def follows_git(self) -> bool:
        """Whether a revision decides, which is no file of the project."""
        return any(word.removeprefix(EXPLICIT).startswith(f"{CHANGED}:") for word in self._found)

    def with_found(self, found: Mapping[str, frozenset[str]]) -> Selection:
        """Return the selection with the ids that words mean by a state of songs."""
        return Selection(self._select, self._exclude, found)

    def is_partial(self, only: Sequence[str] = ()) -> bool:
        """Whether anything may be left out."""
        return bool(self._select or self._exclude or only)

    def among(self, renders: Sequence[Selectable], only: Sequence[str] = ()) -> frozenset[str]:
        """Return the ids of the renders that take part; `only` are patterns for those of interest.

        None is an answer if states of songs are asked for. Else it raises UsageError if none does;
        and it does for a name that is none.
        """
        everything = renders
        if only:
            ids = set().union(*(_demanded(one, everything) for one in only))
            renders = [render for render in everything if render.id in ids]
        chosen = {render.id for render in renders}
        if self._select:
            chosen &= set().union(*(self._wanted(one, renders) for one in self._select))
        left_out = False
        for pattern in self._exclude:
            is_state = pattern in self._found
            excluded = self._found[pattern] if is_state else matching(pattern, renders)
            near = "" if excluded or is_state else near_name(pattern, everything)
            if near and not _GLOB.search(pattern):
                raise UsageError(f"no render matches --exclude {pattern!r}", fix=near)
            left_out = left_out or (bool(chosen) and chosen <= excluded)
            chosen -= excluded
        if not chosen and self._found:
            return frozenset()
        if left_out:
            over = "--exclude wins over --select: omit it, or " if self._select else ""
            raise UsageError(
                "no render is selected: --exclude leaves out all of them",
                fix=f"{over}leave out less: songbatch plan lists the ids",
            )
        if not chosen:
            fix = next(filter(None, (near_name(one, everything) for one in self._select)), "")
            raise UsageError("no render is selected", fix=fix or "songbatch plan lists the ids")
        return frozenset(chosen)

    def _wanted(self, word: str, renders: Sequence[Selectable]) -> Collection[str]:
        found = self._found.get(word)
        return _demanded(word, renders) if found is None else found


class ExactSelection(Selection):
    """A selection of renders by their very ids."""

    def __init__(self, ids: Collection[str]) -> None:
        super().__init__()
        self._ids = frozenset(ids)

    def is_partial(self, only: Sequence[str] = ()) -> bool:  # noqa: ARG002
        """Return True: what is not named is left alone."""
        return True

    def among(self, renders: Sequence[Selectable], only: Sequence[str] = ()) -> frozenset[str]:  # noqa: ARG002
        """Return the ids that are renders'."""
        return self._ids & {render.id for render in renders}


def with_parts_of(selected: Collection[str], songs: Iterable[Render]) -> frozenset[str]:
    """Return ids with those of the parts that selected songs are joined of."""
    parts = (part.id for song in songs if song.id in selected for part in song.parts)
    return frozenset(selected).union(parts)


def _demanded(pattern: str, renders: Sequence[Selectable]) -> set[str]:
    """Return the ids that a pattern means. Raises UsageError for a name that is none."""
    found = matching(pattern, renders)
    is_negated = pattern[:1] in _NEGATIONS and len(pattern) > 1
    if is_negated and not any(pattern in render.id.split("/") for render in renders):
        fix = f"--exclude {shell_word(pattern[1:])}"
        raise UsageError(f"{pattern!r} would select what it is to leave out", fix=fix)
    if not found and not _GLOB.search(pattern):
        raise UsageError(
            f"no render is selected by {pattern!r}",
            fix=near_name(pattern, renders) or "songbatch plan lists the ids",
        )
    return found


def matching(pattern: str, renders: Iterable[Selectable]) -> set[str]:
    """Return the ids of the renders that a pattern means: by the first way that matches any."""
    renders = list(renders)
    word = _without_spec_path(pattern)
    for names, wanted in _ways(word):
        fits = re.compile(translate(wanted)).match
        found = {render.id for render in renders if any(map(fits, names(render)))}
        if found:
            return found
    return set()


def near_name(pattern: str, renders: Iterable[Selectable], others: Iterable[str] = ()) -> str:
    """Return `did you mean "x"?` for the nearest name of a render, or of `others`, or ""."""
    word = _without_spec_path(pattern)
    every = (
        name for render in renders for name in (*_every_part(render), *_parts_by_value(render))
    )
    names = itertools.islice(dict.fromkeys(every), _MOST_NAMES)
    return did_you_mean(folded(word), {*others, *names})


def _ways(word: str) -> Iterator[tuple[_Names, str]]:
    """Yield the names of renders that a word is compared with, and the word as they are written."""
    yield _names, word
    yield _every_part, word
    yield _plain(_names), folded(word)
    yield _plain(_every_part), folded(word)
    slugs = "/".join(map(slug, word.split("/")))
    if not _GLOB.search(word):
        yield _names, slugs
        yield _every_part, slugs
        yield _plain(_some_parts), folded(word)
        yield _some_parts, slugs
    yield _places, composed(word)
    if not _GLOB.search(word):
        yield _parts_by_value, slugs
        yield _some_parts_by_value, slugs


def _without_spec_path(pattern: str) -> str:
    """Return a pattern on ids for one that begins with the path of a spec."""
    word = pattern.removeprefix("./").rstrip("/") or pattern
    path = _SPEC_PATH.fullmatch(word)
    return f"{path[1]}{path[2] or ''}" if path else word


def _names(render: Selectable) -> list[str]:
    parts = render.id.split("/")
    whole = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    below_spec = ["/".join(parts[1:end]) for end in range(2, len(parts) + 1)]
    return whole + below_spec


def _every_part(render: Selectable) -> list[str]:
    return _runs(render.id.split("/"))


def _some_parts(render: Selectable) -> Iterator[str]:
    """Yield what is left of an id if any of its parts are left out: `birthday/2`."""
    return _picked(render.id.split("/"))


def _parts_by_value(render: Selectable) -> list[str]:
    return _runs(_by_value(render))


def _some_parts_by_value(render: Selectable) -> Iterator[str]:
    return _picked(_by_value(render))


def _by_value(render: Selectable) -> list[str]:
    """Return the parts of an id with its variant value by value: `birthday/happy/ann/2`.

    Only values that its label is made of: other columns of its row do not name it.
    """
    spec, song, *label, take = render.id.split("/")
    if take.startswith(PART):
        *label, take = *label[:-1], f"{label[-1]}/{take}"
    slugs = map(slug, render.values.values()) if label else ()
    return [spec, song, *(one for one in slugs if one and f"-{one}-" in f"-{label[0]}-"), take]


def _runs(parts: Sequence[str]) -> list[str]:
    pairs = itertools.combinations(range(len(parts) + 1), 2)
    return ["/".join(parts[begin:end]) for begin, end in pairs]


def _picked(parts: Sequence[str]) -> Iterator[str]:
    for length in range(2, len(parts)):
        yield from map("/".join, itertools.combinations(parts, length))


def _plain(names: _Names) -> _Names:
    return lambda render: map(folded, names(render))


def _places(render: Selectable) -> list[str]:
    """Return the output's path, the folders above it, and its name, with and without its ending."""
    output = render.output
    above = posixpath.dirname(output)
    name = posixpath.basename(output)
    return [
        output,
        posixpath.splitext(output)[0],
        output.removeprefix(f"{OUTPUTS}/"),
        above,
        posixpath.dirname(above),
        name,
        posixpath.splitext(name)[0],
    ]
