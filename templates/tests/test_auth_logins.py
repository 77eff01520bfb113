"""What comes of one login: its code, its refresh tokens, and their end."""

import asyncio
import base64
import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest
from auth_calls import AUTH, bearer, call, held_to_contract, register, secured, token

from mockloop_server.auth import Auth, store
from mockloop_server.auth.signal import Signal
from mockloop_server.auth.store import Store

CALLBACK = "http://127.0.0.1:3999/callback"
PASSWORD = {"grant_type": "password", "username": "alice", "password": "one"}
REFRESH = {"grant_type": "refresh_token"}
VERIFIER = "v" * 43


@pytest.fixture
def mock(mock):
    return held_to_contract(mock)


def code(m, **form):
    """The code of a login in a browser."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest())
    more = {
        "response_type": "code",
        "client_id": "c",
        "redirect_uri": CALLBACK,
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
        "username": "alice",
        "password": "one",
    }
    answer = m("POST", "/authorize", data={**more, **form})
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def exchange(m, found, *, status=200, **form):
    more = {"grant_type": "authorization_code", "client_id": "c", "code_verifier": VERIFIER}
    return token(m, status=status, **{**more, "code": found, **form})


@pytest.mark.parametrize(
    "wrong", [{"scope": "read write"}, {"scope": 'a"b'}, {"client_id": "d"}], ids=str
)
def test_a_refresh_that_is_refused_uses_nothing_up(mock, wrong):
    m = secured(mock)
    first = token(m, **PASSWORD, scope="read", client_id="c")["refresh_token"]
    form = {**REFRESH, "client_id": "c", "refresh_token": first}
    assert token(m, status=400, **{**form, **wrong})
    assert token(m, **form)["scope"] == "read"


@pytest.mark.parametrize("wrong", [{"code_verifier": "w" * 43}, {"client_id": "d"}], ids=str)
def test_a_code_that_is_refused_is_not_used_up(mock, wrong):
    m = secured(mock)
    found = code(m)
    assert exchange(m, found, status=400, **wrong)["error"] == "invalid_grant"
    assert exchange(m, found)["scope"] == "read write"


def test_claims_that_cannot_be_made_use_nothing_up(mock):
    broken = []

    def claims(_):
        if broken:
            raise RuntimeError(broken.pop())
        return {}

    m = secured(mock, parts=[Auth(claims=claims)])
    form = {**REFRESH, "refresh_token": token(m, **PASSWORD)["refresh_token"]}
    found = code(m)
    broken.append("no roles")
    assert m("POST", "/token", data=form).status_code == 500
    assert token(m, **form)["token_type"] == "Bearer"
    broken.append("no roles")
    more = {"grant_type": "authorization_code", "client_id": "c", "code_verifier": VERIFIER}
    assert m("POST", "/token", data={**more, "code": found}).status_code == 500
    assert exchange(m, found)["token_type"] == "Bearer"


@pytest.mark.parametrize("kind", ["refresh", "code"])
def test_of_two_uses_at_once_no_token_stays_valid(mock, kind):
    form, during, answers = {}, [], []

    def claims(_):
        # Whoever else has it comes while the first is being served.
        if form and not during:
            during.append(True)
            other = m.client.post("/token", data=form)
            answers.append(asyncio.run_coroutine_threadsafe(other, m.loop).result(30))
        return {}

    m = secured(mock, parts=[Auth(claims=claims)])
    if kind == "refresh":
        form.update(REFRESH, refresh_token=token(m, **PASSWORD)["refresh_token"])
    else:
        form.update(grant_type="authorization_code", client_id="c", code_verifier=VERIFIER)
        form["code"] = code(m)
    answers.append(m("POST", "/token", data=form))
    assert sorted(each.status_code for each in answers) == [200, 400]
    for issued in (each.json() for each in answers if each.status_code == 200):
        assert call(m, **bearer(issued["access_token"]))[0] == 401
        again = {**REFRESH, "refresh_token": issued["refresh_token"], "client_id": "c"}
        assert token(m, status=400, **again)["error"] == "invalid_grant"


def test_a_login_that_ends_while_it_is_refreshed_gives_no_tokens(mock):
    ends = []

    def claims(_):
        if ends:
            ended = m.client.delete(ends.pop())
            asyncio.run_coroutine_threadsafe(ended, m.loop).result(30)
        return {}

    m = secured(mock, parts=[Auth(claims=claims)])
    form = {**REFRESH, "refresh_token": token(m, **PASSWORD)["refresh_token"]}
    ends.append(f"{AUTH}/tokens?subject=alice")
    assert token(m, status=400, **form)["error"] == "invalid_grant"


def test_a_refresh_gives_what_user_and_client_may_have_by_then(mock):
    m = secured(mock)
    register(m, "users", name="alice", password="one")
    register(m, "clients", client_id="c", client_secret="s")
    client = {"client_id": "c", "client_secret": "s"}
    issued = token(m, **PASSWORD, **client, scope="openid read write")
    paths = f"{AUTH}/clients/c", f"{AUTH}/users/alice"
    m("PATCH", paths[0], json={"scopes": ["read"]})
    form = {**REFRESH, **client}
    beyond = token(m, status=400, **form, refresh_token=issued["refresh_token"], scope="write")
    assert beyond["error"] == "invalid_scope"
    issued = token(m, **form, refresh_token=issued["refresh_token"])
    assert issued["scope"] == "openid read"
    m("PATCH", paths[1], json={"scopes": ["write"]})
    issued = token(m, **form, refresh_token=issued["refresh_token"])
    assert issued["scope"] == "openid"
    for path in paths:
        m("PATCH", path, json={"scopes": None})
    assert token(m, **form, refresh_token=issued["refresh_token"])["scope"] == "openid read write"


def test_a_refresh_of_a_login_without_scopes_gives_none(mock):
    m = secured(mock)
    register(m, "users", name="alice", password="one", scopes=[])
    issued = token(m, **PASSWORD)
    assert issued["scope"] == ""
    m("PATCH", f"{AUTH}/users/alice", json={"scopes": None})
    assert token(m, **REFRESH, refresh_token=issued["refresh_token"])["scope"] == ""


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "users/alice", {"password": "two"}),
        ("PATCH", "clients/c", {"client_secret": "s"}),
        ("DELETE", "tokens?subject=alice", None),
        ("DELETE", "tokens?client_id=c", None),
        ("DELETE", "tokens", None),
    ],
)
def test_a_code_ends_where_tokens_of_its_user_or_client_do(mock, method, path, body):
    m = secured(mock)
    register(m, "users", name="alice", password="one")
    register(m, "users", name="bob", password="one")
    register(m, "clients", client_id="c", client_secret="s", redirect_uris=[CALLBACK])
    register(m, "clients", client_id="d", client_secret="s", redirect_uris=[CALLBACK])
    ended, other = code(m), code(m, username="bob", client_id="d")
    m(method, f"{AUTH}/{path}", json=body)
    refused = exchange(m, ended, status=400, client_secret="s")
    assert refused["error"] == "invalid_grant"
    status = 400 if path == "tokens" else 200
    assert exchange(m, other, status=status, client_id="d", client_secret="s")


@pytest.fixture
def announced(monkeypatch):
    """The changes that all workers are told of."""
    found = []
    real = Signal.announce
    monkeypatch.setattr(Signal, "announce", lambda self: found.append(1) or real(self))
    return found


def test_what_changes_nothing_is_not_announced(mock, announced, monkeypatch):
    m = secured(mock)
    register(m, "users", name="alice", password="one")
    register(m, "users", name="bob")
    issued = token(m, **PASSWORD)
    token(m, **REFRESH, refresh_token=issued["refresh_token"])
    token(m, status=400, **REFRESH, refresh_token=issued["refresh_token"])
    announced.clear()
    for text in ("nothing", "no.thing.here", issued["access_token"], issued["refresh_token"]):
        assert m("POST", "/revoke", data={"token": text}).status_code == 200
    token(m, status=400, **REFRESH, refresh_token=issued["refresh_token"])
    for method, path, body, status in (
        ("POST", "users", {"name": "bob"}, 409),
        ("PATCH", "keys/7", {"name": "x"}, 404),
        ("DELETE", "users/nobody", None, 404),
        ("DELETE", "tokens?subject=nobody", None, 200),
    ):
        assert m(method, f"{AUTH}/{path}", json=body).status_code == status
    assert announced == []
    monkeypatch.setattr(Store, "writing", None)
    for text in ("nothing", "no.thing.here", issued["access_token"], issued["refresh_token"]):
        assert m("POST", "/revoke", data={"token": text}).status_code == 200


def test_what_changes_something_is_announced_once(mock, announced):
    m = secured(mock)
    for kind in ("access_token", "refresh_token"):
        text = token(m, **PASSWORD)[kind]
        announced.clear()
        assert m("POST", "/revoke", data={"token": text}).status_code == 200
        assert announced == [1]
    announced.clear()
    register(m, "users", name="bob")
    m("DELETE", f"{AUTH}/users/bob")
    assert announced == [1, 1]


def test_used_refresh_tokens_are_forgotten_for_want_of_room(mock, monkeypatch):
    monkeypatch.setattr(store, "_MOST_TOKENS", 6)
    m = secured(mock)
    first = issued = token(m, **PASSWORD)
    assert m("POST", "/revoke", data={"token": first["access_token"]}).status_code == 200
    for _ in range(10):
        issued = token(m, **REFRESH, refresh_token=issued["refresh_token"])
    shown = m.get(f"{AUTH}/tokens?limit=100").json()["tokens"]
    assert len([each for each in shown if each["kind"] == "refresh"]) == 3
    # A token that is valid by its signature is not forgotten to be revoked.
    assert call(m, **bearer(first["access_token"]))[0] == 401
    assert token(m, status=400, **REFRESH, refresh_token=first["refresh_token"])
    assert call(m, **bearer(issued["access_token"]))[0] == 200
