"""What clients get for themselves, and what they may do with the tokens of others."""

import pytest
from auth_calls import AUTH, basic, bearer, held_to_contract, register, secured, token

OWN = {"grant_type": "client_credentials"}
PASSWORD = {"grant_type": "password", "username": "alice", "password": "one"}


@pytest.fixture
def mock(mock):
    return held_to_contract(mock)


def test_no_unknown_client_has_own_tokens_once_there_are_users(mock):
    m = secured(mock)
    assert token(m, **OWN, client_id="alice")["token_type"] == "Bearer"
    register(m, "users", name="alice", password="one")
    for name in ("alice", "other"):
        refused = token(m, status=401, **OWN, client_id=name, scope="openid")
        assert refused["error"] == "invalid_client"
    register(m, "clients", client_id="c", client_secret="s")
    assert token(m, **OWN, client_id="c", client_secret="s")["token_type"] == "Bearer"


def test_no_unknown_client_has_own_tokens_where_auth_is_strict(mock):
    m = secured(mock, env={"MOCKLOOP_AUTH": "strict"})
    assert token(m, status=401, **OWN, client_id="c")["error"] == "invalid_client"
    register(m, "clients", client_id="c", client_secret="s")
    assert token(m, **OWN, client_id="c", client_secret="s")["token_type"] == "Bearer"


def test_no_client_is_called_as_a_user_is(mock):
    m = secured(mock)
    register(m, "users", name="alice")
    register(m, "clients", client_id="web")
    for kind, body, pointer in (
        ("clients", {"client_id": "alice"}, "/client_id"),
        ("users", {"name": "web"}, "/name"),
    ):
        answer = m("POST", f"{AUTH}/{kind}", json=body)
        assert answer.status_code == 409
        assert [each["pointer"] for each in answer.json()["violations"]] == [pointer]


def test_userinfo_tells_of_users_who_have_logged_in_alone(mock):
    m = secured(mock)
    own = token(m, **OWN, client_id="alice", scope="openid")["access_token"]
    login = token(m, **PASSWORD, client_id="alice", scope="openid")
    form = {"grant_type": "refresh_token", "client_id": "alice"}
    again = token(m, **form, refresh_token=login["refresh_token"])
    made = register(m, "tokens", subject="alice", scopes=["openid"])
    register(m, "users", name="alice", password="one", claims={"email": "a@x.test"})
    refused = m.get("/userinfo", **bearer(own))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    for each in (login, again, made):
        assert m.get("/userinfo", **bearer(each["access_token"])).json() == {
            "sub": "alice",
            "email": "a@x.test",
        }


def test_a_client_revokes_its_own_tokens_alone(mock):
    m = secured(mock)
    unowned = token(m, **PASSWORD)["access_token"]
    for name in ("c", "d"):
        register(m, "clients", client_id=name, client_secret="s")
    issued = token(m, **PASSWORD, auth=("c", "s"))

    def revoke(name, text):
        headers = {"authorization": basic(name, "s")}
        return m("POST", "/revoke", data={"token": text}, headers=headers)

    for kind in ("access_token", "refresh_token"):
        refused = revoke("d", issued[kind])
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert revoke("c", unowned).json()["error"] == "invalid_grant"
    shown = m.get(f"{AUTH}/tokens").json()["tokens"]
    assert all(each["active"] for each in shown)
    for kind in ("access_token", "refresh_token"):
        assert revoke("c", issued[kind]).status_code == 200
    assert revoke("d", "nothing").status_code == 200
    shown = m.get(f"{AUTH}/tokens").json()["tokens"]
    assert [each["active"] for each in shown if each["client_id"]] == [False, False]


def test_a_client_without_a_secret_asks_about_no_token(mock):
    m = secured(mock)
    register(m, "clients", client_id="app", public=True)
    register(m, "clients", client_id="c", client_secret="s")
    issued = token(m, **PASSWORD, client_id="app")
    form = {"token": issued["access_token"]}
    refused = m("POST", "/introspect", data={**form, "client_id": "app"})
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused.headers["www-authenticate"].startswith("Basic ")
    headers = {"authorization": basic("c", "s")}
    assert m("POST", "/introspect", data=form, headers=headers).json()["active"] is True
    assert m("POST", "/revoke", data={**form, "client_id": "app"}).status_code == 200
    assert m("POST", "/introspect", data=form, headers=headers).json()["active"] is False
    found = m.get("/.well-known/openid-configuration").json()
    assert "none" not in found["introspection_endpoint_auth_methods_supported"]
    assert "none" in found["revocation_endpoint_auth_methods_supported"]
