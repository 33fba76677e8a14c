"""Checks for exercise 4b, the token in the first message."""

from functools import partial

from workbook.grader import TEXTS, Mistake, about_text, points, quoted

ADA, GRACE = {"token": "token-ada"}, {"token": "token-grace"}
SECTION = "Lesson 04, “The first message”."


@points(1)
def test_welcomes_a_known_token(server):
    """You answer a known token with its user's name, as JSON."""
    for token, name in [("token-ada", "Ada"), ("token-grace", "Grace")]:
        client = server.connect(why=about_the_handshake)
        client.expect_nothing(why=about_early_words)
        client.send(f'{{"token": "{token}"}}')
        client.expect_json({"welcome": name}, why=about_the_welcome)
        client.expect_nothing(why="The welcome comes once; then it is the client's turn.")
    second = server.connect()
    second.send_json(ADA)
    second.expect_json({"welcome": "Ada"}, why="Two clients may show the same token.")
    browser = server.connect()
    browser.send('{"token":"token-ada"}')  # as JSON.stringify() writes it
    browser.expect_json({"welcome": "Ada"}, why=about_compact_json)


@points(1)
def test_accepts_everybody_and_says_nothing_first(server):
    """You accept every client, and say nothing until its token has come."""
    for options in [
        {},
        {"cookies": {"token": "token-alan", "theme": "dark"}},
        {"cookies": ADA},
        {"query": {"token": "token-ada", "lang": "fr"}},
    ]:
        client = server.connect("A", **options, why=about_the_handshake)
        client.expect_nothing(why=about_early_words)
        client.send_json(GRACE)
        client.expect_json({"welcome": "Grace"}, why=about_the_welcome)
        client.leave()


@points(1)
def test_echoes_after_the_welcome(server, conversation):
    """You then send every text back exactly as it came, whatever it looks like."""
    client = server.connect()
    client.send_json(ADA)
    client.expect_json({"welcome": "Ada"}, why=about_the_welcome)
    for text in ["hello", '{"token":  "token-grace"}', '{"token": "token-alan"}', *TEXTS]:
        client.send(text)
        client.expect(text, why=about_text(text, about_the_echo))
    client.expect_nothing(why="Each message gets one answer.")
    hasty = server.connect("hasty")
    with conversation.at_one_moment():
        hasty.send_json(GRACE)
        for text in ("hello", "hello", "and goodbye"):
            hasty.send(text)
    hasty.expect_json({"welcome": "Grace"}, why=about_the_welcome)
    for text in ("hello", "hello", "and goodbye"):
        hasty.expect(text, why=about_haste)


@points(1)
def test_closes_on_an_unknown_token(server):
    """You close with 1008 on an unknown token: there is no second try."""
    for token in ["token-alan", "", "token-ada2", " token-ada ", "Token-Ada", "Ada", "long " * 40]:
        client = server.connect("A")
        client.send_json({"token": token})
        client.expect_closed(1008, why=partial(about_a_wrong_token, token=token))
    with_second_try = server.connect("A")
    with_second_try.send_json({"token": "token-alan"})
    with_second_try.send_json(ADA)
    with_second_try.expect_closed(1008, why=about_the_end)


@points(1)
def test_closes_on_any_other_first_message(server):
    """You close with 1008 on a first message without a token, whatever it is."""
    for first in [
        "{}",
        '{"name": "token-ada"}',
        '{"Token": "token-ada"}',
        "token-ada",
        "",
        '"token-ada"',
        '["token", "token-ada"]',
        '[{"token": "token-ada"}]',
        "5",
        "null",
        "true",
        '{"token": null}',
        '{"token": 1}',
        '{"token": ["token-ada"]}',
        '{"token": {"token-ada": "Ada"}}',
        b"\x00\xff\x80",
        b'{"token": "token-ada"}',
    ]:
        client = server.connect("A")
        client.send(first)
        client.expect_closed(1008, why=about_another_message)


@points(1)
def test_closes_who_says_nothing_in_time(server):
    """You close with 1008 whoever says nothing for 5 seconds, each in its own time."""
    a = server.connect("A")
    server.wait(2.5)
    b = server.connect("B")
    server.wait(2.3)
    a.expect_nothing(why="The deadline is 5 seconds after the connection.")
    server.wait(1.2)
    a.expect_closed(1008, why=about_the_deadline)
    b.expect_nothing(why="Every client has 5 seconds of its own.")
    c = server.connect("C")
    c.send_json(GRACE)
    c.expect_json({"welcome": "Grace"}, why=about_the_welcome)
    c.send("hello")
    c.expect("hello", why=about_the_echo)
    server.wait(4)
    b.expect_closed(1008, why=about_the_deadline)
    server.expect_never_blocked()
    late = []
    for pause in (0.1, 0.25, 0.5, 0.75):  # a program that looks at its clock now and then is late
        server.wait(pause)
        client, opened = server.connect("D"), server.now
        server.wait(5.1)
        client.expect_closed(1008, why=about_the_deadline)
        late.append(server.now - opened)
    if min(late) > 5.6:
        raise Mistake(
            f"{len(late)} clients that said nothing were closed {min(late):.1f} s after they had"
            " come, at the soonest. It should have been 5 s."
        )


@points(1)
def test_sets_no_deadline_after_the_welcome(server):
    """You let a client that was welcomed be silent for as long as it likes."""
    early, late = server.connect("early"), server.connect("late")
    early.send_json(ADA)
    early.expect_json({"welcome": "Ada"}, why=about_the_welcome)
    server.wait(4.8)
    late.send_json(GRACE)
    late.expect_json({"welcome": "Grace"}, why="4.8 seconds are within 5.")
    server.wait(4)
    for client in (early, late):
        client.expect_nothing(why=about_a_second_deadline)
    early.send("still there?")
    early.expect("still there?", why=about_the_echo)
    server.wait(60)
    for client in (early, late):
        client.expect_nothing(why=about_a_second_deadline)
        client.send("hello again")
        client.expect("hello again", why=about_the_echo)
    server.expect_clean_log()


@points(1)
def test_leaves_nothing_behind(server):
    """You keep nothing of a client that left or was closed; your log has no error."""

    def visit(how):
        client = server.connect("A")
        client.send_json(ADA)
        client.expect_json({"welcome": "Ada"})
        client.send("hello")
        client.expect("hello")
        client.leave(how)

    def say_nothing(how):
        server.connect("A").leave(how)

    def be_late(_how):
        client = server.connect("A")
        server.wait(6.5)
        client.leave()

    def be_unknown(_how):
        client = server.connect("A")
        client.send_json({"token": "token-alan"})
        server.settle()
        client.leave()

    server.leaves_nothing(visit)
    server.leaves_nothing(say_nothing)
    server.wait(10)
    server.expect_clean_log()
    server.leaves_nothing(be_late, every=("politely",), who="2 clients that said nothing in time")
    server.leaves_nothing(be_unknown, every=("politely",), who="2 clients with unknown tokens")


def about_the_handshake(client):
    """A client was not let in."""
    if client.status in (401, 403):
        return (
            "The token comes in the first message, and nobody can send one before the connection"
            f" is open. So `accept()` comes first, for everybody. {SECTION}"
        )
    return None


def about_early_words(came):
    """Something was said, or the connection closed, before a token came."""
    if isinstance(came, str):
        return "Nothing is sent before the token was checked: who listens may be anybody."
    return None


def about_the_welcome(came):
    """What is known to lead to such an answer to a known token."""
    if isinstance(came, str) and "token-" in came:
        return "The answer has the user's name, not the token: look it up in `USERS`."
    if isinstance(came, str) and not came.lstrip().startswith("{"):
        return 'The answer is a JSON object: `send_json({"welcome": …})`.'
    if isinstance(came, str) and "welcome" not in came:
        return about_early_words(came)
    if isinstance(came, str):
        return 'The answer has one key, "welcome", with the name as its value, and nothing more.'
    if came is None:
        return f"One message is enough: the first. {SECTION}"
    return about_the_end(came)


def about_compact_json(came):
    """The same object was not understood with fewer spaces."""
    return (
        "It is the same JSON, without the space. Read the message with `json.loads()` instead of"
        " comparing its text."
    )


def about_haste(came):
    """Something that came along with the token is missing."""
    if came is None:
        return "It came along with the token, before the welcome was sent. It is text all the same."
    return about_the_echo(came)


def about_the_echo(came):
    """What is known to lead to such an echo."""
    if isinstance(came, str) and "welcome" in came:
        return "Only the first message is read for a token; later ones are text like any other."
    if getattr(came, "code", None) == 1008:
        return "Only the first message is checked. Whatever comes later is text like any other."
    return None


def about_the_end(came):
    """What is known to lead to something else than close code 1008."""
    if came is None:
        return "There is no second try: after a wrong first message the connection is closed."
    if isinstance(came, str) and "welcome" in came:
        return f"There is no second try, and no welcome without a known token. {SECTION}"
    if isinstance(came, str):
        return "Whoever has not shown a known token gets no message at all, only the close code."
    code = getattr(came, "code", None)
    if code == 1006:
        return "1006 is what a client sees when the endpoint raised, or returned, without closing."
    if code == 1000:
        return "`close()` without a code closes with 1000, which says that all is well."
    return None


def about_another_message(came):
    """Something that is no object with a token had another effect than 1008."""
    if getattr(came, "code", None) == 1006:
        return (
            f"{about_the_end(came)} A first message may be no JSON, no object, a token that is no"
            " string, or bytes."
        )
    return about_the_end(came)


def about_a_wrong_token(came, token):
    """A token that is none was taken for one, or something else was wrong."""
    if isinstance(came, str) and "welcome" in came:
        return (
            f"{quoted(token, 40)} is no key of `USERS`: there is no second try, and no welcome"
            f" without a known token. {SECTION}"
        )
    return about_the_end(came)


def about_the_deadline(came):
    """Somebody who said nothing is still there, or ended otherwise."""
    if came is None:
        return (
            "A client that never speaks must not stay for ever, whatever others do meanwhile: each"
            f" connection has a deadline of its own. {SECTION}"
        )
    return about_the_end(came)


def about_a_second_deadline(came):
    """Somebody who was welcomed was closed."""
    if getattr(came, "code", None) is not None:
        return (
            "The deadline is for the first message only. A timer that was set for it is cancelled"
            f" when it has come, and a time-out stands around that one receive. {SECTION}"
        )
    return None
