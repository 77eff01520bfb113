"""Receivers check signatures with the code that `docs/webhooks.md` shows."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from receiver import API, SOLD, Receiver, hooked, register

DOCS = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")
SECRET = "a long random text, with ü"


def snippet(language):
    return re.search(rf"```{language}\n(.*?)```", DOCS, re.DOTALL)[1]


def by_python(*arguments):
    names = {}
    exec(snippet("python"), names)
    return names["is_genuine"](*arguments)


def by_node(secret, signature, body, tolerance=300):
    script = snippet("js") + (
        "const [secret, signature, body, tolerance] = JSON.parse(process.argv[1]);"
        "console.log(isGenuine(secret, signature, Buffer.from(body, 'hex'), tolerance));"
    )
    given = json.dumps([secret, signature, body.hex(), tolerance])
    done = subprocess.run(
        ["node", "-e", script, given], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip() == "true"


needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="there is no node")
verifiers = pytest.mark.parametrize(
    "is_genuine", [by_python, pytest.param(by_node, marks=needs_node)]
)


@pytest.fixture
def got(mock):
    """A signed message, as it came over the wire."""
    receiver = Receiver()
    try:
        m = hooked(mock, webhooks=[SOLD])
        register(m, receiver.url, "webhook.petSold", secret=SECRET)
        m("POST", f"{API}/trigger", json={"name": "petSold", "body": {"name": "Réx ☃"}})
        yield receiver.until(1)[0]
    finally:
        receiver.close()


@verifiers
def test_genuine_message_is_known(got, is_genuine):
    assert is_genuine(SECRET, got.headers["x-mockloop-signature"], got.body)


@verifiers
def test_changed_body_timestamp_or_secret_is_refused(got, is_genuine):
    signature = got.headers["x-mockloop-signature"]
    timestamp = got.headers["x-mockloop-timestamp"]
    moved = signature.replace(f"t={timestamp}", f"t={int(timestamp) + 1}")
    assert moved != signature
    assert not is_genuine(SECRET, signature, got.body + b" ")
    assert not is_genuine(SECRET, moved, got.body)
    assert not is_genuine("another", signature, got.body)
    for nonsense in ("", "t=,v1=", f"t={timestamp}", f"t={timestamp},v1=zz", "v1==="):
        assert not is_genuine(SECRET, nonsense, got.body)


@verifiers
def test_replay_after_the_window_is_refused(got, is_genuine):
    signature = got.headers["x-mockloop-signature"]
    age = time.time() - int(got.headers["x-mockloop-timestamp"])
    assert is_genuine(SECRET, signature, got.body, age + 60)
    assert not is_genuine(SECRET, signature, got.body, -1)
