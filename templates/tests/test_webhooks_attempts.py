"""Messages to webhooks: sent, tried again, remembered."""

import time
from email.utils import formatdate

import pytest
from receiver import API, history, hooked, register, settled
from test_processes import until

from mockloop_server.webhooks import dispatcher


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
