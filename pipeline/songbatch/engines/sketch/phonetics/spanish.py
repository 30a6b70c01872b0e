"""Spanish, as sung in the Americas: z and c before e and i are S, ll is Y."""

from __future__ import annotations

from songbatch.engines.sketch.phonetics.spelling import (
    Language,
    accented,
    last,
    last_but_one,
    rules,
    vocabulary,
)

_RULES = rules(r"""
ch CH
ll Y
rr RR
^r RR
(?<=[nls])r RR
r RD
ñ NY
gü(?=[eéií]) G W
gu(?=[eéií]) G
g(?=[eéií]) X
g G
qu(?=[eéií]) K
q K
c(?=[eéií]) S
cc(?=[eéií]) K S
c K
z S
s S
x K S
j X
h(?=ue) -
h -
v B
b B
w W
y$ IY
^y$ IY
(?<=[aeou])y(?![aeiouáéíóú]) Y
y Y
n(?=[kqj]|[gc](?![eiéíh])) NG
n N
m M
p P
t T
d D
f F
k K
l L
a[iy](?![aeiouáéíóú]) AY
ay$ AY
au AW
ei EY
ey$ EY
oi OY
oy$ OY
eu E W
ou O W
i(?=[aeoáéóu]) Y
u(?=[aeoáéó]) W
u(?=[ií]) W
i(?=ú) Y
[aá] A
[eé] E
[ií] IY
[oó] O
[uúü] UW
""")


def _stress(text: str, places: list[int]) -> int:
    mark = accented(text, places, "áéíóú")
    if mark is not None:
        return mark
    return last_but_one(text, places) if text[-1] in "aeiouns" else last(text, places)


SPANISH = Language(
    _RULES,
    _stress,
    ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
    words={"y": "IY", "hay": "AY", "ay": "AY", "hoy": "OY", "soy": "S OY", "voy": "B OY",
     "estoy": "E S T OY", "muy": "M UW Y", "rey": "RR EY", "ley": "L EY", "méxico": "M E X IY K O"},
    weak=vocabulary(
    "el la los las un una unos unas de del a al en con sin por para y e o u que si se me te "
    "le lo les nos mi mis tu tus su sus"
),
)  # fmt: skip
