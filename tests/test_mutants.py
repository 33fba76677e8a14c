"""Mutants of the solutions: each that changes what the contract fixes is caught by some check.

Those that survive stand in `tests/mutants/<stem>.toml`, each with the reason why it may.
"""

import pytest

from workbook.catalogue import exercises
from workbook.verify import excuses, judge, survivors

pytestmark = pytest.mark.slow
EXERCISES = exercises()


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_every_mutant_is_killed_or_excused(exercise):
    with judge(exercise) as judged:
        total, alive = survivors(exercise, judged)
    assert total >= 5
    unexplained = [f"line {m.line}: {m.name}" for m in alive if m.name not in excuses(exercise)]
    assert unexplained == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_excuses_are_of_mutants_that_there_are_and_give_reasons(exercise):
    from workbook.mutants import mutants

    names = {mutant.name for mutant in mutants(exercise.solution_path.read_text())}
    for name, reason in excuses(exercise).items():
        assert name in names
        assert len(reason.split()) >= 4
