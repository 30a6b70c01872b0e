"""The tables of docs/reliability.md are the tables of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.engines.base import Verdict
from pipeline.engines.music01 import table

PAGE = (Path(__file__).parents[2] / "docs/reliability.md").read_text("utf-8")


def rows(title: str) -> list[tuple[list[int], str]]:
    """Return the numbers of each row of the table with this title, and the meaning it gives."""
    lines = PAGE[PAGE.index(f"| {title} |") :].split("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [([int(n) for n in re.findall(r"\d+", first)], meaning) for first, meaning in cells]


def verdict(meaning: str) -> Verdict:
    return Verdict(re.split(r"[:;,]", meaning)[0])


STATUSES = [(n, said) for numbers, said in rows("HTTP status") for n in numbers]
CODES = [(n, said) for numbers, said in rows("`base_resp.status_code`") for n in numbers]


@pytest.mark.parametrize(("status", "meaning"), STATUSES)
def test_http_statuses(status: int, meaning: str) -> None:
    if verdict(meaning) is not Verdict.STOP:
        assert table.stop_of_status(status, "no reason", is_json=True) is None
        assert table.verdict_of_status(status) is verdict(meaning)
    elif "address" in meaning:
        assert table.stop_of_status(status, "", is_json=False) is not None
    else:
        assert table.stop_of_status(status, "model music-01 not found", is_json=True) is not None


@pytest.mark.parametrize(("code", "meaning"), CODES)
def test_codes_in_band(code: int, meaning: str) -> None:
    assert table.IN_BAND[code] is verdict(meaning)


def test_no_code_is_left_out() -> None:
    assert {code for code, _ in CODES} == table.IN_BAND.keys()
    assert {code for code, said in CODES if said == "stop"} == table.STOPS_IN_BAND.keys()
    assert table.STOPS.keys() <= {status for status, _ in STATUSES}
