"""Addresses and keys of services: who may have a key, what is said where one is missing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from songbatch.diagnostics import EngineRefused
from songbatch.engines.catalog import Engines
from songbatch.engines.entry import Access, EngineContext
from songbatch.engines.job_service.services import FAL, REPLICATE, SERVICES, Service
from songbatch.engines.job_service.settings import JobServiceSettings
from songbatch.files.tree import Tree
from songbatch.incremental import fast_path
from songbatch.model import EngineSettings
from songbatch.traits import UnknownEngine

KEY = "0b0c9f6e-1d2c-4c5e-9d2a-5d0c8a9e7b11:0123456789abcdef0123456789abcdef"


def hosts(service: Service, **said: Any) -> dict[str, str]:
    return dict(JobServiceSettings.of(service, {}, EngineSettings(**said)).hosts)


def test_one_url_moves_all_of_a_service() -> None:
    assert hosts(FAL) == {
        "queue": "https://queue.fal.run",
        "platform": "https://api.fal.ai",
        "upload": "https://rest.fal.ai",
    }
    near = "http://127.0.0.1:9"
    assert set(hosts(FAL, url=f"{near}/").values()) == {near}
    apart = hosts(FAL, url=near, upload_url="http://127.0.0.1:8")
    assert apart == {"queue": near, "platform": near, "upload": "http://127.0.0.1:8"}


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://127.0.0.1:9/v1/"])
def test_replicate_is_named_with_its_version_or_without(url: str) -> None:
    assert hosts(REPLICATE) == {"queue": "https://api.replicate.com/v1"}
    assert hosts(REPLICATE, url=url) == {"queue": "http://127.0.0.1:9/v1"}


@pytest.mark.parametrize(
    ("environment", "name", "key"),
    [
        ({"FAL_KEY": " a:b "}, "FAL_KEY", "a:b"),
        ({"FAL_KEY_ID": "a", "FAL_KEY_SECRET": "b"}, "FAL_KEY_SECRET", "a:b"),
        ({"FAL_KEY": "c:d", "FAL_KEY_ID": "a", "FAL_KEY_SECRET": "b"}, "FAL_KEY", "c:d"),
        ({"FAL_KEY_ID": "a"}, "FAL_KEY", ""),
        ({}, "FAL_KEY", ""),
    ],
)
def test_the_key_of_fal(environment: dict[str, str], name: str, key: str) -> None:
    made = JobServiceSettings.of(FAL, environment, EngineSettings())
    assert (made.key_name, made.key) == (name, key)
    assert key not in repr(made) or not key


def test_a_key_of_another_variable() -> None:
    said = EngineSettings(key_env="TEAM_KEY")
    made = JobServiceSettings.of(FAL, {"TEAM_KEY": "t", "FAL_KEY": "f"}, said)
    assert (made.key_name, made.key) == ("TEAM_KEY", "t")


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_a_service_needs_a_key(service: Service) -> None:
    made = JobServiceSettings.of(service, {}, EngineSettings())
    with pytest.raises(EngineRefused, match="needs a key") as caught:
        made.preflight()
    assert service.key_variable in caught.value.fix
    assert made.account == f"{service.name}:no-key"
    assert all(map(fast_path.counts, service.key_variables))


def test_an_account_shows_no_key() -> None:
    one = JobServiceSettings.of(FAL, {"FAL_KEY": KEY}, EngineSettings()).account
    assert one.startswith("fal:")
    assert KEY[:8] not in one
    other = JobServiceSettings.of(FAL, {"FAL_KEY": "x" * 20}, EngineSettings()).account
    assert one != other


def access(folder: Path, by_user: EngineSettings | None = None, **said: Any) -> Access:
    engines = Engines({"fal": EngineSettings(**said)})
    settings = {} if by_user is None else {"fal": by_user}
    context = EngineContext(Tree(folder), {"FAL_KEY": KEY}, settings)
    return engines["fal/music-3"].access(context)


@pytest.mark.parametrize("field", ["url", "queue_url", "platform_url", "upload_url"])
def test_a_project_cannot_send_the_key_elsewhere(field: str, tmp_path: Path) -> None:
    found = access(tmp_path, None, **{field: "https://evil.example"})
    assert "https://evil.example" in found.problem
    assert KEY not in found.problem + found.fix
    assert "engines: {fal: {url:" in found.fix
    assert not access(tmp_path, None, **{field: "http://127.0.0.1:9"}).problem
    said: Any = {field: "https://evil.example"}
    allowed = EngineSettings(**said)
    assert not access(tmp_path, allowed, **{field: "https://evil.example"}).problem


def test_the_usual_addresses_may_have_the_key(tmp_path: Path) -> None:
    assert access(tmp_path) == Access("https://queue.fal.run", "FAL_KEY", has_key=True)


@pytest.mark.parametrize(
    ("name", "said", "message"),
    [
        ("fal/music-3", {"face": "chat"}, "takes no `face`"),
        ("replicate/heartmula", {"upload_url": "https://a.example"}, "no `upload_url`"),
        ("acestep", {"queue_url": "https://a.example"}, "takes no `queue_url`"),
        ("sketch", {"models": {"a": {}}}, "takes no `models`"),
    ],
)
def test_a_setting_of_another_engine_is_told(name: str, said: Any, message: str) -> None:
    engines = Engines({name.partition("/")[0]: EngineSettings(**said)})
    with pytest.raises(UnknownEngine, match=message):
        engines[name]


@pytest.mark.parametrize("url", ["ftp://x", "https://a@b.example", "https://", "https://x?y"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    made = JobServiceSettings.of(FAL, {"FAL_KEY": KEY}, EngineSettings(url=url))
    assert made.problems()[0][0].startswith("the url of the engine fal ")
    assert made.shown_url == ""


def test_http_on_a_public_host_is_risky() -> None:
    exposed = JobServiceSettings.of(FAL, {}, EngineSettings(url="http://fal.example"))
    near = JobServiceSettings.of(FAL, {}, EngineSettings(url="http://127.0.0.1:9"))
    assert exposed.warnings()
    assert not near.warnings()


def test_songs_that_are_fast_are_asked_for_sooner() -> None:
    assert JobServiceSettings.of(FAL, {}, EngineSettings()).poll_after == 2
    fast = JobServiceSettings.of(FAL, {}, EngineSettings(seconds_per_render=1))
    assert fast.poll_after == 0.1


def test_each_part_has_its_client() -> None:
    made = JobServiceSettings.of(FAL, {"FAL_KEY": KEY}, EngineSettings())
    assert made.host("upload").base_url == "https://rest.fal.ai"
    assert made.host("upload").key == KEY
    one = JobServiceSettings.of(REPLICATE, {}, EngineSettings())
    assert one.host("upload").base_url == one.base_url
