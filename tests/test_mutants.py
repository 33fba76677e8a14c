"""Mutants of the solutions: each that changes what the contract fixes is caught by some check.

Those that survive stand in `tests/mutants/<stem>.toml`, each with the reason why it may. An
exercise without that file is proven with `workbook verify` only.
"""

import pytest

from workbook.catalogue import exercises
from workbook.mutants import mutants
from workbook.verify import PROOFS, excuses, judge, survivors

pytestmark = pytest.mark.slow
EXERCISES = [e for e in exercises() if (PROOFS / "mutants" / f"{e.stem}.toml").exists()]


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_every_mutant_is_killed_or_excused(exercise):
    with judge(exercise) as judged:
        total, alive = survivors(exercise, judged)
    assert total >= 5
    unexplained = [f"line {m.line}: {m.name}" for m in alive if m.name not in excuses(exercise)]
    assert unexplained == []


@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.name)
def test_excuses_are_of_mutants_that_there_are_and_give_reasons(exercise):
    names = {mutant.name for mutant in mutants(exercise.solution_path.read_text())}
    for name, reason in excuses(exercise).items():
        assert name in names
        assert len(reason.split()) >= 4
