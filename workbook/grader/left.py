"""What is left behind when clients have gone: compared with what stood there before."""

import re
from collections import Counter
from collections.abc import Callable

from workbook.grader.submission import Submission

OWNED = "Whoever makes a task for a connection awaits it, or cancels it when the connection ends."
LOOKS = 6  # before something counts as left behind


class Remains:
    """What a host reported of its inside; see `Witness.everything`."""

    def __init__(self, report: dict) -> None:
        self.tasks: list[dict] = report["tasks"]
        self.timers: list[dict] = report["timers"]
        self.threads: int = report["threads"]
        self.queues: int = report["queues"]
        self.connections: int = report["connections"]
        self.holders: dict[str, int] = report["holders"]
        self.errors: list[dict] = report["errors"]
        self.failed: list[dict] = report["failed"]
        self.warnings: list[dict] = report["warnings"]
        self.blocked: list[dict] = report["blocked"]
        self.still: list[float] = report["still"]
        self.subscriptions = 0  # at the broker, by all workers

    def kinds(self) -> Counter:
        """How many tasks there are, by name and the line that made them."""
        return Counter((task["name"], task["line"], task["endpoint"]) for task in self.tasks)

    def log_mistake(self, submission: Submission, when: str = "") -> tuple[str, str | None] | None:
        """The sentence about the first error in the server's log, begun by `when`, and its why."""
        if not self.errors:
            return None
        says = f"{when}the server's error log should be empty."
        return says, tell_error(self.errors[0], submission)


def compare(
    before: Remains,
    look: Callable[[], Remains],
    pause: Callable[[], None],
    submission: Submission,
    who: str,
) -> tuple[str, str | None] | None:
    """Look, some times if need be, until nothing has been added to what was there before.

    Args:
        before: what was there before the clients came.
        look: looks again.
        pause: gives the program a little time.
        submission: for the places in messages.
        who: the clients in words, "2 clients that left politely".

    Returns:
        A mistake's two sentences, or None if nothing was left.
    """
    for _ in range(LOOKS):
        now = look()
        found = _grown(before, now, submission, who)
        if not found:
            return now.log_mistake(submission, f"After {who} ")
        pause()
    return found


def _grown(
    before: Remains, now: Remains, submission: Submission, who: str
) -> tuple[str, str | None] | None:
    more = now.kinds() - before.kinds()
    if len(now.tasks) > len(before.tasks) and more:
        return _tasks_left(now, more, submission, who)
    if len(now.timers) > len(before.timers):
        return _timers_left(before, now, submission, who)
    if now.threads > before.threads:
        return _threads_left(now.threads - before.threads, who)
    if now.subscriptions > before.subscriptions:
        return _subscriptions_left(now.subscriptions - before.subscriptions, who)
    if now.connections > before.connections:
        return _connections_left(before, now, submission, who)
    if now.queues > before.queues:
        return _queues_left(now.queues - before.queues, who)
    return None


def _tasks_left(now: Remains, more: Counter, submission: Submission, who: str) -> tuple[str, str]:
    count = _count(sum(more.values()), "task")
    says = f"After {who} nothing of them should be left. {count} still there:"
    lines = []
    for (name, line, endpoint), count in more.items():
        waits = next(
            (t["waits_at"] for t in now.tasks if t["name"] == name and t["waits_at"]), None
        )
        if endpoint:
            what = "the endpoint itself"
        else:
            what = f"`{name}`" + (f", made in {submission.at(line)}" if line else "")
        at = f", waiting at line {waits}" if waits and waits != line else ""
        lines.append(f"{count} × {what}{at}")
    return says + " " + "; ".join(lines) + ".", _why_left({key[2] for key in more}, submission)


def _why_left(endpoints: set[bool], submission: Submission) -> str:
    """Why tasks are left: the endpoints themselves (True), others that they made, or both."""
    if endpoints == {True}:
        told = (
            "The endpoint never notices that its client has gone: somebody has to receive, and"
            " to stop at the disconnect."
        )
        line = submission.line_of_text(r"except(\s+(Base)?Exception\b.*)?:")
        caught = " An `except` for every exception catches the disconnect, too; there is one at"
        return f"{told}{caught} {submission.at(line)}." if line else told
    if endpoints == {False}:
        return "Whoever makes a task for a connection cancels it when the connection ends."
    return (
        "Somebody has to receive, and to stop at the disconnect; what else was made for the"
        " connection is then cancelled. A TaskGroup, like `gather`, waits until all of its tasks"
        " have ended."
    )


def _timers_left(
    before: Remains, now: Remains, submission: Submission, who: str
) -> tuple[str, str]:
    more = Counter(t["line"] for t in now.timers) - Counter(t["line"] for t in before.timers)
    set_at = "; ".join(f"{n} × set in {submission.at(line)}" for line, n in more.items())
    says = (
        f"After {who} nothing of them should be left."
        f" {_count(sum(more.values()), 'timer')} still to go off: {set_at}."
    )
    return says, (
        "`call_later` and `call_at` return a handle. Whoever sets a timer for a connection calls"
        " the handle's `cancel()` when the connection ends."
    )


def _threads_left(count: int, who: str) -> tuple[str, str]:
    says = f"After {who} nothing of them should be left. {_count(count, 'thread')} still running."
    return says, (
        "Nobody can end a thread from outside. Whoever starts one for a connection tells it to stop"
        " when the connection ends; a `Timer` has `cancel()`."
    )


def _queues_left(count: int, who: str) -> tuple[str, str]:
    says = f"After {who} nothing of them should be left. {_count(count, 'queue')} still kept."
    return says, (
        "Whoever keeps a queue for a connection in a collection takes it out when the connection"
        " ends, however it ends: nobody will ever empty it."
    )


def _subscriptions_left(count: int, who: str) -> tuple[str, str]:
    says = (
        f"After {who} nothing of them should be left. {_count(count, 'subscription')} still there,"
        " at the broker."
    )
    return says, "Whoever subscribes for a connection unsubscribes when the connection ends."


def _connections_left(
    before: Remains, now: Remains, submission: Submission, who: str
) -> tuple[str, str | None]:
    count = now.connections - before.connections
    says = (
        f"After {who} nothing of them should be left; something still refers to"
        f" {count} of their connections."
    )
    more = Counter(now.holders) - Counter(before.holders)
    if not more:
        return says, None
    name = max(more, key=more.get)
    line = submission.line_of_name(name)
    why = (
        f"`{name}` holds them ({submission.at(line)}). Take a connection out when it ends,"
        " however it ends."
    )
    if submission.line_of_text(r"\.iter_(text|json|bytes)\("):
        why += " `iter_…()` ends without an exception when the client has gone."
    return says, why


def _count(number: int, noun: str) -> str:
    return f"{number} {noun} is" if number == 1 else f"{number} {noun}s are"


def tell_error(error: dict, submission: Submission) -> str:
    """An error of the server's log as a sentence."""
    if error["type"] is None:
        owned = f" {OWNED}" if "was destroyed" in error["text"] else ""
        return f"The server's log says: {error['text']}{owned}"
    place = f" ({submission.at(error['line'])})" if error["line"] else ""
    words = (error["error"] or "").rstrip(".")
    text = f"{error['type']}: {words}" if words else error["type"]
    group = f", inside an {error['group']}" if error.get("group") else ""
    if error["source"] == "asyncio":
        made = f" of the task made in line {error['made_at']}" if error.get("made_at") else ""
        if "never retrieved" in error["text"]:
            return f"Nobody looked at the result{made}: it ended with {text}{place}{group}. {OWNED}"
        return f"{error['text']}: {text}{place}{group}."
    return f"The server's log has {text}{place}{group}.{_known(error, submission)}"


def _known(error: dict, submission: Submission) -> str:
    if error["type"] == "WebSocketDisconnect":
        line = submission.line(error["line"]) if error["line"] else ""
        if re.search(r"\b(send\w*|close)\(", line) and "receive" not in line:
            return (
                " The client had gone: nothing can be sent to it any more, and its connection need"
                " not be closed."
            )
        told = (
            " That is how `receive_…()`, or a send, says that the client has gone:"
            " the endpoint should expect it."
        )
        return f"{told} Out of a group, `except*` catches it." if error.get("group") else told
    if "Need to call" in (error["error"] or "") and error["type"] != "WebSocketDisconnect":
        return (
            " It was not accepted, or is closed already: after a `close()`, or once the client has"
            " gone, nothing more is sent and nothing received."
        )
    if "once a disconnect message has been received" in (error["error"] or ""):
        return (
            " The disconnect had been received already, and somebody received once more: whoever"
            " catches it leaves the loop."
        )
    if error["type"] == "KeyError" and error["error"] == "'text'":
        return _about_no_text(submission.line(error["line"]) if error["line"] else "")
    if error["type"] == "ProtocolError" and "control frame too long" in (error["error"] or ""):
        return " The reason of a close has at most 123 bytes."
    return ""


def _about_no_text(line: str) -> str:
    """A message was taken for a text by this line."""
    if "receive_" in line:
        return ""
    return (
        " `receive()` gives more than texts: the disconnect, a message of the type"
        " `websocket.disconnect`, has no text, nor has a binary message."
    )
