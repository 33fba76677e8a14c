"""The capstone's solution under load and faults, in small; the full size is benchmarks/load.py."""

import subprocess
import sys

import pytest

from workbook.catalogue import ROOT

pytestmark = pytest.mark.slow
SMALL = ["--clients", "40", "--rooms", "4", "--seconds", "4", "--every", "1", "--flood", "4000"]
SMALL += ["--slower", "inf"]  # on a busy machine a few seconds say nothing about speed


@pytest.mark.parametrize("scenario", ["steady", "restart", "hang", "kill"])
def test_the_chat_holds(scenario):
    command = [sys.executable, str(ROOT / "benchmarks" / "load.py"), scenario, *SMALL]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stdout + ran.stderr
