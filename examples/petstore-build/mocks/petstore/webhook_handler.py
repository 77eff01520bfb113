"""What is sent to webhooks and callbacks; the place to change or to filter it."""

from __future__ import annotations

from mockloop_server.webhooks import Message, Webhooks


def before_sending(message: Message) -> Message | None:
    """Change a message before it is sent, or give `None` so that it is not.

    It is called once for each message, on a thread of its own, whatever number of attempts it then
    takes. For instance:

        if message.event == "request.received" and message.json["data"]["path"] == "/health":
            return None
        message.headers["X-Environment"] = "test"
    """
    return message


def make_webhooks() -> Webhooks:
    """The part of the server that sends them; `docs/webhooks.md` of MockLoop tells of it."""
    return Webhooks(before_sending)
