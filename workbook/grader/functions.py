"""Calls a submission's functions, where an exercise asks for functions and not for a server."""

import asyncio
import base64
import re
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from workbook.events import quoted
from workbook.grader.channel import WorkerFailed
from workbook.grader.conversation import Conversation
from workbook.grader.diagnosis import how_it_ended
from workbook.grader.exchange import Exchange, drawn_request
from workbook.grader.mistakes import Mistake
from workbook.grader.submission import Submission
from workbook.grader.worker import Worker

PATIENCE = 5.0  # seconds for a client library to make up its mind about an answer
GREETING = b"\x81\x05hello"  # a text frame (RFC 6455, section 5.7): it follows the answer
EXCEPTIONS = {  # beginnings of what is raised where a text is taken apart, and what it means
    r"(AttributeError|TypeError): .*NoneType": "Something is None there: `get(…)` and `match(…)`"
    " give None for what is not in the text.",
    r"KeyError: ": "A request need not have it: `…[key]` raises for what is missing.",
    r"ValueError: (not enough|too many) values to unpack": "A text had more or fewer parts there"
    " than there are names for them: its separator may be missing, or stand in a value as well.",
    r"IndexError: ": "There are fewer parts than that: what separates them may be missing.",
    r"binascii\.Error: ": "That is how `b64decode` says that a text is not base64.",
    r"TypeError: .*(bytes|encoded)": "Bytes and text do not mix: `encode()` makes bytes of"
    " a text, and `decode()` text of bytes.",
}


class Functions:
    """The functions of one submission, each call in the submission's own process."""

    def __init__(self, talk: Conversation, worker: Worker, submission: Submission) -> None:
        self._talk, self._worker, self._submission = talk, worker, submission

    def call(self, name: str, *arguments: str | bytes) -> str | bytes:
        """Call a function; return the `str` or `bytes` that it returns.

        Raises:
            Mistake: there is no such function, it raised, or it returned something else.
        """
        shown = f"{name}({', '.join(quoted(argument, 60) for argument in arguments)})"
        return self._talk.run(self._call(name, arguments, shown))

    def exchange(self, name: str, request: bytes) -> Exchange:
        """Give a request head to a function and take its answer apart.

        Raises:
            Mistake: as with `call`, or the answer is not a response head.
        """
        return self._talk.run(self._exchange(name, request))

    def answer_a_client(self, name: str, compression: str | None = "deflate") -> None:
        """Let the `websockets` client connect to a server that answers with a function's bytes.

        Args:
            name: the function's name.
            compression: what the client offers; None for nothing.

        Raises:
            Mistake: as with `exchange`, or the client does not take the answer for a handshake.
        """
        self._talk.run(self._answer_a_client(name, compression))

    # Calling

    async def _call(self, name: str, arguments: tuple[str | bytes, ...], shown: str) -> str | bytes:
        packed = [_packed(argument) for argument in arguments]
        try:
            answer = await self._worker.request("call", name=name, arguments=packed)
        except WorkerFailed as failure:
            raise Mistake(self._failed(shown, failure)) from None
        if "result" in answer and answer["result"]["kind"] in ("str", "bytes", "bytearray"):
            return _unpacked(answer["result"])
        raise Mistake(*self._told(name, shown, answer))

    def _failed(self, shown: str, failure: WorkerFailed) -> str:
        if failure.kind == "forged":
            return (
                "Something in the submission wrote to the grader's own channel; it does not count."
            )
        if failure.kind == "gone":
            status = self._worker.end()["status"]
            return f"{shown} ended its process{how_it_ended(status, self._submission)}"
        stack = failure.details["stack"]
        own = [entry for entry in stack if entry["file"] == str(self._submission.path)]
        where = f" It is at {self._submission.at(own[-1]['line'])}." if own else ""
        return f"{shown} did not return within {failure.details['seconds']:g} s.{where}"

    def _told(self, name: str, shown: str, answer: dict) -> tuple[str, str | None]:
        if "missing" in answer:
            return f"{self._submission.shown} has no function `{name}`.", None
        if "coroutine" in answer:
            return f"`{name}` should be a plain function; it is `async`.", None
        if "raised" in answer:
            return self._raised(shown, answer["raised"])
        result = answer["result"]
        why = "Is there a `return` on every way through the function?"
        told = f"{shown} should have returned text or bytes; it returned {result['value']}."
        return told, why if result["kind"] == "NoneType" else None

    def _raised(self, shown: str, error: dict) -> tuple[str, str | None]:
        place = self._submission.at(error["line"])
        if error["type"] == "NotImplementedError":
            return f"There is still a hole to fill: {place}.", None
        text = f": {error['error']}" if error["error"] else ""
        return f"{shown} raised {error['type']}{text} ({place}).", _about(error)

    # Answering requests

    async def _exchange(self, name: str, request: bytes) -> Exchange:
        try:
            answer = await self._call(name, (request,), f"{name}(request)")
        except Mistake as mistake:
            raise Mistake(f"{mistake.says}\n\n{drawn_request(request)}", mistake.why) from None
        return Exchange(name, request, answer)

    async def _answer_a_client(self, name: str, compression: str | None) -> None:
        arrivals: asyncio.Queue = asyncio.Queue()
        server = await asyncio.start_server(
            lambda *streams: arrivals.put_nowait(streams), "127.0.0.1", 0
        )
        async with server:
            port = server.sockets[0].getsockname()[1]
            client = asyncio.create_task(_be_greeted(port, compression))
            reader, writer = await arrivals.get()
            try:
                exchange = await self._exchange(name, await reader.readuntil(b"\r\n\r\n"))
                writer.write(exchange.answer + GREETING)
                writer.write_eof()  # a client that gives an answer up waits for the end
                refusal = await client
            finally:
                client.cancel()
                writer.close()
        if refusal:
            says = "A real client, the library `websockets`, did not complete the handshake:"
            raise exchange.mistake(f"{says} {refusal}.")


def _about(error: dict) -> str | None:
    """What an exception usually means where a text is taken apart; None if nothing is known."""
    told = f"{error['type']}: {error['error']}"
    return next((why for pattern, why in EXCEPTIONS.items() if re.match(pattern, told)), None)


async def _be_greeted(port: int, compression: str | None) -> str | None:
    """Connect and receive; return what the client library objects to, if anything."""
    try:
        client = await connect(
            f"ws://127.0.0.1:{port}/ws",
            proxy=None,
            compression=compression,
            open_timeout=PATIENCE,
        )
    except InvalidHandshake as error:
        return f"{error.__cause__ or error}"
    except TimeoutError:
        return "it went on waiting for the end of the answer"
    try:
        async with asyncio.timeout(PATIENCE):
            await client.recv()
    except ConnectionClosed as error:
        return f"{error}"
    except TimeoutError:
        return "the first message after the answer did not reach it"
    finally:
        client.transport.abort()
    return None


def _packed(value: str | bytes) -> dict:
    if isinstance(value, str):
        return {"kind": "str", "value": value}
    return {"kind": "bytes", "value": base64.b64encode(value).decode()}


def _unpacked(result: dict) -> Any:
    return result["value"] if result["kind"] == "str" else base64.b64decode(result["value"])
