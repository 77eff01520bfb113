"""Webhooks, credentials and stored documents in the admin UI."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from conftest import expect


@pytest.fixture
def ui(busy, tab):
    return tab(busy)


@pytest.fixture
def receiver():
    """A server that takes messages."""
    taken = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            taken.append((dict(self.headers), json.loads(body)))
            self.send_response(202)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", taken
        server.shutdown()
        thread.join()


def test_webhook_is_registered_tested_told_and_deleted(ui, receiver):
    url, taken = receiver
    page = ui.open("webhooks").page
    page.get_by_role("button", name="New webhook").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("URL").fill(url)
    dialog.get_by_label("Events").fill("nothing.known")
    dialog.get_by_label("Secret").fill("hush")
    dialog.get_by_role("button", name="Register").click()
    expect(dialog.get_by_role("alert")).to_contain_text("nothing.known")
    dialog.get_by_label("Events").fill("request.received")
    dialog.get_by_role("button", name="Register").click()
    expect(page.get_by_role("region", name="Webhooks")).to_contain_text("signed")
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("dialog")).to_contain_text("delivered")
    headers, message = taken[0]
    assert message["event"] == "test"
    assert headers["X-Mockloop-Signature"].startswith("t=")
    page.get_by_role("dialog").get_by_role("button", name="Close").first.click()
    ui.server.client.get("/v1/pets/55")
    page.get_by_role("link", name="Deliveries").first.click()
    rows = page.get_by_role("region", name="Deliveries").locator("tbody tr")

    def arrived():
        page.get_by_role("button", name="Refresh").click()
        return rows.filter(has_text="request.received").filter(has_text="delivered").count() == 1

    for _ in range(50):
        if arrived():
            break
    expect(rows.filter(has_text="request.received")).to_contain_text("delivered")
    rows.filter(has_text="request.received").get_by_role("button").click()
    page.get_by_role("button", name="Send again").click()
    expect(rows.filter(has_text="request.received")).to_have_count(2)
    page.get_by_role("link", name="Registered").click()
    page.get_by_role("button", name=f"Delete {url}").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No webhook is registered.")).to_be_visible()


def test_key_is_made_shown_once_and_expires(ui):
    page = ui.open("auth?view=keys").page
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Scheme").select_option("api_key")
    dialog.get_by_label("Name").fill("tests")
    dialog.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="The key is registered")).to_be_visible()
    key = page.get_by_role("dialog").get_by_label("Key", exact=True).first.input_value()

    def status(value):
        pet = {"name": "Rex"}
        headers = {"X-Pet-Key": value}
        return ui.server.client.post("/v1/pets", json=pet, headers=headers).status_code

    assert (status(key), status("another")) == (201, 401)
    page.get_by_role("button", name="Done").click()
    assert key not in page.content()
    page.get_by_role("button", name="Expire").click()
    expect(page.get_by_role("region", name="Keys")).to_contain_text("expired")
    assert status(key) == 401
    page.get_by_role("button", name="Delete tests").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No key is registered")).to_be_visible()


def test_user_and_token_are_made_and_the_token_is_revoked(ui):
    page = ui.open("auth?view=users").page
    page.get_by_role("button", name="New user").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("alice")
    dialog.get_by_label("Claims").fill("{")
    dialog.get_by_role("button", name="Register").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Claims")
    dialog.get_by_label("Claims").fill('{"email": "a@example.com"}')
    dialog.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", name="alice is registered")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("region", name="Users")).to_contain_text("a@example.com")
    page.get_by_role("link", name="Tokens").click()
    page.get_by_role("button", name="Issue a token").click()
    page.get_by_role("dialog").get_by_label("For").fill("alice")
    page.get_by_role("dialog").get_by_role("button", name="Issue").click()
    expect(page.get_by_role("heading", name="The token is issued")).to_be_visible()
    page.get_by_role("button", name="Done").click()
    page.get_by_role("button", name="Revoke", exact=True).click()
    expect(page.get_by_role("region", name="Tokens")).to_contain_text("revoked")


def test_documents_are_written_found_kept_and_restored(ui):
    page = ui.open("storage").page
    page.get_by_role("button", name="New collection").click()
    page.get_by_role("dialog").get_by_label("Name").fill("pets")
    page.get_by_role("dialog").get_by_role("button", name="Make").click()
    expect(page.get_by_role("heading", name="pets")).to_be_visible()
    for name, price in (("Rex", 9), ("Tom", 20)):
        page.get_by_role("button", name="Add").click()
        document = {"id": name.lower(), "name": name, "price": price}
        page.get_by_role("dialog").get_by_label("Document").fill(json.dumps(document))
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    documents = page.get_by_role("region", name="Documents")
    page.get_by_label("Conditions").fill("price<10")
    page.get_by_role("button", name="Find").click()
    expect(documents.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Keep now…").click()
    page.get_by_role("dialog").get_by_label("Name").fill("before")
    page.get_by_role("dialog").get_by_role("button", name="Keep").click()
    expect(page.get_by_role("region", name="Snapshots")).to_contain_text("before")
    documents.get_by_role("button", name="rex").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(documents).to_contain_text("No document meets")
    assert ui.api("GET", "storage/collections/pets")["count"] == 1
    page.get_by_role("button", name="Restore").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(documents).to_contain_text("Rex")


def test_a_document_that_was_changed_meanwhile_is_not_overwritten(ui):
    ui.api("POST", "storage/collections", json={"name": "notes"})
    ui.api("POST", "storage/collections/notes/documents", json={"id": "1", "text": "old"})
    page = ui.open("storage?collection=notes").page
    page.get_by_role("region", name="Documents").get_by_role("button", name="1").click()
    pad = page.get_by_role("dialog").get_by_label("Document")
    expect(pad).to_have_value('{\n  "id": "1",\n  "text": "old"\n}')
    ui.api("PUT", "storage/collections/notes/documents/1", json={"id": "1", "text": "newer"})
    pad.fill('{"id": "1", "text": "mine"}')
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog").locator(".findings li")).to_be_visible()
    assert ui.api("GET", "storage/collections/notes/documents/1")["text"] == "newer"
