"""Common part of the two faces of an ACE-Step server, once one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.engines.acestep.calls import AceStepCalls
from songbatch.engines.acestep.health import health
from songbatch.engines.acestep.settings import identity_of
from songbatch.engines.base import EngineError, Verdict

if TYPE_CHECKING:
    from songbatch.engines.acestep.settings import AceStepSettings
    from songbatch.engines.health import HealthItem
    from songbatch.model import AudioFormat, EngineIdentity, Purpose, Uploaded


class AceStepFace:
    """The part of `songbatch.engines.base.OpenedEngine` that does not ask for songs."""

    def __init__(self, settings: AceStepSettings, identity: EngineIdentity | None = None) -> None:
        self._settings = settings
        self._identity = identity or identity_of(settings)
        self._calls = AceStepCalls(settings)

    @property
    def identity(self) -> EngineIdentity:
        """What belongs to a render's key."""
        return self._identity

    @property
    def account(self) -> str:
        """The owner of jobs and requests: an address and a key."""
        return self._settings.account

    def preflight(self) -> None:
        """Raise EngineRefused unless the settings can be used. Sends nothing."""
        self._settings.preflight()

    def health(self) -> list[HealthItem]:
        """Return what can be found out about the service. Makes no song."""
        return health(self._settings, self._calls)

    def upload(
        self,
        audio: bytes,  # noqa: ARG002
        audio_format: AudioFormat,  # noqa: ARG002
        purpose: Purpose,  # noqa: ARG002
        request_id: str,  # noqa: ARG002
    ) -> Uploaded:
        """Raise EngineError: references go along with requests."""
        raise EngineError("ACE-Step keeps no references: they go along", Verdict.REJECTED)

    def close(self) -> None:
        """Close the connections."""
        self._calls.client.close()
