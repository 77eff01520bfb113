"""The log as the admin UI shows it, and what can be done with a request of it."""

import re

import pytest
from conftest import expect


@pytest.fixture
def ui(busy, tab):
    return tab(busy, permissions=["clipboard-read", "clipboard-write"])


def test_dashboard_counts_what_comes_while_it_is_open(ui):
    page = ui.open("dashboard").page
    total = page.locator(".tile", has_text="Requests").locator(".tile-value").first
    before = ui.server.found()
    expect(total).to_have_text(str(before))
    expect(page.locator(".live")).to_have_text("live")
    ui.server.client.get("/v1/pets/77")
    expect(total).to_have_text(str(before + 1))
    expect(page.locator(".scroll tbody tr").first).to_contain_text("/v1/pets/77")
    expect(page.locator(".uplot canvas")).to_be_visible()


def test_requests_come_live_until_they_are_paused(ui):
    page = ui.open("requests").page
    expect(page.locator(".live")).to_have_text("live")
    ui.server.client.get("/v1/pets/801")
    expect(page.locator(".scroll tbody tr").first).to_contain_text("/v1/pets/801")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".live")).to_have_text("paused")
    # What came until then is asked for once more.
    page.wait_for_load_state("networkidle")
    ui.server.client.get("/v1/pets/802")
    assert ui.server.found(path="/v1/pets/802") == 1
    expect(page.locator(".scroll tbody tr").first).to_contain_text("/v1/pets/801")
    page.get_by_role("button", name="Live").click()
    expect(page.locator(".scroll tbody tr").first).to_contain_text("/v1/pets/802")


def test_filters_are_in_the_address_and_come_back_with_it(ui):
    page = ui.open("requests").page
    expect(page.locator(".scroll tbody tr").nth(5)).to_be_visible()
    page.get_by_label("Status").fill("4xx")
    page.get_by_label("Method").select_option("POST")
    expect(page.locator(".scroll tbody tr")).to_have_count(1)
    assert re.search(r"status=4xx", page.url) and "method=POST" in page.url
    page.reload()
    expect(page.get_by_label("Status")).to_have_value("4xx")
    expect(page.locator(".scroll tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Clear filters").click()
    expect(page.locator(".scroll tbody tr").nth(5)).to_be_visible()


def test_a_filter_that_cannot_be_used_says_why(ui):
    page = ui.open("requests?path_regex=(").page
    expect(page.get_by_role("alert")).to_contain_text("path_regex")
    ui.wrong.clear()


def test_a_request_is_read_by_keyboard_alone(ui):
    page = ui.open("requests?status=4xx&live=off").page
    first = page.locator(".scroll tbody tr").first.get_by_role("link")
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    detail = page.get_by_role("complementary", name="Request")
    expect(detail).to_contain_text("Correlation id")
    expect(
        detail.get_by_role("heading", name="What the description does not allow")
    ).to_be_visible()
    second = page.locator(".scroll tbody tr").nth(1)
    expect(second).to_have_class(re.compile("selected"))
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(second.get_by_role("link")).to_be_focused()


def test_resend_asks_the_mock_again_and_shows_the_answer(ui):
    page = ui.open("requests?method=POST&status=200,201&live=off").page
    before = ui.server.found()
    page.locator(".scroll tbody tr").first.get_by_role("link").click()
    page.get_by_role("button", name="Resend").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The log masks secrets")).to_be_visible()
    headers = dialog.get_by_label("Headers")
    headers.fill(re.sub(r"(?im)^x-pet-key:.*$", "x-pet-key: k", headers.input_value()))
    dialog.get_by_label("Body").fill('{"name": "Sent again"}')
    dialog.get_by_role("button", name="Send").click()
    expect(dialog.locator(".result .status")).to_have_text("201")
    assert ui.server.found() == before + 1
    assert ui.server.found(q="Sent again") == 1
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.get_by_role("button", name="Resend")).to_be_focused()


@pytest.mark.parametrize(
    ("query", "body"),
    [({}, {"name": "Rex", "password": "hidden"}), ({"access_token": "hidden"}, {"name": "Rex"})],
)
def test_resend_says_that_query_or_body_is_masked(ui, query, body):
    ui.server.client.post("/v1/pets", params=query, json=body)
    ui.server.found()
    (row,) = ui.api("GET", "logs/search", params={"limit": 1})["logs"]
    page = ui.open(f"requests?id={row['id']}&live=off").page
    page.get_by_role("button", name="Resend").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("The log masks secrets")).to_be_visible()
    expect(dialog.get_by_text("hidden")).to_have_count(0)


def test_curl_is_copied_and_a_logged_answer_becomes_the_response(ui):
    page = ui.open("requests?operation_id=getPetById&live=off").page
    page.locator(".scroll tbody tr").first.get_by_role("link").click()
    page.get_by_role("button", name="Copy as curl").click()
    expect(page.locator(".note")).to_contain_text("Command copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith("curl -X GET http://127")
    page.get_by_role("button", name="Make this the response").click()
    page.get_by_role("dialog").get_by_role("button", name="Set response").click()
    expect(page.locator(".note").last).to_contain_text("getPetById answers 200 now")
    ui.server.client.get("/v1/pets/9")
    (row,) = ui.api("GET", "logs/search", params={"limit": 1})["logs"]
    assert (row["decided_by"], row["status_code"]) == ("override", 200)


def test_a_refusal_that_becomes_the_response_tells_nothing_of_its_request(ui):
    ui.server.client.get("/v1/pets/seven")
    ui.server.found()
    (row,) = ui.api("GET", "logs/search", params={"limit": 1})["logs"]
    page = ui.open(f"requests?id={row['id']}&live=off").page
    page.get_by_role("button", name="Make this the response").click()
    page.get_by_role("dialog").get_by_role("button", name="Set response").click()
    expect(page.locator(".note").last).to_contain_text("answers")
    answer = ui.server.client.get("/v1/pets/9")
    assert answer.status_code == row["status_code"]
    assert "mockloop-violations" not in answer.headers


def test_what_is_shown_is_saved_with_the_same_filter(ui):
    page = ui.open("requests?status=404").page
    expect(page.locator(".scroll tbody tr")).to_have_count(1)
    with page.expect_download() as saved:
        page.get_by_role("link", name="CSV").click()
    lines = saved.value.path().read_text("utf-8").strip().splitlines()
    assert len(lines) == 2
    assert "/v1/nothing" in lines[1]
