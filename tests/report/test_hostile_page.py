"""Texts of strangers stay texts; equal selects are equal bytes in the page and in the command."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from playwright.sync_api import Browser

from songbatch.report.html import listening_page
from songbatch.report.page import Card, PageSound, ReferenceSound, Take
from songbatch.report.page import Page as Shown
from songbatch.selects import Selects
from tests.cli.test_selects import selects
from tests.report.browsing import downloaded, expect, songs, visit

EVIL = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    "<!--<script>",
    "\u2028alert(3)//",
    "${alert(4)}",
    "javascript:alert(5)",
    "https://example.org/<svg onload=alert(6)>",
    '"><style>*{display:none}</style>',
    "<iframe src=//example.org></iframe>\u202e",
]


def take(text: str, number: int = 1) -> Take:
    return Take(
        id=f"{text}/{number}",
        engine=text,
        take=number,
        status="done",
        said=text,
        audio_sha256="0" * 64,
        sound=PageSound(None, 10.0, -16.0, "AAAA"),
        output=text,
        lyrics=0,
        times=[0.0],
        references=["r"],
        findings=[{"code": text, "detail": text}],
        cost_usd=0.01,
        change=text,
        before=None,
    )


def page(cards: list[Card], text: str, **more: object) -> bytes:
    reference = ReferenceSound(text, text, PageSound(None, 10.0))
    listeners = {
        text: [
            {"render": f"{text}/1", "engine": text, "audio_sha256": "0" * 64}
            | {"pick": True, "rating": 3, "note": text}
        ]
    }
    shown = Shown(
        id="0" * 32,
        project=text,
        since=text,
        cards=cards,
        texts=[text],
        references={"r": reference},
        decide="any",
        listeners=listeners,
        saving=None,
    )
    return listening_page(shown).encode()


def test_texts_of_strangers_are_inert(browser: Browser, tmp_path: Path) -> None:
    text = "".join(EVIL)
    cards = [Card(text, text, text, text, text, [take(text)])]
    (tmp_path / "page.html").write_bytes(page(cards, text))
    with visit(browser, (tmp_path / "page.html").as_uri()) as tab:
        expect(tab.locator("#detail h2")).to_have_text(
            text.replace("\u2028", " "), use_inner_text=False
        )
        assert tab.locator("img, iframe, svg, script:not(#data)").count() == 1  # the page's own
        assert tab.locator("style").count() == 1


def test_even_markup_that_got_in_would_not_run(browser: Browser, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_bytes(page([], "x"))
    tab = browser.new_page()
    tab.goto((tmp_path / "page.html").as_uri())
    injected = "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"ran=1\">')"
    with tab.expect_console_message(lambda said: "Content Security Policy" in said.text):
        tab.evaluate(injected)
    assert tab.evaluate("window.ran") is None
    tab.context.close()


def test_two_thousand_renders_are_as_few_elements_as_ten(browser: Browser, tmp_path: Path) -> None:
    cards = [
        Card("s", f"song{n}", "", f"Song {n}", "", [take("x", 1), take("x", 2)])
        for n in range(1000)
    ]
    (tmp_path / "page.html").write_bytes(page(cards, "x"))
    with visit(browser, (tmp_path / "page.html").as_uri()) as tab:
        assert len(songs(tab)) < 40
        tab.locator("#list").evaluate("list => { list.scrollTop = 500 * 60; }")
        expect(tab.locator("#list .row b", has_text="Song 505")).to_be_visible()
        assert len(songs(tab)) < 40
        assert tab.evaluate("document.querySelectorAll('*').length") < 400
        tab.fill("#query", "song 999")
        # The list is drawn again once the browser has scrolled back to its top.
        expect(tab.locator("#list .row b")).to_have_text(["Song 999"])
        assert songs(tab) == ["Song 999"]


@settings(
    max_examples=6,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(said=selects)
def test_the_page_writes_the_bytes_that_the_command_writes(
    browser: Browser, tmp_path: Path, said: Selects
) -> None:
    listeners: dict[str, list[dict[str, object]]] = {}
    for one in said.opinions:
        about = {"pick": one.pick, "rating": one.rating, "note": one.note, "blind": one.blind}
        heard: dict[str, object] = {"render": one.heard.render, "engine": one.heard.engine}
        heard |= {"audio_sha256": one.heard.audio_sha256}
        listeners.setdefault(one.listener, []).append(heard | about)
    shown = Shown("0" * 32, "p", "", [], [], {}, said.decide.value, listeners)
    (tmp_path / "page.html").write_bytes(listening_page(shown).encode())
    with visit(browser, (tmp_path / "page.html").as_uri(), accept_downloads=True) as tab:
        tab.fill("#name", "nobody yet")
        tab.locator("#list").focus()
        assert downloaded(tab, tmp_path) == said.dump()
