"""Leavings of web pages and players in pasted lyrics: HTML, times, words of the page itself."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from songbatch.lyrics.pasted_lines import Mark, Pass, PastedLine, each_line

if TYPE_CHECKING:
    from collections.abc import Sequence

SIGNS = "signs of HTML"
TAGS = "tags of HTML"
TIMES = "times"
PAGE = "words of a page"
_ENTITY = re.compile(
    r"&(?:amp|lt|gt|quot|apos|nbsp|hellip|[nm]dash|[lr]s?[ad]?quo|sbquo|[lr]squo|szlig|[ao]elig|"
    r"copy|[A-Za-z](?:acute|grave|circ|uml|tilde|cedil|ring|slash|caron)|#[0-9]{1,7}|"
    r"#[xX][0-9a-fA-F]{1,6});"
)
_ELEMENT = "br|p|i|b|u|em|strong|div|span|font|a|h[1-6]|ul|ol|li|sub|sup|small|tt|pre|blockquote"
_TAG = re.compile(rf"</?({_ELEMENT})(?:\s[^<>\n]*)?/?>", re.IGNORECASE)
_BREAKS = {"br", "p", "div", "li"}
"""Elements at whose ends a line ends."""
_TIME = r"\[[0-9]{1,3}:[0-9]{2}(?:[.:][0-9]{1,3})?\]"
_TIME_LINE = re.compile(_TIME)
_TIMES = re.compile(rf"{_TIME}|<[0-9]{{1,3}}:[0-9]{{2}}[.:][0-9]{{1,3}}>")
_SUBTITLE = re.compile(r"[ \t]*[0-9]{1,2}:[0-9]{2}:[0-9]{2}[,.][0-9]{3} --> .*")
_COUNT = re.compile(r"[ \t]*[0-9]{1,5}[ \t]*")
_LRC_HEAD = re.compile(
    r"[ \t]*\[(?:ar|ti|al|au|by|re|ve|lr|tool|length|offset):[^\[\]]*\][ \t]*", re.IGNORECASE
)
_CONTRIBUTORS = re.compile(
    r"[0-9]{1,4} Contributors?(?:(?:Translations?)?.*?Lyrics(?=\[|$)|Translations?.*|[ \t]*$)"
)
_ALSO = re.compile(r"You might also like(?=[ \t]*(?:\[|$))")
_TICKETS = re.compile(
    r"See .{1,60}? Live[ \t]*(?=Get tickets as low as|$)|Get tickets as low as [$€£][0-9]{1,5}"
)
_EMBED = re.compile(
    r"(?:^|(?<=[^\W\d_A-Z])|(?<=[.,!?)\"'\u2019\u201d\]]))[0-9]{0,4}(?:\.[0-9])?K?Embed[ \t]*$"
)
_WHOLE = re.compile(
    r"[ \t]*(?:https?://\S+|[0-9]{1,4}K?Embed|Submit Corrections|Advertisement|"
    r"(?:Song)?[Ww]riters?(?:\(s\))?: .*|(?:Lyrics|Lyrics powered by|Source:) LyricFind|"
    r"Lyrics (?:©|licensed|provided|powered) .*|© .*)[ \t]*"
)


def is_time(line: str) -> bool:
    """Return whether a line is only a time, which is no section."""
    return _TIME_LINE.fullmatch(line.strip()) is not None


def without_html(lines: Sequence[PastedLine]) -> Pass:
    """Write signs as the characters they stand for, and take tags out."""

    def edit(line: PastedLine) -> tuple[list[str], list[Mark]] | None:
        text = line.text
        if "<" not in text and "&" not in text:
            return None
        tags, signs = [*_TAG.finditer(text)], [*_ENTITY.finditer(text)]
        if not tags and not signs:
            return None
        met = [Mark(SIGNS, one[0], line.number) for one in signs]
        met += [Mark(TAGS, one[0], line.number) for one in tags]
        # The tags first: a sign may stand for a < that is a word.
        broken = _TAG.sub(lambda match: "\n" if _breaks(match) else "", text)
        plain = _ENTITY.sub(lambda match: html.unescape(match[0]), broken).replace("\xa0", " ")
        texts = [part.strip() for part in plain.split("\n")] if tags else [plain]
        while len(texts) > 1 and not texts[-1]:
            texts.pop()
        return (texts if any(texts) or _is_break(text) else []), met

    return each_line(lines, edit)


def _breaks(match: re.Match[str]) -> bool:
    name = match[1].lower()
    return name == "br" or (name in _BREAKS and match[0].startswith("</"))


def _is_break(text: str) -> bool:
    """Return whether a line of tags stands for an empty one."""
    return re.fullmatch(r"[ \t]*<br[ \t]*/?>[ \t]*", text, re.IGNORECASE) is not None


def without_times(lines: Sequence[PastedLine]) -> Pass:
    """Take the times of LRC and of subtitles out, and what else these files have."""
    has_subtitles = any("-->" in line.text and _SUBTITLE.fullmatch(line.text) for line in lines)
    kept: list[PastedLine] = []
    marks: list[Mark] = []
    for at, line in enumerate(lines):
        text = line.text
        below = lines[at + 1].text if at + 1 < len(lines) else ""
        is_count = has_subtitles and _COUNT.fullmatch(text) and _SUBTITLE.fullmatch(below)
        if is_count or _SUBTITLE.fullmatch(text) or _LRC_HEAD.fullmatch(text):
            if not is_count:
                marks.append(Mark(TIMES, text.strip(), line.number))
            continue
        met = [Mark(TIMES, one[0], line.number) for one in _TIMES.finditer(text)]
        marks += met
        # A time without words is how LRC writes a pause.
        bare = re.sub(r"(?<=\S) {2,}(?=\S)", " ", _TIMES.sub("", text)).strip() if met else text
        kept.append(line.but(bare))
    return Pass(kept, marks)


def without_page_words(lines: Sequence[PastedLine]) -> Pass:
    """Take out what a page says around lyrics and between them."""
    has_others = sum(1 for line in lines if line.text.strip()) > 1
    last = next((line for line in reversed(lines) if line.text.strip()), None)

    def edit(line: PastedLine) -> tuple[list[str], list[Mark]] | None:
        text = line.text
        if _WHOLE.fullmatch(text) and has_others:
            return [], [Mark(PAGE, text.strip(), line.number)]
        forms = [_CONTRIBUTORS, _TICKETS, _ALSO]
        forms += [_EMBED] if line is last else []
        met: list[Mark] = []
        for form in forms:
            # Looked for at every place, as long as the rest of the line, it would take its square.
            match = form.match(text) if form is _CONTRIBUTORS else form.search(text)
            if match is None:
                continue
            if form is _TICKETS and not _is_of_tickets(line, lines):
                continue
            met.append(Mark(PAGE, match[0].strip(), line.number))
            text = text[match.end() :] if form is _CONTRIBUTORS else form.sub("", text)
        if not met:
            return None
        return [text.strip()] if text.strip() else [], met

    return each_line(lines, edit)


def _is_of_tickets(line: PastedLine, lines: Sequence[PastedLine]) -> bool:
    """Return whether tickets are sold here: to see Ann live alone is something to sing of."""
    if "Get tickets as low as" in line.text:
        return True
    numbers = [one.number for one in lines]
    at = numbers.index(line.number)
    return at + 1 < len(lines) and lines[at + 1].text.strip().startswith("Get tickets as low as")
