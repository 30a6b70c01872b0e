"""Choices of listeners in a run, as text: what was copied, and what could only be kept."""

from __future__ import annotations

import itertools
import posixpath
from typing import TYPE_CHECKING

from songbatch.cli.pasting import pasteable
from songbatch.cli.views.alike import groups, some
from songbatch.diagnostics import printable
from songbatch.formatting import count
from songbatch.outputs.selects_copies import Left
from songbatch.selects import DIGITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from songbatch.outputs.selects_copies import CopiedSelects, KeptCopy
    from songbatch.selects import Heard

_MOST_DROPPED = 20
"""So many choices are in one command; the next run names the others."""


def chosen_lines(chosen: CopiedSelects) -> Iterator[str]:
    """Yield what came of choices."""
    yield from _lacking(chosen.lacking)
    yield from _kept(chosen.kept)
    for verb, paths in (("Copied", chosen.copied), ("Removed", chosen.removed)):
        for folder, files in itertools.groupby(paths, posixpath.dirname):
            takes = count(len(list(files)), "chosen take")
            yield printable(f"{verb} {takes}: {folder}/")


def _lacking(lacking: Iterable[Heard]) -> Iterator[str]:
    for group in groups(lacking, lambda heard: heard.engine):
        names = some([f"{heard.render} ({heard.audio_sha256[:DIGITS]})" for heard in group])
        yield printable(f"chosen, but its audio is not here: {names} on {group[0].engine}")
        yield printable(
            "  fix: bring .songbatch/store and .songbatch/earlier from where it was made, or drop "
            f"the choice: {_drop(group)}"
        )


def _kept(kept: tuple[KeptCopy, ...]) -> Iterator[str]:
    for group in groups(kept, lambda one: one.why):
        if len(group) == 1:
            one = group[0]
            yield printable(f"Kept what was chosen of {one.heard.render}{_why(one)}: {one.path}")
        else:
            names = some([one.heard.render for one in group])
            kept_takes = f"Kept {count(len(group), 'chosen take')} {_MANY[group[0].why]}"
            yield printable(f"{kept_takes}: {names}")
    if kept:
        report = pasteable("songbatch report --serve")
        drop = _drop([one.heard for one in kept])
        yield printable(f"  fix: choose anew in {report}, or drop the choice: {drop}")


def _why(one: KeptCopy) -> str:
    return {
        Left.OTHER_AUDIO: ", which has other audio now",
        Left.NO_AUDIO: ", which has no audio now",
        Left.NO_TAKE: f"; take {one.heard.render.rpartition('/')[2]} is not asked for any more",
        Left.NO_SONG: ", which is in no spec any more",
    }[one.why]


_MANY = {
    Left.OTHER_AUDIO: "whose renders have other audio now",
    Left.NO_AUDIO: "whose renders have no audio now",
    Left.NO_TAKE: "that are not asked for any more",
    Left.NO_SONG: "whose songs are in no spec any more",
}


def _drop(heard: Iterable[Heard]) -> str:
    """Return the command that takes the picks of this audio back; an id could mean other audio."""
    digests = list(dict.fromkeys(one.audio_sha256[:DIGITS] for one in heard))
    return pasteable(f"songbatch selects drop {' '.join(digests[:_MOST_DROPPED])}")
