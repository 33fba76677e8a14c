"""One request head and the response head that a submission's function gave as its answer."""

import re

from workbook.events import clipped, printable, quoted
from workbook.grader.mistakes import Mistake, Why, reason

WIDEST = 74  # columns of a line of a head, as it is drawn
_STATUS_LINE = re.compile(r"HTTP/\d(?:\.\d)? (\d{3})(?: .*)?")


class Exchange:
    """A request and its answer, taken apart as RFC 9112 says, section 2 to 5.

    Reason phrases, the order of headers and the case of their names are left to the submission.

    Args:
        function: the name of the function that answered.
        request: the request head.
        answer: what the function returned.

    Raises:
        Mistake: the answer is not a response head: CRLF line ends, an empty line, nothing after it.
    """

    def __init__(self, function: str, request: bytes, answer: str | bytes) -> None:
        self.request, self.answer = request, answer
        self._name = function
        if isinstance(answer, str):
            raise Mistake(
                f"`{function}` should have returned bytes; it returned text: {quoted(answer, 60)}.",
                "What goes over the network is bytes: text becomes bytes by `.encode()`.",
            )
        self._lines = re.findall(r"[^\n]*\n|[^\n]+", answer.decode("latin-1"))
        self._end = len(self._lines) - 1
        self.status = self._read_status()
        self._check_lines()
        self.headers = [self._read_header(place) for place in range(1, self._end)]

    # Taking it apart

    def _read_status(self) -> int:
        if not self._lines:
            raise self.mistake(f"`{self._name}` returned no bytes at all.", 0, "a status line")
        found = _STATUS_LINE.fullmatch(self._lines[0].rstrip("\r\n"))
        if not found:
            says = "The answer should begin with a status line such as `HTTP/1.1 400 Bad Request`."
            raise self.mistake(says, 0, "a status line")
        return int(found[1])

    def _check_lines(self) -> None:
        for place, line in enumerate(self._lines):
            if line == "\r\n" and place < self._end:
                says = "The answer should end with its empty line; something comes after it."
                raise self.mistake(says, place + 1, "nothing")
            if not line.endswith("\r\n"):
                self._reject_line_end(place, line)
        if self._lines[-1] != "\r\n":
            says = "The answer should end with an empty line, which says that the head is complete."
            why = r"After the last header come two line ends, `\r\n\r\n`: its own and one more."
            raise self.mistake(says, self._end + 1, "an empty line", why)

    def _reject_line_end(self, place: int, line: str) -> None:
        if line.endswith("\n"):
            says = r"Each line of the answer should end with CRLF, `\r\n`; this one ends with `\n`."
            raise self.mistake(says, place, r"\r\n at its end")
        says = r"The answer should end with an empty line; its last line has no line end, `\r\n`."
        raise self.mistake(says, place, r"\r\n at its end, then an empty line")

    def _read_header(self, place: int) -> tuple[str, str]:
        name, colon, value = self._lines[place].partition(":")
        if not colon or not name.strip():
            says = "After the status line, each line of the answer should be `Name: value`."
            raise self.mistake(says, place, "a name, a colon and a value")
        return name.strip().lower(), value.strip()

    # What should have come

    def expect_status(self, status: int, says: str = "", why: Why = None) -> None:
        """The answer must have this status.

        Args:
            status: such as 101.
            says: what is particular about the request, as a sentence.
            why: the explanation of a known mistake; a function is given the status that came.
        """
        if self.status != status:
            told = f"The answer should have the status {status}; it has {self.status}."
            raise self.mistake(f"{says} {told}".strip(), 0, f"{status}", reason(why, self.status))

    def expect_header(
        self, name: str, value: str, *, exactly: bool = False, says: str = "", why: Why = None
    ) -> None:
        """The answer must have this header with this value.

        Args:
            name: in any case.
            value: as it should be.
            exactly: whether the case of letters matters in it.
            says: what is particular about the request, as a sentence.
            why: the explanation of a known mistake; a function is given the value that came, or
                None if there is no such header.
        """
        wanted = f"{name}: {value}"
        came = {i: v for i, (n, v) in enumerate(self.headers, 1) if n == name.lower()}
        if not came:
            told = (
                f"The answer, {self.status}, should have a header `{wanted}`; there is no `{name}`."
            )
            raise self.mistake(f"{says} {told}".strip(), self._end, wanted, reason(why, None))
        if not any(
            v == value or (not exactly and v.lower() == value.lower()) for v in came.values()
        ):
            place, other = next(iter(came.items()))
            told = f"The header should be `{wanted}`; its value is {quoted(other, 60)}."
            raise self.mistake(f"{says} {told}".strip(), place, wanted, reason(why, other))

    # Telling

    def mistake(
        self, says: str, place: int | None = None, expected: str = "", why: str | None = None
    ) -> Mistake:
        """A `Mistake` under which both heads are drawn, with one line of the answer marked.

        Args:
            says: what came and what was expected.
            place: the line, from 0; one past the last for the end; None for no line.
            expected: what should have been there.
            why: the explanation of a known mistake.
        """
        shown = [_shown(line) for line in self._lines]
        if place == len(shown):
            shown.append("(the end)")
        marks = {place: f"✗ expected {expected}"} if place is not None else {}
        heads = [drawn_request(self.request), _drawn("answer", shown, marks)]
        return Mistake("\n\n".join([says, *heads]), why)


def drawn_request(request: bytes) -> str:
    """A request head as lines of text, for a message."""
    return _drawn("request", request.decode("latin-1").split("\r\n")[:-2], {})


def _drawn(title: str, lines: list[str], marks: dict[int, str]) -> str:
    rows = [f"     {title}"]
    for place, line in enumerate(lines):
        text = clipped(line, WIDEST)
        rows.append(f"{place + 1:>5}  {text}" + (f"   {marks[place]}" if place in marks else ""))
    return "\n".join(rows)


def _shown(line: str) -> str:
    """A line of an answer; its line end shows only where it is not the right one."""
    if line == "\r\n":
        return "(empty line)"
    return printable(line.removesuffix("\r\n"))
