"""Vowels: formants in Hz for a 17.5 cm vocal tract.

English ones are the means for men of Peterson & Barney (1952), the others lie between and beside
them; diphthongs glide from one to the next.
"""

from __future__ import annotations

Formants = tuple[float, float, float]

VOWELS: dict[str, tuple[Formants, Formants]] = {
    name: (targets[0], targets[-1])
    for name, targets in {
        "IY": [(275, 2260, 2980)],
        "IH": [(395, 1970, 2550)],
        "EH": [(575, 1780, 2490)],
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
        "A": [(740, 1300, 2500)],
        "E": [(380, 2080, 2600)],
        "O": [(390, 800, 2300)],
        "EM": [(480, 1920, 2520)],
        "OM": [(490, 880, 2350)],
        "AX": [(500, 1450, 2450)],
        "YY": [(270, 1850, 2250)],
        "OE": [(380, 1550, 2250)],
        "OEH": [(520, 1450, 2350)],
        "AN": [(620, 1050, 2500)],
        "EN": [(580, 1650, 2450)],
        "ON": [(430, 800, 2350)],
        "AC": [(600, 1380, 2450)],
        "UC": [(360, 880, 2250)],
        "AXN": [(570, 1350, 2450)],
        "EMN": [(430, 2000, 2550)],
        "IYN": [(300, 2200, 2900)],
        "OMN": [(440, 860, 2300)],
        "UWN": [(330, 850, 2250)],
        "AWN": [(620, 1300, 2400), (370, 900, 2300)],
        "AYN": [(600, 1400, 2450), (330, 2100, 2700)],
        "EYN": [(460, 1950, 2550), (320, 2150, 2750)],
        "OYN": [(470, 880, 2350), (340, 2050, 2650)],
    }.items()
}

NASAL_VOWELS = frozenset(
    {"AN", "EN", "ON", "AXN", "EMN", "IYN", "OMN", "UWN", "AWN", "AYN", "EYN", "OYN"}
)
"""French ones; then Portuguese ones, which are less open, and glide before I and U."""
