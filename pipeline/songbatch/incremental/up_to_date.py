"""Commands that had nothing to do: what each of them printed, and the files it depends on.

Nothing that is slow to import is used here: a run with nothing to do needs it, too.
"""

from __future__ import annotations

from songbatch.incremental.file_digests import joined, split

TYPE_CHECKING = False  # importing typing for it would take as long as all the rest
if TYPE_CHECKING:
    from collections.abc import Sequence

    Command = tuple[int, bytes, list[str]]
    """Exit code and texts (`printed`) of a command that prints only, and its invocation."""

MOST_COMMANDS = 8
"""Commands that are remembered: a byte has so many bits."""


class UpToDateCommands:
    """The remembered commands, the last one first.

    Raises ValueError for bytes that make no sense.
    """

    __slots__ = ("_depends_on", "commands")

    def __init__(self, words: bytes, texts: bytes, depends_on: bytes) -> None:
        self.commands = _commands(split(words), texts)
        self._depends_on = depends_on

    def depends_on(self, number: int) -> bytes:
        """Return a byte for every file: whether the command of this number depends on it."""
        return self._depends_on.translate(bytes(byte >> number & 1 for byte in range(256)))


def packed(commands: Sequence[Command]) -> tuple[bytes, bytes]:
    """Return commands as bytes: what they are, and their texts."""
    words = [
        word
        for code, texts, invocation in commands
        for word in (str(len(invocation)), str(code), str(len(texts)), *invocation)
    ]
    return joined(words), b"".join([texts for _, texts, _ in commands])


def naturals(words: Sequence[bytes | str]) -> list[int]:
    """Return words as numbers that are not negative. Raises ValueError for anything else."""
    numbers = [int(word) for word in words]
    if any(number < 0 for number in numbers):
        raise ValueError(words)
    return numbers


def _commands(words: list[str], texts: bytes) -> list[Command]:
    commands: list[Command] = []
    start = used = 0
    while start < len(words):
        many, code, size = naturals(words[start : start + 3])
        end = start + 3 + many
        commands.append((code, texts[used : used + size], words[start + 3 : end]))
        start, used = end, used + size
    if start != len(words) or used != len(texts) or len(commands) > MOST_COMMANDS:
        raise ValueError(words)
    return commands
