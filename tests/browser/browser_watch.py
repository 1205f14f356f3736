"""What a page did that it should not."""

from __future__ import annotations

from playwright.sync_api import BrowserContext


class Watch:
    """Requests elsewhere, errors, dialogs."""

    def __init__(self, context: BrowserContext) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.dialogs: list[str] = []
        context.on("request", lambda request: self.requests.append(request.url))
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        context.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))

    def elsewhere(self, url: str) -> list[str]:
        return [each for each in self.requests if not each.startswith((f"{url}/", "data:"))]
