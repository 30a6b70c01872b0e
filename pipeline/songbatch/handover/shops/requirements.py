"""An album and its files against what a shop asks for: what is missing, where, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from songbatch.handover.shops.quantities import (
    UNITS,
    PackageFile,
    key_of,
    name_of,
    of_album,
    of_file,
)
from songbatch.handover.texts import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from songbatch.album import Album
    from songbatch.handover.shops.shop import Level, Requirement, Shop, Sureness, Value

_LEVELS: tuple[Level, ...] = ("required", "advised", "told")
_AUDIO = "audio."


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a shop asks for and an album does not have.

    `check` is what was looked at, as rules name it, `of` the track, the cover, the album or a
    file; `what` says what is wrong in a few words; `key` where it is written in a spec, "" if it
    is not; `fix` what to do.
    """

    check: str
    level: Level
    of: str
    what: str
    key: str
    fix: str
    source: str
    sure: Sureness


def missing(album: Album, files: Sequence[PackageFile], shop: Shop) -> list[Gap]:
    """Return what the shop asks for and the album or its files do not have, worst first.

    Of audio files, one for each track that meets all rules is enough, or one of the whole album.
    It is asked before anything is written, with the files that are planned: where a gap is
    `required`, `deliver --for` writes nothing and exits with 2, unless it is told to `--anyway`;
    what is advised or told never stops it.
    """
    gaps = [gap for rule in shop.rules for gap in _of_album(album, rule)]
    gaps += _of_files(album, files, shop)
    return sorted(gaps, key=lambda gap: _LEVELS.index(gap.level))


def stops(gaps: Iterable[Gap]) -> bool:
    """Return whether the shop would refuse the album."""
    return any(gap.level == "required" for gap in gaps)


def _of_album(album: Album, rule: Requirement) -> Iterator[Gap]:
    if rule.check.startswith(_AUDIO):
        return
    for quantity in of_album(album, rule.check):
        if what := _wrong(quantity.value, rule):
            yield _gap(rule, quantity.of, what)


def _of_files(album: Album, files: Sequence[PackageFile], shop: Shop) -> list[Gap]:
    rules = [rule for rule in shop.rules if rule.check.startswith(_AUDIO)]
    whole = [file for file in files if file.track is None]
    if not rules or any(not _gaps_of(file, rules) for file in whole):
        return []
    found: list[Gap] = []
    for track in album.tracks:
        own = [file for file in files if file.track == track.number] or whole
        of = f"{track.number:02} {plain(track.title)}".strip()
        found += [replace(gap, of=of) for gap in _least(of, own, rules)]
    return found


def _least(of: str, files: Sequence[PackageFile], rules: Sequence[Requirement]) -> list[Gap]:
    """Return what is wrong with the file of a track that is nearest to what the shop takes."""
    if not files:
        return [_gap(rule, of, "no file") for rule in rules if rule.check == "audio.kind"]
    by_file = [_gaps_of(file, rules) for file in files]
    return min(by_file, key=lambda gaps: [sum(g.level == level for g in gaps) for level in _LEVELS])


def _gaps_of(file: PackageFile, rules: Sequence[Requirement]) -> list[Gap]:
    # What is not known of a file, as the bits of an MP3, is not held against it.
    known = [(rule, value) for rule in rules if (value := of_file(file, rule.check)) is not None]
    found = [_gap(rule, file.path, what) for rule, value in known if (what := _wrong(value, rule))]
    # The figures of a format that is not taken anyway are of no interest.
    return [gap for gap in found if gap.check == "audio.kind"] or found


def _wrong(value: Value | None, rule: Requirement) -> str:
    """Return what is wrong with a value in a few words, "" if nothing is."""
    name, unit = name_of(rule.check), UNITS.get(rule.check, "")
    if value is None:
        return f"{name} is missing" if rule.present else ""
    if isinstance(value, str):
        return _wrong_text(name, value, rule)
    if rule.any and value not in rule.any:
        return f"{name} is {_figure(value, unit)}, not {_choices(rule.any, unit)}"
    if rule.min is not None and value < rule.min:
        return f"{name} is {_figure(value, unit)}, at least {_figure(rule.min, unit)}"
    if rule.max is not None and value > rule.max:
        return f"{name} is {_figure(value, unit)}, at most {_figure(rule.max, unit)}"
    return ""


def _wrong_text(name: str, value: str, rule: Requirement) -> str:
    if rule.any and value not in rule.any:
        return f"{name} is {value}, not {_choices(rule.any, '')}"
    for unwanted in map(str, rule.none):
        if rule.check == "track.ai" and value == unwanted:
            return "made by AI"
        if rule.check != "track.ai" and unwanted.lower() in value.lower():
            return f"{name} has {unwanted!r} in it"
    return ""


def _choices(values: Iterable[Value], unit: str) -> str:
    shown = [_figure(value, "") if isinstance(value, float | int) else value for value in values]
    return " ".join(filter(None, (" or ".join(shown), unit)))


def _figure(value: float, unit: str) -> str:
    number = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}".rstrip("0")
    return f"{number} {unit}".strip()


def _gap(rule: Requirement, of: str, what: str) -> Gap:
    key = key_of(rule.check)
    return Gap(
        check=rule.check,
        level=rule.level,
        of=plain(of),
        what=plain(what),
        key=key,
        fix=plain(rule.fix) or _usual_fix(rule, key),
        source=plain(rule.source),
        sure=rule.sure,
    )


def _usual_fix(rule: Requirement, key: str) -> str:
    if rule.check == "audio.kind":
        return f"add {' or '.join(map(str, rule.any))} to `{key}`"
    if rule.check.startswith("cover."):
        return "export the picture again, as a square JPEG in RGB of 3000 × 3000 pixels"
    if not key:
        return "see what the shop says"
    return f"write `{key}`" if rule.present else f"change `{key}`"
