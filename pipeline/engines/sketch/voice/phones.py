"""What each phone is made of: formants in Hz for a 17.5 cm vocal tract, durations in ms.

Vowels: the means for men of Peterson & Barney (1952); diphthongs glide from one to the next.
Consonants: loci and noise bands after Klatt (1980), levels set by ear-free measuring: as loud
against the vowels as in speech.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Formants = tuple[float, float, float]

VOWELS: dict[str, tuple[Formants, Formants]] = {
    name: (targets[0], targets[-1])
    for name, targets in {
        "IY": [(275, 2260, 2980)],
        "IH": [(395, 1970, 2550)],
        "EH": [(535, 1830, 2480)],
        "AE": [(670, 1710, 2420)],
        "AA": [(730, 1110, 2440)],
        "AO": [(575, 850, 2410)],
        "UH": [(445, 1040, 2240)],
        "UW": [(305, 890, 2240)],
        "AH": [(620, 1210, 2400)],
        "ER": [(485, 1340, 1690)],
        "EY": [(510, 1850, 2490), (345, 2180, 2850)],
        "AY": [(715, 1190, 2440), (405, 1990, 2600)],
        "OY": [(560, 870, 2400), (395, 1930, 2540)],
        "AW": [(715, 1230, 2440), (435, 960, 2350)],
        "OW": [(535, 960, 2360), (375, 840, 2300)],
    }.items()
}
SCHWA: Formants = (520.0, 1420.0, 2450.0)
"""What an unstressed AH is sung as."""


class Manner(Enum):
    """How a consonant is made; decides how its time is divided."""

    NASAL = "nasal"
    GLIDE = "glide"
    FRICATIVE = "fricative"
    STOP = "stop"
    AFFRICATE = "affricate"
    BREATH = "breath"


Band = tuple[float, float, float]
"""A hill of noise: centre and width in Hz, height."""


@dataclass(frozen=True, slots=True)
class Consonant:
    """`ms` long; `voicing`, `breath` and `noise` are levels against a vowel's voicing of 1."""

    manner: Manner
    ms: float
    formants: Formants
    voicing: float = 0.0
    breath: float = 0.0
    noise: float = 0.0
    bands: tuple[Band, ...] = ()


_S: tuple[Band, ...] = ((5200, 1000, 1.0), (7600, 1800, 1.0))
_SH: tuple[Band, ...] = ((2700, 500, 0.9), (3900, 1200, 1.0), (6000, 2000, 0.35))
_F: tuple[Band, ...] = ((1400, 900, 0.25), (4500, 2500, 0.35), (8000, 3000, 0.5))
_TH: tuple[Band, ...] = ((1600, 700, 0.15), (6000, 2500, 0.45), (8500, 2500, 0.5))
_LABIAL: tuple[Band, ...] = ((850, 850, 0.7), (3000, 3000, 0.2))
_ALVEOLAR: tuple[Band, ...] = ((4200, 1400, 1.0), (6400, 2500, 0.5))
_VELAR: tuple[Band, ...] = ((1900, 450, 1.0), (4000, 1500, 0.25))


def _nasal(ms: float, second: float, third: float) -> Consonant:
    return Consonant(Manner.NASAL, ms, (265, second, third), voicing=0.42)


def _glide(first: float, second: float, third: float) -> Consonant:
    return Consonant(Manner.GLIDE, 78, (first, second, third), voicing=0.58)


def _fricative(
    ms: float, second: float, voicing: float, noise: float, bands: tuple[Band, ...]
) -> Consonant:
    third = 2200 if second < 1200 else 2600
    return Consonant(Manner.FRICATIVE, ms, (310, second, third), voicing, 0.0, noise, bands)


def _stop(second: float, bands: tuple[Band, ...], *, voiced: bool) -> Consonant:
    third = 2300 if bands is _VELAR else 2600 if bands is _ALVEOLAR else 2150
    if voiced:
        return Consonant(Manner.STOP, 74, (250, second, third), 0.13, 0.05, 0.4, bands)
    return Consonant(Manner.STOP, 96, (320, second, third), 0.0, 0.34, 0.55, bands)


CONSONANTS: dict[str, Consonant] = {
    "M": _nasal(80, 950, 2200),
    "N": _nasal(75, 1500, 2500),
    "NG": _nasal(85, 2000, 2700),
    "L": _glide(340, 1080, 2800),
    "R": _glide(320, 1080, 1500),
    "W": _glide(290, 640, 2200),
    "Y": _glide(270, 2260, 3000),
    "HH": Consonant(Manner.BREATH, 70, SCHWA, voicing=0.05, breath=0.42),
    "F": _fricative(105, 1000, 0.0, 0.16, _F),
    "TH": _fricative(100, 1350, 0.0, 0.13, _TH),
    "S": _fricative(115, 1600, 0.0, 0.42, _S),
    "SH": _fricative(120, 1800, 0.0, 0.42, _SH),
    "V": _fricative(75, 1050, 0.34, 0.07, _F),
    "DH": _fricative(60, 1350, 0.34, 0.06, _TH),
    "Z": _fricative(85, 1600, 0.3, 0.22, _S),
    "ZH": _fricative(85, 1800, 0.3, 0.22, _SH),
    "P": _stop(800, _LABIAL, voiced=False),
    "B": _stop(800, _LABIAL, voiced=True),
    "T": _stop(1800, _ALVEOLAR, voiced=False),
    "D": _stop(1800, _ALVEOLAR, voiced=True),
    "K": _stop(1900, _VELAR, voiced=False),
    "G": _stop(1900, _VELAR, voiced=True),
    "CH": Consonant(Manner.AFFRICATE, 130, (320, 1800, 2600), 0.0, 0.1, 0.45, _SH),
    "JH": Consonant(Manner.AFFRICATE, 105, (260, 1800, 2600), 0.13, 0.0, 0.38, _SH),
}

BAND_SETS: tuple[tuple[Band, ...], ...] = ((), _S, _SH, _F, _TH, _LABIAL, _ALVEOLAR, _VELAR)
"""Every noise there is; tracks name them by number."""
