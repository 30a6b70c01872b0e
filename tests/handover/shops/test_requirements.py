"""Albums against shops: what comes along is sound, and gaps say where and what to do."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec.structs import replace

from songbatch.album import Album, AlbumCover
from songbatch.diagnostics import InvalidSpecs, UsageError
from songbatch.handover.shops.files import SHIPPED, load_shop, own_path, shipped, shop_schema
from songbatch.handover.shops.finding import find_shop, shop_names
from songbatch.handover.shops.quantities import PackageFile
from songbatch.handover.shops.requirements import Gap, missing, stops
from songbatch.handover.shops.shop import Shop
from songbatch.handover.shops.table import gap_table
from songbatch.sources import Source
from songbatch.workspace import Workspace
from tests.audio.pictures import jpeg
from tests.handover.making import ALBUM, FIRST, SECOND


def shop(name: str) -> Shop:
    source = shipped(name)
    assert source is not None
    loaded, diagnostics = load_shop(source)
    assert diagnostics == []
    assert loaded is not None
    return loaded


def own(rules: str) -> Shop:
    head = "version: 1\ntitle: Corner shop\naddress: https://corner.example/\nrules:\n"
    says = "source: https://corner.example/rules, read: 2026-01, sure: documented"
    lines = "".join(f"- {{{rule}, {says}}}\n" for rule in rules.splitlines())
    loaded, diagnostics = load_shop(Source("shops/corner.yaml", head + lines))
    assert diagnostics == []
    assert loaded is not None
    return loaded


def files(kind: str, *, bits: int | None = 16, size: int = 10_000_000) -> list[PackageFile]:
    return [
        PackageFile(
            path=f"{kind}/{track.number:02}.{kind}", kind=kind, bytes=size, seconds=track.seconds,
            track=track.number, sample_rate=44100, bits=bits, channels=2,
        )
        for track in ALBUM.tracks
    ]  # fmt: skip


def said(gaps: Sequence[Gap]) -> list[tuple[str, str, str]]:
    return [(gap.level, gap.of, gap.what) for gap in gaps]


COVER = AlbumCover(jpeg(3000, 3000, 3), "image/jpeg", 3000, 3000)
WHOLE = replace(
    ALBUM,
    cover=COVER,
    tracks=(
        replace(FIRST, seconds=180.0, true_peak_dbtp=-1.2),
        replace(SECOND, seconds=200.0, start_seconds=182.0, isrc="QZK6P2500002", lang="en"),
    ),
)


@pytest.mark.parametrize("name", SHIPPED)
def test_rules_that_come_along_have_their_sources(name: str) -> None:
    for rule in shop(name).rules:
        assert rule.source.startswith("https://")
        # Nobody is sent back for what nobody says.
        assert not (rule.level == "required" and rule.sure == "unconfirmed"), rule.check


def test_a_whole_release_is_taken() -> None:
    gaps = missing(WHOLE, files("wav"), shop("distrokid"))
    assert {gap.level for gap in gaps} == {"told"}
    assert {gap.what for gap in gaps} == {"made by AI"}
    assert not stops(gaps)
    table = gap_table(gaps, shop("distrokid"))
    assert "DistroKid would take this, by the rules known here.\n" in table


def test_bandcamp_takes_no_music_made_by_ai() -> None:
    gaps = missing(WHOLE, files("wav"), shop("bandcamp"))
    assert said(gaps)[0] == ("required", '01 Harbour "Light" ✨', "made by AI")
    assert stops(gaps)
    by_rules = [replace(t, references=(), source_type="algorithmicMedia") for t in WHOLE.tracks]
    assert not missing(replace(WHOLE, tracks=tuple(by_rules)), files("wav"), shop("bandcamp"))


def test_youtube_wants_a_video() -> None:
    gaps = missing(WHOLE, files("wav"), shop("youtube"))
    assert ("required", "02 Rain", "format is wav, not mp4") in said(gaps)
    video = PackageFile(path="video.mp4", kind="mp4", bytes=10**8, seconds=382.0,
                        sample_rate=48000, channels=2)  # fmt: skip
    assert not stops(missing(WHOLE, [*files("wav"), video], shop("youtube")))


def test_one_file_of_a_track_that_is_taken_is_enough() -> None:
    rules = own("check: audio.kind, any: [wav, flac]\ncheck: audio.bits, any: [24]")
    assert missing(ALBUM, [*files("wav"), *files("mp3", bits=None)], rules)
    assert not missing(ALBUM, [*files("wav"), *files("flac", bits=24)], rules)
    only_first = [*files("wav"), files("flac", bits=24)[0]]
    assert said(missing(ALBUM, only_first, rules)) == [
        ("required", "02 Rain", "bits a sample is 16 bits, not 24 bits")
    ]
    assert said(missing(ALBUM, [], rules))[0] == ("required", '01 Harbour "Light" ✨', "no file")


@pytest.mark.parametrize(
    ("rule", "album", "what", "key"),
    [
        ("check: album.upc, present: true", replace(ALBUM, upc="123"), "UPC is missing",
         "album: upc"),
        ("check: album.label, present: true", replace(ALBUM, label=""), "label is missing",
         "album: label"),
        ("check: album.title.length, max: 5", ALBUM,
         "length of the title is 7 characters, at most 5 characters", "album: title"),
        ("check: cover, present: true", replace(ALBUM, cover=None), "cover is missing",
         "album: cover"),
        ("check: cover.ratio, any: [1]",
         replace(ALBUM, cover=AlbumCover(jpeg(200, 100), "image/jpeg", 200, 100)),
         "width to height of the cover is 2, not 1", "album: cover"),
        ("check: track.title, none: [rain]", ALBUM, "title has 'rain' in it",
         "album: sequence: title"),
        ("check: track.loudness_lufs, max: -13.5", ALBUM,
         "loudness is -13 LUFS, at most -13.5 LUFS", "album: loudness: target"),
        ("check: album.tracks, min: 3", ALBUM, "number of tracks is 2 tracks, at least 3 tracks",
         "album: sequence"),
    ],
)  # fmt: skip
def test_a_gap_says_what_is_wrong_and_where(rule: str, album: Album, what: str, key: str) -> None:
    (gap,) = missing(album, files("wav"), own(rule))
    assert (gap.what, gap.key) == (what, key)
    assert gap.fix


def test_tracks_with_the_same_gap_share_a_line() -> None:
    tracks = tuple(replace(SECOND, number=n) for n in range(1, 6))
    rules = own("check: track.isrc, present: true\ncheck: cover.side, min: 3000, level: advised")
    gaps = missing(replace(ALBUM, tracks=tracks), [], rules)
    assert gap_table(gaps, rules) == (
        "required  5 tracks  ISRC is missing                                                 "
        "album: sequence: isrc\n"
        "            write `album: sequence: isrc`\n"
        "advised   cover     shorter side of the cover is 300 pixels, at least 3,000 pixels  "
        "album: cover\n"
        "            export the picture again, as a square JPEG in RGB of 3000 × 3000 pixels\n"
        "\n"
        "Corner shop would refuse this: 1 thing that it requires.\n"
    )


def test_a_file_of_a_shop_is_checked_like_any_other() -> None:
    text = (
        "version: 1\ntitle: Corner\naddress: https://corner.example/\nrules:\n"
        "- {check: cover.size, min: 1, source: https://x.example/, read: 2026-13, sure: maybe}\n"
    )
    loaded, diagnostics = load_shop(Source("shops/corner.yaml", text))
    assert loaded is None
    assert {diagnostic.span.line for diagnostic in diagnostics} == {5}
    assert len(diagnostics) == 3
    assert load_shop(Source("shops/corner.yaml", "["))[0] is None


def test_a_shops_name_is_no_path() -> None:
    assert own_path("corner-shop") == "shops/corner-shop.yaml"
    for name in ("../secret", "a/b", "", ".hidden", "-rf", "A", "a" * 51, "a\n"):
        assert own_path(name) is None
        assert shipped(name) is None


def test_a_projects_shop_comes_before_the_one_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    workspace = Workspace(tmp_path)
    assert find_shop("youtube", workspace).title == "YouTube"
    (tmp_path / "shops").mkdir()
    rule = (
        "{check: cover, present: true, source: https://x.example/, read: 2026-01, sure: reported}"
    )
    (tmp_path / "shops/youtube.yaml").write_text(
        f"version: 1\ntitle: Ours\naddress: https://x.example/\nrules:\n- {rule}\n"
    )
    (tmp_path / "shops/corner.yaml").write_text("version: 2\n")
    workspace = Workspace(tmp_path)
    assert find_shop("youtube", workspace).title == "Ours"
    assert shop_names(workspace) == ["bandcamp", "corner", "distrokid", "youtube"]
    with pytest.raises(InvalidSpecs):
        find_shop("corner", workspace)
    with pytest.raises(UsageError) as caught:
        find_shop("Bandcmp", workspace)
    assert caught.value.fix == (
        'did you mean "bandcamp"? there are bandcamp, corner, distrokid and youtube; '
        "one of your own is a file shops/NAME.yaml"
    )


PAGE = Path(__file__).parents[3] / "docs/deliver-formats.md"


def test_the_shop_of_the_page_is_one() -> None:
    text = PAGE.read_text("utf-8").split("```yaml\n")[1].split("```")[0]
    loaded, diagnostics = load_shop(Source("shops/corner.yaml", text))
    assert diagnostics == []
    assert loaded is not None
    assert [rule.check for rule in loaded.rules] == ["cover.side", "audio.kind", "track.isrc"]


def test_the_page_has_every_check() -> None:
    page = PAGE.read_text("utf-8")
    schema = json.loads(shop_schema())
    for check in schema["$defs"]["rule"]["properties"]["check"]["enum"]:
        first, _, rest = check.partition(".")
        assert f"`{check}`" in page or (f"`{first}" in page and f"`.{rest}`" in page), check
