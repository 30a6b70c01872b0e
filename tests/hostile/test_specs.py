"""Specs and rows that would take the memory or the time, or speak to the terminal."""

from __future__ import annotations

import re

from tests.hostile.conftest import SECRET
from tests.hostile.limited import Stranger

HEAD = "version: 1\nreferences: {r: {file: r.mp3, purpose: song}}\ndefaults: {reference: r}\n"
MOST_SAID = 2_000_000
"""Characters of all messages together."""
EVIL = "\x1b]0;owned\x07\x9b31m\u202etxt.\r\x08"
ESCAPED = r"\e]0;owned\a\x9b31m\u202etxt.\r\b"
"""The same, as YAML's double quotes write it."""


def wide(count: int, values: int) -> str:
    lists = "".join(f"      v{n}: [{', '.join(map(str, range(values)))}]\n" for n in range(count))
    return f"songs:\n  one:\n    lyrics: la\n    matrix:\n{lists}"


def merged(levels: int) -> str:
    lines = ["x0: &x0 {a: 1}"]
    lines += [f"x{n}: &x{n}\n  <<: [*x{n - 1}, *x{n - 1}]" for n in range(1, levels)]
    return "\n".join(lines)


NAMED = {
    "template": "songs: {{one: {{template: {}}}}}\n",
    "rows": "songs: {{one: {{lyrics: la, rows: {}}}}}\n",
    "cover": "songs: {{one: {{lyrics: la, tags: {{cover: {}}}}}}}\n",
}
PATHS = {
    "a deep path": "a/" * 600 + "x",
    "an endless path": "a/" * 200_000 + "x",
    "a long name": "a" * 100_000,
    "the state": "../.songbatch/.gitignore",
    "the state in capitals": "../.SONGBATCH/.gitignore",
}
SPECS = {
    "python object": "a: !!python/object/apply:os.system ['touch ../owned']\n",
    "binary": "a: !!binary aGVsbG8=\n",
    "set": "a: !!set {a, b}\n",
    "omap": "a: !!omap [a: 1]\n",
    "aliases": "a0: &a0 [x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)),
    "merges": merged(40),
    "matrix 100 to the 10": HEAD + wide(10, 100),
    "matrix long": HEAD + wide(2, 500),
    "takes": HEAD + "songs: {one: {lyrics: la, takes: 99999999999999999999}}\n",
    "number": HEAD + f"songs: {{one: {{lyrics: {'9' * 100_000}, takes: 1e999999}}}}\n",
    "many songs": HEAD + "songs:\n" + "".join(f"  s{n}: {{}}\n" for n in range(1000)),
    "long name": HEAD + f"songs: {{{'a' * 5000}: {{lyrics: la}}}}\n",
    "long key": HEAD + f"'{'a' * 100_000}': 1\n",
    "long line": HEAD + f"songs: {{one: {{lyrics: [{'a, ' * 10_000}]}}}}\n",
    "brackets": "[" * 1_000_000,
    "braces": "{a: " * 300_000,
    "quotes": "a: " + '"' * 300_001,
    "tabs": "\t" * 300_000,
    "anchors": "".join(f"- &a{n} 1\n" for n in range(6000)),
    "marks in a long lyric": HEAD + 'songs: {one: {lyrics: "a' + "\u0301\u0323" * 100_000 + '"}}\n',
    "colons": "a" + ": a" * 100_000,
    "directive": "%YAML 9.9\n%TAG ! tag:evil,2000:\n--- !x {}\n",
    "terminal": HEAD + f'songs: {{"{ESCAPED}": {{lyrics: la}}}}\n',
    "terminal in a title": HEAD + f'title: ["{ESCAPED}"]\nsongs: {{one: {{lyrics: la}}}}\n',
    "terminal in a reference": HEAD + f'songs: {{one: {{lyrics: la, reference: "{ESCAPED}"}}}}\n',
    "terminal in a template": HEAD + f'songs: {{one: {{template: "{ESCAPED}.j2"}}}}\n',
    "terminal in an error": HEAD
    + f"songs: {{one: {{lyrics: \"{{{{ '{ESCAPED[:20]}' + 1 }}}}\"}}}}\n",
    "terminal raw": HEAD + f"songs: {{one: {{lyrics: '{EVIL}'}}}}\n",
    "terminal in a comment": f"# {EVIL}\n" + HEAD,
    "template path": HEAD + "songs: {one: {template: ../../outside.txt}}\n",
    "absolute template": HEAD + "songs: {one: {template: /etc/passwd}}\n",
    "rows path": HEAD + "songs: {one: {lyrics: la, rows: ../../outside.txt}}\n",
    "device as rows": HEAD + "songs: {one: {lyrics: la, rows: /dev/zero}}\n",
    **{
        f"{kind} at {name}": HEAD + text.format(path)
        for kind, text in NAMED.items()
        for name, path in PATHS.items()
    },
    **{
        f"reference at {name}": HEAD.replace("r.mp3", path) + "songs: {one: {lyrics: la}}\n"
        for name, path in PATHS.items()
    },
    "include": HEAD + "songs: {one: {lyrics: \"{% include '../../outside.txt' %}\"}}\n",
    "import": HEAD + "songs: {one: {lyrics: \"{% import '/etc/passwd' as p %}{{ p }}\"}}\n",
}


def test_specs_are_refused_in_their_places(stranger: Stranger) -> None:
    stranger.project.reference("specs/r.mp3")
    for number, text in enumerate(SPECS.values()):
        stranger.project.write(f"specs/s{number}.yaml", text)
    all_refused(stranger, list(SPECS))
    assert not (stranger.project.root.parent / "owned").exists()


ROWS = {
    "quote": 'a,b\n"' + "x" * 10_000_000,
    "columns": ",".join(f"c{n}" for n in range(2000)) + "\n" + "1," * 1999 + "1\n",
    "same columns": "a," * 2000 + "a\n1\n",
    "field": "a\n" + "x" * 10_000_000 + "\n",
    "rows": "a\n" + "1\n" * 200_001,
    "commas": "a\n" + "," * 1_000_000 + "\n",
    "quotes": "a\n" + '"' * 1_000_001 + "\n",
    "terminal": f"a\n{EVIL},1\n",
    "terminal in the header": f"{EVIL}\n1\n",
    "binary": "a\n\0\0\0\n",
}


def test_rows_are_refused_in_their_places(stranger: Stranger) -> None:
    stranger.project.reference("specs/r.mp3")
    for number, text in enumerate(ROWS.values()):
        song = f'songs: {{one: {{lyrics: "la {{{{ a }}}}", rows: s{number}.csv}}}}\n'
        stranger.project.write(f"specs/s{number}.yaml", HEAD + song)
        stranger.project.write(f"specs/s{number}.csv", text)
    all_refused(stranger, list(ROWS))


def all_refused(stranger: Stranger, names: list[str]) -> None:
    result = stranger.run("check")
    assert result.status == 2
    assert len(result.stdout) < MOST_SAID
    assert SECRET not in result.stdout
    said = result.stdout.splitlines()
    for number, name in enumerate(names):
        place = re.compile(rf"specs/s{number}\.(yaml|csv)(:\d+:\d+)?: error\[")
        assert any(place.match(line) for line in said), name
