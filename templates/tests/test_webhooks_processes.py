"""Webhooks of real servers: killed, with several workers, under load."""

import os
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest
from receiver import API, QUICK
from serving import copy_project, serving
from test_processes import SECONDS, until

from mockloop_server.webhooks.dispatcher import LEASE_SECONDS

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("webhooks") / "project")


@pytest.fixture
def run(folder, tmp_path):
    with serving(folder, tmp_path) as start:
        yield start


def register(server, url, *events):
    answer = server.client.post(API, json={"url": url, "events": events})
    assert answer.status_code == 201, answer.text


def history(server):
    return server.client.get(f"{API}/history", params={"limit": 1000}).json()["history"]


def test_kill_9_while_sending_sends_again_after_the_next_start(run, receiver):
    r = receiver()
    r.hangs.set()
    server = run(MOCKLOOP_WEBHOOK_TIMEOUT="60")
    register(server, r.url, "request.received")
    server.ping()
    first = r.until(1)[0]
    server.end(signal.SIGKILL)
    r.hangs.clear()
    r.released.set()
    server = run()
    until(lambda: len(r.got) == 2)
    assert (r.got[1].delivery, r.got[1].body) == (first.delivery, first.body)
    until(lambda: history(server)[0]["status"] == "delivered")
    assert len(r.got) == 2


def test_kill_9_between_attempts_loses_nothing_and_sends_once_more(run, receiver):
    r = receiver(500, 204)
    server = run(MOCKLOOP_WEBHOOK_RETRY_SECONDS="2")
    register(server, r.url, "request.received")
    server.ping()
    until(lambda: history(server) and history(server)[0]["attempts"])
    server.end(signal.SIGKILL)
    assert len(r.got) == 1
    server = run()
    until(lambda: history(server)[0]["status"] == "delivered")
    assert [each["status_code"] for each in history(server)[0]["attempts"]] == [500, 204]
    assert len({each.delivery for each in r.got}) == 1


def test_orderly_end_while_a_receiver_hangs_is_quick_and_loses_nothing(run, receiver):
    r = receiver()
    r.hangs.set()
    server = run(MOCKLOOP_WEBHOOK_TIMEOUT="60")
    register(server, r.url, "request.received")
    server.ping(5)
    r.until(1)
    begun = time.monotonic()
    output = server.end(signal.SIGTERM)
    assert time.monotonic() - begun < 15
    assert "Traceback" not in output
    r.hangs.clear()
    r.released.set()
    server = run()
    begun = time.monotonic()
    until(lambda: {each["status"] for each in history(server)} == {"delivered"})
    assert time.monotonic() - begun < LEASE_SECONDS / 2  # nothing was kept from the next server
    assert len(history(server)) == 5


def test_several_workers_deliver_each_message_once(run, receiver):
    r = receiver()
    server = run("--workers", "3", **QUICK)
    until(lambda: len(list(server.database.parent.glob("*.writer"))) == 3)
    register(server, r.url, "request.received")

    def ask(number):
        # A connection each, so that the calls go to any of the workers.
        with httpx.Client(base_url=server.client.base_url, timeout=SECONDS) as client:
            answer = client.get("/pets/1", headers={"X-Correlation-ID": f"n{number}"})
            assert answer.status_code == 200

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(120)))
    until(
        lambda: (
            len(history(server)) == 120
            and {each["status"] for each in history(server)} == {"delivered"}
        )
    )
    told = [each.json["data"]["correlation_id"] for each in r.got]
    assert sorted(told) == sorted(f"n{number}" for number in range(120))


def test_webhook_is_in_force_on_all_workers_for_the_next_request(run, receiver):
    r = receiver()
    server = run("--workers", "2", **QUICK)
    until(lambda: len(list(server.database.parent.glob("*.writer"))) == 2)

    def fresh(method, url, **options):
        with httpx.Client(base_url=server.client.base_url, timeout=SECONDS) as client:
            return client.request(method, url, **options)

    for number in range(10):
        body = {"url": f"{r.url}?{number}", "events": ["request.received"]}
        made = fresh("POST", API, json=body).json()
        fresh("GET", "/pets/1")
        r.until(number + 1)
        assert fresh("DELETE", f"{API}/{made['id']}").status_code == 204
        fresh("GET", "/pets/1")
    assert [each.path for each in r.got] == [f"/hook?{number}" for number in range(10)]


def test_mock_that_is_its_own_receiver_comes_to_an_end(run):
    server = run(**QUICK)
    for _ in range(3):
        register(server, f"http://127.0.0.1:{server.port}/pets/1?self", "request.received")
    server.ping(4)
    until(
        lambda: (
            len(history(server)) == 12
            and "pending" not in {each["status"] for each in history(server)}
        )
    )
    server.ping()
    until(
        lambda: (
            len(history(server)) >= 15
            and "pending" not in {each["status"] for each in history(server)}
        )
    )
    assert len(history(server)) == 15


def test_callback_to_the_admin_api_of_the_mock_changes_nothing(run):
    server = run(**QUICK)
    url = f"http://127.0.0.1:{server.port}{API}"
    register(server, url, "request.received")
    server.ping()
    until(lambda: history(server) and history(server)[0]["status"] != "pending")
    found = history(server)[0]
    assert (found["status"], found["attempts"][0]["status_code"]) == ("failed", 403)


def test_database_that_is_locked_holds_up_no_answer_and_loses_no_message(run, receiver):
    r = receiver()
    server = run(**QUICK)
    register(server, r.url, "request.received")
    server.ping()
    r.until(1)
    with closing(sqlite3.connect(server.database, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        server.ping(50)
        assert time.monotonic() - begun < 5
        db.execute("ROLLBACK")
    until(lambda: len({each.delivery for each in r.got}) == 51)
