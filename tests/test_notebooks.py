"""The lessons run in a kernel, and a client outside it talks to the servers inside.

A lesson's cells are executed one by one, down to the one that starts the server of interest; then a
client of this process holds a conversation with it. (Whole lessons are run by nbval.)
"""

import asyncio
import json
import os
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass

import nbformat
import pytest
from nbclient import NotebookClient
from websockets.asyncio.client import ClientConnection, connect

from workbook.catalogue import ROOT

DEADLINE = 60  # seconds for a cell, and for a conversation
ANSWER = "Message text was: hello from outside"
Open = Callable[..., connect]


async def echo(open_: Open) -> None:
    async with open_("/ws") as client:
        assert await answer(client) == ANSWER


async def plain_echo(open_: Open) -> None:
    async with open_("/ws") as client:
        assert await answer(client) == "hello from outside"


async def echo_and_time(open_: Open) -> None:
    async with open_("/ws") as client:
        assert await answer(client) == ANSWER
        assert (await client.recv()).startswith("It is: 20")


async def greeting(open_: Open) -> None:
    cookie = {"Cookie": "token=SECRET_API_TOKEN"}
    async with open_("/ws?username=Ada", additional_headers=cookie) as client:
        assert await client.recv() == "Hello, Ada!"
        assert await answer(client) == ANSWER


async def chat(open_: Open, path: str = "/ws", **more: str) -> None:
    async with open_(f"{path}?username=Ada") as ada, open_(f"{path}?username=Grace") as grace:
        heard = await say_until_heard(grace, "I am here", ada)
        assert heard == {**more, "username": "Grace", "message": "I am here"}
        heard = await say_until_heard(ada, "hello from outside", grace)
        assert heard == {**more, "username": "Ada", "message": "hello from outside"}


async def say_until_heard(speaker: ClientConnection, text: str, listener: ClientConnection) -> dict:
    """Say it again each second: the chapter's program is deaf until it has subscribed (anew)."""
    while True:  # `hold` has the deadline
        await speaker.send(text)
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                return await message(listener)


async def message(client: ClientConnection) -> dict:
    """The next message that is no notice of a join."""
    while "message" not in (received := json.loads(await client.recv())):
        pass
    return received


async def rooms(open_: Open) -> None:
    await chat(open_, "/rooms/outside", type="message")


async def answer(client: ClientConnection) -> str:
    await client.send("hello from outside")
    return await client.recv()


@dataclass(frozen=True)
class Visit:
    """A conversation with `server`, as it is once the cell that holds `source` has run."""

    lesson: str
    source: str
    talk: Callable[[Open], Coroutine]
    server: str = "server"


VISITS = [
    Visit("00_start_here", "room = set()", chat),
    Visit("01_two_way", "await websocket.send_text(text)\n\n\nserver = serve(app)", plain_echo),
    Visit("02_echo", 'visit("hello", "", "still here")', echo),
    Visit("03_concurrency", "INTERVAL = 0.2\nserver = serve(app)", echo_and_time),
    Visit("04_dependencies", "async def greet_and_echo", greeting),
    Visit("05_broadcasting", "one, two = serve(chat_app(talk_in_turns))", chat, "one"),
    Visit("06_rooms_and_production", "server = serve(chat_server.app)", rooms),
]


@pytest.mark.slow
@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit.lesson)
def test_a_client_outside_talks_to_a_server_inside(visit: Visit):
    path = ROOT / "notebooks" / f"{visit.lesson}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=DEADLINE, resources=folder)
    sources = [cell.source if cell.cell_type == "code" else "" for cell in notebook.cells]
    last = next(i for i, source in enumerate(sources) if visit.source in source)
    with client.setup_kernel(env={**os.environ}):
        for index, cell in enumerate(notebook.cells[: last + 1]):
            client.execute_cell(cell, index)
        asyncio.run(hold(visit.talk, ask(client, f"print({visit.server}.port)")))


async def hold(talk: Callable[[Open], Coroutine], port: str) -> None:
    def open_(path: str, **options) -> connect:
        return connect(f"ws://127.0.0.1:{port.strip()}{path}", proxy=None, **options)

    async with asyncio.timeout(DEADLINE):
        await talk(open_)


def ask(client: NotebookClient, source: str) -> str:
    """What a cell prints that is run in the notebook's kernel, and is not part of the notebook."""
    cell = nbformat.v4.new_code_cell(source)
    client.nb.cells.append(cell)
    client.execute_cell(cell, len(client.nb.cells) - 1)
    client.nb.cells.pop()
    return "".join(output.get("text", "") for output in cell.outputs)
