"""Credentials that the admin API registers, changes and ends."""

import pytest
from auth_calls import AUTH, basic, bearer, call, held_to_contract, register, secured, token

PAST = "2020-01-01T00:00:00Z"


@pytest.fixture
def mock(mock):
    return held_to_contract(mock)


def test_a_registered_key_shuts_out_all_others_until_it_is_deleted(mock):
    m = secured(mock, "key")
    assert call(m, X_Key="anything")[0] == 200
    made = register(m, "keys", scheme="key")
    assert call(m, X_Key="anything")[0] == 401
    assert call(m, X_Key=made["value"])[0] == 200
    assert m("DELETE", f"{AUTH}/keys/{made['id']}").status_code == 204
    assert call(m, X_Key="anything")[0] == 200


def test_an_expired_key_is_refused_and_an_extended_one_is_not(mock):
    m = secured(mock, "key")
    made = register(m, "keys", scheme="key", value="k")
    path = f"{AUTH}/keys/{made['id']}"
    assert m("PATCH", path, json={"expires_at": PAST}).json()["expired"] is True
    assert call(m, X_Key="k")[0] == 401
    assert m("PATCH", path, json={"expires_at": None}).status_code == 200
    assert call(m, X_Key="k")[0] == 200


def test_a_key_without_a_needed_scope_is_forbidden(mock):
    m = secured(mock, "oauth", ["write"])
    register(m, "keys", scheme="oauth", value="reader", scopes=["read"])
    status, challenge = call(m, authorization="Bearer reader")
    assert status == 403
    assert 'error="insufficient_scope"' in challenge
    assert 'scope="write"' in challenge


def test_secrets_are_told_once_and_are_in_neither_database_nor_log(mock, tmp_path):
    m = secured(mock, "basic")
    key = register(m, "keys", scheme="key", value="SECRET-key")
    user = register(m, "users", name="alice", password="SECRET-word")
    client = register(m, "clients", client_id="web", client_secret="SECRET-client")
    m("PATCH", f"{AUTH}/users/alice", json={"password": "SECRET-other"})
    m("PATCH", f"{AUTH}/users/alice", json={"password": ["SECRET-wrong"]})
    assert (key["value"], user["password"]) == ("SECRET-key", "SECRET-word")
    assert client["client_secret"] == "SECRET-client"
    call(m, authorization=basic("alice", "SECRET-other"))
    form = {"grant_type": "password", "username": "alice", "password": "SECRET-other"}
    issued = token(m, **form, client_id="web", client_secret="SECRET-client")
    shown = "".join(
        m.get(f"{AUTH}/{path}").text
        for path in ("keys", "keys/1", "users", "users/alice", "clients", "clients/web", "tokens")
    )
    kept = m.logs(include_admin=True, limit=1000)
    m.close()
    files = b"".join(path.read_bytes() for path in (tmp_path / "db").iterdir())
    for secret in ("SECRET", issued["access_token"], issued["refresh_token"]):
        assert secret not in shown + str(kept)
        assert secret.encode() not in files


def test_a_basic_user_logs_in_by_the_password_alone_and_a_new_one_ends_the_old(mock):
    m = secured(mock, "basic")
    assert call(m, authorization=basic("who", "ever"))[0] == 200
    register(m, "users", name="alice", password="one")
    alice = basic("alice", "one")
    for header, status in (
        (alice, 200),
        (alice, 200),
        (basic("alice", "two"), 401),
        (basic("who", "ever"), 401),
    ):
        assert call(m, authorization=header)[0] == status
    m("PATCH", f"{AUTH}/users/alice", json={"password": "two"})
    assert call(m, authorization=alice)[0] == 401
    assert call(m, authorization=basic("alice", "two"))[0] == 200


def test_a_password_is_worked_out_once(mock, monkeypatch):
    from mockloop_server.auth import passwords

    counted = []
    real = passwords._scrypt
    monkeypatch.setattr(passwords, "_scrypt", lambda *a: counted.append(a) or real(*a))
    m = secured(mock, "basic")
    register(m, "users", name="alice", password="one")
    counted.clear()
    for _ in range(5):
        assert call(m, authorization=basic("alice", "one"))[0] == 200
        assert call(m, authorization=basic("alice", "wrong"))[0] == 401
    assert len(counted) == 2


def test_listed_credentials_are_valid_beside_registered_ones(mock):
    m = secured(mock, "basic", credentials={"basic": ["old:timer"]})
    register(m, "users", name="alice", password="one")
    assert call(m, authorization=basic("old", "timer"))[0] == 200
    assert call(m, authorization=basic("alice", "one"))[0] == 200
    assert call(m, authorization=basic("old", "other"))[0] == 401


@pytest.mark.parametrize("name", ["key", "basic", "bearer"])
def test_strict_accepts_nothing_that_is_not_registered(mock, name):
    m = secured(mock, name, env={"MOCKLOOP_AUTH": "strict"})
    header = basic("a", "b") if name == "basic" else "Bearer x"
    assert call(m, X_Key="k", authorization=header)[0] == 401


def test_credentials_survive_a_restart(mock):
    m = secured(mock, "key")
    register(m, "keys", scheme="key", value="k")
    issued = token(m, grant_type="client_credentials", client_id="c")["access_token"]
    m.close()
    again = secured(mock, "key")
    assert call(again, X_Key="other")[0] == 401
    assert call(again, X_Key="k")[0] == 200
    again.close()
    bearers = secured(mock, "oauth", ["read"])
    assert call(bearers, **bearer(issued))[0] == 200
    assert call(bearers, **bearer(issued[:-9] + "AAAAAAAAA"))[0] == 401


def test_schemes_tell_what_they_accept_and_which_operations_ask(mock):
    m = secured(mock, "oauth", ["read"])
    register(m, "keys", scheme="key")
    page = m.get(f"{AUTH}/schemes?limit=2&offset=0").json()
    assert [each["accepts"] for each in page["schemes"]] == ["registered", "any"]
    assert (page["total_count"], page["returned_count"]) == (4, 2)
    found = m.get(f"{AUTH}/schemes/oauth").json()
    assert found["operations"] == [{"operation_id": "a", "scopes": ["read"]}]
    assert found["scopes"] == ["read", "write"]
    assert m.get(f"{AUTH}/schemes/none").status_code == 404


@pytest.mark.parametrize(
    ("kind", "body", "status", "pointer"),
    [
        ("keys", {"scheme": "none"}, 404, "/scheme"),
        ("keys", {"scheme": "basic"}, 409, "/scheme"),
        ("keys", {"scheme": "oauth", "value": "a b"}, 409, "/value"),
        ("keys", {"scheme": "key", "value": "a\r\nb"}, 400, "/value"),
        ("keys", {"scheme": "key", "expires_at": "tomorrow"}, 400, "/expires_at"),
        ("keys", {"scheme": "key", "scopes": ["a b"]}, 400, "/scopes/0"),
        ("users", {"name": "a:b"}, 400, "/name"),
        ("users", {"name": "a", "is_admin": True}, 400, ""),
        ("clients", {"redirect_uris": ["javascript:alert(1)"]}, 400, "/redirect_uris/0"),
        ("clients", {"redirect_uris": ["http://a;b/"]}, 400, "/redirect_uris/0"),
        ("clients", {"redirect_uris": ["http://a/#b"]}, 400, "/redirect_uris/0"),
        ("clients", {"public": True, "client_secret": "s"}, 409, "/client_secret"),
    ],
)
def test_what_cannot_be_registered_is_named(mock, kind, body, status, pointer):
    answer = secured(mock)("POST", f"{AUTH}/{kind}", json=body)
    assert answer.status_code == status, answer.text
    assert [each.get("pointer") for each in answer.json()["violations"]] == [pointer]


@pytest.mark.parametrize(
    "uri",
    [
        "https://a.test",
        "http://[fe80::1]:8080/cb?x=1&y",
        "http://127.0.0.1/",
        "com.example.app:/cb",
    ],
)
def test_an_address_that_a_browser_can_be_sent_to_is_kept_as_it_is(mock, uri):
    made = register(secured(mock), "clients", redirect_uris=[uri])
    assert made["redirect_uris"] == [uri]


@pytest.mark.parametrize(
    ("kind", "body"), [("keys", {"scheme": "key", "value": "k"}), ("users", {"name": "a"})]
)
def test_the_same_again_is_a_conflict(mock, kind, body):
    m = secured(mock)
    register(m, kind, **body)
    assert m("POST", f"{AUTH}/{kind}", json=body).status_code == 409


@pytest.mark.parametrize("path", ["keys/7", "users/nobody", "clients/none", "tokens/7"])
def test_what_is_not_there_is_not_found(mock, path):
    m = secured(mock)
    assert m.get(f"{AUTH}/{path}").status_code == 404
    assert m("DELETE", f"{AUTH}/{path}").status_code == 404


def test_off_enforces_nothing_and_still_issues_tokens(mock):
    m = secured(mock, "key", env={"MOCKLOOP_AUTH": "off"})
    register(m, "keys", scheme="key")
    assert call(m)[0] == 200
    assert token(m, grant_type="client_credentials", client_id="c")["token_type"] == "Bearer"


def test_a_server_without_the_part_has_none_of_it(mock):
    m = secured(mock, "key", parts=[])
    assert call(m)[0] == 200
    assert m("POST", "/token").status_code == 404
    assert m("POST", "/__mockloop/token").status_code == 404
    assert m.get(f"{AUTH}/keys").status_code == 404
    contract = m.get("/__mockloop/api/openapi.json").json()
    assert not [path for path in contract["paths"] if path.startswith("/api/auth")]
    assert "auth" not in [each["name"] for each in contract["tags"]]
