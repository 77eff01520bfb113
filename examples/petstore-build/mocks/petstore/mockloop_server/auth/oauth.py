"""What all endpoints of OAuth 2 have in common: forms, errors, clients and users."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote_plus

from mockloop_server.admin.contract import ok
from mockloop_server.answer import Answer
from mockloop_server.auth.passwords import Passwords
from mockloop_server.auth.schemes import basic
from mockloop_server.auth.state import (
    Client,
    State,
    User,
    any_client,
    any_user,
    is_over,
)

FORM = "application/x-www-form-urlencoded"
LARGEST = 64 * 1024
"""The bytes that a request to one of the endpoints may have."""

_MOST_FIELDS = 100
_LONGEST_NAME = 200

Form = Mapping[str, str]


class OAuthError(Exception):
    """A request that is refused with an error of RFC 6749, section 5.2."""

    def __init__(
        self, error: str, description: str, status: int = 400, challenge: str = ""
    ) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status
        self.challenge = challenge

    def answer(self) -> Answer:
        """The error as JSON."""
        headers = [("WWW-Authenticate", self.challenge)] if self.challenge else []
        found = {"error": self.error, "error_description": self.description}
        return told(found, self.status, *headers)


def told(value: object, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """JSON that nobody may keep."""
    return ok(value, status, ("Pragma", "no-cache"), *headers)


def fields(data: bytes) -> dict[str, str]:
    """The fields of a form or a query; each may be there once."""
    try:
        pairs = parse_qsl(
            data.decode(), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
        )
    except ValueError:
        raise OAuthError("invalid_request", "The form cannot be read.") from None
    found = dict(pairs)
    if len(found) != len(pairs):
        raise OAuthError("invalid_request", "A field is there more than once.")
    if any("\0" in value for value in found.values()):
        raise OAuthError("invalid_request", "A field has a null character.")
    return found


def is_of(client_id: str | None, client: Client | None, state: State) -> bool:
    """Whether a client may use what was given to another call of itself."""
    if client is None:
        return client_id is None or not state.clients
    return client_id == client.client_id


class Accounts:
    """Finds out who logs in: registered users and clients, or anybody where there are none."""

    def __init__(self, passwords: Passwords, realm: str, *, strict: bool) -> None:
        self._passwords = passwords
        self._strict = strict
        self._challenge = f'Basic realm="{realm}"'

    async def user(self, state: State, name: str, password: str) -> User | None:
        """The user whose name and password these are."""
        if not name or len(name) > _LONGEST_NAME:
            return None
        if not state.users:
            return any_user(name)
        user = state.users.get(name)
        if user is None or is_over(user.expires):
            return None
        return user if await self._passwords.check(user.password, password) else None

    async def client(self, state: State, form: Form, header: str | None) -> Client | None:
        """The client that calls, by its header or by fields; none where none says who it is."""
        client_id, secret = form.get("client_id"), form.get("client_secret")
        challenge = ""
        if header is not None and header.lower().startswith("basic "):
            challenge = self._challenge
            if secret is not None:
                raise OAuthError("invalid_request", "A client shows its secret in one way alone.")
            found = basic(header)
            if found is None:
                raise self._refused("The Authorization header cannot be read.", challenge)
            # RFC 6749, section 2.3.1: each is encoded as in a form first.
            client_id, secret = (unquote_plus(part) for part in found.split(":", 1))
        if not client_id:
            if state.clients:
                raise self._refused("Say which client this is.", self._challenge)
            return None
        if len(client_id) > _LONGEST_NAME or "\0" in client_id:
            raise self._refused("There is no such client.", challenge)
        if not state.clients:
            return any_client(client_id)
        client = state.clients.get(client_id)
        if client is None or is_over(client.expires):
            raise self._refused("There is no such client.", challenge)
        if client.secret is not None and not await self._passwords.check(
            client.secret, secret or ""
        ):
            raise self._refused("The secret of the client is wrong.", challenge)
        return client

    def check_secret(self, state: State, client: Client | None) -> None:
        """Refuse a client that has said who it is, and shown nothing for it."""
        if state.clients and (client is None or client.is_public):
            raise self._refused("A client with a secret is needed.", self._challenge)

    def has_own_tokens(self, state: State, client: Client) -> bool:
        """Whether a client may get tokens for itself, whose subject it is."""
        # One that nobody has registered could be called as a user is.
        return client.client_id in state.clients or not (self._strict or state.users)

    def _refused(self, description: str, challenge: str) -> OAuthError:
        # Where a client used the header, the answer has to have one too.
        return OAuthError("invalid_client", description, 401, challenge)
