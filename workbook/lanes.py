"""A conversation as lines of text: one lane a client, the server between or beside them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workbook.events import Event, cells, clipped, quoted

TO_SERVER = ("opened", "sent", "left")
MARGIN = 5  # columns of the numbers
GAP = 12  # columns between a lane's texts and the next lane, for the arrow
FANNED_GAP = 7  # the same where arrows cross other lanes and are long anyway
MARK = 3  # columns for a ✗ behind the last lane
NARROWEST = 20  # columns in which a clipped message and its length fit


def lanes(events: Sequence[Event], clients: Sequence[str] | None = None, width: int = 100) -> str:
    """Draw the conversation for a terminal.

    One or two clients stand left and right of the server, and a message stands where it was sent.
    More clients stand to the right of the server, and a message stands in its client's lane. Where
    the lanes do not fit, each line names its client instead.

    Args:
        events: in the order in which they happened.
        clients: the lanes from left to right; in order of appearance if not given.
        width: columns to keep to.
    """
    clients = in_order(events, clients)
    grid = _grid(events, clients, width)
    if grid is None:
        return "\n".join(_finished(_listed(e, clients, width), e, 0, width) for e in events)
    rows = [_finished(_drawn(e, grid, width), e, grid.end, width) for e in events]
    return "\n".join([grid.header(), *rows])


def in_order(events: Sequence[Event], clients: Sequence[str] | None = None) -> list[str]:
    """The clients: those named, then those that appear besides."""
    return [*dict.fromkeys([*(clients or ()), *(e.client for e in events if e.client)])]


def label(event: Event, limit: int | None = None) -> str:
    """What an event says, in words or as a quoted message, in at most about ``limit`` cells."""
    match event.direction:
        case "sent" | "received":
            return quoted(event.text, limit)
        case "opened":
            words = f"opens {event.text}"
        case "silence":
            words = f"nothing {event.text}"
        case "refused":
            words = f"refused {event.text}"
        case "left" if not event.text[:1].isdigit():
            words = event.text
        case "closed" | "left":
            words = f"closes {event.text}"
        case _:
            words = str(event.text)
    return clipped(words.strip(), limit)


@dataclass(frozen=True)
class _Grid:
    """Where each lane begins and how wide its texts are; the server's lane is named ""."""

    start: dict[str, int]
    room: dict[str, int]
    end: int
    fanned: bool  # a message from the server stands in its client's lane

    def header(self) -> str:
        line = ""
        for name, column in self.start.items():
            line = _put(line, column, clipped(name or "server", self.room[name]))
        return line

    def lane(self, event: Event) -> str:
        """The lane in which the event's text stands."""
        return event.client if self.fanned or event.direction in TO_SERVER else ""


def _grid(events: Sequence[Event], clients: list[str], width: int) -> _Grid | None:
    fanned = len(clients) > 2
    order = ["", *clients] if fanned else [*clients[:1], "", *clients[1:]]
    gap = FANNED_GAP if fanned else GAP
    free = width - MARGIN - gap * (len(order) - 1) - MARK
    grid = _Grid({}, {name: cells(name or "server") for name in order}, 0, fanned)
    for event in filter(_has_arrow, events):
        lane = grid.lane(event)
        grid.room[lane] = max(grid.room[lane], cells(label(event, max(free, NARROWEST))))
    limit = _fair(grid.room.values(), free)
    if limit < NARROWEST:
        return None
    column = MARGIN
    for name in order:
        grid.start[name] = column
        grid.room[name] = min(grid.room[name], limit)
        column += grid.room[name] + gap
    return _Grid(grid.start, grid.room, column - gap, fanned)


def _fair(wanted: Iterable[int], free: int) -> int:
    """The widest limit with which all lanes fit into ``free`` columns together."""
    widths = list(wanted)
    return max((n for n in range(free + 1) if sum(min(w, n) for w in widths) <= free), default=0)


def _has_arrow(event: Event) -> bool:
    return bool(event.client) and event.direction not in ("note", "time")


def _drawn(event: Event, grid: _Grid, width: int) -> str:
    if not _has_arrow(event):
        return _remark(event, width)
    lane = grid.lane(event)
    other = event.client if lane == "" else ""
    text = label(event, grid.room[lane])
    left, right = sorted((grid.start[lane], grid.start[other]))
    begin = left + 2 + (cells(text) if left == grid.start[lane] else grid.room[other])
    to_the_right = (event.direction in TO_SERVER) == (grid.start[""] == right)
    shaft = _shaft(event, right - 2 - begin, to_the_right)
    line = f"{event.number or '':>3}"
    for column, part in sorted([(grid.start[lane], text), (begin, shaft)]):
        line = _put(line, column, part)
    return line


def _shaft(event: Event, length: int, right: bool) -> str:
    line = ("╌" if event.direction == "silence" else "─") * (length - 1)
    return f"{line}▶" if right else f"◀{line}"


def _remark(event: Event, width: int) -> str:
    text = clipped(str(event.text), width - MARGIN - 6)
    words = f"┄┄ {text} ┄┄" if event.direction == "time" else f"·  {text}"
    return f"{event.number or '':>3}  {words}"


def _listed(event: Event, clients: list[str], width: int) -> str:
    if not _has_arrow(event):
        return _remark(event, width)
    room = min(max(map(cells, clients)), 20)
    line = _put(f"{event.number or '':>3}", MARGIN, clipped(event.client, room))
    line = _put(line, MARGIN + room + 2, _shaft(event, 4, event.direction in TO_SERVER))
    return _put(line, MARGIN + room + 8, label(event, width - MARGIN - room - 8))


def _finished(line: str, event: Event, end: int, width: int) -> str:
    """The line with its mark of failure, beside it where there is room, else below."""
    if not event.failed:
        return line
    mark = "✗" if event.expected is None else f"✗ expected {event.expected}"
    column = max(cells(line), end) + 2
    if column + cells(mark) <= width:
        return _put(line, column, mark)
    return f"{line}\n{'':{MARGIN}}{clipped(mark, width * 2)}"


def _put(line: str, column: int, text: str) -> str:
    """The line, continued with the text at a column."""
    return line + " " * (column - cells(line)) + text
