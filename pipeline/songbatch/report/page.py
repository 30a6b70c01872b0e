"""Data of the listening page, which its scripts read as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


GONE = "gone"
"""The status of a take that is no output any more, and has earlier takes only."""


class PageSound(msgspec.Struct, frozen=True):
    """Audio that the page can play.

    `seconds` long, of `lufs` loudness if it was measured; `waveform` is base64 of peaks, 0 to
    255, "" for none. `link` is None if it is not here or browsers cannot play it.
    """

    link: str | None
    seconds: float | None = None
    lufs: float | None = None
    waveform: str = ""


class EarlierSound(msgspec.Struct, frozen=True):
    """Audio that a render had before other audio replaced it.

    A listener's verdict on it names `id`, `engine` and `audio_sha256`, as for any take. `output` is
    the path of its file, relative to the project; `sound` links to it. `at` is when it was received
    (UTC, ISO 8601, "" if that is not known), `commit` the one whose manifest has it, "" for none.
    """

    id: str
    engine: str
    key: str
    audio_sha256: str
    output: str
    sound: PageSound
    at: str
    commit: str
    cost_usd: float | None
    lyrics: int | None
    """An index of the page's texts; None if nobody knows any more what was sung."""
    change: str
    """What differs between it and the render as it is now, "" if that is not known."""
    lines: Sequence[tuple[str | None, str | None]]
    """Lines of lyrics that differ: as they were and as they are now, None for no such line."""
    measures: Mapping[str, object] | None
    findings: Sequence[Mapping[str, str]]
    picked_by: Sequence[str]
    """The listeners who picked it."""
    is_chosen: bool
    """Whether their picks choose it."""


class Take(msgspec.Struct, frozen=True):
    """One render. `lyrics` is an index of the page's texts.

    `times` are of its lines: when each begins (s), None for a line without a time; empty for none.
    """

    id: str
    engine: str
    take: int
    status: str
    said: str
    """What to show if it has no audio."""
    audio_sha256: str | None
    sound: PageSound
    output: str
    lyrics: int
    times: Sequence[float | None]
    references: Sequence[str]
    """Their digests."""
    findings: Sequence[Mapping[str, str]]
    cost_usd: float | None
    change: str
    """What differs from the last commit, "" for nothing."""
    before: PageSound | None
    """What it was then, if that can still be heard."""
    earlier: Sequence[EarlierSound] = ()
    """Audio that it had before and that can still be heard: picked ones first, then the newest."""


class AbsentSound(msgspec.Struct, frozen=True):
    """Audio that a listener judged and the page cannot play: the render and engine it is of.

    `copy` is the path of a copy of it, relative to the project, "" if it is not here at all.
    """

    id: str
    engine: str
    audio_sha256: str
    copy: str = ""


class EngineWords(msgspec.Struct, frozen=True):
    """What tells an engine's takes of a card from those of others; `model` "" if its name says it.

    `without` are inputs that only others were asked for, `unlike` those that others have another
    value of: keys of a song, `voice` and `instrumental` for references.
    """

    engine: str
    model: str
    without: Sequence[str] = ()
    unlike: Sequence[str] = ()


class Card(msgspec.Struct, frozen=True):
    """One variant of a song, with its takes by all engines, one engine after the other."""

    spec: str
    song: str
    variant: str
    title: str
    artist: str
    takes: Sequence[Take]
    elsewhere: Sequence[AbsentSound] = ()
    """Other audio of it, which listeners judged on other machines."""
    engines: Sequence[EngineWords] = ()
    """What differs between engines, if several have rendered it."""

    @property
    def is_gone(self) -> bool:
        """Whether none of its renders is an output any more."""
        return all(take.status == GONE for take in self.takes)


class ReferenceSound(msgspec.Struct, frozen=True):
    """A reference to compare with."""

    name: str
    purpose: str
    sound: PageSound


class Saving(msgspec.Struct, frozen=True):
    """Where the page writes selects to, and which bytes it has seen there (their SHA-256)."""

    path: str
    seen: str
    news: str = ""
    """Where the page asks whether anything was rendered since; "" for nowhere."""
    as_of: str = ""
    """What stands for all that was rendered when the page was made."""


class Page(msgspec.Struct, frozen=True):
    """Everything."""

    id: str
    """What browsers keep unsaved words under."""
    project: str
    since: str
    """The commit that changes are relative to, "" for none."""
    cards: Sequence[Card]
    texts: Sequence[str]
    references: Mapping[str, ReferenceSound]
    """By digest."""
    decide: str
    listeners: Mapping[str, Sequence[Mapping[str, object]]]
    songs: Mapping[str, str] = msgspec.field(default_factory=dict)
    """By digest of audio, that of the song, where it is known."""
    saving: Saving | None = None
