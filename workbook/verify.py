"""The proof of the checks, as a table: `workbook verify`.

Starters must earn nothing, solutions and right answers everything; each wrong answer and each
mutant of a solution must be caught. Mutants that survive are listed with the reason in
`tests/mutants/<stem>.toml`; one that is not listed is a hole in the checks.
"""

import json
import os
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workbook.catalogue import ROOT, Exercise
from workbook.grader.runner import Runner
from workbook.mutants import Mutant, mutants

PROOFS = ROOT / "tests"


@dataclass
class Proof:
    """What was found about the checks of one exercise."""

    exercise: Exercise
    starter_fails: bool = False
    solution_passes: bool = False
    right: tuple[int, int] = (0, 0)
    wrong: tuple[int, int] = (0, 0)
    killed: int = 0
    survivors: list[Mutant] = field(default_factory=list)
    excused: int = 0

    @property
    def holds(self) -> bool:
        """Whether everything is as it must be."""
        complete = self.right[0] == self.right[1] and self.wrong[0] == self.wrong[1]
        return self.starter_fails and self.solution_passes and complete and not self.survivors


class Judge:
    """Grades texts as answers to one exercise, and tells only whether they pass."""

    def __init__(self, runner: Runner, exercise: Exercise, scratch: Path) -> None:
        self._runner, self._exercise, self._scratch = runner, exercise, scratch
        self._caught: list[str] = []  # the checks that caught something, the last one first

    def passes(self, text: str, to_the_end: bool = False) -> bool:
        """Whether all checks pass; it stops at the first that does not, unless told otherwise.

        Mutants of neighbouring lines are often caught by the same check, so that one goes first.
        """
        (self._scratch / self._exercise.path.name).write_text(text, encoding="utf-8")
        report, output = self._scratch / "report.json", self._scratch / "output.txt"
        report.unlink(missing_ok=True)
        self._runner.run(
            [self._exercise], self._scratch, report, output, not to_the_end, tuple(self._caught)
        )
        found = json.loads(report.read_text())["exercises"][self._exercise.stem]
        for check in found["checks"]:
            if check["outcome"] in ("failed", "error"):
                self._note(check["name"])
        return found["status"] == "passed"

    def _note(self, name: str) -> None:
        self._caught = [name, *(other for other in self._caught if other != name)]


@contextmanager
def judge(exercise: Exercise) -> Iterator[Judge]:
    """A judge with a nursery and a folder of its own."""
    with tempfile.TemporaryDirectory() as scratch, Runner() as runner:
        yield Judge(runner, exercise, Path(scratch))


def excuses(exercise: Exercise) -> dict[str, str]:
    """The mutants that may survive, by name, with the reason."""
    path = PROOFS / "mutants" / f"{exercise.stem}.toml"
    if not path.exists():
        return {}
    entries = tomllib.loads(path.read_text(encoding="utf-8"))["survivor"]
    return {entry["name"]: entry["reason"] for entry in entries}


def survivors(exercise: Exercise, judged: Judge) -> tuple[int, list[Mutant]]:
    """How many mutants of the solution there are, and which of them the checks let pass."""
    all_of_them = mutants(exercise.solution_path.read_text(encoding="utf-8"))
    return len(all_of_them), [mutant for mutant in all_of_them if judged.passes(mutant.source)]


def prove(exercise: Exercise) -> Proof:
    """Everything about one exercise; takes some minutes for the larger ones."""
    proof = Proof(exercise)
    with judge(exercise) as judged:
        proof.starter_fails = not judged.passes(exercise.starter or "", to_the_end=True)
        solution = exercise.solution_path.read_text(encoding="utf-8")
        proof.solution_passes = judged.passes(solution, to_the_end=True)
        right, wrong = (_answers(exercise, kind) for kind in ("right", "wrong"))
        proof.right = sum(map(judged.passes, right)), len(right)
        proof.wrong = sum(not judged.passes(text) for text in wrong), len(wrong)
        total, alive = survivors(exercise, judged)
    excused = excuses(exercise)
    proof.survivors = [mutant for mutant in alive if mutant.name not in excused]
    proof.excused = len(alive) - len(proof.survivors)
    proof.killed = total - len(alive)
    return proof


def _answers(exercise: Exercise, kind: str) -> list[str]:
    paths = sorted((PROOFS / kind / exercise.stem).glob("*.py"))
    return [path.read_text(encoding="utf-8") for path in paths]


def print_table(chosen: list[Exercise]) -> int:
    """Prove the chosen exercises side by side and print the table; 0 if all of it holds."""
    print("exercise  starter  solution  right  wrong  mutants killed  excused  alive")
    sound = True
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for proof in pool.map(prove, chosen):
            print(_row(proof), flush=True)
            for mutant in proof.survivors:
                print(f"    line {mutant.line}: {mutant.name}")
            sound = sound and proof.holds
    return 0 if sound else 1


def _row(proof: Proof) -> str:
    return (
        f"{proof.exercise.name:<10}{'fails' if proof.starter_fails else 'PASSES':<9}"
        f"{'passes' if proof.solution_passes else 'FAILS':<10}"
        f"{proof.right[0]}/{proof.right[1]:<5}{proof.wrong[0]}/{proof.wrong[1]:<6}"
        f"{proof.killed:<16}{proof.excused:<9}{len(proof.survivors)}"
        f"{'' if proof.holds else '   ✗'}"
    )
