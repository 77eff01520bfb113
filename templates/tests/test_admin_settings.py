"""Settings that are changed at run time, and one operation in detail."""

import pytest
from describe import body, op, param, response
from serving import copy_project, serving

API = "/__mockloop/api"
INVALID = {"json": {"a": 1}}


def strict():
    content = [body("application/json", {"type": "object", "required": ["b"]})]
    return op("POST", "/a", request_body={"required": True, "content": content[0]["content"]})


def change(m, **changes):
    answer = m("PATCH", f"{API}/settings", json=changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_settings_are_those_of_the_environment_until_they_are_changed(mock):
    m = mock(env={"MOCKLOOP_VALIDATION": "warn", "MOCKLOOP_LOG_MAX_ROWS": "7"})
    found = m.get(f"{API}/settings").json()
    assert found["settings"] == found["defaults"]
    assert (found["settings"]["validation"], found["settings"]["log_max_rows"]) == ("warn", 7)


def test_secrets_are_not_told(mock):
    m = mock(env={"MOCKLOOP_ADMIN_TOKEN": "s3cret"})
    answer = m.get(f"{API}/settings", Authorization="Bearer s3cret")
    assert answer.json()["fixed"]["admin_token"] is True
    assert "s3cret" not in answer.text


def test_validation_changes_for_the_next_request_and_back(mock):
    m = mock(strict())
    assert m("POST", "/a", **INVALID).status_code in (400, 422)
    assert change(m, validation="off")["settings"]["validation"] == "off"
    assert m("POST", "/a", **INVALID).status_code == 200
    assert m.logs()[0]["validation_errors"] is None
    change(m, validation="warn")
    assert m("POST", "/a", **INVALID).status_code == 200
    assert m.logs()[0]["validation_errors"]
    assert change(m, validation=None)["settings"]["validation"] == "enforce"
    assert m("POST", "/a", **INVALID).status_code in (400, 422)


def test_auth_is_switched_on_where_the_environment_has_it_off(mock):
    scheme = {"name": "key", "type": "apiKey", "in": "header", "parameter": "X-Key"}
    secured = op("GET", "/a", security=[[{"scheme": "key"}]])
    m = mock(secured, security_schemes=[scheme], env={"MOCKLOOP_AUTH": "off"})
    assert m.get("/a").status_code == 200
    change(m, enforce_auth=True)
    assert m.get("/a").status_code == 401
    change(m, enforce_auth=None)
    assert m.get("/a").status_code == 200


def test_setting_of_a_part_that_is_not_there_is_refused(mock):
    m = mock(parts=[])
    assert "enforce_auth" not in m.get(f"{API}/settings").json()["settings"]
    answer = m("PATCH", f"{API}/settings", json={"enforce_auth": True})
    assert answer.status_code == 400
    assert answer.json()["violations"][0]["pointer"] == "/enforce_auth"


@pytest.mark.parametrize(
    "wrong", [{}, {"validation": "maybe"}, {"log_max_rows": -1}, {"port": 1}, {"log_max_rows": 1.5}]
)
def test_what_cannot_be_used_is_refused_and_changes_nothing(mock, wrong):
    m = mock()
    assert m("PATCH", f"{API}/settings", json=wrong).status_code == 400
    found = m.get(f"{API}/settings").json()
    assert found["settings"] == found["defaults"]


def test_bounds_of_the_log_are_those_that_were_set(mock):
    m = mock(op("GET", "/a"))
    change(m, log_max_rows=3)
    for _ in range(10):
        m.get("/a")
    m.server.log.flush()
    assert m.server.log.retention.bounds.rows == 3


def test_all_workers_take_up_a_change_and_a_restart_keeps_it(tmp_path):
    project = copy_project(tmp_path / "project")
    with serving(project, tmp_path) as run:
        server = run("--workers", "3")
        server.client.patch(f"{API}/settings", json={"validation": "off"}).raise_for_status()
        headers = {"X-Pet-Key": "k", "Connection": "close"}
        for _ in range(30):
            answer = server.client.post("/v1/pets", json={"name": 1}, headers=headers)
            assert answer.status_code == 201
        server.end()
        again = run()
        answer = again.client.post("/v1/pets", json={"name": 1}, headers=headers)
        assert answer.status_code == 201


def test_operation_tells_what_it_can_answer(mock):
    described = op(
        "GET",
        "/a/{id}",
        param("id", place="path"),
        id="one",
        responses=[response("200", {"a": 1}), response("404")],
    )
    m = mock(described)
    for name in ("one", "GET /a/{id}".replace("/", "%2F").replace(" ", "%20")):
        found = m.get(f"{API}/operations/{name}").json()
        assert found["operation_id"] == "one"
        assert found["parameters"] == [{"name": "id", "in": "path", "required": True}]
        first, second = found["responses"]
        assert (first["status"], first["is_default"]) == ("200", True)
        assert first["bodies"][0]["text"] == '{"a": 1}'
        assert second["bodies"] == []
    assert m.get(f"{API}/operations/two").status_code == 404


def test_stored_settings_that_cannot_be_used_are_left_to_the_environment(mock):
    m = mock(op("GET", "/a"))
    broken = {"validation": 5, "log_max_rows": "many", "log_max_bytes": -1, "gone": True}
    m.server.steering.set_settings(lambda _: broken)
    assert m.get("/a").status_code == 200
    found = m.get(f"{API}/settings").json()
    assert found["settings"] == found["defaults"]
