"""Checks for exercise 4a, a welcome by name."""

import itertools
from functools import partial

from workbook.grader import MANY, TEXTS, about_text, parsed, points

ADA, GRACE = {"token": "token-ada"}, {"token": "token-grace"}
UNKNOWN = "This token is no key of `USERS`."
WHOLE = "A token is a key of `USERS` to the letter, from its beginning to its end."
OTHER_COOKIE = "The cookie is named `token`, to the letter; this is another one."
LANGUAGES = "`lang` is `en` or `es`, to the letter."
LONG = "y" * 1_000_000
GREETINGS = ["Hello, Ada!", "Hola, Ada!", "Hola, Grace!"]  # of those who are there at once
BELONGS = (
    "What one client has asked for, or said, must not reach another one: keep it inside the"
    " endpoint. Lesson 02, “What belongs to one connection”."
)


@points(1)
def test_greets_the_owner_of_the_token(server, submission):
    """You greet the client by name as soon as it is connected, once."""
    for cookie, greeting, why in [
        (ADA, "Hello, Ada!", about_the_greeting),
        (GRACE, "Hello, Grace!", about_the_greeting_of_another),
    ]:
        client = server.connect(
            cookies=cookie, why=lambda client: refused_by_mistake(client, submission)
        )
        client.expect(greeting, why=why)
        client.expect_nothing(why="The greeting comes once; then it is the client's turn.")


@points(1)
def test_echoes_text_unchanged(server, conversation):
    """You send every text back exactly as it came, and nothing besides."""
    client = server.connect(cookies=ADA)
    client.expect("Hello, Ada!", why=about_the_greeting)
    for text in ["hello", "hello again"]:
        client.send(text)
        client.expect(text, why=about_the_echo)
    for text in [*TEXTS, LONG]:
        client.send(text)
        client.expect(text, why=about_text(text, about_any_text))
    client.expect_nothing(why="Each message gets one answer.")
    texts = [f"number {number}" for number in range(1, 151)]
    with conversation.at_one_moment():
        for text in texts:
            client.send(text)
    for text in texts:
        client.expect(text, why=about_many_texts)
    server.wait(600)
    client.send("still there")
    client.expect("still there", why=about_the_silent)


@points(1)
def test_greets_in_the_language_asked_for(server):
    """You greet in the language that `lang` names, in English by default."""
    for query, greeting in [
        ({"lang": "es"}, "Hola, Ada!"),
        ({"lang": "en"}, "Hello, Ada!"),
        (None, "Hello, Ada!"),
        ({"v": "2", "lang": "es", "username": "Grace"}, "Hola, Ada!"),
        ({"v": "2", "username": "Grace"}, "Hello, Ada!"),
    ]:
        client = server.connect("A", query=query, cookies=ADA, why=about_the_language)
        client.expect(greeting, why=about_the_language_of_another)
        client.leave()
    for path in ("/ws?debug&lang=es", "/ws?next=/a?b=c&lang=es", "/ws?&lang=%65s&"):
        client = server.connect("A", path, cookies=ADA, why=about_the_language)
        client.expect("Hola, Ada!", why=about_the_language_of_another)
        client.leave()
    spanish = {"Accept-Language": "es-ES,es;q=0.9"}  # what a browser says by itself
    client = server.connect("A", cookies=ADA, headers=spanish, why=about_the_language)
    client.expect("Hello, Ada!", why="Only the query chooses the language, and it has no `lang`.")


@points(1)
def test_refuses_a_client_without_a_known_token(server, submission):
    """You refuse a client whose `token` is missing or unknown."""
    let_somebody_in(server, submission)
    for cookies, query, rule in [
        (None, None, "It has no cookie at all."),
        ({"token": "token-alan"}, None, UNKNOWN),
        ({"token": ""}, None, "An empty token is no key of `USERS`."),
        ({"token": "token-ada2"}, None, WHOLE),
        ({"token": "token-a"}, None, WHOLE),
        ({"token": "Token-Ada"}, None, WHOLE),
        ({"token": "Ada"}, None, "A user's name is no token."),
        ({"token": "tokén-ada".encode().decode("latin-1")}, None, UNKNOWN),
        ({"mytoken": "token-ada"}, None, OTHER_COOKIE),
        ({"token2": "token-ada"}, None, OTHER_COOKIE),
        ({"Token": "token-ada"}, None, OTHER_COOKIE),
        ({"theme": "dark"}, None, "It has a cookie, but none that is named `token`."),
        (None, {"token": "token-ada"}, "The token comes in a cookie; this is the query."),
    ]:
        server.expect_refused(
            "A",
            cookies=cookies,
            query=query,
            why=lambda client, rule=rule: let_in(client, submission, rule),
        )


@points(1)
def test_refuses_another_language(server, submission):
    """You refuse a client whose `lang` is neither `en` nor `es`."""
    let_somebody_in(server, submission, query={"lang": "en"})
    for lang in [
        "fr",
        "french",
        "english",
        "e",
        "esperanto",
        "EN",
        "Es",
        "en-GB",
        "es_MX",
        "en,es",
        " en",
        "es ",
        "en\n",
    ]:
        server.expect_refused(
            "A",
            query={"lang": lang},
            cookies=ADA,
            why=lambda client: let_in(client, submission, LANGUAGES),
        )


@points(1)
def test_finds_its_cookie_among_others(server):
    """You find your cookie among others, such as those that Jupyter sets."""
    xsrf = {"_xsrf": "2|7d3c1a5e|0fb1c2d3e4f5|1764000000"}
    login = {"username-localhost-8888": '"2|1:0|10:1764000000|4:user|16:eyJuYW1lIjoiMSJ9|c0ffee=="'}
    for cookies in [
        {**ADA, **xsrf, **login},
        {**xsrf, **ADA, **login},
        {**xsrf, **login, **ADA},
        {"csrftoken": "token-grace", **ADA, "token2": "token-grace"},
    ]:
        client = server.connect("A", cookies=cookies, why=about_several_cookies)
        client.expect("Hello, Ada!", why=about_several_cookies)
        client.leave()


@points(1)
def test_serves_many_at_once(server):
    """You serve many clients at once, each under its own name."""
    languages = {"Ada": "en", "Grace": "es", "Ada again": "es"}
    ada, grace, ada_again = members = [
        server.connect(
            name, query={"lang": lang}, cookies=cookie_of(name), why=about_the_same_token
        )
        for name, lang in languages.items()
    ]
    for _ in range(3):
        server.knock("stranger", cookies={"token": "token-alan"})
    ada_again.expect("Hola, Ada!", why=about_the_greeting_of_another)
    grace.expect("Hola, Grace!", why=about_the_greeting_of_another)
    ada.expect("Hello, Ada!", why=about_the_greeting_of_another)
    for text in ("one", "two"):
        for client in members:
            client.send(f"{text} from {client}")
        for client in (grace, ada_again, ada):
            client.expect(f"{text} from {client}", why=about_the_text_of_another)
    for client in (ada, grace, ada_again):
        client.expect_nothing(why="Each client hears its own messages only.")
    server.expect_never_blocked()
    greets_those_who_come_together(server)
    greets_a_crowd(server)


@points(1)
def test_leaves_nothing_behind(server):
    """You keep nothing of a client that left or was refused; your log has no error."""

    def refused(_how):
        server.knock("A", cookies={"token": "token-alan"}).leave()
        server.knock("A").leave()
        server.knock("A", query={"lang": "fr"}, cookies=ADA).leave()

    names = itertools.cycle(["Ada", "Grace"])

    def visit(how):
        name = next(names)
        client = server.connect("A", query={"lang": "es"}, cookies=cookie_of(name))
        client.expect(f"Hola, {name}!")
        client.send("hello")
        client.expect("hello")
        client.leave(how)

    server.leaves_nothing(refused, every=("politely",), who="6 clients that were refused")
    server.leaves_nothing(visit)
    survivor = server.connect("B", cookies=ADA)
    survivor.expect("Hello, Ada!")


def cookie_of(name):
    return ADA if name.startswith("Ada") else GRACE


def let_somebody_in(server, submission, query=None):
    """A good client must be let in: to refuse everybody is to refuse nobody for a reason."""
    why = partial(refused_by_mistake, submission=submission)
    server.connect("Ada", query=query, cookies=ADA, why=why).leave()


def greets_those_who_come_together(server):
    """Clients whose handshakes are there at once must each be greeted by its own name."""
    kinds = [("en", ADA, "Hello, Ada!"), ("es", GRACE, "Hola, Grace!"), ("es", ADA, "Hola, Ada!")]
    asked = {f"guest {number}": kinds[number % 3] for number in range(1, 7)}
    paths = {name: f"/ws?lang={lang}" for name, (lang, _, _) in asked.items()}
    cookies = {name: cookie for name, (_, cookie, _) in asked.items()}
    for client in server.connect_together(paths, lambda: None, about_the_same_token, cookies):
        client.expect(asked[client.name][2], why=about_the_greeting_of_another)


def greets_a_crowd(server):
    """Many clients must be let in, greeted and answered."""
    names = [f"client {number}" for number in range(1, MANY + 1)]
    crowd = [server.connect(name, cookies=ADA, why=about_a_crowd) for name in names]
    for client in crowd:
        client.expect("Hello, Ada!", why=about_greeting_a_crowd)
    for client in crowd:
        client.send(f"I am {client}")
    for client in crowd:
        client.expect(f"I am {client}", why=about_a_crowd)
    server.expect_never_blocked()  # nor for a little while that adds up


def refused_by_mistake(client, submission):
    """A client with a good cookie was not let in."""
    if client.status in (401, 403) and not submission.line_of_text("(?i)cookie"):
        return (
            "The token comes as a cookie, and your program never looks at cookies. Lesson 04,"
            " “Where parameters come from”."
        )
    if client.status in (401, 403):
        return (
            "Its token is known, and without `lang` the greeting is English. HTTP 403 is also what"
            " FastAPI answers when a parameter that has no default is missing; and what is not"
            " declared with `Cookie()` is looked for in the query."
        )
    return None


def let_in(client, submission, rule):
    """Why a client that should have been refused by this rule was not, or not in the right way."""
    if client.closed is not None:
        line = submission.line_of_text(r"\baccept\(|websocket\.accept")
        return (
            f"You close after `accept()` ({submission.at(line)}). By then the handshake has been"
            " answered with 101, and the connection is open: close code 1008 is no refusal."
            " Refuse first, accept afterwards. Lesson 04, “Refusing before and after accept”."
        )
    if client.is_open and client.waiting:
        came = client.receive()
        why = "`USERS.get(token)` gives None for an unknown token." if "None" in came else ""
        return f"It was even greeted: {came} {rule} {why}".rstrip()
    if client.is_open:
        return rule
    if client.status == 500:
        return (
            "HTTP 500 says that the endpoint failed or returned before it accepted or refused."
            " To refuse, raise `WebSocketException` before `accept()`, or close."
        )
    if client.status and client.status not in (401, 403):
        return (
            "Refused it is, and in another way: `WebSocketException`, raised before `accept()`, is"
            " answered with 403."
        )
    return None


def about_the_greeting(came):
    """What is known to lead to such a greeting."""
    if came is None:
        return "The greeting is sent when the connection opens; the client need not speak first."
    if isinstance(came, str) and "token-" in came:
        return "The greeting has the user's name, not the token: look it up in `USERS`."
    return about_the_kind(came)


def about_the_language_of_another(came):
    """The greeting is perhaps in a language that a client before had asked for."""
    if came == "Hola, Ada!":
        return f"Without `lang` it is `en`, whatever another client asked for. {BELONGS}"
    return about_the_greeting(came)


def about_the_greeting_of_another(came):
    """The greeting has another client's name, or its language."""
    if came in GREETINGS:
        return f"That is how another client is greeted. {BELONGS}"
    return about_the_greeting(came)


def about_the_text_of_another(came):
    """A client heard what another one had said, or nothing more."""
    if isinstance(came, str) and " from " in came:
        return "That is another client's text: it goes back to its sender, and to nobody else."
    if getattr(came, "code", None) is not None:
        return "Another client with the same token has come. Both stay: one user, two windows."
    return about_the_echo(came)


def about_the_kind(came):
    """What came is not plain text, as far as can be seen."""
    if isinstance(came, bytes):
        return "It goes as text: `send_text(…)`. `send_bytes(…)` sends a binary message."
    if isinstance(parsed(came), str):
        return "It has quotes about it, as a JSON string has: `send_json(…)` does that."
    return None


def about_the_silent(came):
    """A client is not answered, or not there any more, that was silent for long."""
    if came is None or not isinstance(came, str | bytes):
        return "The client was silent for ten minutes. It may be, for as long as it likes."
    return about_the_echo(came)


def about_the_echo(came):
    """What is known to lead to such an echo."""
    if isinstance(came, str) and came.startswith(("Hello, ", "Hola, ")):
        return "The greeting belongs before the loop: it is sent once."
    if came is None:
        return "Each text comes back, the first and every one after it: the loop goes on."
    return about_the_kind(came)


def about_any_text(came):
    """What is known to lead to such an echo of a text that is short, long or looks like more."""
    code = getattr(came, "code", None)
    if code == 1009:
        return "1009 says that a message was too big. There is no limit for a text."
    if code is not None:
        return (
            "Whatever a text says, it is a message like any other, also an empty one: only the"
            " client ends the conversation, and it does so by leaving."
        )
    return about_the_echo(came) if isinstance(came, bytes) else None


def about_many_texts(came):
    """A text is missing, or in another's place, when many come at once."""
    if isinstance(came, bytes):
        return about_the_kind(came)
    return "150 texts came at once. Each comes back, in the order in which they came."


def about_the_language(client):
    """A client with a good cookie and a good `lang`, or none, was not let in."""
    if client.status in (401, 403):
        return (
            "`lang` may be missing: then it is `en`. There may be other parameters beside it. And"
            " a token is not used up: the same one may come again. Lesson 04, “Where parameters"
            " come from”."
        )
    return None


def about_the_same_token(client):
    """One of three clients was not let in, of which two have the same token."""
    if client.status in (401, 403) and client.name == "Ada again":
        return (
            "The same token is connected already. Two clients may show it: one user may have two"
            " windows open."
        )
    if client.status in (401, 403):
        return "Others had been refused before. That must not count against this one."
    return None


def about_greeting_a_crowd(came):
    """One of many clients was not greeted, or not so."""
    if isinstance(came, str | bytes):
        return about_the_language_of_another(came)
    return about_a_crowd(came)


def about_a_crowd(came):
    """One of many clients was not let in, not greeted or not answered."""
    if isinstance(came, str | bytes):
        return about_the_echo(came)
    return f"{MANY} clients come. Each is served, however many there are."


def about_several_cookies(_came):
    """The cookie was not found, or another was taken for it."""
    return (
        "All cookies come in one header, `name=value; name=value`. FastAPI's `Cookie()` and"
        " `websocket.cookies` take it apart. Lesson 04, “Where parameters come from”."
    )
