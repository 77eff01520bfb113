"""Numbers about the log in the admin UI."""

import pytest
from conftest import expect


@pytest.fixture
def ui(busy, tab):
    return tab(busy)


def test_analytics_show_numbers_of_what_the_filter_leaves(ui):
    page = ui.open("analytics?session_id=run-1").page
    expect(page.locator(".tile-value").first).to_have_text("3")
    expect(page.get_by_role("list", name="Requests by status")).to_contain_text("200")
    page.get_by_role("link", name="GET /pets/{petId}").click()
    expect(page.locator(".scroll tbody tr")).to_have_count(3)
    assert "session_id=run-1" in page.url and "operation_id=getPetById" in page.url


def test_endpoints_are_sorted_by_what_is_asked_for(ui):
    page = ui.open("analytics").page
    rows = page.get_by_role("region", name="Endpoints").locator("tbody tr")
    expect(rows).to_have_count(3)
    page.get_by_role("region", name="Endpoints").get_by_role("button", name="Errors").click()
    expect(rows.first).to_contain_text("POST")
    head = page.get_by_role("columnheader", name="Errors")
    expect(head).to_have_attribute("aria-sort", "descending")


def test_a_stretch_of_the_chart_becomes_the_filter(ui):
    page = ui.open("analytics").page
    chart = page.locator(".u-over")
    expect(chart).to_be_visible()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 220, box["y"] + 40, steps=4)
    page.mouse.up()
    page.wait_for_url("**time_from=*")
    expect(page.get_by_label("From")).not_to_have_value("")


def test_two_sessions_are_compared(ui):
    page = ui.open("analytics?compare=1").page
    for name, session in (("Baseline", "run-0"), ("Compared with it", "run-1")):
        page.get_by_role("group", name=name).get_by_label("Session").fill(session)
    page.get_by_role("button", name="Compare", exact=True).click()
    requests = (
        page.get_by_role("region", name="Differences", exact=True)
        .locator("tr", has_text="Requests")
        .first
    )
    expect(requests).to_contain_text("3")
    expect(page.get_by_role("region", name="Differences by operation")).to_contain_text(
        "getPetById"
    )


def test_performance_lists_sessions_and_leads_to_their_requests(ui):
    page = ui.open("performance").page
    sessions = page.get_by_role("region", name="Sessions")
    expect(sessions.locator("tbody tr")).to_have_count(2)
    page.get_by_role("link", name="Ended").click()
    expect(sessions).to_contain_text("No request named a session")
    page.get_by_role("link", name="All", exact=True).click()
    sessions.get_by_role("link", name="run-1").click()
    expect(page.locator(".scroll tbody tr")).to_have_count(3)
