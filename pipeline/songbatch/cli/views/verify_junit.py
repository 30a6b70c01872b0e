"""Problems of outputs as JUnit XML, which CI systems show: a suite a manifest, a case an output."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from songbatch.diagnostics import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from songbatch.cli.views.results import VerifyResult
    from songbatch.outputs.verify import OutputProblem
    from songbatch.records import Manifest

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'
_NO_CHARACTERS = {0xFFFE: "\N{REPLACEMENT CHARACTER}", 0xFFFF: "\N{REPLACEMENT CHARACTER}"}
"""What XML 1.0 has no place for, besides what is not printable."""


def verify_junit(result: VerifyResult) -> str:
    """Return the document."""
    suites = ET.Element("testsuites", name="songbatch verify")
    for manifest, findings in result.verified:
        _add_suite(suites, manifest, findings)
    _count(suites)
    ET.indent(suites)
    return DECLARATION + ET.tostring(suites, encoding="unicode")


def _add_suite(
    suites: ET.Element, manifest: Manifest, findings: Sequence[OutputProblem | None]
) -> None:
    name = _text(f"{manifest.spec} on {manifest.engine.name}")
    group = _text(f"{manifest.spec}.{manifest.engine.name}")
    suite = ET.SubElement(suites, "testsuite", name=name)
    for entry, finding in zip(manifest, findings, strict=True):
        case = ET.SubElement(
            suite, "testcase", classname=group, name=_text(entry.id), file=_text(entry.output)
        )
        if finding is not None:
            problem = _text(finding.problem)
            failure = ET.SubElement(case, "failure", message=problem, type="verify")
            failure.text = f"{_text(finding.output)}: {problem}"
        if entry.shortfalls:
            text = _text("; ".join(entry.shortfalls))
            ET.SubElement(case, "system-out").text = f"below what was asked for: {text}"
    _count(suite)


def _count(element: ET.Element) -> None:
    element.set("tests", str(len(list(element.iter("testcase")))))
    element.set("failures", str(len(list(element.iter("failure")))))
    element.set("errors", "0")


def _text(text: str) -> str:
    return printable(text).translate(_NO_CHARACTERS)
