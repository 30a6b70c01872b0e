"""Every code the spec room reports, with the summary that is the same for all its cases."""

from __future__ import annotations

from typing import TYPE_CHECKING

from songbatch.diagnostics import Diagnostic, Severity

if TYPE_CHECKING:
    from songbatch.sources import Span

LONGEST_WORDS = 500
"""Characters of a detail or a fix: what an author wrote may have millions."""

FIRST_SONG = 'songs: {first: {lyrics: "Words to sing"}}'
"""The least that a spec needs beside its version, as its author may paste it."""

ERRORS = {
    "merge.conflict": "git's conflict markers",
    "yaml.alias": "aliases expand to too much",
    "yaml.anchor": "unknown or recursive alias",
    "yaml.depth": "too deeply nested",
    "yaml.documents": "more than one document",
    "yaml.duplicate-key": "the same key twice",
    "yaml.empty": "the file is empty",
    "yaml.encoding": "a character that YAML does not allow",
    "yaml.key": "a key that is not plain text",
    "yaml.merge-key": "merge keys are not supported",
    "yaml.size": "the file is too large",
    "yaml.syntax": "this is not YAML",
    "yaml.tag": "a tag that is not supported",
    "schema.duplicate-value": "the same value twice",
    "schema.empty": "nothing here",
    "schema.enum": "not one of the allowed values",
    "schema.missing-key": "a key is missing",
    "schema.pattern": "not allowed here as written",
    "schema.range": "out of range",
    "schema.too-long": "too long",
    "schema.type": "wrong type",
    "schema.unknown-key": "unknown key",
    "engine.cannot": "the engine cannot do this",
    "engine.needs": "the engine needs more",
    "engine.range": "out of the engine's range",
    "engine.settings": "the engine cannot be set up so",
    "engine.too-long": "longer than the engine takes",
    "engine.unknown": "unknown engine",
    "song.value": "not one of the values",
    "cover.path": "not a path inside the project",
    "album.cover": "the cover cannot be used",
    "album.isrc": "not a recording code",
    "album.last": "nothing comes behind the last song",
    "album.several": "a song with several variants",
    "album.song": "unknown song",
    "album.together": "gap and crossfade exclude each other",
    "album.twice": "the same recording code twice",
    "album.upc": "not the number of a bar code",
    "lyrics.both": "lyrics, template and sections exclude each other",
    "lyrics.empty": "the lyrics are empty",
    "lyrics.section-line": "words beside a section",
    "lyrics.missing": "a song without lyrics",
    "lyrics.path": "not a path inside the project",
    "lyrics.unreadable": "cannot read the lyrics file",
    "lyrics.too-long": "the lyrics are too long",
    "matrix.exclude-key": "exclude names no variable of the matrix",
    "matrix.empty": "the matrix leaves nothing to render",
    "matrix.row-clash": "a variable comes from both the matrix and the rows",
    "matrix.too-large": "too many renders in one spec",
    "output.collision": "two renders would write one file",
    "output.name": "the output is not a plain file name",
    "reference.cut": "the cut is not inside the recording",
    "reference.both": "file and url exclude each other",
    "reference.missing": "a song without a reference",
    "reference.path": "not a path inside the project",
    "reference.rights": "the project demands rights",
    "reference.purpose": "the reference has another purpose",
    "reference.unknown": "unknown reference",
    "reference.url": "not a URL that can be fetched",
    "rows.columns": "the row does not fit the header",
    "rows.empty": "the rows file has no rows",
    "rows.header": "the header of the rows file cannot be used",
    "rows.syntax": "this is not CSV",
    "rows.unreadable": "cannot read the rows file",
    "rows.path": "not a path inside the project",
    "profile.unknown": "the spec has no such profile",
    "until.bounds": "more good takes than there may be",
    "takes.both": "takes and until exclude each other",
    "selects.twice": "one listener has two opinions of the same audio",
    "store.address": "not the address of a shared store",
    "template.failed": "the template failed",
    "template.missing": "the template file cannot be read",
    "template.path": "not a template below templates/ or beside the spec",
    "template.refused": "not allowed in a template",
    "template.syntax": "the template cannot be understood",
    "template.too-large": "the template produces too much",
    "template.undefined": "undefined in the template",
    "vars.reserved": "this name is built in",
}

WARNINGS = {
    "fix.stale": "a fix of a take that is no more",
    "spec.place": "a spec that is not rendered",
    "yaml.comma": "words behind a comma",
    "yaml.comment": "words in a comment",
    "yaml.mark": "a mark of YAML is taken from the text",
    "album.small-cover": "shops may not take this cover",
    "audio.bitrate": "the bitrate is out of reach at this sample rate",
    "audio.tags": "only MP3 carries tags",
    "lang.unknown": "not a registered language",
    "lyrics.accompaniment": "## is unbalanced",
    "lyrics.escape": "a backslash in the lyrics",
    "lyrics.joined": "lines of the lyrics are joined",
    "lyrics.file": "the lyrics are the name of a file",
    "lyrics.form": "the lyrics file is not plain UTF-8",
    "lyrics.gap": "several empty lines in a row",
    "lyrics.repeat": "a section without words, which engines sing as nothing",
    "lyrics.singer": "a section that says who sings it",
    "lyrics.garbled": "letters that no longer are what was written",
    "lyrics.invisible": "invisible characters in the lyrics",
    "lyrics.long": "the lyrics are long",
    "lyrics.mark": "marks of a page or a program are sung as words",
    "lyrics.parentheses": "parentheses make no second voice",
    "engine.ignores": "the engine ignores this",
    "options.unknown": "these options are sent nowhere",
    "engine.exposed": "what is sent can be read on the way",
    "engine.model": "not a model that is known",
    "engine.blurred": "the engine cannot tell these apart",
    "lyrics.section-tag": "not a section that engines know",
    "matrix.exclude-nothing": "exclude matches no combination",
    "rows.form": "the rows file is not plain CSV",
    "rows.short": "a row has fewer fields than the header",
    "rows.value": "a value that may be a mistake",
    "text.line-end": "an unusual line end",
    "tags.unreadable": "players cannot read this tag",
    "reference.unused": "no song uses this reference",
    "vars.truth": "a text that is true in a condition",
    "vars.compared": "a value that is not equal to what it looks like",
    "vars.covered": "--set has no effect here",
}


def make_diagnostic(code: str, span: Span, detail: str = "", fix: str = "") -> Diagnostic:
    """Return the diagnostic of a code listed above; the code decides how severe it is."""
    detail, fix = _cut(detail), _cut(fix)
    if code in WARNINGS:
        return Diagnostic(code, span, WARNINGS[code], detail, fix, Severity.WARNING)
    return Diagnostic(code, span, ERRORS[code], detail, fix)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_WORDS else text[: LONGEST_WORDS - 1] + "…"
