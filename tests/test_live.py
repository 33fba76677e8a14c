"""serve(): up at once, down at once, replaced by its cell, and clear when something is wrong."""

import asyncio
import itertools
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest
from fastapi import FastAPI, WebSocket
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from workbook.live import ServeError, serve


@pytest.fixture
def app():
    app = FastAPI()

    @app.websocket("/ws")
    async def echo(websocket: WebSocket):
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(f"Message text was: {text}")

    @app.get("/")
    async def home():
        return "home"

    return app


def endless(wait):
    """An app whose handler says "here" and then waits as `wait` does."""
    app = FastAPI()

    @app.websocket("/ws")
    async def handler(websocket: WebSocket):
        await websocket.accept()
        await websocket.send_text("here")
        await wait(websocket)

    return app


def connected(server):
    """A client that the test leaves open."""
    return connect(server.ws(), proxy=None).__enter__()


def entered(server):
    """A client whose handler has begun to wait."""
    client = connected(server)
    assert client.recv(timeout=5) == "here"
    return client


def close_code(client):
    with pytest.raises(ConnectionClosed) as closed:
        client.recv(timeout=5)
    return closed.value.rcvd.code if closed.value.rcvd else 1006


# Up and down


def test_answers_websockets_and_http_on_a_port_of_its_own(app):
    with serve(app) as server:
        assert 1024 < server.port < 65536
        assert repr(server) == f"<Server http://127.0.0.1:{server.port} · running>"
        with connect(server.ws("/ws"), proxy=None) as client:
            client.send("hello")
            assert client.recv(timeout=5) == "Message text was: hello"
        with urllib.request.urlopen(server.url, timeout=5) as response:
            assert response.read() == b'"home"'
            assert response.headers["date"]
    assert repr(server) == f"<Server http://127.0.0.1:{server.port} · stopped>"


def test_addresses_carry_a_path_and_a_query(app):
    with serve(app) as server:
        assert server.ws("/rooms/tea", username="Ada & co") == (
            f"ws://127.0.0.1:{server.port}/rooms/tea?username=Ada+%26+co"
        )


def test_two_servers_live_side_by_side(app):
    with serve(app) as a, serve(app) as b:
        assert a.port != b.port
        for server in (a, b):
            with connect(server.ws(), proxy=None) as client:
                client.send("hi")
                assert client.recv(timeout=5) == "Message text was: hi"


def test_clients_of_a_stopped_server_see_1012(app):
    server = serve(app)
    with connect(server.ws(), proxy=None) as client:
        server.stop()
        assert close_code(client) == 1012
    with pytest.raises(ConnectionRefusedError):
        connected(server)
    server.stop()  # a second time does nothing


@pytest.mark.parametrize(
    "wait",
    [
        lambda websocket: asyncio.Event().wait(),
        lambda websocket: asyncio.Queue().get(),
        lambda websocket: asyncio.sleep(1000),
        lambda websocket: websocket.receive_text(),
    ],
    ids=["event", "queue", "sleep", "receive"],
)
def test_stops_although_a_handler_waits_for_ever_and_says_nothing(wait, capfd):
    server = serve(endless(wait))
    clients = [entered(server) for _ in range(3)]
    began = time.perf_counter()
    server.stop()
    assert time.perf_counter() - began < 1.0, "about 0.1 s on a quiet machine"
    assert [close_code(client) for client in clients] == [1012] * 3
    assert capfd.readouterr() == ("", "")


def test_a_handler_in_a_task_group_is_ended_in_silence(capfd):
    async def talk_and_listen(websocket):
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(websocket.receive_text())
            tasks.create_task(asyncio.Event().wait())

    server = serve(endless(talk_and_listen))
    entered(server)
    server.stop()
    assert capfd.readouterr() == ("", "")


def test_lifespan_runs_around_the_handlers():
    seen = []

    @asynccontextmanager
    async def lifespan(app):
        seen.append("up")
        yield
        seen.append("down")

    async def wait(websocket):
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("handler ended")

    app = endless(wait)
    app.router.lifespan_context = lifespan
    with serve(app) as server:
        entered(server)
    assert seen == ["up", "handler ended", "down"]


# What goes wrong, in one sentence


def test_a_taken_port(app):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ServeError, match=f"Port {port} is taken by another program"):
            serve(app, port=port)


@pytest.mark.parametrize("port", [70_000, -1, "8000", 80.0])
def test_something_that_is_no_port(app, port):
    with pytest.raises(ServeError, match=f"port= takes a whole number .* and got {port!r}"):
        serve(app, port=port)


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ({"prot": 8000}, "Neither serve() nor uvicorn has an option prot=."),
        ({"host": "0.0.0.0"}, "serve() listens on 127.0.0.1 only: leave host= out."),
        ({"ws": "nonsense", "ws_max_size": 9}, "uvicorn cannot be started with ws='nonsense': "),
        ({"log_level": "loud"}, "uvicorn cannot be started with log_level='loud': "),
    ],
    ids=["unknown", "host", "ws", "log level"],
)
def test_an_option_that_cannot_be(app, option, problem):
    with pytest.raises(ServeError) as told:
        serve(app, **option)
    assert str(told.value).startswith(problem)


def test_an_option_of_uvicorn_is_passed_on(app):
    with serve(app, ws="websockets-sansio", ws_max_size=5) as server:
        client = connected(server)
        client.send("too long")
        assert close_code(client) == 1009


def test_a_port_that_cannot_be_opened_is_not_called_taken(app, monkeypatch):
    monkeypatch.setattr("workbook.live.HOST", "203.0.113.1")  # nobody's: RFC 5737
    with pytest.raises(ServeError, match=r"Port 8000 cannot be opened \(.+\); leave port= out"):
        serve(app, port=8000)


def test_a_port_that_an_earlier_server_has(app):
    with serve(app) as server, pytest.raises(ServeError, match="a server that you started earlier"):
        serve(app, port=server.port)


def test_the_error_is_one_line_in_a_notebook():
    assert ServeError("Port 1 is taken.")._render_traceback_() == ["ServeError: Port 1 is taken."]


async def not_an_app(websocket):
    pass


@pytest.mark.parametrize(
    ("thing", "problem"),
    [
        (FastAPI, "a class; an app is made by calling it"),
        ("main:app", "'main:app' is of type str"),
        (None, "None is of type NoneType"),
        (not_an_app, "other arguments than scope, receive, send"),
    ],
    ids=["class", "text", "None", "handler"],
)
def test_something_that_is_not_an_app(thing, problem):
    with pytest.raises(ServeError, match=problem):
        serve(thing)


def test_a_plain_asgi_function_is_an_app():
    async def app(scope, receive, send):
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "here"})
        await receive()

    with serve(app) as server:
        entered(server).close()


def lifespan_app(startup, shutdown=None):
    @asynccontextmanager
    async def lifespan(app):
        await startup()
        yield
        if shutdown:
            await shutdown()

    return FastAPI(lifespan=lifespan)


async def fail():
    raise RuntimeError("no broker on port 6379")


async def nothing():
    pass


def test_a_lifespan_that_fails_says_its_own_error(capfd):
    with pytest.raises(ServeError) as told:
        serve(lifespan_app(fail))
    assert "failed at startup: RuntimeError: no broker on port 6379" in str(told.value)
    assert "test_live.py, line" in str(told.value)
    assert capfd.readouterr() == ("", "")


def test_a_lifespan_that_never_gets_ready_has_a_deadline():
    with pytest.raises(ServeError) as told:
        serve(lifespan_app(asyncio.Event().wait), start_within=0.2)
    assert "did not finish starting within 0.2 s (test_live.py, line" in str(told.value)
    assert "await startup()" in str(told.value)


def test_a_lifespan_that_fails_at_the_end_is_shown(capfd):
    serve(lifespan_app(nothing, fail)).stop()
    shown = capfd.readouterr().err
    assert "lifespan failed at shutdown" in shown
    assert "RuntimeError: no broker on port 6379" in shown


def test_a_lifespan_that_does_not_end():
    server = serve(lifespan_app(nothing, asyncio.Event().wait), stop_within=0.3)
    with pytest.raises(ServeError, match="its lifespan did not end"):
        server.stop()


def test_a_handler_that_blocks_the_loop():
    async def block(websocket):
        time.sleep(1.5)

    server = serve(endless(block), stop_within=0.2)
    entered(server)
    with pytest.raises(ServeError) as told:
        server.stop()
    assert "a handler blocks its event loop (test_live.py, line" in str(told.value)
    assert "time.sleep(1.5)). It goes on until that line returns." in str(told.value)


def test_a_blocked_server_gives_its_port_free(app):
    async def block(websocket):
        time.sleep(1.5)

    server = serve(endless(block), stop_within=0.1)
    entered(server)
    with pytest.raises(ServeError):
        server.stop()
    with serve(app, port=server.port) as successor:
        assert successor.port == server.port


def test_a_handler_that_spins_is_interrupted():
    async def spin(websocket):
        while True:
            pass

    server = serve(endless(spin), stop_within=0.2)
    entered(server)
    with pytest.raises(ServeError, match="It was interrupted"):
        server.stop()
    assert not server._thread.is_alive()


def test_a_handler_that_swallows_its_cancellation():
    async def swallow(websocket):
        while True:
            try:
                await asyncio.Event().wait()
            except BaseException:
                continue

    server = serve(endless(swallow), stop_within=0.2)
    entered(server)
    with pytest.raises(ServeError) as told:
        server.stop()
    assert "did not end when it was cancelled (test_live.py, line" in str(told.value)
    assert "await asyncio.Event().wait()" in str(told.value)


# What a handler does wrong is shown, by its own lines


def test_a_failing_handler_is_shown_by_its_own_lines(capfd):
    async def divide(websocket):
        return 1 / 0

    with serve(endless(divide)) as server:
        assert close_code(entered(server)) == 1006
    shown = capfd.readouterr().err
    assert shown.startswith("Exception in a handler:\nTraceback (most recent call last):")
    assert "return 1 / 0" in shown
    assert "ZeroDivisionError: division by zero" in shown
    assert "lines in libraries left out)" in shown
    assert "starlette" not in shown and "uvicorn" not in shown
    assert shown.count("\n") < 12


def test_an_exception_that_nobody_retrieved_is_shown(capfd):
    async def lose(websocket):
        task = asyncio.create_task(fail())
        await asyncio.wait([task])

    with serve(endless(lose)) as server:
        close_code(entered(server))
    shown = capfd.readouterr().err
    assert "Task exception was never retrieved" in shown
    assert "RuntimeError: no broker on port 6379" in shown


# Tasks


def test_tasks_are_drawn_with_the_lines_that_made_them():
    async def pile_up(websocket):
        clock = asyncio.create_task(asyncio.sleep(1000))
        receive = asyncio.create_task(websocket.receive_text())
        await asyncio.wait([clock, receive], return_when=asyncio.FIRST_COMPLETED)
        await websocket.send_text("one is done")
        await asyncio.Event().wait()

    with serve(endless(pile_up), record_tasks=True) as server:
        client = entered(server)
        client.send("x")
        assert client.recv(timeout=5) == "one is done"
        text = server.tasks().text
    rows = text.splitlines()
    assert "sleep" in rows[1] and "pending test_live.py, line" in rows[1]
    assert "receive_text" in rows[2] and "done test_live.py, line" in rows[2]
    assert len(rows) == 3, "library tasks are not shown"


def test_tasks_must_be_asked_for(app):
    with serve(app) as server, pytest.raises(ServeError, match="record_tasks=True"):
        server.tasks()


# Running a cell again

RUNS = itertools.count()


@pytest.fixture
def cell(monkeypatch):
    """Pretends that a notebook runs cells: cell("id") begins a run of that cell."""
    request = {"metadata": {}, "content": {"code": ""}, "header": {"msg_id": ""}}
    kernel = SimpleNamespace(get_parent=lambda channel: request)
    compiler = SimpleNamespace(format_code_name=lambda filename: None)
    shell = SimpleNamespace(kernel=kernel, compile=compiler)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))

    def begin(cell_id):
        request["metadata"]["cellId"] = cell_id
        request["header"]["msg_id"] = str(next(RUNS))

    return begin


def test_a_cell_that_runs_again_replaces_its_server_on_the_same_port(app, cell):
    cell("one")
    first = serve(app)
    client = connected(first)
    cell("one")
    with serve(app) as second:
        assert second.port == first.port
        assert not first.running and second.running
        assert close_code(client) == 1012


def test_two_servers_of_one_cell_are_replaced_one_by_one(app, cell):
    cell("one")
    before = [serve(app), serve(app)]
    cell("one")
    after = [serve(app), serve(app)]
    assert [server.port for server in before] == [server.port for server in after]
    assert [server.running for server in before + after] == [False, False, True, True]
    for server in after:
        server.stop()


def test_another_cell_leaves_the_server_alone(app, cell):
    cell("one")
    with serve(app) as first:
        cell("two")
        with serve(app) as second:
            assert first.running and second.running


def test_a_name_is_replaced_from_any_cell(app, cell):
    cell("one")
    first = serve(app, name="worker 1")
    cell("two")
    with serve(app, name="worker 1") as second:
        assert second.port == first.port and not first.running


def test_a_cell_keeps_its_port_after_a_failure(app, cell):
    cell("one")
    port = serve(app).port
    cell("one")
    with pytest.raises(ServeError):
        serve(lifespan_app(fail))
    cell("one")
    with serve(app) as server:
        assert server.port == port


def test_a_cell_replaces_even_a_server_that_blocks(app, cell):
    async def block(websocket):
        time.sleep(1.5)

    cell("one")
    blocked = serve(endless(block), stop_within=0.1)
    entered(blocked)
    cell("one")
    with pytest.warns(UserWarning, match="blocks its event loop"), serve(app) as server:
        assert server.port == blocked.port


# A script


SCRIPT = """
import asyncio
from contextlib import asynccontextmanager
from fastapi import FastAPI, WebSocket
from websockets.sync.client import connect
from workbook import serve

@asynccontextmanager
async def lifespan(app):
    yield
    print("lifespan ended")

app = FastAPI(lifespan=lifespan)

@app.websocket("/ws")
async def handler(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_text("here")
    await asyncio.Event().wait()

server = serve(app)
client = connect(server.ws(), proxy=None).__enter__()
print(client.recv())
"""


def test_a_script_ends_when_it_ends():
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("here\nlifespan ended\n", "", 0)
