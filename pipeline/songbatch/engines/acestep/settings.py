"""Settings of an ACE-Step server: address, key, model and face.

A plan needs the account's name, not a working server; so making them never fails, only `check`
does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from songbatch.diagnostics import EngineRefused
from songbatch.engines.identities import ACESTEP
from songbatch.engines.rest.accounts import account_of, is_sendable
from songbatch.engines.rest.addresses import is_exposed, problem_of_url
from songbatch.engines.rest.certificates import (
    Certificates,
    certificates,
    demand_certificates,
)
from songbatch.engines.rest.proxies import proxy_for
from songbatch.model import AudioFormat, EngineIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping

Face = Literal["tasks", "chat"]

KEY_VARIABLE = "ACESTEP_API_KEY"
DEFAULT_URL: Mapping[str, str] = {
    "tasks": "http://127.0.0.1:8001",
    "chat": "https://api.acemusic.ai",
}
DEFAULT_MODEL: Mapping[str, str] = {
    "tasks": "acestep-v15-turbo",
    "chat": "acemusic/acestep-v15-turbo",
}

LOST_AFTER = 10.0
"""Seconds for which a job must have been unknown, or not have moved, before it can be gone."""

SOUND = "1"
"""Goes up whenever equal inputs give another request: prepared references and reckoned lengths
among them."""

_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]{0,199}")


@dataclass(frozen=True, slots=True)
class AceStepSettings:
    """Settings of a client of ACE-Step. Times in seconds.

    `key` may be "": most servers of one's own have none. `key_name` is the variable that it came
    from. `master` is the form that is asked for. `read_timeout` is the longest silence of a call
    and `deadline` the longest time for one, `song_deadline` for a song's bytes and, on the chat
    face, for making it. A job is first asked for after `poll_after`, and counts as lost when the
    server has not known it for `lost_after`. `certificates` names authorities to trust instead of
    the usual ones.
    """

    url: str = DEFAULT_URL["tasks"]
    key: str = field(default="", repr=False)
    key_name: str = KEY_VARIABLE
    model: str = DEFAULT_MODEL["tasks"]
    face: Face = "tasks"
    master: AudioFormat = AudioFormat.WAV
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    deadline: float = 120.0
    song_deadline: float = 1200.0
    poll_after: float = 1.0
    lost_after: float = LOST_AFTER
    certificates: Certificates | None = None
    proxy: str | None = field(default=None, repr=False)

    @classmethod
    def of(
        cls,
        environment: Mapping[str, str],
        *,
        face: Face = "tasks",
        url: str = "",
        model: str = "",
        key_name: str = "",
    ) -> AceStepSettings:
        """Return the settings, unchecked: key, proxy and authorities from the environment."""
        base = (url.strip() or DEFAULT_URL[face]).rstrip("/")
        name = key_name or KEY_VARIABLE
        return cls(
            url=base,
            key=environment.get(name, "").strip(),
            key_name=name,
            model=model.strip() or DEFAULT_MODEL[face],
            face=face,
            certificates=certificates(environment),
            proxy=None if problem_of_url(base) else proxy_for(base, environment),
        )

    @property
    def base_url(self) -> str:
        """Address before the paths."""
        return self.url.rstrip("/")

    @property
    def shown_url(self) -> str:
        """Address for people; "" where it cannot be used, for then it may hold a password."""
        return "" if problem_of_url(self.base_url) else self.base_url

    @property
    def account(self) -> str:
        """The owner of jobs: changes with key and address, reveals neither."""
        return account_of("acestep", self.base_url, self.key)

    def problems(self) -> list[tuple[str, str]]:
        """Return why requests cannot be sent, each with what to do; the key is never shown."""
        found = []
        problem = problem_of_url(self.base_url)
        if problem:
            found.append(
                (
                    f"the url of the engine acestep {problem}",
                    f"write an address such as {DEFAULT_URL[self.face]}",
                )
            )
        if self.key and not is_sendable(self.key):
            found.append(
                (
                    f"the key in {self.key_name} has a space, a line end or another character "
                    "that no key has",
                    f"set {self.key_name} to the key alone, or unset it if the server has none",
                )
            )
        if not _MODEL.fullmatch(self.model):
            found.append(
                (
                    f"{self.model!r} is no name of a model",
                    f"write one such as {DEFAULT_MODEL[self.face]}",
                )
            )
        return found

    def warnings(self) -> list[str]:
        """Return what is risky about the settings, and works all the same."""
        if not is_exposed(self.base_url):
            return []
        carried = "key, lyrics and songs travel" if self.key else "lyrics and songs travel"
        return [
            f"the url of the engine acestep is http, not https, on a public host: {carried} "
            "readable for everybody on the way"
        ]

    def check(self) -> None:
        """Raise EngineRefused unless requests can be sent."""
        for problem, fix in self.problems():
            raise EngineRefused(problem, fix=fix)

    def preflight(self) -> None:
        """Raise EngineRefused unless requests can be sent, and answers trusted. Sends nothing."""
        self.check()
        demand_certificates(self.certificates, self.base_url, self.proxy)


def identity_of(settings: AceStepSettings, name: str = ACESTEP) -> EngineIdentity:
    """Return what belongs to a render's key: neither the address nor the API key."""
    master: Literal["mp3", "wav"] = "mp3" if settings.master is AudioFormat.MP3 else "wav"
    kind = "" if name == ACESTEP else ACESTEP
    return EngineIdentity(name, settings.model, SOUND, kind=kind, master=master)
