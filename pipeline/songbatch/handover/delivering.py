"""The way of an album: its takes, their masters, and the package of all of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from songbatch.album import AlbumCover
from songbatch.audio.cover import kind_of_picture, measure_cover
from songbatch.audio.errors import AudioProblem
from songbatch.batch.album_songs import album_songs
from songbatch.formatting import count
from songbatch.handover.assembling import make_album, title_of
from songbatch.handover.mastered import Encoder, TrackSource, master, measured
from songbatch.handover.mastering_cache import MasteringCache
from songbatch.handover.package import MadeAlbum
from songbatch.handover.song_audio import NoAudio, song_audio
from songbatch.handover.sung_times import SungTimesFinder
from songbatch.handover.takes import AlbumTake, DeliveryProblem, TakeChooser
from songbatch.layout import folder_id
from songbatch.mastering.decoding import RATE
from songbatch.mastering.timeline import TooLongOverlap, lay_out
from songbatch.outputs.audio_files import AudioFiles
from songbatch.outputs.earlier import earlier_takes
from songbatch.outputs.manifests import recorded_manifests
from songbatch.outputs.selects import chosen_takes
from songbatch.shell import shell_word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from songbatch.album import Album, AlbumSheet
    from songbatch.batch.loading import Batch
    from songbatch.handover.mastered import TrackMaster
    from songbatch.mastering.meter import SoundMeasure
    from songbatch.mastering.timeline import TrackPlace
    from songbatch.records import Manifest, ManifestId
    from songbatch.run.session import Session


class Undeliverable(Exception):
    """An album that cannot be delivered yet, and everything that is in its way."""

    def __init__(self, problems: Sequence[DeliveryProblem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)


class PreparedAlbum(msgspec.Struct, frozen=True):
    """An album whose levels and joins are decided; nothing of it is encoded yet."""

    sheet: AlbumSheet
    album: Album
    masters: Sequence[TrackMaster]
    places: Sequence[TrackPlace]


class Delivery:
    """Delivers albums of a project; `on_work` hears what begins that takes a while, and of what.

    `said` are options that renders need as well, for commands in messages.
    """

    def __init__(
        self, session: Session, batch: Batch, on_work: Callable[[str, str], None], said: str = ""
    ) -> None:
        self._session, self._batch, self._on_work = session, batch, on_work
        self._said = said
        workspace = session.workspace
        self.cache = MasteringCache(workspace.state, folder_id(str(workspace.root)))
        self._recorded: Mapping[ManifestId, Manifest] = recorded_manifests(workspace)
        self._ledger = session.ledger_state()

    def prepare(self, sheet: AlbumSheet) -> PreparedAlbum:
        """Return an album with its levels. Raises Undeliverable."""
        takes = self._takes(sheet)
        sources, measures = self._measured(sheet, takes)
        if sheet.loudness.limiter:
            self._on_work("limit", count(len(takes), "track"))
        masters = master(sources, measures, sheet.loudness, self.cache)
        places = _places(sheet, takes, masters)
        finder = SungTimesFinder(
            self._session.workspace,
            self._batch.engines,
            AudioFiles(self._session.workspace, self._session.blobs, self._recorded.values()),
            self._ledger.receipts,
            self.cache,
        )
        times = [finder.find(take) for take in takes]
        album = make_album(sheet, takes, masters, places, times, self._cover(sheet))
        return PreparedAlbum(sheet, album, masters, places)

    def make(self, prepared: PreparedAlbum) -> MadeAlbum:
        """Return an album with its encoded files, all of them in the cache."""
        encoder = Encoder(self.cache, self._on_work)
        sheet = prepared.sheet
        titles = [track.title for track in prepared.album.tracks]
        tracks = encoder.tracks(prepared.masters, sheet.formats, titles)
        whole = encoder.whole(prepared.masters, prepared.places, sheet.whole)
        return MadeAlbum(
            prepared.album, sheet.loudness, prepared.masters, prepared.places, tracks, whole
        )

    def _takes(self, sheet: AlbumSheet) -> list[AlbumTake]:
        renders = [render for spec in self._batch.specs for render in spec.renders]
        songs, _ = album_songs(sheet, renders)
        session, batch = self._session, self._batch
        earlier = earlier_takes(
            session.workspace.state, session.blobs, self._recorded.values(), self._ledger
        )
        chosen = chosen_takes(batch, self._recorded, list(earlier), session.blobs)
        found = TakeChooser(batch.renders, self._recorded, chosen, self._said).choose(songs)
        problems = [one for one in found if isinstance(one, DeliveryProblem)]
        if problems:
            raise Undeliverable(problems)
        return [one for one in found if isinstance(one, AlbumTake)]

    def _measured(
        self, sheet: AlbumSheet, takes: Sequence[AlbumTake]
    ) -> tuple[list[TrackSource], list[SoundMeasure]]:
        sources, measures, problems = [], [], []
        for take in takes:
            try:
                audio = song_audio(take.entry, self._session.blobs, self._session.workspace)
                source = TrackSource(audio, *_fades(sheet, take))
                told = partial(self._on_work, "measure", title_of(take))
                measures.append(measured(source, self.cache, told))
                sources.append(source)
            except (NoAudio, AudioProblem) as error:
                fix = f"songbatch render {shell_word(take.entry.id)}{self._said}"
                problems.append(DeliveryProblem(f"{take.entry.id}: {error}", fix))
        if problems:
            raise Undeliverable(problems)
        return sources, measures

    def _cover(self, sheet: AlbumSheet) -> AlbumCover | None:
        if sheet.cover is None:
            return None
        data = self._session.workspace.read_bytes(sheet.cover.file)
        size = measure_cover(data)
        return AlbumCover(data, kind_of_picture(data), size.width, size.height)


def _fades(sheet: AlbumSheet, take: AlbumTake) -> tuple[float, float]:
    item = take.song.item
    return (
        sheet.fade_in if item.fade_in is None else item.fade_in,
        sheet.fade_out if item.fade_out is None else item.fade_out,
    )


def _places(
    sheet: AlbumSheet, takes: Sequence[AlbumTake], masters: Sequence[TrackMaster]
) -> list[TrackPlace]:
    joins = []
    for take in takes:
        item = take.song.item
        overlap = round((item.crossfade or 0.0) * RATE)
        gap = 0 if overlap else round((sheet.gap if item.gap is None else item.gap) * RATE)
        joins.append((gap, overlap))
    try:
        return lay_out([one.measure.frames for one in masters], joins)
    except TooLongOverlap as error:
        title = title_of(takes[error.number - 1])
        text = (
            f"{title} lasts {error.frames / RATE:.1f} s, "
            f"and its cross-fades take {error.needed / RATE:.1f} s"
        )
        raise Undeliverable([DeliveryProblem(text, "make them shorter")]) from error
