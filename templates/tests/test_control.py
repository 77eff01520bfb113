"""The control plane."""

import pytest
from describe import op

from auth_middleware import make_auth

HOSTILE = "</script><script>alert(1)</script>\"'{{ x }}{% y %}\u202e\0"


def test_health_says_what_runs(mock):
    found = mock(op("GET", "/a")).get("/health").json()
    assert (found["status"], found["title"], found["operations"]) == ("healthy", "Test", 1)
    assert found["log"].keys() >= {"rows_written", "queue_depth", "dropped", "database"}


@pytest.mark.parametrize("path", ["/health", "/docs", "/redoc", "/openapi.json"])
def test_every_page_has_a_name_that_nothing_can_take(mock, path):
    m = mock()
    assert m.get(path).status_code == m.get("/__mockloop" + path).status_code == 200
    answer = m("POST", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert m.logs(include_admin="true")[0]["is_admin"] is True


def test_unknown_control_path_is_404_even_under_a_catch_all(mock):
    assert mock(op("GET", "/{a}/{b}")).get("/__mockloop/nothing").status_code == 404


def test_openapi_json_is_the_file(mock):
    assert mock().get("/openapi.json").text == '{"openapi": "3.1.0"}'


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_pages_need_no_other_server_and_escape_titles(mock, path):
    m = mock(title=HOSTILE)
    page = m.get(path)
    assert "<script>alert" not in page.text
    sources = [part.split('"')[0] for part in page.text.split('src="')[1:]]
    assert sources
    for source in sources:
        assert source.startswith("/__mockloop/static/")
        assert m.get(source).headers["content-type"].startswith("text/javascript")
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_static_names_only_files_of_the_engine(mock):
    for name in ("..%2f__init__.py", "../api.py", "swagger-ui.LICENSE.txt"):
        assert mock().get(f"/__mockloop/static/{name}").status_code == 404


def test_paths_of_the_description_win_and_are_told(mock, caplog):
    m = mock(op("GET", "/health"), op("GET", "/{any}"))
    assert m.get("/health").json() == {}
    assert "status" in m.get("/__mockloop/health").json()
    assert "ours is /__mockloop/health" in caplog.text


def test_paths_that_the_description_has_but_for_a_slash_win_too(mock, caplog):
    m = mock(op("POST", "/token/", id="mine"), parts=[make_auth()])
    assert "the description has /token itself" in caplog.text
    assert m("POST", "/token").headers["content-type"] == "application/json"
    assert m("POST", "/__mockloop/token").json()["error"] == "invalid_request"


def test_routes_that_the_owner_added_win(mock):
    m = mock(op("GET", "/a"), parts=[make_auth()])
    m.app.get("/userinfo")(lambda: "mine")
    m.app.get("/health")(lambda: "mine")
    assert (m.get("/userinfo").json(), m.get("/health").json()) == ("mine", "mine")
    assert m.get("/__mockloop/health").json()["status"] == "healthy"
    assert m.get("/docs").status_code == 200
