"""The event loop in which a run's own clients talk: it can say that it has nothing left to do."""

import asyncio
import selectors


class OwnLoop(asyncio.SelectorEventLoop):
    """A selector event loop that turns only while a check waits for something."""

    def __init__(self) -> None:
        self._own_selector = _Selector()
        super().__init__(self._own_selector)

    async def until_idle(self) -> None:
        """Return when no callback is ready and nothing that arrived is left to be read."""
        self._own_selector.idle = idle = self.create_future()
        await idle


class _Selector(selectors.DefaultSelector):
    """asyncio lets it wait exactly when no callback is ready."""

    idle: asyncio.Future[None] | None = None

    def select(self, timeout: float | None = None) -> list:
        if self.idle is None or (timeout is not None and timeout <= 0):
            return super().select(timeout)
        ready = super().select(0)
        if not ready:
            if not self.idle.done():
                self.idle.set_result(None)
            self.idle = None
        return ready
