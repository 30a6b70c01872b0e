"""Portuguese, as sung in Brazil: ti and di soften, final vowels close, final l is W.

In Portugal they do not; there s hushes at ends of syllables, and unstressed vowels are reduced.
"""

from __future__ import annotations

from songbatch.engines.sketch.phonetics.spelling import (
    Language,
    accented,
    last,
    last_but_one,
    rules,
    vocabulary,
)

_RULES = r"""
ão AWN
õe OYN
ã[ei] AYN
ã AXN
õ OMN
am$ AWN
e[mn](?=s?$) EYN
é[mn](?=s?$) EYN
[aâ][mn](?=[pb]) AXN M
[aâ]n(?=[cgqkx](?![eií])) AXN NG
[aâ][mn](?=[cçdfgjklpqrstvxz]) AXN N
[eéê][mn](?=[pb]) EMN M
[eéê]n(?=[cgqkx](?![eií])) EMN NG
[eéê][mn](?=[cçdfgjklpqrstvxz]) EMN N
[oóô][mn](?=[pb]) OMN M
[oóô]n(?=[cgqkx](?![eií])) OMN NG
[oóô][mn](?=[cçdfgjklpqrstvxz]) OMN N
[oô][mn](?=s?$) OMN
[ií][mn](?=[pb]) IYN M
[ií]n(?=[cgqkx](?![eií])) IYN NG
[ií][mn](?=[cçdfgjklpqrstvxz]) IYN N
[ií][mn](?=s?$) IYN
[uú][mn](?=[pb]) UWN M
[uú]n(?=[cgqkx](?![eií])) UWN NG
[uú][mn](?=[cçdfgjklpqrstvxz]) UWN N
[uú][mn](?=s?$) UWN
lh LY
(?<![qg])u(?=[ao]s?$) UW
nh NY
ch SH
rr HV
^r HV
(?<=[nls])r HV
r(?![aeiouáéíóúâêôãõ]) RC
r RD
ss S
sc(?=[eiéí]) S
(?<=[aeiouáéíóúâêôãõ])s(?=[aeiouáéíóúâêôãõ]) Z
s S
ç S
c(?=[eiéíê]) S
c K
gu(?=[eiéíê]) G
g(?=[eiéíê]) ZH
g G
qu(?=[eiéíê]) K
qu K W
q K
j ZH
x SH
z$ S
z Z
t(?=[ií]) CH
t(?=es?$) CH
d(?=[ií]) JH
d(?=es?$) JH
h -
l(?![aeiouáéíóúâêôãõ]) W
l L
m M
n N
b B
p P
t T
d D
f F
v V
k K
w W
y IY
ai AY
au AW
ei EY
éi EY
eu EU
éu EHU
iu IU
oi OY
ói OY
ou O
ui UI
u(?=[aeoáéó]) W
i(?=[aou]$) IY
i(?=[aou]s$) IY
i(?=[aeouáéó]) Y
e(?=s?$) IC
o(?=s?$) UC
a(?=s?$) AC
el$ EHU
ol$ AOU
e(?=las?$|r[tns][oa]s?$|st[oa]s?$|rras?$) EH
o(?=rtes?$|rtas?$|z$) AO
o(?=[rs]as?$) AO
[aá] A
â AX
é EH
[eê] E
[ií] IY
ó AO
[oô] O
[uúü] UW
"""

_EUROPEAN = r"""
el$ EH L
ol$ AO L
t T
d D
e(?=s?$) AX
s(?=$|[cfpqt]) SH
s(?=[bdgmnlrv]) ZH
z$ SH
l(?!h) L
^r RU
rr RU
(?<=[nls])r RU
r RD
"""


def _stress(text: str, places: list[int]) -> int:
    for marks in ("áéíóúâêô", "ãõ"):
        mark = accented(text, places, marks)
        if mark is not None:
            return mark
    open_end = text.rstrip("s")[-1:] in {"a", "e", "o"} or text.endswith(("am", "em", "ens"))
    return last_but_one(text, places) if open_end else last(text, places)


_DIGITS = ("zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove")
_WORDS = {"e": "IY", "o": "UC", "os": "UC S", "a": "A", "as": "A S", "um": "UWN",
     "muito": "M UWN1 Y T UC", "muita": "M UWN1 Y T AC", "em": "EYN", "com": "K OMN",
     "eu": "EU", "meu": "M EU",
     "de": "JH IC", "que": "K IC", "se": "S IC", "me": "M IC", "te": "CH IC"}  # fmt: skip
_WEAK = vocabulary(
    "o a os as um uma uns umas de do da dos das em no na nos nas num numa por pelo pela para "
    "pra pro com sem e ou mas que se me te lhe ao à aos às"
)

_NASALISED = {"A": "AXN", "E": "EMN", "EH": "EMN", "O": "OMN", "AO": "OMN",
              "IY": "IYN", "UW": "UWN"}  # fmt: skip

_MARKED = vocabulary(
    "vélho vélha béla bélo amarélo castélo estrêla aquéla éra quéro quér espéra espéro léva lévo "
    "péga pégo déve bébe sérve escréve néve bréve léve séte déz éssa pédra régra cégo céga "
    "moéda quéda néto poéta secréto péça coméça préssa proméssa depréssa conhéce esquéce paréce "
    "meréce acontéce aquéce amanhéce anoitéce adorméce apréssa atravéssa érva qualquér mulhér "
    "chóra móra móro adóra adóro namóra gósta gósto vólta vólto revólta sólta móstra tóca tóco "
    "nóva nóvos óvos póvos ólha ólho ólhos mólha nóta gaivóta móda róda bóla escóla vióla esmóla "
    "consóla córda acórda acórdo bórda fóra cóbre póbre nóbre póde móre mórre córre dórme sófre "
    "fóge sóbe móve nóve nósso nóssa cópo sólo módo jóga fógos jógos melhór maiór menór piór "
    "redór mórto mórta nórte sórte mórte córpos pórto pórta lógo próva próvo renóva chóve"
)
_UNMARKED = str.maketrans("éêó", "eeo")
_RESPELLED = {word.translate(_UNMARKED): word for word in _MARKED}
"""Words of songs whose open vowels no rule tells."""

PORTUGUESE = Language(
    rules(_RULES),
    _stress,
    _DIGITS,
    words=_WORDS,
    weak=_WEAK,
    respelled=_RESPELLED,
    nasalised=_NASALISED,
)

EUROPEAN_PORTUGUESE = Language(
    rules(_EUROPEAN.rstrip() + _RULES),
    _stress,
    _DIGITS,
    words={**_WORDS, "de": "D AX", "que": "K AX", "se": "S AX", "me": "M AX", "te": "T AX",
           "os": "UC SH", "as": "AC SH", "a": "AC"},
    weak=_WEAK,
    respelled=_RESPELLED,
    reduced={"E": "AX", "A": "AC", "O": "UC"},
)  # fmt: skip
