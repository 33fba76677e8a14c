"""Checks for exercise 3b, a steady clock."""

from contextlib import suppress
from datetime import UTC, date, datetime
from itertools import pairwise

from workbook.grader import MANY, TEXTS, Mistake, about_text, points, quoted

TIME = "It is: <date and time>"
EARLY, LATE = 0.95, 1.5  # seconds: a program may look at its clock once a second
ZONE = 900  # seconds: time zones are so far apart, or many times that
LONG = " and on" * 10_000
WAYS = ("politely", "rudely", "vanishing")

AT_ONCE = "A message is answered when it comes, while the clock goes on waiting."
LOST = (
    "A message that comes at the moment at which the clock is due must not be lost. Both may be"
    " done when you look; and to cancel a receive loses nothing, but to cancel what comes after it"
    " does. Lesson 03, “Nothing is lost by cancelling a receive”."
)


@points(1)
def test_echoes_text_unchanged(server):
    """You send every text back at once, exactly as it came, and nothing besides."""
    client = server.connect()
    for text in ["hello", "It is:", *TEXTS]:
        client.send(text)
        client.expect(text, why=about_text(text))
    client.expect_nothing(why="Each message gets one answer.")


@points(1)
def test_tells_a_silent_client_the_time(server):
    """You tell a client that only listens the time after 10, 20 and 30 s, once each."""
    client = server.connect()
    opened, told = server.now, []
    for due in (10, 20, 30):
        server.wait_until(opened + due - EARLY)
        client.expect_nothing(why=f"The connection was less than {due} s old.")
        before = server.wall_clock
        server.wait_until(opened + due + 0.5)
        time = told_time(client, why=about_drift if told else about_no_time)
        told.append((time, before, server.wall_clock))
    client.expect_nothing(why="Every 10 s the time is told once.")
    for due in range(40, 310, 10):
        server.wait_until(opened + due - EARLY)
        client.expect_nothing(why=f"The connection was less than {due} s old.")
        server.wait_until(opened + due + 0.5)
        told_time(client, why=about_drift)
    for (earlier, *_), (later, *_) in pairwise(told):
        expect_ten_seconds(earlier, later)
    for time, earliest, latest in told:
        expect_present(time, earliest, latest)


@points(3)
def test_tells_a_talkative_client_the_time(server, submission):
    """You tell the time every 10 s however much the client talks."""
    client = server.connect()
    opened, ticks, text = server.now, 0, ""

    def put_off(came):
        if came is not None:
            return None
        line = submission.line_of_call("asyncio.sleep", "sleep", "asyncio.wait", "asyncio.wait_for")
        where = f" ({submission.at(line)})" if line else ""
        return (
            f"The client talks every second, and each message puts the clock off{where}: the wait"
            " for the next 10 s begins anew with it. What has to go on over several messages must"
            " be kept over them. Lesson 03, “A client that talks never hears the time”."
        )

    server.wait(0.25)
    for second in range(1, 36):
        server.wait(1)
        age = server.now - opened
        if age > 10 * (ticks + 1) + LATE and not client.waiting:
            told_time(client, why=put_off)
        text, twice = f"second {second}", server.waiting_twice()
        client.send(text)
        came = client.receive(quoted(text), why=twice or AT_ONCE)
        if is_time(came):
            ticks += 1
            if age < 10 * ticks - EARLY:
                says = f"The time came {ticks} times in {age:.1f} s; it is due every 10 s."
                client.reject(came, quoted(text), "Is there a second clock?", says)
            client.expect(text, why=twice or AT_ONCE)
        elif came != text:
            client.reject(came, quoted(text))
    age = server.now - opened
    if not (age - LATE) // 10 <= ticks <= (age + EARLY) // 10:
        raise Mistake(f"In {age:.0f} s the time was told {ticks} times, not {age // 10:.0f} times.")


@points(1)
def test_echoes_at_once(server):
    """You answer messages at once, also while the clock waits, and a burst in its order."""
    client = server.connect()
    for pause in (1, 3, 5):
        server.wait(pause)
        texts = [
            f"burst {number} after {pause} s" + LONG * (number % 9 == 0) for number in range(50)
        ]
        began = server.now
        for text in texts:
            client.send(text)
        for text in texts:
            client.expect(text, why=lambda came, texts=texts: about_the_order(came, texts))
        if server.now - began > 1:
            raise Mistake(f"The answers to 50 messages took {server.now - began:.1f} s.")
    server.wait(2)
    told_time(client, why=about_no_time)
    twice = server.waiting_twice()
    client.send("and on")
    client.expect("and on", why=twice or AT_ONCE)
    server.expect_never_blocked()


@points(1)
def test_loses_no_message(server):
    """You lose no message, not even one that comes at the moment at which the time is told."""
    client = server.connect()
    opened = server.now
    for due, count in [(10, 1), (20, 2), (30, 20)]:
        server.wait_until(opened + due - 0.3)
        client.expect_nothing()
        texts = [f"{number} at the moment {due}" for number in range(1, count + 1)]
        before = texts[: count // 2]  # these may still be in work when the moment comes
        for text in before:
            client.send(text)
        server.send_as_time_passes(client, 0.6, *texts[len(before) :])
        told = False
        for text in texts:
            came = client.receive(quoted(text), why=LOST)
            if is_time(came):
                told, came = True, client.receive(quoted(text), why=LOST)
            if came != text:
                client.reject(came, quoted(text), why=LOST)
        if not told:
            told_time(client, why=about_no_time)


@points(1)
def test_keeps_a_clock_for_each_connection(server, submission):
    """You keep a clock for each connection, from the moment at which it opened."""

    def shared(came):
        line = submission.line_of_shared_state()
        where = f": {submission.at(line)}" if line else ""
        return (
            "Each client hears the time when its own connection is 10, 20, 30 … s old. One clock"
            f" for all cannot do that{where}. Lesson 02, “What belongs to one connection”."
        )

    opened, lateness, visitor = {}, [], server.connect("visitor")
    for _ in range(4):
        client = server.connect()
        opened[client] = server.now
        server.wait(2.25)
    visitor.leave()
    for due in (10, 20, 30):
        for client, moment in opened.items():
            server.wait_until(moment + due - EARLY)
            client.expect_nothing(why=shared)
            server.wait_until(moment + due + 0.1)
            told_time(client, why=shared)
            lateness.append(server.now - moment - due)
            client.send(f"{due} s")
            client.expect(f"{due} s")
    if min(lateness) > 0.6:
        raise Mistake(f"The time was always told late, {min(lateness):.1f} s and more.")
    crowd = [server.connect(f"client {number}") for number in range(1, MANY + 1)]
    server.wait(10.5)
    for client in crowd:
        told_time(client, why=about_a_crowd)


@points(1)
def test_does_not_pile_up_tasks(server):
    """You have no more tasks after many messages than after a few."""
    client = server.connect()

    def say_hello():
        server.wait(0.5)
        client.send("hello")
        client.expect("hello", why=AT_ONCE)

    server.expect_steady_tasks(
        say_hello,
        why="Each round leaves a task behind. What you no longer wait for has to be cancelled;"
        " `asyncio.wait` does not do it. Lesson 03, “Why pending tasks are cancelled”.",
    )
    client.leave()
    silent = server.connect("silent")
    server.wait(0.2)

    def hear_the_time():
        server.wait(10)
        told_time(silent, why=about_no_time)

    server.expect_steady_tasks(
        hear_the_time,
        few=2,
        many=4,
        what="times that were told",
        why="Each time that is told leaves a task behind. What is still waited for goes on waiting:"
        " do not begin it once more. Lesson 03, “Why pending tasks are cancelled”.",
    )


@points(1)
def test_leaves_nothing_behind(server):
    """When a client leaves, in any way, nothing of it stays, not even until the next 10 s."""

    def talk_and_leave(how):
        client = server.connect()
        client.send("hello")
        client.expect("hello")
        server.wait(2)
        client.send("goodbye")
        client.expect("goodbye")
        client.leave(how)

    def say_nothing(how):
        server.connect().leave(how)

    def hear_the_time(number):
        clients = [server.connect() for _ in range(number)]
        server.wait(10.5)
        for client, how in zip(clients, WAYS * 2, strict=False):
            told_time(client, why=about_no_time)
            client.send("thank you")
            client.expect("thank you")
            client.leave(how)

    def hear_it_often(number):
        clients = [server.connect() for _ in range(number)]
        server.wait(30.5)
        for client, how in zip(clients, WAYS * 2, strict=False):
            client.leave(how)

    server.leaves_nothing(talk_and_leave, afterwards=30)
    server.leaves_nothing(say_nothing)
    server.leaves_as_little(hear_the_time, "that heard the time and left")
    server.leaves_as_little(hear_it_often, "that heard the time thrice and left")
    server.wait(30)
    server.expect_clean_log()


def is_time(came):
    """Whether a message is one of the clock's."""
    return isinstance(came, str) and came.startswith("It is: ")


def told_time(client, why):
    """The next message must tell the time; return it."""
    came = client.receive(TIME, why=why)
    if not isinstance(came, str) or not came.startswith("It is: "):
        client.reject(came, TIME, why=why)
    words = came.removeprefix("It is: ")
    time = iso_time(words)
    if time is None:
        client.reject(
            came,
            TIME,
            why="After “It is: ” stands the date and time in ISO 8601, such as"
            " 2026-11-23T09:30:00: what `isoformat()` of a `datetime` gives.",
        )
    if is_date(words):
        client.reject(came, TIME, why="That is the date only; the time of day is missing.")
    return time


def iso_time(words):
    """The date and time that ISO 8601 reads in a text, with the day of the year too, or None."""
    for parse in (datetime.fromisoformat, lambda text: datetime.strptime(text, "%Y-%jT%H:%M:%S")):
        with suppress(ValueError):
            return parse(words)
    return None


def is_date(words):
    """Whether this is a date without a time of day."""
    try:
        date.fromisoformat(words)
    except ValueError:
        return False
    return True


def expect_present(told, earliest, latest):
    """A time that is told must be that of its telling, in whatever time zone."""
    in_utc = told.replace(tzinfo=UTC) if told.tzinfo is None else told
    slack = 61 if told.second == told.microsecond == 0 else 1  # seconds may have been left out
    late = (in_utc - earliest).total_seconds() + slack
    if late % ZONE > (latest - earliest).total_seconds() + 2 * slack:
        ago = (latest - in_utc).total_seconds() % ZONE
        raise Mistake(
            f"The time that was told is not the present one: it was so {ago:.0f} s ago.",
            "The clock is to be looked at when the 10 s are over, not before.",
        )


def expect_ten_seconds(earlier, later):
    """Times that are told 10 s apart must be about 10 s apart themselves."""
    if (earlier.tzinfo is None) != (later.tzinfo is None):
        earlier, later = earlier.replace(tzinfo=None), later.replace(tzinfo=None)
    apart = (later - earlier).total_seconds()
    to_the_minute = all(t.second == t.microsecond == 0 for t in (earlier, later))
    if abs(apart - 10) <= (62 if to_the_minute else 2):
        return
    why = None
    if apart == 0:
        why = "The clock stands still: it has to be read each time, not once."
    raise Mistake(
        f"The time was told twice, 10 s apart; by what it said, {apart:g} s had passed.", why
    )


def about_the_order(came, texts):
    """An answer out of turn, or none."""
    if came in texts:
        return "Messages are answered in the order in which they came."
    return AT_ONCE


def about_a_crowd(came):
    """Some of many clients are not told the time."""
    if came is None:
        return f"{MANY} clients are connected. Each hears the time, however many there are."
    return about_no_time(came)


def about_drift(came):
    """The time was told at first, and later on it was not, or too late."""
    if came is None:
        return (
            "The first times came, this one did not, or not yet. The clock goes on after it has"
            " told the time; and the next is due 10 s after the last was due, not after it was told"
            " or after you looked at the clock."
        )
    return None


def about_no_time(came):
    """What is known to lead to no time, or to something else."""
    if came is None:
        return (
            "When the connection is 10 s old, and every 10 s from then on, the server sends the"
            " time by itself, without being asked."
        )
    return None
