"""Phrases: a line's notes → the network's phones, and when each of them sounds.

A vowel begins on its note and holds until the consonants after it, which last as long as the
network would have them last when it speaks. The network is shown no vowel longer than HELD: the
middle of a long one is stretched in time, beginning and end stay as they are spoken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from songbatch.engines.sketch.voice.timing import LEGATO_GAP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from songbatch.engines.sketch.compose.singing import Note
    from songbatch.engines.sketch.phonetics.syllable import Syllable
    from songbatch.engines.sketch.voice.timing import SyllableSpan

UNIT = 0.025
"""Seconds of a phone's duration of 1."""

LEAD, TAIL = 6, 8
"""Durations of the silences around a phrase."""

HELD = 12
"""The longest duration of a vowel that the network is shown."""

SHARE = 0.55
"""Of the time from vowel to vowel that consonants may take."""

SLOWER = 1.1
"""How much longer consonants are sung than said."""

EDGE = 0.4
"""Share of a vowel that is not stretched, at either end; diphthongs glide after the middle."""

_LETTERS: Mapping[str, str] = {
    "AA": "ɑ", "AE": "æ", "AH": "ʌ", "AO": "ɔ", "AW": "W", "AX": "ə", "AY": "I", "EH": "ɛ",
    "ER": "ɜɹ", "EY": "A", "IH": "ɪ", "IY": "i", "OW": "O", "OY": "Y", "UH": "ʊ", "UW": "u",
    "A": "ɑ", "E": "A", "O": "O", "YY": "i", "OE": "ɜ", "OEH": "ɜ", "AN": "ɑn", "EN": "ɛn",
    "ON": "On",
    "B": "b", "CH": "ʧ", "D": "d", "DH": "ð", "F": "f", "G": "ɡ", "HH": "h", "JH": "ʤ", "K": "k",
    "L": "l", "M": "m", "N": "n", "NG": "ŋ", "P": "p", "R": "ɹ", "S": "s", "SH": "ʃ", "T": "t",
    "TH": "θ", "V": "v", "W": "w", "Y": "j", "Z": "z", "ZH": "ʒ",
}  # fmt: skip
"""Our phones in the network's alphabet, that of misaki; what it lacks by what is nearest."""

_SONORANTS = "lɹwjmnŋ"
_MARKS = ("", "ˈ", "ˌ")
"""Of no stress, the main one and a secondary one."""

_SPACE, _SILENCE = " ", 0
_CONSONANT = -1


class Phones(NamedTuple):
    """Numbers of phones, a silence at either end; `vowels` has a vowel's syllable, or -1.

    `is_space` are the spaces between words; what `is_sonorant` is sung, not hissed.
    """

    ids: list[int]
    vowels: NDArray[np.intp]
    is_space: NDArray[np.bool_]
    is_sonorant: NDArray[np.bool_]


class Timeline(msgspec.Struct, frozen=True):
    """Durations that the network is shown, and where its time lies in the song.

    `network` are places in units of UNIT, `song` the seconds at which they sound; both grow.
    """

    durations: NDArray[np.intp]
    network: NDArray[np.float64]
    song: NDArray[np.float64]


def phones(notes: Sequence[Note], alphabet: Mapping[str, int]) -> Phones:
    """Return the phones of a line."""
    spelled = [
        (letter, number if is_vowel else _CONSONANT)
        for number, note in enumerate(notes)
        for letter, is_vowel in _spelled(note.syllable, is_later=number > 0)
        if letter in alphabet
    ]
    letters = ["", *(letter for letter, _ in spelled), ""]
    vowels = np.array([_CONSONANT, *(vowel for _, vowel in spelled), _CONSONANT])
    return Phones(
        [alphabet[letter] if letter else _SILENCE for letter in letters],
        vowels,
        np.array([letter == _SPACE for letter in letters]),
        (vowels >= 0) | np.array([letter != "" and letter in _SONORANTS for letter in letters]),
    )


def _spelled(syllable: Syllable, *, is_later: bool) -> list[tuple[str, bool]]:
    """Return the letters of a syllable, and whether they are its vowel's."""
    vowel = syllable.vowel
    if syllable.stress == 0 and vowel in {"AH", "ER"}:
        nucleus = "ə" if vowel == "AH" else "əɹ"
    else:
        nucleus = _LETTERS.get(vowel, "ə")
    # The network takes a mark of stress as the beginning of the vowel that it stands before.
    mark = _MARKS[syllable.stress]
    onset, coda = ("".join(_LETTERS.get(c, "") for c in side)
                   for side in (syllable.onset, syllable.coda))  # fmt: skip
    before = (_SPACE if syllable.text and is_later else "") + onset
    return [
        *((letter, False) for letter in before),
        *((letter, True) for letter in mark + nucleus),
        *((letter, False) for letter in coda),
    ]


def timeline(
    sung: Phones,
    said: NDArray[np.float64],
    notes: Sequence[Note],
    spans: Sequence[SyllableSpan],
) -> Timeline:
    """Return when every phone sounds; `said` are the durations of speech."""
    seconds = np.where(sung.vowels >= 0, 1.0, SLOWER) * said * UNIT
    seconds[0], seconds[-1] = LEAD * UNIT, TAIL * UNIT
    groups = [np.flatnonzero(sung.vowels == number) for number in range(len(notes))]
    for number, group in enumerate(groups):
        if number + 1 < len(notes):
            between = np.arange(group[-1] + 1, groups[number + 1][0])
            held = _fit(seconds, between, sung.is_space, notes, spans, number)
        else:
            held = max(spans[number].stop - spans[number].vowel, 2 * UNIT)
        seconds[group] *= held / seconds[group].sum()
    durations = _durations(seconds, said, groups)
    starts = np.concatenate([[0.0], np.cumsum(seconds)])
    starts += spans[0].vowel - starts[groups[0][0]]
    return _stretched(durations, starts, groups)


def _fit(
    seconds: NDArray[np.float64],
    between: NDArray[np.intp],
    is_space: NDArray[np.bool_],
    notes: Sequence[Note],
    spans: Sequence[SyllableSpan],
    number: int,
) -> float:
    """Fit the phones between two vowels into their time; return how long the first one holds."""
    room = spans[number + 1].vowel - spans[number].vowel
    wanted = seconds[between].sum()
    if wanted > SHARE * room:
        seconds[between] *= SHARE * room / wanted
        wanted = SHARE * room
    rest = notes[number + 1].start - notes[number].end
    spaces = between[is_space[between]]
    if rest >= LEGATO_GAP and len(spaces):
        held = max(2 * UNIT, spans[number].stop - spans[number].vowel)
        seconds[spaces[0]] += max(0.0, room - wanted - held)
        return float(min(held, room - wanted))
    return float(room - wanted)


def _durations(
    seconds: NDArray[np.float64], said: NDArray[np.float64], groups: Sequence[NDArray[np.intp]]
) -> NDArray[np.intp]:
    durations = np.maximum(1, np.rint(seconds / UNIT)).astype(int)
    for group in groups:
        most = max(HELD, int(said[group].sum()))
        wanted = int(np.clip(np.rint(seconds[group].sum() / UNIT), len(group), most))
        durations[group] = _shared(said[group], wanted)
    spoken = np.maximum(1, said).astype(int)
    long = (seconds > 2 * UNIT * spoken) & ~np.isin(np.arange(len(seconds)), np.concatenate(groups))
    # A pause is silence, however long it is.
    durations[long] = spoken[long]
    durations[0], durations[-1] = LEAD, TAIL
    return durations


def _shared(weights: NDArray[np.float64], total: int) -> NDArray[np.intp]:
    """Return whole numbers, at least 1, in the proportion of `weights`, that add up to `total`."""
    edges = np.rint(np.concatenate([[0.0], np.cumsum(weights)]) * total / weights.sum())
    parts = np.maximum(1, np.diff(edges)).astype(int)
    parts[int(np.argmax(parts))] += total - parts.sum()
    return np.asarray(np.maximum(1, parts))


def _stretched(
    durations: NDArray[np.intp], starts: NDArray[np.float64], groups: Sequence[NDArray[np.intp]]
) -> Timeline:
    """Return the timeline: phones at their starts, and vowels stretched in their middles."""
    edges = np.concatenate([[0], np.cumsum(durations)]).astype(np.float64)
    inside = {int(i) for group in groups for i in group[1:]}
    kept = [i for i in range(len(edges)) if i not in inside]
    network, song = [edges[kept]], [starts[kept]]
    for group in groups:
        first, last = edges[group[0]], edges[group[-1] + 1]
        begin, end = starts[group[0]], starts[group[-1] + 1]
        edge = EDGE * (last - first)
        if end - begin > UNIT * (last - first):
            network.append(np.array([first + edge, last - edge]))
            song.append(np.array([begin + UNIT * edge, end - UNIT * edge]))
    order = np.argsort(np.concatenate(network), kind="stable")
    return Timeline(durations, np.concatenate(network)[order], np.concatenate(song)[order])
