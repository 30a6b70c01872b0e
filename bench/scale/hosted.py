"""A server that answers the hosted contract with as little work as possible.

    python -m bench.scale.hosted --seconds 0.5 --bytes 1000000

It prints its address, and answers until its input ends. Every song is a valid, silent MP3 of the
asked size, told from others by a number in its last frame, so that each is stored once.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sys

FRAME_BYTES = 626
"""Of an MPEG-1 layer 3 frame at 192 kbit/s and 44.1 kHz without padding."""
_HEADER = bytes.fromhex("fffbb064")
"""192 kbit/s, 44.1 kHz, no protection, no padding, joint stereo; then silence: all zeros."""
_UPLOADED = (
    b'{"voice_id":"vocal-%08d","instrumental_id":"instrumental-%08d",'
    b'"base_resp":{"status_code":0,"status_msg":"success"},"trace_id":"t"}'
)
_BEFORE = b'{"data":{"audio":"'
_AFTER = b'","status":2},"base_resp":{"status_code":0,"status_msg":"success"},"trace_id":"t"}'


class Hosted:
    """Answers generations after `seconds`, with songs of about `size` bytes."""

    def __init__(self, seconds: float, size: int) -> None:
        self._seconds = seconds
        frames = max(60, size // FRAME_BYTES)
        frame = _HEADER.ljust(FRAME_BYTES, b"\0")
        self._song = (frame * frames).hex().encode()
        self._numbers = itertools.count(1)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        number = next(self._numbers)
        if b"/upload" in head.partition(b"\r\n")[0]:
            parts = [_UPLOADED % (number, number)]
        else:
            await asyncio.sleep(self._seconds)
            mark = b"%016d" % number
            parts = [_BEFORE, self._song[: -len(mark)], mark, _AFTER]
        closing = b"connection: close" in head
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%b\r\n"
            % (sum(map(len, parts)), b"Connection: close\r\n" if closing else b"")
        )
        for part in parts:
            writer.write(part)
        await writer.drain()
        return not closing


async def _main(seconds: float, size: int) -> None:
    server = await asyncio.start_server(Hosted(seconds, size).serve, "127.0.0.1", 0, backlog=512)
    port = server.sockets[0].getsockname()[1]
    print(f"http://127.0.0.1:{port}", flush=True)
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--bytes", type=int, default=1_000_000)
    arguments = parser.parse_args()
    asyncio.run(_main(arguments.seconds, arguments.bytes))
