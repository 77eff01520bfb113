"""The log: requests and responses in SQLite, written beside the serving of requests."""

from mockloop_server.log.queue import Log
from mockloop_server.log.record import Record

__all__ = ["Log", "Record"]
