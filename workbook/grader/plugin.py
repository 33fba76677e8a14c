"""The pytest plugin: `pytest checks/ [--work DIR] [--report FILE]`.

It gives checks their fixtures, turns what a submission did into a verdict, and leaves telling it to
`terminal.py` and `report.py`.
"""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from workbook.catalogue import ROOT, Exercise
from workbook.grader import message
from workbook.grader.conversation import Conversation
from workbook.grader.diagnosis import about_start
from workbook.grader.functions import Functions
from workbook.grader.mistakes import Mistake
from workbook.grader.parent import Parent
from workbook.grader.report import CheckResult
from workbook.grader.server import Server
from workbook.grader.submission import Submission
from workbook.grader.terminal import WorkbookReporter
from workbook.grader.worker import CouldNotStart, Worker, WorkerFailed

VERDICT = "workbook verdict"


def pytest_configure(config: pytest.Config) -> None:
    work = Path(config.getoption("work") or ROOT / "exercises")
    if not work.is_dir():
        raise pytest.UsageError(f"--work: there is no folder {work}.")
    report = config.getoption("report")
    if report and not Path(report).absolute().parent.is_dir():
        raise pytest.UsageError(f"--report: there is no folder {Path(report).absolute().parent}.")
    config.stash[_GRADING] = Grading(work)
    plain = config.pluginmanager.getplugin("terminalreporter")
    if plain is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.unregister(plain)
        config.pluginmanager.register(WorkbookReporter(config, work), "terminalreporter")


def pytest_unconfigure(config: pytest.Config) -> None:
    grading = config.stash.get(_GRADING, None)
    if grading is not None:
        grading.end()


class Grading:
    """What the checks of one run share: the folder, the nursery, the event loop, known failures."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.loop = asyncio.new_event_loop()
        self.cannot_start: dict[str, str] = {}
        self._submissions: dict[str, Submission] = {}
        self._parent: Parent | None = None
        self._broker = None

    @property
    def parent(self) -> Parent:
        """The preloaded process, started on first use."""
        if self._parent is None:
            self._parent = Parent()
        return self._parent

    def submission(self, exercise: Exercise) -> Submission:
        """The learner's file, read once."""
        stem = exercise.stem
        if stem not in self._submissions:
            path = self.work / f"{stem}.py"
            self._submissions[stem] = Submission(path, _shown(path), exercise.starter)
        return self._submissions[stem]

    def broker(self):
        """The broker of this run, started on first use."""
        from workbook.grader.link import BrokerProcess

        if self._broker is None:
            self.parent.load_broker_libraries()
            self._broker = BrokerProcess()
        return self._broker

    def end(self) -> None:
        """End every process of this run."""
        if self._broker is not None:
            self._broker.stop()
        if self._parent is not None:
            self._parent.stop()
        self.loop.close()


_GRADING = pytest.StashKey[Grading]()


def _shown(path: Path) -> str:
    try:
        return str(path.resolve().relative_to(ROOT))
    except ValueError:
        return str(path)


# Which checks run


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    grading = config.stash[_GRADING]
    for item in items:
        if inspect.iscoroutinefunction(getattr(item, "function", None)):
            raise pytest.UsageError(f"{item.nodeid}: a check must be a plain function, not async.")
    started = [i for i in items if not grading.submission(_exercise(i)).untouched]
    if started and not config.option.collectonly:
        _ = grading.parent  # it imports what it needs while pytest goes on


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    grading, exercise = item.config.stash[_GRADING], _exercise(item)
    submission = grading.submission(exercise)
    if submission.untouched:
        pytest.skip("not started")
    trouble = submission.trouble or grading.cannot_start.get(exercise.stem)
    if trouble:
        raise CannotBeGraded(trouble)


class CannotBeGraded(Exception):
    """There is nothing that could be started; the text says why."""


def _exercise(item: pytest.Item) -> Exercise:
    return Exercise(item.path.stem.removeprefix("test_"))


# What checks ask for


@pytest.fixture
def submission(request: pytest.FixtureRequest) -> Submission:
    """The learner's file, for the places that a message names."""
    return request.config.stash[_GRADING].submission(_exercise(request.node))


@pytest.fixture
def conversation(request: pytest.FixtureRequest) -> Iterator[Conversation]:
    """What is said in this check, by whom, in which order."""
    talk = Conversation(request.config.stash[_GRADING].loop)
    yield talk
    talk.run(talk.end())


@pytest.fixture
def start(
    request: pytest.FixtureRequest, conversation: Conversation, submission: Submission
) -> Callable[..., Server]:
    """Start a worker of its own: `start("worker 1", REDIS_URL=…)`."""
    grading = request.config.stash[_GRADING]

    def start_worker(name: str = "", **environment: str) -> Server:
        worker = Worker(grading.parent, submission.path, submission.source, "serve", environment)
        conversation.workers.append(worker)
        _start(grading, conversation, worker, submission)
        return Server(conversation, worker, submission, name)

    return start_worker


@pytest.fixture
def server(start: Callable[..., Server]) -> Server:
    """The submission's `app`, served by a fresh process."""
    return start()


@pytest.fixture
def functions(
    request: pytest.FixtureRequest, conversation: Conversation, submission: Submission
) -> Functions:
    """The submission's functions, called in a fresh process."""
    grading = request.config.stash[_GRADING]
    worker = Worker(grading.parent, submission.path, submission.source, "call", {})
    conversation.workers.append(worker)
    _start(grading, conversation, worker, submission)
    return Functions(conversation, worker, submission)


def _start(grading: Grading, talk: Conversation, worker: Worker, submission: Submission) -> None:
    try:
        talk.run(worker.start())
    except CouldNotStart as failure:
        trouble = about_start(failure.reason, worker, submission)
        if failure.reason["kind"] != "lifespan":  # that may depend on the check
            grading.cannot_start[submission.path.stem] = trouble
        raise CannotBeGraded(trouble) from None


# The verdict


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    report = yield
    report.sections.clear()
    verdict = item.stash.get(_VERDICT, None)
    if verdict is None or verdict.outcome == "passed":
        verdict = _verdict(item, call, report)
        item.stash[_VERDICT] = verdict
    if call.when == "teardown":
        started = not item.config.stash[_GRADING].submission(_exercise(item)).untouched
        found = {"stem": _exercise(item).stem, "started": started, "check": asdict(verdict)}
        report.user_properties.append((VERDICT, found))
    if report.failed:
        report.longrepr = verdict.message
    return report


_VERDICT = pytest.StashKey[CheckResult]()


def _verdict(item: pytest.Item, call: pytest.CallInfo, report: pytest.TestReport) -> CheckResult:
    worth = getattr(item.function, "points", 1)
    title = (inspect.getdoc(item.function) or item.name).splitlines()[0].rstrip(".")
    verdict = CheckResult(item.name, title, report.outcome, 0, worth)
    if report.outcome == "passed":
        verdict.points = worth
    elif report.outcome == "skipped":
        verdict.message = str(call.excinfo.value)
    else:
        _explain(verdict, item, call.excinfo.value)
    return verdict


def _explain(verdict: CheckResult, item: pytest.Item, error: BaseException) -> None:
    talk = item.funcargs.get("conversation")
    server = next((s for s in item.funcargs.values() if isinstance(s, Server)), None)
    if isinstance(error, CannotBeGraded):
        verdict.outcome, verdict.message = "error", str(error)
        return
    if isinstance(error, Mistake | WorkerFailed):
        verdict.outcome = "failed"
        verdict.message = message.for_mistake(error, talk, server)
    else:
        verdict.outcome = "error"
        verdict.message = message.for_fault(error)
    verdict.conversation = [message.event_as_json(event) for event in talk.events] if talk else []


def pytest_sessionfinish(session: pytest.Session) -> None:
    # Controllers of pytest-xdist and plain runs hold the results; workers do not.
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if not isinstance(reporter, WorkbookReporter):
        return
    target = session.config.getoption("report")
    if target:
        reporter.results.write(Path(target))
    if session.exitstatus == pytest.ExitCode.OK and not reporter.results.passed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
