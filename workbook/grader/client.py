"""A recorded client: it talks over a real socket and says, in words, what should have come."""

import asyncio
import json
import math
import socket
import struct
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from workbook.events import clipped, quoted
from workbook.grader.conversation import SLACK, Conversation, End
from workbook.grader.counted import CountedSocket
from workbook.grader.mistakes import Mistake, Why, reason
from workbook.grader.texts import parsed

MOST_SHOWN = 200  # characters of an expected message that are shown
CATCH_UP = 10  # times to settle, as long as something more comes each time
FLOOD = 20_000  # messages that nobody asked for, after which a client stops listening
LEAVINGS = {  # what the client does; a number is the code of its close frame
    "politely": "1000",
    "going away": "1001",
    "rudely": "resets the connection",
    "vanishing": "vanishes, without a close frame",
}


class Closed:
    """How a server ended a connection: `code` (1006 if it sent no close frame) and `reason`."""

    def __init__(self, code: int, reason: str) -> None:
        self.code, self.reason = code, reason

    def __str__(self) -> str:
        reason = f", reason {quoted(self.reason, 60)}" if self.reason else ""
        return f"{self.code}{reason}"


class Client:
    """One client. Its methods return when the step is done, or raise a `Mistake`."""

    def __init__(self, conversation: Conversation, name: str) -> None:
        self.name = name
        self.status: int | None = None  # of a refused handshake; 0 if there was no answer at all
        self.closed: Closed | None = None
        self.address: tuple[int, int] | None = None  # the server's port, and the one at this end
        self._counted: CountedSocket | None = None
        self._talk = conversation
        self._socket: ClientConnection | None = None
        self._inbox: deque[tuple[int, str | bytes]] = deque()
        self._hangs = False
        self._reading = True
        self._listening: asyncio.Task | None = None
        self._opening: asyncio.Task | None = None
        self.selected_subprotocol: str | None = None

    def __str__(self) -> str:
        return f"client {self.name}" if len(self.name) == 1 else self.name

    # Opening

    def open(self, port: int, path: str, slack: float = SLACK, **options: Any) -> None:
        """Do the handshake; then the client is open, refused (`status`) or without an answer."""
        self.begin(port, path, **options)
        self.finish(slack)

    def begin(self, port: int, path: str, **options: Any) -> None:
        """Ask for a connection, and do not wait for the answer; see `finish`."""
        self._talk.record(self.name, "opened", path + _told(options))
        self._talk.clients.append(self)
        self._opening = self._talk.begin(self._handshake(port, path, options))

    def finish(self, slack: float = SLACK) -> None:
        """Wait for the answer to the handshake that was begun."""
        if not self._talk.comes(self._opening.done, slack):
            self._opening.cancel()

    async def _handshake(self, port: int, path: str, options: dict) -> None:
        raw = self._counted = CountedSocket(proto=socket.IPPROTO_TCP)
        raw.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(raw, ("127.0.0.1", port))
            self.address = (port, raw.getsockname()[1])
            self._socket = await connect(
                f"ws://127.0.0.1:{port}{path}",
                sock=raw,
                compression=None,
                open_timeout=None,
                ping_interval=None,
                close_timeout=2,
                max_size=None,
                max_queue=None if options.pop("reads", True) else 1,
                proxy=None,
                **options,
            )
        except InvalidStatus as refusal:
            self.status = refusal.response.status_code
            self._talk.record(self.name, "refused", f"HTTP {self.status}")
        except (InvalidHandshake, OSError, EOFError, ConnectionClosed):
            self.status = 0
            self._talk.record(self.name, "refused", "no answer, the connection was cut")
        else:
            self.selected_subprotocol = self._socket.subprotocol
            self._listening = asyncio.create_task(self._listen())

    @property
    def is_open(self) -> bool:
        """Whether the handshake was completed and nobody has closed the connection."""
        return self._socket is not None and self.closed is None and self._reading

    async def _listen(self) -> None:
        try:
            while len(self._inbox) < FLOOD:
                message = await self._socket.recv()
                self._inbox.append((self._talk.record(self.name, "received", message), message))
        except ConnectionClosed as end:
            if self._reading:
                code, why = (end.rcvd.code, end.rcvd.reason) if end.rcvd else (1006, "")
                self.closed = Closed(code, why)
                words = str(self.closed) + ("" if end.rcvd else ", without a close frame")
                self._closed_at = self._talk.record(self.name, "closed", words)
        self._talk.tell()

    # Talking

    def send(self, *messages: str | bytes) -> None:
        """Send text messages, or binary ones if they are `bytes`, one right after the other.

        If the server has ended the connection, that is told when somebody waits in vain: whether it
        is known already as this is called is a matter of luck.
        """
        if self.closed is not None:
            self._talk.unsent.append((self, messages[0]))
            return
        for message in messages:
            self._talk.record(self.name, "sent", message)
        self._talk.run(self._send(messages))

    async def _send(self, messages: Sequence[str | bytes]) -> None:
        with suppress(ConnectionClosed):  # what follows will tell
            for message in messages:
                await self._socket.send(message)

    def send_json(self, value: Any) -> None:
        """Send a value as JSON in a text message."""
        self.send(json.dumps(value))

    def receive(
        self, expected: str = "a message", why: Why = None, slack: float = SLACK
    ) -> str | bytes:
        """The next message.

        Raises:
            Mistake: the connection was closed, or no message came; it names what was `expected`.
        """
        self._talk.comes(self._has_news, slack)
        if self._inbox:
            self._last, message = self._inbox.popleft()
            return message
        if self.closed is not None:
            self._fail_at_close(f"{self} waited for {expected}", expected, why)
        self._tell_unsent()
        self._talk.record(self.name, "silence", failed=True, expected=expected)
        raise Mistake(f"{self} waited for {expected}, and nothing came.", reason(why, None))

    def _has_news(self) -> bool:
        return bool(self._inbox) or self.closed is not None

    def _fail_at_close(self, done: str, expected: str, why: Why = None) -> None:
        self._talk.mark(self._closed_at, expected)
        raise Mistake(
            f"{done}, but the server had ended the connection ({self.closed}).",
            reason(why, self.closed),
        )

    def _tell_unsent(self) -> None:
        """What another client could not say explains why something is missing here."""
        for client, message in self._talk.unsent:
            if client is not self:
                client._fail_at_close(
                    f"{client} wanted to send {quoted(message, 40)}", "an open connection"
                )

    def expect(self, text: str, why: Why = None, says: str | None = None) -> None:
        """The next message must be this text, to the letter, in a text frame."""
        came = self.receive(quoted(text, 60), why)
        if came != text:
            self.reject(came, quoted(text, 60), why, says)

    def reject(
        self, came: str | bytes, expected: str, why: Why = None, says: str | None = None
    ) -> None:
        """Raise the `Mistake` that the last received message is."""
        self._tell_unsent()
        self._talk.mark(self._last, expected)
        shown = "a binary message" if isinstance(came, bytes) else quoted(came, 200)
        told = f"{self} should have received {expected}; what came was {shown}."
        raise Mistake(says or told, reason(why, came))

    def expect_json(self, value: Any, why: Why = None, says: str | None = None) -> None:
        """The next message must be this value as JSON; numbers may differ by rounding."""
        expected = clipped(json.dumps(value, ensure_ascii=False), MOST_SHOWN)
        came = self.receive(expected, why)
        if not same_json(parsed(came), value):
            self.reject(came, expected, why, says)

    def expect_object(self, expected: str, why: Why = None) -> dict:
        """The next message must be a JSON object, which is returned for closer looks."""
        came = self.receive(expected, why)
        value = parsed(came)
        if not isinstance(value, dict):
            self.reject(came, expected, why)
        return value

    def expect_nothing(self, why: Why = None, says: str | None = None) -> None:
        """Nothing must have come, and nothing may be on its way."""
        self._tell_unsent()
        self._talk.run(self._talk.settle())
        if self._inbox:
            self._last, came = self._inbox.popleft()
            self.reject(
                came,
                "nothing",
                why,
                says or f"{self} should have received nothing; {quoted(came, 200)} came.",
            )
        if self.closed is not None:
            self._talk.mark(self._closed_at, "an open connection")
            raise Mistake(
                says
                or f"The connection of {self} should have stayed open;"
                f" the server ended it ({self.closed}).",
                reason(why, self.closed),
            )

    def expect_closed(
        self,
        code: int,
        closing: str | None = None,
        why: Why = None,
        says: str | None = None,
        slack: float = SLACK,
    ) -> None:
        """The server must end the connection next, with this close code (and reason).

        Args:
            code: the close code.
            closing: the reason that must stand in the close frame; None if any may.
            why: the explanation, if it does not.
            says: what is said in place of the usual sentence.
            slack: seconds of server time that may pass until then.
        """
        wanted = f"close code {code}" + (f" with the reason {quoted(closing)}" if closing else "")
        self._talk.comes(self._has_news, slack)
        if self._inbox:
            self._last, came = self._inbox.popleft()
            self.reject(came, wanted, why, says)
        if self.closed is None:
            self._talk.record(self.name, "silence", failed=True, expected=wanted)
            raise Mistake(
                says
                or f"The server should have ended the connection of {self} with {wanted};"
                " it is still open.",
                reason(why, None),
            )
        if self.closed.code != code or (closing is not None and self.closed.reason != closing):
            self._talk.mark(self._closed_at, wanted)
            raise Mistake(
                says
                or f"The server should have ended the connection of {self} with {wanted};"
                f" it was {self.closed}.",
                reason(why, self.closed) or _about(self.closed.code),
            )

    @property
    def waiting(self) -> int:
        """How many messages have arrived that were not looked at yet."""
        return len(self._inbox)

    # Leaving

    def leave(self, how: str = "politely") -> None:
        """End the connection in one of the `LEAVINGS`.

        "politely" (close code 1000), "going away" (1001, as browsers send it when a tab is
        closed), "rudely" (TCP reset) or by "vanishing".
        """
        if self._socket is None or self.closed is not None:
            return
        if LEAVINGS[how].isdigit():
            self.close_with(int(LEAVINGS[how]))
            return
        self._talk.record(self.name, "left", LEAVINGS[how])
        self._reading = False
        self._cut(reset=how == "rudely")
        self._talk.run(asyncio.sleep(0))

    def close_with(self, code: int) -> None:
        """Leave with a close frame that has this code."""
        self._talk.record(self.name, "left", str(code))
        self._reading = False
        self._talk.run(self._close(code))

    async def _close(self, code: int) -> None:
        closing = self._talk.begin(self._socket.close(code))
        if not await self._talk.until(closing.done, slack=0):
            self._cut(reset=False)
        await asyncio.wait([closing])

    def _cut(self, reset: bool) -> None:
        raw = self._socket.transport.get_extra_info("socket")
        if reset and raw is not None and raw.fileno() != -1:  # the server may have been first
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.transport.abort()

    def stop_reading(self) -> None:
        """Read nothing more from the network, as a client does that hangs."""
        self._hangs = True
        self._socket.transport.pause_reading()

    def read_on(self) -> None:
        """Read again after `stop_reading`, and return when the server has caught up."""
        self._hangs = False
        self._socket.transport.resume_reading()
        for _ in range(CATCH_UP):
            before = self.bytes_received
            self._talk.run(self._talk.settle())
            if self.bytes_received == before:
                return

    @property
    def is_unread(self) -> bool:
        """Whether the server, when it was last asked, read nothing more from this client."""
        return self._talk.is_unread(self.address)

    def drop(self) -> None:
        """Forget the connection, whatever its state; not part of the conversation."""
        self._reading = False
        if self._opening is not None:
            self._opening.cancel()
        if self._socket is not None:
            self._socket.transport.abort()
        if self._listening is not None:
            self._listening.cancel()

    def is_at_rest(self, server: End | None) -> bool:
        """Whether nothing is on its way between this client and its server.

        Args:
            server: that end of the connection; None if there is none, not yet or no more.
        """
        if self._opening.done() and self._socket is None:
            return True  # refused
        if not self._reading:  # it has left
            return server is None or not server.is_read
        if server is None:
            return self.closed is not None or self._hangs
        is_heard = not server.is_read or 0 < self._sent == server.received
        return is_heard and (self._hangs or self._counted.received == server.sent)

    @property
    def bytes_received(self) -> int:
        """The bytes that came, those of the handshake included."""
        return 0 if self._counted is None else self._counted.received

    @property
    def _sent(self) -> int:
        """The bytes that were sent, those included that the system has not taken yet."""
        kept = 0 if self._socket is None else self._socket.transport.get_write_buffer_size()
        return self._counted.sent + kept


def same_json(came: Any, wanted: Any) -> bool:
    """Whether two JSON values are equal; numbers up to rounding, and true is not 1."""
    if isinstance(wanted, dict):
        return (
            isinstance(came, dict)
            and came.keys() == wanted.keys()
            and all(same_json(came[key], wanted[key]) for key in wanted)
        )
    if isinstance(came, bool) or isinstance(wanted, bool):
        return came is wanted
    if isinstance(wanted, int | float) and isinstance(came, int | float):
        return math.isclose(came, wanted, rel_tol=1e-9, abs_tol=1e-9)
    return type(came) is type(wanted) and came == wanted


def _about(code: int) -> str | None:
    if code == 1006:
        return (
            "1006 is what a client reports when the connection ended without a close frame: the"
            " endpoint returned, or raised, without closing the connection."
        )
    return None


def _told(options: dict[str, Any]) -> str:
    """What a handshake says besides the path: cookies, other headers, the page that it is from."""
    headers = {name.lower(): value for name, value in options["additional_headers"].items()}
    told = "".join(f" with {name} {value}" for name, value in headers.items())
    return f"{told} from {options['origin']}" if options.get("origin") else told
