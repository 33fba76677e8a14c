"""Checks for exercise 4a, a welcome by name."""

from workbook.grader import TEXTS, about_text, points

ADA, GRACE = {"token": "token-ada"}, {"token": "token-grace"}
UNKNOWN = "This token is no key of `USERS`."
WHOLE = "A token is a key of `USERS` to the letter, from its beginning to its end."
LANGUAGES = "`lang` is `en` or `es`, to the letter."


@points(1)
def test_greets_the_owner_of_the_token(server, submission):
    """You greet the client by name as soon as it is connected, once."""
    for cookie, greeting in [(ADA, "Hello, Ada!"), (GRACE, "Hello, Grace!")]:
        client = server.connect(
            cookies=cookie, why=lambda client: refused_by_mistake(client, submission)
        )
        client.expect(greeting, why=about_the_greeting)
        client.expect_nothing(why="The greeting comes once; then it is the client's turn.")


@points(1)
def test_echoes_text_unchanged(server):
    """You send every text back exactly as it came, and nothing besides."""
    client = server.connect(cookies=ADA)
    client.expect("Hello, Ada!", why=about_the_greeting)
    for text in ["hello", *TEXTS]:
        client.send(text)
        client.expect(text, why=about_text(text, about_the_echo))
    client.expect_nothing(why="Each message gets one answer.")
    server.wait(60)
    client.send("still there")
    client.expect("still there", why=about_the_echo)


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
        client.expect(greeting, why=about_the_greeting)
        client.leave()


@points(1)
def test_refuses_a_client_without_a_known_token(server, submission):
    """You refuse a client whose `token` is missing or unknown."""
    for cookies, query, rule in [
        (None, None, "It has no cookie at all."),
        ({"token": "token-alan"}, None, UNKNOWN),
        ({"token": ""}, None, "An empty token is no key of `USERS`."),
        ({"token": "token-ada2"}, None, WHOLE),
        ({"token": "token-a"}, None, WHOLE),
        ({"token": "Token-Ada"}, None, WHOLE),
        ({"token": "Ada"}, None, "A user's name is no token."),
        ({"mytoken": "token-ada"}, None, "The cookie is named `token`; this is another one."),
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
    for lang in ["fr", "french", "english", "e", "esperanto", "EN", "Es"]:
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
    ada = server.connect("Ada", cookies=ADA)
    grace = server.connect("Grace", query={"lang": "es"}, cookies=GRACE)
    ada_again = server.connect("Ada again", query={"lang": "es"}, cookies=ADA)
    server.knock("stranger", cookies={"token": "token-alan"})
    ada_again.expect("Hola, Ada!", why=about_the_greeting)
    grace.expect("Hola, Grace!", why=about_the_greeting)
    ada.expect("Hello, Ada!", why=about_the_greeting)
    for text in ("one", "two"):
        ada.send(f"{text} from Ada")
        grace.send(f"{text} from Grace")
        ada_again.send(f"{text} from the other Ada")
        grace.expect(f"{text} from Grace", why=about_the_echo)
        ada_again.expect(f"{text} from the other Ada", why=about_the_echo)
        ada.expect(f"{text} from Ada", why=about_the_echo)
    for client in (ada, grace, ada_again):
        client.expect_nothing(why="Each client hears its own messages only.")
    server.expect_never_blocked()


@points(1)
def test_leaves_nothing_behind(server):
    """You keep nothing of a client that left or was refused; your log has no error."""

    def refused(_how):
        server.knock("A", cookies={"token": "token-alan"}).leave()
        server.knock("A").leave()
        server.knock("A", query={"lang": "fr"}, cookies=ADA).leave()

    def visit(how):
        client = server.connect("A", query={"lang": "es"}, cookies=GRACE)
        client.expect("Hola, Grace!")
        client.send("hello")
        client.expect("hello")
        client.leave(how)

    server.leaves_nothing(refused, every=("politely",), who="6 clients that were refused")
    server.leaves_nothing(visit)
    survivor = server.connect("B", cookies=ADA)
    survivor.expect("Hello, Ada!")


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
    return None


def about_the_greeting(came):
    """What is known to lead to such a greeting."""
    if came is None:
        return "The greeting is sent when the connection opens; the client need not speak first."
    if isinstance(came, str) and "token-" in came:
        return "The greeting has the user's name, not the token: look it up in `USERS`."
    return None


def about_the_echo(came):
    """What is known to lead to such an echo."""
    if isinstance(came, str) and came.startswith(("Hello, ", "Hola, ")):
        return "The greeting belongs before the loop: it is sent once."
    return None


def about_the_language(client):
    """A client with a good cookie and a good `lang`, or none, was not let in."""
    if client.status in (401, 403):
        return (
            "`lang` may be missing: then it is `en`. There may be other parameters beside it. And"
            " the same token may come again. Lesson 04, “Where parameters come from”."
        )
    return None


def about_several_cookies(_came):
    """The cookie was not found, or another was taken for it."""
    return (
        "All cookies come in one header, `name=value; name=value`. FastAPI's `Cookie()` and"
        " `websocket.cookies` take it apart. Lesson 04, “Where parameters come from”."
    )
