"""Answers of receivers that are slow, broken or no answers at all."""

import socket
import threading
from contextlib import contextmanager

import pytest
from receiver import API, hooked, register, settled


@contextmanager
def answering(*parts, drips=False):
    """The URL of a receiver of one message that answers with bytes as they are."""
    stop = threading.Event()

    def answer(server):
        connection, _ = server.accept()
        with connection, connection.makefile("rb") as incoming:
            size = 0
            while (line := incoming.readline().lower()) != b"\r\n":
                if line.startswith(b"content-length:"):
                    size = int(line.split(b":")[1])
            incoming.read(size)
            for part in parts:
                connection.sendall(part)
            while drips and not stop.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=answer, args=(server,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        finally:
            stop.set()
            thread.join()


def dripping(head):
    """The same, of one that goes on for ever after the beginning of an answer."""
    return answering(head, drips=True)


def test_answer_that_never_ends_is_given_up_in_time(mock):
    head = b"HTTP/1.1 200 OK\r\nX-Slow: "
    with dripping(head) as url:
        m = hooked(mock, env={"MOCKLOOP_WEBHOOK_TIMEOUT": "0.5", "MOCKLOOP_WEBHOOK_ATTEMPTS": "1"})
        register(m, url, "request.received")
        m.get("/pets")
        found = settled(m, 1)[0]
    assert found["status"] == "failed"
    assert "0.5 seconds" in found["attempts"][0]["error"]


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 100000\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n",
        b"Connection: close\r\n\r\n",
    ],
)
def test_answer_whose_body_is_slow_has_accepted_the_message(mock, head):
    with dripping(b"HTTP/1.1 200 OK\r\nX-Seen: yes\r\n" + head) as url:
        m = hooked(mock, env={"MOCKLOOP_WEBHOOK_TIMEOUT": "0.5"})
        register(m, url, "request.received")
        m.get("/pets")
        found = settled(m, 1)[0]
    (attempt,) = found["attempts"]
    assert (found["status"], attempt["status_code"], attempt["error"]) == ("delivered", 200, None)
    assert attempt["response_headers"]["X-Seen"] == "yes"
    assert attempt["response_body_note"] == "truncated"
    assert set(attempt["response_body"]) == {"x"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"Content-Length: 100\r\n\r\nhalf", "half"),
        (b"Content-Length: 100\r\n\r\n", None),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n4\r\n", "half"),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nodd\r\n", "half"),
    ],
)
def test_answer_whose_body_is_cut_has_accepted_the_message(mock, sent, kept):
    with answering(b"HTTP/1.1 200 OK\r\n" + sent) as url:
        m = hooked(mock)
        made = register(m, url, "request.received")
        found = m("POST", f"{API}/{made['id']}/test").json()
    (attempt,) = found["attempts"]
    assert (found["status"], attempt["status_code"], attempt["error"]) == ("delivered", 200, None)
    assert (attempt["response_body"], attempt["response_body_note"]) == (kept, "truncated")


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nConnection: close", b"HTTP/1.0 200 OK"])
def test_answer_that_ends_with_its_connection_is_read(mock, head):
    with answering(head + b"\r\n\r\nunder", b"stood") as url:
        m = hooked(mock)
        made = register(m, url, "request.received")
        found = m("POST", f"{API}/{made['id']}/test").json()
    assert found["status"] == "delivered", found
    assert found["attempts"][0]["response_body"] == "understood"
    assert found["attempts"][0]["response_body_note"] is None


def test_answer_that_is_no_http_is_an_error(mock):
    with answering(b"SSH-2.0-\xff\x00<script>\r\n") as url:
        m = hooked(mock)
        made = register(m, url, "request.received")
        found = m("POST", f"{API}/{made['id']}/test").json()
    assert found["status"] == "failed"
    assert "BadStatusLine" in found["attempts"][0]["error"]
