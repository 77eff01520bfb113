"""Text of the log and of the description is text on every tab, whatever it holds."""

import json

import pytest
from conftest import copy_project, expect, serving

EVIL = (
    '"\'></textarea></style></script><img src=x onerror="window.pwned=1">'
    "<svg onload=window.pwned=1><script>window.pwned=1</script>"
    '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>'
    "<a href=javascript:window.pwned=1>{{7*7}}${7*7}</a>\u202e\u0000"
)
# Names that HTTP, paths and headers can hold.
EVIL_ASCII = EVIL.encode("ascii", "ignore").decode().replace("\0", "")
ROUTES = (
    "dashboard",
    "requests?live=off",
    "analytics",
    "analytics?compare=1&baseline.session_id=" + "%22%3E%3Cimg%20src%3Dx%20onerror%3Dpwned%3D1%3E",
    "performance?since=",
    "scenarios",
    "scenarios?history=0",
    "responses",
    "webhooks",
    "webhooks?view=history",
    "webhooks?view=events",
    "auth",
    "auth?view=keys",
    "auth?view=users",
    "auth?view=clients",
    "auth?view=tokens",
    "storage",
    "settings",
)


def raw(server, text):
    with server.raw() as connection:
        connection.sendall(text.encode("latin-1"))
        assert connection.recv(65536)


def of_evil(value):
    """The same JSON with what people read of it replaced."""
    if isinstance(value, dict):
        return {
            key: EVIL if key in ("title", "version", "summary", "description") else of_evil(each)
            for key, each in value.items()
        }
    return [of_evil(each) for each in value] if isinstance(value, list) else value


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = copy_project(tmp_path_factory.mktemp("hostile") / "project")
    file = folder / "api.json"
    api = of_evil(json.loads(file.read_text("utf-8")))
    # A name of the schema language is none of a person's.
    for operation in api["operations"]:
        operation["tags"] = [EVIL]
        for response in operation["responses"]:
            for media in response.get("content", ()):
                for body in media.get("bodies", ()):
                    body["name"] = EVIL
    for scheme in api["security_schemes"]:
        scheme["description"] = EVIL
    file.write_text(json.dumps(api), "utf-8")
    with serving(folder, tmp_path_factory.mktemp("log")) as run:
        server = run()

        def send(method, path, body):
            answer = server.client.request(method, f"/__mockloop/api/{path}", json=body)
            assert answer.is_success, answer.text
            return answer

        send("PUT", "overrides/getPetById", {"status": 200, "body": {"name": EVIL}})
        send("PUT", "overrides/listPets", {"text": EVIL, "content_type": "text/html"})
        name = EVIL_ASCII.replace("/", "|")[:90].strip()
        send("POST", "mock-data/scenarios", {"name": name, "description": EVIL, "operations": {}})
        send("POST", f"mock-data/scenarios/{name}/activate", {"session_id": EVIL_ASCII[:100]})
        headers = "".join(
            f"{each}: {EVIL_ASCII}\r\n"
            for each in ("User-Agent", "X-Session-ID", "X-Evil", "X-Test-Scenario", "Referer")
        )
        path = EVIL_ASCII.replace(" ", "%20").replace("?", "%3F").replace("#", "%23")
        for target in (f"/v1/pets/{path}?{path}={path}", "/v1/pets/1", "/v1/pets", f"/{path}"):
            raw(server, f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n")
        body = json.dumps({EVIL: EVIL})
        raw(
            server,
            f"POST /v1/pets HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}X-Pet-Key: k\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}",
        )
        hook = {"url": "http://127.0.0.1:9/%3Cimg%20src=x%3E", "events": ["*"], "headers": {}}
        hook = send("POST", "webhooks", {**hook, "description": EVIL, "active": False}).json()
        send("POST", f"webhooks/{hook['id']}/test", None)
        send("POST", "auth/keys", {"scheme": "api_key", "name": EVIL_ASCII[:200]})
        send("POST", "auth/users", {"name": EVIL_ASCII[:150], "claims": {EVIL: EVIL}})
        send("POST", "auth/clients", {"client_id": "<img/src=x/onerror=pwned=1>"})
        send("POST", "auth/tokens", {"subject": EVIL_ASCII[:150], "scopes": ["<b>"]})
        send("POST", "storage/collections", {"name": "evil"})
        send("POST", "storage/collections/evil/documents", {"id": EVIL_ASCII[:150], EVIL: EVIL})
        server.found()
        yield server


def inert(ui, where):
    page = ui.page
    assert page.evaluate("window.pwned") is None, where
    markup = "img, main script, [onerror], [onload], iframe, a[href^=javascript]"
    assert page.locator(f":is({markup})").count() == 0, where
    links = "[...document.links].map(a => a.protocol).filter(p => !/^(http|blob)/.test(p))"
    assert page.evaluate(links) == [], where
    assert page.evaluate("window.violated") == [], where


@pytest.fixture
def ui(hostile, tab):
    ui = tab(hostile)
    ui.page.add_init_script(
        "window.violated = [];"
        "addEventListener('securitypolicyviolation', e => violated.push(e.violatedDirective));"
    )
    return ui


def test_every_tab_shows_hostile_text_as_text(ui):
    ui.open()
    expect(ui.page.locator("#title")).to_contain_text("<script>window.pwned=1</script>")
    for route in ROUTES:
        ui.go(route)
        expect(ui.page.locator("main h1")).to_be_visible()
        ui.page.wait_for_load_state("networkidle" if route != "dashboard" else "load")
        expect(ui.page.locator("[role=alert].error-panel")).to_have_count(0)
        inert(ui, route)
    ui.shot("hostile")


def test_every_request_with_hostile_text_is_read_and_sent_again(ui):
    rows = ui.api("GET", "logs/search", params={"limit": 20})["logs"]
    assert len(rows) == 5
    ui.open("requests?live=off")
    for row in rows:
        ui.go(f"requests?live=off&id={row['id']}")
        page = ui.page
        expect(page.locator(".detail h2")).to_contain_text(row["path"][:20])
        detail = page.get_by_role("complementary", name="Request")
        expect(detail).to_contain_text("<script>window.pwned=1</script>")
        for name in ("Resend", "Make this the response"):
            opener = detail.get_by_role("button", name=name)
            if opener.count():
                opener.click()
                expect(page.get_by_role("dialog")).to_be_visible()
                if name == "Resend":
                    page.get_by_role("button", name="Send", exact=True).click()
                    result = page.locator(".result")
                    expect(result.locator(".status, .error").first).to_be_visible()
                inert(ui, name)
                page.keyboard.press("Escape")
                expect(page.get_by_role("dialog")).to_have_count(0)
        inert(ui, row["path"])


def test_the_policy_would_stop_what_got_through(ui):
    ui.open()
    expect(ui.page.locator("h1")).to_be_visible()
    tries = """([name, value]) => {
        const element = document.createElement(name);
        try { element.setAttribute(...value); return "set"; } catch (error) { return error.name; }
    }"""
    for name, value in (
        ("a", ["onclick", "window.pwned = 1"]),
        ("script", ["src", "data:text/javascript,window.pwned=1"]),
        ("iframe", ["srcdoc", "<script>parent.pwned=1</script>"]),
    ):
        assert ui.page.evaluate(tries, [name, value]) == "TypeError"
    ui.page.evaluate("""async () => {
        const image = new Image();
        image.src = "http://127.0.0.1:9/x.png";
        document.body.append(image);
        await fetch("http://127.0.0.1:9/").catch(() => {});
        await new Promise(done => { image.onerror = done; if (image.complete) done(); });
    }""")
    assert {"img-src", "connect-src"} <= set(ui.page.evaluate("window.violated"))
    assert ui.page.evaluate("window.pwned") is None
    ui.wrong.clear()
