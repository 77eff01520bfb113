"""Webhooks: registered, told of what happens, tried again, remembered."""

import threading
import time
from email.utils import formatdate

import pytest
from describe import op, param, response
from receiver import API, SOLD, Receiver, caller, history, hooked, register, settled
from test_processes import until

from mockloop_server.webhooks import Message, Webhooks, dispatcher


@pytest.fixture
def receiver():
    opened = []

    def make(*answers, **options):
        opened.append(Receiver(*answers, **options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def test_request_is_told_with_what_the_log_knows_of_it(mock, receiver):
    r = receiver()
    m = hooked(mock)
    register(m, r.url, "request.received")
    headers = {"X-Session-ID": "s", "X-Correlation-ID": "c", "Authorization": "Bearer hidden"}
    assert m("GET", "/pets?a=1", headers=headers).status_code == 200
    got = r.until(1)[0]
    assert (got.method, got.path) == ("POST", "/hook")
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-mockloop-event"] == got.json["event"] == "request.received"
    assert got.json["mock"] == {"title": "Test", "version": "1"}
    data = got.json["data"]
    expected = {
        "method": "GET",
        "path": "/pets",
        "query_params": {"a": "1"},
        "operation_id": "get /pets",
        "status_code": 200,
        "decided_by": "sample",
        "session_id": "s",
        "correlation_id": "c",
        "response_body": "{}",
    }
    assert {name: data[name] for name in expected} == expected
    assert b"hidden" not in got.body


def test_unknown_paths_are_told_and_calls_of_the_admin_api_are_not(mock, receiver):
    r = receiver()
    m = hooked(mock)
    register(m, r.url, "request.received")
    m.get("/__mockloop/api/operations")
    m.get("/health")
    m.get("/nothing")
    m.get("/pets")
    told = [each.json["data"] for each in r.until(2)]
    assert sorted((each["path"], each["status_code"]) for each in told) == [
        ("/nothing", 404),
        ("/pets", 200),
    ]


def test_invalid_request_is_told_with_its_violations(mock, receiver):
    r = receiver()
    m = hooked(mock, op("GET", "/pets", param("n", {"type": "integer"})))
    register(m, r.url, "validation.failed")
    m.get("/pets?n=1")
    m.get("/pets?n=x")
    got = r.until(1)[0].json["data"]
    assert got["validation_errors"][0]["name"] == "n"
    assert len(r.got) == 1


def test_change_of_scenario_and_override_tells_who_did_it(mock, receiver):
    r = receiver()
    m = hooked(mock)
    register(m, r.url, "scenario.*", "override.changed")
    scenarios = "/__mockloop/api/mock-data/scenarios"
    agent = {"User-Agent": "pytest"}
    m("POST", scenarios, json={"name": "s", "operations": {}}, headers=agent)
    m("POST", f"{scenarios}/s/activate", json={"session_id": "7"}, headers=agent)
    m("PUT", "/__mockloop/api/overrides/get%20%2Fpets", json={"status": 503}, headers=agent)
    told = {each.json["data"]["action"]: each.json for each in r.until(3)}
    assert told["activated"]["event"] == "scenario.changed"
    assert told["activated"]["data"]["session_id"] == "7"
    assert told["activated"]["data"]["actor"].endswith("pytest")
    assert told["override set"]["event"] == "override.changed"
    assert told["created"]["data"]["scenario"] == "s"


def test_request_that_brings_a_delivery_tells_nothing_more(mock, receiver):
    r = receiver()
    m = hooked(mock)
    register(m, r.url, "request.received")
    m.get("/pets", X_Mockloop_Delivery="1")
    m.get("/pets?second")
    assert r.until(1)[0].json["data"]["query_params"] == {"second": ""}


def test_server_errors_are_tried_again_with_the_same_id_and_body(mock, receiver):
    r = receiver(500, 503, 204)
    m = hooked(mock)
    register(m, r.url, "request.received")
    m.get("/pets")
    found = settled(m, 1)[0]
    assert found["status"] == "delivered"
    assert [each["status_code"] for each in found["attempts"]] == [500, 503, 204]
    assert len({(each.delivery, each.body) for each in r.got}) == 1
    assert r.got[0].delivery == found["id"]
    assert r.got[0].at < r.got[1].at < r.got[2].at


def test_refusal_of_the_receiver_is_final(mock, receiver):
    r = receiver(400)
    m = hooked(mock)
    register(m, r.url, "request.received")
    m.get("/pets")
    found = settled(m, 1)[0]
    assert (found["status"], len(found["attempts"])) == ("failed", 1)
    assert "400" in found["reason"]


def test_attempts_come_to_an_end(mock, receiver):
    r = receiver(500)
    m = hooked(mock, env={"MOCKLOOP_WEBHOOK_ATTEMPTS": "3"})
    register(m, r.url, "request.received")
    m.get("/pets")
    found = settled(m, 1)[0]
    assert (found["status"], len(found["attempts"]), len(r.got)) == ("failed", 3, 3)


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honoured(mock, receiver, as_date):
    when = int(time.time() + 2)  # a date has whole seconds
    later = formatdate(when, usegmt=True) if as_date else "1"
    r = receiver((429, {"Retry-After": later}, b""), 204)
    m = hooked(mock)
    register(m, r.url, "request.received")
    begun = time.time()
    m.get("/pets")
    r.until(2)
    assert time.time() >= (when if as_date else begun + 1)


def test_retry_after_of_years_is_not(mock, receiver):
    r = receiver((503, {"Retry-After": "99999999999"}, b""))
    m = hooked(mock)
    register(m, r.url, "request.received")
    m.get("/pets")
    until(lambda: history(m) and history(m)[0]["attempts"])
    due = history(m)[0]["next_attempt_at"]
    assert due < time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3700))


def test_nobody_listening_is_an_error_that_is_tried_again(mock, receiver):
    gone = receiver()
    m = hooked(mock, env={"MOCKLOOP_WEBHOOK_ATTEMPTS": "2"})
    register(m, gone.url.replace(str(gone.port), "1"), "request.received")
    m.get("/pets")
    found = settled(m, 1)[0]
    assert found["status"] == "failed"
    assert [each["status_code"] for each in found["attempts"]] == [None, None]
    assert "refused" in found["attempts"][0]["error"]


def test_receiver_that_hangs_holds_up_neither_serving_nor_others(mock, receiver):
    slow, quick = receiver(), receiver()
    slow.hangs.set()
    m = hooked(mock, env={"MOCKLOOP_WEBHOOK_TIMEOUT": "60"})
    register(m, slow.url, "request.received")
    register(m, quick.url, "request.received")
    begun = time.monotonic()
    for _ in range(30):
        assert m.get("/pets").status_code == 200
    quick.until(30)
    assert time.monotonic() - begun < 15
    assert len(slow.got) <= 2


def test_large_answer_is_cut_and_its_secrets_are_masked(mock, receiver):
    r = receiver((200, {"Set-Cookie": "hidden", "X-Seen": "yes"}, b"x" * 1_000_000))
    m = hooked(mock)
    register(m, r.url, "request.received")
    m.get("/pets")
    found = settled(m, 1)[0]["attempts"][0]
    assert found["response_body_note"] == "truncated"
    assert len(found["response_body"]) <= 8192
    assert found["response_headers"]["X-Seen"] == "yes"
    assert found["response_headers"]["Set-Cookie"] == "***"


def test_redirect_is_not_followed(mock, receiver):
    other = receiver()
    r = receiver((302, {"Location": other.url}, b""))
    m = hooked(mock)
    register(m, r.url, "request.received")
    m.get("/pets")
    assert settled(m, 1)[0]["status"] == "failed"
    assert other.got == []


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


def test_test_message_tells_what_came_of_it(mock, receiver):
    r = receiver(204, 500)
    m = hooked(mock)
    made = register(m, r.url, "scenario.changed", active=False)
    good = m("POST", f"{API}/{made['id']}/test").json()
    bad = m("POST", f"{API}/{made['id']}/test").json()
    assert (good["status"], bad["status"]) == ("delivered", "failed")
    assert r.events() == ["test", "test"]
    assert [len(each["attempts"]) for each in (good, bad)] == [1, 1]
    assert [each["event"] for each in history(m, event="test")] == ["test", "test"]


def test_redelivery_is_a_new_delivery_of_the_same_body(mock, receiver):
    r = receiver(400, 204)
    m = hooked(mock)
    made = register(m, "http://127.0.0.1:1/", "request.received")
    m("PATCH", f"{API}/{made['id']}", json={"url": r.url})
    m.get("/pets")
    first = settled(m, 1)[0]
    again = m("POST", f"{API}/history/{first['id']}/redeliver")
    assert again.status_code == 202
    assert again.json()["redelivery_of"] == first["id"]
    assert settled(m, 2)[0]["status"] == "delivered"
    assert r.got[0].body == r.got[1].body
    assert r.got[0].delivery != r.got[1].delivery


def test_history_is_paged_and_filtered(mock, receiver):
    good, bad = receiver(), receiver(400)
    m = hooked(mock)
    one = register(m, good.url, "request.received")
    register(m, bad.url, "request.received")
    for _ in range(3):
        m.get("/pets")
    settled(m, 6)
    page = m("GET", f"{API}/history", params={"limit": 2, "offset": 3}).json()
    assert (page["total_count"], page["returned_count"]) == (6, 2)
    assert len(history(m, status="failed")) == 3
    assert {each["webhook_id"] for each in history(m, webhook_id=one["id"])} == {one["id"]}
    assert len(history(m, event="request.*")) == 6
    assert history(m, event="scenario.changed") == []
    assert m("GET", f"{API}/history", params={"status": "odd"}).status_code == 400


def test_history_is_kept_within_its_bounds(mock, receiver):
    r = receiver()
    m = hooked(mock, env={"MOCKLOOP_WEBHOOK_MAX_ROWS": "3"})
    register(m, r.url, "request.received")
    for _ in range(8):
        m.get("/pets")
    settled(m, 8)
    m.close()
    again = hooked(mock, env={"MOCKLOOP_WEBHOOK_MAX_ROWS": "3"})
    until(lambda: len(history(again)) == 3)


def test_queue_that_is_full_drops_and_counts(mock, receiver):
    r = receiver(500)
    env = {"MOCKLOOP_WEBHOOK_QUEUE": "2", "MOCKLOOP_WEBHOOK_RETRY_SECONDS": "3000"}
    m = hooked(mock, env=env)
    register(m, r.url, "request.received")
    for _ in range(5):
        m.get("/pets")
    until(lambda: m.get(f"{API}/queue").json() == {"pending": 2, "dropped": 3, "error": None})


def test_what_waits_is_sent_after_the_next_start(mock, receiver):
    r = receiver(500, 204)
    m = hooked(mock, env={"MOCKLOOP_WEBHOOK_RETRY_SECONDS": "1"})
    register(m, r.url, "request.received")
    m.get("/pets")
    until(lambda: history(m) and history(m)[0]["next_attempt_at"])
    m.close()
    again = hooked(mock)
    assert settled(again, 1)[0]["status"] == "delivered"
    assert len(r.got) == 2


def test_long_attempt_of_one_worker_is_not_made_by_another_too(mock, receiver, monkeypatch):
    monkeypatch.setattr(dispatcher, "LEASE_SECONDS", 0.8)
    monkeypatch.setattr(dispatcher, "_RENEW_SECONDS", 0.1)
    monkeypatch.setattr(dispatcher, "_POLL_SECONDS", 0.05)
    r = receiver()
    r.hangs.set()
    env = {"MOCKLOOP_WEBHOOK_TIMEOUT": "60"}
    m, other = hooked(mock, env=env), hooked(mock, env=env)
    register(m, r.url, "request.received")
    m.get("/pets")
    r.until(1)
    begun = time.monotonic()
    until(lambda: time.monotonic() - begun > 2.5)
    r.hangs.clear()
    r.released.set()
    assert settled(other, 1)[0]["status"] == "delivered"
    assert len(r.got) == 1


def test_owner_changes_and_filters_messages(mock, receiver):
    r = receiver()

    def before(message):
        if message.json["data"]["path"] == "/hidden":
            return None
        message.json = {"mine": message.json["data"]["path"]}
        message.headers["X-Mine"] = "yes"
        return message

    m = hooked(mock, before=before)
    register(m, r.url, "request.received", secret="s")
    m.get("/hidden")
    m.get("/pets")
    got = r.until(1)[0]
    assert (got.json, got.headers["x-mine"]) == ({"mine": "/pets"}, "yes")


def mistaken(_):
    raise RuntimeError("oh no")


def of_text(message):
    message.body = "oh no"
    return message


def of_numbers(message):
    message.headers["oh no"] = 7
    return message


def setting(name, value):
    def before(message):
        setattr(message, name, value)
        return message

    return before


MISTAKES = [
    mistaken,
    of_text,
    of_numbers,
    lambda _: "oh no",
    setting("headers", {"X": "\ud800"}),
    setting("headers", {"\ud800": "x"}),
    setting("headers", []),
    setting("url", None),
    setting("url", "http://127.0.0.1/\ud800"),
    setting("method", "P OST"),
    setting("event", 7),
    setting("content_type", b"text/plain"),
    setting("webhook_id", {}),
]


@pytest.mark.parametrize("before", MISTAKES)
def test_owners_mistake_is_told_in_the_history(mock, receiver, caplog, before):
    r = receiver()

    m = hooked(mock, before=before)
    made = register(m, r.url, "request.received")
    assert m.get("/pets").status_code == 200
    found = settled(m, 1)[0]
    assert found["status"] == "failed"
    assert "webhook_handler.py" in found["reason"]
    assert "webhook_handler.py failed" in caplog.text
    assert m("POST", f"{API}/{made['id']}/test").status_code == 409
    assert r.got == []


def test_message_that_cannot_be_kept_is_counted_and_the_next_one_is_sent(mock, receiver, caplog):
    r = receiver()
    m = hooked(mock)
    register(m, r.url, "request.received")
    part = next(each for each in m.server._parts if isinstance(each, Webhooks))
    real = part._intake.prepared

    def prepared(message):
        if message.json["data"]["path"] == "/lost":
            message.url = None
        return real(message)

    part._intake.prepared = prepared
    m.get("/lost")
    m.get("/pets")
    assert r.until(1)[0].json["data"]["path"] == "/pets"
    queue = m.get(f"{API}/queue").json()
    assert queue["dropped"] == 1
    assert "lost" in queue["error"]
    assert "is lost" in caplog.text


def test_what_fails_while_events_are_taken_does_not_end_it(mock, receiver):
    r = receiver()
    m = hooked(mock)
    register(m, r.url, "request.received")
    intake = next(each for each in m.server._parts if isinstance(each, Webhooks))._intake
    real = intake._keep

    def keep(_):
        intake._keep = real
        raise RuntimeError("oh no")

    intake._keep = keep
    m.get("/pets?first")
    until(lambda: intake.error)
    m.get("/pets?second")
    assert r.until(1)[0].json["data"]["query_params"] == {"second": ""}
    until(lambda: m.get(f"{API}/queue").json()["dropped"] == 1)
    assert "oh no" in m.get(f"{API}/queue").json()["error"]


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


def test_server_without_webhooks_has_no_trace_of_them(mock):
    m = mock(op("GET", "/pets"))
    assert m.get(API).status_code == 404
    contract = m.get("/__mockloop/api/openapi.json").json()
    assert not [path for path in contract["paths"] if "webhooks" in path]
    m.close()
    m = hooked(mock)
    assert "createWebhook" in m.get("/__mockloop/api/openapi.json").text
    assert m.get("/health").json()["parts"] == ["webhooks"]


def test_nothing_is_gathered_while_nobody_listens(mock):
    m = hooked(mock)
    part = next(each for each in m.server._parts if isinstance(each, Webhooks))
    m.get("/pets")
    until(lambda: part._intake._seen == part._intake._signal[0])
    taken = []
    part._intake._offer = lambda *what: taken.append(what)
    for _ in range(10):
        m.get("/pets")
        m.get("/nothing")
    assert taken == []


def test_answers_without_a_body_are_told_too(mock, receiver):
    r = receiver()
    m = hooked(mock, op("DELETE", "/pets", responses=[response("204")]))
    register(m, r.url, "request.received")
    m("DELETE", "/pets")
    assert r.until(1)[0].json["data"]["response_body"] is None
