"""Checks for exercise 3a, still there?"""

from functools import partial

from workbook.grader import MANY, TEXTS, Mistake, about_text, points, quoted

QUESTION = "still there?"
WAYS = ("politely", "rudely", "vanishing")
LONG = " and on" * 10_000
LONGER = "x" * 1_000_000
PROMPT = 0.5  # seconds for the answers to a hundred messages
MOST = 120  # long texts after which a program counts as one that reads on, whatever it sends

LATE = "It came, but later. The 10 s run from the last message, whenever that was said."
LEFT = (
    "Another client had just left, or been closed. What ends with a connection must be its own: its"
    " task, its timer, and nobody else's."
)
TURNS = (
    "Is there a lock that one connection holds while it waits for its client? All others wait for"
    " it meanwhile."
)
UNREAD = (
    "The client had not read for a while, so that your sending had to wait, and the time was up"
    " meanwhile. A time-out around the sending, or to cancel its task, gives up what was to be"
    " sent: only the receiving may be given up. Lesson 03, “Nothing is lost by cancelling a"
    " receive”."
)
LOST = (
    "A message that comes at the moment at which the time is up must not be lost. Both may be done"
    " when you look; and to cancel a receive loses nothing, but to cancel what comes after it does."
    " Lesson 03, “Nothing is lost by cancelling a receive”."
)
CANCELLED = (
    "What you no longer wait for has to be cancelled; `asyncio.wait` does not do it. Lesson 03,"
    " “Why pending tasks are cancelled”."
)


@points(1)
def test_echoes_text_unchanged(server):
    """You send every text back at once, exactly as it came, and nothing besides."""
    client = server.connect()
    began = server.now
    for number, text in enumerate(["hello", QUESTION, *TEXTS, LONGER], 1):
        client.send(text)
        client.expect(text, why=about_text(text))
        if number == 5 and server.now - began > 1:
            raise Mistake(
                f"The answers to 5 messages took {server.now - began:.1f} s.",
                "A message is answered when it comes, not when somebody looks for it next.",
            )
    client.expect_nothing(why="Each message gets one answer.")


@points(1)
def test_asks_after_10_seconds(server):
    """You ask “still there?” after 10 s without a message, once."""
    client = server.connect()
    server.wait(9.8)
    client.expect_nothing(why="The client had been silent for 9.8 s only.")
    server.wait(0.7)
    expect_question(server, client)
    server.wait(4)
    client.expect_nothing(why="One silence, one question.")
    client.leave()
    parrot = server.connect()
    parrot.send(QUESTION)
    parrot.expect(QUESTION, why=about_text(QUESTION))
    server.wait(10.5)
    expect_question(server, parrot)


@points(1)
def test_closes_after_another_10_seconds(server):
    """You close with 1001 and the reason “idle” after another 10 s without a message."""
    client = server.connect()
    client.send("alpha")
    client.expect("alpha")
    server.wait(10.5)
    expect_question(server, client)
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
        client.expect(text, why=about_text(text))
    for second in range(1, 26):
        server.wait(1)
        client.send(f"second {second}")
        client.expect(f"second {second}", why=about_starting_anew)
    server.wait(9.8)
    client.expect_nothing(why=about_starting_anew)
    server.wait(0.7)
    expect_question(server, client)


@points(1)
def test_takes_the_question_back(server):
    """You take the question back when a message comes, and ask again after another silence."""
    client = server.connect()
    for pause, text in [(5, "yes"), (0, ""), (8, "here"), (1, "alpha")]:
        server.wait(10.5)
        expect_question(server, client, about_asking_again)
        server.wait(pause)
        answer_the_question(server, client, text)
    server.wait(10.5)
    expect_question(server, client, about_asking_again)
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
        expect_question(server, client)
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
    shared = partial(about_sharing, submission)
    a, b, visitor = server.connect("A"), server.connect("B"), server.connect("visitor")
    server.wait(4)
    c = server.connect("C")
    server.wait(4)
    echoes(a, "alpha")
    server.wait(2.5)  # 10.5
    b.expect(QUESTION, why=shared)
    visitor.expect(QUESTION, why=shared)
    a.expect_nothing(why=shared)
    c.expect_nothing(why=shared)
    server.wait(1.5)  # 12
    echoes(a, "beta")
    server.wait(2.5)  # 14.5
    c.expect(QUESTION, why=shared)
    echoes(c, "here")
    visitor.leave()
    server.wait(5)  # 19.5
    echoes(a, "gamma")
    server.wait(2.5)  # 22
    b.expect_closed(1001, "idle", why=partial(about_an_end_beside_others, shared=shared))
    for client in (a, c):
        client.expect_nothing(why=shared)
        echoes(client, "goodbye")
    server.expect_never_blocked()
    asks_a_crowd(server)


@points(1)
def test_loses_no_message(server):
    """You lose no message, not even one that comes at the moment of the question."""
    client = server.connect()
    for number in range(3):
        server.wait(9.7)
        speak_at_the_question(server, client, f"just in time {number}")
        echoes(client, "again", LOST)
    answers_a_burst(client, [f"burst {n}" + LONG * (n % 9 == 0) for n in range(1, 101)])
    keeps_what_nobody_reads(server)
    answers_many(server)


@points(1)
def test_does_not_pile_up_tasks(server):
    """You have no more tasks after many messages than after a few."""
    client = server.connect()

    def say_hello():
        server.wait(0.5)
        client.send("hello")
        client.expect("hello")

    def be_asked_and_answer():
        server.wait(10.5)
        client.expect(QUESTION, why=about_asking_again)
        client.send("hello")
        client.expect("hello")

    server.expect_steady_tasks(say_hello, why=f"Each round leaves a task behind. {CANCELLED}")
    server.expect_steady_tasks(
        be_asked_and_answer,
        few=2,
        many=6,
        what="questions, all of them answered",
        why=f"Each question leaves a task behind. {CANCELLED}",
    )


@points(1)
def test_leaves_nothing_behind(server):
    """When a client leaves, in any way, or is closed, nothing of it stays, not even a timer."""

    def say_nothing(how):
        server.connect().leave(how)

    server.leaves_nothing(partial(talk_and_leave, server), afterwards=30)
    server.leaves_nothing(say_nothing)
    server.leaves_as_little(partial(be_asked, server), "that left after the question")
    server.leaves_as_little(
        partial(be_asked, server, answer="yes"), "that answered the question and left"
    )
    server.leaves_as_little(partial(be_closed, server), "that were closed")
    server.wait(30)
    server.expect_clean_log()


def echoes(client, text, why=None):
    """The client says a text, which must come back."""
    client.send(text)
    client.expect(text, why=why or about_text(text))


def expect_question(server, client, why=None):
    """The question must come next; where it does not, see whether it is only late."""

    def late(came):
        if came is None:
            server.wait(10)
            if client.waiting and client.receive() == QUESTION:
                return LATE
        return (why or about_the_question)(came)

    client.expect(QUESTION, why=late)


def answer_the_question(server, client, text):
    """The client answers, and its answer must take the question back."""
    twice = server.waiting_twice()
    client.send(text)
    client.expect(text, why=lambda came: twice or about_an_answer(text, came))
    if text:  # an empty one takes it back as well, without another
        server.wait(9)
        client.expect_nothing(why=about_taking_back)
        client.send("and on")
        client.expect("and on", why=lambda came: twice or about_starting_anew(came))


def speak_at_the_question(server, client, text):
    """The client speaks at the moment at which the question is due: its text must come back."""
    server.send_as_time_passes(client, 0.6, text)
    came = client.receive(quoted(text), why=LOST)
    if came == QUESTION:  # asked first: that is right as well
        client.expect(text, why=LOST)
    elif came != text:
        client.reject(came, quoted(text))
    elif client.waiting:
        client.expect(QUESTION)


def answers_a_burst(client, texts):
    """The client says many texts without a pause: all must come back, in their order."""
    client.send(*texts)
    for text in texts:
        client.expect(text, why=partial(about_a_burst, text, texts))


def answers_many(server):
    """One client says more than a thousand texts: all must come back."""
    client = server.connect()
    for hundred in range(15):
        began = server.now
        answers_a_burst(client, [f"message {100 * hundred + n}" for n in range(1, 101)])
        if server.now - began > PROMPT:
            return  # it looks for messages now and then, and the rest would take long


def keeps_what_nobody_reads(server):
    """The client reads its answers only when the time was up: all must come back nevertheless."""
    client, texts = server.connect(), []
    client.stop_reading()
    while len(texts) < MOST and not client.is_unread:
        texts.append(f"unread {len(texts) + 1}" + LONG)
        client.send(texts[-1])
        server.settle()
    server.wait(10.5)
    client.read_on()
    for text in texts:
        hears_after_questions(client, text, lambda came: UNREAD if came in texts else None)
    client.send("again")
    hears_after_questions(client, "again")


def hears_after_questions(client, text, why=None):
    """The client must hear this text next, perhaps after a question."""
    came = client.receive(quoted(text, 60), why=why)
    while came == QUESTION:
        came = client.receive(quoted(text, 60), why=why)
    if came != text:
        client.reject(came, quoted(text, 60), why=why)


def asks_a_crowd(server):
    """Each of many clients must be asked."""
    crowd = [server.connect(f"client {number}") for number in range(1, MANY + 1)]
    server.wait(10.5)
    for client in crowd:
        client.expect(QUESTION, why=about_a_crowd)


def talk_and_leave(server, how):
    """A visit in which something is said."""
    client = server.connect()
    echoes(client, "hello")
    server.wait(2)
    echoes(client, "goodbye")
    client.leave(how)


def be_asked(server, number, answer=None):
    """A visit of several clients, who leave after the question, or after their answer to it."""
    clients = [server.connect() for _ in range(number)]
    server.wait(10.5)
    for client, how in zip(clients, WAYS * 2, strict=False):
        client.expect(QUESTION, why=about_the_question)
        if answer:
            echoes(client, answer)
        client.leave(how)


def be_closed(server, number):
    """A visit of several clients, who are closed."""
    clients = [server.connect() for _ in range(number)]
    server.wait(10.5)
    for client in clients:
        client.expect(QUESTION, why=about_the_question)
    server.wait(11)
    for client in clients:
        why = about_the_end if client is clients[0] else about_an_end_beside_others
        client.expect_closed(1001, "idle", why=why)


def about_sharing(submission, came):
    """One client's time or question counts for another, or one waits for another."""
    line = submission.line_of_shared_state()
    where = f": {submission.at(line)}" if line else ""
    told = (
        "One client's messages, or its silence, seem to count for another: the time, or what"
        f" was asked, has to belong to the connection{where}. Lesson 02, “What belongs to one"
        " connection”."
    )
    if came is None and submission.line_of_text(r"\b(Lock|Semaphore|Condition)\("):
        return f"{told} {TURNS}"
    return told


def about_an_end_beside_others(came, shared=None):
    """One of several clients is not closed, or not so, when its time is up."""
    if came is None:
        return LEFT
    if shared and getattr(came, "code", None) is None:
        return shared(came)
    return about_the_end(came)


def about_a_burst(expected, texts, came):
    """A text of a burst is not the next to come back."""
    if came in texts:
        return (
            "Messages are answered in the order in which they came, and none is left out: what"
            " comes while you answer the one before must not take its place."
        )
    if getattr(came, "code", None) is not None or came is None:
        return (
            "The client said much without a pause, on one connection. All of it is kept until it is"
            " answered; and a function that calls itself for the next message goes one call"
            " deeper each time, until Python stops it: use a loop."
        )
    return about_text(expected)(came)


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
    if getattr(came, "code", None) == 1001 and came.reason.strip().lower() == "idle":
        return "The reason is compared to the letter: “idle”, in small letters."
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


def about_an_answer(text, came):
    """What comes after the question gets no answer of its own."""
    if not text and getattr(came, "code", 0) != 1001:
        return about_text(text)(came)
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
