"""Settings of the hosted engine: key, address, proxy and time limits, from an environment mapping.

A plan needs the account's name, not a working key; so reading never fails, only `check` does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from songbatch.diagnostics import EngineRefused
from songbatch.engines.rest.accounts import account_of, is_sendable
from songbatch.engines.rest.addresses import problem_of_url
from songbatch.engines.rest.certificates import (
    Certificates,
    certificates,
    demand_certificates,
)
from songbatch.engines.rest.proxies import proxy_for

if TYPE_CHECKING:
    from collections.abc import Mapping

KEY_VARIABLE = "AIMLAPI_KEY"
BASE_URL_VARIABLE = "AIMLAPI_BASE_URL"
DEFAULT_BASE_URL = "https://api.aimlapi.com"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a client of the hosted contract. Times in seconds.

    `read_timeout` is the longest silence, `deadline` the longest time for an answer; a generation
    takes about a minute. `certificates` names a file of certificate authorities to trust instead of
    the usual ones; `proxy` is the address of the proxy to use.
    """

    base_url: str
    key: str = field(repr=False)
    connect_timeout: float = 10.0
    read_timeout: float = 300.0
    deadline: float = 600.0
    certificates: Certificates | None = None
    proxy: str | None = field(default=None, repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Return the settings in the environment, unchecked; see `check`."""
        base_url = environment.get(BASE_URL_VARIABLE, "").strip().rstrip("/") or DEFAULT_BASE_URL
        return cls(
            base_url=base_url,
            key=environment.get(KEY_VARIABLE, "").strip(),
            certificates=certificates(environment),
            proxy=None if problem_of_url(base_url) else proxy_for(base_url, environment),
        )

    @property
    def shown_url(self) -> str:
        """Address for people; "" where it cannot be used, for then it may hold a password."""
        return "" if problem_of_url(self.base_url) else self.base_url

    @property
    def account(self) -> str:
        """The owner of uploaded ids: changes with key and address, reveals neither."""
        if not self.key:
            return "music-01:no-key"
        return account_of("music-01", self.base_url, self.key)

    def check(self) -> None:
        """Raise EngineRefused, which never shows the key, unless requests can be sent."""
        if not self.key:
            raise EngineRefused(
                f"the engine music-01 needs a key, and {KEY_VARIABLE} is not set",
                fix=f"set {KEY_VARIABLE} to the key of your account at the service, or render with "
                "--engine sketch",
            )
        if not is_sendable(self.key):
            raise EngineRefused(
                f"the key in {KEY_VARIABLE} has a space, a line end or another character "
                "that no key has",
                fix=f"set {KEY_VARIABLE} to the key alone",
            )
        problem = problem_of_url(self.base_url)
        if problem:
            raise EngineRefused(
                f"{BASE_URL_VARIABLE} {problem}",
                fix=f"set it to an address such as {DEFAULT_BASE_URL}, or unset it",
            )

    def preflight(self) -> None:
        """Raise EngineRefused unless requests can be sent, and answers trusted. Sends nothing."""
        self.check()
        demand_certificates(self.certificates, self.base_url, self.proxy)
