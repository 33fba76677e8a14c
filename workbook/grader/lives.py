"""The lives of a connection's tasks: chosen to be drawn, and compared as the talk goes on."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workbook.events import Span
from workbook.grader.submission import Submission

MOST = 12  # tasks in one picture
STATES = {"running": "pending"}


@dataclass(frozen=True)
class Lives:
    """The lives of one connection's tasks, and until when they were watched, in its seconds."""

    spans: Sequence[Span] = ()
    until: float = 0.0


def unfinished(spans: list[dict], now: float) -> Lives:
    """The tasks of the connection that has most of them still running; none if none has.

    Args:
        spans: what `Witness.spans` gave.
        now: the server's time.

    Returns:
        The connection's own life and theirs, in the order in which they were made. Of many tasks,
        the first and the last.
    """
    running = Counter(s["connection"] for s in spans if s["end"] is None and s["connection"])
    if not running:
        return Lives()
    connection, _ = running.most_common(1)[0]
    own = [span for span in spans if span["connection"] == connection]
    began = own[0]["start"]
    kept = own if len(own) <= MOST else own[: MOST // 2] + own[-MOST // 2 :]
    return Lives([_life(span, began) for span in kept], round(now - began, 3))


def _life(span: dict, began: float) -> Span:
    return Span(
        "the connection" if span["endpoint"] else span["name"].rpartition(".")[2],
        round(span["start"] - began, 3),
        None if span["end"] is None else round(span["end"] - began, 3),
        STATES.get(span["how"], span["how"]),
        f"made in line {span['line']}" if span["line"] else "",
    )


def piled_up(
    before: list[dict], now: list[dict], rounds: int, what: str, submission: Submission
) -> str | None:
    """The sentence about tasks that have become more with every round, if there are any.

    Args:
        before: the tasks that ran at some time in the conversation, see `Witness.tasks`.
        now: those that run `rounds` rounds of it later.
        what: a round, in the plural.
        submission: for the places in messages.
    """
    if len(now) - len(before) < rounds / 2:
        return None
    more = _kinds(now) - _kinds(before)
    told = [f"{count} × {_made(name, line, submission)}" for (name, line), count in more.items()]
    return (
        f"After {rounds} more {what}, the connection has"
        f" {len(now) - len(before)} tasks more than before: {'; '.join(told)}."
    )


def waiting_twice(tasks: list[dict], submission: Submission) -> str | None:
    """The sentence about receives that wait side by side, if there are any.

    Args:
        tasks: the tasks of one connection, see `Witness.tasks`.
        submission: for the places in messages.
    """
    for (name, line), count in _kinds(tasks).items():
        if count > 1 and "receive" in name.rpartition(".")[2]:
            return (
                f"{count} × {_made(name, line, submission)}, wait at the same time. A message goes"
                " to one of them, and if that is one that was given up, the message is lost."
            )
    return None


def _kinds(tasks: list[dict]) -> Counter:
    return Counter((task["name"], task["line"]) for task in tasks)


def _made(name: str, line: int | None, submission: Submission) -> str:
    return f"`{name}`" + (f", made in {submission.at(line)}" if line else "")
