"""Callbacks: sent where the description and the request say, with the body that is described."""

import pytest
from describe import media, op, param, response
from receiver import API, Receiver, caller, history, hooked, register, settled
from test_processes import until

from mockloop_server import Routes


@pytest.fixture
def r():
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_callback_is_sent_where_the_body_says(mock, r):
    m = hooked(mock, caller())
    answer = m("POST", "/pay/7", json={"callbackUrl": r.url})
    assert answer.status_code == 201
    got = r.until(1)[0]
    assert (got.method, got.path, got.json) == ("POST", "/hook", {"state": "paid"})
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-mockloop-event"] == "callback.done"
    assert settled(m, 1)[0]["webhook_id"] is None


@pytest.mark.parametrize(
    ("expression", "path"),
    [
        ("$request.query.to", "/hook"),
        ("{$request.query.to}/more", "/hook/more"),
        ("{$request.query.to}?id={$request.path.id}", "/hook?id=a/b"),
        ("{$request.query.to}?m={$method}&s={$statusCode}", "/hook?m=POST&s=201"),
        ("{$request.query.to}?h={$request.header.X-Some}", "/hook?h=thing"),
        ("{$request.query.to}?n={$request.body#/list/1/a~1b}", "/hook?n=5"),
        ("{$request.query.to}?r={$response.body#/id}", "/hook?r=7"),
        ("{$request.query.to}?r={$response.header.Location}", "/hook?r=there"),
        ("{$request.query.to}?u={$url}", "/hook?u=http://127.0.0.1/pay/a%2Fb?to="),
    ],
)
def test_runtime_expressions_are_resolved(mock, r, expression, path):
    created = response(
        "201", {"id": 7}, headers=[{"name": "Location", "value": "there", "schema": None}]
    )
    m = hooked(mock, caller(expression, responses=[created]))
    m(
        "POST",
        "/pay/a%2Fb",
        params={"to": r.url},
        json={"list": [0, {"a/b": 5}]},
        headers={"X-Some": "thing"},
    )
    assert r.until(1)[0].path.startswith(path)


def test_form_body_is_read_too(mock, r):
    form = media("application/x-www-form-urlencoded")
    m = hooked(mock, caller(request_body={"required": True, "content": [form]}))
    m("POST", "/pay/7", data={"callbackUrl": r.url})
    assert r.until(1)[0].json == {"state": "paid"}


def test_answer_of_a_handler_is_seen(mock, r):
    routes = Routes()

    @routes.operation("pay")
    def pay(call):
        return call.json({"where": r.url}, status=202)

    m = hooked(mock, caller("{$response.body#/where}"), routes=routes)
    assert m("POST", "/pay/7").status_code == 202
    r.until(1)


@pytest.mark.parametrize(
    "sent", [{}, {"callbackUrl": None}, [], "text", {"callbackUrl": {"deep": 1}}]
)
def test_request_that_names_no_url_is_answered_all_the_same(mock, r, sent):
    m = hooked(mock, caller())
    assert m("POST", "/pay/7", json=sent).status_code == 201
    m("POST", "/pay/7", json={"callbackUrl": r.url})
    r.until(1)
    assert [each["status"] for each in settled(m, 1) if each["status"] == "delivered"] == [
        "delivered"
    ]


def test_failed_request_calls_nobody_back(mock, r):
    m = hooked(mock, caller())
    m("POST", "/pay/7", json={"callbackUrl": r.url}, headers={"Prefer": "code=500"})
    m("POST", "/pay/7", content=b"{", headers={"Content-Type": "application/json"})
    override = {"operation": "pay", "status": 503}
    m("POST", "/__mockloop/api/overrides", json=override)
    m("POST", "/pay/7", json={"callbackUrl": r.url + "?failed"})
    m("DELETE", "/__mockloop/api/overrides")
    m("POST", "/pay/7", json={"callbackUrl": r.url + "?good"})
    paths = {each.path for each in r.until(1)}
    assert "/hook?failed" not in paths


def test_callback_that_arrives_calls_nobody_back(mock, r):
    m = hooked(mock, caller())
    url = f"{r.url}?delivered"
    m("POST", "/pay/7", json={"callbackUrl": url}, headers={"X-Mockloop-Delivery": "1"})
    m("POST", "/pay/7", json={"callbackUrl": f"{r.url}?asked"})
    assert r.until(1)[0].path == "/hook?asked"
    assert len(settled(m, 1)) == 1


def test_declared_method_is_used(mock, r):
    m = hooked(mock, caller(callback_method="PUT"))
    m("POST", "/pay/7", json={"callbackUrl": r.url})
    assert r.until(1)[0].method == "PUT"


def test_webhook_that_is_registered_for_a_callback_gets_it_too(mock, r):
    m = hooked(mock, caller())
    register(m, r.url + "/registered", "callback.*", secret="s")
    m("POST", "/pay/7", json={"callbackUrl": r.url})
    got = {each.path: each for each in r.until(2)}
    assert got["/hook"].body == got["/hook/registered"].body
    assert "x-mockloop-signature" not in got["/hook"].headers
    assert "x-mockloop-signature" in got["/hook/registered"].headers


def test_callbacks_can_be_switched_off_and_sent_by_hand(mock, r):
    m = hooked(mock, caller(), env={"MOCKLOOP_CALLBACKS": "off"})
    m("POST", "/pay/7", json={"callbackUrl": r.url + "?alone"})
    values = {"$request.body#/callbackUrl": r.url + "?by-hand"}
    answer = m("POST", f"{API}/trigger", json={"name": "done", "values": values})
    assert answer.status_code == 202
    assert r.until(1)[0].path == "/hook?by-hand"
    assert len(history(m)) == 1


def test_same_name_in_two_operations_has_to_be_told_apart(mock, r):
    two = caller(id="refund")
    two["path"] = "/refund/{id}"
    two["segments"] = op("POST", "/refund/{id}")["segments"]
    m = hooked(mock, caller(), two)
    given = {"name": "done", "url": r.url}
    refused = m("POST", f"{API}/trigger", json=given)
    assert refused.status_code == 400
    assert "refund" in refused.json()["violations"][0]["message"]
    assert m("POST", f"{API}/trigger", json={**given, "operation_id": "refund"}).status_code == 202
    r.until(1)


def test_operation_is_called_back_as_itself_where_several_share_a_path(mock, r):
    fixed = caller("{$request.query.to}", id="fixed", fixed_query=[["kind", "a"]])
    plain = op("POST", "/pay/{id}", param("id", place="path"), id="plain")
    m = hooked(mock, fixed, plain)
    m("POST", "/pay/7", params={"kind": "a", "to": r.url})
    r.until(1)
    until(lambda: settled(m, 1))
    assert len(r.got) == 1
