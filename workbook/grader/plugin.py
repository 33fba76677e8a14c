"""The pytest plugin: `pytest checks/ [--work DIR] [--report FILE]`.

It gives checks their fixtures, turns what a submission did into a verdict, and leaves telling it to
`terminal.py` and `report.py`.
"""

import gc
import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbook.catalogue import ROOT, Exercise, shown
from workbook.grader import message
from workbook.grader.channel import WorkerFailed
from workbook.grader.conversation import Conversation
from workbook.grader.diagnosis import about_start
from workbook.grader.functions import Functions
from workbook.grader.lives import Lives
from workbook.grader.mistakes import Mistake
from workbook.grader.own_loop import OwnLoop
from workbook.grader.parent import Parent
from workbook.grader.report import CheckResult, trouble_with
from workbook.grader.server import Server
from workbook.grader.submission import Submission
from workbook.grader.terminal import WorkbookReporter
from workbook.grader.worker import ANSWER, CouldNotStart, Worker

if TYPE_CHECKING:
    from workbook.grader.link import Link

VERDICT = "workbook verdict"
AGAIN = 1.5  # seconds for an answer of a program that has already been stuck in this run


def pytest_configure(config: pytest.Config) -> None:
    work = Path(config.getoption("work") or ROOT / "exercises")
    if not work.is_dir():
        raise pytest.UsageError(f"--work: there is no folder {work}.")
    report = config.getoption("report")
    if report and (trouble := trouble_with(Path(report))):
        raise pytest.UsageError(trouble)
    config.stash[_GRADING] = Grading(work)
    config.option.tbstyle = "native"  # none is shown, and the others take 50 ms for each failure
    plain = config.pluginmanager.getplugin("terminalreporter")
    if plain is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.unregister(plain)
        config.pluginmanager.register(WorkbookReporter(config, work), "terminalreporter")


def pytest_unconfigure(config: pytest.Config) -> None:
    grading = config.stash.get(_GRADING, None)
    if grading is not None:
        grading.end()


LENT: list[Parent] = []
_OWN: list[Parent] = []


def lend(parent: Parent) -> None:
    """Use a nursery that somebody else has started and will end."""
    LENT[:] = [parent]


def own(parent: Parent) -> None:
    """Use a nursery that was started for this run, and end it at the end."""
    _OWN[:] = [parent]


class Grading:
    """What the checks of one run share: the folder, the nursery, the event loop, known failures."""

    def __init__(self, work: Path) -> None:
        self.work = work
        self.loop = OwnLoop()
        self.cannot_start: dict[str, str] = {}
        self.stuck: set[Path] = set()
        self._submissions: dict[str, Submission] = {}
        self._parent: Parent | None = None
        self._lent_pid: int | None = None
        self._broker = None
        self._ahead: Worker | None = None
        self.next_item: pytest.Item | None = None

    @property
    def parent(self) -> Parent:
        """The preloaded process, started on first use."""
        if self._parent is None:
            self._parent = (LENT or _OWN or [None])[0] or Parent()
            self._lent_pid = self._parent.pid if LENT else None
        return self._parent

    def submission(self, exercise: Exercise) -> Submission:
        """The learner's file, read once."""
        stem = exercise.stem
        if stem not in self._submissions:
            path = self.work / f"{stem}.py"
            self._submissions[stem] = Submission(path, shown(path), exercise.starter)
        return self._submissions[stem]

    def worker(self, submission: Submission) -> Worker:
        """A server's worker that is not started yet, or only begun."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.path == submission.path:
            return ahead
        if ahead is not None:
            self.loop.run_until_complete(ahead.close())
        return self.fresh_worker(submission, "serve", {})

    def fresh_worker(
        self, submission: Submission, mode: str, environment: dict[str, str]
    ) -> Worker:
        """A worker that is not started yet."""
        patience = AGAIN if submission.path in self.stuck else ANSWER
        return Worker(self.parent, submission.path, submission.source, mode, environment, patience)

    def prepare(self, submission: Submission) -> None:
        """Begin the worker of the next check, while this one talks to its own."""
        if self._ahead is None:
            self._ahead = self.worker(submission)
            self.loop.run_until_complete(self._ahead.begin())

    def link(self, tell: Callable[[str], None]) -> "Link":
        """A clean broker; its process is started on first use and serves the whole run."""
        from workbook.grader.link import BrokerError, Link, start_broker

        try:
            if self._broker is None:
                self.parent.load_broker_libraries()
                self._broker = start_broker()
            return Link(self._broker, self.loop, tell)
        except BrokerError as error:
            raise CannotBeGraded(f"This exercise needs a message broker. {error}") from None

    def end(self) -> None:
        """End every process of this run, also if one of them cannot be ended."""
        with ExitStack() as stack:
            stack.callback(self.loop.close)
            stack.callback(self._end_parent)
            if self._ahead is not None:
                stack.callback(self.loop.run_until_complete, self._ahead.close())
            if self._broker is not None:
                stack.callback(self._broker.stop)

    def _end_parent(self) -> None:
        if _OWN and self._parent is None:
            self._parent = _OWN.pop()
        if self._parent is not None and self._parent.pid != self._lent_pid:
            self._parent.stop()


_GRADING = pytest.StashKey[Grading]()


def begin_anew(config: pytest.Config) -> Grading:
    """In a fork of this process: share nothing with it any more."""
    for parent in LENT + _OWN:
        parent.forget()
    LENT.clear()
    _OWN.clear()
    grading = config.stash[_GRADING] = Grading(config.stash[_GRADING].work)
    grading.parent  # noqa: B018 (its nursery begins to start)
    return grading


def started(session: pytest.Session) -> int:
    """How many of the exercises whose checks are to run are no untouched starters."""
    grading = session.config.stash[_GRADING]
    exercises = {_exercise(item) for item in session.items}
    return sum(not grading.submission(exercise).untouched for exercise in exercises)


# Which checks run


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if inspect.iscoroutinefunction(getattr(item, "function", None)):
            raise pytest.UsageError(f"{item.nodeid}: a check must be a plain function, not async.")


def pytest_collection_finish() -> None:
    gc.freeze()  # what is loaded by now will stay: the collector need not look through it


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None):
    item.config.stash[_GRADING].next_item = nextitem
    return (yield)


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
    grading = request.config.stash[_GRADING]
    talk = Conversation(grading.loop)
    yield talk
    if talk.failure is not None and talk.failure.kind == "stuck":
        grading.stuck.update(worker.path for worker in talk.workers)
    talk.run(talk.end())


Starter = Callable[[dict[str, dict[str, str]]], list[Server]]


@pytest.fixture
def start_workers(
    request: pytest.FixtureRequest, conversation: Conversation, submission: Submission
) -> Starter:
    """Start workers side by side: `start_workers({"worker 1": {"REDIS_URL": …}, …})`."""
    grading = request.config.stash[_GRADING]

    def start_all(environments: dict[str, dict[str, str]]) -> list[Server]:
        workers = [grading.fresh_worker(submission, "serve", e) for e in environments.values()]
        conversation.workers += workers
        for worker in workers:
            conversation.run(worker.begin())
        for worker in workers:
            _start(grading, conversation, worker, submission)
        conversation.run(conversation.settle())  # tasks that were begun meanwhile get their due
        named = zip(workers, environments, strict=True)
        return [Server(conversation, worker, submission, name) for worker, name in named]

    return start_all


@pytest.fixture
def server(
    request: pytest.FixtureRequest, conversation: Conversation, submission: Submission
) -> Server:
    """The submission's `app`, served by a fresh process."""
    grading = request.config.stash[_GRADING]
    worker = grading.worker(submission)
    conversation.workers.append(worker)
    _start(grading, conversation, worker, submission)
    conversation.run(conversation.settle())
    following = grading.next_item
    if following is not None and "server" in getattr(following, "fixturenames", ()):
        upcoming = grading.submission(_exercise(following))
        if not upcoming.untouched and not upcoming.trouble:
            grading.prepare(upcoming)
    return Server(conversation, worker, submission)


@pytest.fixture
def broker(request: pytest.FixtureRequest, conversation: Conversation) -> Iterator["Link"]:
    """A real broker, empty and this check's alone; workers reach it through links of their own."""
    grading = request.config.stash[_GRADING]
    link = grading.link(lambda event: conversation.record("", "time", event))
    conversation.broker = link
    yield link
    conversation.run(conversation.end())  # before the links go: a cut link is no farewell
    conversation.run(link.close())


@pytest.fixture
def worker_with_broker(start_workers: Starter, broker: "Link") -> Callable[..., Server]:
    """Start a worker whose REDIS_URL is a link of its own: `worker_with_broker("worker 1")`."""

    def start_worker(name: str, **environment: str) -> Server:
        return start_workers({name: {"REDIS_URL": broker.relay().url, **environment}})[0]

    return start_worker


@pytest.fixture
def workers(start_workers: Starter, broker: "Link") -> tuple[Server, Server]:
    """Two workers, two processes on two ports, with one broker behind them."""
    links = {name: {"REDIS_URL": broker.relay().url} for name in ("worker 1", "worker 2")}
    one, two = start_workers(links)
    return one, two


@pytest.fixture
def functions(
    request: pytest.FixtureRequest, conversation: Conversation, submission: Submission
) -> Functions:
    """The submission's functions, called in a fresh process."""
    grading = request.config.stash[_GRADING]
    worker = grading.fresh_worker(submission, "call", {})
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
        _explain_or_confess(verdict, item, call.excinfo.value)
    return verdict


def _explain_or_confess(verdict: CheckResult, item: pytest.Item, error: BaseException) -> None:
    """A message that cannot be built is the fault of its check alone: the run goes on."""
    try:
        _explain(verdict, item, error)
    except Exception as fault:
        verdict.outcome, verdict.message = "error", message.for_fault(fault)
        verdict.tasks, verdict.conversation = {}, []


def _explain(verdict: CheckResult, item: pytest.Item, error: BaseException) -> None:
    talk = item.funcargs.get("conversation")
    if isinstance(error, CannotBeGraded):
        verdict.outcome, verdict.message = "error", str(error)
        return
    if isinstance(error, Mistake | WorkerFailed):
        verdict.outcome = "failed"
        verdict.message = message.for_mistake(error, talk)
        verdict.tasks = asdict(getattr(error, "tasks", Lives()))
    else:
        verdict.outcome = "error"
        verdict.message = message.for_fault(error)
    verdict.conversation = [message.event_as_json(event) for event in talk.events] if talk else []


def pytest_sessionfinish(session: pytest.Session) -> None:
    # Controllers of pytest-xdist and plain runs hold the results; workers do not.
    reporter = session.config.pluginmanager.getplugin("terminalreporter")
    if not isinstance(reporter, WorkbookReporter):
        return
    _write_report(session, reporter)
    if session.exitstatus == pytest.ExitCode.OK and not reporter.results.passed:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _write_report(session: pytest.Session, reporter: WorkbookReporter) -> None:
    """Write what was found, unless the run was cut off: half of it would pass for the whole."""
    target = session.config.getoption("report")
    if not target:
        return
    if session.exitstatus not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        reporter.complaint = f"No report was written to {target}."
        return
    try:
        reporter.results.write(Path(target))
    except OSError as error:
        reporter.complaint = f"--report: {target} cannot be written ({error.strerror})."
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
