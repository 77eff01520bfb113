"""What a person has typed is not lost: in dialogs, on navigation, and beside other tabs."""

import json

import pytest
from conftest import expect


@pytest.fixture
def ui(busy, tab):
    return tab(busy)


@pytest.mark.parametrize(
    ("route", "opener", "label"),
    [
        ("storage", "New collection", "Name"),
        ("storage", "Keep now…", "Name"),
        ("webhooks", "New webhook", "URL"),
        ("auth?view=keys", "New key", "Scheme"),
        ("auth?view=users", "New user", "Name"),
        ("auth?view=tokens", "Issue a token", "For"),
        ("scenarios?name=flaky", "For a session…", "Session id"),
        ("scenarios?name=flaky", "Duplicate", "Name of the copy"),
    ],
)
def test_dialog_begins_in_its_first_field(ui, route, opener, label):
    page = ui.open(route).page
    page.get_by_role("button", name=opener).click()
    expect(page.get_by_role("dialog").get_by_label(label).first).to_be_focused()
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_refused_form_keeps_its_input_and_tells_why_beside_the_field(ui):
    page = ui.open("storage").page
    page.get_by_role("button", name="Keep now…").click()
    field = page.get_by_role("dialog").get_by_label("Name")
    field.fill("<b>")
    page.keyboard.press("Enter")
    fault = page.get_by_role("dialog").locator(".fault")
    expect(fault).not_to_be_empty()
    expect(field).to_have_value("<b>")
    field.fill("kept")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("region", name="Snapshots")).to_contain_text("kept")


def stored(ui, name):
    rules = {"getPetById": [{"respond": {"status": 404}}]}
    return ui.api("POST", "mock-data/scenarios", json={"name": name, "operations": rules})


def test_edits_that_are_not_saved_are_not_left_without_a_question(ui):
    stored(ui, "edited")
    page = ui.open("scenarios?name=edited").page
    pad = page.get_by_label("Scenario", exact=True)
    text = pad.input_value().replace("404", "400")
    pad.fill(text)
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    expect(pad).to_have_value(text)
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_role("button", name="Deactivate")).to_be_visible()
    expect(pad).to_have_value(text)
    page.get_by_role("link", name="Webhooks").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Webhooks", level=1)).to_be_visible()
    ui.api("POST", "mock-data/scenarios/edited/deactivate", json={})


def test_override_that_is_not_set_is_not_left_without_a_question(ui):
    page = ui.open("responses?operation=getPetById").page
    pad = page.get_by_label("Override", exact=True)
    text = json.dumps({"status": 418, "text": "mine"})
    pad.fill(text)
    question = page.get_by_role("dialog")
    page.get_by_role("region", name="Operations").locator("a").first.click()
    question.get_by_role("button", name="Cancel").click()
    expect(pad).to_have_value(text)
    page.get_by_role("button", name="Set response").click()
    expect(page.locator(".note")).to_contain_text("answers what was set")
    expect(page.get_by_role("button", name="Replace")).to_be_visible()
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_role("heading", name="Webhooks", level=1)).to_be_visible()
    page.go_back()
    pad.fill(text)
    page.get_by_role("link", name="Webhooks").click()
    question.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Webhooks", level=1)).to_be_visible()
    ui.api("DELETE", "overrides")


def test_document_that_is_not_saved_is_not_left_without_a_question(ui):
    ui.api("POST", "storage/collections", json={"name": "edited"})
    ui.api("POST", "storage/collections/edited/documents", json={"id": "1", "name": "Rex"})
    page = ui.open("storage").go("storage?collection=edited").page
    page.get_by_role("button", name="1", exact=True).click()
    pad = page.get_by_label("Document", exact=True)
    question = page.get_by_role("dialog", name="Leave without saving?")
    text = pad.input_value().replace("Rex", "Max")
    pad.fill(text)
    for leave in (
        lambda: page.get_by_role("button", name="Cancel").click(),
        lambda: page.get_by_role("button", name="Close").click(),
        lambda: page.keyboard.press("Escape"),
        lambda: page.keyboard.press("Escape"),
        page.go_back,
    ):
        leave()
        question.get_by_role("button", name="Cancel").click()
        expect(pad).to_have_value(text)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert ui.api("GET", "storage/collections/edited/documents/1")["name"] == "Max"
    page.get_by_role("button", name="1", exact=True).click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="1", exact=True).click()
    pad.fill("{}")
    page.get_by_role("button", name="Cancel").click()
    question.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("link", name="Webhooks").click()
    expect(page.get_by_role("heading", name="Webhooks", level=1)).to_be_visible()


def test_scenario_that_was_changed_elsewhere_is_not_overwritten_without_a_question(ui):
    rules = stored(ui, "shared")
    page = ui.open("scenarios?name=shared").page
    pad = page.get_by_label("Scenario", exact=True)
    pad.fill(pad.input_value().replace("404", "400"))
    other = {"name": "shared", "description": "theirs", "operations": rules["operations"]}
    ui.api("PUT", "mock-data/scenarios/shared", json=other)
    save = page.get_by_role("button", name="Save", exact=True)
    save.click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    assert ui.api("GET", "mock-data/scenarios/shared")["description"] == "theirs"
    save.click()
    page.get_by_role("dialog").get_by_role("button", name="Save mine").click()
    expect(page.locator(".note")).to_contain_text("shared is stored")
    assert "400" in json.dumps(ui.api("GET", "mock-data/scenarios/shared")["operations"])


def test_new_scenario_begins_without_findings_in_json_and_names_yaml_as_such(ui):
    page = ui.open("scenarios?new=1").page
    expect(page.locator(".findings")).to_have_text("No findings.")
    written = page.get_by_role("group", name="Format").locator("[aria-pressed=true]")
    expect(written).to_have_text("JSON")
    page.get_by_label("Scenario", exact=True).fill("name: x\noperations: {}\n")
    expect(written).to_have_text("YAML")


def test_filter_that_nothing_understands_is_explained_and_not_asked(ui):
    page = ui.open("requests").page
    expect(page.locator(".pager")).to_contain_text("of")
    ui.asked.clear()
    page.get_by_label("Status").fill("teapot")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("a class such as 4xx")
    expect(page.locator(".pager")).to_be_empty()
    assert [each.url for each in ui.asked if "teapot" in each.url] == []


@pytest.mark.parametrize("width", [375, 1280])
def test_actions_of_rows_are_within_the_window_and_a_secret_is_removed(busy, tab, width):
    ui = tab(busy, viewport={"width": width, "height": 800})
    hook = {"url": "http://127.0.0.1:9/hook", "events": ["*"], "secret": "s", "active": False}
    hook = ui.api("POST", "webhooks", json=hook)
    ui.api("POST", "storage/snapshots", json={"name": f"before-the-long-change-{width}"})
    page = ui.open("webhooks").page
    within = "each => each.getBoundingClientRect().right <= innerWidth"
    assert page.get_by_role("button", name="Delete http").first.evaluate(within)
    page.get_by_role("button", name="Edit").first.click()
    page.get_by_role("dialog").get_by_label("Remove the secret").check()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.locator(".note")).to_contain_text("Saved")
    assert ui.api("GET", f"webhooks/{hook['id']}")["has_secret"] is False
    ui.api("DELETE", f"webhooks/{hook['id']}")
    page = ui.open("storage").page
    delete = page.get_by_role("button", name="Delete before-the").first
    assert delete.evaluate(
        "each => each.getBoundingClientRect().right"
        " <= each.closest('.panel').getBoundingClientRect().right"
    )
