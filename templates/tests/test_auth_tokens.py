"""Tokens: the grants that give them, and what becomes of them."""

import base64
import json

import httpx
import pytest
from auth_calls import (
    AUTH,
    SCHEMES,
    basic,
    bearer,
    call,
    held_to_contract,
    register,
    secured,
    token,
)
from describe import op

from mockloop_server.auth import Auth

CLIENT = {"grant_type": "client_credentials", "client_id": "c"}
PASSWORD = {"grant_type": "password", "username": "alice", "password": "one"}


@pytest.fixture
def mock(mock):
    return held_to_contract(mock)


def claims(text):
    part = text.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def resigned(text, header=None, **changed):
    """A token with other contents and the old signature."""
    parts = text.split(".")
    for at, change in ((0, header or {}), (1, changed)):
        found = json.loads(base64.urlsafe_b64decode(parts[at] + "=" * (-len(parts[at]) % 4)))
        data = json.dumps({**found, **change}).encode()
        parts[at] = base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    return ".".join(parts)


def test_anybody_gets_a_token_where_nobody_is_registered(mock):
    m = secured(mock, "oauth", ["read"])
    issued = token(m, grant_type="password", username="bob", password="any")
    assert issued["scope"] == "read write"
    assert issued["expires_in"] == 3600
    found = claims(issued["access_token"])
    assert found["sub"] == "bob"
    assert found["iss"] == found["aud"] == "http://127.0.0.1"
    assert found["exp"] - found["iat"] == 3600
    assert call(m, **bearer(issued["access_token"]))[0] == 200


def test_registered_users_alone_log_in_once_there_is_one(mock):
    m = secured(mock)
    register(m, "users", name="alice", password="one", scopes=["read"], claims={"sub": "x", "a": 1})
    issued = token(m, **PASSWORD)
    assert issued["scope"] == "read"
    assert claims(issued["access_token"])["sub"] == "alice"
    assert claims(issued["access_token"])["a"] == 1
    for wrong in ({"password": "two"}, {"username": "bob"}):
        assert token(m, status=400, **{**PASSWORD, **wrong})["error"] == "invalid_grant"
    beyond = token(m, status=400, **PASSWORD, scope="read write")
    assert beyond["error"] == "invalid_scope"


def test_registered_clients_alone_get_tokens_once_there_is_one(mock):
    m = secured(mock)
    register(m, "clients", client_id="c", client_secret="s p%")
    grant = {"grant_type": "client_credentials"}
    assert token(m, **grant, client_id="c", client_secret="s p%")["scope"] == "read write"
    assert token(m, **grant, auth=("c", "s+p%25"))["token_type"] == "Bearer"
    assert "refresh_token" not in token(m, **grant, auth=("c", "s+p%25"))
    for form, auth in (
        ({"client_id": "c", "client_secret": "wrong"}, None),
        ({"client_id": "other"}, None),
        ({}, ("c", "wrong")),
        ({}, None),
    ):
        assert token(m, status=401, **grant, **form, auth=auth)["error"] == "invalid_client"


def test_a_client_that_fails_by_its_header_is_challenged(mock):
    m = secured(mock)
    register(m, "clients", client_id="c", client_secret="s")
    headers = {"authorization": basic("c", "wrong")}
    answer = m("POST", "/token", data={"grant_type": "client_credentials"}, headers=headers)
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "implicit"}, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "a"}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "invalid_client"),
        ({**CLIENT, "scope": "admin"}, "invalid_scope"),
        ({**CLIENT, "scope": 'a"b'}, "invalid_scope"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "x"}, "invalid_grant"),
        ({"grant_type": "password", "username": "a\0", "password": "b"}, "invalid_request"),
    ],
)
def test_errors_are_those_of_the_standard(mock, form, error):
    answer = secured(mock)("POST", "/token", data=form)
    assert answer.status_code == (401 if error == "invalid_client" else 400)
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{}", "application/json"),
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded"),
        (b"\xff=\xfe", "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=" % n for n in range(500)), "application/x-www-form-urlencoded"),
    ],
)
def test_a_form_that_cannot_be_read_is_an_invalid_request(mock, content, kind):
    m = secured(mock)
    answer = m("POST", "/token", content=content, headers={"content-type": kind})
    assert answer.json()["error"] == "invalid_request"


def test_other_methods_and_large_bodies_are_refused(mock):
    m = secured(mock)
    assert m.get("/token").status_code == 405
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert m("POST", "/token", content=b"a" * 70_000, headers=headers).status_code == 413


def test_a_token_without_a_needed_scope_is_forbidden(mock):
    m = secured(mock, "oauth", ["write"])
    status, challenge = call(m, **bearer(token(m, **CLIENT, scope="read")["access_token"]))
    assert status == 403
    assert 'error="insufficient_scope"' in challenge
    assert call(m, **bearer(token(m, **CLIENT, scope="write")["access_token"]))[0] == 200


def test_without_scopes_in_the_description_a_client_gets_those_that_it_was_given(mock):
    operation = op("GET", "/a", security=[[{"scheme": "bearer"}]], id="a")
    schemes = [{"name": "bearer", "type": "http", "scheme": "bearer"}]
    m = mock(operation, security_schemes=schemes)
    made = register(m, "clients", scopes=["reports", "openid"])
    of_client = {"client_id": made["client_id"], "client_secret": made["client_secret"]}
    assert token(m, grant_type="client_credentials", **of_client)["scope"] == "reports"


def test_an_expired_token_is_invalid(mock, monkeypatch):
    from mockloop_server.auth import tokens

    m = secured(mock)
    issued = token(m, **CLIENT)["access_token"]
    assert call(m, **bearer(issued))[0] == 200
    now = claims(issued)["exp"]
    monkeypatch.setattr(tokens.time, "time", lambda: now)
    status, challenge = call(m, **bearer(issued))
    assert status == 401
    assert 'error="invalid_token"' in challenge
    assert "expired" in challenge


def test_a_revoked_token_is_invalid_at_once(mock):
    m = secured(mock)
    issued = token(m, **CLIENT)["access_token"]
    assert call(m, **bearer(issued))[0] == 200
    (row,) = m.get(f"{AUTH}/tokens").json()["tokens"]
    assert (row["subject"], row["active"]) == ("c", True)
    assert row["jti"] == claims(issued)["jti"]
    assert m("DELETE", f"{AUTH}/tokens/{row['id']}").status_code == 204
    status, challenge = call(m, **bearer(issued))
    assert status == 401
    assert "revoked" in challenge
    assert m.get(f"{AUTH}/tokens/{row['id']}").json()["active"] is False


def test_the_end_of_a_user_is_that_of_the_tokens(mock):
    m = secured(mock)
    register(m, "users", name="alice", password="one")
    register(m, "users", name="bob", password="two")
    alice = token(m, **PASSWORD)
    bob = token(m, **{**PASSWORD, "username": "bob", "password": "two"})
    m("DELETE", f"{AUTH}/users/alice")
    assert call(m, **bearer(alice["access_token"]))[0] == 401
    assert call(m, **bearer(bob["access_token"]))[0] == 200
    refresh = {"grant_type": "refresh_token", "refresh_token": alice["refresh_token"]}
    assert token(m, status=400, **refresh)["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "forged",
    [
        lambda text: resigned(text, scope="read write admin"),
        lambda text: resigned(text, header={"alg": "none"}),
        lambda text: resigned(text, header={"alg": "HS256"}),
        lambda text: resigned(text, header={"crit": ["x"]}),
        lambda text: text.rsplit(".", 1)[0] + ".",
    ],
)
def test_a_forged_token_of_ours_is_refused_where_any_other_is_accepted(mock, forged):
    m = secured(mock)
    issued = token(m, **CLIENT)["access_token"]
    assert call(m, authorization="Bearer any.thing.else")[0] == 200
    status, challenge = call(m, **bearer(forged(issued)))
    assert status == 401
    assert 'error="invalid_token"' in challenge


def test_a_token_that_is_too_long_is_not_issued(mock):
    m = secured(mock)
    body = {"subject": "x", "claims": {"text": "x" * 12_000}}
    answer = m("POST", f"{AUTH}/tokens", json=body)
    assert answer.status_code == 400
    assert "16384" in answer.json()["detail"]
    register(m, "users", name="alice", password="one", claims=body["claims"])
    refused = token(m, status=400, **PASSWORD, scope="openid")
    assert refused["error"] == "invalid_request"
    assert "16384" in refused["error_description"]


def test_a_token_of_ours_is_known_however_long_it_is(mock):
    m = secured(mock)
    issued = token(m, **CLIENT)["access_token"]
    assert call(m, **bearer(resigned(issued, note="x" * 20_000)))[0] == 401
    assert call(m, authorization=f"Bearer {'x' * 20_000}.y.z")[0] == 200


def test_an_id_token_is_no_access_token(mock):
    m = secured(mock)
    issued = token(m, **PASSWORD, client_id="c", scope="openid read")
    assert call(m, **bearer(issued["id_token"]))[0] == 401


def test_a_refresh_token_is_used_once_and_a_second_use_ends_the_login(mock):
    m = secured(mock)
    first = token(m, **PASSWORD, scope="read write")
    form = {"grant_type": "refresh_token"}
    second = token(m, **form, refresh_token=first["refresh_token"], scope="read")
    assert second["scope"] == "read"
    third = token(m, **form, refresh_token=second["refresh_token"])
    assert third["scope"] == "read write"
    assert call(m, **bearer(third["access_token"]))[0] == 200
    again = token(m, status=400, **form, refresh_token=first["refresh_token"])
    assert again["error"] == "invalid_grant"
    assert call(m, **bearer(third["access_token"]))[0] == 401
    assert token(m, status=400, **form, refresh_token=third["refresh_token"])


def test_a_refresh_gives_no_more_scopes_and_serves_no_other_client(mock):
    m = secured(mock)
    form = {"grant_type": "refresh_token", "client_id": "c"}
    refresh = token(m, **PASSWORD, scope="read", client_id="c")["refresh_token"]
    wider = token(m, status=400, **form, refresh_token=refresh, scope="write")
    assert wider["error"] == "invalid_scope"
    refresh = token(m, **PASSWORD, scope="read", client_id="c")["refresh_token"]
    other = token(m, status=400, **{**form, "client_id": "d"}, refresh_token=refresh)
    assert other["error"] == "invalid_grant"


def test_introspection_and_revocation(mock):
    m = secured(mock)
    issued = token(m, **PASSWORD, client_id="c", scope="read")
    access, refresh = issued["access_token"], issued["refresh_token"]

    def active(text):
        return m("POST", "/introspect", data={"token": text}).json()["active"]

    found = m("POST", "/introspect", data={"token": access}).json()
    assert (found["sub"], found["scope"], found["client_id"]) == ("alice", "read", "c")
    assert active(access) and active(refresh)
    assert not active("nothing") and not active("no.thing.here")
    assert m("POST", "/revoke", data={"token": "nothing"}).status_code == 200
    assert m("POST", "/revoke", data={"token": access}).status_code == 200
    assert not active(access) and active(refresh)
    assert m("POST", "/revoke", data={"token": refresh}).status_code == 200
    assert not active(refresh)


def test_only_registered_clients_ask_about_tokens_once_there_is_one(mock):
    m = secured(mock)
    register(m, "clients", client_id="c", client_secret="s")
    assert m("POST", "/introspect", data={"token": "x"}).status_code == 401
    headers = {"authorization": basic("c", "s")}
    assert m("POST", "/introspect", data={"token": "x"}, headers=headers).json() == {
        "active": False
    }


def test_the_admin_api_issues_tokens_for_tests(mock):
    m = secured(mock, "oauth", ["write"])
    more = {"roles": ["vet"], "exp": 1}
    issued = register(m, "tokens", subject="x", scopes=["write"], expires_in=60, claims=more)
    found = claims(issued["access_token"])
    assert found["exp"] - found["iat"] == 60
    assert found["roles"] == ["vet"]
    assert call(m, **bearer(issued["access_token"]))[0] == 200
    assert m("DELETE", f"{AUTH}/tokens?subject=x").json() == {"revoked": 1}
    assert call(m, **bearer(issued["access_token"]))[0] == 401


def test_described_paths_win_and_leave_the_issuer_below_the_prefix(mock):
    described = op("POST", "/token", id="own")
    m = mock(described, security_schemes=SCHEMES)
    assert m("POST", "/token", json={}).json() == {}
    assert m.get("/.well-known/openid-configuration").status_code == 404
    found = m.get("/__mockloop/.well-known/openid-configuration").json()
    assert found["issuer"] == "http://127.0.0.1/__mockloop"
    assert found["token_endpoint"] == "http://127.0.0.1/__mockloop/token"
    issued = token(m, "/__mockloop/token", **CLIENT)
    assert claims(issued["access_token"])["iss"] == found["issuer"]


def test_the_issuer_is_the_configured_one_or_of_a_usable_host(mock):
    m = secured(mock, env={"MOCKLOOP_ISSUER": "https://login.example/x/"})
    found = m.get("/.well-known/openid-configuration").json()
    assert found["issuer"] == "https://login.example/x"
    assert found["token_endpoint"] == "https://login.example/x/token"
    m = secured(mock)
    path = "/.well-known/openid-configuration"
    assert m.get(path, host="mock.test:1").json()["issuer"] == "http://mock.test:1"
    assert m.get(path, host='a"b').status_code == 400
    assert m.get(path, host="a/b").status_code == 400


@pytest.mark.parametrize("is_described", [True, False])
def test_an_issuer_below_the_prefix_is_where_it_says(mock, is_described):
    described = [op("POST", "/revoke", id="own")] if is_described else []
    issuer = "https://login.example/x/__mockloop"
    m = mock(*described, security_schemes=SCHEMES, env={"MOCKLOOP_ISSUER": issuer})
    found = m.get("/__mockloop/.well-known/openid-configuration").json()
    assert found["issuer"] == issuer
    assert found["token_endpoint"] == f"{issuer}/token"
    assert found["jwks_uri"] == f"{issuer}/jwks.json"


@pytest.mark.parametrize("configured", ["", "https://x.test", "https://x.test/__mockloop"])
@pytest.mark.parametrize("is_described", [True, False])
def test_all_tokens_are_of_the_issuer_that_discovery_tells(mock, configured, is_described):
    described = [op("POST", "/revoke", id="own")] if is_described else []
    env = {"MOCKLOOP_ISSUER": configured}
    m = mock(*described, security_schemes=SCHEMES, env=env)
    prefix = "/__mockloop" if is_described else ""
    found = m.get(f"{prefix}/.well-known/openid-configuration").json()
    assert m.get(f"{AUTH}/signing-key").json()["issuer"] == found["issuer"]
    for issued in (register(m, "tokens", subject="x"), token(m, **CLIENT)):
        assert claims(issued["access_token"])["iss"] == found["issuer"]


def test_the_issuer_has_the_path_that_a_proxy_takes_away(mock):
    m = secured(mock)

    async def ask():
        transport = httpx.ASGITransport(m.app, root_path="/mocks/pets")
        async with httpx.AsyncClient(transport=transport, base_url="https://x.test") as client:
            return await client.get("/mocks/pets/.well-known/openid-configuration")

    found = m.run(ask()).json()
    assert found["issuer"] == "https://x.test/mocks/pets"
    assert found["jwks_uri"] == "https://x.test/mocks/pets/jwks.json"


def test_code_of_ones_own_adds_claims_and_decides(mock):
    async def permits(caller, operation):
        return operation.id == "a" and caller.claims.get("role") == "vet"

    auth = Auth(claims=lambda grant: {"role": grant.subject}, permits=permits)
    m = secured(mock, parts=[auth])
    for name, status in (("vet", 200), ("guest", 403)):
        issued = token(m, **{**PASSWORD, "username": name})["access_token"]
        assert call(m, **bearer(issued))[0] == status


def test_the_signing_key_is_told_without_its_private_half(mock):
    m = secured(mock)
    found = m.get(f"{AUTH}/signing-key").json()
    assert found["alg"] == "RS256"
    assert set(found["public_key"]) == {"use", "alg", "kid", "kty", "e", "n"}
    assert m.get("/jwks.json").json() == {"keys": [found["public_key"]]}
    assert m.get("/.well-known/jwks.json").json()["keys"][0]["kid"] == found["kid"]
