"""Mutants of the solutions: each that changes what the contract fixes is caught by some check.

Those that may survive stand in `tests/mutants/<stem>.toml`, each with the reason why; they are not
run. `workbook verify` runs all of them and prints the table.
"""

import pytest

from workbook.catalogue import exercises
from workbook.mutants import mutants
from workbook.verify import Judge, excuses

pytestmark = pytest.mark.slow
EXERCISES = exercises()
MUTANTS = {exercise: mutants(exercise.solution_path.read_text()) for exercise in EXERCISES}
KILLED = [
    pytest.param(exercise, mutant, id=f"{exercise.name}-{number}")
    for exercise, all_of_them in MUTANTS.items()
    for number, mutant in enumerate(all_of_them)
    if mutant.name not in excuses(exercise)
]


@pytest.fixture(scope="module")
def judges(runner, tmp_path_factory):
    return {
        exercise: Judge(runner, exercise, tmp_path_factory.mktemp(exercise.name))
        for exercise in EXERCISES
    }


@pytest.mark.parametrize(("exercise", "mutant"), KILLED)
def test_mutant_is_killed(exercise, mutant, judges):
    assert not judges[exercise].passes(mutant.source), f"line {mutant.line}: {mutant.name}"


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_there_are_mutants_of_it(exercise):
    assert len(MUTANTS[exercise]) >= 10


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_excuses_are_of_mutants_that_there_are_and_give_reasons(exercise):
    names = {mutant.name for mutant in MUTANTS[exercise]}
    for name, reason in excuses(exercise).items():
        assert name in names
        assert len(reason.split()) >= 4
