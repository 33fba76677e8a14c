"""Grades with two processes where there are two processors and more than one exercise to grade.

pytest's own process and a fork of it, the helper, take check after check from one queue. Each has
its own nursery and broker, so that they meet nowhere. The helper's reports come back by a file and
are reported like the others; what it took and did not report is graded here.
"""

import json
import os
import signal
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

import pytest

from workbook.grader import confine, plugin
from workbook.grader.interrupts import may_be_interrupted, uninterrupted

WIDTH = 2  # bytes of a number in the queue


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    if not _pays(session):
        return None
    # The last ones take longest; with them at the end, one process would wait for the other.
    numbers = range(len(session.items))[::-1]
    with Queue(numbers) as queue, Helper(session, queue) as helper:
        done = grade(session, queue)
        done |= helper.report_all()
    with Queue([number for number in numbers if number not in done]) as left:
        grade(session, left)
    return True


def _pays(session: pytest.Session) -> bool:
    option = session.config.option
    if session.testsfailed or option.collectonly or option.maxfail or option.usepdb:
        return False
    return hasattr(os, "fork") and _processors() > 1 and plugin.started(session) > 1


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Queue:
    """The places of checks in `session.items`, each of which one process takes.

    They stand in a pipe: what one process has read, no other does. A context manager.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self._numbers, end = os.pipe()
        with open(end, "wb") as pipe:
            pipe.write(b"".join(number.to_bytes(WIDTH, "big") for number in numbers))

    def take(self) -> int | None:
        """The next number; None if there is none."""
        found = os.read(self._numbers, WIDTH)
        return int.from_bytes(found, "big") if found else None

    def __enter__(self) -> "Queue":
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._numbers)


def grade(session: pytest.Session, queue: Queue) -> set[int]:
    """Run the checks that this process takes from the queue; return their numbers."""
    done = set()
    number = queue.take()
    while number is not None:
        following = queue.take()
        after = None if following is None else session.items[following]
        item = session.items[number]
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
        if session.shouldstop:
            raise session.Interrupted(session.shouldstop)
        done.add(number)
        number = following
    return done


class Helper:
    """The forked process; a context manager that ends it."""

    def __init__(self, session: pytest.Session, queue: Queue) -> None:
        self._session, self._queue = session, queue
        self._reports = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 (see exit)
        self._pid: int | None = None

    def __enter__(self) -> "Helper":
        with uninterrupted():
            self._pid = os.fork()
            if self._pid == 0:
                self._work()
        return self

    def __exit__(self, *_: object) -> None:
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)
            self._wait()
        self._reports.close()

    def _wait(self) -> None:
        os.waitpid(self._pid, 0)
        self._pid = None

    def report_all(self) -> set[int]:
        """Wait for the helper and report what it found; return the numbers of its checks."""
        self._wait()
        self._reports.seek(0)
        config, done = self._session.config, set()
        for line in self._reports:
            with suppress(ValueError):  # half a line of a helper that was killed
                number, packed = json.loads(line)
                for data in packed:
                    report = config.hook.pytest_report_from_serializable(config=config, data=data)
                    config.hook.pytest_runtest_logreport(report=report)
                done.add(number)
        return done

    def _work(self) -> None:
        """What the helper does with its life."""
        status = 1
        try:
            may_be_interrupted()
            confine.end_with_parent()
            config = self._session.config
            grading = plugin.begin_anew(config)
            config.pluginmanager.unregister(name="terminalreporter")
            config.pluginmanager.register(Scribe(self._session, self._reports))
            grade(self._session, self._queue)
            grading.end()
            self._reports.flush()
            status = 0
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(status)


class Scribe:
    """Writes reports down, those of one check in one line, for the process that tells them."""

    def __init__(self, session: pytest.Session, reports: IO[str]) -> None:
        self._numbers = {item.nodeid: number for number, item in enumerate(session.items)}
        self._config, self._reports = session.config, reports
        self._packed: list[dict] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        hook = self._config.hook
        self._packed.append(hook.pytest_report_to_serializable(config=self._config, report=report))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self._reports.write(json.dumps([self._numbers[nodeid], self._packed]) + "\n")
        self._packed = []
