# In another style: an application with other routes, a lifespan and middleware.

from contextlib import asynccontextmanager

from fastapi import FastAPI, WebSocket
from fastapi.middleware.cors import CORSMiddleware


@asynccontextmanager
async def lifespan(app: FastAPI):
    print("up")
    yield
    print("down")


app = FastAPI(lifespan=lifespan)
app.add_middleware(CORSMiddleware, allow_origins=["*"])


@app.get("/")
def home() -> dict[str, str]:
    return {"see": "/ws"}


async def numbered(texts):
    number = 0
    async for text in texts:
        number += 1
        yield f"{number}: {text}"


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for answer in numbered(websocket.iter_text()):
        await websocket.send_text(answer)


app.add_api_websocket_route("/ws", echo)

if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app)
