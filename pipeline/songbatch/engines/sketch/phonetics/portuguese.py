"""Portuguese, as sung in Brazil: ti and di soften, final vowels close, final l is W."""

from __future__ import annotations

from songbatch.engines.sketch.phonetics.spelling import (
    Language,
    accented,
    last,
    last_but_one,
    rules,
)

_RULES = rules(r"""
ção S AN W
ções S ON Y S
ão(?=s?$) AN W
ões ON Y S
ãe AN Y
ã AN
õ ON
am$ AN W
e[mn](?=s?$) EN Y
ém$ EN Y
én(?=s$) EN Y
a[mn](?=[bcçdfgjklpqrstvxz]) AN
â[mn](?=[bcçdfgjklpqrstvxz]) AN
[eêé][mn](?=[bcçdfgjklpqrstvxz]) EN
[oôó][mn](?=[bcçdfgjklpqrstvxz]) ON
[oô]m$ ON
[ií][mn](?=[bcçdfgjklpqrstvxz]|s?$) IY NG
[uú][mn](?=[bcçdfgjklpqrstvxz]|s?$) UW NG
lh LY
(?<![qg])u(?=[ao]s?$) UW
nh NY
ch SH
rr HH
^r HH
(?<=[nls])r HH
r$ HH
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
eu E W
éu EH W
iu IY W
oi OY
ói OY
ou O
ui UW Y
u(?=[aeoáéó]) W
i(?=[aou]$) IY
i(?=[aou]s$) IY
i(?=[aeouáéó]) Y
e(?=s?$) IY
o(?=s?$) UH
[aá] A
â AX
é EH
[eê] E
[ií] IY
ó AO
[oô] O
[uúü] UW
""")


def _stress(text: str, places: list[int]) -> int:
    for marks in ("áéíóúâêô", "ãõ"):
        mark = accented(text, places, marks)
        if mark is not None:
            return mark
    open_end = text.rstrip("s")[-1:] in {"a", "e", "o"} or text.endswith(("am", "em", "ens"))
    return last_but_one(text, places) if open_end else last(text, places)


PORTUGUESE = Language(
    _RULES,
    _stress,
    ("zero", "um", "dois", "três", "quatro", "cinco", "seis", "sete", "oito", "nove"),
    {"e": "IY", "o": "UH", "os": "UH S", "um": "UW NG", "muito": "M UW NG T UH",
     "muita": "M UW NG T A", "em": "EN Y", "com": "K ON", "eu": "E W", "meu": "M E W",
     "de": "JH IY", "que": "K IY", "se": "S IY", "me": "M IY", "te": "CH IY"},
)  # fmt: skip
