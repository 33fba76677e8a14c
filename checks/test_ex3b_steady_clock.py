"""Checks for exercise 3b, a steady clock."""

from contextlib import suppress
from datetime import UTC, date, datetime
from functools import partial
from itertools import pairwise

from workbook.grader import MANY, TEXTS, Mistake, about_text, parsed, points, quoted

TIME = "It is: <date and time>"
EARLY = 0.3  # seconds
LATE = 1.5  # seconds: a program may look at its clock once a second
ZONE = 900  # seconds: time zones are so far apart, or many times that
ZONES = 15 * 3600  # seconds: no zone is further from UTC
LONG = " and on" * 10_000
LONGER = "x" * 1_000_000
PROMPT = 0.5  # seconds for the answers to a hundred messages
MOST = 120  # long texts after which a program counts as one that reads on, whatever it sends
WAYS = ("politely", "rudely", "vanishing")

AT_ONCE = "A message is answered when it comes, while the clock goes on waiting."
LOST = (
    "A message that comes at the moment at which the clock is due must not be lost. Both may be"
    " done when you look; and to cancel a receive loses nothing, but to cancel what comes after it"
    " does. Lesson 03, “Nothing is lost by cancelling a receive”."
)
UNREAD = (
    "The client had not read for a while, so that your sending had to wait, and the clock was due"
    " meanwhile. A time-out around the sending, or to cancel its task, gives up what was to be"
    " sent: only the receiving may be given up. Lesson 03, “Nothing is lost by cancelling a"
    " receive”."
)
TURN = (
    "The client spoke when the clock was due, or just before, and the time was left out. A message"
    " does not take the clock's turn: the one is answered, and the other is told."
)
TURNS = (
    "The client that came last spoke first, and those before it had said nothing yet. Is there a"
    " lock that one connection holds while it waits for its client? All others wait for it"
    " meanwhile."
)
LEFT = (
    "A visitor had just left. What ends with a connection must be its own: its clock, and nobody"
    " else's."
)


@points(1)
def test_echoes_text_unchanged(server):
    """You send every text back at once, exactly as it came, and nothing besides."""
    client = server.connect()
    began = server.now
    for number, text in enumerate(["hello", "It is:", *TEXTS, LONGER], 1):
        client.send(text)
        client.expect(text, why=about_echo(text))
        if number == 5 and server.now - began > 1:
            raise Mistake(f"The answers to 5 messages took {server.now - began:.1f} s.", AT_ONCE)
    client.expect_nothing(why="Each message gets one answer.")


@points(1)
def test_tells_a_silent_client_the_time(server):
    """You tell a client that only listens the time after 10, 20 and 30 s, once each."""
    # Who goes by the full 10 s of the wall clock is early then, whatever the time of day.
    server.pass_unseen((5 - server.wall_clock.timestamp()) % 10)
    client = server.connect()
    opened = server.now
    told = [hear_on_time(server, client, opened, due) for due in (10, 20, 30)]
    client.expect_nothing(why="Every 10 s the time is told once.")
    for due in range(40, 310, 10):
        hear_on_time(server, client, opened, due)
    for (earlier, *_), (later, *_) in pairwise(told):
        expect_ten_seconds(earlier, later)
    for time, earliest, latest in told:
        expect_present(time, earliest, latest)


@points(3)
def test_tells_a_talkative_client_the_time(server, submission):
    """You tell the time every 10 s however much the client talks."""
    client = server.connect()
    opened, ticks = server.now, 0
    server.wait(0.25)
    for second in range(1, 36):
        server.wait(1)
        age = server.now - opened
        if age > 10 * (ticks + 1) + LATE and not client.waiting:
            told_time(client, why=partial(about_putting_off, submission))
        twice = server.waiting_twice()
        client.send(f"second {second}")
        on_time = partial(expect_due, client, age, ticks + 1)
        ticks += answered(client, f"second {second}", twice or AT_ONCE, on_time)
    age = server.now - opened
    if not (age - LATE) // 10 <= ticks <= (age + EARLY) // 10:
        raise Mistake(f"In {age:.0f} s the time was told {ticks} times, not {age // 10:.0f} times.")
    speak_just_before(server, client, opened)
    client.leave()
    talk_without_a_pause(server, submission)


@points(1)
def test_echoes_at_once(server):
    """You answer messages at once, also while the clock waits, and a burst in its order."""
    client = server.connect()
    for pause in (1, 3, 5):
        server.wait(pause)
        texts = [
            f"burst {number} after {pause} s" + LONG * (number % 9 == 0) for number in range(50)
        ]
        took = answer_a_burst(server, client, texts)
        if took > 1:
            raise Mistake(f"The answers to 50 messages took {took:.1f} s.")
    server.wait(2)
    told_time(client, why=about_no_time)
    twice = server.waiting_twice()
    client.send("and on")
    client.expect("and on", why=twice or AT_ONCE)
    answer_many(server, client)
    server.expect_never_blocked()


@points(1)
def test_loses_no_message(server):
    """You lose no message, not even one that comes at the moment at which the time is told."""
    client = server.connect()
    opened = server.now
    for due, count in [(10, 1), (20, 2), (30, 20)]:
        server.wait_until(opened + due - 0.3)
        client.expect_nothing(why=about_early(due))
        texts = [f"{number} at the moment {due}" for number in range(1, count + 1)]
        before = texts[: count // 2]  # these may still be in work when the moment comes
        for text in before:
            client.send(text)
        server.send_as_time_passes(client, 0.6, *texts[len(before) :])
        told = [answered(client, text, LOST) for text in texts]
        if not any(told):
            told_time(client, why=about_the_turn)
    client.leave()
    keep_what_nobody_reads(server)


@points(1)
def test_keeps_a_clock_for_each_connection(server, submission):
    """You keep a clock for each connection, from the moment at which it opened."""

    shared = partial(about_sharing, submission)
    opened, lateness, visitor = {}, [], server.connect("visitor")
    for _ in range(4):
        client = server.connect()
        opened[client] = server.now
        server.wait(2.25)
    for client in reversed(opened):
        client.send("hello")
        client.expect("hello", why=about_waiting_for_others)
    for due in (10, 20, 30):
        for client, moment in opened.items():
            server.wait_until(moment + due - EARLY)
            client.expect_nothing(why=shared)
            server.wait_until(moment + due + 0.1)
            told_time(client, why=shared if visitor.is_open else about_leaving(shared))
            lateness.append(server.now - moment - due)
            client.send(f"{due} s")
            client.expect(f"{due} s", why=AT_ONCE)
        visitor.leave()
    if min(lateness) > 0.6:
        raise Mistake(f"The time was always told late, {min(lateness):.1f} s and more.")
    tell_a_crowd(server)


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

    def say_nothing(how):
        server.connect().leave(how)

    server.leaves_nothing(partial(talk_and_leave, server), afterwards=30)
    server.leaves_nothing(say_nothing)
    server.leaves_as_little(partial(hear_the_time, server), "that heard the time and left")
    server.leaves_as_little(partial(hear_it_often, server), "that heard the time thrice and left")
    server.wait(30)
    server.expect_clean_log()


def hear_on_time(server, client, opened, due):
    """The client must be told the time when its connection is `due` seconds old, not before.

    Returns:
        The time that was told, and the earliest and the latest that it may have been.
    """
    server.wait_until(opened + due - EARLY)
    client.expect_nothing(why=about_early(due))
    before = server.wall_clock
    server.wait_until(opened + due + 0.5)
    told = told_time(client, why=about_drift if due > 10 else about_no_time)
    return told, before, server.wall_clock


def answered(client, text, why, on_time=None):
    """The client must hear this text next; return whether it was told the time just before it.

    Args:
        client: the one that has said the text.
        text: what it has said.
        why: what is known to lead to something else.
        on_time: is given the time that was told, and looks whether it was due.
    """
    came = client.receive(quoted(text, 60), why=why)
    told = is_time(came)
    if told:
        if on_time:
            on_time(came)
        came = client.receive(quoted(text, 60), why=why)
    if came != text:
        client.reject(came, quoted(text, 60), why=about_shape(came) or why)
    return told


def speak_just_before(server, client, opened):
    """The client speaks just before the clock is due: the time must be told nevertheless."""
    due = opened + 10 * ((server.now - opened) // 10 + 1)
    if due - server.now < 1:  # answering may have taken its time
        due += 10
    server.wait_until(due - 1)
    while client.waiting:  # the time before
        client.receive()
    server.wait_until(due - 0.05)
    client.send("just before")
    told = answered(client, "just before", AT_ONCE)
    server.wait_until(due + 0.5)
    if not told:
        told_time(client, why=about_the_turn)


def talk_without_a_pause(server, submission):
    """A client that is never silent for a second must be told the time nevertheless."""
    client, opened, ticks = server.connect("chatterbox"), server.now, 0
    while server.now - opened < 21.5:
        server.wait(0.3)
        client.send("and then")
        ticks += answered(client, "and then", AT_ONCE)
        if server.now - opened > 10 * (ticks + 1) + LATE and not client.waiting:
            told_time(client, why=partial(about_a_second_talker, submission))


def expect_due(client, age, ticks, came):
    """The last time that was told must have been due."""
    if age < 10 * ticks - EARLY:
        often = "once" if ticks == 1 else f"{ticks} times"
        says = f"The time came {often} in {age:.1f} s; it is due every 10 s."
        why = about_full_tens(came) or "Is there a second clock?"
        client.reject(came, "no time yet", why, says)


def answer_a_burst(server, client, texts):
    """All of many texts must come back, in their order; return the seconds of server time."""
    began = server.now
    client.send(*texts)
    for text in texts:
        answered(client, text, partial(about_a_burst, texts))
    return server.now - began


def answer_many(server, client):
    """The client says more than a thousand texts: all must come back."""
    for hundred in range(15):
        texts = [f"message {100 * hundred + n}" for n in range(1, 101)]
        if answer_a_burst(server, client, texts) > PROMPT:
            return  # it looks for messages now and then, and the rest would take long


def keep_what_nobody_reads(server):
    """The client reads its answers only when the clock was due: all must come back nevertheless."""
    client, texts = server.connect(), []
    client.stop_reading()
    while len(texts) < MOST and not client.is_unread:
        texts.append(f"unread {len(texts) + 1}" + LONG)
        client.send(texts[-1])
        server.settle()
    server.wait(12)
    client.read_on()
    for text in texts:
        hears_after_times(client, text, lambda came: UNREAD if came in texts else None)
    client.send("again")
    hears_after_times(client, "again", lambda came: AT_ONCE)
    server.wait(11.5)
    told_time(client, why=about_reading_on)


def hears_after_times(client, text, why):
    """The client must hear this text next, or after what it was told while it did not read."""
    came = client.receive(quoted(text, 60), why=why)
    while is_time(came):
        came = client.receive(quoted(text, 60), why=why)
    if came != text:
        client.reject(came, quoted(text, 60), why=about_shape(came) or why)


def about_reading_on(came):
    """A client that did not read for a while is never told the time again."""
    if came is not None:
        return None
    return (
        "The client had not read for a while, and the time was due meanwhile. To tell it may take"
        " longer then; the clock goes on afterwards."
    )


def tell_a_crowd(server):
    """Each of many clients must be told the time."""
    crowd = [server.connect(f"client {number}") for number in range(1, MANY + 1)]
    server.wait(10.5)
    for client in crowd:
        told_time(client, why=about_a_crowd)


def talk_and_leave(server, how):
    """A visit in which something is said."""
    client = server.connect()
    client.send("hello")
    client.expect("hello", why=AT_ONCE)
    server.wait(2)
    client.send("goodbye")
    client.expect("goodbye", why=AT_ONCE)
    client.leave(how)


def hear_the_time(server, number):
    """A visit of several clients, who thank for the time and leave."""
    clients = [server.connect() for _ in range(number)]
    server.wait(10.5)
    for client, how in zip(clients, WAYS * 2, strict=False):
        told_time(client, why=about_no_time)
        client.send("thank you")
        client.expect("thank you", why=AT_ONCE)
        client.leave(how)


def hear_it_often(server, number):
    """A visit of several clients, who only listen, and leave."""
    clients = [server.connect() for _ in range(number)]
    server.wait(30.5)
    for client, how in zip(clients, WAYS * 2, strict=False):
        client.leave(how)


def is_time(came):
    """Whether a message is one of the clock's."""
    return isinstance(came, str) and came.startswith("It is: ")


def told_time(client, why):
    """The next message must tell the time; return it."""
    came = client.receive(TIME, why=why)
    if not is_time(came):
        client.reject(came, TIME, why=about_shape(came) or why)
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
    if told.tzinfo is None and -ZONES <= late <= ZONES:
        late %= ZONE
    if 0 <= late <= (latest - earliest).total_seconds() + 2 * slack:
        return
    ago = (latest - in_utc).total_seconds()
    if 0 < ago < ZONE:
        raise Mistake(
            f"The time that was told is not the present one: it was so {ago:.0f} s ago.",
            "The clock is to be looked at when the 10 s are over, not before.",
        )
    raise Mistake(
        f"The time that was told is not the present one: {told.isoformat()}; it was"
        f" {latest:%Y-%m-%dT%H:%M:%S} UTC.",
        "The date, the hour and the offset from UTC, if there is one, belong together, and to the"
        " moment of telling.",
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


def about_echo(sent):
    """What is known to lead to another answer than the text, to none, or to the end."""

    def why(came):
        if is_time(came):
            return "The time came too early: it is due when the connection is 10 s old."
        if isinstance(came, str):
            return about_text(sent)(came)
        ended = getattr(came, "code", None) is not None
        return about_text(sent)(None) or (None if ended else AT_ONCE)

    return why


def about_shape(came):
    """What is known to lead to the time in another shape."""
    inner = parsed(came)
    if isinstance(inner, str) and inner.startswith("It is:"):
        return (
            "There are quotation marks around it: `send_json` makes a string of JSON of a text."
            " The text is sent as it is, by `send_text`."
        )
    if isinstance(came, str) and came.startswith("It is:") and not is_time(came):
        return "After the colon stands one space."
    return None


def about_early(due):
    """What is known to lead to a time before it is due."""

    def why(came):
        if not is_time(came):
            return f"The connection was less than {due} s old."
        return about_full_tens(came) or (
            f"The time came early: the connection was less than {due} s old."
        )

    return why


def about_full_tens(came):
    """The time is told by the wall clock."""
    told = iso_time(came.removeprefix("It is: ")) if is_time(came) else None
    if told is None or told.second % 10 or told.microsecond > 50_000:
        return None
    return (
        "It came early, at a full 10 s of the wall clock. The 10 s are those of the connection:"
        " they begin when it opens."
    )


def about_putting_off(submission, came):
    """The clock begins anew with each message."""
    if came is not None:
        return None
    line = submission.line_of_call("asyncio.sleep", "sleep", "asyncio.wait", "asyncio.wait_for")
    where = f" ({submission.at(line)})" if line else ""
    return (
        f"The client goes on talking, and each message puts the clock off{where}: the wait"
        " for the next 10 s begins anew with it. What has to go on over several messages must"
        " be kept over them. Lesson 03, “A client that talks never hears the time”."
    )


def about_a_second_talker(submission, came):
    """A client that came after another one is not told the time while it talks."""
    if came is None and (line := submission.line_of_shared_state()):
        return (
            "Another client was there before, and was told. Does something of its clock live on,"
            f" in what all connections share: {submission.at(line)}?"
        )
    return about_putting_off(submission, came)


def about_sharing(submission, came):
    """One connection's clock serves another."""
    line = submission.line_of_shared_state()
    where = f": {submission.at(line)}" if line else ""
    early = "It came early. " if is_time(came) else ""
    return about_full_tens(came) or (
        f"{early}Each client hears the time when its own connection is 10, 20, 30 … s old. One"
        f" clock for all cannot do that{where}. Lesson 02, “What belongs to one connection”."
    )


def about_waiting_for_others(came):
    """One client is not answered before others have spoken."""
    return TURNS if came is None else about_full_tens(came) or AT_ONCE


def about_leaving(shared):
    """A client is not told the time after another one has left."""
    return lambda came: LEFT if came is None else shared(came)


def about_the_turn(came):
    """The time is not told when a message comes at its moment."""
    return TURN if came is None else None


def about_a_burst(texts, came):
    """A text of a burst is not the next to come back."""
    if came in texts:
        return (
            "Messages are answered in the order in which they came, and none is left out: what"
            " comes while you answer the one before must not take its place."
        )
    if came is not None and getattr(came, "code", None) is None:
        return AT_ONCE
    return (
        "The client said much without a pause, on one connection. All of it is kept until it is"
        " answered; and a function that calls itself for the next message goes one call deeper each"
        " time, until Python stops it: use a loop."
    )


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
