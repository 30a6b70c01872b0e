"""Who may have a key: a project's file may name addresses and variables, and allows nothing."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from songbatch.diagnostics import EngineRefused, Refused
from songbatch.engines.catalog import Engines
from songbatch.engines.entry import EngineContext
from songbatch.engines.permission import Address, demand_permission
from songbatch.files.tree import Tree
from songbatch.model import EngineSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

USUAL = "ACESTEP_API_KEY"
KEY = "a-key-of-the-test-0123456789"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8001",
        "http://127.0.0.1",
        "HTTP://LOCALHOST:8001/",
        "https://localhost/v1",
        "http://127.0.0.2:8001",
        "http://127.255.255.254",
        "http://[::1]:8001",
        "http://[0:0:0:0:0:0:0:1]",
    ],
)
def test_this_machine_may_have_any_key(url: str) -> None:
    demand_permission("acestep", Address(url, "OTHER_SECRET"), [], USUAL)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost.evil.com",
        "http://127.0.0.1.evil.com",
        "http://127.0.0.1@evil.com",
        "http://localhost:8001@evil.com",
        "http://evil.com#@127.0.0.1",
        "http://evil.com/@127.0.0.1",
        "http://evil.com\\@127.0.0.1",
        "http://127.0.0.1\\.evil.com",
        "http://127.0.0.1:8001\\.evil.com",
        "http://[::1]evil.com",
        "http://[::1].evil.com",
        "http://[::1]@evil.com",
        "http://[::ffff:8.8.8.8]",
        "http://0.0.0.0:8001",
        "http://10.0.0.1",
        "http://192.168.0.1",
        "http://169.254.169.254",
        "http://128.0.0.1",
        "http://2130706433",
        "http://0x7f000001",
        "http://0177.0.0.1",
        "http://127.1",
        "http://localhost.",
        "http://ⓛocalhost",
        "http://localhost%2eevil.com",
        "http://local\thost",
        "http://localhost:80:90",
        "http://localhost:",
        "ftp://localhost",
        "//localhost",
        "localhost",
        "localhost:8001",
        "http://",
        "http:///localhost",
        "http://[::1",
        "http:\\\\localhost",
        "",
    ],
)
def test_what_only_looks_like_this_machine_may_have_none(url: str) -> None:
    with pytest.raises(Refused):
        demand_permission("acestep", Address(url), [], USUAL)


SAID = Address("https://songs.example.org/v1")


@pytest.mark.parametrize(
    "url",
    [
        "https://songs.example.org/v1",
        "https://songs.example.org/v1/",
        "https://songs.example.org/v1//",
        "HTTPS://Songs.Example.ORG/v1",
        "https://songs.example.org:443/v1",
        "https://songs.example.org:0443/v1",
    ],
)
def test_an_address_may_be_written_in_several_ways(url: str) -> None:
    demand_permission("acestep", Address(url), [SAID], USUAL)
    demand_permission("acestep", Address(url, USUAL), [SAID], USUAL)
    demand_permission("acestep", SAID, [Address(url, USUAL)], USUAL)


@pytest.mark.parametrize(
    "url",
    [
        "http://songs.example.org/v1",
        "https://songs.example.org:444/v1",
        "https://songs.example.org",
        "https://songs.example.org/V1",
        "https://songs.example.org/v1/more",
        "https://songs.example.org/v1/../v2",
        "https://songs.example.org.evil.com/v1",
        "https://evil.songs.example.org/v1",
        "https://songs.example.org@evil.com/v1",
    ],
)
def test_another_address_is_another_one(url: str) -> None:
    with pytest.raises(Refused):
        demand_permission("acestep", Address(url), [SAID], USUAL)


def test_another_variable_is_not_allowed_along() -> None:
    with pytest.raises(Refused, match="OTHER_SECRET"):
        demand_permission("acestep", Address(SAID.url, "OTHER_SECRET"), [SAID], USUAL)
    allowed = Address(SAID.url, "OTHER_SECRET")
    demand_permission("acestep", allowed, [allowed], USUAL)
    with pytest.raises(Refused):
        demand_permission("acestep", SAID, [allowed], USUAL)


def test_the_refusal_says_what_to_write_and_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/ann/.config")
    monkeypatch.setattr("sys.platform", "linux")
    with pytest.raises(Refused) as refused:
        demand_permission("fal/music-3", Address('https://x.org/"},a', "A_KEY"), [], "FAL_KEY")
    assert str(refused.value) == (
        'songbatch.yaml would send the key in A_KEY to https://x.org/"},a, and you have not said '
        "that this address may have it for the engine fal"
    )
    assert refused.value.fix == (
        'if it may, write `engines: {fal: {url: "https://x.org/\\"},a", key_env: A_KEY}}` below '
        "`version: 1` into /home/ann/.config/songbatch/config.yaml; if not, unset A_KEY for this "
        "run"
    )


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(Refused) as refused:
        demand_permission("acestep", Address("https://ann:pass@w@x.org"), [], USUAL)
    assert "pass" not in str(refused.value)
    assert "pass" not in refused.value.fix


def opened(
    settings: EngineSettings,
    environment: Mapping[str, str],
    by_user: Mapping[str, EngineSettings] | None = None,
    name: str = "acestep",
) -> None:
    """Open an engine as a run would, and close it."""
    context = EngineContext(Tree(os.devnull), environment, by_user or {})
    with contextlib.closing(Engines({name: settings})[name].open(context)) as engine:
        engine.preflight()


ELSEWHERE = "https://songs.example.org"


def test_a_strangers_address_gets_no_key() -> None:
    with pytest.raises(Refused, match=ELSEWHERE):
        opened(EngineSettings(url=ELSEWHERE), {USUAL: KEY})
    opened(EngineSettings(url=ELSEWHERE), {})


def test_a_strangers_variable_is_sent_to_no_address_but_this_machine() -> None:
    for face, url in (("tasks", ELSEWHERE), ("chat", None), ("chat", "https://api.acemusic.ai")):
        stranger = EngineSettings(url=url, face=face, key_env="GITHUB_TOKEN")
        with pytest.raises(Refused, match="GITHUB_TOKEN"):
            opened(stranger, {"GITHUB_TOKEN": KEY})
    with pytest.raises(Refused, match="GITHUB_TOKEN"):
        opened(
            EngineSettings(url=ELSEWHERE, key_env="GITHUB_TOKEN"),
            {"GITHUB_TOKEN": KEY, "ACESTEP_URL": ELSEWHERE},
        )


def test_the_makers_own_service_gets_its_usual_key() -> None:
    opened(EngineSettings(face="chat"), {USUAL: KEY})
    opened(EngineSettings(face="chat", key_env=USUAL, url="https://API.acemusic.ai/"), {USUAL: KEY})
    with pytest.raises(Refused):
        opened(EngineSettings(face="tasks", url="https://api.acemusic.ai"), {USUAL: KEY})


def test_the_environment_is_the_users_own_word() -> None:
    opened(EngineSettings(), {USUAL: KEY, "ACESTEP_URL": f"{ELSEWHERE}/"})
    opened(EngineSettings(url="https://evil.com"), {USUAL: KEY, "ACESTEP_URL": ELSEWHERE})


def test_the_variable_moves_the_engine_of_its_name_and_no_other() -> None:
    there = {"ACESTEP_URL": ELSEWHERE}
    engines = Engines({"gpu": EngineSettings(kind="acestep", url="http://gpu-box:8001")})
    context = EngineContext(Tree(Path()), there)
    assert engines["acestep/acestep-v15-sft"].access(context).url == ELSEWHERE
    assert engines["gpu"].access(context).url == "http://gpu-box:8001"
    with pytest.raises(Refused):
        opened(EngineSettings(kind="acestep", url=ELSEWHERE), {USUAL: KEY, **there}, {}, "gpu")


def test_the_users_configuration_allows_for_the_engine_it_names() -> None:
    settings = EngineSettings(url=f"{ELSEWHERE}:443/", key_env="GPU_KEY")
    mine = {"acestep": EngineSettings(url=ELSEWHERE, key_env="GPU_KEY")}
    opened(settings, {"GPU_KEY": KEY}, mine)
    with pytest.raises(Refused):
        opened(settings, {"GPU_KEY": KEY}, {"other": mine["acestep"]})
    with pytest.raises(Refused):
        opened(settings, {"GPU_KEY": KEY}, {"acestep": EngineSettings(key_env="GPU_KEY")})


def test_an_engine_of_another_name_is_allowed_by_that_name() -> None:
    settings = EngineSettings(kind="acestep", url=ELSEWHERE)
    mine = {"gpu": EngineSettings(url=ELSEWHERE)}
    opened(settings, {USUAL: KEY}, mine, "gpu")
    with pytest.raises(Refused):
        opened(settings, {USUAL: KEY}, {"acestep": mine["gpu"]}, "gpu")


def test_an_address_with_a_password_is_refused_and_not_shown() -> None:
    url = "http://ann:passw0rd@127.0.0.1:8001"
    with pytest.raises(EngineRefused) as refused:
        opened(EngineSettings(), {"ACESTEP_URL": url})
    assert "passw0rd" not in f"{refused.value} {refused.value.fix}"
    access = Engines()["acestep"].access(EngineContext(Tree(Path()), {"ACESTEP_URL": url}))
    assert "passw0rd" not in repr(access)
    assert "user name" in access.problem
