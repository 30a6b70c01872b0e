"""Italian: as it is written; stress on the last vowel but one unless it carries a mark."""

from __future__ import annotations

from songbatch.engines.sketch.phonetics.spelling import (
    Language,
    accented,
    last_but_one,
    rules,
    words,
)

_RULES = rules(r"""
gli(?=[aeouàèéòù]) LY
gli$ LY IY
gli LY IY
gn NY
sci(?=[aou]) SH
sc(?=[eièéì]) SH
sch S K
cci(?=[aouàòù]) T CH
cc(?=[eièéì]) T CH
cch K K
ci(?=[aouàòù]) CH
c(?=[eièéì]) CH
ch K
ggi(?=[aouàòù]) D JH
gg(?=[eièéì]) D JH
ggh G G
gi(?=[aouàòù]) JH
g(?=[eièéì]) JH
gh G
qu K W
cqu K K W
zz T TS
z TS
(?<=[aeiouàèéìòù])s(?=[aeiouàèéìòù]) Z
s(?=[bdglmnrv]) Z
ss S S
s S
rr RR
^r RR
r RD
bb B B
dd D D
ff F F
kk K K
ll L L
mm M M
nn N N
pp P P
tt T T
vv V V
cc K K
gg G G
h -
c K
g G
n(?=[qk]|[gc](?![eiéìè])) NG
n N
m M
b B
p P
t T
d D
f F
v V
l L
k K
j Y
w V
x K S
y IY
ai$ AY
a[i](?![aeiou]) AY
au AW
ei$ EY
e[i](?![aeiou]) EY
o[i](?![aeiou]) OY
i(?=[aeouàèéòù]) Y
u(?=[aeoàèéò]) W
uo W O
[aà] A
è EH
[eé] E
[iìí] IY
ò AO
[oó] O
[uùú] UW
""")


def _stress(text: str, places: list[int]) -> int:
    mark = accented(text, places, "àèéìíòóùú")
    return last_but_one(text, places) if mark is None else mark


ITALIAN = Language(
    _RULES,
    _stress,
    ("zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"),
    words(
        "mio=M IY1 O, mia=M IY1 A, tuo=T UW1 O, tua=T UW1 A, suo=S UW1 O, sua=S UW1 A, "
        "due=D UW1 E, dio=D IY1 O, io=IY1 O, via=V IY1 A, noi=N OY, poi=P OY, "
        "lei=L EY, sei=S EY, mai=M AY, zio=TS IY1 O"
    ),
    weak=frozenset(
        "il lo la i gli le un uno una di a da in con su per tra fra del dello della dei degli delle "
        "al allo alla ai agli alle dal dalla dai nel nello nella nei nelle sul sulla sui e ed o ma "
        "che chi se mi ti si ci vi li ne non ho ha è col come".split()
    ),
    doubles=True,
)
