"""Who may call the admin API."""

import base64

import httpx
import pytest
from describe import op

API = "/__mockloop/api/logs/search"
TOKEN = {"MOCKLOOP_ADMIN_TOKEN": "s3cret"}


def from_address(mock, address):
    """Lets the next requests come from an address."""
    transport = httpx.ASGITransport(mock.app, raise_app_exceptions=False, client=(address, 1))
    mock.client = httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1")


def test_token_is_asked_for_where_there_is_one(mock):
    m = mock(op("GET", "/a"), env=TOKEN)
    answer = m.get(API)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert m.get(API, Authorization="Bearer wrong").status_code == 401
    assert m.get(API, Authorization="Basic s3cret").status_code == 401
    assert m.get(API, Authorization="Bearer s3cret").status_code == 200
    assert m.get("/admin/api/logs/search", Authorization="bearer s3cret").status_code == 200
    assert m.get("/a").status_code == 200


@pytest.mark.parametrize("path", ["/__mockloop/api/nothing", "/__mockloop/api/requests/1/har"])
def test_nothing_is_told_without_the_token(mock, path):
    assert mock(env=TOKEN).get(path).status_code in (401, 403)


def test_every_operation_of_the_contract_asks_unless_it_says_otherwise(mock):
    m = mock(env=TOKEN)
    contract = m.get("/__mockloop/api/openapi.json", Authorization="Bearer s3cret").json()
    asked = 0
    for path, item in contract["paths"].items():
        for method in item.keys() & {"get", "put", "post", "delete"}:
            security = item[method].get("security", [])
            if security and {} not in security:
                asked += 1
                url = "/__mockloop" + path.replace("{", "").replace("}", "")
                assert m(method.upper(), url).status_code == 401, (method, path)
    assert asked > 20


def test_health_tells_strangers_its_status_alone(mock):
    m = mock(env=TOKEN)
    assert m.get("/health").json() == {"status": "healthy"}
    assert "log" in m.get("/health", Authorization="Bearer s3cret").json()


def test_login_gives_a_cookie_that_scripts_cannot_read(mock):
    m = mock(env=TOKEN)
    assert m("POST", "/__mockloop/login", json={"token": "wrong"}).status_code == 403
    answer = m("POST", "/__mockloop/login", data={"token": "s3cret"})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite" in cookie
    assert "s3cret" not in cookie
    assert m.get(API).status_code == 200, "the client sends the cookie"
    m("POST", "/__mockloop/logout")
    assert m.get(API).status_code == 401


def test_token_is_not_logged(mock):
    m = mock(env=TOKEN)
    m("POST", "/__mockloop/login", data={"token": "s3cret"})
    rows = m.get(f"{API}?include_admin=true&fields=all", Authorization="Bearer s3cret").text
    assert "/login" in rows
    assert "s3cret" not in rows
    assert base64.b64encode(b"s3cret").decode() not in rows


def test_without_token_only_near_clients_may_call(mock):
    m = mock(op("GET", "/a"))
    assert m.get(API).status_code == 200
    from_address(m, "10.1.2.3")
    answer = m.get(API)
    assert answer.status_code == 403
    assert "MOCKLOOP_ADMIN_TOKEN" in answer.json()["detail"]
    assert m.get("/a").status_code == 200
    for near in ("127.8.8.8", "::1", "::ffff:127.0.0.1"):
        from_address(m, near)
        assert m.get(API).status_code == 200, near


def test_named_networks_may_call(mock):
    m = mock(env={"MOCKLOOP_ADMIN_NETWORKS": "10.1.0.0/16, fd00::/8"})
    for address, status in (("10.1.2.3", 200), ("10.2.2.3", 403), ("fd00::1", 200)):
        from_address(m, address)
        assert m.get(API).status_code == status, address


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8000", 200),
        ("localhost:8000", 200),
        ("[::1]:8000", 200),
        ("LOCALHOST", 200),
        ("10.0.0.7", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:8000", 403),
    ],
)
def test_names_that_anybody_can_rebind_are_refused(mock, host, status):
    assert mock().get(API, Host=host).status_code == status


def test_listed_host_names_are_served(mock):
    m = mock(env={"MOCKLOOP_ADMIN_HOSTS": "mock.test"})
    assert m.get(API, Host="mock.test:8000").status_code == 200


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://127.0.0.1:8000", 200),
        ("http://127.0.0.1:9000", 403),
        ("http://evil.example", 403),
        ("null", 403),
    ],
)
@pytest.mark.parametrize("env", [{}, TOKEN])
def test_pages_of_other_origins_are_refused(mock, origin, status, env):
    answer = mock(env=env).get(
        API, Host="127.0.0.1:8000", Origin=origin, Authorization="Bearer s3cret"
    )
    assert answer.status_code == status


def test_unusable_network_is_an_error_of_the_settings(mock):
    with pytest.raises(ValueError, match=r"MOCKLOOP_ADMIN_NETWORKS.*10\.0\.0\.0/8"):
        mock(env={"MOCKLOOP_ADMIN_NETWORKS": "here"})


def test_wrong_method_and_large_body_are_told(mock):
    m = mock()
    answer = m("PATCH", "/__mockloop/api/logs/verify")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "OPTIONS, POST"
    large = m("POST", "/__mockloop/api/logs/verify", content=b" " * (9 << 20))
    assert large.status_code == 413


def test_contract_is_the_one_that_is_served(mock):
    contract = mock().get("/admin/api/openapi.json").json()
    assert contract["openapi"].startswith("3.1")
    assert "/api/logs/search" in contract["paths"]


@pytest.mark.parametrize(
    "options",
    [
        {"content": '{"token": "s3cret"}', "headers": {"Content-Type": "text/plain"}},
        {"json": {"token": "s3cret"}, "params": {"x": "1"}},
        {"content": '{"token": "s3cret",}', "headers": {"Content-Type": "application/json"}},
        {"json": "s3cret"},
        {"json": {"password": "s3cret"}},
        {"params": {"token": "s3cret", "access_token": "s3cret"}},
    ],
)
def test_token_that_comes_wrongly_is_kept_nowhere(mock, options):
    m = mock(env=TOKEN)
    answer = m("POST", "/__mockloop/login", **options)
    assert answer.status_code in (400, 415)
    assert "s3cret" not in answer.text
    rows = m.get(f"{API}?include_admin=true&fields=all", Authorization="Bearer s3cret").text
    assert "/login" in rows
    assert "s3cret" not in rows


def test_token_may_have_any_character(mock):
    m = mock(env={"MOCKLOOP_ADMIN_TOKEN": "schlüssel"})
    headers = {"Authorization": "Bearer schlüssel".encode()}
    assert m("GET", API, headers=headers).status_code == 200


def test_deeply_nested_body_is_refused(mock):
    body = '{"request": {"body": {"equals": ' + "[" * 300 + "]" * 300 + "}}}"
    headers = {"Content-Type": "application/json"}
    answer = mock()("POST", "/__mockloop/api/logs/verify", content=body, headers=headers)
    assert answer.status_code == 400
    assert "nested" in answer.text
