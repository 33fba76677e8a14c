"""Checks for exercise 5a, a room that survives its members."""

import json
from collections.abc import Callable
from functools import partial
from urllib.parse import unquote_plus

from workbook.grader import TEXTS, about_text, parsed, points

LONG = 8_000_000  # characters, more than the network takes for a client that does not read
HANGING = 10  # seconds in which somebody who hangs does not die
MANY = 50  # members: a room has no size
DYING = "who was that?"
ONCE = "Each member gets each message of the others once, and nothing besides."
NAMESAKE = " One of the dead was called Alan, too: does somebody go by names to take a member out?"


@points(1)
def test_passes_a_message_on_to_the_others(server):
    """You pass a message on to every other member, and not back to its sender."""
    ada, grace, alan = (join(server, name) for name in ("Ada", "Grace", "Alan"))
    nameless = join(server, "nameless", username=None)
    say(server, ada, "good morning")
    for member in (grace, alan, nameless):
        member.expect_json(line("Ada", "good morning"), why=about_the_line("Ada", "good morning"))
    ada.expect_nothing(why=lambda came: own_or_twice(came, ada))
    say(server, nameless, "who is there?")
    for member in (ada, grace, alan):
        member.expect_json(
            line("Anonymous", "who is there?"), why=about_the_line("Anonymous", "who is there?")
        )
    for member in (ada, grace, alan, nameless):
        member.expect_nothing(why=lambda came, member=member: own_or_twice(came, member))


@points(1)
def test_tells_members_apart_by_connection(server, submission):
    """You tell members apart by connection: two of one name are two members."""
    phone, laptop = join(server, "Ada's phone", "Ada"), join(server, "Ada's laptop", "Ada")
    first, second = join(server, "nameless 1", None), join(server, "nameless 2", None)

    def why(_came):
        return about_names(submission)

    say(server, phone, "from my phone")
    laptop.expect_json(line("Ada", "from my phone"), why=why)
    say(server, laptop, "from my laptop")
    phone.expect_json(line("Ada", "from my laptop"), why=why)
    say(server, first, "anybody?")
    second.expect_json(line("Ada", "from my phone"))
    second.expect_json(line("Ada", "from my laptop"))
    second.expect_json(line("Anonymous", "anybody?"), why=why)
    laptop.leave()
    say(server, second, "Ada?")
    phone.expect_json(line("Anonymous", "anybody?"))
    phone.expect_json(line("Anonymous", "Ada?"), why=why)
    say(server, phone, "still here")
    for text in ("from my phone", "from my laptop"):
        first.expect_json(line("Ada", text))
    first.expect_json(line("Anonymous", "Ada?"))
    first.expect_json(line("Ada", "still here"), why=why)
    phone.expect_nothing(why=lambda came: own_or_twice(came, phone))
    second.expect_json(line("Ada", "still here"), why=why)
    first.leave()  # the one that came first; a number that counts is free again
    third = join(server, "nameless 3", None)
    say(server, phone, "who is here?")
    for member in (second, third):
        member.expect_json(line("Ada", "who is here?"), why=about_coming_and_going)


@points(1)
def test_passes_text_on_exactly_as_it_was(server):
    """You pass every text on exactly as it came, under the right name."""
    name = " Ada & Zoë + 世界: 1 | \"A\\B\", 'C'; <d> {e} %s, and so on "
    ada, other = join(server, "Ada", name), join(server, "Grace")
    for text in TEXTS:
        say(server, ada, text)
        why = about_text(text, about_the_line(name, text))
        other.expect_json(line(name, text), why=why)


@points(1)
def test_serves_many_who_come_and_go(server, conversation):
    """You serve many members at once, while some leave and new ones come."""
    members = [join(server, f"member {number}") for number in range(1, 11)]
    for speaker in members[::3]:
        say(server, speaker, "hello")
        hear(members, speaker, "hello")
    leavings = ("politely", "rudely", "vanishing")
    for how, leaving in zip(leavings, members[1:9:3], strict=False):
        leaving.leave(how)
        members.remove(leaving)
    members += [join(server, f"newcomer {number}") for number in range(1, 4)]
    for speaker in (members[0], members[-1], members[3]):
        say(server, speaker, "still here")
        hear(members, speaker, "still here", about_coming_and_going)
    everybody_speaks_at_once(conversation, members)
    server.expect_never_blocked()
    many_come_while_somebody_speaks(server, members)


def everybody_speaks_at_once(conversation, members):
    """Some members speak at one moment, and repeat themselves; nothing is lost."""
    speakers, texts = members[:4], ["hi", "hi", "how are you?"]
    with conversation.at_one_moment():
        for speaker in speakers:
            for text in texts:
                speaker.send(text)
    for member in members:
        others = [speaker for speaker in speakers if speaker is not member]
        hear_all(member, [line(other.name, text) for other in others for text in texts])
    for member in members:
        member.expect_nothing(why=lambda came, member=member: own_or_twice(came, member))


def many_come_while_somebody_speaks(server, members):
    """The room has no size, and whoever comes just as somebody speaks hears what follows."""
    names = [f"guest {number}" for number in range(MANY - len(members))]
    asked = {name: f"/ws?username={name.replace(' ', '+')}" for name in names}
    guests = server.connect_together(
        asked, lambda: say(server, members[0], "who comes?"), why=about_many_members
    )
    server.settle()
    hear(members, members[0], "who comes?", about_many_members)
    for guest in guests:
        while guest.waiting:  # it may hear what was said as it came, or not
            guest.receive()
    say(server, members[0], "welcome")
    hear([*members, *guests], members[0], "welcome", about_many_members)


@points(2)
def test_a_dead_member_keeps_nothing_from_the_others(server, conversation):
    """A member that dies as a message is sent does not keep it from the others."""

    def why(came, member):
        namesake = NAMESAKE if member is alan and came is None else ""
        return about_the_second_removal(server) or about_the_dead(came) + namesake

    def die():
        reset.leave("rudely")
        gone.leave("vanishing")

    def speak():
        ada.send(DYING)

    for at_that_moment in [(die, speak), (speak, die), (die, speak)]:
        grace, ada = join(server, "Grace"), join(server, "Ada")
        reset, alan = join(server, "reset", "Alan"), join(server, "Alan")
        gone, edsger = join(server, "gone"), join(server, "Edsger")
        with conversation.at_one_moment():
            for act in at_that_moment:
                act()
        for member in (grace, alan, edsger):
            member.expect_json(line("Ada", DYING), why=partial(why, member=member))
        ada.expect_nothing(
            why=lambda came: about_the_second_removal(server) or about_the_thrown_out(came)
        )
        for speaker, listeners in ((ada, (grace, alan, edsger)), (alan, (grace, ada, edsger))):
            say(server, speaker, "we are still here")
            for member in listeners:
                words = line(speaker.name, "we are still here")
                member.expect_json(words, why=partial(why, member=member))
        for member in (grace, ada, alan, edsger):
            member.leave()


@points(1)
def test_members_may_leave_while_a_message_is_sent(server):
    """You send on to the others when members leave while you wait to send."""

    def why(came):
        return about_the_second_removal(server) or about_changes(came)

    ada, grace, niklaus = (join(server, name) for name in ("Ada", "Grace", "Niklaus"))
    dying, slow, silent = (hang(server, name) for name in ("dying", "slow", "silent"))
    say(server, ada, "x" * LONG)
    others = [join(server, name) for name in ("Alan", "Barbara", "Edsger")]
    say(server, ada, "and now?")  # the network takes nothing more for those who hang
    dying.leave("rudely")
    server.settle()
    grace.leave("politely")
    server.settle()
    niklaus.send("before I go")
    niklaus.leave("politely")
    server.settle()
    slow.read_on()
    server.wait(HANGING)
    silent.leave("rudely")
    for member in others:
        hear_both(member, line("Ada", "and now?"), line("Niklaus", "before I go"), why)
    slow.expect_json(line("Ada", "x" * LONG), why=about_the_slow)
    hear_both(slow, line("Ada", "and now?"), line("Niklaus", "before I go"), about_the_slow)
    ada.expect_json(line("Niklaus", "before I go"), why=about_last_words)
    ada.expect_nothing(why=why)
    two_speak(server, [ada, *others, slow, join(server, "Donald")], why)


def two_speak(server, members, why):
    """The room goes on: all others hear what each of the first two says."""
    for speaker in members[:2]:
        say(server, speaker, "well")
        for member in members:
            if member is not speaker:
                member.expect_json(line(speaker.name, "well"), why=why)


def hang(server, name):
    """A new member that reads nothing."""
    member = join(server, name)
    member.stop_reading()
    return member


@points(1)
def test_leaves_nothing_behind(server, conversation):
    """When a member leaves, however it goes, nothing of it stays and your log has no error."""
    ada, grace = join(server, "Ada"), join(server, "Grace")

    def silent_visit(how):
        join(server, "guest").leave(how)

    def visit(how):
        guest = join(server, "guest")
        say(server, guest, "hello")
        if how == "politely":
            guest.leave(how)
            ada.send("bye")
        else:
            with conversation.at_one_moment():
                guest.leave(how)
                ada.send("bye")
        server.settle()
        say(server, ada, "gone")  # a local variable may hold the guest until the next message
        for listener in (ada, grace):
            listener.expect_json(line("guest", "hello"), why=about_the_dead)
        for text in ("bye", "gone"):
            grace.expect_json(line("Ada", text), why=about_the_dead)
        ada.expect_nothing(why=about_the_thrown_out)

    server.leaves_nothing(silent_visit)
    # Rudely first: a variable may hold the last one that died, until another does.
    server.leaves_nothing(visit, every=("rudely", "politely"))
    say(server, grace, "well")
    ada.expect_json(line("Grace", "well"), why=about_the_dead)


def join(server, name, username=""):
    """A new member; its `username` is its name here, unless another or None is given."""
    username = name if username == "" else username
    member = server.connect(name, query=None if username is None else {"username": username})
    server.settle()
    return member


def say(server, member, text):
    """Send a text and wait until it has had its effect."""
    member.send(text)
    server.settle()


def line(username, text):
    """What the others receive."""
    return {"username": username, "message": text}


def hear(members, speaker, text, also=lambda came: None):
    """All but the speaker must hear it; where the shape explains nothing, `also` is asked."""
    for member in members:
        if member is not speaker:
            known = about_the_line(speaker.name, text)
            member.expect_json(
                line(speaker.name, text), why=lambda came, known=known: known(came) or also(came)
            )


def hear_both(member, words, last_words, why):
    """Both must come next; the last words of one who has left may come before the others."""
    shown = json.dumps(words, ensure_ascii=False)
    came = member.receive(shown, why=why)
    if parsed(came) == last_words:
        member.expect_json(words, why=why)
    elif parsed(came) == words:
        member.expect_json(last_words, why=lambda came: about_last_words(came) or why(came))
    else:
        member.reject(came, shown, why=why)


def about_last_words(came):
    """What one said who left at once does not arrive."""
    if came is not None:
        return None
    return (
        "Niklaus said this and left. What was read from a member is passed on, also after it has"
        " gone."
    )


def hear_all(member, lines):
    """These must come next, each once, in whatever order."""
    missing = list(lines)
    while missing:
        expected = json.dumps(missing[0], ensure_ascii=False)
        came = member.receive(expected, why=about_many_at_once)
        if parsed(came) not in missing:
            member.reject(came, expected, why=about_many_at_once)
        missing.remove(parsed(came))


def about_many_at_once(came):
    """A message is missing, or came once more, when many came at once."""
    if came is not None and not isinstance(came, str):
        return None
    return (
        "Several members spoke at once, and some said the same twice. Each message goes to every"
        " other member, once."
    )


def about_the_line(username, text) -> Callable[[object], str | None]:
    """Return what explains a message that should have been this one, when it is told what came."""

    def told(came):
        return (about_the_shape(came) or about_the_content(came, username, text)) if came else None

    return told


def about_the_shape(came):
    """What is known to lead to messages like this one."""
    if isinstance(came, bytes):
        return (
            "`send_text(…)` and `send_json(…)` send a text message, `send_bytes(…)` a binary one."
        )
    if not isinstance(came, str):
        return None
    if came.startswith('"'):
        return "That is JSON inside JSON: `send_json()` takes the object itself, not its text."
    if not came.startswith("{"):
        return 'Each message is a JSON object with the keys "username" and "message".'
    if parsed(came) is None:
        return (
            "It looks like JSON, and is none: within a JSON string, quotes, backslashes, tabs and"
            " line ends are escaped. Whoever puts JSON together by hand has to see to that."
        )
    return None


def about_the_content(came, username, text):
    """What seems to have become of the name, or of the text, in an object."""
    said = parsed(came)
    if not isinstance(said, dict) or not {"username", "message"} <= said.keys():
        return None
    name = said["username"]
    if said["message"] != text:
        return about_the_text(said["message"])
    if username == "Anonymous" and str(name).lower() in ("", "none", "anonymous"):
        return "Whoever gives no `username` is called `Anonymous`, spelled so."
    if name == username or not isinstance(name, str):
        return None
    if name.split() == username.split():
        return "The spaces in the name have changed: it is passed on as it came."
    if unquote_plus(name) == username:
        return (
            "The name is encoded as it stands in the address (`%26` for `&`, `+` for a space):"
            " decode it."
        )
    return (
        "The text is right, and stands under somebody else's name. A variable that all connections"
        " share holds one name only: that of whoever came last."
    )


def about_the_text(message):
    """The text is another one, or none."""
    if isinstance(message, str):
        return None
    return "The text looked like JSON, and was taken apart: its sender means it as a text."


def own_or_twice(came, member):
    """Something came that should not have."""
    if isinstance(came, str) and f'"{member.name}"' in came.replace("Anonymous", "nameless"):
        return "A message goes to every connection but the one that sent it."
    return ONCE


def about_coming_and_going(came):
    """A message did not reach a member, or came to the wrong one, after some left and some came."""
    if came is None:
        return (
            "Some members have left, and others have come. A number that says how many there are"
            " belongs to somebody else as soon as one has left: it tells nobody apart."
        )
    if isinstance(came, str):
        return f"{ONCE} What was said before a member came is not for it."
    return None


def about_many_members(came):
    """A member heard nothing, or was thrown out, when many had come while somebody spoke."""
    if isinstance(came, str):
        return ONCE
    told = f"{MANY} members are in the room now, and it may hold any number."
    if came is None:
        told = (
            "Is a connection in your collection before `accept()`? Nothing can be sent to it then,"
            " and whoever tries may take it out."
        )
    return f"Many had come at one moment, just as somebody spoke. {told}"


def about_names(submission):
    """Two connections of one name were taken for one."""
    line = submission.line_of_text(r"\[(self\.)?\w*(user)?name\]|[!=]= *\w*\.?(user)?name")
    return (
        "Another member has the same name. Whoever compares names, or keeps connections under"
        " their names, takes the two for one"
        + (f" ({submission.at(line)})" if line else "")
        + ". Lesson 05, “The list of connections”."
    )


def about_the_dead(_came):
    """A message did not reach the others, or a later one did not."""
    return (
        "Sending to a member that has died raises, in the endpoint of whoever is speaking. What"
        " happens to those who come after it in the loop, and to the speaker? Lesson 05, “A dead"
        " member”. Or does your loop go over a collection from which the dead member is taken"
        " meanwhile? “A change during iteration”, there."
    )


def about_the_second_removal(server):
    """A collection was told to give up what it no longer had."""
    for error in server.remains().errors:
        if error["type"] in ("ValueError", "KeyError") and error["line"]:
            return (
                f"{error['type']} was raised in an endpoint, and ended it. Was a member taken out"
                " that was not there any more? Its own endpoint takes it out, and so may whoever"
                " could not send to it: the second one finds it gone."
            )
    return None


def about_the_thrown_out(came):
    """The speaker was thrown out."""
    if came is not None and not isinstance(came, str | bytes):
        return (
            "Ada had only sent a message. Sending it on to a member that has died raised in Ada's"
            " endpoint, and ended it. Lesson 05, “A dead member”."
        )
    return ONCE


def about_changes(_came):
    """A message was lost to somebody because members came and went."""
    return (
        "While the message was being sent, one member left, and others died that took nothing any"
        " more. Either sending to a dead one raised, in Ada's endpoint, and ended it (lesson 05,"
        " “A dead member”); or the collection changed under the loop, which then skips members or"
        " raises (lesson 05, “A change during iteration”); or a time-out for all of them together"
        " ended the loop; or somebody was taken out by a number that had changed meanwhile."
    )


def about_the_slow(_came):
    """A message was lost to somebody who was only slow."""
    return (
        "This member took nothing for a while, and then read on: it was alive. Meanwhile another"
        " one left, and one died. Either what was still being sent to others was given up when one"
        " send failed, as a TaskGroup does; or the collection changed under the loop, which then"
        " skips members (lesson 05, “A change during iteration”)."
    )
