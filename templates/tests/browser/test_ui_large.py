"""The admin UI on a log of 100,000 requests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import OUTPUT, expect, serving

FILL = Path(__file__).parents[1] / "bench" / "fill_log.py"
ROWS = 100_000

LIMIT_MS = 200
LARGEST = 300_000
ROUTES = ("dashboard", "requests", "analytics", "performance", "scenarios", "responses", "settings")


@pytest.fixture(scope="module")
def large(project, tmp_path_factory):
    folder = tmp_path_factory.mktemp("large")
    command = [sys.executable, FILL, project, folder / "log.db", str(ROWS)]
    subprocess.run(command, check=True)
    with serving(project, folder) as run:
        yield run()


def calls(ui):
    """What was asked of the admin API: path, milliseconds until the first byte, bytes."""
    return ui.page.evaluate(
        """performance.getEntriesByType("resource")
            .filter(each => each.name.includes("/api/") && each.responseStatus)
            .map(each => [new URL(each.name).pathname + new URL(each.name).search,
                          each.responseStart - each.requestStart, each.decodedBodySize])"""
    )


def test_pages_stay_small_and_their_calls_quick(large, tab):
    ui = tab(large)
    page = ui.open("requests?live=off").page
    rows = page.locator(".scroll tbody tr")
    expect(rows).to_have_count(100)
    expect(page.locator(".pager")).to_contain_text("of 98,000")
    page.get_by_role("button", name="Last", exact=True).click()
    expect(page.locator(".pager")).to_contain_text("of 98,000")
    for route in ("requests?live=off&status=5xx", "requests?live=off&q=pet%2077&sort=-duration"):
        ui.go(route)
        expect(rows).to_have_count(100)
    for route in ROUTES:
        ui.go(route)
        expect(page.locator("main h1")).to_be_visible()
        expect(page.get_by_text("…", exact=True)).to_have_count(0)
        expect(page.get_by_text("Reading the log…")).to_have_count(0)
        assert page.evaluate("document.querySelectorAll('*').length") < 4000, route
    found = calls(ui)
    OUTPUT.mkdir(parents=True, exist_ok=True)
    lines = sorted(f"{took:7.1f} ms {size:8} B {path}" for path, took, size in found)
    (OUTPUT / "calls.txt").write_text("\n".join(lines) + "\n", "utf-8")
    assert max(size for _, _, size in found) < LARGEST, "a page loads more than it shows"


def processor_ms(server):
    """What the server has used of the processor until now."""
    fields = Path(f"/proc/{server.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def test_each_number_of_the_whole_log_takes_a_fifth_of_a_second_at_most(large, tab):
    """By time of the processor, as other programs of the machine are no matter of the server's."""
    ui = tab(large)
    page = ui.open("settings").page
    for route, last in (
        ("dashboard?since=", "parts?parts=insights"),
        ("analytics", "parts?parts=insights"),
        ("performance?since=", "performance/summary"),
    ):
        with page.expect_response(f"**/{last}*"):
            ui.go(route)
        expect(page.get_by_text("…", exact=True)).to_have_count(0)
        expect(page.get_by_text("Reading the log…")).to_have_count(0)
        expect(page.locator("main table").first).to_be_visible()
    asked = {path for path, _, _ in calls(ui) if "/tail" not in path}
    assert any("performance/summary" in path for path in asked)
    ui.page.close()
    slow = {}
    for path in asked:
        times = []
        for _ in range(4):
            before = processor_ms(large)
            assert large.client.get(path).status_code == 200
            times.append(processor_ms(large) - before)
        # Insights are read on two connections at once.
        if min(times) > LIMIT_MS * (2 if "parts=insights" in path else 1):
            slow[path] = min(times)
    assert slow == {}


def test_lists_are_answered_within_a_fifth_of_a_second(large):
    """The best of some tries, as other programs of the machine are no matter of the server's."""
    slow = {}
    for query in (
        {},
        {"offset": ROWS - 3000},
        {"status": "5xx"},
        {"q": "pet 77"},
        {"q": "nothing has this"},
        {"sort": "-duration"},
        {"path": "/v1/pets/*"},
        {"session_id": "session-3"},
    ):
        times = []
        for _ in range(5):
            answer = large.client.get("/__mockloop/api/logs/search", params=query)
            assert answer.status_code == 200
            times.append(answer.elapsed.total_seconds() * 1000)
        if min(times) > LIMIT_MS:
            slow[json.dumps(query)] = min(times)
    assert slow == {}
