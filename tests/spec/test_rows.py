"""Rows as spreadsheets save them: one table, written in every form, is read as the same rows."""

from __future__ import annotations

import csv
import io
import unicodedata
from typing import TYPE_CHECKING, Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from songbatch.diagnostics import Severity
from songbatch.lyrics import TemplateText
from songbatch.lyrics.templates import Templates
from songbatch.lyrics.used_names import _WORDS, used_names
from songbatch.sources import Source, Span, Unreadable
from songbatch.spec.rows import rows

if TYPE_CHECKING:
    from songbatch.diagnostics import Diagnostic

COLUMNS = ["first_name", "Town", "b2", "Straße", "_7"]
WRITTEN = {
    "first_name": ["first_name", " first_name ", "first name", "first\u00a0name", "first\nname",
                   "first-name", "first (name)", "first & name?", "#first/name", "first\u2019name"],
    "_7": ["7", "7.", "(7)", "_7"],
}  # fmt: skip
"""Columns in different spellings."""
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"]
FIELDS = st.text(st.sampled_from("abZ019 ,;\t\"'=\néñüß€\u2019.-"), max_size=8).map(
    lambda text: text.lstrip(" ")
)


class Form:
    """How a program writes a table."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.encoding = draw(st.sampled_from(ENCODINGS))
        self.delimiter = draw(st.sampled_from(",;\t"))
        self.is_declared = draw(st.booleans())
        self.line_end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
        self.quoting: Literal[0, 1] = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
        self.empty_columns = draw(st.integers(0, 3))
        self.is_indented = draw(st.booleans())
        self.empty_lines = draw(st.lists(st.integers(0, 6), max_size=2))
        self.ends = draw(st.booleans())

    def bytes(self, table: list[list[str]]) -> bytes:
        """Return the file."""
        out = io.StringIO()
        writer = csv.writer(
            out, delimiter=self.delimiter, lineterminator="\n", quoting=self.quoting
        )
        if self.is_declared:
            out.write(f"sep={self.delimiter}\n")
        self._write_empty(out)
        for row in table:
            writer.writerow([""] * self.is_indented + row + [""] * self.empty_columns)
            self._write_empty(out)
        text = out.getvalue() if self.ends else out.getvalue().rstrip("\n")
        return text.replace("\n", self.line_end).encode(self.encoding)

    def _write_empty(self, out: io.StringIO) -> None:
        for commas in self.empty_lines:
            out.write(self.delimiter * commas + "\n")

    @property
    def is_assumed(self) -> bool:
        """Whether the file does not say itself how it is to be read."""
        unnamed = self.delimiter != "," and not self.is_declared
        return unnamed or self.encoding in {"utf-16-le", "utf-16-be"}


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    columns = draw(st.lists(st.sampled_from(COLUMNS), min_size=2, max_size=4, unique=True))
    header = [draw(st.sampled_from(WRITTEN.get(name, [name]))) for name in columns]
    name = FIELDS.filter(str.strip)
    row = st.tuples(name, *[FIELDS] * (len(columns) - 1)).map(list)
    return [header, *draw(st.lists(row, min_size=1, max_size=4))]


@st.composite
def forms(draw: st.DrawFn) -> Form:
    return Form(draw)


def read(data: bytes) -> tuple[list[dict[str, str]] | None, list[Diagnostic]]:
    diagnostics: list[Diagnostic] = []
    found = rows("specs/x.csv", data, diagnostics)
    return None if found is None else [dict(row.values) for row in found.rows], diagnostics


def is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@given(tables(), forms())
def test_a_table_has_the_same_rows_in_every_form(table: list[list[str]], form: Form) -> None:
    data = form.bytes(table)
    is_foreign = form.encoding == "cp1252" and not data.isascii()
    assume(not is_foreign or not is_utf8(data))
    found, diagnostics = read(data)
    meant = {spelling: name for name, spellings in WRITTEN.items() for spelling in spellings}
    names = [meant.get(name, name) for name in table[0]]
    assert found == [dict(zip(names, row, strict=True)) for row in table[1:]]
    is_renamed = any(name.strip() not in COLUMNS for name in table[0])
    is_told = form.is_assumed or is_foreign or is_renamed
    # Fields that look like formulas are told as well.
    codes = [d.code for d in diagnostics if d.code != "rows.value"]
    assert codes == ["rows.form"] * is_told
    assert all(d.severity is Severity.WARNING for d in diagnostics)


@given(tables(), forms(), st.integers(1, 3), st.data())
def test_a_row_that_does_not_fit_is_an_error_at_its_place(
    table: list[list[str]], form: Form, more: int, data: st.DataObject
) -> None:
    form.encoding, form.delimiter, form.is_declared = "utf-8", ",", False
    form.empty_columns, form.is_indented, form.empty_lines = 0, False, []
    at = data.draw(st.integers(1, len(table) - 1))
    table[at] = table[at] + ["x"] * more
    found, (wrong,) = read(form.bytes(table))
    assert found is None
    assert wrong.code == "rows.columns"
    assert wrong.span.line == 1 + sum(1 + "".join(row).count("\n") for row in table[:at])


@given(tables(), forms(), st.booleans())
def test_fields_that_a_program_cuts_off_are_empty_and_told(
    table: list[list[str]], form: Form, is_cut: bool
) -> None:
    form.encoding, form.delimiter, form.is_declared = "utf-8", ",", False
    form.empty_columns, form.is_indented, form.empty_lines = 0, False, []
    whole, _ = read(form.bytes(table))
    cut = []
    for row in table[1:]:
        length = next(at for at in range(len(row), 0, -1) if row[at - 1])
        cut.append(row[:length] if is_cut else row)
    # A row that lacks words is no such row if others have kept their commas.
    broken = [table[0], *cut, ["x"]]
    keeps = any(len(row) == len(table[0]) and not row[-1] for row in cut)
    found, diagnostics = read(form.bytes([table[0], *cut]))
    assert found == whole
    codes = {one.code for one in diagnostics} - {"rows.form"}
    assert codes == ({"rows.short"} if any(len(row) < len(table[0]) for row in cut) else set())
    found, diagnostics = read(form.bytes(broken))
    assert (found is None) == keeps
    assert {one.code for one in diagnostics} - {"rows.form"} == {
        "rows.columns" if keeps else "rows.short"
    }


@given(
    tables(),
    forms(),
    st.sampled_from([0, 1, 2, 17]),
    st.sampled_from(["", "#", " ", "Unnamed: 0"]),
    st.booleans(),
)
def test_a_column_that_counts_the_rows_names_nothing(
    table: list[list[str]], form: Form, start: int, head: str, is_twofold: bool
) -> None:
    form.encoding, form.is_indented = "utf-8", False
    whole, _ = read(form.bytes(table))
    numbers = [str(number) for number in range(start, start + len(table) - 1)]
    counted = [[first, *row] for first, row in zip([head, *numbers], table, strict=True)]
    if is_twofold:
        counted = [[first, *row] for first, row in zip(["", *numbers], counted, strict=True)]
    found, diagnostics = read(form.bytes(counted))
    assert found == whole
    what = "columns that count" if is_twofold else "the first column, which counts"
    assert f"without {what} the rows" in diagnostics[0].detail


@pytest.mark.parametrize("mark", [",", ";"])
@pytest.mark.parametrize("head", ["", "|", "#|"])
def test_names_of_rows_without_a_header_are_told_once_with_the_header(mark: str, head: str) -> None:
    lines = [f"{head}name|town", "x1|Ann|Rome", "x2|Bo|Ely"]
    text = "\n".join(lines).replace("|", mark)
    found, diagnostics = read(text.encode())
    assert found is None
    (told,) = diagnostics
    assert (told.code, told.span.line) == ("rows.header", 1)
    named = f"row{mark}name{mark}town"
    assert told.fix.startswith(f"write `{named}` as the header")
    found, _ = read("\n".join([named, *text.split("\n")[1:]]).encode())
    assert found is not None
    assert found[0] == {"row": "x1", "name": "Ann", "town": "Rome"}


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("title", ["Guests||", "Guest list||2026-11-27", "Gäste|", "Guests 2026"])
def test_a_title_above_small_letters_is_no_header(mark: str, title: str) -> None:
    text = f"{title}\nname|town|\nAnn|Lisbon|\n".replace("|", mark)
    if "|" in title:
        found, _ = read(text.encode())
        assert found == [{"name": "Ann", "town": "Lisbon"}]


@pytest.mark.parametrize(
    "text", ["name,\nAnn,Lisbon\n", "name,,town\nann,lee,rome\nbo,li,ely\n", "Name,,\nAnn,Lee,x\n"]
)
def test_a_header_whose_neighbours_are_forgotten_is_no_title(text: str) -> None:
    found, diagnostics = read(text.encode())
    assert found is None
    assert {one.code for one in diagnostics} == {"rows.header"}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name;town, country\nAnn;Lisbon, Portugal\n", ["name", "town_country"]),
        ("name;town, country\nAnn;Lisbon\nBo;Rome, Italy\n", ["name", "town_country"]),
        ("a;b, name\nx;y, Ann\n", ["a", "b_name"]),
        ("name,a;b\nAnn,x\nBo,y\n", ["name", "a_b"]),
    ],
)
def test_the_rows_tell_what_separates_columns_where_the_header_does_not(
    text: str, names: list[str]
) -> None:
    found, (told,) = read(text.encode())
    assert found is not None
    assert list(found[0]) == names
    other = "," if ";" in text.partition("\n")[2] else ";"
    assert f"write `sep={other}` as its first line" in told.fix


@pytest.mark.parametrize(
    ("text", "detail", "fix"),
    [
        (
            "name|town\nAnn|Rome\n",
            "| stands between the columns",
            "write `sep=|` as its first line",
        ),
        (
            "| name | town |\n|---|:-:|\n| Ann | Rome |\n",
            "it is a table in Markdown",
            "`name,town`",
        ),
        ("name | town\n--- | ---\nAnn | Rome\n", "it is a table in Markdown", "`name,town`"),
    ],
)
def test_tables_between_bars_are_told_as_such(text: str, detail: str, fix: str) -> None:
    found, (told,) = read(text.encode())
    assert found is None
    assert (told.code, told.detail) == ("rows.syntax", detail)
    assert fix in told.fix
    assert read(b"sep=|\nname|town\nAnn|Rome\n") == ([{"name": "Ann", "town": "Rome"}], [])
    assert read(b"name,wish\nAnn,a|b\nBo,c|d\n")[0] is not None


@given(tables(), forms(), st.sampled_from(["Guests 2026", "Our guests", "2026"]))
def test_a_title_in_the_first_cell_is_no_header(
    table: list[list[str]], form: Form, title: str
) -> None:
    form.encoding, form.is_indented = "utf-8", False
    whole, _ = read(form.bytes(table))
    empty = [""] * (len(table[0]) - 1)
    found, diagnostics = read(form.bytes([[title, *empty], *table]))
    assert found == whole
    assert f'without the title "{title}"' in diagnostics[0].detail


@given(tables(), forms(), st.sampled_from(["Table 1", "Tabelle 12", "表格 1", "Table1"]))
def test_the_name_that_numbers_gives_a_table_is_no_header(
    table: list[list[str]], form: Form, title: str
) -> None:
    form.encoding, form.is_declared, form.empty_lines = "utf-8", False, []
    form.is_indented, form.empty_columns = False, 0
    whole, _ = read(form.bytes(table))
    found, diagnostics = read(title.encode() + form.line_end.encode() + form.bytes(table))
    assert found == whole
    assert f'without the title "{title}"' in diagnostics[0].detail


@given(st.text(st.characters(exclude_characters="\0\r", codec="utf-8"), min_size=1, max_size=12))
def test_a_column_of_any_name_is_read_or_refused_at_its_header(name: str) -> None:
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows([[name, "z"], ["la", "lo"]])
    try:
        found, diagnostics = read(table.getvalue().encode())
    except Unreadable:
        return
    if found is None:
        assert {one.code for one in diagnostics} <= {"rows.header", "rows.syntax", "rows.columns"}
        return
    (row,) = found
    column = next(iter(row))
    if column not in {"z", *_WORDS}:
        template = "{{ " + unicodedata.normalize("NFD", column) + " }}"
        assert rendered(template, row) == "la"
        is_told = unicodedata.normalize("NFC", name.strip()) != column
        assert [one.code for one in diagnostics] == ["rows.form"] * is_told
        assert used_names(template) == {column}


def rendered(template: str, values: dict[str, str]) -> str:
    place = Span(Source("a.j2", template))
    return Templates(lambda _: Source("", "")).render(
        TemplateText(template, lambda _: place), values
    )


ERRORS = ["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#BEZUG!", "#NV", "#¡REF!", "Err:502",
          "########", "=B2", "=SUM(A1:A3)", "='Sheet 1'!A1", "=-$B$2*2"]  # fmt: skip
MISSING = ["NaN", "nan", "NA", "NULL", "\\N", "<NA>"]


@given(
    st.lists(
        st.sampled_from(
            [*ERRORS, "la", "#1", "#love!", "# 7", "##", "=)", "Na", "Null", "nana", "= la", "=me"]
        ),
        min_size=1,
    )
)
def test_what_failed_formulas_leave_is_told_once(values: list[str]) -> None:
    text = "name,wish\n" + "".join(f"Ann,{value}\n" for value in values)
    found, diagnostics = read(text.encode())
    failed = [line for line, value in enumerate(values, 2) if value in ERRORS]
    assert found == [{"name": "Ann", "wish": value} for value in values]
    assert [(one.code, one.span.line) for one in diagnostics] == [
        ("rows.value", line) for line in failed[:1]
    ]
    assert len(failed) < 2 or f"{len(failed) - 1} more value" in diagnostics[0].detail


def test_a_row_without_what_names_its_variant_is_told() -> None:
    found, (told,) = read(b"name,town\nAnn,Bath\n,York\n ,Ely\n")
    assert found is not None
    assert (told.code, told.span.line) == ("rows.value", 3)
    assert told.detail == "no `name`, which names the variant, and 1 more row"


@pytest.mark.parametrize(
    ("text", "place", "detail", "fix"),
    [
        ("name,town\nAnn,Lisbon,\n", 2, "3 fields, 2 needed", "remove the comma at the end"),
        ("name;town\nAnn;Lisbon;\n", 2, "3 fields, 2 needed", "remove the semicolon at the end"),
        ("name,town\nAnn,a,b\n", 2, "3 fields, 2 needed", "into quotes"),
        ("name,town\nAnn\nBo,\n", 2, "1 field, 2 needed", "add the missing fields"),
        ("wish\nHi, Ann\nBye\n", 2, "2 fields, 1 needed", "if line 1 is a title, remove it"),
        ("Guests,\na,b\n", 2, 'the 2nd, has "b"', "if line 1 is a title, remove it"),
        ("name,,\nAnn,,\nBo,,x\nCy,,y", 3, 'without a name, the 3rd, has "x"', "or empty it"),
        ("a b,a_b\n1,2\n", 1, '"a_b" appears twice', "rename"),
        ("a, a\n1,2\n", 1, '"a" appears twice', "rename"),
        ("?,!\n1,2\n", 1, "no column has a name", "letters, digits and underscores"),
        (f"a,{'b' * 65}\n1,2\n", 1, f'the column "{"b" * 65}"', "at most 64 letters"),
        ("a-b,a b\n1,2\n", 1, '"a_b" appears twice', "rename"),
    ],
)
def test_a_mistake_has_a_place_and_a_fix(text: str, place: int, detail: str, fix: str) -> None:
    found, diagnostics = read(text.encode())
    (wrong,) = diagnostics
    assert found is None
    assert wrong.span.line == place
    assert detail in wrong.detail
    assert fix in wrong.fix


def test_a_row_may_leave_out_the_columns_without_a_name() -> None:
    assert read(b"name,town,,\nAnn,Lisbon\n") == ([{"name": "Ann", "town": "Lisbon"}], [])


def test_a_decimal_comma_stays_as_it_is() -> None:
    found, _ = read(b"name;factor\nAnn;1,5\n")
    assert found == [{"name": "Ann", "factor": "1,5"}]


def test_what_was_assumed_is_shown_by_a_word() -> None:
    _, (note,) = read("first name;wish\nJosé;joy\n".encode("cp1252"))
    assert note.detail == (
        'it was read as Windows-1252 (which gives "José"), with semicolons between the columns, '
        'with the column "first name" as `first_name`'
    )


@pytest.mark.parametrize(
    "data",
    [
        "name,town\nJosé,Málaga\n".encode() + "André,".encode("cp1252") + b"x\n",
        b"name\nA\x81\n",
        b"n\0a\0m\0e\0\n\0x",
    ],
)
def test_an_encoding_that_cannot_be_told_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable) as refusal:
        read(data)
    assert "UTF-8" in refusal.value.fix


@given(st.lists(st.sampled_from([*MISSING, "la", "Na", "null", "n"]), min_size=1))
def test_what_programs_write_for_no_value_is_told_once(values: list[str]) -> None:
    found, diagnostics = read(("name,wish\n" + "".join(f"Ann,{v}\n" for v in values)).encode())
    assert found == [{"name": "Ann", "wish": value} for value in values]
    lines = [line for line, value in enumerate(values, 2) if value in MISSING]
    assert [(one.code, one.span.line) for one in diagnostics] == [
        ("rows.value", line) for line in lines[:1]
    ]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04\x14\x00\x06\x00\x81", "a workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".xls"),
        (b"%PDF-1.7\n%\x81", "a PDF"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>", "a web page"),
        (b"<table><tr><td>name</td></tr></table>", "a web page"),
        (b'[\n {"name": "Ann"}\n]', "JSON"),
        (b'{"rows": []}', "JSON"),
    ],
)
def test_a_file_of_another_program_is_told_as_what_it_is(data: bytes, what: str) -> None:
    found, (told,) = read(data)
    assert found is None
    assert (told.code, what in told.detail) == ("rows.syntax", True)


def test_names_in_brackets_make_no_file_of_another_program() -> None:
    for header in ("[name]", "<name>", "{name}", "<b>name</b>"):
        assert read(f"{header},town\nAnn,Rome\n".encode())[0] is not None


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("above", ["#TYPE System.Object\n", "Our guests\n\n", "Table 1\n"])
def test_what_programs_and_people_write_above_a_table_is_left_out(above: str, mark: str) -> None:
    found, _ = read(f"{above}name{mark}town\nAnn{mark}Rome\n".encode())
    assert found == [{"name": "Ann", "town": "Rome"}]


@given(st.lists(st.tuples(*[st.text(' "Ab', min_size=1).filter(str.strip)] * 2), min_size=1))
def test_quotes_of_google_sheets_between_tabs_are_letters_or_mark_a_field(
    lines: list[tuple[str, str]],
) -> None:
    text = "".join(f"{name}\t{town}\n" for name, town in [("name", "town"), *lines])
    found, notes = read(text.encode())
    assert found is not None
    if any("quotes as letters" in note.detail for note in notes):
        raw = [{"name": name.lstrip(), "town": town.lstrip()} for name, town in lines]
        assert [{key: value.lstrip() for key, value in row.items()} for row in found] == raw


def test_a_text_behind_an_equals_sign_is_told() -> None:
    _, (told,) = read(b'name,town\nAnn,="007"\n')
    assert told.code == "rows.value"
