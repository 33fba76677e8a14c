"""The checks are graded too: starters fail, solutions pass, right answers pass, wrong ones do not.

A wrong answer, `tests/wrong/<stem>/<name>.py`, says in its first lines which check must catch it
and a part of the message that it must give. A right one, in `tests/right/<stem>/`, is a correct
program in a style of its own.
"""

import re
from pathlib import Path

import pytest

from workbook.catalogue import ROOT, Exercise, exercises

HEADER = re.compile(r"^# (The mistake|Caught by|Says): (.+)$", re.MULTILINE)
EXERCISES = exercises()
MINIMUM = {"ex5c_lossless": 8}  # wrong answers; twelve for any other exercise


def answers(kind: str) -> list:
    """The files of a kind, as parameters: exercise and path."""
    return [
        pytest.param(exercise, path, id=f"{exercise.name}-{path.stem}")
        for exercise in EXERCISES
        for path in sorted((ROOT / "tests" / kind / exercise.stem).glob("*.py"))
    ]


def by_exercise(exercise: Exercise) -> str:
    return exercise.name


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_exercise)
def test_solution_passes(exercise, grade):
    found = grade(exercise, exercise.solution_path.read_text())
    assert [check["message"] for check in found["checks"] if check["outcome"] != "passed"] == []
    assert found["points"] == found["max_points"] == exercise.max_points


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_exercise)
def test_starter_is_not_started_and_earns_nothing(exercise, grade):
    found = grade(exercise, exercise.starter)
    assert found["status"] == "not started"
    assert found["points"] == 0
    assert {check["outcome"] for check in found["checks"]} == {"skipped"}


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_exercise)
def test_starter_that_was_merely_touched_fails_and_says_why(exercise, grade):
    found = grade(exercise, exercise.starter + "\n# my notes\n", first_only=True)
    assert found["status"] in ("failed", "error")
    assert found["points"] < found["max_points"]
    messages = [check["message"] for check in found["checks"] if check["outcome"] != "passed"]
    if "NotImplementedError" in exercise.starter:
        assert "There is still a hole to fill" in messages[0]
    else:
        assert messages[0]


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_exercise)
def test_starter_in_exercises_is_the_pristine_one(exercise):
    assert exercise.path.read_text() == exercise.starter


@pytest.mark.parametrize(("exercise", "path"), answers("right"))
def test_right_answer_passes(exercise, path, grade):
    found = grade(exercise, path.read_text())
    assert [check["message"] for check in found["checks"] if check["outcome"] != "passed"] == []


@pytest.mark.parametrize(("exercise", "path"), answers("wrong"))
def test_wrong_answer_is_caught(exercise, path, grade):
    text = path.read_text()
    header = dict(HEADER.findall(text))
    found = grade(exercise, text, first_only=True)
    caught = [check for check in found["checks"] if check["outcome"] in ("failed", "error")]
    assert caught, "every check passed"
    assert caught[0]["name"] == header["Caught by"], caught[0]["message"]
    assert header["Says"] in caught[0]["message"]


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_exercise)
def test_there_are_enough_wrong_answers(exercise):
    wrong = list((Path(ROOT) / "tests" / "wrong" / exercise.stem).glob("*.py"))
    assert len(wrong) >= MINIMUM.get(exercise.stem, 12)


@pytest.mark.parametrize("exercise", EXERCISES, ids=by_exercise)
def test_there_are_three_hints_or_more(exercise):
    assert len(exercise.hints) >= 3
