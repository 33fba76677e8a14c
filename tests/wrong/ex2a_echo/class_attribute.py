# The mistake: the number is an attribute of the class, raised for all.
# Caught by: test_counts_the_messages_of_each_connection_by_itself
# Says: the number seems to live outside

from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket


class Echo(WebSocketEndpoint):
    encoding = "text"
    number = 0

    async def on_receive(self, websocket: WebSocket, data: str) -> None:
        Echo.number += 1
        await websocket.send_text(f"{Echo.number}: {data}")


app = Starlette(routes=[WebSocketRoute("/ws", Echo)])
