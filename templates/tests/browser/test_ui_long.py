"""Texts of any length wrap or are cut: no tab is wider than its window."""

import pytest
from conftest import expect
from test_ui_looks import ROUTES, settled

LONG = "x" * 900
LONG_NAME = "getPetById" * 20


@pytest.fixture
def long(serve):
    """A server whose log and lists have texts without a space in them."""
    server = serve()
    headers = {"X-Session-ID": "s" * 200, "User-Agent": "u" * 300, "X-" + "h" * 300: "v" * 900}
    server.client.get("/v1/pets/1", headers={**headers, "X-Session-ID": "run-0"})
    server.client.get(f"/v1/{LONG}", params={LONG: LONG}, headers=headers)
    server.found()

    def send(path, body):
        answer = server.client.post(f"/__mockloop/api/{path}", json=body)
        assert answer.is_success, answer.text

    hook = {"url": f"http://127.0.0.1:9/{LONG}", "events": ["*"], "active": False}
    send("webhooks", {**hook, "description": "d" * 300})
    send("auth/keys", {"scheme": "api_key", "name": "n" * 100})
    send("mock-data/scenarios", {"name": "n" * 100, "description": LONG, "operations": {}})
    send("storage/collections", {"name": "c" * 60})
    send(f"storage/collections/{'c' * 60}/documents", {LONG: LONG})
    send("storage/snapshots", {"name": "s" * 60})
    return server


@pytest.mark.parametrize("width", [360, 1280])
def test_no_tab_is_wider_than_its_window(long, tab, width):
    ui = tab(long, viewport={"width": width, "height": 740})

    def rename(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('"getPetById"', f'"{LONG_NAME}"'))

    ui.page.route("**/api/logs/analyze/parts*", rename)
    ui.page.route("**/api/operations*", rename)
    wide = {}
    for name in ROUTES:
        page = settled(ui, name)
        found = page.evaluate(
            """() => [document.documentElement.scrollWidth, ...[...document.querySelectorAll(
                "main .panel, main .list, main .detail")].map((each) =>
                each.getBoundingClientRect().right + each.scrollWidth - each.clientWidth)]"""
        )
        if max(found) > width + 2:
            wide[name] = max(found)
    assert wide == {}
    expect(page.locator("h1")).to_be_visible()
