"""Polish: as it is written; stress on the last vowel but one."""

from __future__ import annotations

from songbatch.engines.sketch.phonetics.spelling import Language, last_but_one, rules

_RULES = rules(r"""
szcz SH CH
sz SH
cz CH
rz(?=$|[kptfsc]) SH
(?<=[kptgb])rz SH
rz ZH
ż ZH
dzi(?=[aeouóąę]) JH
dź JH
dż JH
ci(?=[aeouóąę]) CH
ć CH
si(?=[aeouóąę]) SH
ś SH
zi(?=[aeouóąę]) ZH
ź ZH
ni(?=[aeouóąę]) NY
ń NY
ci CH IY
si SH IY
zi ZH IY
ch HH
h HH
c TS
dz D Z
ł W
w(?=$|[kptfsc]) F
w V
ą ON
ę$ E
ę EN
aj AY
ej EY
oj OY
j Y
ó UW
i(?=[aeouóąę]) Y
a A
e EH
i IY
y IH
o O
u UW
z$ S
b B
d D
f F
g G
k K
l L
m M
n N
p P
r RD
s S
t T
z Z
""")

POLISH = Language(
    _RULES,
    last_but_one,
    ("zero", "jeden", "dwa", "trzy", "cztery", "pięć", "sześć", "siedem", "osiem", "dziewięć"),
)
