"""Checks for exercise 2a, a numbered echo."""

from workbook.grader import MANY, TEXTS, about_text, parsed, points

LONG = "long" * 500  # characters enough for a program that treats long texts in another way


@points(1)
def test_answers_a_message(server):
    """You answer the first message with its number."""
    client = server.connect()
    client.send("alpha")
    client.expect("1: alpha", why=about_the_first_answer)


@points(1)
def test_goes_on_answering(server, conversation):
    """You answer one message after the other, and nothing besides."""
    client = server.connect()
    for number, text in enumerate(["alpha", "beta", "gamma", "beta", "beta", "alpha"] * 2, 1):
        client.send(text)
        client.expect(f"{number}: {text}", why=about_the_next_answer)
    client.expect_nothing(why="Each message gets one answer.")
    texts = ["a", "a longer one", "b"] * 10 + [LONG[:500], "b", "c"]
    with conversation.at_one_moment():
        for text in texts:
            client.send(text)
    for number, text in enumerate(texts, 13):
        client.expect(f"{number}: {text}", why=about_a_burst)
    client.expect_nothing(why="Each message gets one answer.")


@points(2)
def test_counts_the_messages_of_each_connection_by_itself(server, submission):
    """You count the messages of each connection by itself."""
    a, b = server.connect("A"), server.connect("B")
    a.send("alpha")
    a.expect("1: alpha", why=about_two_clients)
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
def test_serves_others_meanwhile(server, conversation):
    """You serve each client while the others are silent, and in whatever order they speak."""
    a, b = server.connect("A"), server.connect("B")
    c = server.connect("C")
    c.send("last in, first out")
    c.expect("1: last in, first out", why=about_two_clients)
    for number in (1, 2):
        a.send("tick")
        b.send("tock")
        b.expect(f"{number}: tock", why=lambda came: about_a_stranger(came, "tock"))
        a.expect(f"{number}: tick", why=lambda came: about_a_stranger(came, "tick"))
    c.expect_nothing(why="An answer goes to the client that asked, and to nobody else.")
    c.send(LONG)
    c.receive("an answer to a long text")  # whether it is the right one is asked above
    be_silent_for_long(server)
    server.expect_never_blocked()
    talk_much(server, conversation)
    crowd = [server.connect(f"client {number}") for number in range(1, MANY + 1)]
    for client in (crowd[-1], crowd[0], crowd[-2]):
        client.send("hello")
        client.expect("1: hello", why=about_a_crowd)


@points(2)
def test_leaves_nothing_behind(server):
    """When a client leaves, however it goes, nothing of it stays and your log has no error."""

    def visit(how):
        client = server.connect()
        client.send("hello")
        client.expect("1: hello", why=about_one_after_another)
        client.leave(how)

    def silent_visit(how):
        server.connect().leave(how)

    server.leaves_nothing(visit)
    server.leaves_nothing(silent_visit)
    survivor = server.connect()
    survivor.send("still there?")
    survivor.expect("1: still there?", why=about_one_after_another)


def be_silent_for_long(server):
    """A client says nothing for twelve minutes and is served all the same."""
    client = server.connect("D")
    client.send("hello")
    client.expect("1: hello", why=about_the_number)
    for _ in range(12):  # in strides: a program may look again and again, which takes a while
        server.wait(60)
    client.expect_nothing(why=about_a_silent_client)
    client.send("hello")
    client.expect("2: hello", why=about_a_silent_client)


def talk_much(server, conversation):
    """A client sends 270 messages at one moment, and gets all of its answers."""
    client = server.connect("E")
    with conversation.at_one_moment():
        for _ in range(270):
            client.send("tick")
    for _ in range(7):  # a program may take a moment for each; in strides, as above
        server.wait(2)
    for number in range(1, 271):
        client.expect(f"{number}: tick", why=about_a_burst)
    server.wait(2)
    client.expect_nothing(why="Each message gets one answer.")


def about_the_number(came):
    """What is known to lead to answers like this one."""
    if isinstance(came, bytes):
        return "`send_text(…)` sends a text message, `send_bytes(…)` a binary one."
    if not isinstance(came, str):
        return None
    if isinstance(parsed(came), str):
        return "`send_json(…)` puts a text in quotes; `send_text(…)` sends it as it is."
    if came.startswith("0: "):
        return "The counting starts at 0. The first message of a connection is number 1."
    if ": " not in came:
        return "Each answer is the number, a colon, a space and the text."
    return None


def about_the_first_answer(came):
    """Something else came first."""
    if isinstance(came, str) and "alpha" not in came:
        return "Only answers are sent, and the first of them answers the first message."
    return about_the_number(came)


def about_the_next_answer(came):
    """A message is not answered that is not the first one."""
    if came is None:
        return "Each message gets an answer, also one that came before in the same words."
    if not isinstance(came, str | bytes):
        return "The connection stays open after an answer, until the client leaves."
    return about_the_number(came)


def about_two_clients(came):
    """A client is not answered while another is connected."""
    if came is None:
        return (
            "Another client was connected. An answer goes to the client that asked: what all"
            " connections share, such as a global variable, belongs to the one that set it last."
        )
    return about_the_number(came)


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
        return about_a_stranger(came, given_away.partition(": ")[2])
    line = submission.line_of_shared_state()
    where = f": {submission.at(line)}" if line else ""
    return (
        "The counting went on across connections, so the number seems to live outside the"
        f" endpoint{where}. Lesson 02, “What belongs to one connection”."
    )


def about_one_after_another(came):
    """A connection goes on with the number of one that has ended."""
    number = came.partition(":")[0] if isinstance(came, str) else ""
    if number.isdecimal() and int(number) > 1:
        return (
            "It went on with the number of a connection that has ended. A number that is kept under"
            " the client's address, or under `id(…)`, is found by the next one of the same: it"
            " lives as long as its connection in a variable of the endpoint."
        )
    return about_the_number(came)


def about_a_stranger(came, text):
    """An answer that belongs to another client: it should end with `text`."""
    if isinstance(came, str) and ": " in came and not came.endswith(text):
        return (
            "That answers another client's message: an answer goes to the client that asked, and"
            " what belongs to one connection is kept apart from the others'."
        )
    return about_the_number(came)
