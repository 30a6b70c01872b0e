"""Files beside the audio: chapters, CD-Text, lyrics, credits, README, checksums."""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import markdown_it
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from songbatch.digest import sha256
from songbatch.handover.ai_note import digital_source_type, xmp
from songbatch.handover.cdtext import cd_text
from songbatch.handover.chapters import chapter_list, ffmetadata, podcast_chapters
from songbatch.handover.checksums import NotSums, read_sha256sums, sha256sums
from songbatch.handover.credits import credits_json, credits_markdown, credits_text
from songbatch.handover.lyrics_files import lrc, plain_lyrics
from songbatch.handover.readme import readme
from tests.handover.making import ALBUM, FIRST, SECOND, WORDS, needs, wav_16

EVIL = 'x\n[CHAPTER]\n=;#\\ "q" \x1b[2J\0'


@needs("ffmpeg", "ffprobe")
def test_ffmpeg_reads_the_chapters(tmp_path: Path) -> None:
    album = replace(ALBUM, tracks=(replace(FIRST, title=EVIL), SECOND))
    (tmp_path / "in.wav").write_bytes(wav_16())
    (tmp_path / "chapters.txt").write_text(ffmetadata(album), "utf-8")
    made = "-i in.wav -i chapters.txt -map_metadata 1 -map_chapters 1 -c:a flac out.mka"
    subprocess.run(["ffmpeg", "-v", "error", *made.split()], cwd=tmp_path, check=True, timeout=60)
    probe = ["ffprobe", "-v", "error", "-show_chapters", "-of", "json", "out.mka"]
    said = subprocess.run(probe, cwd=tmp_path, check=True, capture_output=True, timeout=60).stdout
    chapters = json.loads(said)["chapters"]
    assert [one["tags"]["title"] for one in chapters] == ['x [CHAPTER] =;#\\ "q" [2J', "Rain"]
    assert [float(one["start_time"]) for one in chapters] == [0, 4]
    assert [float(one["end_time"]) for one in chapters] == [4, 7.5]


def test_chapters_for_a_description_say_what_is_missing() -> None:
    listed = chapter_list(ALBUM)
    assert listed.text == '0:00 Harbour "Light" ✨\n0:04 Rain\n'
    assert listed.notes == (
        "3 chapters or more are wanted, and there are 2",
        'Harbour "Light" ✨: 4.0 s, and a chapter lasts 10 s or more',
        "Rain: 3.5 s, and a chapter lasts 10 s or more",
    )
    tracks = [
        replace(SECOND, number=n + 1, start_seconds=1800.0 * n + 0.5, seconds=1799.0)
        for n in range(3)
    ]
    album = replace(ALBUM, tracks=tuple(tracks))
    assert chapter_list(album).text == "0:00:00 Rain\n0:30:00 Rain\n1:00:00 Rain\n"
    assert chapter_list(album).notes == ()


def test_chapters_for_podcast_players() -> None:
    told = json.loads(podcast_chapters(ALBUM))
    assert told["version"] == "1.2.0"
    assert [(one["startTime"], one["title"]) for one in told["chapters"]] == [
        (0, 'Harbour "Light" ✨'),
        (4, "Rain"),
    ]


def test_cd_text_is_latin_and_says_what_is_not() -> None:
    track = replace(FIRST, title="Zoë\u2019s Łódź – 雨", isrc="QZK6P2500001")
    made = cd_text(replace(ALBUM, tracks=(track,)))
    sheet = made.sheet.decode("latin-1")
    assert "Track 01 Title      = Zoë's Lódz - ?\n" in sheet
    assert "ISRC 01             = QZK6P2500001\n" in sheet
    assert "UPC / EAN           = 0036000291452\n" in sheet
    assert "First Track Number  = 1\nLast Track Number   = 1\n" in sheet
    assert made.notes == ("Track 01 Title: a disc has no 雨; write it in Latin letters",)


def test_cd_text_has_bounds() -> None:
    track = replace(FIRST, title="la " * 100)
    made = cd_text(replace(ALBUM, tracks=tuple(replace(track, number=n) for n in range(1, 121))))
    assert len(made.sheet.splitlines()) < 99 * 4 + 20
    assert "Track 01 Title: cut to 160 characters" in made.notes
    assert "a disc has at most 99 tracks, and the album 120" in made.notes
    assert "all texts together are more than the 3,036 bytes that a disc has" in made.notes


def test_lyrics_with_times_of_words() -> None:
    assert plain_lyrics(FIRST) == WORDS
    assert lrc(ALBUM, FIRST) == (
        '[ti:Harbour "Light" ✨]\n[ar:The Specs]\n[al:Harbour]\n[length:0:02]\n[re:songbatch]\n'
        "[00:00.50]<00:00.50>The <00:00.70>harbour <00:00.90>sleeps\n"
        "[00:01.25]<00:01.25>under <00:01.40>the <00:01.60>rain.\n"
    )
    assert lrc(ALBUM, replace(FIRST, words=())).endswith(
        "[00:00.50]The harbour sleeps\n[00:01.25]under the rain.\n"
    )
    assert (plain_lyrics(SECOND), lrc(ALBUM, SECOND)) == ("", "")


def test_credits_say_whose_recordings_were_followed() -> None:
    told = json.loads(credits_json(ALBUM))
    first, second = told["tracks"]
    assert first["references"] == [
        {
            "name": "campfire",
            "purpose": "song",
            "source": "references/campfire.mp3",
            "sha256": "cd" * 32,
            "rights": {"holder": "Ann Ot", "licence": "CC BY 4.0", "consent": "by letter"},
        }
    ]
    assert "references" not in second
    assert second["model"] == "fal-ai/music-3"
    assert (
        "Follows the recording campfire (song): "
        "holder: Ann Ot, licence: CC BY 4.0, consent: by letter"
    ) in credits_text(ALBUM)
    bare = replace(FIRST.references[0], rights=None)
    unsaid = replace(ALBUM, tracks=(replace(FIRST, references=(bare,)),))
    assert "campfire (song): rights not stated\n" in credits_text(unsaid)


def test_credits_for_pages_are_text_and_nothing_else() -> None:
    evil = "1. <script>alert(1)</script> [x](javascript:y) *b* `c` # d"
    album = replace(ALBUM, title=evil, tracks=(replace(FIRST, title=evil),))
    page = markdown_it.MarkdownIt().render(credits_markdown(album))
    assert "<script" not in page
    assert "href" not in page
    assert "<h1>The Specs – 1. &lt;script&gt;alert(1)&lt;/script&gt; [x](javascript:y)" in page


def test_the_readme_says_what_is_in_and_how_to_check() -> None:
    names = [
        "wav16/01 - a.wav",
        "wav16/02 - b.wav",
        "lyrics/01 - a.txt",
        "README.txt",
        "SHA256SUMS",
    ]
    text = readme(ALBUM, names)
    assert '\n  1  Harbour "Light" ✨  0:02\n' in text
    assert "\nwav16/*.wav   masters of 16 bits, for CDs and shops\n" in text
    assert text.count("*.wav") == 1
    assert "    Linux:    sha256sum -c SHA256SUMS\n" in text
    assert "This audio was generated by AI: sketch, asked by songbatch.\n" in text


@needs("sha256sum")
def test_coreutils_check_the_sums(tmp_path: Path) -> None:
    names = ["a.txt", "01 - ü 雨.txt", "back\\slash", "line\nend", " spaced ", "-rf"]
    for name in names:
        (tmp_path / name).write_bytes(name.encode())
    sums = sha256sums({name: sha256(name.encode()) for name in names})
    assert read_sha256sums(sums) == {name: sha256(name.encode()) for name in names}
    (tmp_path / "SHA256SUMS").write_text(sums, "utf-8")
    check = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    subprocess.run(check, cwd=tmp_path, check=True, timeout=60, capture_output=True)
    made = subprocess.run(
        ["sha256sum", "--", *sorted(names)], cwd=tmp_path, check=True, timeout=60,
        capture_output=True,
    )  # fmt: skip
    assert made.stdout.decode() == sums


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1).filter(str.strip),
                       st.binary(max_size=4)))  # fmt: skip
def test_sums_of_any_names_come_back(files: dict[str, bytes]) -> None:
    digests = {name: sha256(data) for name, data in files.items()}
    assert read_sha256sums(sha256sums(digests)) == digests


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nonsense\n", "line 1 is no SHA-256 with a name"),
        (f"{'a' * 64}  x\n{'b' * 64}  x\n", "line 2 has a name for the second time"),
        (f"{'a' * 63}  x\n", "line 1 is no SHA-256 with a name"),
    ],
)
def test_what_is_no_list_of_sums_is_told_by_line(text: str, reason: str) -> None:
    with pytest.raises(NotSums, match=reason):
        read_sha256sums(text)


def test_the_note_tells_kinds_of_machines_apart() -> None:
    codes = "http://cv.iptc.org/newscodes/digitalsourcetype/"
    assert digital_source_type(SECOND) == f"{codes}trainedAlgorithmicMedia"
    rules = replace(SECOND, source_type="algorithmicMedia")
    assert digital_source_type(rules) == f"{codes}algorithmicMedia"
    mixed = replace(rules, references=FIRST.references)
    assert digital_source_type(mixed) == f"{codes}compositeSynthetic"


def test_xmp_is_xml_whatever_the_texts_are() -> None:
    track = replace(FIRST, title=f"</rdf:RDF> & ]]> {EVIL}\ufffe\ud800", lang="x-klingon")
    packet = xmp(ALBUM, track).decode("utf-8")
    root = ET.fromstring(packet[packet.index("<x:xmpmeta") : packet.rindex("<?xpacket")])
    titles = [each.text for each in root.iter("{http://purl.org/dc/elements/1.1/}title")]
    assert len(titles) == 1
