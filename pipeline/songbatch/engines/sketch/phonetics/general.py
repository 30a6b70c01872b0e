"""Other languages in Latin letters, read as most are; Cyrillic and Greek by transliteration.

Letters stand for one sound each: j is Y, marks over s, c and z hush them.
"""

from __future__ import annotations

import unicodedata

from songbatch.engines.sketch.phonetics.spelling import Language, last_but_one, rules

_RULES = rules(r"""
sch SH
sh SH
[szcč]z CH
ch CH
th TH
ng NG
[čćç] CH
[šşś] SH
[žźż] ZH
đ D
ð DH
þ TH
ñ NY
ň NY
ń NY
ř RD
ł W
aj AY
ai AY
au AW
ej EY
ei EY
oj OY
oi OY
[aáàâāą] A
ã AN
[äæ] EH
å AO
[eéèêēěę] E
[iíìîīįı] IY
[oóòôō] O
[öøőœ] OE
õ ON
[uúùûūůų] UW
[üűý] YY
y IY
b B
c K
d D
f F
g G
ğ -
h HH
j Y
k K
l L
m M
n N
p P
q K
rr RR
r RD
s S
ß S
t T
v V
w V
x K S
z Z
' -
""")

_CYRILLIC = (
    "аa бb вv гg дd еe жž зz иi йj кk лl мm нn оo пp рr сs тt уu фf хh цts чč шš щš ъ ыy ь эe"  # noqa: RUF001
    " юju яja іi їji ёjo єje ґg јj љlj њñ ђdž ћć џdž ўw"  # noqa: RUF001
)
_GREEK = "αa βv γg δð εe ζz ηi θþ ιi κk λl μm νn ξks οo πp ρr σs ςs τt υi φf χh ψps ωo"  # noqa: RUF001
_GREEK_PAIRS = "ουu αιe ειi οιi μπb ντd γκg αυav ευev"  # noqa: RUF001
_LETTERS = {pair[0]: pair[1:] for pair in f"{_CYRILLIC} {_GREEK}".split()}
_PAIRS = {pair[:2]: pair[2:] for pair in _GREEK_PAIRS.split()}

GENERAL = Language(
    _RULES,
    last_but_one,
    ("nul", "un", "du", "tri", "for", "fem", "seks", "set", "ok", "nov"),
)


def transliterated(word: str) -> str:
    """Return Cyrillic and Greek letters in Latin ones; others as they are."""
    text = unicodedata.normalize("NFC", word.lower())
    if not any("\u0370" <= letter <= "\u052f" for letter in text):
        return text
    bare = "".join(letter if letter in "йїё" else _bare(letter) for letter in text)
    for pair, letters in _PAIRS.items():
        bare = bare.replace(pair, letters)
    return "".join(_LETTERS.get(letter, letter) for letter in bare)


def _bare(letter: str) -> str:
    return unicodedata.normalize("NFD", letter)[0]
