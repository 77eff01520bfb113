"""Who was let in once is let in again without being judged anew: where that must not be so."""

import time

from auth_calls import AUTH, SCHEMES, bearer, call, register, secured, token
from describe import op

from mockloop_server.auth import Auth


def get(m, path, **headers):
    return m("GET", path, headers={k.replace("_", "-"): v for k, v in headers.items()}).status_code


def asking(path, *requirements):
    security = [
        [{"scheme": name, "scopes": scopes} for name, scopes in each] for each in requirements
    ]
    return op("GET", path, id=path[1:], security=security)


def test_a_key_that_was_let_in_is_refused_once_its_time_has_come(mock, monkeypatch):
    m = secured(mock, "key")
    register(m, "keys", scheme="key", value="k", expires_at="2100-01-01T00:00:00Z")
    assert call(m, X_Key="k")[0] == 200
    after = time.time() + 100 * 366 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: after)
    assert call(m, X_Key="k")[0] == 401


def test_a_key_that_was_let_in_is_refused_once_it_was_changed(mock):
    m = secured(mock, "key")
    made = register(m, "keys", scheme="key", value="k")
    register(m, "keys", scheme="key", value="other")
    assert call(m, X_Key="k")[0] == 200
    assert m("DELETE", f"{AUTH}/keys/{made['id']}").status_code == 204
    assert call(m, X_Key="k")[0] == 401


def test_who_may_call_one_operation_may_not_call_all(mock):
    operations = asking("/read", [("oauth", ["read"])]), asking("/write", [("oauth", ["write"])])
    m = mock(*operations, security_schemes=SCHEMES)
    form = {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s"}
    shown = bearer(token(m, **form, scope="read")["access_token"])
    assert [get(m, path, **shown) for path in ("/read", "/write", "/read")] == [200, 403, 200]


def test_of_two_credentials_both_count_each_time(mock):
    m = mock(asking("/a", [("key", []), ("bearer", [])]), security_schemes=SCHEMES)
    register(m, "keys", scheme="key", value="k")
    register(m, "keys", scheme="bearer", value="b")
    assert get(m, "/a", X_Key="k", **bearer("b")) == 200
    assert get(m, "/a", X_Key="k", **bearer("x")) == 401
    assert get(m, "/a", X_Key="x", **bearer("b")) == 401
    assert get(m, "/a", X_Key="k") == 401


def test_code_of_ones_own_is_asked_each_time(mock):
    answers = iter([True, False])
    m = secured(mock, "key", parts=[Auth(permits=lambda *_: next(answers))])
    assert [call(m, X_Key="k")[0] for _ in range(2)] == [200, 403]
