"""Address, key and model: what is refused before anything is sent, and what is only told."""

from __future__ import annotations

import dataclasses

import pytest

from songbatch.diagnostics import EngineRefused
from songbatch.engines.acestep.settings import AceStepSettings
from songbatch.engines.acestep.tasks import AceStepTasks

KEY = "a-secret-key-0123456789"


def test_defaults_are_the_server_of_ones_own_and_the_makers_service() -> None:
    own = AceStepSettings.of({})
    assert (own.url, own.model, own.key) == ("http://127.0.0.1:8001", "acestep-v15-turbo", "")
    hosted = AceStepSettings.of({"FREE": f" {KEY}\n"}, face="chat", key_name="FREE")
    assert (hosted.url, hosted.key) == ("https://api.acemusic.ai", KEY)
    for settings in (own, hosted):
        settings.check()
        assert settings.warnings() == []


@pytest.mark.parametrize("key", ["two words", "line\nend", "sécret", "nul\x00"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(key: str) -> None:
    settings = AceStepSettings(key=key, key_name="MY_KEY")
    with pytest.raises(EngineRefused, match="MY_KEY") as refused:
        AceStepTasks(settings).preflight()
    assert key not in str(refused.value) + refused.value.fix + repr(settings)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://host", "must begin with"),
        ("gpu-box:8001", "must begin with"),
        ("https://user:pass@host", "user name"),
        ("http://", "names no host"),
        ("http://host:99999", "cannot be read"),
        ("http://host/?key=1", "query"),
        ("http://ho st", "space"),
    ],
)
def test_an_address_that_cannot_be_used_is_refused_and_not_shown(url: str, why: str) -> None:
    with pytest.raises(EngineRefused, match=why) as refused:
        AceStepSettings.of({}, url=url).check()
    assert url not in str(refused.value)


@pytest.mark.parametrize("model", ["", "a model", "-x", "x" * 300, "é"])
def test_a_model_is_a_name(model: str) -> None:
    with pytest.raises(EngineRefused, match="no name of a model"):
        dataclasses.replace(AceStepSettings(), model=model).check()


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://127.0.0.1:8001", False),
        ("http://localhost:8001", False),
        ("http://[::1]:8001", False),
        ("http://gpu-box:8001", False),
        ("http://gpu.local", False),
        ("http://192.168.1.7:8001", False),
        ("http://10.0.0.9", False),
        ("https://ace.example.org", False),
        ("http://ace.example.org", True),
        ("HTTP://8.8.8.8:8001", True),
    ],
)
def test_plain_http_to_a_public_host_is_told(url: str, warned: bool) -> None:
    settings = AceStepSettings(url=url, key=KEY)
    settings.check()
    assert bool(settings.warnings()) is warned
    assert not any(KEY in text for text in settings.warnings())


def test_accounts_differ_by_key_and_by_address_and_reveal_neither() -> None:
    accounts = {
        AceStepSettings(url=url, key=key).account
        for url in ("http://gpu-box:8001", "http://gpu-box:8002", "http://gpu-box:8001/")
        for key in ("", KEY)
    }
    assert len(accounts) == 4
    assert all(account.startswith("acestep:") for account in accounts)
    assert not any("gpu-box" in account or KEY in account for account in accounts)
