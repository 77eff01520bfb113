"""The admin API: what watches and steers the server while it runs.

`openapi.json` beside this file is its contract; requests are routed, read and checked as that
says, by the same code that serves the mock.
"""

from mockloop_server.admin.contract import Admin, AdminCall, Handlers, Refused
from mockloop_server.admin.guard import Guard

__all__ = ["Admin", "AdminCall", "Guard", "Handlers", "Refused"]
