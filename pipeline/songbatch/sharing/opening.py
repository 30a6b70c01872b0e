"""Opening the place of a shared store: a folder, or a bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diagnostics import UsageError
from songbatch.sharing.endpoints import endpoint_of
from songbatch.sharing.folders import FolderObjects

if TYPE_CHECKING:
    from collections.abc import Mapping

    from songbatch.sharing.address import StoreAddress
    from songbatch.sharing.objects import Objects


def open_objects(address: StoreAddress, environment: Mapping[str, str]) -> Objects:
    """Return the objects at an address. Asks nobody.

    Raises UsageError if the package for buckets is not installed, or if the environment names an
    endpoint that must not be used.
    """
    if address.folder is not None:
        return FolderObjects(address.folder)
    endpoint_of(address.scheme, environment)
    try:
        from songbatch.sharing.buckets import BucketObjects  # noqa: PLC0415  (only for buckets)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "obstore":
            raise
        raise UsageError(
            f"{address.text} needs the package obstore, which is not installed",
            fix="pip install 'songbatch[store]'",
        ) from error
    return BucketObjects(address, environment)
