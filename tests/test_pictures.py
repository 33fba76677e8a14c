"""Pictures of conversations and tasks: as text, as Mermaid, and recorded from real clients."""

import asyncio
import re
import subprocess
import sys
from inspect import cleandoc

import pytest
from fastapi import FastAPI, WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus

from workbook.bars import bars
from workbook.events import cells
from workbook.live import serve
from workbook.pictures import Event, Span, conversation, gantt, lanes, quoted
from workbook.recording import Recording, talk

COUNTED = [
    Event(1, "client A", "sent", "alpha"),
    Event(2, "client A", "received", "1: alpha"),
    Event(3, "client B", "sent", "beta"),
    Event(4, "client B", "received", "2: beta", failed=True, expected='"1: beta"'),
]


def same(text, expected):
    """Equal lines, where the expected ones stand indented in the test."""
    lines = expected.strip("\n").rstrip().splitlines()
    assert text.splitlines() == [line[8:] for line in lines]


# Text


def test_one_client_stands_left_of_the_server():
    same(
        lanes(
            [*COUNTED[:2], Event(0, "", "time", "10 s pass"), Event(3, "client A", "left", "1000")]
        ),
        """
             client A               server
          1  "alpha"  ───────────▶
          2               ◀───────  "1: alpha"
             ┄┄ 10 s pass ┄┄
          3  closes 1000  ───────▶
        """,
    )


def test_two_clients_stand_around_the_server_and_the_failure_is_marked():
    same(
        lanes(COUNTED),
        """
             client A            server                client B
          1  "alpha"  ────────▶
          2            ◀───────  "1: alpha"
          3                                  ◀───────  "beta"
          4                      "2: beta"  ────────▶            ✗ expected "1: beta"
        """,
    )


def test_three_clients_have_a_lane_each_beside_the_server():
    same(
        lanes(
            [
                Event(1, "Ada", "sent", "hi"),
                Event(2, "Grace", "received", "Ada: hi"),
                Event(3, "Alan", "silence", "for 1 s", failed=True),
            ]
        ),
        """
             server       Ada        Grace           Alan
          1          ◀──  "hi"
          2          ─────────────▶  "Ada: hi"
          3          ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌▶  nothing for 1 s  ✗
        """,
    )


def test_a_crowd_is_a_list_with_names():
    text = lanes([Event(i, f"client {i}", "sent", "a long message " * 3) for i in range(1, 13)])
    assert text.splitlines()[11] == (f"{12:>3}  client 12  ───▶  {quoted('a long message ' * 3)}")


def test_a_long_expectation_has_a_line_of_its_own():
    text = lanes([Event(1, "A", "received", "x", failed=True, expected=quoted("y" * 90))])
    assert text.splitlines()[-1] == f"     ✗ expected {quoted('y' * 90)}"


@pytest.mark.parametrize("clients", [1, 2, 3, 5])
@pytest.mark.parametrize("width", [72, 80, 100, 140])
def test_lines_keep_to_the_width(clients, width):
    events = [
        Event(i, f"client {i % clients}", direction, text)
        for i, (direction, text) in enumerate(
            (direction, text)
            for direction in ("sent", "received", "closed", "note")
            for text in ("x" * 70_000, "日本語" * 30, "short", "line\nline " * 20, "")
        )
    ]
    assert max(map(cells, lanes(events, width=width).splitlines())) <= width


def test_long_messages_say_how_long_they_are():
    assert quoted("x" * 70_000, 30) == '"' + "x" * 12 + '…" (70,000 chars)'
    assert quoted(b"\x00\x01") == "bytes 00 01"
    assert "(5,000 bytes)" in quoted(b"\x00" * 5000, 40)


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("hi", '"hi"'),
        ('{"value": 1}', "'{\"value\": 1}'"),
        ("two\nlines\t", r'"two\nlines\t"'),
        ("\x1b[31mred", r'"\x1b[31mred"'),
        ("back\\slash", r'"back\\slash"'),
        ("\u202eright to left", r'"\u202eright to left"'),
        ("né 日本 🎉", '"né 日本 🎉"'),
        ("", '""'),
        ("  ", '"  "'),
    ],
)
def test_messages_are_quoted_on_one_line(message, shown):
    assert quoted(message) == shown


def test_tasks_as_bars():
    spans = [
        Span("receive", 0, 1, "done", "line 7"),
        Span("clock", 0, 1, "cancelled", "line 8"),
        Span("receive", 1, None, "pending", "line 7"),
        Span("clock", 1.5, 2, "failed", "line 8"),
    ]
    same(
        bars(spans, width=60),
        """
                   0 s                         2 s
          receive  ━━━━━━━━━━━━━━━✓                 done line 7
          clock    ━━━━━━━━━━━━━━━⊗                 cancelled line 8
          receive                 ━━━━━━━━━━━━━━━▶  pending line 7
          clock                          ━━━━━━━━✗  failed line 8
        """,
    )


def test_no_tasks_and_no_events_are_pictures_too():
    assert "0 s" in gantt([]).text
    assert conversation([]).mermaid.startswith("sequenceDiagram\n")


# Mermaid


def test_a_sequence_diagram():
    assert (
        conversation(COUNTED).mermaid
        == cleandoc(
            """
        sequenceDiagram
            participant c0 as client A
            participant server as server
            participant c1 as client B
            c0->>server: 1. #34;alpha#34;
            server->>c0: 2. #34;1#58; alpha#34;
            c1->>server: 3. #34;beta#34;
            rect rgba(255, 80, 80, 0.2)
            server->>c1: 4. #34;2#58; beta#34;
            Note over c1,server: ✗ expected #34;1#58; beta#34;
            end
        """
        ).replace("\n\n", "\n")
        + "\n"
    )


def test_a_gantt():
    assert gantt([Span("clock", 0, 61.5, "cancelled", "a.py, line 8")]).mermaid == (
        "gantt\n"
        "    dateFormat YYYY-MM-DDTHH:mm:ss.SSS\n"
        "    axisFormat %-M min %-S s\n"
        "    clock cancelled a.py, line 8 :2000-01-01T00:00:00.000, 2000-01-01T00:01:01.500\n"
    )


NASTY = "</script><script>alert('x')</script>\n#1;%%{init}%%\nend; A->>B: \"q\" `c` $$x$$ \\ & |"


@pytest.mark.parametrize("place", ["text", "client", "expected", "task"])
def test_learners_text_never_becomes_mermaid(place):
    event = Event(
        1,
        NASTY if place == "client" else "A",
        "sent",
        NASTY if place == "text" else "x",
        failed=True,
        expected=NASTY if place == "expected" else None,
    )
    source = gantt([Span(NASTY, 0, 1)]) if place == "task" else conversation([event])
    plain = conversation([Event(1, "A", "sent", "x", failed=True)])
    if place != "task":
        assert source.mermaid.count("\n") == plain.mermaid.count("\n")
    words = re.sub(r"#\d+;", "", source.mermaid)
    assert not re.search(
        r"[<>;#%$`\\&|]", words.replace("->>", "").replace("axisFormat %-S.%L", "")
    )


def test_a_picture_is_shown_by_jupyterlab_and_by_a_terminal():
    picture = conversation(COUNTED)
    bundle = picture._repr_mimebundle_()
    assert set(bundle) == {"text/vnd.mermaid", "text/plain"}
    assert str(picture) == bundle["text/plain"] == lanes(COUNTED)


def test_a_very_long_conversation_leaves_out_its_middle():
    picture = conversation([Event(i, "A", "sent", "x" * 500) for i in range(1, 1001)])
    assert "920 more events are left out" in picture.text
    assert len(picture.mermaid) < 50_000, "Mermaid's own limit"
    assert "1000. " in picture.mermaid


def test_the_data_model_needs_nothing_heavy():
    code = "import sys, workbook.pictures; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=20
    ).stdout.split()
    assert not {"IPython", "asyncio", "websockets", "fastapi", "rich"} & set(loaded)


# Recording


@pytest.fixture
def server():
    app = FastAPI()

    @app.websocket("/ws")
    async def echo(websocket: WebSocket, name: str = ""):
        await websocket.accept()
        async for text in websocket.iter_text():
            if text == "bye":
                return await websocket.close()
            if text == "go":
                await websocket.close(1008, "gone")
                break
            if text != "hush":
                await websocket.send_text(f"{name}{text}")

    with serve(app) as server:
        yield server


def told(recording):
    return [(e.number, e.client, e.direction, e.text) for e in recording.events]


def test_clients_that_await(server):
    async def lesson():
        talks = Recording()
        async with (
            talks.talk(server.ws("/ws"), "Ada") as ada,
            talks.talk(server.ws("/ws", name="G "), "Grace") as grace,
        ):
            await ada.send("hi")
            assert await ada.recv() == "hi"
            talks.note("and now")
            await grace.send("go")
            with pytest.raises(ConnectionClosed):
                await grace.recv()
        return talks

    talks = asyncio.run(lesson())
    assert told(talks) == [
        (1, "Ada", "opened", "/ws"),
        (2, "Grace", "opened", "/ws?name=G+"),
        (3, "Ada", "sent", "hi"),
        (4, "Ada", "received", "hi"),
        (5, "", "note", "and now"),
        (6, "Grace", "sent", "go"),
        (7, "Grace", "closed", "1008 gone"),
        (8, "Ada", "left", "1000"),
    ]
    assert [e.at for e in talks.events] == sorted(e.at for e in talks.events)
    assert "text/vnd.mermaid" in talks._repr_mimebundle_()
    assert repr(talks) == talks.picture().text


def test_a_client_without_await(server):
    with talk(server.ws(), "Ada") as ada:
        ada.send("hi")
        assert ada.recv() == "hi"
        ada.send("hush")
        with pytest.raises(TimeoutError, match=r"Ada waited 0\.05 s and nothing came"):
            ada.recv(timeout=0.05)
        ada.close(4000, "bye")
    assert [text for *_, text in told(ada.recording)] == [
        "/ws", "hi", "hi", "hush", "for 0.05 s", "4000 bye",
    ]  # fmt: skip


def test_silence_loses_no_message(server):
    async def lesson():
        async with talk(server.ws()) as client:
            with pytest.raises(TimeoutError):
                await client.recv(timeout=0.01)
            await client.send("a")
            return await client.recv()

    assert asyncio.run(lesson()) == "a"


def test_a_refused_handshake_is_in_the_picture(server):
    talks = Recording()
    with pytest.raises(InvalidStatus), talks.talk(server.ws("/nowhere"), "Ada"):
        pass
    assert told(talks)[-1] == (2, "Ada", "refused", "HTTP 403")


def test_a_client_is_iterated_until_the_end(server):
    with talk(server.ws()) as client:
        for text in ("a", "b", "bye"):
            client.send(text)
        assert list(client) == ["a", "b"]

    async def lesson():
        async with talk(server.ws()) as client:
            for text in ("a", "b", "bye"):
                await client.send(text)
            return [message async for message in client]

    assert asyncio.run(lesson()) == ["a", "b"]


def test_iterating_says_when_the_end_was_not_a_good_one(server):
    with talk(server.ws()) as client:
        client.send("go")
        with pytest.raises(ConnectionClosed):
            list(client)


def test_a_server_that_stops_in_the_middle(server):
    with talk(server.ws(), "Ada") as ada:
        server.stop()
        with pytest.raises(ConnectionClosed):
            ada.send("too late")
            ada.recv()
    assert told(ada.recording)[-1] == (len(ada.recording.events), "Ada", "closed", "1012")


def test_a_connection_that_is_lost_was_closed_by_nobody(server):
    async def lesson():
        async with talk(server.ws(), "Ada") as ada:
            ada.connection.transport.abort()
            await ada.connection.wait_closed()
        return ada.recording

    assert told(asyncio.run(lesson()))[1:] == [
        (2, "", "note", "Ada: the connection is lost (1006)")
    ]
