"""Manifests, audio and listeners' verdicts → the listening page."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from songbatch.diff.compare import Difference, Kind, compare_manifests
from songbatch.model import AudioFormat
from songbatch.outputs.audio_names import audio_names, recorded_audio
from songbatch.outputs.lrc import read_times
from songbatch.records import is_same_song
from songbatch.report.absent import absent_sounds
from songbatch.report.earlier import EarlierSounds
from songbatch.report.engines import key_of_entry, key_of_id, title_of, words_of_engines
from songbatch.report.line_times import lay_times
from songbatch.report.page import Card, Page, PageSound, ReferenceSound, Saving, Take
from songbatch.report.page_id import page_id
from songbatch.report.sounds import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from songbatch.model import EngineIdentity
    from songbatch.records import Entry, Manifest, ManifestId, ReferenceEntry
    from songbatch.report.engines import CardKey
    from songbatch.report.page import AbsentSound
    from songbatch.report.sources import Sources
    from songbatch.selects import Selects

_LEADING_NUMBER = re.compile(r"\d+")


def gather(sources: Sources, selects: Selects, saving: Saving | None = None) -> Page:
    """Return the page of all manifests of the sources."""
    manifests = sources.manifests.values()
    names = audio_names(manifests, sources.earlier)
    selects = selects.under(names, recorded_audio(manifests))
    gathering = _Gathering(sources, selects)
    cards = gathering.cards(absent_sounds(sources, selects, names))
    return Page(
        id=page_id(sources.workspace),
        project=sources.workspace.root.name,
        since=str(sources.baseline.commit) if sources.baseline and cards else "",
        cards=cards,
        texts=gathering.texts,
        references=gathering.references(),
        decide=selects.decide.value,
        listeners=_listeners(selects),
        songs=_songs(sources, selects),
        saving=saving,
    )


def _listeners(selects: Selects) -> dict[str, list[dict[str, object]]]:
    opinions: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for one in selects.opinions:
        about = {"pick": one.pick, "rating": one.rating, "note": one.note, "blind": one.blind}
        opinions[one.listener].append(msgspec.to_builtins(one.heard) | about)
    return dict(opinions)


def _songs(sources: Sources, selects: Selects) -> dict[str, str]:
    """Return the digests of songs by those of audio, wherever both are known."""
    entries = (entry for manifest in sources.manifests.values() for entry in manifest)
    pairs = [
        *((one.heard.audio_sha256, one.song_sha256) for one in selects.opinions),
        *((take.audio_sha256, take.song_sha256) for take in sources.earlier),
        *((entry.audio_sha256, entry.song_sha256) for entry in entries),
    ]
    return {audio: song for audio, song in pairs if audio and song}


class _Gathering:
    def __init__(self, sources: Sources, selects: Selects) -> None:
        self._sources = sources
        self._earlier = EarlierSounds(sources, selects)
        self._recordings = self._found()
        sources.sounds.draw(self._recordings.values())
        self.texts: list[str] = []
        self._text_numbers: dict[str, int] = {}

    def cards(self, absent: Sequence[AbsentSound]) -> list[Card]:
        """Return a card for every variant, in album order; those without any render come last."""
        made: defaultdict[CardKey, list[_Made]] = defaultdict(list)
        keys: dict[str, CardKey] = {}
        names = {manifest.engine.name for manifest in self._sources.manifests.values()}
        for place, manifest in sorted(self._sources.manifests.items()):
            changes = self._changes(place, manifest)
            for entry in manifest:
                take = self._take(place, entry, changes.get(entry.id))
                key = keys[entry.id] = key_of_entry(entry, names)
                made[key].append(_Made(take, entry, manifest.engine))
        for last, gone in self._earlier.without_render(self._text):
            known = keys.get(gone.id) or (key_of_entry(last, names) if last else None)
            made[known or key_of_id(gone.id)].append(_Made(gone, last))
        elsewhere = defaultdict(list)
        for one in absent:
            elsewhere[keys.get(one.id) or key_of_id(one.id)].append(one)
        cards = [(_card(key, of_it, elsewhere[key]), of_it[0].entry) for key, of_it in made.items()]
        return [card for card, _ in sorted(cards, key=lambda one: _place(*one))]

    def references(self) -> dict[str, ReferenceSound]:
        """Return every reference by its digest."""
        return {
            one.sha256: ReferenceSound(name, one.purpose.value, self._reference(one))
            for manifest in self._sources.manifests.values()
            for name, one in manifest.references.items()
        }

    def _found(self) -> dict[str, Recording]:
        """Return everything that is here and that browsers can play, by the audio's digest."""
        sources = self._sources
        baseline = sources.baseline.manifests if sources.baseline else {}
        every = [
            *sources.manifests.values(),
            *(baseline[p] for p in baseline if p in sources.manifests),
        ]
        recordings = {}
        for entry in (entry for manifest in every for entry in manifest):
            if entry.audio_sha256 and entry.audio.format is not AudioFormat.PCM:
                file = sources.audio_files.find(entry)
                if file is not None:
                    recordings[entry.audio_sha256] = Recording(file, entry.audio_sha256)
        for one in (one for m in sources.manifests.values() for one in m.references.values()):
            file = sources.audio_files.find_reference(one)
            if file is not None:
                recordings[one.sha256] = Recording(file, one.sha256, is_reference=True)
        return recordings | {
            one.audio_sha256: one
            for one in self._earlier.recordings()
            if one.audio_sha256 not in recordings
        }

    def _changes(self, place: ManifestId, manifest: Manifest) -> dict[str, Difference]:
        if self._sources.baseline is None:
            return {}
        comparison = compare_manifests(self._sources.baseline.manifests.get(place), manifest)
        return {one.id: one for one in comparison.differences if one.now is not None}

    def _take(self, place: ManifestId, entry: Entry, difference: Difference | None) -> Take:
        uses = (use for use in (entry.voice, entry.instrumental) if use is not None)
        timed = read_times(entry.output, self._sources.workspace)
        # What has no lyrics may have times all the same: of somebody else's file.
        text = entry.lyrics or "\n".join(words for _, words in timed)
        return Take(
            id=entry.id,
            engine=place[1],
            take=entry.take,
            status=entry.status,
            said=self._said(entry),
            audio_sha256=entry.audio_sha256,
            sound=self._sound(entry),
            output=entry.output,
            lyrics=self._text(text),
            times=lay_times(text, timed),
            references=list(dict.fromkeys(use.sha256 for use in uses)),
            findings=[msgspec.to_builtins(finding) for finding in entry.remarks],
            cost_usd=entry.cost_usd,
            change=_change(difference),
            before=self._before(entry, difference),
            earlier=self._earlier.of(entry, place[1], self._sources.manifests[place], self._text),
        )

    def _said(self, entry: Entry) -> str:
        if not entry.done:
            return f"{entry.status}: {entry.error or 'no audio'}"
        if entry.audio.format is AudioFormat.PCM:
            return "raw PCM, which browsers do not play"
        if entry.audio_sha256 not in self._recordings:
            return "its audio is not here: songbatch render brings it back"
        return ""

    def _sound(self, entry: Entry) -> PageSound:
        recording = self._recordings.get(entry.audio_sha256 or "")
        lufs = entry.measures.lufs if entry.measures else None
        if recording is None:
            return PageSound(None, entry.seconds, lufs)
        return self._sources.sounds.sound(recording, entry.seconds, lufs)

    def _before(self, entry: Entry, difference: Difference | None) -> PageSound | None:
        was = difference.was if difference is not None else None
        if was is None or was.audio_sha256 is None or is_same_song(was, entry):
            return None
        sound = self._sound(was)
        return sound if sound.link is not None else None

    def _reference(self, one: ReferenceEntry) -> PageSound:
        recording = self._recordings.get(one.sha256)
        if recording is None:
            return PageSound(None, one.seconds)
        lufs = self._sources.sounds.loudness(recording)
        return self._sources.sounds.sound(recording, one.seconds, lufs)

    def _text(self, text: str) -> int:
        if text not in self._text_numbers:
            self._text_numbers[text] = len(self.texts)
            self.texts.append(text)
        return self._text_numbers[text]


class _Made(msgspec.Struct, frozen=True):
    """A take with its record, None if there is none; without an engine, it is no output now."""

    take: Take
    entry: Entry | None
    engine: EngineIdentity | None = None


def _card(key: CardKey, made: Sequence[_Made], elsewhere: Sequence[AbsentSound]) -> Card:
    first = made[0].entry
    entries = [one.entry for one in made if one.entry is not None]
    by_engine: dict[str, tuple[EngineIdentity, list[Entry]]] = {}
    for one in made:
        if one.entry is not None and one.engine is not None:
            by_engine.setdefault(one.take.engine, (one.engine, []))[1].append(one.entry)
    return Card(
        *key,
        title_of(key, entries if first is not None else []),
        first.tags.get("artist", "") if first is not None else "",
        sorted((one.take for one in made), key=lambda take: take.engine),
        elsewhere,
        words_of_engines(by_engine),
    )


def _place(card: Card, entry: Entry | None) -> tuple[bool, str, bool, int, str, str]:
    """Return what decides where a card stands; `entry` is its first take's."""
    match = _LEADING_NUMBER.match(entry.tags.get("track", "") if entry else "")
    number = int(match[0]) if match else 0
    return (card.is_gone, card.spec, match is None, number, card.song, card.variant)


def _change(difference: Difference | None) -> str:
    if difference is None:
        return ""
    if difference.kind is Kind.ADDED:
        return "new"
    return ", ".join(_changed(difference)) or "rendered again"


def _changed(difference: Difference) -> Iterator[str]:
    for change in difference.changes:
        yield "renamed" if change.field == "id" else f"{change.field} changed"
