"""German: vowel length by what follows, hard ends, stress on the first syllable that bears it."""

from __future__ import annotations

import re

from songbatch.engines.sketch.phonetics.spelling import Language, last, rules, vocabulary, words

_LONG = "(?=h|[bdfgjklmnprstvwzß](?:[aeiouäöüy]|$)|$)"

_RULES = rules(
    rf"""
tsch CH
sch SH
chs K S
ch(?=[aou]?r) K
(?<=[aou])ch X
^ch(?=[ao]) K
ch CX
ck K
^sp SH P
^st SH T
(?<=^be)st SH T
(?<=^ge)s(?=[pt]) SH
(?<=^ver)s(?=[pt]) SH
ss S
ß S
tz TS
z TS
tion$ TS Y O N
s(?=[aeiouäöüy]) Z
s S
pf P F
ph F
th T
qu K V
v(?=[aeiou]n) V
v F
w V
x K S
j Y
ng NG
n(?=k) NG
ig$ IH CX
ig(?=st|t) IH CX
[bp](?=$|[st]) P
b B
pp P
p P
dt T
d(?=$|s) T
dd D
d D
tt T
t T
gg G
g(?=$|[st]) K
g G
kk K
k K
ff F
f F
ll L
l L
mm M
m M
nn N
n N
rr RU
(?<=[aeiouäöü])r(?![aeiouäöü]) RA
r RU
(?<=[aeiouäöü])h(?![aouäöü]) -
(?<=[aeiouäöü])h(?=[e]) -
h HH
c(?=[eiä]) TS
c K
eih AY
ei AY
ai AY
ey AY
ay AY
äu OY
eu OY
au AW
ieh?(?!n?$) IY
ieh?$ IY
ie IY
aa A
ee E
oo O
er$ AH
ern$ AH N
ers$ AH S
en$ AX N
em$ AX M
el$ AX L
es$ AX S
et$ AX T
end$ AX N T
e$ AX
(?<=^[gb])e(?!h)(?=[^aeiouäöür]{{1,3}}[aeiouäöü]) AX
ä EH
ö{_LONG} OE
ö OEH
ü YY
y YY
a A
e{_LONG} E
e EH
i(?=h|[bdfgklmnprstvwz][aeiouäöü]) IY
i IH
o{_LONG} O
o AO
u{_LONG} UW
u UH
é E
"""
)

_PREFIX = re.compile(r"(?:be(?!h)|ge(?!h)|er|ver|zer|ent|emp)(?=[^aeiouäöü]{1,3}[aeiouäöü])")
_FOREIGN = re.compile(r"(?:ion|tät|ik|ekt|ent|ant|ur|ieren?|iert?)$")


def _stress(text: str, places: list[int]) -> int:
    if len(places) > 2 and _FOREIGN.search(text):
        return max(0, len(places) - 2) if text.endswith("ieren") else last(text, places)
    return 1 if len(places) > 1 and _PREFIX.match(text) else 0


GERMAN = Language(
    _RULES,
    _stress,
    ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    words(
        "der=D E RA, er=E RA, wer=V E RA, mehr=M E RA, des=D EH S, es=EH S, den=D E N, dem=D E M, "
        "das=D A S, was=V A S, mit=M IH T, bis=B IH S, in=IH N, im=IH M, bin=B IH N, hin=HH IH N, "
        "an=A N, am=A M, man=M A N, von=F AO N, vom=F AO M, ob=AO P, um=UH M, zum=TS UH M, "
        "zur=TS UH RA, und=UH N T, weg=V EH K, hat=HH A T, ab=A P, wenn=V EH N, wen=V E N, "
        "geben=G E1 B AX N, gegen=G E1 G AX N, gestern=G EH1 S T AH N, gern=G EH RA N, "
        "gerne=G EH1 RA N AX, besser=B EH1 S AH, beste=B EH1 S T AX, besten=B EH1 S T AX N, "
        "erde=E1 RA D AX, erste=E1 RA S T AX, ernte=EH1 RA N T AX, beten=B E1 T AX N, "
        "herz=HH EH RA TS, mond=M O N T, hoch=HH O X, nach=N A X, buch=B UW X, "
        "such=Z UW X, tag=T A K, erst=E RA S T, die=D IY, sie=Z IY, wie=V IY, nie=N IY"
    ),
    weak=vocabulary(
        "der die das den dem des ein eine einen einem einer und oder in im an am auf zu zum zur "
        "von vom mit für bei ich du er sie es wir ihr mich dich mir dir sich ist so dass"
    ),
)
