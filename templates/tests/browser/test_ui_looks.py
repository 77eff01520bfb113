"""Every tab in both themes and on a small screen, for those who see it and those who hear it."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import expect, serving, traffic

ROUTES = {
    "dashboard": "dashboard",
    "requests": "requests?live=off",
    "request": "requests?live=off&status=4xx&id=ID",
    "analytics": "analytics",
    "compare": "analytics?compare=1&baseline.session_id=run-0&candidate.session_id=run-1",
    "performance": "performance",
    "scenarios": "scenarios?name=flaky",
    "history": "scenarios?history=0",
    "responses": "responses?operation=getPetById",
    "webhooks": "webhooks",
    "deliveries": "webhooks?view=history",
    "events": "webhooks?view=events",
    "auth": "auth",
    "keys": "auth?view=keys",
    "tokens": "auth?view=tokens",
    "storage": "storage",
    "docs": "docs",
    "settings": "settings",
}
# Pages of Swagger UI and ReDoc are not ours.
OPTIONS = {"iframes": False, "resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def full(project, tmp_path_factory):
    """A server with something on every tab."""
    with serving(project, tmp_path_factory.mktemp("full")) as run:
        server = run()
        traffic(server)

        def send(method, path, body=None):
            answer = server.client.request(method, f"/__mockloop/api/{path}", json=body)
            assert answer.is_success, answer.text

        send("PUT", "overrides/listPets", {"status": 200, "body": [{"id": "x"}]})
        send("POST", "mock-data/scenarios/maintenance/activate", {"session_id": "run-9"})
        nobody = "http://127.0.0.1:9/hook"
        send("POST", "webhooks", {"url": nobody, "events": ["*"], "secret": "s", "active": False})
        hook = server.client.get("/__mockloop/api/webhooks").json()["webhooks"][0]["id"]
        send("POST", f"webhooks/{hook}/test")
        send("POST", "auth/keys", {"scheme": "api_key", "name": "tests"})
        send("POST", "auth/tokens", {"subject": "alice", "scopes": ["read"]})
        send("POST", "storage/collections", {"name": "pets"})
        for number in range(3):
            send("POST", "storage/collections/pets/documents", {"name": f"pet {number}"})
        send("POST", "storage/snapshots", {"name": "before"})
        yield server


def settled(ui, name):
    """Wait until a tab shows what it is there for."""
    number = ui.server.client.get(
        "/__mockloop/api/logs/search", params={"status": "4xx", "limit": 1}
    ).json()["logs"][0]["id"]
    ui.open(ROUTES[name].replace("ID", str(number)))
    page = ui.page
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_load_state("networkidle" if "live" not in page.content() else "load")
    for waiting in ("Reading the log…", "…"):
        expect(page.get_by_text(waiting, exact=True)).to_have_count(0)
    if name == "docs":
        expect(page.frame_locator("iframe").get_by_text("Find pet by ID").first).to_be_visible()
        ui.wrong.clear()
    elif name not in ("history", "deliveries"):
        expect(page.locator("main .panel, main .list").first).not_to_be_empty()
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_tab_is_accessible(full, tab, theme):
    ui = tab(full, color_scheme=theme)
    found = {}
    for name in ROUTES:
        page = settled(ui, name)
        ui.shot(f"{name}-{theme}")
        results = Axe().run(page, options=OPTIONS).response
        assert len(results["passes"]) > 10
        for each in results["violations"]:
            nodes = [node["html"][:160] for node in each["nodes"]][:3]
            found.setdefault(name, []).append((each["impact"], each["id"], nodes))
    assert found == {}


def test_every_tab_fits_a_small_screen(full, tab):
    ui = tab(full, viewport={"width": 360, "height": 740})
    wide = {}
    for name in ROUTES:
        page = settled(ui, name)
        ui.shot(f"{name}-small")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 360:
            wide[name] = width
    assert wide == {}


def test_the_menu_of_a_small_screen_is_used_by_keyboard(full, tab):
    ui = tab(full, viewport={"width": 360, "height": 740})
    page = ui.open("dashboard").page
    menu = page.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    expect(menu).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("link", name="Dashboard")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_focused()
    expect(page.locator("nav")).to_be_hidden()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Requests", level=1)).to_be_visible()
    expect(page.locator("nav")).to_be_hidden()


def test_nothing_moves_for_those_who_want_it_so(full, tab):
    ui = tab(full, reduced_motion="reduce")
    page = ui.open("dashboard").page
    expect(page.locator(".live")).to_have_text("live")
    names = "[...document.querySelectorAll('*')].map(e => getComputedStyle(e).animationName)"
    assert set(page.evaluate(names)) == {"none"}


def test_a_dialog_keeps_the_keyboard_and_gives_it_back(full, tab):
    ui = tab(full)
    page = ui.open("webhooks").page
    opener = page.get_by_role("button", name="New webhook")
    opener.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Tab")
        inside = (
            "document.activeElement === document.body || !!document.activeElement.closest('dialog')"
        )
        assert page.evaluate(inside)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(opener).to_be_focused()


def test_everything_is_there_once_the_page_is_loaded(full, tab):
    ui = tab(full)
    page = ui.open("dashboard").page
    expect(page.locator(".live")).to_have_text("live")
    late = []
    allowed = re.compile(r"/__mockloop/(api/|health$)")

    def judge(route):
        if allowed.search(route.request.url.split("?")[0]):
            route.continue_()
        else:
            late.append(route.request.url)
            route.abort()

    page.route("**/*", judge)
    for name, route in ROUTES.items():
        # Swagger UI is a page of its own, in a frame.
        if name not in ("docs", "request", "dashboard"):
            ui.go(route)
            expect(page.locator("main h1")).to_be_visible()
            expect(page.get_by_text("…", exact=True)).to_have_count(0)
            expect(page.locator("[role=alert].error-panel")).to_have_count(0)
    assert late == []
