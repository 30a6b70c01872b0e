"""Settings of a job service: addresses and key.

A plan needs the account's name, not a working service; so making them never fails, only `check`
does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from songbatch.diagnostics import EngineRefused
from songbatch.engines.base import seconds_between_looks
from songbatch.engines.job_service.services import PLATFORM, QUEUE, UPLOAD, Service
from songbatch.engines.rest.accounts import account_of, is_sendable
from songbatch.engines.rest.addresses import is_exposed, problem_of_url
from songbatch.engines.rest.certificates import (
    Certificates,
    certificates,
    demand_certificates,
)
from songbatch.engines.rest.proxies import proxy_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.model import EngineSettings

POLL_AFTER = 2.0
"""Seconds before a job is first asked for, where a project does not say that its songs are fast."""
HOST_KEYS = {QUEUE: "queue_url", PLATFORM: "platform_url", UPLOAD: "upload_url"}
"""The settings that move a part of a service alone."""


@dataclass(frozen=True, slots=True)
class HostSettings:
    """What a client of one host reads. Times in seconds."""

    base_url: str
    key: str = field(repr=False)
    connect_timeout: float
    certificates: Certificates | None
    proxy: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class JobServiceSettings:
    """Settings of a client of a service. Times in seconds.

    `hosts` are base addresses by part, without a slash at their ends. `key_name` is the variable
    that the key came from, or is missing in. `read_timeout` is the longest silence of a call,
    `deadline` the longest time for one, `song_deadline` for a song's bytes. A job is first asked
    for after `poll_after`. `certificates` names authorities to trust instead of the usual ones.
    """

    service: Service
    hosts: Mapping[str, str]
    key: str = field(default="", repr=False)
    key_name: str = ""
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    deadline: float = 120.0
    song_deadline: float = 1200.0
    poll_after: float = POLL_AFTER
    certificates: Certificates | None = None
    proxies: Mapping[str, str | None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, service: Service, environment: Mapping[str, str], said: EngineSettings
    ) -> JobServiceSettings:
        """Return the settings, unchecked: key, proxy and authorities from the environment."""
        hosts = hosts_of(service, said)
        key_name, key = _key(service, environment, said.key_env)
        expected = said.seconds_per_render
        first = POLL_AFTER if expected is None else seconds_between_looks(POLL_AFTER, expected)
        return cls(
            service,
            hosts,
            key=key,
            key_name=key_name,
            poll_after=first,
            certificates=certificates(environment),
            proxies={
                part: None if problem_of_url(url) else proxy_for(url, environment)
                for part, url in hosts.items()
            },
        )

    def host(self, part: str = QUEUE) -> HostSettings:
        """Return what a client of one part of the service reads."""
        part = part if part in self.hosts else QUEUE
        return HostSettings(
            self.hosts[part],
            self.key,
            self.connect_timeout,
            self.certificates,
            self.proxies.get(part),
        )

    @property
    def base_url(self) -> str:
        """Address of the part that takes requests."""
        return self.hosts[QUEUE]

    @property
    def shown_url(self) -> str:
        """Address for people; "" where it cannot be used, for then it may hold a password."""
        return "" if problem_of_url(self.base_url) else self.base_url

    @property
    def account(self) -> str:
        """The owner of uploads and jobs: changes with key and address, reveals neither."""
        if not self.key:
            return f"{self.service.name}:no-key"
        return account_of(self.service.name, self.base_url, self.key)

    def problems(self) -> list[tuple[str, str]]:
        """Return why requests cannot be sent, each with what to do; the key is never shown."""
        found = []
        name = self.service.name
        for part, url in self.hosts.items():
            if problem := problem_of_url(url):
                setting = HOST_KEYS[part] if len(set(self.hosts.values())) > 1 else "url"
                found.append(
                    (
                        f"the {setting} of the engine {name} {problem}",
                        f"write an address such as {self.service.hosts[part]}",
                    )
                )
        if not self.key:
            found.append(
                (
                    f"the engine {name} needs a key, and {self.key_name} is not set",
                    f"set {self.key_name} to your key, which {self.service.keys_page} makes; or "
                    "render with --engine sketch",
                )
            )
        elif not is_sendable(self.key):
            found.append(
                (
                    f"the key in {self.key_name} has a space, a line end or another character "
                    "that no key has",
                    f"set {self.key_name} to the key alone",
                )
            )
        return found

    def warnings(self) -> list[str]:
        """Return what is risky about the settings, and works all the same."""
        if not any(map(is_exposed, self.hosts.values())):
            return []
        return [
            f"the url of the engine {self.service.name} is http, not https, on a public host: key, "
            "lyrics and songs travel readable for everybody on the way"
        ]

    def check(self) -> None:
        """Raise EngineRefused unless requests can be sent."""
        for problem, fix in self.problems():
            raise EngineRefused(problem, fix=fix)

    def preflight(self) -> None:
        """Raise EngineRefused unless requests can be sent, and answers trusted. Sends nothing."""
        self.check()
        demand_certificates(self.certificates, *self.hosts.values(), *self.proxies.values())


def hosts_of(service: Service, said: EngineSettings) -> dict[str, str]:
    """Return the base addresses of a service: as a project says, else the usual ones.

    `url` moves all parts; each may be moved alone.
    """
    found = {}
    for part, usual in service.hosts.items():
        url = (getattr(said, HOST_KEYS[part]) or said.url or usual).strip().rstrip("/")
        is_whole = not service.version or url.endswith(service.version)
        found[part] = url if is_whole else f"{url}{service.version}"
    return found


def _key(service: Service, environment: Mapping[str, str], key_env: str | None) -> tuple[str, str]:
    """Return the variable of the key, and the key, "" where it is not set."""
    if key_env:
        return key_env, environment.get(key_env, "").strip()
    name, *parts = service.key_variables
    key = environment.get(name, "").strip()
    halves = [environment.get(part, "").strip() for part in parts]
    if not key and halves and all(halves):
        return parts[-1], ":".join(halves)
    return name, key
