"""Airflow's simple sign-in, which slows down after wrong passwords: named in
AIRFLOW__CORE__AUTH_MANAGER, run by the API server."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

FREE_TRIES, LONGEST_WAIT = 3, 60.0
"""Wrong passwords of one address that cost nothing, and the seconds that each further one costs at
most: 2, 4, 8 ..."""
FORGOTTEN_AFTER = 900.0
"""Seconds without a try after which an address begins anew."""

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]],
    Awaitable[None],
]


class SlowSignIn(SimpleAuthManager):  # type: ignore[misc]
    """The simple auth manager behind `WrongPasswords`."""

    def get_fastapi_app(self) -> Any:
        """The sign-in's own pages and routes."""
        app = super().get_fastapi_app()
        app.add_middleware(WrongPasswords)
        return app


class WrongPasswords:
    """Answers 429 and how long to wait, to an address that tried too many passwords. A try counts
    as wrong until it proves right, so that many at once gain nothing."""

    def __init__(self, app: App, clock: Callable[[], float] = time.monotonic) -> None:
        self.app, self.clock = app, clock
        self.tries: dict[str, tuple[int, float]] = {}

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """One request."""
        if (
            scope["type"] != "http"
            or scope["method"] != "POST"
            or not scope["path"].endswith(("/token", "/token/cli"))
        ):
            await self.app(scope, receive, send)
            return
        address, now = (scope.get("client") or ("unknown", 0))[0], self.clock()
        self.tries = {
            one: (count, last)
            for one, (count, last) in self.tries.items()
            if now - last < FORGOTTEN_AFTER
        }
        count, last = self.tries.get(address, (0, now))
        wait = last + wait_after(count) - now
        if wait > 0:
            body = json.dumps(
                {"detail": f"too many wrong passwords: try again in {math.ceil(wait)} s"}
            ).encode()
            headers = [
                (b"content-type", b"application/json"),
                (b"retry-after", str(math.ceil(wait)).encode()),
            ]
            await send({"type": "http.response.start", "status": 429, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        self.tries[address] = (count + 1, now)

        async def look_at_answer(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 300:
                self.tries.pop(address, None)
            await send(message)

        await self.app(scope, receive, look_at_answer)


def wait_after(count: int) -> float:
    """Seconds to wait after so many wrong passwords in a row."""
    return 0.0 if count < FREE_TRIES else min(2.0 ** (count - FREE_TRIES + 1), LONGEST_WAIT)
