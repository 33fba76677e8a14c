"""The relay between a worker and its broker: what is held, late, dropped or refused, and when."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Lost

from workbook.broker import Broker, kinds
from workbook.relay import Relay

pytestmark = pytest.mark.skipif(not kinds(), reason="no broker can be started here")
DEADLINE = 10.0  # seconds


@pytest.fixture(scope="module", params=kinds())
def broker(request: pytest.FixtureRequest) -> Iterator[Broker]:
    with Broker(kind=request.param) as running:
        yield running


@pytest.fixture(autouse=True)
def empty(broker: Broker) -> None:
    broker.reset()


def on_loop(scenario: Callable[[Relay, Redis, Redis], Awaitable[None]], broker: Broker) -> None:
    """Run a scenario with a relay, a client behind it and one that talks to the broker itself."""

    async def run() -> None:
        async with (
            asyncio.timeout(DEADLINE),
            Relay(broker.host, broker.port) as relay,
            client(relay.url) as behind,
            client(broker.url) as direct,
        ):
            await scenario(relay, behind, direct)
        assert relay.connections == 0

    with asyncio.Runner() as runner:
        runner.run(run())


@asynccontextmanager
async def client(url: str) -> AsyncIterator[Redis]:
    redis = Redis.from_url(url, decode_responses=True, retry=Retry(NoBackoff(), 0))
    try:
        yield redis
    finally:
        await redis.aclose()


async def subscribed(redis: Redis, channel: str):
    pubsub = redis.pubsub()
    await pubsub.subscribe(channel)
    assert (await pubsub.get_message(timeout=DEADLINE))["type"] == "subscribe"
    return pubsub


async def next_data(pubsub) -> str:
    return (await pubsub.get_message(timeout=DEADLINE))["data"]


def test_bytes_pass_both_ways_and_are_counted(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        large = "x" * 3_000_000
        await behind.set("key", large)
        assert await direct.get("key") == large
        assert await behind.get("key") == large
        assert relay.opened == relay.connections == 1
        assert relay.arrived == relay.passed
        assert relay.passed["to broker"] > 3_000_000 < relay.passed["to worker"]

    on_loop(scenario, broker)


def test_traffic_changes_with_an_end_that_has_no_bytes(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        await behind.ping()
        before = relay.traffic
        await direct.ping()
        assert relay.traffic == before
        passed = relay.passed
        await behind.aclose()
        await relay.until(lambda relay: not relay.connections)
        assert relay.passed == passed
        assert relay.traffic != before

    on_loop(scenario, broker)


def test_what_is_held_arrives_later_whole_and_in_order(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        await behind.ping()
        relay.hold("to broker")
        pipeline = behind.pipeline(transaction=False)
        for number in range(200):
            pipeline.rpush("list", number)
        pushing = asyncio.create_task(pipeline.execute())
        await relay.seen(b"RPUSH", count=200)
        assert await direct.llen("list") == 0
        relay.release("to broker")
        await pushing
        assert await direct.lrange("list", 0, -1) == [str(n) for n in range(200)]

    on_loop(scenario, broker)


def test_holding_the_answers_lets_the_questions_through(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        await behind.ping()
        relay.hold("to worker")
        answer = asyncio.create_task(behind.incr("n"))
        await relay.seen(b":1\r\n", "to worker")
        assert await direct.get("n") == "1"
        assert not answer.done()
        relay.release()
        assert await answer == 1

    on_loop(scenario, broker)


def test_a_subscription_can_be_held_while_other_commands_pass(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        await behind.ping()
        relay.hold("to broker", only="pubsub")
        subscribing = asyncio.create_task(subscribed(behind, "CHAT"))
        await relay.seen(b"SUBSCRIBE")
        assert await behind.publish("CHAT", "nobody hears this") == 0
        assert broker.subscriptions() == {}
        relay.release()
        pubsub = await subscribing
        assert broker.subscriptions() == {"CHAT": 1}
        assert await behind.publish("CHAT", "hello") == 1
        assert await next_data(pubsub) == "hello"
        await pubsub.aclose()

    on_loop(scenario, broker)


def test_a_delay_is_kept_to_and_keeps_the_order(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        loop = asyncio.get_running_loop()
        pubsub = await subscribed(behind, "CHAT")
        relay.delay(0.05, "to worker")
        began = loop.time()
        await direct.publish("CHAT", "0")
        await relay.seen(b"message", "to worker")
        relay.delay(0)  # what comes now would overtake, were the order not kept
        for number in range(1, 50):
            await direct.publish("CHAT", number)
        assert [await next_data(pubsub) for _ in range(50)] == [str(n) for n in range(50)]
        assert loop.time() - began >= 0.05
        await pubsub.aclose()

    on_loop(scenario, broker)


def test_a_delay_of_the_questions_alone(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        await behind.ping()
        relay.delay(0.05, "to broker", only="commands")
        began = asyncio.get_running_loop().time()
        await behind.ping()
        assert asyncio.get_running_loop().time() - began >= 0.05

    on_loop(scenario, broker)


def test_what_is_delayed_is_on_its_way_and_what_is_held_is_not(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        await behind.ping()
        relay.delay(0.02, "to broker")
        answer = asyncio.create_task(behind.incr("n"))
        await relay.seen(b"INCR")
        assert relay.on_its_way
        relay.hold("to broker")
        assert not relay.on_its_way
        relay.release()
        assert await answer == 1
        assert not relay.on_its_way

    on_loop(scenario, broker)


def test_a_cut_resets_and_refuses_until_it_is_restored(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        pubsub = await subscribed(behind, "CHAT")
        port = relay.port
        relay.cut()
        with pytest.raises(Lost):
            await pubsub.get_message(timeout=DEADLINE)
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
        assert relay.connections == 0
        await direct.ping()
        assert broker.subscriptions() == {}
        await relay.restore()
        assert relay.port == port
        assert await behind.ping()
        await pubsub.aclose()

    on_loop(scenario, broker)


def test_the_port_of_a_cut_relay_is_given_to_nobody_else(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        relay.cut()
        with socket.socket() as thief, pytest.raises(OSError, match="in use"):
            thief.bind(("127.0.0.1", relay.port))
        await relay.restore()
        await relay.restore()  # the second time does nothing
        assert await behind.ping()

    on_loop(scenario, broker)


def test_a_cut_is_a_reset_on_the_wire(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"PING\r\n")
        assert await reader.readline() == b"+PONG\r\n"
        relay.cut()
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()

    on_loop(scenario, broker)


def test_a_drop_can_choose_the_subscribers(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        ours = await behind.client_id()
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"*2\r\n$9\r\nsubscribe\r\n$4\r\nCHAT\r\n")
        await relay.seen(b":1\r\n", "to worker")
        assert broker.subscriptions() == {"CHAT": 1}
        relay.drop(only="pubsub")
        with pytest.raises(ConnectionResetError):
            while await reader.read(100):
                pass
        assert await behind.client_id() == ours
        await direct.ping()  # the broker has taken notice of the reset when it answers the next one
        assert broker.subscriptions() == {}
        pubsub = await subscribed(behind, "CHAT")  # a new connection is welcome
        assert broker.subscriptions() == {"CHAT": 1}
        writer.close()
        await pubsub.aclose()

    on_loop(scenario, broker)


def test_a_polite_end_goes_through_after_all_bytes(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        await direct.set("key", "x" * 1_000_000)
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"GET key\r\nQUIT\r\n")
        answer = await reader.read()  # to the end
        assert answer.startswith(b"$1000000\r\nxxx")
        assert answer.endswith(b"\r\n+OK\r\n")
        writer.close()
        await relay.until(lambda relay: relay.connections == 0)

    on_loop(scenario, broker)


def test_a_broker_that_is_away_resets_the_worker(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        with broker.away(), pytest.raises((Lost, OSError)):
            await behind.ping()
        assert await behind.ping()

    on_loop(scenario, broker)


def test_waiting_in_vain_says_what_came(broker: Broker) -> None:
    async def scenario(relay: Relay, behind: Redis, direct: Redis) -> None:
        await behind.publish("CHAT", "once")
        with pytest.raises(TimeoutError, match=r"'PUBLISH' came 1 times to broker in 0\.01 s"):
            await relay.seen(b"PUBLISH", count=2, timeout=0.01)

    on_loop(scenario, broker)
