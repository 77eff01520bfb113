"""The login, the settings, the documents and the frame of the admin UI."""

import pytest
from conftest import expect, start_again, traffic

TOKEN = {"MOCKLOOP_ADMIN_TOKEN": "s3cret"}


def test_login_leads_back_to_the_tab_that_was_asked_for(serve, tab):
    ui = tab(serve(**TOKEN))
    page = ui.open("requests?status=404").page
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    assert page.locator("nav a").count() == 0
    page.get_by_label("Token").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("This is not the token.")
    ui.shot("login")
    page.get_by_label("Token").fill("s3cret")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Requests")).to_be_visible()
    expect(page.get_by_label("Status")).to_have_value("404")
    page.reload()
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.get_by_label("Token").fill("s3cret")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Requests")).to_be_visible()
    page.context.clear_cookies()
    page.get_by_role("link", name="Scenarios").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()


def test_the_form_of_the_admin_api_leads_to_the_ui(serve, tab):
    ui = tab(serve(**TOKEN))
    ui.page.goto(f"{ui.root}login")
    ui.page.get_by_label("Token").fill("s3cret")
    ui.page.get_by_role("button", name="Log in").click()
    expect(ui.page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_server_that_is_gone_is_told_and_followed_again_when_it_is_back(serve, tab):
    server = serve()
    ui = tab(server)
    page = ui.open("requests").page
    expect(page.locator(".live")).to_have_text("live")
    server.end()
    expect(page.locator(".live")).to_have_text("waiting")
    page.get_by_role("link", name="Scenarios").click()
    expect(page.get_by_role("alert")).to_have_text("The server cannot be reached.")
    expect(page.locator("#state")).to_have_text("unreachable")
    page.get_by_role("link", name="Requests").click()
    start_again(server).client.get("/v1/pets/4711")
    expect(page.locator(".scroll tbody tr").first).to_contain_text("/v1/pets/4711")
    expect(page.locator(".live")).to_have_text("live")


def test_view_that_failed_shows_itself_when_the_server_is_back(serve, tab):
    server = serve()
    ui = tab(server)
    page = ui.open("settings").page
    expect(page.locator("#state")).to_have_text("healthy")
    server.end()
    page.get_by_role("link", name="Webhooks").click()
    expect(page.locator("#state")).to_have_text("unreachable")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    start_again(server)
    expect(page.get_by_text("No webhook is registered.")).to_be_visible()
    expect(page.locator("#state")).to_have_text("healthy")


def test_settings_hold_for_the_next_request_and_after_a_restart(serve, tab):
    server = serve()
    ui = tab(server)
    wrong = {"json": {"name": 1}, "headers": {"X-Pet-Key": "k"}}
    assert server.client.post("/v1/pets", **wrong).status_code in (400, 422)
    page = ui.open("settings").page
    page.get_by_label("Requests that the description does not allow").select_option("off")
    page.get_by_label("Ask for the credentials").uncheck()
    page.get_by_label("Requests kept at most").fill("5000")
    page.get_by_role("button", name="Save").first.click()
    expect(page.locator(".note")).to_contain_text("in force")
    assert server.client.post("/v1/pets", json={"name": 1}).status_code == 201
    server.end()
    again = serve()
    assert again.client.post("/v1/pets", json={"name": 1}).status_code == 201
    assert again.client.get("/__mockloop/api/settings").json()["settings"]["log_max_rows"] == 5000


def test_thresholds_are_changed_and_the_log_is_deleted_after_a_question(serve, tab):
    server = serve()
    traffic(server)
    ui = tab(server)
    page = ui.open("settings").page
    page.get_by_label("min requests").fill("3")
    page.get_by_role("button", name="Save").last.click()
    expect(page.locator(".note")).to_contain_text("Thresholds saved")
    assert ui.api("GET", "insights/thresholds")["min_requests"] == 3
    page.get_by_role("button", name="Delete…").click()
    page.keyboard.press("Escape")
    assert server.found() > 0
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".note").last).to_contain_text("The log was cleaned")
    assert server.found() == 0


def test_docs_show_the_description_in_a_frame(serve, tab):
    ui = tab(serve())
    page = ui.open("docs").page
    expect(page.frame_locator("iframe").get_by_text("Find pet by ID").first).to_be_visible()
    ui.shot("docs")
    page.get_by_role("link", name="ReDoc").first.click()
    expect(
        page.frame_locator("iframe").get_by_role("heading", name="Find pet by ID")
    ).to_be_visible()
    expect(page.frame_locator("iframe").get_by_alt_text("redocly logo")).to_be_attached()
    assert [each for each in ui.wrong if "redoc.ly" in each] == []
    # ReDoc and Swagger UI say things of their own on the console.
    ui.wrong.clear()


def test_theme_is_chosen_and_remembered(serve, tab):
    ui = tab(serve(), color_scheme="dark")
    page = ui.open("settings").page
    background = "getComputedStyle(document.documentElement).backgroundColor"
    expect(page.get_by_role("radio", name="light")).to_be_visible()
    dark = page.evaluate(background)
    page.get_by_role("radio", name="light").check()
    assert page.evaluate(background) != dark
    page.reload()
    expect(page.get_by_role("radio", name="light")).to_be_checked()
    assert page.evaluate(background) != dark


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/__mockloop"])
def test_paths_that_a_person_tries_lead_to_the_ui(serve, tab, path):
    ui = tab(serve())
    ui.page.goto(f"http://127.0.0.1:{ui.server.port}{path}#/settings")
    expect(ui.page.get_by_role("heading", name="Settings")).to_be_visible()
    assert ui.page.url.startswith(ui.root)
