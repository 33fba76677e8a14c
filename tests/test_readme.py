"""README.md and CONTRIBUTING.md: short, and true of this folder."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXERCISES = sorted(path.stem for path in (ROOT / "exercises").glob("ex*.py"))
LESSONS = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def links(text):
    """Return the targets of a page's links that stay in this folder."""
    targets = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    return [target for target in targets if "://" not in target]


def test_the_readme_has_at_most_400_words():
    prose = re.sub(r"\]\([^)]*\)", "]", README)
    assert len(re.findall(r"[\w'-]+", prose)) <= 400


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_every_link_leads_to_a_file(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [target for target in links(text) if not (ROOT / target).exists()] == []


def test_the_map_has_every_lesson_and_every_exercise_with_its_check():
    targets = links(README)
    assert [target for target in targets if target.endswith(".ipynb")] == [
        f"notebooks/{name}" for name in LESSONS
    ]
    for folder, prefix in (("exercises", ""), ("checks", "test_")):
        mapped = [t for t in targets if t.startswith(f"{folder}/") and t.endswith(".py")]
        assert mapped == [f"{folder}/{prefix}{stem}.py" for stem in EXERCISES]


def test_the_badge_opens_lesson_00_in_jupyterlab():
    badge = re.search(r"\]\((https://mybinder\.org/v2/gh/[^)]+)\)", README)
    assert badge
    assert badge[1].endswith("?urlpath=lab/tree/notebooks/00_start_here.ipynb")


def test_the_two_commands_stand_in_the_readme():
    assert "python3 start.py lab" in README
    assert "python3 start.py test" in README
    assert "pip install -r requirements.txt" in README
