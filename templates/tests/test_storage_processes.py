"""The storage of real servers: several processes on one database, and ends of all kinds."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from test_processes import SECONDS, UVICORN, Server, until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sends POSIX signals")

PETS = "/__mockloop/api/storage/collections/pets"


@pytest.fixture
def start(project):
    main = project / "main.py"
    text = main.read_text("utf-8").replace(
        "MockServer(settings, ROUTES)", "MockServer(settings, ROUTES, PARTS)"
    )
    text = text.replace(
        "from routes import ROUTES",
        "from routes import ROUTES\nfrom storage import make_storage\n\nPARTS = [make_storage()]",
    )
    main.write_text(text, "utf-8")
    started = []

    def run(*arguments, **env):
        started.append(Server(project, *arguments, **env))
        return started[-1].until_ready()

    yield run
    for server in started:
        server.end(signal.SIGTERM)


def fresh(server):
    """A client with a connection of its own, which any of the workers may get."""
    return httpx.Client(base_url=server.client.base_url, timeout=SECONDS)


def write(server, number):
    with fresh(server) as client:
        made = client.post(f"{PETS}/documents", json={"n": number})
        assert made.status_code == 201, made.text
    with fresh(server) as client:
        return client.get(made.headers["location"]).json()["n"]


def test_two_processes_that_write_at_once_lose_nothing(start):
    server = start(*UVICORN, "--workers", "2")
    until(lambda: len(list((server.folder / "db").glob("*.writer"))) == 2)
    made = server.client.post(
        "/__mockloop/api/storage/collections", json={"name": "pets", "ids": "integer"}
    )
    assert made.status_code == 201
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda n: write(server, n), range(200))) == list(range(200))
    page = server.client.get(f"{PETS}/documents", params={"limit": 1000}).json()
    assert sorted(each["n"] for each in page["documents"]) == list(range(200))
    assert sorted(each["id"] for each in page["documents"]) == list(range(1, 201))
    assert server.client.get(PETS).json()["count"] == 200


def test_of_changes_to_one_state_by_two_processes_one_is_kept(start):
    server = start(*UVICORN, "--workers", "2")
    server.client.post("/__mockloop/api/storage/collections", json={"name": "pets"})
    place = f"{PETS}/documents/1"
    state = server.client.put(place, json={"n": -1}).headers["etag"]

    def change(number):
        with fresh(server) as client:
            return client.put(place, json={"n": number}, headers={"If-Match": state}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(change, range(40)))
    assert sorted(set(answers)) == [200, 412]
    assert answers.count(200) == 1
    assert server.client.get(place).json()["n"] == answers.index(200)


def test_what_was_answered_is_there_after_kill_9(start):
    server = start(*UVICORN)
    server.client.post("/__mockloop/api/storage/collections", json={"name": "pets"})
    for number in range(30):
        assert write(server, number) == number
    server.client.post("/__mockloop/api/storage/snapshots", json={"name": "s"})
    server.end(signal.SIGKILL)
    again = start(*UVICORN)
    documents = again.client.get(f"{PETS}/documents").json()["documents"]
    assert [each["n"] for each in documents] == list(range(30))
    assert again.client.get("/__mockloop/api/storage/snapshots").json()["total_count"] == 1


def test_workers_that_start_at_once_seed_once(start, project):
    (project / "mock_data").mkdir()
    lines = "\n".join(f'{{"id": {number}}}' for number in range(500))
    (project / "mock_data" / "pets.jsonl").write_text(lines, "utf-8")
    server = start(*UVICORN, "--workers", "4")
    until(lambda: len(list((server.folder / "db").glob("*.writer"))) == 4)
    stored = server.client.get(PETS).json()
    assert (stored["count"], stored["seeded"], stored["ids"]) == (500, True, "integer")
    assert "seeds nothing" not in server.end()


def test_server_ends_while_documents_are_written(start):
    server = start(*UVICORN)
    server.client.post("/__mockloop/api/storage/collections", json={"name": "pets"})
    kept = []

    def load(_):
        with fresh(server) as client:
            while True:
                try:
                    made = client.post(f"{PETS}/documents", json={})
                except httpx.TransportError:
                    return
                if made.status_code == 201:
                    kept.append(made.json()["id"])

    with ThreadPoolExecutor(4) as pool:
        done = [pool.submit(load, number) for number in range(4)]
        until(lambda: len(kept) > 50)
        output = server.end(signal.SIGTERM)
        for each in done:
            each.result(SECONDS)
    assert "Traceback" not in output
    again = start(*UVICORN)
    count = again.client.get(PETS).json()["count"]
    assert count >= len(kept)
