"""Italian: as it is written; stress on the last vowel but one unless it carries a mark."""

from __future__ import annotations

from songbatch.engines.sketch.phonetics.spelling import (
    Language,
    accented,
    last_but_one,
    rules,
    vocabulary,
    words,
)

_FULL_I = (
    "poes melod allegr foll compagn malincon armon fantas simpat gelos pazz sp ferrov lotter "
    "perifer democraz tirann cortes"
)
_FULL_GI = "nostal ma bu ener strate ele aller"
"""Words whose last i is a vowel of its own, and stressed: `poesia`."""

_EARLY = vocabulary(
    "anima anime angelo angeli attimo attimi lacrima lacrime musica musiche ultimo ultima "
    "ultimi ultime giovane giovani povero povera poveri libero libera liberi libere subito "
    "camera camere numero numeri tavola tavolo tavoli favola favole nuvola nuvole piccolo "
    "piccola piccoli piccole secolo secoli semplice semplici essere vivere perdere prendere "
    "correre ridere piangere chiedere credere leggere scrivere mettere rompere crescere "
    "nascere conoscere rispondere nascondere accendere scendere vendere spegnere stringere "
    "vincere muovere piovere mettermi perderti vederti prendimi lettera lettere zucchero "
    "albero alberi isola isole pagina pagine polvere cenere brivido brividi battito battiti "
    "palpito spirito unico unica unici magico magica magici logico fisico tragico classico "
    "pubblico medico simbolo simboli angolo angoli cellula fragile fragili facile facili "
    "difficile difficili simile simili inutile inutili utile utili possibile impossibile "
    "invisibile incredibile terribile amabile oceano oceani oceania domenica sabato opera "
    "opere epoca epoche limite limiti termine origine vergine ordine fulmine uomini "
    "giovanissimo bellissimo bellissima bellissimi tantissimo dolcissimo dolcissima cantano "
    "amano ballano parlano volano tornano passano restano sembrano brillano guardano "
    "aspettano bastano mancano girano lasciano portano sognano corrono vivono dicono vedono "
    "sentono partono dormono ridono piangono cadono scrivono credono prendono mettono nascono "
    "crescono muoiono vengono tengono vogliono possono devono femmina femmine maschera "
    "maschere chiacchiere dondola gondola luccica luccicano illumina illuminano immagina "
    "desidera dimentica dimenticano abita abitano agita rotola pettine telefono telefoni "
    "principe principi tenero tenera teneri tenere cenere elettrico elettrica poetica "
    "romantico romantica fantastico fantastica comodo comoda stomaco sintomo monaco parroco "
    "sandalo scandalo gelido gelida timido timida liquido rapido rapida umido umida limpido "
    "limpida candido candida splendido splendida stupido stupida"
)
"""Words stressed on the last vowel but two, of which spelling says nothing."""

_RULES = rules(
    "\n".join(f"(?<=^{stem})i(?=[ae]$) IY" for stem in _FULL_I.split())
    + "\n"
    + "\n".join(f"(?<=^{stem})gi(?=[ae]$) JH IY" for stem in _FULL_GI.split())
    + r"""
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
"""
)


def _stress(text: str, places: list[int]) -> int:
    mark = accented(text, places, "àèéìíòóùú")
    if mark is None and text in _EARLY and len(places) > 2:
        return len(places) - 3
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
    weak=vocabulary(
        "il lo la i gli le un uno una di a da in con su per tra fra del dello della dei degli "
        "delle al allo alla ai agli alle dal dalla dai nel nello nella nei nelle sul sulla sui e "
        "ed o ma che chi se mi ti si ci vi li ne non ho ha è col come"
    ),
    doubles=True,
)
