"""`.lrc` files beside songs: the lyrics with the time of every line, if a spec asks for them.

The engine's own times if it knows them, else estimates that are marked as such. The file is
derived: it is written if it is missing or the song or its tags have changed, and removed if
nobody asks for it any more.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from songbatch.lyrics import words_only
from songbatch.sources import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from songbatch.engines.entry import LineTimes
    from songbatch.model import Render
    from songbatch.records import Entry
    from songbatch.workspace import Workspace

OURS = "[re:songbatch]\n"
EXACT, ESTIMATED = "[by:the engine's own times]\n", "[by:estimated times]\n"
PAUSE_CHARACTERS = 12
"""What an empty line counts as when the time is shared out by characters."""
INTRO_SHARE = 0.12
"""How much of a song is accompaniment at each end, if ## asks for it."""
MAX_BYTES = 2**20
_TIMED = re.compile(r"^\[(\d{2,}):(\d\d\.\d\d)\](.*)$", re.MULTILINE)


def write_lrc(
    songs: Iterable[tuple[Render, Entry]],
    exact: Callable[[Render], LineTimes],
    workspace: Workspace,
) -> None:
    """Write the files of these songs that are missing or no longer right.

    `exact` returns no lines if it has no times. What nobody sings has no file.
    """
    for render, entry in songs:
        if not (has_lrc(render) and entry.done):
            continue
        path = lrc_path(render.output)
        existing = _read(path, workspace)
        head, name = _head(render, entry), _key_line(render)
        if existing.startswith(head):
            continue
        body = existing.partition(name)[2] if name in existing else _body(render, entry, exact)
        workspace.write(path, (head + body).encode("utf-8", "replace"))


def read_times(output: str, workspace: Workspace) -> list[tuple[float, str]]:
    """Return when the lines of an output begin, in seconds, and their words, if there is a file."""
    return _times(_read(lrc_path(output), workspace))


def _times(text: str) -> list[tuple[float, str]]:
    timed = _TIMED.findall(text)
    return [(60 * int(minutes) + float(seconds), words) for minutes, seconds, words in timed]


def read_timed(
    output: str, key: str, workspace: Workspace
) -> tuple[str, list[tuple[float, str]]] | None:
    """Return whose times those of an output's file are, EXACT or ESTIMATED, and the times.

    None if there is no such file of ours, or not for the render with this key.
    """
    head, line, body = _read(lrc_path(output), workspace).partition(f"[songbatch-key:{key}]\n")
    if not line or not head.startswith(OURS):
        return None
    source = next((each for each in (EXACT, ESTIMATED) if body.startswith(each)), ESTIMATED)
    return source, _times(body)


def remove_lrc(folder: str, wanted: Iterable[str], workspace: Workspace) -> None:
    """Remove the files in a folder of outputs that are ours and not `wanted` any more."""
    actual = {workspace.found(path) for path in wanted}
    for path in workspace.files(folder, ".lrc"):
        if path not in actual and _read(path, workspace).startswith(OURS):
            workspace.remove(path)


def has_lrc(render: Render) -> bool:
    """Return whether a file shall lie beside a render's output: there are words, and a singer.

    Where an instrumental alone is referenced, nobody sings; without any reference, somebody does.
    """
    inputs = render.inputs
    has_singer = inputs.voice is not None or inputs.instrumental is None
    return render.unresolved.lrc and has_singer and bool(words_only(inputs.lyrics or ""))


def lrc_path(output: str) -> str:
    """Return where the file of an output lies."""
    return f"{posixpath.splitext(output)[0]}.lrc"


def estimated(lyrics: str, begin: float, end: float) -> LineTimes:
    """Return times that share out the singing, from `begin` to `end` s, by characters."""
    if lyrics.strip().startswith("##"):
        intro = INTRO_SHARE * (end - begin)
        begin, end = begin + intro, end - intro
    lines = words_only(lyrics).split("\n")
    lengths = [len(line.strip()) or PAUSE_CHARACTERS for line in lines]
    each = (end - begin) / sum(lengths)
    starts = (begin + each * sum(lengths[:number]) for number in range(len(lines)))
    return [(start, line) for start, line in zip(starts, lines, strict=True) if line.strip()]


def _read(path: str, workspace: Workspace) -> str:
    try:
        return workspace.read_bytes(path, MAX_BYTES).decode("utf-8", "replace")
    except Unreadable:
        return ""


def _head(render: Render, entry: Entry) -> str:
    tags = render.unresolved.tags
    seconds = round(entry.seconds or 0)
    named = {
        "ti": tags.get("title"),
        "ar": tags.get("artist"),
        "al": tags.get("album"),
        "length": f"{seconds // 60}:{seconds % 60:02}",
    }
    lines = (f"[{name}:{_plain(text)}]\n" for name, text in named.items() if text)
    return OURS + "".join(lines) + _key_line(render)


def _key_line(render: Render) -> str:
    return f"[songbatch-key:{render.key}]\n"


def _body(render: Render, entry: Entry, exact: Callable[[Render], LineTimes]) -> str:
    lines, source = exact(render), EXACT
    if not lines:
        measures, seconds = entry.measures, entry.seconds or 0.0
        begin = measures.leading_silence if measures else 0.0
        end = seconds - (measures.trailing_silence if measures else 0.0)
        lines, source = estimated(render.inputs.lyrics or "", begin, max(begin, end)), ESTIMATED
    return source + "".join(_timed(lines))


def _timed(lines: LineTimes) -> Iterator[str]:
    for start, text in lines:
        minutes, hundredths = divmod(round(100 * start), 6000)
        yield f"[{minutes:02}:{hundredths // 100:02}.{hundredths % 100:02}]{_plain(text)}\n"


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text).strip()
