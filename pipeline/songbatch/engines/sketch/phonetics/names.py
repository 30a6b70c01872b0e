"""Names from elsewhere in English lyrics: a table of common ones, and rules for the rest.

A name with letters of another language is read by that language's rules, one that is built as no
English word is by general rules; its sounds are then those that speakers of English have for them.
"""

from __future__ import annotations

import re
from functools import cache

from msgspec.structs import replace

from songbatch.engines.sketch.phonetics.french import FRENCH
from songbatch.engines.sketch.phonetics.general import GENERAL
from songbatch.engines.sketch.phonetics.german import GERMAN
from songbatch.engines.sketch.phonetics.polish import POLISH
from songbatch.engines.sketch.phonetics.portuguese import PORTUGUESE
from songbatch.engines.sketch.phonetics.spanish import SPANISH
from songbatch.engines.sketch.phonetics.spelling import Language, rules, to_phones

_TABLE = """
adaeze AA0 D AA2 EY1 Z EY0; adunni AA0 D UW1 N IY0; agnieszka AA0 G N Y EH1 SH K AH0;
aine AO1 N Y AH0; aisling AE1 SH L IH0 NG; akosua AA0 K OW1 S UW0 AH0; amadeo AA2 M AH0 D EY1 OW0;
anais AH0 N AA0 IY1 S; angharad AE0 NG HH AE1 R AH0 D; aoibheann IY1 V IY0 N; aoife IY1 F AH0;
ayse AY1 SH EH0; beatriz B EY1 AH0 T R IY2 S; benoit B EH0 N W AA1; caoimhe K IY1 V AH0;
chiamaka CH IY2 AA0 M AA1 K AH0; chidi CH IY1 D IY0; chukwuemeka CH UW0 K W UW0 EH1 M EY0 K AH0;
ciara K IY1 R AH0; ciaran K IY1 R AH0 N; cillian K IH1 L IY0 AH0 N; dafydd D AE1 V IH0 DH;
diarmuid D IH1 R M IH0 D; eilidh EY1 L IY0; eimear IY1 M ER0; eithne EH1 N Y AH0; eoghan OW1 AH0 N;
eoin OW1 AH0 N; etienne EY0 T Y EH1 N; fionnuala F IH0 N UW1 L AH0;
folasade F OW2 L AH0 SH AH0 D EY1; giulia JH UW1 L Y AH0; giuseppe JH UW0 S EH1 P EY0;
gonzalo G AA0 N Z AA1 L OW0; grainne G R AO1 N Y AH0; guillaume G IY0 Y OW1 M;
guillermo G IY0 Y EH1 R M OW0; gyorgy JH ER1 JH; haruki HH AA0 R UW1 K IY0;
hatice HH AA0 T IY1 JH EH0; helene EH0 L EH1 N; huong HH W AO1 NG; iain IY1 AH0 N;
ines IY0 N EH1 S; itzel IY0 T S EH1 L; javier HH AA1 V IY0 EH2 R; joao ZH W AW1;
joaquin W AA0 K IY1 N; kamala K AH1 M AH0 L AH0; kealoha K EY2 AH0 L OW1 HH AH0;
kwabena K W AA1 B EH0 N AH0; kwame K W AA1 M EY0; lakshmi L AH1 K SH M IY0; laoise L IY1 SH AH0;
lindiwe L IH0 N D IY1 W EY0; llanelli L AH0 N EH1 L IY0; llewelyn L UW0 EH1 L IH0 N; llyr L IH1 R;
lodz W UH1 JH; lukasz W UW1 K AA0 SH; mairead M AH0 R EY1 D; mairi M AA1 R IY0;
mateusz M AA0 T EY1 UW0 SH; matthaus M AH0 T EY1 AH0 S; mireille M IH0 R EY1;
mnangagwa M AH0 N AA0 NG G AA1 G W AH0; muiris M W IH1 R IH0 SH; ngozi EH0 NG G OW1 Z IY0;
nguyen W IH1 N; nia N IY1 AH0; niamh N IY1 V; nnamdi N AA1 M D IY0; oaxaca W AH0 HH AA1 K AH0;
oisin AH0 SH IY1 N; okonkwo OW0 K OW1 NG K W OW0; oluwaseun OW2 L UW0 W AH0 SH EY1 UW0 N;
oluwaseyi OW2 L UW0 W AH0 SH EY1 IY0; padraig P AO1 D R IH0 G; phuket P UW0 K EH1 T;
popocatepetl P OW2 P AH0 K AE1 T AH0 P EH2 T AH0 L; priya P R IY1 Y AH0; qiu CH Y UW1;
quetzal K EH0 T S AA1 L; quetzalcoatl K EH0 T S AA2 L K OW0 AA1 T AH0 L;
rhiannon R IY0 AE1 N AH0 N; roisin R OW0 SH IY1 N; ryo R Y OW1; sadhbh S AY1 V;
saoirse S ER1 SH AH0; sean SH AO1 N; sinead SH IH0 N EY1 D; siobhan SH AH0 V AO1 N;
sioned SH AA1 N EH0 D; sipho S IY1 P OW0; sorcha S AO1 R AH0 K AH0; soren S AO1 R AH0 N;
szczecin SH CH EH1 CH IY0 N; tadhg T AY1 G; tahirih T AA1 HH IH0 R IY0;
thandiwe T AA0 N D IY1 W EY0; themba T EH1 M B AH0; thembi T EH1 M B IY0; thich T IH1 K;
thuy T W IY1; tlaloc T L AA1 L AA0 K; tuan T W AA1 N; wojciech V OY1 CH EH0 K; xiao SH AW1;
xiaoming SH AW2 M IH1 NG; ximena HH IH0 M EY1 N AH0; xiomara S IY2 OW0 M AA1 R AH0;
xochitl S OW1 CH IY0 T; xu SH UW1; yevgenia Y EH0 V G EH1 N IY0 AH0; yusuf Y UW1 S AH0 F;
zawadi Z AH0 W AA1 D IY0; zhou JH OW1; zsofia ZH OW1 F IY0 AH0
"""

_LETTERS: tuple[tuple[str, Language], ...] = (
    ("ąęłńśźżćó", POLISH),
    ("ñ", SPANISH),
    ("ãõ", PORTUGUESE),
    ("äöüß", GERMAN),
    ("ğışő", GENERAL),
    ("çèêëîïôûùœ", FRENCH),
)
"""Letters that tell a language, in the order of asking."""

_FOREIGN = re.compile(
    r"^(?:ng|nd|mb|nk|nn|nt|kw|gb|dl|hl|tl|zs|dz|cs|sz|cz|sv|dm|mn|vl|zd|ts)|[aiou]$"
    r"|cz|sz|rz|tl$|ij|aa|uu|ii|kk|q(?!u)|aoi|uo"
)
"""How no word of English is built: its beginnings, its ends, what it has inside."""

_AS_IN_ENGLISH = rules(r"""
[aá](?=j) A
[eé](?=j) E
o(?=j) O
j JH
y(?=[aeiou]) Y
kh K
gh G
dh D
bh B
""")

_ROMANISED = replace(GENERAL, rules=(*_AS_IN_ENGLISH, *GENERAL.rules))
"""Names of languages of other scripts, or of young ones, as they are written for English."""

_POLISH = re.compile(r"cz|sz|rz|wicz$|ski$|ska$|ysz|jc")

_ENGLISH = {
    "A": "AA", "E": "EH", "O": "OW", "AX": "AH", "YY": "UW", "OE": "ER", "OEH": "ER", "AN": "AA N",
    "EN": "AE N", "ON": "OW N", "AC": "AH", "UC": "OW", "AXN": "AH N", "EMN": "EH N", "IYN": "IY N",
    "OMN": "OW N", "UWN": "UW N", "AWN": "AW", "AYN": "AY", "EYN": "EY", "OYN": "OY", "RD": "R",
    "RR": "R", "RU": "R", "RA": "R", "X": "HH", "CX": "SH", "TS": "T S", "NY": "N Y", "LY": "L Y",
}  # fmt: skip
"""What is sung in English for sounds of other languages."""


@cache
def _names() -> dict[str, str]:
    entries = (entry.split(maxsplit=1) for entry in _TABLE.replace("\n", " ").split(";"))
    return dict(entry for entry in entries if entry)


def named(bare: str) -> str | None:
    """Return the phones of a name in the table, as the dictionary writes them; `bare` of marks."""
    return _names().get(bare)


def foreign(word: str) -> list[tuple[str, int]]:
    """Return the phones of a word that is not built as English ones are; none if it is."""
    language = _language(word.lower())
    return [] if language is None else _anglicised(to_phones(word, language))


def _language(word: str) -> Language | None:
    for letters, language in _LETTERS:
        if any(letter in letters for letter in word):
            return language
    if not word.isascii():
        return GENERAL
    if _POLISH.search(word):
        return POLISH
    return _ROMANISED if _FOREIGN.search(word) else None


def _anglicised(phones: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Return phones with English ones in place of others; an open last e is EY, an a is AH."""
    result: list[tuple[str, int]] = []
    for number, (name, stress) in enumerate(phones):
        is_last = number + 1 == len(phones)
        if name in {"A", "E"} and not stress:
            names = {"A": "AH", "E": "EY" if is_last else "EH"}[name]
        elif name == "E" and (is_last or phones[number + 1][0] in {"RD", "L"}):
            names = "EH"
        else:
            names = _ENGLISH.get(name, name)
        first, *rest = names.split()
        result += [(first, stress), *((name, 0) for name in rest)]
    return result
