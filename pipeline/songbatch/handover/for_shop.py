"""An album for a shop: what the shop asks for, whether it gets a video, and what is missing."""

from __future__ import annotations

from shutil import which
from typing import TYPE_CHECKING, Self

from songbatch.handover.planned_files import VIDEO, planned_files
from songbatch.handover.shops.finding import find_shop
from songbatch.handover.shops.requirements import Gap, missing, stops
from songbatch.handover.shops.table import gap_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.handover.delivering import PreparedAlbum
    from songbatch.handover.shops.shop import Shop
    from songbatch.workspace import Workspace


class AskedShop:
    """The shop that a delivery is for. A video is made if it takes one and ffmpeg is there."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        kinds = [kind for rule in shop.rules if rule.check == "audio.kind" for kind in rule.any]
        self.makes_video = VIDEO in kinds and which("ffmpeg") is not None
        self._gaps: Sequence[Gap] = ()

    @classmethod
    def find(cls, name: str, workspace: Workspace) -> Self:
        """Return the shop of a name. Raises UsageError and InvalidSpecs."""
        return cls(find_shop(name, workspace))

    def compare(self, prepared: PreparedAlbum) -> None:
        """Hold an album, and the files that it will have, against what the shop asks for."""
        files = planned_files(prepared, with_video=self.makes_video)
        self._gaps = missing(prepared.album, files, self._shop)

    @property
    def takes_it(self) -> bool:
        """Whether nothing is missing that it requires."""
        return not stops(self._gaps)

    def table(self) -> str:
        """Return what is missing, in lines."""
        return gap_table(self._gaps, self._shop)
