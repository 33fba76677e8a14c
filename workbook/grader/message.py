"""A failure in words: what was done, the conversation with the failing event marked, and why."""

from workbook.bars import bars
from workbook.events import Event, clipped
from workbook.grader.channel import WorkerFailed
from workbook.grader.conversation import Conversation
from workbook.grader.lives import Lives
from workbook.grader.mistakes import Mistake
from workbook.lanes import lanes

WIDTH = 96
PRINTED = 12  # lines of what a program printed that are shown
LONGEST = 24  # events that are shown; the ones before are left out


def for_mistake(error: Mistake | WorkerFailed, talk: Conversation | None) -> str:
    """The message for a mistake of the submission."""
    causes = [cause for server in (talk.servers if talk else []) for cause in server.diagnosis()]
    if isinstance(error, Mistake):
        says, why, tasks = error.says, error.why, error.tasks
    else:
        says, why, tasks = "The server did not answer.", None, Lives()
    if talk is not None and talk.failure is not None:
        why = None  # a server that is gone or stuck explains whatever did not come
    picture = _picture(talk.events) if talk else ""
    printed = _printed(talk.printed()) if talk else []
    parts = [says, picture, _bars(tasks), *_reasons(why, causes), *printed]
    return "\n\n".join(part for part in parts if part)


def _reasons(why: str | None, causes: list[str]) -> list[str]:
    told = [why] if why else []
    return list(dict.fromkeys(told + causes))  # two workers may have one cause


def _printed(texts: list[str]) -> list[str]:
    return [
        f"{'Your program' if len(texts) == 1 else f'Worker {number}'} printed:\n{_last_lines(text)}"
        for number, text in enumerate(texts, 1)
        if text.strip()
    ]


def _last_lines(text: str) -> str:
    lines = text.rstrip().splitlines()
    shown = [f"    {clipped(line, WIDTH - 4)}" for line in lines[-PRINTED:]]
    return "\n".join(["    …", *shown] if len(lines) > PRINTED else shown)


def _picture(events: list[Event]) -> str:
    if not events:
        return ""
    shown = events
    failed = next((i for i, event in enumerate(events) if event.failed), len(events) - 1)
    shown = events[: failed + 3]
    dropped = max(0, len(shown) - LONGEST)
    picture = lanes(shown[dropped:], width=WIDTH)
    before = "1 event" if dropped == 1 else f"{dropped} events"
    return f"({before} before)\n{picture}" if dropped else picture


def _bars(tasks: Lives) -> str:
    if not tasks.spans:
        return ""
    return f"One connection and its tasks:\n{bars(tasks.spans, tasks.until, WIDTH)}"


def for_fault(error: BaseException) -> str:
    """The message for a check that is itself at fault."""
    return (
        f"The check itself failed ({type(error).__name__}: {error}). That is a fault of the"
        " workbook, not of your program; please report it with your file."
    )


def event_as_json(event: Event) -> dict:
    """An event for the report."""
    text = event.text if isinstance(event.text, str) else f"bytes {event.text.hex(' ')}"
    return {
        "number": event.number,
        "client": event.client,
        "direction": event.direction,
        "text": text[:2000],
        "at": round(event.at, 3),
        "failed": event.failed,
        "expected": event.expected,
    }
