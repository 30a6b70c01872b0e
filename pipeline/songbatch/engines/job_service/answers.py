"""Answers of finished jobs, read along the paths of a row. Pure.

A path that leads nowhere is reported with what came instead, and with the line that corrects the
row: the next version of this program need not be waited for.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import msgspec

from songbatch.diagnostics import brief, printable
from songbatch.engines.base import EngineError, Verdict
from songbatch.engines.job_service.overrides import NAME, advice, override
from songbatch.engines.job_service.paths import MOST_PATHS, WHOLE, at, leaves
from songbatch.prices import Amount, Per

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from songbatch.engines.job_service.dialect import Finished
    from songbatch.engines.job_service.rows import Gives, Hand, ModelRow
    from songbatch.model import EngineIdentity, Value

_ADDRESS = re.compile(r"https?://[!-~]+", re.IGNORECASE)
_AUDIO = re.compile(r"\.(?:mp3|wav|flac|m4a|ogg|opus|aac)(?:[?#].*)?", re.IGNORECASE)
_WHERE_FILES_SAY = ("url", "audio_url", "href", "uri")
"""Names under which an object that describes a file has its address."""
_SECONDS = {"s": 1.0, "ms": 0.001}
_LONGEST_SONG = 24 * 3600.0
_SHOWN_NAMES = 12
_LONGEST_TEXT = 200
"""Characters of a name or line that is taken over."""
_MOST_LINES = 2000


class SongFacts(msgspec.Struct, frozen=True):
    """What an answer tells of a song. `address` is where its audio is fetched.

    `seconds` are those that the service says; `line_times` when its lines are sung. `remarks` name
    what the row promises and the answer has not.
    """

    address: str
    seed: int | None = None
    model: str | None = None
    seconds: float | None = None
    line_times: tuple[tuple[float, str], ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def filled_in(self) -> dict[str, Value]:
        """What was used for keys of the song."""
        return {} if self.seconds is None else {"duration": round(self.seconds, 3)}


def facts_of(finished: Finished, model: ModelRow, engine: EngineIdentity) -> SongFacts:
    """Return what an answer tells. Raises EngineError where it names no audio."""
    gives, output = model.gives, finished.output
    seed_path = gives.seed or (model.sends.seed.told if model.sends.seed else "")
    seed = _whole(at(output, seed_path)) if seed_path else None
    seconds = _seconds(at(output, gives.duration), gives.duration_unit) if gives.duration else None
    name = at(output, gives.model) if gives.model else None
    lines = tuple(_lines(at(output, gives.lines), gives)) if gives.lines else ()
    promised = {
        seed_path: seed is not None,
        gives.duration: seconds is not None,
        gives.model: name is not None,
        gives.lines: bool(lines),
    }
    return SongFacts(
        audio_address(output, model, engine),
        seed=seed,
        model=printable(name)[:_LONGEST_TEXT] if isinstance(name, str) and name else None,
        seconds=seconds,
        line_times=lines,
        remarks=tuple(f"no {path}" for path, is_there in promised.items() if path and not is_there),
    )


def audio_address(output: Any, model: ModelRow, engine: EngineIdentity) -> str:
    """Return where a song is fetched. Raises EngineError where the row's path leads to none.

    The song is made, and paid for where that costs. If its address stands elsewhere, the service
    has changed its answers: `stop` lets no other song be paid for that cannot be had, and the job
    is collected once the row is right. If there is none, the song is `lost`.
    """
    path = model.gives.audio
    found = _address_in(at(output, path))
    if found:
        return found
    right = _likely(output)
    line = override(engine, {"gives": {"audio": right or NAME}})
    fix = f"{advice(line)}, and render again: this job is collected then"
    if not right:
        fix = f"if its songs are elsewhere, {advice(line)}, with their path in place of {NAME}"
    raise EngineError(
        f"the answer of {engine.name} has no address of a song at {_named(path)}, where its row "
        f"looks; it has {_shown(output)}",
        Verdict.STOP if right else Verdict.LOST,
        fix=fix,
    )


def handle_of(finished: Finished, hand: Hand, engine: EngineIdentity) -> str:
    """Return the id that a job made of a reference. Raises EngineError where there is none."""
    found = at(finished.output, hand.gives)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found)
    if isinstance(found, str) and re.fullmatch(r"[!-~]{1,200}", found):
        return found
    ids = [
        path
        for path, value in _leaves(finished.output)
        if path.rpartition(".")[2].endswith("id") and isinstance(value, str | int)
    ]
    right = ids[0] if len(ids) == 1 else NAME
    line = override(engine, {hand.name: {"gives": right}}, "hands")
    more = f", with the path of the id in place of {NAME}" if right == NAME else ""
    raise EngineError(
        f"the answer about a reference has no id at {_named(hand.gives)}, where the hand "
        f"{hand.name} looks; it has {_shown(finished.output)}",
        Verdict.LOST if right == NAME else Verdict.STOP,
        fix=f"{advice(line)}{more}, and render again",
    )


def cost_of(finished: Finished, model: ModelRow, amount: Amount) -> float | None:
    """Return what a job cost by what its service tells of it, in US dollars; None if it does not.

    `amount` tells which price of the row it had.
    """
    if model.metered is not None:
        told = finished.metrics.get(model.metered.by)
        return None if told is None or not _is_amount(told) else _exact(told * model.metered.usd)
    if finished.units is None or not _is_amount(finished.units):
        return None
    rate = next((rate for rate in model.price if rate.fits(amount)), None)
    if rate is None or rate.per is Per.TOKEN:
        return None
    return _exact(finished.units * rate.usd)


def _exact(usd: float) -> float:
    # 400 times 0.000975 is a hair less than 0.39 in binary.
    return round(usd, 9)


def _is_amount(value: float) -> bool:
    return 0 <= value < math.inf


def _address_in(value: Any) -> str:
    """Return the address that a value is, or that an object or a list of them has; "" for none."""
    if isinstance(value, list):
        return next(filter(None, map(_address_in, value)), "")
    if isinstance(value, dict):
        return next(filter(None, (_address_in(value.get(name)) for name in _WHERE_FILES_SAY)), "")
    return value if isinstance(value, str) and _ADDRESS.fullmatch(value) else ""


def _likely(output: Any) -> str:
    """Return the path of the one address that may be the song's, "" if that is not clear."""
    places = [(path, str(value)) for path, value in _leaves(output) if _address_in(value)]
    audio = [path for path, value in places if _AUDIO.search(value) or "audio" in path.lower()]
    found = audio or [path for path, _ in places]
    return found[0] if len(found) == 1 else ""


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    for number, leaf in enumerate(leaves(value)):
        if number == MOST_PATHS:
            return
        yield leaf


def _named(path: str) -> str:
    return "its top" if path == WHOLE else f"`{path}`"


def _shown(output: Any) -> str:
    """Return the paths of an answer, without what is there: that may be private, and is long."""
    if not isinstance(output, dict | list):
        kinds = {"NoneType": "nothing", "str": "a text", "bool": "true or false"}
        return kinds.get(type(output).__name__, "a number")
    paths = [path for path, _ in _leaves(output)]
    more = len(paths) - _SHOWN_NAMES
    named = ", ".join(f"`{path}`" for path in paths[:_SHOWN_NAMES])
    return brief(printable(named + (f" and {more} more" if more > 0 else ""))) or "nothing"


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,19}", value):
        value = int(value)
    return value if isinstance(value, int) and 0 <= value < 2**64 else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < math.inf else None


def _seconds(value: Any, unit: str) -> float | None:
    number = _number(value)
    if number is None:
        return None
    seconds = number * _SECONDS[unit]
    return seconds if 0 < seconds <= _LONGEST_SONG else None


def _lines(value: Any, gives: Gives) -> Iterator[tuple[float, str]]:
    """Yield when each line is sung; of sections the lines in them."""
    found = 0
    for item in value if isinstance(value, list) else ():
        lines = item.get("lines", [item]) if isinstance(item, dict) else ()
        for line in lines if isinstance(lines, list) else ():
            if found < _MOST_LINES and (timed := _line(line, gives)):
                found += 1
                yield timed


def _line(line: Any, gives: Gives) -> tuple[float, str] | None:
    said: Mapping[str, Any] = line if isinstance(line, dict) else {}
    text, start = said.get("text"), _number(said.get("start"))
    if not isinstance(text, str) or not text.strip() or start is None:
        return None
    return start * _SECONDS[gives.line_unit], printable(" ".join(text.split()))[:_LONGEST_TEXT]
