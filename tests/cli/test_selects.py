"""`songbatch selects merge`, and the form of the file: equal contents, equal bytes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from songbatch.documents.selects_file import SelectsResult, load_selects, merge_selects
from songbatch.selects import Decide, Heard, Opinion, Selects
from songbatch.sources import Source
from support.kit import Project

DIGEST = "0123456789abcdef" * 4
TAKE = Heard("demo/song/1", "sketch", DIGEST)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
heard = st.builds(
    Heard,
    render=texts.filter(bool),
    engine=st.sampled_from(["sketch", "music-01"]),
    audio_sha256=st.text("0123456789abcdef", min_size=64, max_size=64),
)
names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[*map(chr, range(32)), "\x7f"]),
    min_size=1,
    max_size=20,
)
opinions = st.builds(
    Opinion,
    listener=names,
    heard=heard,
    pick=st.booleans(),
    rating=st.none() | st.integers(1, 5),
    note=texts,
    blind=st.none() | st.integers(0, 2**32 - 1),
).filter(lambda opinion: opinion.says_something)
selects = st.builds(
    Selects,
    st.lists(opinions, max_size=6, unique_by=lambda one: (one.listener, one.heard)).map(tuple),
    st.sampled_from(Decide),
)


def loaded(one: Selects, path: str = "a.yaml") -> SelectsResult:
    return load_selects(Source(path, one.dump().decode("utf-8")))


@given(selects)
def test_what_is_written_is_read_back(one: Selects) -> None:
    result = loaded(one)
    assert not result.diagnostics
    assert set(result.selects.opinions) == set(one.opinions)
    assert result.selects.decide is one.decide
    assert result.selects.dump() == one.dump()


@given(selects, selects)
def test_merging_is_the_same_in_either_order_and_twice(one: Selects, other: Selects) -> None:
    ab = merge_selects([loaded(one), loaded(other, "b.yaml")], Decide.ANY)
    ba = merge_selects([loaded(other), loaded(one, "b.yaml")], Decide.ANY)
    assert bool(ab.diagnostics) == bool(ba.diagnostics)
    assert ab.selects.dump() == ba.selects.dump()
    if not ab.diagnostics:
        assert set(ab.selects.opinions) == {*one.opinions, *other.opinions}
        assert merge_selects([ab, ba]).selects.dump() == ab.selects.dump()


def test_the_form_of_the_file() -> None:
    said = Opinion("ann", TAKE, pick=True, rating=4, note='warm, "but"\nlate\x85')
    assert Selects((said, Opinion("zoe", TAKE))).dump().decode() == (
        "version: 1\n"
        "listeners:\n"
        '  "ann":\n'
        '    - render: "demo/song/1"\n'
        '      engine: "sketch"\n'
        f'      audio_sha256: "{DIGEST}"\n'
        "      pick: true\n"
        "      rating: 4\n"
        '      note: "warm, \\"but\\"\\nlate\\u0085"\n'
    )
    assert Selects(decide=Decide.ALL).dump() == b"version: 1\ndecide: all\nlisteners: {}\n"


def test_files_are_merged_and_written(project: Project) -> None:
    project.write("ann.yaml", Selects((Opinion("ann", TAKE, pick=True),)).dump())
    project.write("ben.yaml", Selects((Opinion("ben", TAKE, rating=2),)).dump())
    together = Selects((Opinion("ann", TAKE, pick=True), Opinion("ben", TAKE, rating=2)))
    shown = project.run("selects", "merge", "ann.yaml", "ben.yaml")
    assert (shown.status, shown.stdout) == (0, together.dump().decode())
    written = project.run(
        "selects", "merge", "ann.yaml", "ben.yaml", "--decide", "all", "-o", "ann.yaml"
    )
    assert (written.status, written.stdout) == (0, "ann.yaml: 2 listeners, 0 takes chosen\n")
    expected = Selects(together.opinions, Decide.ALL).dump()
    assert (project.root / "ann.yaml").read_bytes() == expected


def test_one_listener_cannot_say_two_things(project: Project) -> None:
    project.write("a.yaml", Selects((Opinion("ann", TAKE, rating=1),)).dump())
    project.write("b.yaml", Selects((Opinion("ann", TAKE, rating=5),)).dump())
    result = project.run("selects", "merge", "a.yaml", "b.yaml", "-o", "a.yaml")
    assert (result.status, result.stdout) == (2, "")
    assert result.stderr.startswith(
        "b.yaml:4:7: error[selects.twice]: one listener has two opinions of the same audio: "
        "ann of demo/song/1, here and in a.yaml:4:7\n"
    ), result
    assert b"rating: 1" in (project.root / "a.yaml").read_bytes()


def test_what_is_no_file_of_selects_is_told(project: Project) -> None:
    project.write("a.yaml", "version: 1\nlisteners:\n  ann:\n    - render: x\n")
    result = project.run("selects", "merge", "a.yaml")
    assert result.status == 2
    assert "a.yaml:4:7: error[schema.missing-key]: a key is missing: an item has no `engine`" in (
        result.stderr
    ), result
    project.write("b.yaml", b"\xff")
    assert project.run("selects", "merge", "b.yaml").stderr.startswith(
        "error: b.yaml: it is not UTF-8 text"
    )


def test_a_file_that_git_left_unmerged_is_united(project: Project) -> None:
    both = [Opinion(name, TAKE, pick=True) for name in ("ann", "ben")]
    ours, theirs = (Selects((one,)).dump().decode("utf-8") for one in both)
    torn = f"<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> ben\n"
    project.write("specs/selects.yaml", torn)
    command = ("selects", "merge", "specs/selects.yaml", "-o", "specs/selects.yaml")
    assert project.run(*command).status == 0
    united = (project.root / "specs/selects.yaml").read_bytes()
    assert united == Selects(tuple(both)).dump()


def test_comments_are_never_dropped_without_a_word(project: Project) -> None:
    ours, theirs = (
        Selects((Opinion(name, TAKE, pick=True),)).dump().decode("utf-8") for name in ("ann", "ben")
    )
    commented = theirs.replace('"ben":', '"ben":  # our producer')
    project.write("ann.yaml", ours).write("ben.yaml", commented)
    kept = project.run("selects", "merge", "ann.yaml", "ben.yaml", "-o", "both.yaml")
    assert (kept.status, kept.stderr) == (
        0,
        "warning: ben.yaml has comments, which are left out\n",
    )
    refused = project.run("selects", "merge", "ann.yaml", "ben.yaml", "-o", "./ben.yaml")
    assert (refused.status, refused.stdout) == (2, "")
    assert refused.stderr == (
        "error: ben.yaml has comments, which would be lost\n"
        "  fix: write to another file with -o, or unite the lines by hand\n"
    )
    assert (project.root / "ben.yaml").read_text("utf-8") == commented
    torn = f"<<<<<<< HEAD\n{ours}=======\n{commented}>>>>>>> ben\n"
    path = "specs/selects.yaml"
    project.write(path, torn)
    project.write("specs/demo.yaml", "version: 1\nsongs: {a: {lyrics: la}}\n")
    told = project.run("check").stdout
    assert "  fix: keep the lines of one side, or of both, and remove the lines with" in told, told
    assert project.run("selects", "merge", path, "-o", path).status == 2
    assert (project.root / path).read_text("utf-8") == torn
    project.write(path, torn.replace("  # our producer", "").replace('"ann"', '"ann # 1"'))
    assert f"  fix: songbatch selects merge {path} -o {path}\n" in project.run("check").stdout
