"""Language tags of any registered form: understood in one way, or refused with the fix."""

from __future__ import annotations

import langcodes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.engines.acestep.traits import LANGUAGES
from songbatch.languages import (
    BadTag,
    canonical,
    including,
    meant_tag,
    three_letters,
    understood,
)
from songbatch.model import UnresolvedRender
from songbatch.sources import Source
from songbatch.spec import LoadResult, load
from tests.spec.examples import Memory

SPEC = """\
version: 1
references: {{river: {{file: river.mp3, purpose: song}}}}
defaults: {{lang: {tag}}}
songs: {{one: {{reference: river, lyrics: la}}}}
"""
TWO = [a + b for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvwxyz"]
REGISTERED = [two for two in TWO if langcodes.tag_is_valid(two)]
CURRENT = [two for two in REGISTERED if langcodes.Language.get(two).language == two] + ["tl"]
"""The two letters that are not a former name of another language."""
RESTS = st.sampled_from(["", "-AT", "-Latn", "-hant-HK", "-419", "-x-mine", "-u-ca-gregory"])


def loaded(tag: str) -> LoadResult:
    return load(Source("specs/x.yaml", SPEC.format(tag=f"'{tag}'")), "x", Memory())


def render(tag: str) -> UnresolvedRender:
    result = loaded(tag)
    assert result.spec is not None, result.diagnostics
    return result.spec.renders[0]


@given(st.sampled_from(CURRENT), RESTS, st.sampled_from([str, str.upper, str.lower]))
def test_two_letters_stay_in_the_usual_case(two: str, rest: str, cased: type[str]) -> None:
    usual = {"-hant-HK": "-Hant-HK"}.get(rest, rest)
    assert canonical(cased(two + rest)) == two + usual
    assert understood(cased(two + rest)).primary == two


@pytest.mark.parametrize(
    "tag", ["de-AT", "zh-Hant-TW", "sr-Latn", "de-CH-1901", "en-u-ca-buddhist"]
)
def test_a_tag_has_one_key_in_whatever_case(tag: str) -> None:
    for written in (tag, tag.upper(), tag.lower(), tag.title(), tag.swapcase()):
        assert render(written).lang == tag


@pytest.mark.parametrize(
    ("tag", "fix"),
    [
        ("de-DEU", "de-DE"),
        ("zh-CHS", "zh-Hans"),
        ("zh-CHT", "zh-Hant"),
        ("en-USA", "en-US"),
        ("de-yue", "de"),
        ("pt-foo", "pt"),
    ],
)
def test_a_second_subtag_that_is_no_part_of_the_language_is_warned_of(tag: str, fix: str) -> None:
    (found,) = loaded(tag).diagnostics
    assert (found.code, found.fix) == ("lang.unknown", f"write `lang: {fix}`")


@pytest.mark.parametrize("tag", ["zh-yue", "zh-min-nan", "sgn-ase", "ar-arb", "zh-cmn-Hans-CN"])
def test_languages_that_are_part_of_another_are_registered(tag: str) -> None:
    assert not loaded(tag).diagnostics


@given(st.sampled_from(CURRENT), RESTS, st.sampled_from("TB"))
def test_three_letters_are_the_two_that_they_stand_for(two: str, rest: str, kind: str) -> None:
    three = langcodes.Language.get(two).to_alpha3(kind)
    if three == "fil":
        return
    assert canonical(three + rest).lower() == (two + rest).lower()
    assert three_letters(three + rest) == three_letters(two + rest)


@pytest.mark.parametrize(
    ("tag", "wanted"),
    [
        ("deu", "de"),
        ("ger", "de"),
        ("GER-at", "de-AT"),
        ("spa", "es"),
        ("fre-CA", "fr-CA"),
        ("yue", "yue"),
        ("zh-yue", "yue"),
        ("nds", "nds"),
        ("zh-Hant", "zh-Hant"),
        ("iw", "he"),
        ("i-klingon", "tlh"),
        ("en-GB-oed", "en-GB-oed"),
        ("x-elvish", "x-elvish"),
        ("sl-rozaj-biske", "sl-rozaj-biske"),
        ("tgl", "tl"),
        ("und", "und"),
    ],
)
def test_every_form_is_understood(tag: str, wanted: str) -> None:
    assert render(tag).lang == wanted
    assert canonical(wanted) == wanted
    assert not loaded(tag).diagnostics


@pytest.mark.parametrize(
    ("tag", "code"),
    [("de", "deu"), ("ger", "deu"), ("yue", "yue"), ("tl", "tgl"), ("und", "und"), ("qaa", "qaa")],
)
def test_tags_have_the_three_letters(tag: str, code: str) -> None:
    assert render(tag).tags["language"] == code


@pytest.mark.parametrize("tag", ["x-elvish", "xyz", "i-enochian"])
def test_tags_have_no_language_that_is_none(tag: str) -> None:
    assert "language" not in render(tag).tags


@pytest.mark.parametrize("tag", ["xyz", "xx-YY", "de-1996-1996"])
def test_what_nobody_has_registered_is_told(tag: str) -> None:
    (told,) = loaded(tag).diagnostics
    assert (told.code, told.span.line) == ("lang.unknown", 3)
    assert f'"{tag}"' in told.detail
    assert render(tag).lang == tag


@pytest.mark.parametrize(
    ("tag", "meant"),
    [
        ("en-UK", "en-GB"),
        ("de-DD", "de-DE"),
        ("eng-uk", "en-GB"),
        ("jp", "ja"),
        ("cz-CZ", "cs-CZ"),
        ("en-EN", "en"),
        ("zh-Hant-TP", "zh-Hant-TL"),
    ],
)
def test_what_people_write_for_a_tag_is_told_with_the_tag(tag: str, meant: str) -> None:
    (told,) = loaded(tag).diagnostics
    assert (told.code, told.fix) == ("lang.unknown", f"write `lang: {meant}`")
    assert loaded(meant).diagnostics == ()
    assert render(tag).lang == canonical(tag)


@pytest.mark.parametrize(
    ("tag", "fix"),
    [
        ("german", "write `lang: de`"),
        ("Deutsch", "write `lang: de`"),
        ("français", "write `lang: fr`"),
        ("Brazilian Portuguese", "write `lang: pt-BR`"),
        ("中文", "write `lang: zh`"),
        ("klingonish", "such as `lang: de`"),
        ("jp_JP.UTF-8", "write `lang: ja-JP`"),
        ("pt_BR", "write `lang: pt-BR`"),
        ("de_DE.UTF-8", "write `lang: de-DE`"),
        ("de-x", "write `lang: de`"),
        ("de-", "write `lang: de`"),
        ("x", "such as `lang: de`"),
        ("d1", "such as `lang: de`"),
        ("de-DE-DE", "write `lang: de`"),
    ],
)
def test_what_is_no_tag_is_refused(tag: str, fix: str) -> None:
    result = loaded(tag)
    assert result.spec is None
    (told,) = result.diagnostics
    assert (told.code, told.span.line) == ("schema.pattern", 3)
    assert fix in told.fix


@given(st.text(max_size=30) | st.sampled_from(["german-x", "jp-JP-JP", "en_UK", "Mandarin-Hans"]))
def test_what_is_offered_is_a_tag_that_is_not_warned_of(text: str) -> None:
    meant = meant_tag(text)
    if meant:
        found = understood(meant)
        assert (found.is_registered, found.usual) == (True, "")


@given(st.from_regex(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8}){0,4}", fullmatch=True))
def test_any_tag_is_understood_in_one_way_or_refused(tag: str) -> None:
    result = loaded(tag)
    assert (result.spec is None) == any(one.code == "schema.pattern" for one in result.diagnostics)
    if result.spec is None:
        with pytest.raises(BadTag):
            understood(tag)
        return
    found = understood(tag)
    assert result.spec.renders[0].lang == found.tag
    assert understood(found.tag).tag == found.tag
    assert len(found.three_letters) in {0, 3}


@given(st.sampled_from(sorted(LANGUAGES)))
def test_an_engine_knows_its_languages_by_all_their_codes(language: str) -> None:
    for kind in "TB":
        three = langcodes.Language.get(language).to_alpha3(kind)
        known = three if three == "fil" else understood(three).primary
        assert known == ("fil" if language == "tl" else language)


@pytest.mark.parametrize(("tag", "usual"), [("cmn", "zh"), ("arb", "ar"), ("swh", "sw")])
def test_the_usual_name_is_offered(tag: str, usual: str) -> None:
    assert including(tag) == usual
