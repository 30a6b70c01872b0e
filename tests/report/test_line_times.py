"""Times of lines are laid on the lyrics as written: none is moved, none is lost that fits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from songbatch.lyrics import words_only
from songbatch.report.line_times import lay_times

words = st.text("aäb [](){}'\t שא", max_size=8).map(lambda text: text + "x")
lines = st.lists(st.just("") | words, min_size=1, max_size=12)


@given(lines, st.sampled_from(["", "##"]), st.data())
def test_every_sung_line_has_its_time_and_no_other(
    written: list[str], marks: str, data: st.DataObject
) -> None:
    text = marks + "\n".join(written) + marks
    sung = [line for line in written if line.strip()]
    timed = [(float(at), line.strip()) for at, line in enumerate(sung)]
    if not timed:
        assert lay_times(text, timed) == []
        return
    times = lay_times(text, timed)
    assert len(times) == len(written)
    assert [time for time in times if time is not None] == [time for time, _ in timed]
    assert [time is None for time in times] == [not line.strip() for line in written]
    # One line of the file that was edited loses its time; the others keep theirs.
    edited = data.draw(st.integers(0, len(timed) - 1))
    timed[edited] = (timed[edited][0], "something else")
    left = [time for time in lay_times(text, timed) if time is not None]
    if len(set(sung)) == len(sung):
        assert left == [time for at, (time, _) in enumerate(timed) if at != edited]
    assert left == sorted(left)


@given(st.lists(words, min_size=1, max_size=6))
def test_section_lines_and_stanzas_stay_without_a_time(sung: list[str]) -> None:
    text = "\n\n".join(f"[Verse]\n  {line}" for line in sung)
    spoken = [line for line in words_only(text).split("\n") if line.strip()]
    times = lay_times(text, [(float(at), line) for at, line in enumerate(spoken)])
    assert len(times) == len(text.split("\n"))
    assert [time for time in times if time is not None] == [float(at) for at in range(len(spoken))]


@given(lines, st.lists(st.tuples(st.floats(0, 600), st.text(max_size=9)), max_size=12))
def test_times_ascend_whatever_the_file(written: list[str], timed: list[tuple[float, str]]) -> None:
    times = [time for time in lay_times("\n".join(written), timed) if time is not None]
    assert times == sorted(times)


def test_a_file_of_many_lines_takes_no_longer_than_a_song() -> None:
    many = [(float(at), f"line {at % 7}") for at in range(20_000)]
    assert lay_times("\n".join(f"line {at % 5}" for at in range(20_000)), many) == []
