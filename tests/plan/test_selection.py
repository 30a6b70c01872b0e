"""Which renders a pattern selects: globs on ids, and what people type instead."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from songbatch.diagnostics import UsageError
from songbatch.plan.selection import Selection, matching


class Named(msgspec.Struct, frozen=True):
    """A render, by its names."""

    id: str
    output: str = ""
    values: dict[str, str] = {}


ID = "friends/birthday/happy-ann/2"
HAPPY = Named(
    ID, "outputs/friends/acestep@turbo/For Änn-2.mp3", {"mood": "happy", "to": "Ann", "age": "7"}
)
OTHER = Named("ep/night/1", "outputs/ep/sketch/night.wav")


@pytest.mark.parametrize(
    "pattern",
    [
        "friends/birthday/happy-ann/2",
        "friends",
        "friends/birthday",
        "friends/birthday/happy-ann",
        "birthday",
        "birthday/happy-ann",
        "birthday/happy-*",
        "*/happy-*",
        "*/2",
        "birth[abd]ay",
        "happy-ann",
        "happy-ann/2",
        "birthday/2",
        "Friends/happy-ann",
        "happy-*",
        "2",
        "Friends",
        "BIRTHDAY/Happy-Ann",
        "Happy Ann",
        "Háppy Ann/2",
        "friends/",
        "./friends/birthday",
        "friends.yaml",
        "specs/friends.yaml",
        "./specs/friends.yml",
        "specs/friends.yaml/birthday",
        "outputs/friends/acestep@turbo/For Änn-2.mp3",
        "outputs/friends/acestep@turbo/For A\u0308nn-2.mp3",
        "outputs/friends/acestep@turbo",
        "outputs/friends",
        "friends/acestep@turbo/For Änn-2.mp3",
        "For Änn-2.mp3",
        "For Änn-2",
        "Ann",
        "happy",
        "Happy/Änn",
        "friends/ann/2",
        "outputs/friends/*.mp3",
    ],
)
def test_matches(pattern: str) -> None:
    renders = [HAPPY, OTHER]
    assert matching(pattern, renders) == {ID}
    assert Selection([pattern]).among(renders) == {ID}
    assert Selection(exclude=[pattern]).among(renders) == {OTHER.id}
    assert Selection().among(renders, [pattern]) == {ID}


@pytest.mark.parametrize(
    ("pattern", "fix"),
    [
        ("friend", 'did you mean "friends"?'),
        ("happy-an", 'did you mean "happy-ann"?'),
        ("birthday/hapy-ann", 'did you mean "birthday/happy-ann"?'),
        ("zzz", "songbatch plan lists the ids"),
        ("", "songbatch plan lists the ids"),
    ],
)
def test_does_not_match_and_says_what_is_near(pattern: str, fix: str) -> None:
    renders = [HAPPY, OTHER]
    assert not matching(pattern, renders)
    for selection in (Selection([pattern]), Selection([pattern, "night"])):
        with pytest.raises(UsageError) as refusal:
            selection.among(renders)
        assert refusal.value.fix == fix


def test_columns_that_name_no_variant_select_none() -> None:
    assert not matching("7", [HAPPY, OTHER])


def test_what_is_left_out_altogether_is_said_as_that() -> None:
    for selection in (Selection(["night"], ["night"]), Selection(exclude=["*"])):
        with pytest.raises(UsageError, match="leaves out all") as refusal:
            selection.among([HAPPY, OTHER])
        assert "did you mean" not in refusal.value.fix


def test_a_misspelt_exclude_is_refused_and_one_that_is_elsewhere_is_not() -> None:
    with pytest.raises(UsageError, match="--exclude 'nigth'"):
        Selection(exclude=["nigth"]).among([HAPPY, OTHER])
    assert Selection(exclude=["xylophone", "drafts/*"]).among([HAPPY]) == {ID}


def test_exclude_wins_and_nothing_selected_is_everything() -> None:
    renders = [HAPPY, OTHER]
    assert Selection().among(renders) == {ID, OTHER.id}
    assert Selection(["*"], ["*/2"]).among(renders) == {OTHER.id}
    assert Selection(["x*", "friends"], ["*/1"]).among(renders) == {ID}
    with pytest.raises(UsageError, match="no render is selected"):
        Selection(["friends"], ["*/2"]).among(renders)
    with pytest.raises(UsageError, match="no render is selected by 'night'"):
        Selection(["night"]).among(renders, ["friends"])


WORDS = st.sampled_from(["a", "b", "a-b", "c"])
IDS = st.lists(
    st.lists(WORDS, min_size=2, max_size=3).map("/".join), min_size=1, max_size=5, unique=True
)


@given(IDS, st.data())
def test_any_part_of_an_id_selects_it_and_exact_globs_select_what_they_did(
    ids: list[str], data: st.DataObject
) -> None:
    renders = [Named(f"{one}/{take}") for one in ids for take in (1, 2)]
    parts = data.draw(st.sampled_from(renders)).id.split("/")
    begin = data.draw(st.integers(0, len(parts) - 1))
    end = data.draw(st.integers(begin + 1, len(parts)))
    word = "/".join(parts[begin:end])
    found = matching(word, renders)
    assert found
    assert all(f"/{word}/" in f"/{one}/" for one in found)
    # What stands at the beginning, with or without the spec, comes first.
    first = {
        r.id for r in renders
        if f"{r.id}/".startswith(f"{word}/") or f"{r.id.partition('/')[2]}/".startswith(f"{word}/")
    }  # fmt: skip
    assert found == first or not first
    assert matching(word.upper(), renders) == found


@pytest.mark.parametrize("pattern", ["!birthday", "^birthday", "-birthday"])
def test_a_select_that_is_meant_to_leave_out_is_refused(pattern: str) -> None:
    with pytest.raises(UsageError, match="leave out") as caught:
        Selection((pattern,)).among([HAPPY, OTHER])
    assert caught.value.fix == "--exclude birthday"
