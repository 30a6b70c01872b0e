"""Pronunciation in each language: phones of the singer, stress, syllables; never a crash."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.engines.sketch.phonetics.language import detect_language
from songbatch.engines.sketch.phonetics.lyrics import read, syllables
from songbatch.engines.sketch.phonetics.numerals import CARDINALS, ordinal
from songbatch.engines.sketch.phonetics.pronounce import LANGUAGES
from songbatch.engines.sketch.phonetics.readings import spoken
from songbatch.engines.sketch.phonetics.syllable import Syllable
from songbatch.engines.sketch.voice.phones import CONSONANTS
from songbatch.engines.sketch.voice.vowels import VOWELS

SAID = {
    "en": """
    light = L AY1 T
    lantern = L AE1 N . T ER N
    imagination = IH . M AE . JH AH . N EY1 . SH AH N
    the = DH AH
    love = L AH1 V
    heart = HH AA1 R T
    summer = S AH1 . M ER
    river = R IH1 . V ER
    dance = D AE1 N S
    world = W ER1 L D
    thought = TH AO1 T
    everything = EH1 . V R IY . TH IH NG
    birthday = B ER1 TH . D EY
    zorgling = Z AO1 R . G L IH NG
    blorptastic = B L AO1 R P . T AE . S T IH K
    Aoife = IY1 . F AH
    Siobhán = SH AH . V AO1 N
    Niamh's = N IY1 V Z
    Xochitl = S OW1 . CH IY T
    Nguyen = W IH1 N
    Saoirse = S ER1 . SH AH
    Thembi = T EH1 M . B IY
    Joaquín = W AA . K IY1 N
    Björk = B Y AO1 R K
    Zoë = Z OW1 . IY
    Katarzyna = K AH . T AH . ZH IH1 . N AH
    Akinola = AH . K IY . N OW1 . L AH
    Anjali = AH N . JH AA1 . L IY
    Çağla = CH AA1 . L AH
    runnin' = R AH1 . N IH N
    don't = D OW1 N T
    café = K AH . F EY1
    fire = F AY1 . ER
    yellow = Y EH1 . L OW
    purple = P ER1 . P AH L
    music = M Y UW1 . Z IH K
    morning = M AO1 R . N IH NG
    kitchen = K IH1 . CH AH N
    window = W IH1 N . D OW
    garden = G AA1 R . D AH N
    remember = R IH . M EH1 M . B ER
    forever = F ER . EH1 . V ER
    tomorrow = T AH . M AA1 . R OW
    beautiful = B Y UW1 . T AH . F AH L
    """,
    "es": """
    corazón = K O . RD A . S O1 N
    niño = N IY1 . NY O
    lluvia = Y UW1 . B Y A
    guerra = G E1 . RR A
    guitarra = G IY . T A1 . RR A
    queso = K E1 . S O
    cielo = S Y E1 . L O
    agua = A1 . G W A
    mujer = M UW . X E1 RD
    jugar = X UW . G A1 RD
    gente = X E1 N . T E
    pingüino = P IY NG . G W IY1 . N O
    calle = K A1 . Y E
    noche = N O1 . CH E
    hombre = O1 M . B RD E
    amor = A . M O1 RD
    verdad = B E RD . D A1 D
    canción = K A N . S Y O1 N
    hoy = OY1
    ciudad = S Y UW . D A1 D
    fuego = F W E1 . G O
    nuestra = N W E1 S . T RD A
    aire = AY1 . RD E
    rey = RR EY1
    árbol = A1 RD . B O L
    zapato = S A . P A1 . T O
    perro = P E1 . RR O
    llorar = Y O . RD A1 RD
    mañana = M A . NY A1 . N A
    muy = M UW1 Y
    ángel = A1 N . X E L
    vivir = B IY . B IY1 RD
    """,
    "de": """
    ich = IH CX
    Nacht = N A1 X T
    Liebe = L IY1 . B AX
    schön = SH OE1 N
    über = YY1 . B AH
    Straße = SH T RU A1 . S AX
    spielen = SH P IY1 . L AX N
    Mädchen = M EH1 D . CX AX N
    König = K OE1 . N IH CX
    Herz = HH EH1 RA TS
    weg = V EH1 K
    Tag = T A1 K
    wenn = V EH1 N
    zwei = TS V AY1
    Leute = L OY1 . T AX
    Bäume = B OY1 . M AX
    immer = IH1 . M AH
    Freund = F RU OY1 N T
    verstehen = F EH RA . SH T E1 . AX N
    vergessen = F EH RA . G EH1 . S AX N
    singen = Z IH1 NG . AX N
    Himmel = HH IH1 . M AX L
    Traum = T RU AW1 M
    Wasser = V A1 . S AH
    Zeit = TS AY1 T
    durch = D UH1 RA CX
    Bruder = B RU UW1 . D AH
    Sonne = Z AO1 . N AX
    heute = HH OY1 . T AX
    leben = L E1 . B AX N
    gehen = G E1 . AX N
    Kuh = K UW1
    Vogel = F O1 . G AX L
    Geschichte = G AX . SH IH1 CX . T AX
    Pferd = P F EH1 RA T
    Fuß = F UW1 S
    """,
    "fr": """
    bonjour = B ON . ZH UW1 RU
    amour = A . M UW1 RU
    je = ZH AX
    suis = S W IY1
    toujours = T UW . ZH UW1 RU
    vent = V AN1
    temps = T AN1
    femme = F A1 M
    fille = F IY1 Y
    montagne = M ON . T A1 NY
    chanson = SH AN . S ON1
    nuit = N W IY1
    coeur = K OEH1 RU
    cœur = K OEH1 RU
    jamais = ZH A . M EH1
    lumière = L YY . M Y EH1 RU
    eau = O1
    beau = B O1
    rouge = RU UW1 ZH
    fleur = F L OEH1 RU
    monde = M ON1 D
    enfant = AN . F AN1
    ciel = S Y EH1 L
    toi = T W A1
    parler = P A RU . L E1
    chanter = SH AN . T E1
    dans = D AN
    main = M EN1
    rien = RU Y EN1
    soleil = S AO . L EH1 Y
    deux = D OE1
    feu = F OE1
    l'amour = L A . M UW1 RU
    c'est = S EH1
    j'aime = ZH EH1 M
    était = E . T EH1
    petite = P AX . T IY1 T
    garçon = G A RU . S ON1
    souvent = S UW . V AN1
    viennent = V Y EH1 N
    jouent = ZH UW1
    vraiment = V RU EH . M AN1
    parfum = P A RU . F EN1
    """,
    "it": """
    ciao = CH A1 . O
    amore = A . M O1 . RD E
    cuore = K W O1 . RD E
    cielo = CH Y E1 . L O
    gli = LY IY
    famiglia = F A . M IY1 . LY A
    giorno = JH O1 RD . N O
    notte = N O1 T . T E
    chiesa = K Y E1 . Z A
    ghiaccio = G Y A1 T . CH O
    sogno = S O1 . NY O
    stella = S T E1 L . L A
    acqua = A1 K . K W A
    mare = M A1 . RD E
    bella = B E1 L . L A
    vita = V IY1 . T A
    città = CH IY T . T A1
    perché = P E RD . K E1
    luce = L UW1 . CH E
    scena = SH E1 . N A
    pesce = P E1 . SH E
    ragazza = RR A . G A1 T . TS A
    piazza = P Y A1 T . TS A
    casa = K A1 . Z A
    rosa = RR O1 . Z A
    quando = K W A1 N . D O
    sempre = S E1 M . P RD E
    voglio = V O1 . LY O
    mio = M IY1 . O
    piove = P Y O1 . V E
    giardino = JH A RD . D IY1 . N O
    zucchero = TS UW1 K . K E . RD O
    lettera = L E1 T . T E . RD A
    poesia = P O . E . Z IY1 . A
    nostalgia = N O . S T A L . JH IY1 . A
    dormono = D O1 RD . M O . N O
    mamma = M A1 M . M A
    rosso = RR O1 S . S O
    oggi = O1 D . JH IY
    """,
    "pt": """
    coração = K O . RD A . S AWN1
    saudade = S AW . D A1 . JH IC
    noite = N OY1 . CH IC
    você = V O . S E1
    não = N AWN1
    mãe = M AYN1
    pão = P AWN1
    amanhã = A . M A . NY AXN1
    filho = F IY1 . LY UC
    sonho = S OMN1 . NY UC
    chuva = SH UW1 . V AC
    rua = HV UW1 . AC
    terra = T EH1 . HV AC
    amor = A . M O1 RC
    gente = ZH EMN1 N . CH IC
    cidade = S IY . D A1 . JH IC
    tempo = T EMN1 M . P UC
    bom = B OMN1
    sim = S IYN1
    um = UWN
    céu = S EHU1
    sol = S AOU1
    dia = JH IY1 . AC
    hoje = O1 . ZH IC
    queijo = K EY1 . ZH UC
    quando = K W AXN1 N . D UC
    rosa = HV AO1 . Z AC
    canção = K AXN N . S AWN1
    limões = L IY . M OYN1 S
    vez = V E1 S
    Brasil = B RD A . Z IY1 W
    tarde = T A1 RC . JH IC
    olhos = AO1 . LY UC S
    menina = M E . N IYN1 . N AC
    janela = ZH A . N EH1 . L AC
    irmã = IY RC . M AXN1
    fundo = F UWN1 N . D UC
    também = T AXN M . B EYN1
    longe = L OMN1 N . ZH IC
    cozinha = K O . Z IYN1 . NY AC
    muito = M UWN1 Y . T UC
    meu = M EU1
    velha = V EH1 . LY AC
    portas = P AO1 RC . T AC S
    estrela = E S . T RD E1 . L AC
    cama = K AXN1 . M AC
    amada = A . M A1 . D AC
    """,
    "pt-pt": """
    cidade = S IY . D A1 . D AX
    noite = N OY1 . T AX
    olhos = AO1 . LY UC SH
    festa = F EH1 . SH T AC
    mesmo = M E1 ZH . M UC
    sol = S AO1 L
    rua = RU UW1 . AC
    menina = M AX . N IY1 . N AC
    coração = K UC . RD AC . S AWN1
    de = D AX
    porta = P AO1 RD . T AC
    cama = K A1 . M AC
    """,
}
"""Words and their syllables; 1 marks the stressed vowel."""

WORDS = [
    (lang, *line.split(" = ")) for lang, table in SAID.items() for line in table.strip().split("\n")
]


def said(word: str, lang: str) -> str:
    return shown(syllables(word, lang))


def shown(line: Sequence[Syllable]) -> str:
    return " . ".join(
        " ".join((*s.onset, s.vowel + ("1" if s.stress == 1 else ""), *s.coda)) for s in line
    )


@pytest.mark.parametrize(("lang", "word", "wanted"), WORDS)
def test_a_word_is_read_as_its_language_says(lang: str, word: str, wanted: str) -> None:
    assert said(word.strip(), lang) == wanted


def test_there_are_words_enough() -> None:
    assert SAID.keys() == {"en", *LANGUAGES}
    assert all(sum(lang == own for lang, _, _ in WORDS) >= 30 for own in SAID.keys() - {"pt-pt"})


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        *(("Москва", "M O1 S . K V A"), ("любовь", "L Y UW1 . B O V"), ("ещё", "E1 SH . Y O")),
        *(("αγάπη", "A . G A1 . P IY"), ("ουρανός", "UW . RD A1 . N O S")),
        *(("şarkı", "SH A1 RD . K IY"), ("čau", "CH AW1"), ("żółty", "ZH O1 W . T IY")),
    ],
)
def test_other_alphabets_are_read_letter_by_letter(word: str, wanted: str) -> None:
    assert said(word, "xx") == wanted


LINES = {
    "en": "I love you more than words can say",
    "es": "El corazón no sabe lo que quiere la noche",
    "de": "Ich liebe dich und du bist nicht allein",
    "fr": "Je suis perdu dans la nuit avec toi",
    "it": "Il mio cuore non è mai stato così",
    "pt": "Eu não sei viver sem você no meu coração",
}


@pytest.mark.parametrize(("lang", "line"), LINES.items())
def test_the_language_is_guessed(lang: str, line: str) -> None:
    assert detect_language(line) == lang
    assert read(line) == read(line, lang)
    assert read(line, f"{lang.upper()}-XX") == read(line, lang)


@pytest.mark.parametrize(
    "text", ["", "la la la", "oh no", "12 34", "Die hard", "naïve café", "te quiero", "你好", "🎂"]
)
def test_english_where_in_doubt(text: str) -> None:
    assert detect_language(text) == "en"


def test_portuguese_of_portugal_is_read_as_there() -> None:
    assert read("A noite", "pt-PT") != read("A noite", "pt")
    assert read("A noite", "pt-PT") == read("A noite", "PT_pt")
    assert read("A noite", "pt-BR") == read("A noite", "pt")


def test_numbers_are_read_in_the_language() -> None:
    for lang, word in (("en", "two"), ("de", "zwei"), ("es", "dos"), ("pt-BR", "dois")):
        assert read("2", lang).lines[0][0].text == word


@given(st.text(max_size=80), st.sampled_from([None, "xx", "zh-Hant", "", *SAID]))
def test_any_text_can_be_sung_in_any_language(text: str, lang: str | None) -> None:
    lyrics = read(text, lang)
    assert any(lyrics.lines)
    assert len(lyrics.texts) == len(lyrics.lines)
    assert lyrics == read(text, lang)
    for line in lyrics.lines:
        for syllable in line:
            assert syllable.vowel in VOWELS
            assert {*syllable.onset, *syllable.coda} <= CONSONANTS.keys()


@given(st.text(st.characters(categories=["L", "M"]), min_size=1, max_size=20))
def test_any_word_has_a_vowel_to_sing(word: str) -> None:
    for lang in (*SAID, "xx"):
        assert syllables(word, lang)


SPOKEN = {
    "en": {
        "12, 300 & 2nd": "twelve three hundred and second",
        "in 1999, 2005, 2026": "in nineteen ninety nine two thousand five twenty twenty six",
        "the '80s, 1980s": "the eighties nineteen eighties",
        "12/24/2026": "december twenty fourth twenty twenty six",
        "2026-11-28": "november twenty eighth twenty twenty six",
        "Mr. Lee of Main St. and St. John": "mister Lee of Main street and saint John",
        "No. I said no. 5": "No I said number five",
        "$5 and 1,000,000": "five dollars and one million",
        "at 7:05, 100%": "at seven oh five one hundred percent",
        "12th 21st 30th 112th": "twelfth twenty first thirtieth one hundred twelfth",
        "3.5": "three point five",
        "007": "zero zero seven",
        "no numbers here": "no numbers here",
    },
    "de": {
        "am 24. Dezember": "am vier und zwanzigsten Dezember",
        "1999 & 1.000": "neunzehn hundert neun und neunzig und tausend",
        "21, 101, 3,5": "ein und zwanzig hundert eins drei komma fünf",
        "Dr. Maier, z.B. 16:45": "doktor Maier zum beispiel sechzehn uhr fünf und vierzig",
    },
    "fr": {
        "71, 80, 99 & 21": "soixante et onze quatre vingt quatre vingt dix neuf et vingt et un",
        "le 1er, la 2e, M. Roy": "le premier la deuxième monsieur Roy",
    },
    "es": {
        "31, 100, 101 & 500": "treinta y uno cien ciento uno y quinientos",
        "21000, 1º, Sr. Paz": "veintiun mil primero señor Paz",
    },
    "it": {"21, 28, 108, 23º": "ventuno ventotto cento otto ventitreesimo"},
    "pt": {"21, 100, 1999": "vinte e um cem mil novecentos e noventa e nove"},
    "sv": {"12": "12"},
}


@pytest.mark.parametrize(
    ("lang", "written", "expected"),
    [(lang, *pair) for lang, pairs in SPOKEN.items() for pair in pairs.items()],
)
def test_what_is_no_word_is_read_as_words(lang: str, written: str, expected: str) -> None:
    assert " ".join(re.findall(r"[\w'\u2019]+", spoken(written, lang))) == expected
    sung = [syllable.text for syllable in read(written, lang).lines[0] if syllable.text]
    if lang != "sv":
        assert " ".join(sung).split() == expected.split()


@pytest.mark.parametrize("lang", CARDINALS)
def test_every_number_has_a_name_of_its_own(lang: str) -> None:
    numbers = [*range(1200), *(10**n + k for n in range(3, 12) for k in (0, 1, 71, 200))]
    names = {CARDINALS[lang](n) for n in dict.fromkeys(numbers)}
    assert len(names) == len(set(numbers))
    assert all(re.fullmatch(r"[^\W\d_]+(?: [^\W\d_]+)*", name) for name in names)
    ordinals = [ordinal(n, lang) for n in range(1, 11)]
    assert len(set(ordinals)) == 10


SUNG = {
    "it": {
        "che il mare": "K EY LC . M A1 . RD EM",
        "io amo": "IY1 . OM . A1 . M OM",
        "un amore": "UW . N A . M OM1 . RD EM",
        "tutto": "T UW1 T: . T OM",
        "oggi": "OM1 D: . JH IY",
    },
    "es": {"mi amor": "M Y A . M OM1 RD", "el alma": "EM . LC A1 LC . M A"},
    "pt": {
        "o amor": "W A . M~ OM1 RC",
        "amor a dois": "A . M~ OM1 . RD A . D+ OY1 S",
        "que amor": "K Y A . M~ OM1 RC",
        "os olhos": "UC . S AO1 . LY UC S",
        "canta a lua": "K AXN1 N~ . T A . LC UW1 . AC",
    },
    "fr": {
        "les amis": "LC E . Z A . M IY1",
        "les héros": "LC E . E . RU O1",
        "un homme": "EN . N AO1 M",
    },
    "de": {"alle Liebe": "A1 . LC AX . LC IY1 . B AX"},
    "en": {"the apple": "DH AH . AE1 . P AH L"},
}
"""Words that meet, and the notes they are sung to; phones are those of the singer."""


@pytest.mark.parametrize(
    ("lang", "text", "wanted"),
    [(lang, *pair) for lang, pairs in SUNG.items() for pair in pairs.items()],
)
def test_words_meet_as_singers_of_the_language_have_it(lang: str, text: str, wanted: str) -> None:
    (line,) = read(text, lang).lines
    assert shown(line) == wanted
    assert " ".join(syllable.text for syllable in line if syllable.text) == text


_OPEN_SYLLABLES = st.lists(
    st.tuples(st.sampled_from("bcdfglmnpstv"), st.sampled_from("aou")).map("".join),
    min_size=2,
    max_size=6,
)


@given(_OPEN_SYLLABLES, st.sampled_from(["de", "es", "fr", "it", "pt"]))
def test_every_vowel_letter_of_open_syllables_is_sung(parts: list[str], lang: str) -> None:
    sung = syllables("".join(parts), lang)
    assert len(sung) == len(parts)
    assert all(syllable.onset for syllable in sung)
    assert sum(syllable.stress == 1 for syllable in sung) <= 1
