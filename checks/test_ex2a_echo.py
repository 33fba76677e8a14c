"""Checks for exercise 2a, a numbered echo."""

from workbook.grader import MANY, TEXTS, about_text, points

LONG = "long " * 1_000


@points(1)
def test_answers_a_message(server):
    """You answer the first message with its number."""
    client = server.connect()
    client.send("alpha")
    client.expect("1: alpha", why=about_the_number)


@points(1)
def test_goes_on_answering(server, conversation):
    """You answer one message after the other, and nothing besides."""
    client = server.connect()
    for number, text in enumerate(["alpha", "beta", "gamma", "beta"] * 3, 1):
        client.send(text)
        client.expect(f"{number}: {text}", why=about_the_number)
    client.expect_nothing(why="Each message gets one answer.")
    texts = ["a", "a longer one", "b"] * 90 + [LONG, "b", ""]
    with conversation.at_one_moment():
        for text in texts:
            client.send(text)
    for _ in range(7):  # strides of time for a program that takes a moment for each of them
        server.wait(2)
    for number, text in enumerate(texts, 13):
        client.expect(f"{number}: {text}", why=about_a_burst)
    client.expect_nothing(why="Each message gets one answer.")


@points(2)
def test_counts_the_messages_of_each_connection_by_itself(server, submission):
    """You count the messages of each connection by itself."""
    a, b = server.connect("A"), server.connect("B")
    a.send("alpha")
    a.expect("1: alpha", why=about_the_number)
    b.send("beta")
    b.expect(
        "1: beta",
        says="Two clients were connected. The second client's first message should be number 1.",
        why=lambda came: shared_counter(came, "2: beta", submission),
    )
    a.send("gamma")
    a.expect("2: gamma", why=lambda came: shared_counter(came, "3: gamma", submission))
    a.leave()
    c = server.connect("C")
    c.send("delta")
    c.expect(
        "1: delta",
        says="A client that comes after others have left starts at 1 again.",
        why=lambda came: shared_counter(came, "4: delta", submission),
    )


@points(1)
def test_returns_the_text_exactly_as_it_was(server):
    """You send the text back exactly as it came: spaces, an empty one, every script, a long one."""
    client = server.connect()
    for number, text in enumerate(TEXTS, 1):
        client.send(text)
        why = about_text(text, about_the_number, before=f"{number}: ")
        client.expect(f"{number}: {text}", why=why)
    client.expect_nothing(why="Each message gets one answer.")


@points(1)
def test_serves_others_meanwhile(server):
    """You serve each client while the others are silent, and in whatever order they speak."""
    a, b = server.connect("A"), server.connect("B")
    c = server.connect("C")
    c.send("last in, first out")
    c.expect("1: last in, first out")
    for number in (1, 2):
        a.send("tick")
        b.send("tock")
        b.expect(f"{number}: tock", why=about_the_number)
        a.expect(f"{number}: tick", why=about_the_number)
    c.expect_nothing(why="An answer goes to the client that asked, and to nobody else.")
    c.send(LONG)
    c.expect(f"2: {LONG}")
    be_silent_for_long(server)
    server.expect_never_blocked()
    crowd = [server.connect(f"client {number}") for number in range(1, MANY + 1)]
    for client in (crowd[-1], crowd[0], crowd[-2]):
        client.send("hello")
        client.expect("1: hello", why=about_a_crowd)


def be_silent_for_long(server):
    """A client says nothing for twelve minutes and is served all the same."""
    client = server.connect("D")
    client.send("hello")
    client.expect("1: hello", why=about_the_number)
    for _ in range(4):  # in strides: a program may look again and again, which takes a while
        server.wait(180)
    client.expect_nothing(why=about_a_silent_client)
    client.send("hello")
    client.expect("2: hello", why=about_a_silent_client)


@points(2)
def test_leaves_nothing_behind(server):
    """When a client leaves, however it goes, nothing of it stays and your log has no error."""

    def visit(how):
        client = server.connect()
        client.send("hello")
        client.expect("1: hello", why=about_the_number)
        client.leave(how)

    def silent_visit(how):
        server.connect().leave(how)

    server.leaves_nothing(visit)
    server.leaves_nothing(silent_visit)
    survivor = server.connect()
    survivor.send("still there?")
    survivor.expect("1: still there?", why=about_the_number)


def about_the_number(came):
    """What is known to lead to answers like this one."""
    if not isinstance(came, str):
        return None
    if came.startswith("0: "):
        return "The counting starts at 0. The first message of a connection is number 1."
    if ": " not in came:
        return "Each answer is the number, a colon, a space and the text."
    return None


def about_a_crowd(came):
    """A client is not answered that came as the last of many."""
    if came is None:
        return f"{MANY} clients are connected. Each is served, however many there are."
    return about_the_number(came)


def about_a_silent_client(came):
    """A client is not answered that was silent for long."""
    if came is None or not isinstance(came, str):
        return "The client was silent for some minutes. It may be, for as long as it likes."
    return about_the_number(came)


def about_a_burst(came):
    """An answer is missing, or in another's place, when many messages come at once."""
    if came is not None and not isinstance(came, str):
        return "Many messages came at once. However many come, the connection stays open."
    return "Many messages came at once. Each is answered, in the order in which they came."


def shared_counter(came, given_away, submission):
    """The counter lives longer than a connection, or outside it."""
    if came is None:
        return "The other client is still connected; nobody should have to wait until it has gone."
    if came != given_away:
        return about_a_stranger(came, given_away)
    line = submission.line_of_shared_state()
    where = f": {submission.at(line)}" if line else ""
    return (
        "The counting went on across connections, so the number seems to live outside the"
        f" endpoint{where}. Lesson 02, “What belongs to one connection”."
    )


def about_a_stranger(came, given_away):
    """An answer that belongs to another client."""
    text = given_away.partition(": ")[2]
    if isinstance(came, str) and ": " in came and not came.endswith(text):
        return "That answers another client's message: an answer goes to the client that asked."
    return None
