"""Credentials and tokens on all workers of one server."""

import os
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from auth_calls import AUTH, bearer
from serving import copy_project, serving
from test_processes import SECONDS, until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="starts several workers")

WORKERS = 2
CALLS = 24


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("auth") / "project")


@pytest.fixture
def server(folder, tmp_path):
    with serving(folder, tmp_path) as run:
        found = run("--workers", str(WORKERS))
        # Both have to be there, or all calls would go to one.
        until(lambda: len(pids(found)) == WORKERS)
        yield found


def ask(server, method, path, **options):
    """A call on a connection of its own, which any of the workers may take."""
    with httpx.Client(base_url=server.client.base_url, timeout=SECONDS) as client:
        return client.request(method, path, **options)


def pids(server):
    return {ask(server, "GET", "/health").json()["pid"] for _ in range(CALLS)}


def statuses(server, **headers):
    return {ask(server, "DELETE", "/pets/1", headers=headers).status_code for _ in range(CALLS)}


def test_a_key_that_one_worker_makes_and_ends_does_so_for_all(server):
    made = ask(server, "POST", f"{AUTH}/keys", json={"scheme": "api_key"}).json()
    assert statuses(server, **{"X-Pet-Key": "other"}) == {401}
    assert statuses(server, **{"X-Pet-Key": made["value"]}) == {204}
    assert ask(server, "DELETE", f"{AUTH}/keys/{made['id']}").status_code == 204
    assert statuses(server, **{"X-Pet-Key": "other"}) == {204}


def test_a_token_of_one_worker_is_valid_and_revoked_on_all(server):
    # The first tokens, asked for at once: all are signed with the same key.
    def token(number):
        form = {"grant_type": "client_credentials", "client_id": f"c{number}"}
        return ask(server, "POST", "/token", data=form).json()["access_token"]

    with ThreadPoolExecutor(8) as pool:
        tokens = list(pool.map(token, range(8)))
    keys = {str(ask(server, "GET", "/jwks.json").json()) for _ in range(CALLS)}
    assert len(keys) == 1
    for text in tokens:
        assert statuses(server, **bearer(text)) == {204}
    assert ask(server, "DELETE", f"{AUTH}/tokens?client_id=c0").json() == {"revoked": 1}
    assert statuses(server, **bearer(tokens[0])) == {401}
    assert statuses(server, **bearer(tokens[1])) == {204}


def test_of_many_refreshes_at_once_one_succeeds_at_the_most(server):
    form = {"grant_type": "password", "username": "a", "password": "b"}
    refresh = ask(server, "POST", "/token", data=form).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: ask(server, "POST", "/token", data=form), range(8)))
    assert sorted(each.status_code for each in found) == [200] + [400] * 7
