"""Key and address: what is taken from the environment, and what is refused before sending."""

from __future__ import annotations

import pytest

from songbatch.diagnostics import EngineRefused
from songbatch.engines.music01.engine import Music01Engine
from songbatch.engines.music01.settings import Settings
from songbatch.engines.rest.proxies import proxy_for

KEY = "secret-key-of-the-test"


def settings(**environment: str) -> Settings:
    return Settings.from_environment({"AIMLAPI_KEY": KEY} | environment)


@pytest.mark.parametrize("written", [KEY, f" {KEY}\n", f"{KEY}\r\n"])
def test_a_key_is_taken_without_the_space_around_it(written: str) -> None:
    found = settings(AIMLAPI_KEY=written)
    found.check()
    assert found.key == KEY
    assert found.base_url == "https://api.aimlapi.com"


def test_a_path_before_the_endpoints_is_kept() -> None:
    assert settings(AIMLAPI_BASE_URL="http://proxy:8080/music/ ").base_url == (
        "http://proxy:8080/music"
    )


@pytest.mark.parametrize("missing", ["", "  ", "\n"])
def test_without_a_key_the_engine_says_which_variable(missing: str) -> None:
    engine = Music01Engine.from_environment({"AIMLAPI_KEY": missing})
    assert engine.account == "music-01:no-key"
    with pytest.raises(EngineRefused, match="AIMLAPI_KEY is not set") as refused:
        engine.preflight()
    assert "to the key of your account at the service" in refused.value.fix
    assert refused.value.exit_code == 5
    engine.close()


@pytest.mark.parametrize("bad", ["secret key-of", "secret\x00", "secret\nkey", "sécret", "\udc80s"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(bad: str) -> None:
    found = settings(AIMLAPI_KEY=bad)
    assert found.account.startswith("music-01:")
    with pytest.raises(EngineRefused) as refused:
        found.check()
    assert bad not in str(refused.value) + refused.value.fix
    assert bad not in repr(found)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://host", "must begin with"),
        ("api.aimlapi.com", "must begin with"),
        ("https://user:pass@host", "user name"),
        ("https://pass@host", "user name"),
        ("https://", "names no host"),
        ("https:///path", "names no host"),
        ("https://host:99999", "cannot be read"),
        ("https://host:0", "names no host"),
        ("https://[::1", "cannot be read"),
        ("https://host/?key=1", "query"),
        ("https://host/#part", "fragment"),
        ("https://ho st", "space"),
        ("https://höst", "no address has"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_shown(url: str, why: str) -> None:
    with pytest.raises(EngineRefused, match=why) as refused:
        settings(AIMLAPI_BASE_URL=url).check()
    assert str(refused.value).startswith("AIMLAPI_BASE_URL ")
    assert url not in str(refused.value)


def test_accounts_differ_by_key_and_by_address_and_reveal_neither() -> None:
    accounts = {
        settings().account,
        settings(AIMLAPI_KEY="another-key").account,
        settings(AIMLAPI_BASE_URL="http://127.0.0.1:8017").account,
    }
    assert len(accounts) == 3
    assert all(len(account) == len("music-01:") + 16 for account in accounts)


def test_the_key_is_not_in_the_settings_repr() -> None:
    assert KEY not in repr(settings(HTTPS_PROXY="http://user:word@proxy"))
    assert "word" not in repr(settings(HTTPS_PROXY="http://user:word@proxy"))


PROXY = "http://proxy:3128"


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://api.test", {}, None),
        ("https://api.test", {"HTTPS_PROXY": PROXY}, PROXY),
        ("https://api.test", {"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, PROXY),
        ("https://api.test", {"HTTP_PROXY": PROXY}, None),
        ("https://api.test", {"ALL_PROXY": PROXY}, PROXY),
        ("https://api.test", {"HTTPS_PROXY": "proxy:3128"}, PROXY),
        ("http://api.test", {"HTTP_PROXY": PROXY}, PROXY),
        ("http://api.test", {"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, None),
        ("http://127.0.0.1:8017", {"HTTP_PROXY": PROXY}, None),
        ("http://localhost:8017", {"ALL_PROXY": PROXY}, None),
        ("http://[::1]:8017", {"ALL_PROXY": PROXY}, None),
        ("https://api.test", {"HTTPS_PROXY": PROXY, "NO_PROXY": "*"}, None),
        ("https://api.test", {"HTTPS_PROXY": PROXY, "NO_PROXY": "other, .test"}, None),
        ("https://api.test", {"HTTPS_PROXY": PROXY, "no_proxy": "API.test:443"}, None),
        ("https://api.test", {"HTTPS_PROXY": PROXY, "NO_PROXY": "pi.test,,"}, PROXY),
        ("https://10.1.2.3", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, None),
        ("https://11.1.2.3", {"HTTPS_PROXY": PROXY, "NO_PROXY": "10.0.0.0/8"}, PROXY),
    ],
)
def test_proxies(url: str, environment: dict[str, str], proxy: str | None) -> None:
    assert proxy_for(url, environment) == proxy
