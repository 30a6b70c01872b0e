"""Buckets as shared stores, by obstore: S3 and what speaks its protocol, Google's, Azure's.

Credentials, region and endpoint are read by obstore from the environment. Notes and audio have
clients of their own: a note is small, so a server that hangs is given up soon; a song on a slow
line takes its time.
"""

from __future__ import annotations

import contextlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import (
    AlreadyExistsError,
    BaseError,
    InvalidPathError,
    PermissionDeniedError,
    UnauthenticatedError,
)
from obstore.store import AzureStore, GCSStore, S3Store

from songbatch.sharing.endpoints import endpoint_of
from songbatch.sharing.objects import MAX_NOTE_BYTES, Listed, Stored
from songbatch.sharing.trouble import StoreTrouble, Withheld, WriteForbidden

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from obstore import ObjectMeta
    from obstore.store import ObjectStore

    from songbatch.sharing.address import StoreAddress

CONNECT_SECONDS = 5
NOTE_SECONDS = 20
"""For a whole request, of which few are asked again."""
BLOB_SECONDS = 300
"""The same: 256 MiB at 7 Mbit/s."""
RETRIES = 2
_RETRY_FOR = timedelta(seconds=15)
_PIECE_BYTES = 2**20
_NAMES_PER_PIECE = 1000

_STATUS = re.compile(r"status(?: code)?:? (\d{3})")
_KIND = re.compile(r"\bkind: (Timeout|Connect|Interrupted|Request|Decode)\b")
"""What obstore says of a request that got no answer."""
_OF_CREDENTIALS = re.compile(r"169\.254\.|metadata\.google|credential", re.IGNORECASE)
"""Nothing in the environment: the places where machines of a cloud find theirs were asked."""


class BucketObjects:
    """Objects in a bucket, below a prefix."""

    def __init__(self, address: StoreAddress, environment: Mapping[str, str]) -> None:
        self._shown = address.text
        self._notes = _opened(address, environment, NOTE_SECONDS)
        self._blobs = _opened(address, environment, BLOB_SECONDS)

    def create(self, path: str, data: bytes) -> bool:
        """Write an object, whole and only if there is none; return whether this call did."""
        with self._told(is_change=True):
            try:
                obstore.put(self._for(len(data)), path, data, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False
        return True

    def replace(self, path: str, data: bytes) -> None:
        """Write an object, whole, whatever is there."""
        with self._told(is_change=True):
            obstore.put(self._for(len(data)), path, data, mode="overwrite", use_multipart=False)

    def read(self, path: str, limit: int) -> Stored | None:
        """Return an object, None if there is none. Raises Withheld if it is larger than `limit`."""
        with self._told(), contextlib.suppress(FileNotFoundError):
            answer = obstore.get(self._for(limit), path)
            pieces, size = [], 0
            # What the server says of the size need not be so.
            if answer.meta["size"] <= limit:
                for piece in answer.stream(min_chunk_size=_PIECE_BYTES):
                    size += len(piece)
                    if size > limit:
                        break
                    pieces.append(bytes(piece))
            if max(size, answer.meta["size"]) > limit:
                raise Withheld(f"{self._shown}/{path} has more than {limit:,} bytes")
            return Stored(b"".join(pieces), answer.meta["last_modified"].timestamp())
        return None

    def look(self, path: str) -> Listed | None:
        """Return what is known of an object without reading it, None if there is none."""
        with self._told(), contextlib.suppress(FileNotFoundError):
            return _listed(obstore.head(self._notes, path))
        return None

    def listed(self, prefix: str) -> Iterator[Listed]:
        """Yield the objects below a path, in any order."""
        with self._told():
            for piece in obstore.list(self._notes, prefix, chunk_size=_NAMES_PER_PIECE):
                yield from map(_listed, piece)

    def remove(self, path: str) -> None:
        """Remove an object, if there is any."""
        with self._told(is_change=True), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._notes, path)

    def _for(self, size: int) -> ObjectStore:
        return self._notes if size <= MAX_NOTE_BYTES else self._blobs

    @contextlib.contextmanager
    def _told(self, *, is_change: bool = False) -> Iterator[None]:
        """Raise obstore's errors as ours. Its messages may hold signed addresses: none is shown."""
        try:
            yield
        except FileNotFoundError as error:
            raise StoreTrouble(
                f"there is no bucket for {self._shown}, or not in this region",
                fix="make it, or correct the address",
            ) from error
        except PermissionDeniedError as error:
            if is_change:
                raise WriteForbidden(f"the credentials may not write to {self._shown}") from error
            raise StoreTrouble(
                f"the credentials may not read {self._shown}",
                fix="let them get and list what is there",
            ) from error
        except UnauthenticatedError as error:
            raise StoreTrouble(
                f"{self._shown} does not know the credentials", fix=_CREDENTIALS
            ) from error
        except InvalidPathError as error:
            raise StoreTrouble(
                f"{self._shown} has a name with .. or an empty folder in it", fix="remove it"
            ) from error
        except (BaseError, ValueError, OSError) as error:
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> StoreTrouble:
        text = str(error)
        if _OF_CREDENTIALS.search(text):
            return StoreTrouble(f"there are no credentials for {self._shown}", fix=_CREDENTIALS)
        status = _STATUS.search(text)
        if status is not None:
            is_passing = status[1][0] == "5" or status[1] in {"408", "429"}
            return StoreTrouble(
                f"{self._shown} answered with status {status[1]}", is_passing=is_passing
            )
        kind = _KIND.search(text)
        if kind is not None:
            is_slow = kind[1] == "Timeout"
            reason = "does not answer in time" if is_slow else "cannot be reached, or hangs up"
            return StoreTrouble(f"{self._shown} {reason}", is_passing=True)
        return StoreTrouble(f"{self._shown} cannot be used: {type(error).__name__}")


_CREDENTIALS = "set its variables (AWS_…, GOOGLE_… or AZURE_…)"


def _listed(meta: ObjectMeta) -> Listed:
    return Listed(meta["path"], meta["size"], meta["last_modified"].timestamp())


def _opened(address: StoreAddress, environment: Mapping[str, str], seconds: int) -> ObjectStore:
    endpoint = endpoint_of(address.scheme, environment)
    options: dict[str, Any] = {
        "prefix": address.prefix or None,
        "client_options": {
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=seconds),
            "allow_http": endpoint.is_plain,
        },
        "retry_config": {
            "max_retries": RETRIES,
            "retry_timeout": _RETRY_FOR,
            "backoff": {"max_backoff": timedelta(seconds=2)},
        },
    }
    if address.scheme == "gs":
        return GCSStore(address.bucket, **options)
    if address.scheme == "az":
        return AzureStore(address.bucket, **options)
    if endpoint.url:
        is_virtual = environment.get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "").lower()
        options["virtual_hosted_style_request"] = is_virtual in {"1", "true", "yes", "on"}
    # Whatever the environment says: claims rest on it.
    return S3Store(address.bucket, conditional_put="etag", **options)
