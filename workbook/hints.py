"""Hints, one more each time; how many were shown is remembered in `.workbook/hints.json`."""

import json
from contextlib import suppress
from pathlib import Path

from workbook.catalogue import ROOT, Exercise

MEMORY = ROOT / ".workbook" / "hints.json"


def next_hint(exercise: Exercise, memory: Path = MEMORY) -> str:
    """The next hint to an exercise, with its number; the last one again once all were shown."""
    hints = exercise.hints
    if not hints:
        return f"There are no hints for {exercise.name}."
    shown = _read(memory)
    before = shown.get(exercise.stem, 0)
    number = min(before + 1, len(hints))
    again = before >= len(hints)
    shown[exercise.stem] = number
    _write(memory, shown)
    note = " (the last one, again)" if again else ""
    return f"Hint {number} of {len(hints)} for {exercise.name}{note}\n\n{hints[number - 1]}"


def _read(memory: Path) -> dict[str, int]:
    with suppress(OSError, ValueError):
        found = json.loads(memory.read_text(encoding="utf-8"))
        if isinstance(found, dict):
            return {stem: n for stem, n in found.items() if isinstance(n, int) and n >= 0}
    return {}


def _write(memory: Path, shown: dict[str, int]) -> None:
    with suppress(OSError):  # where nothing can be written, the first hint is shown again
        memory.parent.mkdir(exist_ok=True)
        memory.write_text(json.dumps(shown), encoding="utf-8")
