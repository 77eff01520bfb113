"""Who may call a mock: the description's security, credentials, and tokens of OAuth 2 and OpenID.

`Auth` is the part; a request is judged by `gate.py`, what it knows of credentials is in `state.py`.
"""

from mockloop_server.auth.auth import Auth
from mockloop_server.auth.gate import Caller
from mockloop_server.auth.tokens import Grant

__all__ = ["Auth", "Caller", "Grant"]
