"""Consonants: formants in Hz for a 17.5 cm vocal tract, durations in ms, noise bands.

Loci and noise bands after Klatt (1980), levels set by ear-free measuring: as loud against the
vowels as in speech.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

if TYPE_CHECKING:
    from songbatch.engines.sketch.voice.vowels import Formants


class Manner(Enum):
    """Manner of articulation, which decides how a consonant's time is divided."""

    NASAL = "nasal"
    GLIDE = "glide"
    FRICATIVE = "fricative"
    STOP = "stop"
    AFFRICATE = "affricate"
    BREATH = "breath"
    TRILL = "trill"
    LATERAL = "lateral"


Band = tuple[float, float, float]
"""A hill of noise: centre and width in Hz, height."""


class Consonant(msgspec.Struct, frozen=True):
    """`ms` long; `voicing`, `breath` and `noise` are levels against a vowel's voicing of 1."""

    manner: Manner
    ms: float
    formants: Formants
    voicing: float = 0.0
    breath: float = 0.0
    noise: float = 0.0
    bands: tuple[Band, ...] = ()
    pull: float = 0.0
    """Share of the way from its own second formant to the vowel's: a locus equation's slope."""

    closed: float = 0.0
    """Share of the voice above 300 Hz that the closed mouth takes away."""

    zero: float = 0.0
    """Hz that a nasal's closed mouth swallows."""

    spread: float = 0.0
    """Opening of the nose, 0 to 1, in the vowels beside a nasal."""

    closure: float = 0.5
    """Share of a stop's or affricate's time until it bursts."""

    burst_ms: float = 10.0
    """Length of a stop's burst."""


Place = tuple[float, float, float]
"""Place of articulation: a consonant's second and third formants (Hz), and its `pull`."""

LABIAL: Place = (815.0, 2150.0, 0.6)
LABIODENTAL: Place = (950.0, 2200.0, 0.55)
DENTAL: Place = (1400.0, 2500.0, 0.5)
DENTAL_STOP: Place = (1700.0, 2650.0, 0.45)
ALVEOLAR: Place = (1880.0, 2650.0, 0.43)
SIBILANT: Place = (1500.0, 2600.0, 0.1)
PALATAL: Place = (1900.0, 2550.0, 0.4)
VELAR: Place = (2650.0, 2700.0, 0.71)

_S: tuple[Band, ...] = ((5200, 1000, 1.0), (7600, 1800, 1.0))
_SH: tuple[Band, ...] = ((2700, 500, 0.9), (3900, 1200, 1.0), (6000, 2000, 0.35))
_F: tuple[Band, ...] = ((1400, 900, 0.25), (4500, 2500, 0.35), (8000, 3000, 0.5))
_TH: tuple[Band, ...] = ((1600, 700, 0.15), (6000, 2500, 0.45), (8500, 2500, 0.5))
_X: tuple[Band, ...] = ((1300, 500, 0.8), (3200, 1300, 0.25))
_CX: tuple[Band, ...] = ((3300, 600, 1.0), (5500, 1500, 0.5))
_LABIAL: tuple[Band, ...] = ((850, 850, 0.7), (3000, 3000, 0.2))
_ALVEOLAR: tuple[Band, ...] = ((4200, 1400, 1.0), (6400, 2500, 0.5))
_DENTAL: tuple[Band, ...] = ((3600, 1600, 0.9), (6000, 2500, 0.4))
_VELAR: tuple[Band, ...] = ((1900, 450, 1.0), (4000, 1500, 0.25))
_VELAR_BACK: tuple[Band, ...] = ((1450, 300, 1.2), (3600, 1300, 0.2))
_VELAR_FRONT: tuple[Band, ...] = ((2750, 500, 1.0), (4600, 1500, 0.3))


def _nasal(ms: float, second: float, third: float, pull: float, zero: float) -> Consonant:
    formants = (450, second, third)
    return Consonant(Manner.NASAL, ms, formants, voicing=0.4, pull=pull, zero=zero)


def _glide(
    first: float, second: float, third: float, ms: float = 78, voicing: float = 0.58
) -> Consonant:
    return Consonant(Manner.GLIDE, ms, (first, second, third), voicing, pull=0.1)


def _hiss(
    ms: float, place: Place, noise: float, bands: tuple[Band, ...], *, voicing: float = 0.0
) -> Consonant:
    """Return a fricative; a voiced one hums behind its noise."""
    second, third, pull = place
    return Consonant(
        Manner.FRICATIVE,
        ms,
        (320, second, third),
        voicing,
        noise=noise,
        bands=bands,
        pull=pull,
        closed=0.6 if voicing else 0.0,
    )


def _plosive(
    place: Place, bands: tuple[Band, ...], ms: float, closure: float, burst_ms: float
) -> Consonant:
    """Return a stop of a place; its kinds differ in voice, breath and burst."""
    second, third, pull = place
    return Consonant(
        Manner.STOP,
        ms,
        (300, second, third),
        bands=bands,
        pull=pull,
        closed=1.0,
        closure=closure,
        burst_ms=burst_ms,
    )


def _stop(place: Place, bands: tuple[Band, ...], ms: float, burst_ms: float) -> Consonant:
    """Return a voiceless stop: after the burst breath, until the voice sets in."""
    return replace(_plosive(place, bands, ms, 0.46, burst_ms), breath=0.42, noise=0.85)


def _voiced_stop(place: Place, bands: tuple[Band, ...]) -> Consonant:
    return replace(_plosive(place, bands, 76, 0.72, 8), voicing=0.4, breath=0.05, noise=0.5)


def _bare_stop(place: Place, bands: tuple[Band, ...], burst_ms: float) -> Consonant:
    """Return a voiceless stop after S: the voice sets in with the burst."""
    return replace(_plosive(place, bands, 78, 0.72, burst_ms), breath=0.1, noise=0.75)


SPREAD = 0.45
"""Opening of the nose beside a nasal, where a language is open-nosed."""

HUMMING = 0.6
"""Voice of a stop that hums before it bursts."""


def _humming_stop(place: Place, bands: tuple[Band, ...]) -> Consonant:
    """Return a voiced stop of languages whose voiceless ones are not breathed."""
    return replace(_plosive(place, bands, 70, 0.82, 5), voicing=HUMMING, breath=0.03, noise=0.3)


def _held_stop(place: Place, voicing: float) -> Consonant:
    """Return the first half of a long stop: closed, and not released."""
    return replace(_plosive(place, (), 65, 1.0, 1), voicing=voicing)


def _lateral() -> Consonant:
    """Return a clear l: its edges are abrupt, its voice is weaker than a vowel's."""
    return Consonant(Manner.LATERAL, 70, (340, 1600, 2700), voicing=0.5, pull=0.25)


def _affricate(ms: float, noise: float, bands: tuple[Band, ...], voicing: float) -> Consonant:
    return Consonant(
        Manner.AFFRICATE,
        ms,
        (290, 1850, 2600),
        voicing,
        breath=0.05,
        noise=noise,
        bands=bands,
        pull=0.3,
        closed=1.0,
        closure=0.45 if voicing else 0.42,
    )


CONSONANTS: dict[str, Consonant] = {
    "M": replace(_nasal(105, 950, 2150, 0.5, 1000), voicing=0.5),
    "N": _nasal(75, 1700, 2600, 0.2, 1750),
    "NG": _nasal(85, 1900, 2300, 0.5, 3500),
    "L": _glide(360, 1100, 2750),
    "R": _glide(320, 1080, 1500),
    "W": _glide(290, 640, 2200),
    "Y": _glide(270, 2260, 3000),
    "HH": Consonant(Manner.BREATH, 70, (500, 1500, 2500), voicing=0.05, breath=0.42),
    "F": _hiss(110, LABIODENTAL, 0.21, _F),
    "TH": _hiss(105, DENTAL, 0.15, _TH),
    "S": _hiss(115, SIBILANT, 0.42, _S),
    "SH": _hiss(120, PALATAL, 0.42, _SH),
    "V": _hiss(80, LABIODENTAL, 0.08, _F, voicing=0.4),
    "DH": _hiss(60, DENTAL, 0.055, _TH, voicing=0.42),
    "Z": _hiss(85, SIBILANT, 0.22, _S, voicing=0.4),
    "ZH": _hiss(85, PALATAL, 0.22, _SH, voicing=0.4),
    "P": _stop(LABIAL, _LABIAL, 112, 8),
    "B": _voiced_stop(LABIAL, _LABIAL),
    "T": _stop(ALVEOLAR, _ALVEOLAR, 118, 15),
    "D": _voiced_stop(ALVEOLAR, _ALVEOLAR),
    "K": _stop(VELAR, _VELAR, 124, 18),
    "G": _voiced_stop(VELAR, _VELAR),
    "CH": _affricate(135, 0.6, _SH, 0.0),
    "JH": _affricate(105, 0.4, _SH, 0.35),
    "X": _hiss(110, (1200, 2400, 0.5), 0.3, _X),
    "CX": _hiss(110, (2100, 2800, 0.3), 0.3, _CX),
    "TS": _affricate(130, 0.42, _S, 0.0),
    "NY": _nasal(95, 2150, 2900, 0.2, 2300),
    "LY": _glide(300, 1950, 2900, 90),
    "RR": Consonant(Manner.TRILL, 110, (400, 1400, 2400), voicing=0.6, pull=0.2),
    "RD": _glide(360, 1500, 2500, 38, 0.22),
    "RU": Consonant(Manner.FRICATIVE, 80, (480, 1180, 2350), 0.42, noise=0.06, bands=_X, pull=0.3),
    "RA": _glide(580, 1280, 2450, 70),
    "L-": _glide(450, 840, 2650, 95),
    "R-": _glide(420, 1250, 1620, 95),
    "HV": Consonant(Manner.BREATH, 80, (500, 1500, 2500), voicing=0.15, breath=0.13),
    "RC": _glide(420, 1250, 1620, 95),
    "LC": _lateral(),
    "B+": _humming_stop(LABIAL, _LABIAL),
    "D+": _humming_stop(DENTAL_STOP, _DENTAL),
    "G+": _humming_stop(VELAR, _VELAR),
    "P:": _held_stop(LABIAL, 0.0),
    "T:": _held_stop(DENTAL_STOP, 0.0),
    "K:": _held_stop(VELAR, 0.0),
    "B:": _held_stop(LABIAL, HUMMING),
    "D:": _held_stop(DENTAL_STOP, HUMMING),
    "G:": _held_stop(VELAR, HUMMING),
    "M~": replace(_nasal(105, 950, 2150, 0.5, 1000), voicing=0.5, spread=SPREAD),
    "N~": replace(_nasal(75, 1700, 2600, 0.2, 1750), spread=SPREAD),
    "NY~": replace(_nasal(95, 2150, 2900, 0.2, 2300), spread=SPREAD),
    "SP": _bare_stop(LABIAL, _LABIAL, 8),
    "ST": _bare_stop(ALVEOLAR, _ALVEOLAR, 12),
    "SK": _bare_stop(VELAR, _VELAR, 15),
}

_AFTER_S = {"P": "SP", "T": "ST", "K": "SK"}
_BEFORE_R = {"T": "CH", "D": "JH"}
_AFTER_VOWELS = {"L": "L-", "R": "R-"}


def before_vowel(names: tuple[str, ...]) -> list[str]:
    """Return the variants in which consonants before a vowel are spoken."""
    spoken = list(names)
    for number, name in enumerate(names):
        if number and names[number - 1] == "S":
            spoken[number] = _AFTER_S.get(name, name)
        elif number + 1 < len(names) and names[number + 1] == "R":
            spoken[number] = _BEFORE_R.get(name, name)
    return spoken


def after_vowel(names: tuple[str, ...]) -> list[str]:
    """Return the variants in which consonants after a vowel are spoken."""
    return [_AFTER_VOWELS.get(name, name) for name in names]


def burst_of(consonant: Consonant, second: float) -> tuple[Band, ...]:
    """Return the noise a consonant bursts with beside a vowel of that second formant (Hz).

    Velars burst near it: low before back vowels, high before front ones (Stevens 1998).
    """
    if consonant.bands is not _VELAR:
        return consonant.bands
    return _VELAR_BACK if second < 1300 else _VELAR_FRONT if second > 1850 else _VELAR


BAND_SETS: tuple[tuple[Band, ...], ...] = (
    *((), _S, _SH, _F, _TH, _LABIAL, _ALVEOLAR, _DENTAL),
    *(_VELAR, _VELAR_BACK, _VELAR_FRONT, _X, _CX),
)
"""Every noise there is; tracks name them by number."""
