"""Webhooks registered, changed and deleted, and those that the description has."""

import threading

import pytest
from receiver import API, SOLD, caller, history, hooked, register, settled
from test_processes import until

from mockloop_server.webhooks import Message, Webhooks


def test_secret_and_secret_headers_are_given_out_nowhere(mock, receiver):
    r = receiver()
    m = hooked(mock)
    headers = {"Authorization": "Bearer hidden-1", "X-Team": "a"}
    made = register(m, r.url, "*", secret="hidden-2", headers=headers)
    assert made["has_secret"] is True
    assert made["headers"] == {"Authorization": "***", "X-Team": "a"}
    wrong = m("POST", API, json={"url": "x", "events": ["*"], "secret": "hidden-3"})
    assert wrong.status_code == 400
    assert b"hidden" not in wrong.content
    m.get("/pets")
    assert r.until(1)[0].headers["authorization"] == "Bearer hidden-1"
    settled(m, 1)
    for url in (API, f"{API}/{made['id']}", f"{API}/history"):
        assert b"hidden" not in m.get(url).content
    assert "hidden" not in str(m.logs(include_admin="true"))


def test_masked_header_that_comes_back_keeps_its_value(mock, receiver):
    r = receiver()
    m = hooked(mock)
    made = register(m, r.url, "*", headers={"X-Api-Key": "hidden"})
    headers = {**made["headers"], "X-Team": "a"}
    m("PATCH", f"{API}/{made['id']}", json={"headers": headers})
    m.get("/pets")
    got = r.until(1)[0].headers
    assert (got["x-api-key"], got["x-team"]) == ("hidden", "a")


def test_changed_webhook_is_in_force_for_the_next_request(mock, receiver):
    r = receiver()
    m = hooked(mock)
    made = register(m, r.url, "request.received", secret="s")
    changed = m("PATCH", f"{API}/{made['id']}", json={"events": ["test"], "secret": None})
    assert changed.status_code == 400  # `test` is nothing to wait for
    changed = m("PATCH", f"{API}/{made['id']}", json={"active": False, "secret": None}).json()
    assert (changed["active"], changed["has_secret"]) == (False, False)
    other = receiver()
    register(m, other.url, "request.received")
    m.get("/pets?not")
    other.until(1)  # whoever is active is told by now
    m("PATCH", f"{API}/{made['id']}", json={"active": True})
    m.get("/pets?told")
    got = r.until(1)[0]
    assert got.json["data"]["query_params"] == {"told": ""}
    assert "x-mockloop-signature" not in got.headers


def test_deleted_webhook_gets_nothing_more(mock, receiver):
    r = receiver(500)
    m = hooked(mock, env={"MOCKLOOP_WEBHOOK_RETRY_SECONDS": "3000"})
    made = register(m, r.url, "request.received")
    m.get("/pets")
    until(lambda: history(m) and history(m)[0]["next_attempt_at"])
    assert m("DELETE", f"{API}/{made['id']}").status_code == 204
    found = history(m)[0]
    assert (found["status"], found["next_attempt_at"]) == ("cancelled", None)
    assert m("GET", f"{API}/{made['id']}").status_code == 404
    assert m("DELETE", f"{API}/{made['id']}").status_code == 404
    assert m("POST", f"{API}/history/{found['id']}/redeliver").status_code == 409


def test_what_waits_for_the_old_url_of_a_webhook_is_cancelled(mock, receiver):
    old, new = receiver(500), receiver()
    m = hooked(mock, env={"MOCKLOOP_WEBHOOK_RETRY_SECONDS": "3000"})
    made = register(m, old.url, "request.received")
    m.get("/pets")
    until(lambda: history(m) and history(m)[0]["next_attempt_at"])
    m("PATCH", f"{API}/{made['id']}", json={"url": old.url, "description": "the same"})
    assert history(m)[0]["status"] == "pending"
    m("PATCH", f"{API}/{made['id']}", json={"url": new.url, "secret": "new"})
    found = history(m)[0]
    assert (found["status"], found["next_attempt_at"]) == ("cancelled", None)
    assert "another URL" in found["reason"]
    assert m("POST", f"{API}/history/{found['id']}/redeliver").status_code == 202
    assert "x-mockloop-signature" in new.until(1)[0].headers
    assert len(old.got) == 1


@pytest.mark.parametrize(
    ("method", "change", "reason"),
    [
        ("DELETE", None, "deleted"),
        ("PATCH", {"active": False}, "not active"),
        ("PATCH", {"url": "http://127.0.0.1:1/new", "secret": "new"}, "another URL"),
    ],
)
def test_message_of_a_webhook_that_has_changed_meanwhile_is_cancelled(
    mock, receiver, method, change, reason
):
    r = receiver()
    reached, goes_on = threading.Event(), threading.Event()

    def before(message):
        reached.set()
        assert goes_on.wait(30)
        return message

    m = hooked(mock, before=before)
    made = register(m, r.url, "request.received", secret="s")
    m.get("/pets")
    assert reached.wait(30)
    assert m(method, f"{API}/{made['id']}", json=change).status_code in (200, 204)
    goes_on.set()
    found = settled(m, 1)[0]
    assert (found["status"], found["attempts"]) == ("cancelled", [])
    assert reason in found["reason"]
    assert r.got == []


def test_delivery_of_a_webhook_that_is_gone_is_not_claimed(mock, receiver):
    r = receiver()
    m = hooked(mock)
    store = next(each for each in m.server._parts if isinstance(each, Webhooks))._intake._store
    with store.writing() as tables:
        tables.add(Message("test", r.url, webhook_id="hook_gone"))
        assert tables.claim("c", 60, 9, [], 2) == []
    assert history(m)[0]["status"] == "cancelled"


@pytest.mark.parametrize(
    ("given", "where", "hint"),
    [
        ({"events": ["request.receive"]}, "/events/0", "did you mean"),
        ({"events": ["foo.*"]}, "/events/0", "no event begins"),
        ({"events": []}, "/events", "at least"),
        ({"url": "ftp://127.0.0.1/"}, "/url", "http://"),
        ({"url": "http://user:pass@127.0.0.1/"}, "/url", "header"),
        ({"url": "http://127.0.0.1/ü"}, "/url", "percent-encoded"),
        ({"headers": {"Content-Length": "1"}}, "/headers/Content-Length", "server"),
        ({"headers": {"X-Mockloop-Delivery": "1"}}, "/headers/X-Mockloop-Delivery", "server"),
        ({"headers": {"X": "a\r\nY: b"}}, "/headers/X", "match"),
    ],
)
def test_registration_that_cannot_be_used_names_the_place(mock, given, where, hint):
    m = hooked(mock)
    body = {"url": "http://127.0.0.1:1/", "events": ["*"], **given}
    answer = m("POST", API, json=body)
    assert answer.status_code == 400
    violation = answer.json()["violations"][0]
    assert violation["pointer"] == where
    assert hint in violation["message"] or where == "/events" or where == "/headers/X"


def test_events_list_what_the_description_declares(mock):
    m = hooked(mock, caller(), webhooks=[SOLD])
    page = m.get(f"{API}/events").json()
    found = {each["event"]: each for each in page["events"]}
    assert found["callback.done"]["expression"] == "{$request.body#/callbackUrl}"
    assert found["callback.done"]["operation_id"] == "pay"
    assert found["webhook.petSold"]["sample"] == '{"pet": "Rex"}'
    assert found["request.received"]["kind"] == "server"


def test_described_webhook_goes_to_those_who_registered_for_it(mock, receiver):
    r, other = receiver(), receiver()
    m = hooked(mock, webhooks=[SOLD])
    nobody = m("POST", f"{API}/trigger", json={"name": "petSold"})
    assert nobody.status_code == 409
    register(m, r.url, "webhook.petSold", secret="s")
    register(m, other.url, "request.received")
    answer = m("POST", f"{API}/trigger", json={"name": "webhook.petSold"})
    assert answer.status_code == 202
    got = r.until(1)[0]
    assert got.json == {"pet": "Rex"}
    assert got.headers["x-mockloop-event"] == "webhook.petSold"
    assert "x-mockloop-signature" in got.headers
    assert other.got == []


def test_trigger_takes_a_url_and_a_body_of_ones_own(mock, receiver):
    r = receiver()
    m = hooked(mock, webhooks=[SOLD])
    m("POST", f"{API}/trigger", json={"name": "petSold", "url": r.url, "body": [1, "ü"]})
    assert r.until(1)[0].json == [1, "ü"]
    assert settled(m, 1)[0]["webhook_id"] is None


def test_trigger_of_something_unknown_says_what_there_is(mock):
    m = hooked(mock, caller(), webhooks=[SOLD])
    answer = m("POST", f"{API}/trigger", json={"name": "petSald"}).json()
    assert "webhook.petSold" in answer["violations"][0]["message"]
    answer = m("POST", f"{API}/trigger", json={"name": "done"}).json()
    assert "$request.body#/callbackUrl" in answer["violations"][0]["message"]
