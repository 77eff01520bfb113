"""A real Chromium on real servers; `cargo xtask test` runs these in a step of their own."""

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import expect, sync_playwright
from serving import SECONDS, copy_project, serving

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OUTPUT = Path(os.environ.get("MOCKLOOP_SCREENSHOTS", Path(__file__).parents[3] / "target/ui"))

expect.set_options(timeout=20_000)


def _program():
    named = os.environ.get("MOCKLOOP_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        pytest.exit("there is no Chromium: install it, or name it in MOCKLOOP_CHROMIUM", 2)
    return found


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_program(), args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("ui") / "project")


@pytest.fixture(scope="module")
def busy(project, tmp_path_factory):
    """One server for the tests of a file, with some traffic in its log."""
    with serving(project, tmp_path_factory.mktemp("busy")) as run:
        server = run()
        traffic(server)
        yield server


@pytest.fixture
def serve(project, tmp_path):
    with serving(project, tmp_path) as run:
        yield run


class Tab:
    """A page of the admin UI, and everything it did that it must not do."""

    def __init__(self, page, server):
        self.page = page
        self.server = server
        self.root = f"http://127.0.0.1:{server.port}/__mockloop/"
        self.wrong = []
        self.asked = []
        page.on("dialog", lambda dialog: (self.wrong.append(dialog.message), dialog.dismiss()))
        page.on("pageerror", lambda error: self.wrong.append(str(error)))
        page.on("console", self._heard)
        page.on("request", self._requested)

    def _heard(self, message):
        # That an answer is a refusal is shown by the page.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.wrong.append(message.text)

    def _requested(self, request):
        url = urlsplit(request.url)
        self.asked.append(request)
        if url.scheme in ("http", "https") and url.port != self.server.port:
            self.wrong.append(f"asked {request.url}")

    def open(self, route="dashboard"):
        self.page.goto(f"{self.root}#/{route}")
        return self

    def go(self, route):
        self.page.evaluate("hash => { location.hash = hash }", f"#/{route}")
        return self

    def shot(self, name):
        OUTPUT.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=OUTPUT / f"{name}.png")

    def api(self, method, path, **options):
        answer = self.server.client.request(method, f"/__mockloop/api/{path}", **options)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def tab(browser):
    """Opens pages, and holds at the end that none did anything wrong."""
    opened = []

    def make(server, **options):
        options = {"viewport": {"width": 1360, "height": 860}, **options}
        context = browser.new_context(**options)
        context.set_default_timeout(20_000)
        opened.append((context, Tab(context.new_page(), server)))
        return opened[-1][1]

    yield make
    for context, each in opened:
        context.close()
        assert each.wrong == []


def traffic(server):
    """Some requests of all kinds."""
    client = server.client
    for number in range(6):
        client.get(f"/v1/pets/{number + 1}", headers={"X-Session-ID": f"run-{number % 2}"})
        client.get("/v1/pets", params={"limit": number + 1})
    client.post("/v1/pets", json={"name": "Rex"}, headers={"X-Pet-Key": "k"})
    client.post("/v1/pets", json={"name": 1}, headers={"X-Pet-Key": "k"})
    client.get("/v1/nothing")
    server.found()


def start_again(server):
    """A server that has ended, at the address that it had."""
    server.process = subprocess.Popen(
        server.process.args,
        cwd=server.folder,
        env={**os.environ, "MOCKLOOP_DATABASE": str(server.database)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    server.client = httpx.Client(base_url=server.client.base_url, timeout=SECONDS)
    return server.until_ready()


__all__ = ["OUTPUT", "Tab", "expect", "serving", "start_again", "traffic"]
