"""What the mock answers, set by the admin UI."""

import json

import pytest
from conftest import expect


@pytest.fixture
def ui(busy, tab):
    return tab(busy)


def write(page, label, text):
    page.get_by_label(label, exact=True).fill(text)


def test_scenario_is_checked_while_it_is_written_then_created_and_active(ui):
    page = ui.open("scenarios?new=1").page
    document = {"name": "down", "operations": {"getPetByIdd": [{"respond": {"status": 503}}]}}
    write(page, "Scenario", json.dumps(document, indent=2))
    finding = page.locator(".findings li.error")
    expect(finding).to_contain_text("names no operation")
    expect(finding.get_by_role("button")).to_have_text("Line 4")
    expect(page.locator(".gutter .error")).to_have_text("4")
    finding.get_by_role("button").click()
    expect(page.get_by_label("Scenario", exact=True)).to_be_focused()
    write(
        page,
        "Scenario",
        "name: down\noperations:\n  getPetById:\n  - delay: 5\n    times: 0\n",
    )
    expect(page.locator(".findings li.error").get_by_role("button")).to_have_text("Line 5")
    write(page, "Scenario", "name: down\noperations:\n  getPetById:\n  - respond: [\n")
    expect(page.locator(".findings li.error")).to_contain_text("Line")
    write(page, "Scenario", "name: down\noperations:\n  getPetById:\n  - respond: {status: 503}\n")
    expect(page.locator(".findings li.error")).to_have_count(0)
    expect(page.locator(".findings li.warning")).to_contain_text("no response for 503")
    page.get_by_role("button", name="Create").click()
    expect(page.locator(".note")).to_contain_text("down is stored")
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("button", name="Deactivate")).to_be_visible()
    assert ui.server.client.get("/v1/pets/1").status_code == 503
    ui.shot("scenario-active")
    page.get_by_role("button", name="Deactivate").click()
    expect(page.get_by_role("button", name="Activate")).to_be_visible()
    assert ui.server.client.get("/v1/pets/1").status_code == 200


def test_scenario_is_bound_to_one_session_duplicated_and_deleted(ui):
    page = ui.open("scenarios?name=maintenance").page
    page.get_by_role("button", name="For a session…").click()
    page.get_by_role("dialog").get_by_label("Session id").fill("run-7")
    page.get_by_role("dialog").get_by_role("button", name="Activate").click()
    expect(page.get_by_role("list", name="Sessions")).to_contain_text("run-7")
    asked = ui.server.client.get("/v1/pets/1", headers={"X-Session-ID": "run-7"})
    assert (asked.status_code, ui.server.client.get("/v1/pets/1").status_code) == (503, 200)
    page.get_by_role("button", name="Deactivate for run-7").click()
    expect(page.get_by_role("list", name="Sessions")).to_have_count(0)
    page.get_by_role("button", name="Duplicate").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("mine")
    page.get_by_role("dialog").get_by_role("button", name="Duplicate").click()
    expect(page.get_by_role("heading", name="mine")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("link", name="mine")).to_have_count(0)
    page.get_by_role("link", name="History").click()
    expect(page.locator(".scroll tbody tr").first).to_contain_text("deleted")


def test_scenario_goes_out_as_a_file_and_comes_back(ui, tmp_path):
    page = ui.open("scenarios?name=flaky").page
    with page.expect_download() as saved:
        page.get_by_role("link", name="Export").click()
    document = json.loads(saved.value.path().read_text("utf-8"))
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({**document, "name": "flakier"}), "utf-8")
    page.get_by_role("button", name="Import").click()
    page.get_by_label("File, JSON or YAML").set_input_files(file)
    page.get_by_role("dialog").get_by_role("button", name="Import").click()
    expect(page.get_by_role("heading", name="flakier")).to_be_visible()


def test_response_is_set_with_a_check_against_the_schema_and_cleared(ui):
    page = ui.open("responses?operation=getPetById").page
    expect(page.get_by_role("heading", name="Described responses")).to_be_visible()
    write(page, "Override", '{"status": 200, "bodi": {}}')
    page.get_by_role("button", name="Set response").click()
    expect(page.locator(".findings li.error")).to_contain_text("bodi")
    write(page, "Override", '{\n"status": 200,\n"body": {"id": "ten"}\n}')
    page.get_by_role("button", name="Set response").click()
    expect(page.locator(".findings li.warning").first).to_contain_text("Line 3")
    assert ui.server.client.get("/v1/pets/1").json() == {"id": "ten"}
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.get_by_text("none", exact=True)).to_be_visible()
    assert ui.server.client.get("/v1/pets/1").json()["id"] == 10


def test_an_example_is_one_click_away(ui):
    page = ui.open("responses?operation=listPets").page
    page.get_by_role("button", name="Use this example").nth(1).click()
    text = '{\n  "status": 200,\n  "example": "none"\n}'
    expect(page.get_by_label("Override", exact=True)).to_have_value(text)
    page.get_by_role("button", name="Set response").click()
    expect(page.locator(".note")).to_contain_text("answers what was set")
    assert ui.server.client.get("/v1/pets").json() == []
    page.get_by_role("button", name="Clear all overrides").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear all").click()
    expect(page.get_by_role("button", name="Clear all overrides")).to_be_disabled()
