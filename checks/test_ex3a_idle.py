"""Checks for exercise 3a, still there?"""

from workbook.grader import MANY, TEXTS, Mistake, about_text, points, quoted

QUESTION = "still there?"
WAYS = ("politely", "rudely", "vanishing")

LOST = (
    "A message that comes at the moment at which the time is up must not be lost. Both may be done"
    " when you look; and to cancel a receive loses nothing, but to cancel what comes after it does."
    " Lesson 03, “Nothing is lost by cancelling a receive”."
)


@points(1)
def test_echoes_text_unchanged(server):
    """You send every text back at once, exactly as it came, and nothing besides."""
    client = server.connect()
    for text in ["hello", QUESTION, *TEXTS]:
        client.send(text)
        client.expect(text, why=about_text(text))
    client.expect_nothing(why="Each message gets one answer.")


@points(1)
def test_asks_after_10_seconds(server):
    """You ask “still there?” after 10 s without a message, once."""
    client = server.connect()
    server.wait(9.8)
    client.expect_nothing(why="The client had been silent for 9.8 s only.")
    server.wait(0.7)
    client.expect(QUESTION, why=about_the_question)
    server.wait(4)
    client.expect_nothing(why="One silence, one question.")
    parrot = server.connect()
    parrot.send(QUESTION)
    parrot.expect(QUESTION)
    server.wait(10.5)
    parrot.expect(QUESTION, why=about_the_question)


@points(1)
def test_closes_after_another_10_seconds(server):
    """You close with 1001 and the reason “idle” after another 10 s without a message."""
    client = server.connect()
    client.send("alpha")
    client.expect("alpha")
    server.wait(10.5)
    client.expect(QUESTION, why=about_the_question)
    server.wait(9)
    client.expect_nothing(why="A client has 10 s for its answer.")
    server.wait(2)
    client.expect_closed(1001, "idle", why=about_the_end)


@points(1)
def test_starts_anew_with_every_message(server):
    """You start the 10 s anew with every message, an empty one too."""
    client = server.connect()
    for text in ["alpha", "", "beta"]:
        server.wait(9.8)
        client.expect_nothing(why=about_starting_anew)
        client.send(text)
        client.expect(text)
    for second in range(1, 26):
        server.wait(1)
        client.send(f"second {second}")
        client.expect(f"second {second}", why=about_starting_anew)
    server.wait(9.8)
    client.expect_nothing(why=about_starting_anew)
    server.wait(0.7)
    client.expect(QUESTION, why=about_the_question)


@points(1)
def test_takes_the_question_back(server):
    """You take the question back when a message comes, and ask again after another silence."""
    client = server.connect()
    for pause, text in [(5, "yes"), (0, ""), (8, "here"), (1, "alpha")]:
        server.wait(10.5)
        client.expect(QUESTION, why=about_asking_again)
        server.wait(pause)
        twice = server.waiting_twice()
        client.send(text)
        client.expect(text, why=lambda came, twice=twice: twice or about_an_answer(came))
        if text:  # an empty one takes it back as well, without another
            server.wait(9)
            client.expect_nothing(why=about_taking_back)
            client.send("and on")
            client.expect("and on", why=twice)
    server.wait(10.5)
    client.expect(QUESTION, why=about_asking_again)
    server.wait(11)
    client.expect_closed(1001, "idle", why=about_the_end)


@points(1)
def test_keeps_to_its_times(server):
    """You ask and close 10 and 20 s after the last message, whenever that came."""
    asked, closed = [], []
    for pause in (0, 0.25, 0.5, 0.75):  # a program that looks at its clock now and then may be late
        client = server.connect("A")
        server.wait(pause)
        client.send("alpha")
        client.expect("alpha")
        last = server.now
        server.wait_until(last + 10.1)
        client.expect(QUESTION, why=about_the_question)
        asked.append(server.now - last)
        server.wait(10.1)
        client.expect_closed(1001, "idle", why=about_the_end)
        closed.append(server.now - last)
    if min(asked) > 10.6 or min(closed) > 20.9:
        raise Mistake(
            f"After {len(asked)} last messages the question came {min(asked):.1f} s later, and the"
            f" end {min(closed):.1f} s later, at the soonest. It should have been 10 s and 20 s."
        )


@points(1)
def test_keeps_the_time_of_each_connection_by_itself(server, submission):
    """You keep a time for each connection, whatever the others say or do not say."""

    def shared(came):
        line = submission.line_of_shared_state()
        where = f": {submission.at(line)}" if line else ""
        return (
            "One client's messages, or its silence, seem to count for another: the time, or what"
            f" was asked, has to belong to the connection{where}. Lesson 02, “What belongs to one"
            " connection”."
        )

    a, b = server.connect("A"), server.connect("B")
    server.wait(4)
    c = server.connect("C")
    server.wait(4)
    a.send("alpha")
    a.expect("alpha")
    server.wait(2.5)  # 10.5
    b.expect(QUESTION, why=shared)
    a.expect_nothing(why=shared)
    c.expect_nothing(why=shared)
    server.wait(1.5)  # 12
    a.send("beta")
    a.expect("beta")
    server.wait(2.5)  # 14.5
    c.expect(QUESTION, why=shared)
    c.send("here")
    c.expect("here")
    server.wait(5)  # 19.5
    a.send("gamma")
    a.expect("gamma")
    server.wait(2.5)  # 22
    b.expect_closed(1001, "idle", why=shared)
    for client in (a, c):
        client.expect_nothing(why=shared)
        client.send("goodbye")
        client.expect("goodbye")
    server.expect_never_blocked()
    crowd = [server.connect(f"client {number}") for number in range(1, MANY + 1)]
    server.wait(10.5)
    for client in crowd:
        client.expect(QUESTION, why=about_a_crowd)


@points(1)
def test_loses_no_message(server):
    """You lose no message, not even one that comes at the moment of the question."""
    client = server.connect()
    for number in range(3):
        text = f"just in time {number}"
        server.wait(9.7)
        server.send_as_time_passes(client, 0.6, text)
        came = client.receive(quoted(text), why=LOST)
        if came == QUESTION:  # asked first: that is right as well
            client.expect(text, why=LOST)
        elif came != text:
            client.reject(came, quoted(text))
        elif client.waiting:
            client.expect(QUESTION)
        client.send("again")
        client.expect("again", why=LOST)
    texts = [f"burst {number}" for number in range(100)]
    for text in texts:
        client.send(text)
    for text in texts:
        client.expect(text, why=LOST)


@points(1)
def test_does_not_pile_up_tasks(server):
    """You have no more tasks after many messages than after a few."""
    client = server.connect()

    def say_hello():
        server.wait(0.5)
        client.send("hello")
        client.expect("hello")

    server.expect_steady_tasks(
        say_hello,
        why="Each round leaves a task behind. What you no longer wait for has to be cancelled;"
        " `asyncio.wait` does not do it. Lesson 03, “Why pending tasks are cancelled”.",
    )


@points(1)
def test_leaves_nothing_behind(server):
    """When a client leaves, in any way, or is closed, nothing of it stays, not even a timer."""

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

    def be_asked(number):
        clients = [server.connect() for _ in range(number)]
        server.wait(10.5)
        for client, how in zip(clients, WAYS * 2, strict=False):
            client.expect(QUESTION, why=about_the_question)
            client.leave(how)

    def answer_and_leave(number):
        clients = [server.connect() for _ in range(number)]
        server.wait(10.5)
        for client, how in zip(clients, WAYS * 2, strict=False):
            client.expect(QUESTION, why=about_the_question)
            client.send("yes")
            client.expect("yes")
            client.leave(how)

    def be_closed(number):
        clients = [server.connect() for _ in range(number)]
        server.wait(10.5)
        for client in clients:
            client.expect(QUESTION, why=about_the_question)
        server.wait(11)
        for client in clients:
            client.expect_closed(1001, "idle", why=about_the_end)

    server.leaves_nothing(talk_and_leave, afterwards=30)
    server.leaves_nothing(say_nothing)
    server.leaves_as_little(be_asked, "that left after the question")
    server.leaves_as_little(answer_and_leave, "that answered the question and left")
    server.leaves_as_little(be_closed, "that were closed")
    server.wait(30)
    server.expect_clean_log()


def about_the_question(came):
    """What is known to lead to no question, or to another one."""
    if came is None:
        return (
            "Something has to wait for 10 s while you wait for the message, and whichever is first"
            " counts. Lesson 03, “Whichever is first”."
        )
    if isinstance(came, str):
        return f"The question is “{QUESTION}”, to the letter."
    if getattr(came, "code", None) == 1001:
        return "The first silence leads to a question; only the second one ends the connection."
    return None


def about_a_crowd(came):
    """Some of many clients are not asked."""
    if came is None:
        return f"{MANY} clients are connected. Each is asked, however many there are."
    return about_the_question(came)


def about_the_end(came):
    """What is known to lead to no end, or to another one."""
    if came is None:
        return "The question has its own 10 s: if they go by as well, the server closes."
    if came == QUESTION:
        return "The question is asked once. After another 10 s without an answer the server closes."
    if getattr(came, "code", None) == 1000:
        return "`close()` without a code means 1000. Here it is 1001, “going away”."
    if getattr(came, "code", None) == 1001:
        return "`close()` takes a code and a reason."
    return None


def about_starting_anew(came):
    """The 10 s are not those after the last message."""
    if came == QUESTION:
        return (
            "The question came less than 10 s after a message. The 10 s have to start anew with"
            " each message, also with an empty one."
        )
    if came is None:
        return None
    return "The connection was ended although the client was talking."


def about_an_answer(came):
    """What comes after the question gets no answer of its own."""
    if came is None:
        return (
            "A message after the question is a message like any other: it takes the question back,"
            " and it is echoed."
        )
    return about_taking_back(came)


def about_taking_back(came):
    """The second 10 s went on, or the question stood, although it was answered."""
    if getattr(came, "code", None) == 1001:
        return (
            "The client had answered the question, and was closed all the same. A message takes the"
            " question back: what was to close the connection must not go on."
        )
    return about_starting_anew(came)


def about_asking_again(came):
    """There was a question before, which was answered."""
    if came is None:
        return "After each silence of 10 s there is a question, also if there was one before."
    if getattr(came, "code", None) == 1001:
        return "An earlier question had been answered. After a new silence it is asked anew."
    return about_the_question(came)
