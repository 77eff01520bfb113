"""Webhooks and callbacks: whoever wants to know is told of what happens."""

from mockloop_server.webhooks.message import Message
from mockloop_server.webhooks.part import Webhooks

__all__ = ["Message", "Webhooks"]
