"""Answers that have a whole song and are odd all the same, as bytes on the line.

A body is made from the right answer; a frame makes an HTTP answer from a body.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Right = dict[str, Any]
Body = Callable[[Right], bytes]
Pieces = Iterator[bytes | None]

SUCCESS = {"status_code": 0, "status_msg": "success"}


def plain(right: Right) -> bytes:
    return json.dumps(right).encode()


def _digits(right: Right) -> str:
    return str(right["data"]["audio"])


def _song(right: Right, **data: Any) -> Right:
    return {**right, "data": {**right["data"], **data}}


def _written(document: str) -> Body:
    """A document as it is written, with the digits for `@`."""
    return lambda right: document.replace("@", _digits(right)).encode()


def _around(before: bytes, after: bytes = b"") -> Body:
    return lambda right: before + plain(right) + after


def _also(**fields: Any) -> Body:
    return lambda right: plain({**right, **fields})


def _first(**fields: Any) -> Body:
    return lambda right: plain({**fields, **right})


def _raw_field(raw: bytes, *, first: bool = True) -> Body:
    """The right answer with one more field, as it is written."""

    def body(right: Right) -> bytes:
        rest = plain(right)[1:-1]
        return b"{" + (raw + b", " + rest if first else rest + b", " + raw) + b"}"

    return body


def _without(name: str) -> Body:
    return lambda right: plain({key: value for key, value in right.items() if key != name})


def _spaced(digits: Callable[[str], str]) -> Body:
    def body(right: Right) -> bytes:
        document = plain(_song(right, audio="@")).decode()
        return document.replace("@", digits(_digits(right))).encode()

    return body


def _lines(digits: str) -> str:
    return "\\n".join(digits[at : at + 76] for at in range(0, len(digits), 76))


def _cut(count: int) -> Body:
    return lambda right: plain({**right, **_audio_first(right)})[:-count]


def _audio_first(right: Right) -> Right:
    return {"data": {"audio": _digits(right), "status": 2}}


def _behind_the_audio(right: Right) -> bytes:
    document = plain({"trace_id": "t", **_audio_first(right)})
    return document[: document.index(b'", "status"') + 1]


ODD_BODIES: Mapping[str, Body] = {
    "plain": plain,
    "fields in another order": lambda right: plain(dict(reversed(right.items()))),
    "no space at all": lambda right: json.dumps(right, separators=(",", ":")).encode(),
    "indented": lambda right: json.dumps(right, indent=4).encode(),
    "byte order mark": _around(b"\xef\xbb\xbf"),
    "two byte order marks": _around(b"\xef\xbb\xbf\xef\xbb\xbf"),
    "line ends before": _around(b"\r\n\r\n  "),
    "UTF-16": lambda right: json.dumps(right).encode("utf-16"),
    "UTF-16 without a mark": lambda right: json.dumps(right).encode("utf-16-be"),
    "UTF-32": lambda right: json.dumps(right).encode("utf-32"),
    "prefix against scripts": _around(b")]}',\n"),
    "rubbish behind": _around(b"", b"\x00\x00<!-- served by 3 -->}}]"),
    "a second document behind": _around(b"", b'{"status": "ok"}'),
    "last bracket missing": _cut(1),
    "last brackets missing": _cut(2),
    "end missing within a text": _cut(6),
    "nothing behind the audio": _behind_the_audio,
    "NaN": _raw_field(b'"score": NaN, "gain": [-Infinity, Infinity]'),
    "key twice": _raw_field(b'"trace_id": "other", "trace_id": "third"'),
    "base_resp twice": _raw_field(b'"base_resp": {"status_code": 0}'),
    "too deep": _raw_field(b'"x": ' + b"[" * 50_000 + b"]" * 50_000),
    "too deep behind": _raw_field(b'"x": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000, first=False),
    "a picture before": _raw_field(b'"cover": "' + b"QUJD" * 600_000 + b'"'),
    "a picture behind": _raw_field(b'"cover": "' + b"QUJD" * 600_000 + b'"', first=False),
    "many fields before": _raw_field(
        b", ".join(b'"key-%06d": "%040d"' % (n, n) for n in range(40_000))
    ),
    "invalid UTF-8": _raw_field(b'"note": "\xff\xfe caf\xe9 \xc3"'),
    "invalid UTF-8 behind": _raw_field(b'"note": "\xff\xfe caf\xe9 \xc3"', first=False),
    "lone surrogate": _raw_field(rb'"note": "\ud800"'),
    "lone surrogate as trace": lambda right: plain({**right, "trace_id": "\ud800x"}),
    "control characters": _raw_field(b'"note": "a\nb\x00c\x1b"'),
    "bad escape": _raw_field(rb'"note": "\q C:\x"'),
    "quotation marks within a text": _raw_field(b'"note": "he said "hi" to "'),
    "huge number": _raw_field(b'"n": ' + b"9" * 10_000),
    "comma too many": lambda right: plain(right)[:-1] + b",}",
    "comment": _raw_field(b'/* made here */ "x": 1'),
    "audio at the top": lambda right: plain({
        "audio": _digits(right), "trace_id": "t", "base_resp": SUCCESS,
    }),
    "data is a list": lambda right: plain({**right, "data": [right["data"]]}),
    "audio elsewhere": lambda right: plain({
        "result": {"song": right["data"]}, "base_resp": SUCCESS,
    }),
    "another song elsewhere before": lambda right: plain({
        "preview": {"audio": "00ff" * 5000}, **right,
    }),
    "another song behind": lambda right: plain({**right, "x": {"audio": "00ff" * 5000}}),
    "short audio before": _first(input={"audio": "voice-1"}, audio="none"),
    "URL before": _first(urls={"audio": "https://cdn.test/a.mp3?" + "x" * 5000}),
    "URL behind": _also(urls={"audio": "https://cdn.test/a.mp3"}, audio="mp3"),
    "null before": _first(audio=None),
    "digits before": _first(audio="00ff"),
    "audio twice": _raw_field(b'"data": {"audio": null}'),
    "audio twice, null behind": _raw_field(b'"data": null', first=False),
    "words that look like the audio": _first(note='a "audio": "00" b', audio="x"),
    "a bare key": _raw_field(b'"audio", "x": 1'),
    "capitals": _spaced(str.upper),
    "space around the digits": _spaced(lambda digits: f" \t{digits} \n"),
    "space within the digits": _spaced(lambda digits: digits[:1001] + " " + digits[1001:]),
    "digits in lines": _spaced(_lines),
    "digits in raw lines": _spaced(lambda digits: _lines(digits).replace("\\n", "\r\n")),
    "space as an escape": _spaced(lambda digits: digits[:2001] + "\\u0020\\t" + digits[2001:]),
    "a byte order mark before the digits": _spaced(lambda digits: "\ufeff" + digits),
    "escapes that show nothing": _spaced(lambda digits: rf"\ufeff{digits}\u00a0\u200b"),
    "no-break spaces": _spaced(lambda digits: "\u00a0".join([digits[:3001], digits[3001:], ""])),
    "0x": _spaced(lambda digits: "0x" + digits),
    "0X behind space": _spaced(lambda digits: " 0X" + digits),
    "audio with a capital": lambda right: plain(right).replace(b'"audio"', b'"Audio"'),
    "AUDIO": lambda right: plain(right).replace(b'"audio"', b'"AUDIO"'),
    "no base_resp": _without("base_resp"),
    "base_resp null": _also(base_resp=None),
    "base_resp is a text": _also(base_resp="ok"),
    "base_resp is a list": _also(base_resp=[SUCCESS]),
    "base_resp empty": _also(base_resp={}),
    "code as text": _also(base_resp={"status_code": "0"}),
    "code with a point": _also(base_resp={"status_code": 0.0}),
    "code null": _also(base_resp={"status_code": None}),
    "code a word": _also(base_resp={"status_code": "OK"}),
    "in progress": lambda right: plain(_song(right, status=1)),
    "odd status": lambda right: plain(_song(right, status=7)),
    "status is a text": lambda right: plain(_song(right, status="2")),
    "status is a word": lambda right: plain(_song(right, status="done")),
    "no status": lambda right: plain({**right, "data": {"audio": _digits(right)}}),
    "written without a library": _written('{"data":{"audio" :\n"@"  },"base_resp":{}}'),
}  # fmt: skip

SAYS_FAILED: Mapping[str, Body] = {
    "code": _also(base_resp={"status_code": 1026, "status_msg": "refused"}),
    "code as text": _also(base_resp={"status_code": "1008"}),
    "code with a point": _also(base_resp={"status_code": 2013.0}),
    "code in a list": _also(base_resp=[{"status_code": 1000}]),
    "code within data": lambda right: plain(_song(right, base_resp={"status_code": 1002})),
    "code twice": _raw_field(b'"base_resp": {"status_code": 1001}'),
    "code twice, the other way": _raw_field(b'"base_resp": {"status_code": 1001}', first=False),
    "code twice in one": _raw_field(
        b'"base_resp": {"status_code": 1001, "status_code": 0}', first=False
    ),
    "code, then a cut": lambda right: plain({
        "base_resp": {"status_code": 2042}, **_audio_first(right),
    })[:-2],
    "code behind rubbish": _raw_field(
        b'"x": NaN, "base_resp": {"status_code": 1000}', first=False
    ),
    "code behind a picture": lambda right: plain({
        **_audio_first(right), "cover": "QUJD" * 600_000, "base_resp": {"status_code": 1000},
    }),
    "code behind too much depth": lambda right: (
        b'{"x": ' + b"[" * 9000 + b"]" * 9000 + b', "base_resp": {"status_code": 1000}, '
        + plain(_audio_first(right))[1:]
    ),
    "statusCode": _also(statusCode=500),
    "error": _also(error={"message": "no"}),
    "status in words": lambda right: plain(_song(right, status="failed")),
    "success": _also(success=False),
}  # fmt: skip


def packed(body: bytes) -> bytes:
    return gzip.compress(body, 1)


def _member(body: bytes) -> bytes:
    return packed(body[: len(body) // 2]) + packed(body[len(body) // 2 :])


PACKINGS: Mapping[str, tuple[Callable[[bytes], bytes], str]] = {
    "plain": (bytes, ""),
    "gzip": (packed, "gzip"),
    "gzip of two members": (_member, "gzip"),
    "gzip without its trailer": (lambda body: packed(body)[:-8], "gzip"),
    "gzip with half a trailer": (lambda body: packed(body)[:-3], "gzip"),
    "gzip with a wrong checksum": (lambda body: packed(body)[:-8] + bytes(8), "gzip"),
    "gzip and rubbish": (lambda body: packed(body) + b"\r\nrubbish", "gzip"),
    "gzip and zeros": (lambda body: packed(body) + bytes(1000), "gzip"),
    "gzip not announced": (packed, ""),
    "gzip announced oddly": (packed, "X-GZIP"),
    "gzip announced as another": (packed, "br"),
    "zlib": (zlib.compress, "deflate"),
    "zlib not announced": (zlib.compress, ""),
    "zlib announced as gzip": (zlib.compress, "gzip"),
    "bare deflate": (lambda body: zlib.compress(body, wbits=-zlib.MAX_WBITS), "deflate"),
    "gzip announced as deflate": (packed, "deflate"),
    "gzip twice": (lambda body: packed(packed(body)), "gzip, gzip"),
    "gzip twice, announced once": (lambda body: packed(packed(body)), "gzip"),
    "gzip of zlib": (lambda body: packed(zlib.compress(body)), "deflate, gzip"),
    "announced and not packed": (bytes, "gzip"),
    "identity": (bytes, "identity"),
    "another announced, not packed": (bytes, "br"),
}


def head(encoding: str = "", *lines: str, status: str = "200 OK") -> bytes:
    named = [f"Content-Encoding: {encoding}"] if encoding else []
    whole = [f"HTTP/1.1 {status}", "Content-Type: application/json", *named, *lines]
    return "\r\n".join([*whole, "", ""]).encode()


def _length(body: bytes, encoding: str) -> Pieces:
    yield head(encoding, f"Content-Length: {len(body)}") + body


def _kept_open(body: bytes, encoding: str) -> Pieces:
    yield head(encoding, f"Content-Length: {len(body)}")
    yield body
    yield None


def _to_the_end(body: bytes, encoding: str) -> Pieces:
    yield head(encoding, "Connection: close")
    yield body


def _chunks(body: bytes, size: int = 100_000) -> Iterator[bytes]:
    for at in range(0, len(body), size):
        piece = body[at : at + size]
        yield b"%x;ext=1\r\n%s\r\n" % (len(piece), piece)


def _chunked(body: bytes, encoding: str) -> Pieces:
    yield head(encoding, "Transfer-Encoding: chunked")
    yield from _chunks(body)
    yield b"0\r\nX-Trailer: 1\r\n\r\n"


def _no_last_chunk(body: bytes, encoding: str) -> Pieces:
    yield head(encoding, "Transfer-Encoding: chunked")
    yield from _chunks(body)


def _too_large(body: bytes, encoding: str) -> Pieces:
    yield head(encoding, f"Content-Length: {len(body) + 10}") + body


def _named(value: str) -> Callable[[bytes, str], Pieces]:
    def frame(body: bytes, encoding: str) -> Pieces:
        yield head(encoding, *(line for line in value.format(len(body)).split("\n") if line))
        yield body

    return frame


def _with_status(status: int) -> Callable[[bytes, str], Pieces]:
    def frame(body: bytes, encoding: str) -> Pieces:
        yield head(encoding, f"Content-Length: {len(body)}", status=f"{status} X") + body

    return frame


def _first_line(line: bytes) -> Callable[[bytes, str], Pieces]:
    def frame(body: bytes, encoding: str) -> Pieces:
        yield line + head(encoding, f"Content-Length: {len(body)}").removeprefix(b"HTTP/1.1 200 OK")
        yield body

    return frame


def _in_chunks(form: bytes) -> Callable[[bytes, str], Pieces]:
    """Small chunks, whose sizes read as digits of the audio when the reader is out of step."""

    def frame(body: bytes, encoding: str) -> Pieces:
        yield head(encoding, "Transfer-Encoding: chunked")
        for at in range(0, len(body), 1000):
            piece = body[at : at + 1000]
            yield form % (len(piece), piece)
        yield b"0\n\n"

    return frame


FRAMES: Mapping[str, Callable[[bytes, str], Pieces]] = {
    "length": _length,
    "to the end": _to_the_end,
    "chunked": _chunked,
}
"""How an answer is framed rightly."""

ODD_FRAMES: Mapping[str, Callable[[bytes, str], Pieces]] = {
    "length, kept open": _kept_open,
    "no last chunk": _no_last_chunk,
    "length too large": _too_large,
    "length too small": _named("Content-Length: 100"),
    "length zero": _named("Content-Length: 0"),
    "length of a few bytes less": lambda body, encoding: iter(
        [head(encoding, f"Content-Length: {len(body) - 3}") + body]
    ),
    "length no number": _named("Content-Length: many"),
    "length negative": _named("Content-Length: -5"),
    "length empty": _named("Content-Length:"),
    "length in hexadecimal": _named("Content-Length: 0x100"),
    "two lengths": _named("Content-Length: 7\nContent-Length: {}"),
    "two lengths in one": _named("Content-Length: {0}, {0}"),
    "lengths that differ in one": _named("Content-Length: {}, 9"),
    "chunked and a length": lambda body, encoding: iter([
        head(encoding, "Content-Length: 3", "Transfer-Encoding: chunked"),
        *_chunks(body), b"0\r\n\r\n",
    ]),
    "chunks not announced": lambda body, encoding: iter([
        head(encoding), b"".join(_chunks(body, 1 << 30)), b"0\r\n\r\n",
    ]),
    "announced as chunked and is not": _named("Transfer-Encoding: chunked"),
    "in small pieces": lambda body, encoding: iter([
        head(encoding, f"Content-Length: {len(body)}"),
        *(body[at : at + 1500] for at in range(0, len(body), 1500)),
    ]),
    "interim answers": lambda body, encoding: iter([
        b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 102 Processing\r\n\r\n" * 30,
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\nContent-Length: 5\r\n\r\n",
        head(encoding, f"Content-Length: {len(body)}"), body,
    ]),
    "no content type": lambda body, encoding: iter([
        b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body
    ]),
    "odd content type": lambda body, encoding: iter([
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset\r\nContent-Length: %d\r\n\r\n"
        % len(body), body
    ]),
    "no reason": lambda body, encoding: iter([
        b"HTTP/1.1 200\r\nContent-Length: %d\r\n\r\n" % len(body), body
    ]),
    "HTTP/1.0": lambda body, encoding: iter([b"HTTP/1.0 200 OK\r\n\r\n", body]),
    "bad header line": _named("Content-Length: {}\nthis is no header"),
    "bad header line before": _named("this is no header\n: x\nX Y: z\nContent-Length: {}"),
    "300 fields": _named("".join(f"X-{n}: y\n" for n in range(300)) + "Content-Length: {}"),
    "a field of 200 kB": _named("X-A: " + "y" * 200_000 + "\nContent-Length: {}"),
    "fields on several lines": _named("X-A: b\n c\n\td\nContent-Length: {}"),
    "HTTP/2": _first_line(b"HTTP/2 200"),
    "HTTP/3.0": _first_line(b"HTTP/3.0 200 OK"),
    "protocol in small letters": _first_line(b"http/1.1 200 ok"),
    "empty lines before": _first_line(b"\r\n\r\nHTTP/1.1 200 OK"),
    "a reason of 200 kB": _first_line(b"HTTP/1.1 200 " + b"x" * 200_000),
    "chunk lines end with LF": _in_chunks(b"%x\n%b\n"),
    "chunk sizes behind space": _in_chunks(b"  %x \r\n%b\r\n"),
    "chunk sizes with zeros": _in_chunks(b"0000%X\r\n%b\r\n"),
    "LF chunks not announced": lambda body, encoding: iter([
        head(encoding), b"%x\n%b\n0\n\n" % (len(body), body),
    ]),
    **{f"status {status}": _with_status(status) for status in (201, 202, 203, 204, 205, 206, 226)},
}  # fmt: skip
"""How it is framed wrongly; some of them announce no packing."""


def damaged(body: bytes) -> bytes:
    """A gzip stream whose end is damaged, and the rest of which can be read."""
    squeezer = zlib.compressobj(1, wbits=zlib.MAX_WBITS | 16)
    return squeezer.compress(body) + squeezer.flush(zlib.Z_SYNC_FLUSH) + b"\xff" * 20
