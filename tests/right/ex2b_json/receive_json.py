# In another style: `receive_json` and its two exceptions.

from json import JSONDecodeError
from statistics import mean

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, status

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket):
    await websocket.accept()
    values = []
    while True:
        try:
            message = await websocket.receive_json()
        except JSONDecodeError as error:
            await websocket.send_json({"error": error.msg, "position": error.pos})
            continue
        except WebSocketDisconnect:
            return
        except KeyError:
            await websocket.close(status.WS_1003_UNSUPPORTED_DATA)
            return
        match message:
            case {"value": bool()}:
                await websocket.send_json({"error": True})
            case {"value": int(value) | float(value)}:
                values.append(value)
                await websocket.send_json({"mean": mean(values), "count": len(values)})
            case dict():
                await websocket.send_json({"error": ["value"]})
            case _:
                await websocket.send_json({"error": None})
