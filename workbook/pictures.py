"""What happened on the wire and in the event loop, as pictures.

A picture is Mermaid, which JupyterLab draws by itself, and the same as text for a terminal.
Syntax: https://mermaid.js.org/syntax/sequenceDiagram.html and …/gantt.html
"""

from collections.abc import Sequence
from dataclasses import dataclass

from workbook.bars import bars
from workbook.events import Direction, Event, Span, clipped, quoted
from workbook.lanes import TO_SERVER, in_order, label, lanes

__all__ = ["Direction", "Event", "Picture", "Span", "conversation", "gantt", "lanes", "quoted"]

WIDEST = 40  # characters of a message or a task in a diagram; more, and all becomes small
MOST = 80  # events or tasks in one picture; Mermaid stops at 50,000 characters of text
PLAIN = set(" .,!?()[]'/_=*")


@dataclass(frozen=True)
class Picture:
    """A figure in two forms: ``mermaid`` source and ``text``."""

    mermaid: str
    text: str

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/vnd.mermaid": self.mermaid, "text/plain": self.text}


def conversation(events: Sequence[Event], clients: Sequence[str] | None = None) -> Picture:
    """Draw who said what to whom as a sequence diagram.

    Args:
        events: in the order in which they happened.
        clients: the lanes in their order; in order of appearance if not given.
    """
    names = in_order(events, clients)
    kept, left_out = _first_and_last(events)
    lane = {name: f"c{i}" for i, name in enumerate(names)} | {"": "server"}
    order = [*names[:1], "", *names[1:]]
    source = ["sequenceDiagram"]
    source += [f"    participant {lane[n]} as {_escaped(n or 'server', 24)}" for n in order]
    everybody = f"{lane[order[0]]},{lane[order[-1]]}"
    for event in kept:
        source += (f"    {line}" for line in _message(event, lane, everybody))
    text = lanes(kept, names)
    if left_out:
        text += f"\n     {left_out} more events are left out"
        source.append(f"    Note over {everybody}: {left_out} more events are left out")
    return Picture("\n".join(source) + "\n", text)


def gantt(spans: Sequence[Span], until: float | None = None) -> Picture:
    """Draw the lives of tasks, one line a task.

    Args:
        spans: the tasks in the order in which they were made.
        until: seconds at which the picture ends; the last thing known if not given.
    """
    kept, left_out = _first_and_last(spans)
    if until is None:
        until = max((t for s in spans for t in (s.start, s.end) if t is not None), default=0.0)
    source = ["gantt", "    dateFormat YYYY-MM-DDTHH:mm:ss.SSS", f"    axisFormat {_axis(until)}"]
    source += [f"    {_task(span, until)}" for span in kept]
    text = bars(kept, until)
    if left_out:
        text += f"\n     {left_out} more tasks are left out"
    return Picture("\n".join(source) + "\n", text)


def _first_and_last(items: Sequence) -> tuple[Sequence, int]:
    """As many as a picture can hold, and how many are left out; what failed comes at the end."""
    left_out = max(0, len(items) - MOST)
    return [*items[: MOST // 2], *items[MOST // 2 + left_out :]], left_out


def _message(event: Event, lane: dict[str, str], everybody: str) -> list[str]:
    words = _escaped(label(event, WIDEST))
    number = f"{event.number}. " if event.number else ""
    if event.direction in ("note", "time") or event.client not in lane:
        return [f"Note over {everybody}: {number}{words}"]
    client, arrow = lane[event.client], "--x" if event.direction == "silence" else "->>"
    ends = (client, "server") if event.direction in TO_SERVER else ("server", client)
    lines = [f"{ends[0]}{arrow}{ends[1]}: {number}{words}"]
    if event.failed:
        mark = "✗" if event.expected is None else f"✗ expected {event.expected}"
        lines.append(f"Note over {client},server: {_escaped(mark, WIDEST)}")
        lines = ["rect rgba(255, 80, 80, 0.2)", *lines, "end"]
    return lines


def _task(span: Span, until: float) -> str:
    status = {"done": "done, ", "pending": "active, ", "failed": "crit, "}.get(span.state, "")
    name = " ".join(part for part in (span.name, span.state, span.line) if part)
    start, end = span.start, until if span.end is None else span.end
    return f"{_escaped(name, WIDEST)} :{status}{_instant(start)}, {_instant(max(end, start))}"


def _instant(seconds: float) -> str:
    """A moment on a day without a time zone: Mermaid's axis knows dates only."""
    whole, fraction = divmod(round(seconds * 1000), 1000)
    return f"2000-01-01T{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{fraction:03}"


def _axis(until: float) -> str:
    return "%-S.%L s" if until < 5 else "%-S s" if until < 60 else "%-M min %-S s"


def _escaped(text: str, limit: int | None = None) -> str:
    """Words that Mermaid takes as words: everything special as a numbered entity."""
    text = clipped(text, limit)
    return "".join(c if c.isalnum() or c in PLAIN or ord(c) > 126 else f"#{ord(c)};" for c in text)
