"""Why a conversation went wrong, as far as the server's own process can tell."""

from workbook.grader.channel import WorkerFailed
from workbook.grader.left import Remains, tell_error
from workbook.grader.submission import Submission
from workbook.grader.worker import Worker


def diagnose(
    worker: Worker, failure: WorkerFailed | None, remains: Remains | None, submission: Submission
) -> list[str]:
    """Sentences about causes, the likeliest first; none where nothing is known."""
    if failure is not None:
        return [_about_failure(worker, failure, submission)]
    if remains is None:
        return []
    told = [_about_sleep(blocked, submission) for blocked in remains.blocked[:1]]
    told += [_about_error(error, submission) for error in sorted(remains.errors, key=_is_leave)[:1]]
    if not remains.errors:
        told += [_about_failed(task, submission) for task in remains.failed[:1]]
    told += [_about_warning(warning, submission) for warning in remains.warnings[:1]]
    return told


def _about_failure(worker: Worker, failure: WorkerFailed, submission: Submission) -> str:
    if failure.kind == "forged":
        return (
            "Something in the submission wrote to the grader's own channel. Nothing it says counts."
        )
    if failure.kind == "stuck":
        return about_stuck(failure.details["stack"], failure.details["seconds"], submission)
    return about_end(worker, submission)


def about_stuck(stack: list[dict], seconds: float, submission: Submission) -> str:
    """Where a program stands still that does not answer."""
    own = [entry for entry in stack if entry["file"] == str(submission.path)]
    where = f" It is at {submission.at(own[-1]['line'])}." if own else ""
    return (
        f"The server stood still for {seconds:g} s: something blocks its event loop, so that no"
        f" client is served.{where}"
    )


def about_end(worker: Worker, submission: Submission) -> str:
    """How a server's process ended that should have gone on."""
    if worker.ended is not None:
        place = f" ({submission.at(worker.ended['line'])})" if worker.ended["line"] else ""
        return f"{worker.ended['type']} was raised{place} and ended the whole server."
    return f"The server's process ended{how_it_ended(worker.end()['status'], submission)}"


def how_it_ended(status: int | None, submission: Submission) -> str:
    """The rest of a sentence about a process that is gone."""
    line = submission.line_of_call(
        "os._exit", "_exit", "os.abort", "os.kill", "os.killpg", "exit", "quit"
    )
    call = f" Look at {submission.at(line)}." if line else ""
    if status is None:
        return f", or closed its connection to the grader.{call}"
    if status < 0:
        killed = {
            -9: "it was killed, perhaps for taking too much memory",
            -24: "it used too much processor time",
        }
        return f": {killed.get(status, f'signal {-status}')}.{call}"
    return f" by itself, with status {status} and without an error.{call}"


def _about_sleep(blocked: dict, submission: Submission) -> str:
    return (
        f"`time.sleep({blocked['seconds']:g})` was called in the event loop"
        f" ({submission.at(blocked['line'])}): while it sleeps, the server serves nobody."
    )


def _is_leave(error: dict) -> bool:
    """Whether only a client's leaving was raised: seldom why another connection went wrong."""
    return error["type"] == "WebSocketDisconnect"


def _about_error(error: dict, submission: Submission) -> str:
    if error["type"] == "NotImplementedError":
        return f"There is still a hole to fill: {submission.at(error['line'])}."
    return tell_error(error, submission)


def _about_failed(task: dict, submission: Submission) -> str:
    place = f" ({submission.at(task['line'])})" if task["line"] else ""
    return (
        f"The task made in line {task['made_at']} had ended with {task['type']}:"
        f" {task['error']}{place}. Since then, nobody does what it was to do."
    )


def _about_warning(warning: dict, submission: Submission) -> str:
    if "was never awaited" in warning["text"]:
        name = warning["text"].split("'")[1] if "'" in warning["text"] else "a coroutine"
        place = f" ({submission.at(warning['line'])})" if warning["line"] else ""
        return f"`{name}` was called without `await`{place}, so nothing was done."
    return f"Python warned: {warning['text']}"


def about_start(reason: dict, worker: Worker, submission: Submission) -> str:
    """Why a submission could not be started, in words."""
    kind = reason["kind"]
    teller = _STARTS.get(
        kind, lambda reason, submission: f"{submission.shown} cannot be started ({kind})."
    )
    if kind == "ended":
        how = how_it_ended(reason["status"], submission)
        return f"The process ended while {submission.shown} was imported{how}"
    return teller(reason, submission)


def _syntax(reason: dict, submission: Submission) -> str:
    told = f"{submission.at(reason['line'])}: {reason['type']}: {reason['text']}"
    if not reason["source"]:
        return told
    caret = " " * (max((reason["column"] or 1), 1) - 1) + "^"
    return f"{told}\n\n    {reason['source']}\n    {caret}"


def _import(reason: dict, submission: Submission) -> str:
    place = submission.at(reason["line"])
    if reason["type"] == "NotImplementedError":
        return f"There is still a hole to fill: {place}."
    if reason["type"] == "EOFError":
        return (
            f"{place}: `input()` was called while the module was imported;"
            " there is nobody to answer it."
        )
    text = f": {reason['error']}" if reason["error"] else ""
    return f"{place}: importing it raises {reason['type']}{text}"


def _hangs(reason: dict, submission: Submission) -> str:
    own = [entry for entry in reason["stack"] if entry["file"] == str(submission.path)]
    if not own:
        return (
            f"{submission.shown} did not start within {reason['seconds']:g} s; its lifespan may be"
            " waiting for something that never comes."
        )
    return (
        f"Importing {submission.shown} did not end within {reason['seconds']:g} s. It is at"
        f" {submission.at(own[-1]['line'])}."
    )


def _no_app(reason: dict, submission: Submission) -> str:
    told = f"{submission.shown} has no `app`."
    if reason["others"]:
        told += (
            f" It has a FastAPI application called `{reason['others'][0]}`; the name must be `app`."
        )
    return told


_STARTS = {
    "syntax": _syntax,
    "import": _import,
    "hangs": _hangs,
    "no app": _no_app,
    "exit": lambda reason, s: (
        f"{s.at(reason['line'])}: importing it calls `sys.exit()`, or raises SystemExit."
    ),
    "a class": lambda reason, s: (
        f"`app` in {s.shown} is the class {reason['text']} itself, not an application made"
        f" of it: `app = {reason['text']}()`."
    ),
    "not an app": lambda reason, s: (
        f"`app` in {s.shown} is not an ASGI application but a value of type {reason['text']}."
    ),
    "lifespan": lambda reason, s: (
        f"The application failed to start: its lifespan raised {reason['error']}"
        + (f" ({s.at(reason['line'])})" if reason["line"] else "")
    ),
    "forged": lambda reason, s: (
        "Something in the submission wrote to the grader's own channel. Nothing it says counts."
    ),
}
