"""The tables of docs/reliability.md are the tables of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from songbatch.engines.base import Verdict
from songbatch.engines.music01 import verdicts

PAGE = (Path(__file__).parents[3] / "docs/reliability.md").read_text("utf-8")
ALL = range(100, 1000)
GONE = "model music-01 not found"


def rows(title: str) -> list[tuple[str, str]]:
    """Return the cells of each row of the table with this title."""
    lines = PAGE[PAGE.index(f"| {title} |") :].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [(first, meaning) for first, meaning in cells]


def numbers(text: str) -> set[int]:
    """Return the numbers that a row is about: `101`, `300 to 399`, `every other 4xx`."""
    spans = re.findall(r"(\d+) to (\d+)", text)
    found = {n for first, last in spans for n in range(int(first), int(last) + 1)}
    found |= {n for first in re.findall(r"from (\d+) on", text) for n in range(int(first), 1000)}
    found |= {n for digit in re.findall(r"(\d)xx", text) for n in ALL if n // 100 == int(digit)}
    return found | {int(n) for n in re.findall(r"\d+", re.sub(r"\dxx|from \d+ on", "", text))}


def verdict(meaning: str) -> str:
    return re.split(r"[:;,]", meaning)[0]


STATUSES = rows("HTTP status")
CODES = [(n, said) for text, said in rows("`base_resp.status_code`") for n in numbers(text)]


def said_of(status: int, words: str, *, is_service: bool) -> str:
    """Return what the page says of an answer."""
    for text, meaning in sorted(STATUSES, key=lambda row: "every other" in row[0]):
        holds = {
            "says that the model is gone": words == GONE,
            "not the service that answers": not is_service,
            "if it is the service that answers": is_service,
            "if it is a gateway that answers": not is_service,
        }
        conditions = [holds[condition] for condition in holds if condition in text]
        if status in numbers(text) and all(conditions):
            return verdict(meaning)
    pytest.fail(f"{status} is not on the page")


def done_with(status: int, words: str, *, is_service: bool) -> str:
    """Return what the code does with it."""
    if status // 100 == 2 or (status // 100 == 1 and status != 101):
        return verdict(next(meaning for text, meaning in STATUSES if status in numbers(text)))
    if verdicts.stop_of_status(status, words, is_json=is_service):
        return str(Verdict.STOP)
    return str(verdicts.verdict_of_status(status, is_from_service=is_service))


@pytest.mark.parametrize("words", ["", GONE])
@pytest.mark.parametrize("is_service", [True, False])
def test_every_http_status(words: str, is_service: bool) -> None:
    for status in ALL:
        said = said_of(status, words, is_service=is_service)
        assert done_with(status, words, is_service=is_service) == said, status


@pytest.mark.parametrize(("code", "meaning"), CODES)
def test_codes_in_band(code: int, meaning: str) -> None:
    assert verdicts.VERDICT_OF_CODE[code] == verdict(meaning)


def test_no_code_is_left_out() -> None:
    assert {code for code, _ in CODES} == verdicts.VERDICT_OF_CODE.keys()
    assert {code for code, said in CODES if said == "stop"} == verdicts.STOP_OF_CODE.keys()
