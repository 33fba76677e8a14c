"""Calls a submission's functions, where an exercise asks for functions and not for a server."""

import base64
from typing import Any

from workbook.events import quoted
from workbook.grader.conversation import Conversation
from workbook.grader.mistakes import Mistake
from workbook.grader.submission import Submission
from workbook.grader.worker import Worker


class Functions:
    """The functions of one submission, each call in the submission's own process."""

    def __init__(self, talk: Conversation, worker: Worker, submission: Submission) -> None:
        self._talk, self._worker, self._submission = talk, worker, submission

    def call(self, name: str, *arguments: str | bytes) -> Any:
        """Call a function; return the `str` or `bytes` that it returns.

        Raises:
            Mistake: there is no such function, it raised, or it returned something else.
        """
        shown = f"{name}({', '.join(quoted(argument, 60) for argument in arguments)})"
        packed = [_packed(argument) for argument in arguments]
        answer = self._talk.run(self._worker.request("call", name=name, arguments=packed))
        if "result" in answer and answer["result"]["kind"] in ("str", "bytes", "bytearray"):
            return _unpacked(answer["result"])
        raise Mistake(*self._told(name, shown, answer))

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
        return f"{shown} raised {error['type']}{text} ({place}).", None


def _packed(value: str | bytes) -> dict:
    if isinstance(value, str):
        return {"kind": "str", "value": value}
    return {"kind": "bytes", "value": base64.b64encode(value).decode()}


def _unpacked(result: dict) -> str | bytes:
    return result["value"] if result["kind"] == "str" else base64.b64decode(result["value"])
