"""What an owner's code makes of messages, and what fails on the way."""

import pytest
from receiver import API, hooked, register, settled
from test_processes import until

from mockloop_server.webhooks import Webhooks


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
