"""Errors of a learner's own code, told by the learner's own lines.

A traceback through a web framework has thirty lines, of which two are the learner's. Here the
others are left out, and it is said how many they were.
"""

import asyncio
import gc
import inspect
import linecache
import sys
import sysconfig
import traceback
from pathlib import Path
from types import FrameType

_OTHERS = tuple({sysconfig.get_path(key) for key in ("stdlib", "platstdlib", "purelib", "platlib")})
_HERE = str(Path(__file__).parent)


def is_own(filename: str) -> bool:
    """True for the learner's files and cells, False for Python's, the libraries' and ours."""
    return not filename.startswith((*_OTHERS, _HERE, "<frozen"))


def place(filename: str, line: int) -> str:
    """A line as a learner knows it: ``Cell In[3], line 5`` or ``ex2a_echo.py, line 9``."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    named = shell.compile.format_code_name(filename) if shell else None
    return f"{' '.join(named) if named else Path(filename).name}, line {line}"


def place_and_code(filename: str, line: int) -> str:
    """As ``place``, with the line's code: ``Cell In[3], line 5: time.sleep(60)``."""
    code = linecache.getline(filename, line).strip()
    return f"{place(filename, line)}: {code}" if code else place(filename, line)


def own_line(error: BaseException) -> str:
    """Where in the learner's code the error arose, or ""."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if is_own(f.filename)]
    return place(frames[-1].filename, frames[-1].lineno or 0) if frames else ""


def running_line(frame: FrameType | None) -> str:
    """The innermost line of the learner's in a running thread, or ""."""
    while frame and not is_own(frame.f_code.co_filename):
        frame = frame.f_back
    return place_and_code(frame.f_code.co_filename, frame.f_lineno) if frame else ""


def waiting_line(task: asyncio.Task) -> str:
    """The innermost line of the learner's at which a task waits, or ""."""
    line, awaited = "", task.get_coro()
    while awaited is not None:
        if inspect.isasyncgen(awaited):
            frame, awaited = awaited.ag_frame, awaited.ag_await
        elif inspect.iscoroutine(awaited):
            frame, awaited = awaited.cr_frame, awaited.cr_await
        else:  # a step of an asynchronous generator knows it, but has no attribute for it
            frame, awaited = None, next(filter(inspect.isasyncgen, gc.get_referents(awaited)), None)
        if frame and is_own(frame.f_code.co_filename):
            line = place_and_code(frame.f_code.co_filename, frame.f_lineno)
    return line


def shortened(error: BaseException) -> str:
    """The error's traceback with the learner's own lines only, chained errors and groups too."""
    story = traceback.TracebackException.from_exception(error)
    left_out = _keep_own(story, set())
    text = "".join(story.format()).rstrip()
    return f"{text}\n({left_out} lines in libraries left out)" if left_out else text


def _keep_own(story: traceback.TracebackException | None, seen: set[int]) -> int:
    if story is None or id(story) in seen:
        return 0
    seen.add(id(story))
    own = [frame for frame in story.stack if is_own(frame.filename)]
    left_out = len(story.stack) - len(own)
    for frame in own:
        frame.filename = place(frame.filename, frame.lineno or 0).rpartition(", line")[0]
    story.stack = traceback.StackSummary.from_list(own)
    parts = [story.__cause__, story.__context__, *(story.exceptions or [])]
    return left_out + sum(_keep_own(part, seen) for part in parts)
