"""French: many letters, few sounds; ends are silent, and the last vowel is stressed."""

from __future__ import annotations

from songbatch.engines.sketch.phonetics.spelling import Language, last, rules, vocabulary, words

_V = "aeiouyàâéèêëîïôûùœ"
_N = f"(?![{_V}nmh])"

_RULES = rules(rf"""
eaux?$ O
eau O
aux$ O
au O
œux?$ OE
œu(?=[rlf]) OEH
œ E
oeux?$ OE
oeu(?=[rlf]) OEH
oe E
oi[st]$ W A
oi[nm]{_N} W EN
oi W A
oy W A Y
oî W A
où UW
ouill UW Y
ouil$ UW Y
ou(?=ent$) UW
ou(?=[aeiéè][^s]) W
oux$ UW
oup$ UW
oût UW
o[uû] UW
aill A Y
ail A Y
eill EH Y
eil EH Y
euill OEH Y
euil OEH Y
ueil OEH Y
(?<=^v)ill IY L
(?<=^m)ill IY L
(?<=^tranqu)ill IY L
ill IY Y
tions?$ S Y ON
ain(?![{_V}n]) EN
aim(?![{_V}m]) EN
ein(?![{_V}n]) EN
ien(?![{_V}n]) Y EN
yn{_N} EN
ym{_N} EN
i[nm]{_N} EN
un{_N} EN
um(?=b) EN
(?<=f)um$ EN
(?<=[^im])ent$ -
(?<=i)e[nm](?=[tdc]) AN
e[nm](?=t$) AN
e[nm](?=ts$) AN
e[nm]{_N} AN
a[nm]{_N} AN
o[nm]{_N} ON
ai$ E
ais$ EH
ait$ EH
a[iî] EH
ay(?=[aeiouoé]) EH Y
ay E IY
aî EH
ei EH
eû OE
eu(?=[rlfvn]) OEH
eu[xstd]?$ OE
eu OE
é E
[èêë] EH
ers?$ E
ez$ E
et$ E
ets$ E
ent$ AN
es$ -
(?<=[{_V}])e$ -
e$ -
e(?=([bcdfgklmnprstvxz])\1) EH
e(?=[bcdfglmnprstvxz][bcdfgkmnpqstvxz]) EH
e(?=[rlcfst]$) EH
e(?=x) EH
e AX
uis$ W IY
uit$ W IY
(?<=[gq])u(?=[eéèêiî]) -
u(?=[ií]) W
[uû] YY
ù YY
i(?=[aeoéèâô][^s]|on|o) Y
[iîï][stdx]?$ IY
[iîï] IY
y(?=[aeiou]) Y
y IY
[aàâ][st]?$ A
[aàâ] A
ô O
o(?=s?$|[td]s?$|s[ée]) O
o AO
ch SH
gn NY
ph F
th T
qu K
q K
ç S
cc(?=[eiéè]) K S
c(?=[eiyéèêî']) S
c$ K
c K
ge(?=[aoâ]) ZH
g(?=[eiyéèêî]) ZH
gu(?=[eiéèê]) G
gt?s?$ -
g G
j ZH
ss S
sc(?=[eiéè]) S
(?<=[{_V}])s(?=[{_V}]) Z
s$ -
s S
[xz]$ -
x(?=[{_V}]) G Z
x K S
z Z
[td]s?$ -
ps?$ -
tt T
t T
dd D
d D
bb B
b B
ff F
f F
ll L
l L
mm M
m M
nn N
n N
pp P
p P
rr RU
r RU
v V
w W
k K
h -
' -
""")

FRENCH = Language(
    _RULES,
    last,
    ("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    words(
        "je=ZH AX, me=M AX, te=T AX, se=S AX, le=L AX, de=D AX, ne=N AX, que=K AX, ce=S AX, "
        "les=L E, des=D E, mes=M E, tes=T E, ses=S E, ces=S E, est=EH, es=EH, et=E, eu=YY, "
        "femme=F A M, femmes=F A M, monsieur=M AX S Y OE, mer=M EH RU, cher=SH EH RU, "
        "hier=Y EH RU, fier=F Y EH RU, hiver=IY V EH RU, amer=A M EH RU, enfer=AN F EH RU, "
        "ciel=S Y EH L, six=S IY S, dix=D IY S, sept=S EH T, huit=W IY T, cinq=S EN K, "
        "fils=F IY S, os=AO S, ours=UW RU S, sens=S AN S, plus=P L YY, tous=T UW, toi=T W A, "
        "moi=M W A, lui=L W IY, pays=P E IY, ville=V IY L, mille=M IY L, oeil=OEH Y, œil=OEH Y, "
        "yeux=Y OE, vers=V EH RU, terre=T EH RU, sud=S YY D, second=S AX G ON, aout=UW T, "
        "temps=T AN, corps=K AO RU, long=L ON, sang=S AN, blanc=B L AN, avec=A V EH K, "
        "aiment=EH M, dorment=D AO RU M, forment=F AO RU M, ferment=F EH RU M, arment=A RU M, "
        "vent=V AN, vents=V AN, cent=S AN, cents=S AN, dent=D AN, lent=L AN, ment=M AN, "
        "content=K ON T AN, souvent=S UW V AN, argent=A RU ZH AN, accent=A K S AN, "
        "absent=A P S AN, innocent=IY N AO S AN, talent=T A L AN, serpent=S EH RU P AN, "
        "présent=P RU E Z AN, sent=S AN, sont=S ON, ont=ON, vont=V ON, font=F ON, "
        "ami=A M IY, grand=G RU AN, elle=EH L, elles=EH L, belle=B EH L"
    ),
    weak=vocabulary(
        "le la les l un une des du de d au aux en à et ou que qu qui je j tu il on me m te t se s "
        "ce c ne n mon ma mes ton ta tes son sa ses sur dans par pour"
    ),
)
