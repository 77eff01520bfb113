"""The engine of a MockLoop mock server: the same in every project, made to be left as it is.

`api.json` says what to answer; handlers in `routes/` may answer in their own way.
"""

from mockloop_server.answer import Answer
from mockloop_server.api import ApiError
from mockloop_server.call import Call, Routes
from mockloop_server.server import MockApp, MockServer
from mockloop_server.settings import Settings, SettingsError, StartError, plain_errors

__all__ = [
    "Answer",
    "ApiError",
    "Call",
    "MockApp",
    "MockServer",
    "Routes",
    "Settings",
    "SettingsError",
    "StartError",
    "plain_errors",
]
