"""The lives of tasks as lines of text: one bar a task, on a common scale of seconds."""

from collections.abc import Sequence

from workbook.events import Span, cells, clipped

ENDS = {"done": "✓", "pending": "▶", "cancelled": "⊗", "failed": "✗"}


def bars(spans: Sequence[Span], until: float | None = None, width: int = 100) -> str:
    """Draw tasks for a terminal; each bar is followed by the task's state and line.

    Args:
        spans: the tasks in the order in which they were made.
        until: seconds at which the scale ends; the last thing known if not given.
        width: columns to keep to.
    """
    if until is None:
        until = max((t for s in spans for t in (s.start, s.end) if t is not None), default=0.0)
    names = [clipped(span.name, width // 4) for span in spans]
    ends = [clipped(_ending(span), width // 3) for span in spans]
    room = max(map(cells, names), default=0)
    scale = max(width - room - max(map(cells, ends), default=0) - 6, 10)
    rows = [f"  {'':{room}}  {_scale(until, scale)}"]
    for span, name, end in zip(spans, names, ends, strict=True):
        pad = " " * (room - cells(name))
        rows.append(f"  {name}{pad}  {_bar(span, until, scale)}  {end}".rstrip())
    return "\n".join(rows)


def _bar(span: Span, until: float, scale: int) -> str:
    per_second = (scale - 1) / until if until else 0
    begin = round(span.start * per_second)
    end = max(begin, round((until if span.end is None else span.end) * per_second))
    return f"{' ' * begin}{'━' * (end - begin)}{ENDS.get(span.state, '?')}".ljust(scale)


def _ending(span: Span) -> str:
    return " ".join(part for part in (span.state, span.line) if part)


def _scale(until: float, scale: int) -> str:
    end = f"{until:.3g} s"
    return f"0 s{end:>{scale - 3}}"
