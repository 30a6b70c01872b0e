"""What is told of final lyrics."""

from __future__ import annotations

import pytest

from songbatch.lyrics.rules import remarks
from songbatch.traits import HOSTED_CONTRACT


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        ("ខ្ញុំ\u200bស្រលាញ់", False),
        ("สวัสดี\u200bชาวโลก", False),
        ("שלום\u200f hi", False),
        ("zero\u200bwidth", True),
        ("la\u200f la", True),
    ],
)
def test_what_a_script_needs_is_no_pasted_rest(text: str, is_told: bool) -> None:
    found = [remark.code for remark in remarks(text, text, HOSTED_CONTRACT)]
    assert ("lyrics.invisible" in found) == is_told
