"""The command line: `workbook check|watch|hint|reset|serve|verify`."""

import os
import shutil
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from workbook.catalogue import ROOT, Exercise, NoSuchExercise, exercises, find

app = typer.Typer(
    help="The workbook on WebSockets with FastAPI.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Stem = Annotated[str, typer.Argument(metavar="EXERCISE", help="such as ex2a")]
MaybeStem = Annotated[
    str | None, typer.Argument(metavar="EXERCISE", help="such as ex2a; all if left out")
]
Work = Annotated[Path | None, typer.Option(help="grade the files in this folder (exercises/)")]


def _find(words: str) -> Exercise:
    try:
        return find(words)
    except NoSuchExercise as error:
        raise _Stop(str(error)) from None


def _needs_posix() -> None:
    from workbook.grader.options import NEEDS_POSIX

    if os.name == "nt":
        raise _Stop(NEEDS_POSIX)


class _Stop(typer.Exit):
    """End with one sentence on standard error and exit code 2."""

    def __init__(self, sentence: str) -> None:
        typer.echo(sentence, err=True)
        super().__init__(2)


def _chosen(words: str | None) -> list[Exercise]:
    return [_find(words)] if words else exercises()


@app.command()
def check(
    stem: MaybeStem = None,
    work: Work = None,
    report: Annotated[Path | None, typer.Option(help="write the verdicts as JSON")] = None,
) -> None:
    """Grade one exercise, or all; the same as `pytest checks/`."""
    paths = [str(_find(stem).check_path)] if stem else [str(ROOT / "checks")]
    options = [f"--work={work}"] if work else []
    options += [f"--report={report}"] if report else []
    raise typer.Exit(subprocess.call([sys.executable, "-m", "pytest", *paths, *options]))


@app.command()
def watch(stem: MaybeStem = None, work: Work = None) -> None:
    """Grade after each save, until Ctrl+C."""
    chosen, folder = _chosen(stem), work or ROOT / "exercises"
    if not folder.is_dir():
        raise _Stop(f"--work: there is no folder {folder}.")
    _needs_posix()
    from workbook.watching import watch_and_grade

    watch_and_grade(chosen, folder)


@app.command()
def hint(stem: Stem) -> None:
    """Show the next hint; each call shows one more."""
    from workbook.hints import next_hint

    typer.echo(next_hint(_find(stem)))


@app.command()
def reset(stem: Stem) -> None:
    """Put the starter back; your file is kept beside it, with the date in its name."""
    exercise = _find(stem)
    if exercise.starter is None:
        raise _Stop(f"{exercise.stem} has no starter to put back.")
    try:
        typer.echo(_put_back(exercise))
    except OSError as error:
        shown = exercise.path.relative_to(ROOT)
        raise _Stop(f"{shown} cannot be put back: {error.strerror} ({error.filename}).") from None


def _put_back(exercise: Exercise) -> str:
    """Put the starter back, unless it is there; say what was done."""
    path, shown = exercise.path, exercise.path.relative_to(ROOT)
    if path.is_file() and path.read_text(encoding="utf-8", errors="replace") == exercise.starter:
        return f"{shown} is the starter already."
    kept = keep(path)
    shutil.copyfile(exercise.starter_path, path)
    told = f"{shown} is the starter again."
    if kept:
        told += f" Your file is kept as {kept.name}: copy it over {shown.name} to have it back."
    return told


def keep(path: Path) -> Path | None:
    """Copy a file beside itself under a dated name that nothing has yet; None if there is none."""
    if not path.exists():
        return None
    stamp = f"{datetime.now():%Y-%m-%d-%H%M%S}"
    number = 1
    while True:
        more = f"-{number}" if number > 1 else ""
        copy = path.with_name(f"{path.stem}.kept-{stamp}{more}.py")
        try:
            with copy.open("xb") as target:
                target.write(path.read_bytes())
        except FileExistsError:
            number += 1
            continue
        return copy


@app.command()
def serve(
    stem: Stem,
    workers: Annotated[int, typer.Option(min=1, max=8, help="servers, each on its own port")] = 1,
    port: Annotated[int, typer.Option(min=0, max=65535, help="of the first server")] = 8000,
) -> None:
    """Serve your exercise and a page to talk to it, until Ctrl+C."""
    from workbook.serving import CannotServe, serve_exercise

    try:
        serve_exercise(_find(stem), workers, port)
    except CannotServe as error:
        raise _Stop(str(error)) from None


@app.command()
def verify(stem: MaybeStem = None) -> None:
    """Prove the checks: starters, solutions, right and wrong answers, mutants; print the table."""
    _needs_posix()
    from workbook.verify import print_table

    raise typer.Exit(print_table(_chosen(stem)))


if __name__ == "__main__":
    app()
