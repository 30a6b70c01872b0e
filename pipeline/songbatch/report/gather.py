"""Manifests, audio and listeners' verdicts → the listening page."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from songbatch.diff.compare import Difference, Kind, compare_manifests
from songbatch.model import AudioFormat
from songbatch.outputs.lrc import read_times
from songbatch.report.earlier import EarlierSounds
from songbatch.report.line_times import lay_times
from songbatch.report.page import Card, Page, PageSound, ReferenceSound, Saving, Take
from songbatch.report.page_id import page_id
from songbatch.report.sounds import Recording
from songbatch.selects import Heard, Opinion, Selects
from songbatch.spec.titles import details_of, usual_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from songbatch.records import Entry, Manifest, ManifestId, ReferenceEntry
    from songbatch.report.sources import Sources

_LEADING_NUMBER = re.compile(r"\d+")


def gather(sources: Sources, selects: Selects, saving: Saving | None = None) -> Page:
    """Return the page of all manifests of the sources."""
    selects = followed(selects, sources.manifests)
    gathering = _Gathering(sources, selects)
    cards = gathering.cards()
    return Page(
        id=page_id(sources.workspace),
        project=sources.workspace.root.name,
        since=str(sources.baseline.commit) if sources.baseline and cards else "",
        cards=cards,
        texts=gathering.texts,
        references=gathering.references(),
        decide=selects.decide.value,
        listeners=_listeners(selects),
        saving=saving,
    )


def followed(selects: Selects, manifests: Mapping[ManifestId, Manifest]) -> Selects:
    """Return the verdicts under the names that their audio has now."""
    now: dict[tuple[str, str], list[str]] = {}
    for (_, engine), manifest in manifests.items():
        for entry in manifest:
            if entry.done and entry.audio_sha256:
                now.setdefault((engine, entry.audio_sha256), []).append(entry.id)
    opinions: dict[tuple[str, Heard], Opinion] = {}
    for one in selects.opinions:
        ids = now.get((one.heard.engine, one.heard.audio_sha256), [])
        name = one.heard.render if not ids or one.heard.render in ids else ids[0]
        heard = msgspec.structs.replace(one.heard, render=name)
        opinions.setdefault((one.listener, heard), msgspec.structs.replace(one, heard=heard))
    return Selects(tuple(opinions.values()), selects.decide)


def _listeners(selects: Selects) -> dict[str, list[dict[str, object]]]:
    opinions: defaultdict[str, list[dict[str, object]]] = defaultdict(list)
    for one in selects.opinions:
        about = {"pick": one.pick, "rating": one.rating, "note": one.note, "blind": one.blind}
        opinions[one.listener].append(msgspec.to_builtins(one.heard) | about)
    return dict(opinions)


class _Gathering:
    def __init__(self, sources: Sources, selects: Selects) -> None:
        self._sources = sources
        self._earlier = EarlierSounds(sources, selects)
        self._recordings = self._found()
        sources.sounds.draw(self._recordings.values())
        self.texts: list[str] = []
        self._text_numbers: dict[str, int] = {}

    def cards(self) -> list[Card]:
        """Return a card for every variant, in album order."""
        takes: defaultdict[tuple[str, str, str], list[tuple[Entry, Take]]] = defaultdict(list)
        for place, manifest in sorted(self._sources.manifests.items()):
            changes = self._changes(place, manifest)
            for entry in manifest:
                key = (manifest.spec, entry.song, _variant(entry))
                takes[key].append((entry, self._take(place, entry, changes.get(entry.id))))
        cards = [_card(*key, of_variant) for key, of_variant in takes.items()]
        tracks = {key: _track(of_variant[0][0]) for key, of_variant in takes.items()}
        return sorted(
            cards, key=lambda c: (c.spec, tracks[c.spec, c.song, c.variant], c.song, c.variant)
        )

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
                recordings[one.sha256] = Recording(file, one.sha256)
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
        if was is None or was.audio_sha256 in {None, entry.audio_sha256}:
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


def _card(spec: str, song: str, variant: str, takes: Sequence[tuple[Entry, Take]]) -> Card:
    tags = takes[0][0].tags
    return Card(
        spec,
        song,
        variant,
        tags.get("title") or usual_title(song, details_of(takes[0][0].variant, variant)),
        tags.get("artist", ""),
        [take for _, take in takes],
    )


def _variant(entry: Entry) -> str:
    """Return the part of a render's id between song and take."""
    return "/".join(entry.id.split("/")[2:-1])


def _track(entry: Entry) -> tuple[bool, int]:
    match = _LEADING_NUMBER.match(entry.tags.get("track", ""))
    return (match is None, int(match[0]) if match else 0)


def _change(difference: Difference | None) -> str:
    if difference is None:
        return ""
    if difference.kind is Kind.ADDED:
        return "new"
    return ", ".join(_changed(difference)) or "rendered again"


def _changed(difference: Difference) -> Iterator[str]:
    for change in difference.changes:
        yield "renamed" if change.field == "id" else f"{change.field} changed"
