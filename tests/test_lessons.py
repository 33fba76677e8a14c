"""The lessons' pages keep their budgets, and what they and the checks refer to is there."""

import json
import re
from pathlib import Path
from statistics import mean, median

import pytest

from workbook.catalogue import ROOT

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WORDS, LINES = 120, 20  # the most that one cell may have
MIDDLE_WORDS, MEAN_LINES = 40, 11  # half of the text cells are shorter; an app takes ten lines
CELLS = range(30, 51)


def lesson_id(path: Path) -> str:
    return path.stem


@pytest.fixture(params=LESSONS, ids=lesson_id)
def lesson(request):
    notebook = json.loads(request.param.read_text(encoding="utf-8"))
    notebook["path"] = request.param
    return notebook


def cells(lesson: dict, kind: str) -> list[str]:
    return ["".join(c["source"]) for c in lesson["cells"] if c["cell_type"] == kind]


def words(text: str) -> int:
    """The words that a reader reads: figures, listings and tables are looked at, not read."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return len(re.sub(r"^\|.*$", "", text, flags=re.MULTILINE).split())


def headings(lesson: dict) -> list[str]:
    text = "\n".join(cells(lesson, "markdown"))
    return [line.strip("# ").strip() for line in text.splitlines() if line.startswith("#")]


def test_there_are_seven_lessons():
    assert [path.name[:2] for path in LESSONS] == [f"{n:02}" for n in range(7)]


def test_a_lesson_has_thirty_to_fifty_cells(lesson):
    least = CELLS.start if not lesson["path"].name.startswith("00") else 12
    assert least <= len(lesson["cells"]) < CELLS.stop


def test_no_cell_is_too_long(lesson):
    longest = max(cells(lesson, "markdown"), key=words)
    assert words(longest) <= WORDS, longest
    for code in cells(lesson, "code"):
        assert len(code.strip().splitlines()) <= LINES, code


def test_text_and_code_keep_their_measure(lesson):
    text, code = cells(lesson, "markdown"), cells(lesson, "code")
    assert median(map(words, text)) <= MIDDLE_WORDS
    assert mean(len(cell.strip().splitlines()) for cell in code) <= MEAN_LINES
    assert 0.6 <= len(text) / len(code) <= 2.0


def test_outputs_are_committed(lesson):
    code = [cell for cell in lesson["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))


def test_errors_are_only_shown_where_they_are_meant(lesson):
    for cell in lesson["cells"]:
        failed = any(output["output_type"] == "error" for output in cell.get("outputs", []))
        meant = "raises-exception" in cell["metadata"].get("tags", [])
        assert failed <= meant, "".join(cell["source"])


def test_it_opens_with_a_promise_and_closes_with_your_turn(lesson):
    opening = cells(lesson, "markdown")[0]
    assert opening.startswith("# ")
    assert lesson["path"].name.startswith("00") or re.search(r"\]\(0\d_\w+\.ipynb", opening)
    last = headings(lesson)[-3:]
    assert any("your turn" in heading.lower() for heading in last), last


def test_no_link_is_dead(lesson):
    for text in cells(lesson, "markdown"):
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"https?://|#", target):
                continue
            assert (ROOT / "notebooks" / target.partition("#")[0]).exists(), target


def test_the_text_is_plain(lesson):
    emoji = re.compile("[\U0001f300-\U0001faff\u2728\u2705\u274c]")
    for text in cells(lesson, "markdown"):
        assert not emoji.search(re.sub(r"`[^`]*`", "", text)), text


def test_sections_that_checks_and_hints_name_are_there():
    known = {path.name[:2]: headings(json.loads(path.read_text())) for path in LESSONS}
    sources = [*(ROOT / "checks").glob("*.py"), *(ROOT / "checks" / "hints").glob("*.md")]
    named = [
        (path.name, number, title)
        for path in sources
        for number, title in re.findall(
            r"[Ll]esson (0\d), “([^”]+)”", re.sub(r"\"\s*\n\s*f?\"", "", path.read_text())
        )
    ]
    assert named
    assert [entry for entry in named if entry[2] not in known.get(entry[1], [])] == []
