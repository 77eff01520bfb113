"""What serves the admin UI, without a browser; `tests/browser` has the rest."""

import re
from pathlib import Path

import pytest
from conftest import PROJECT
from describe import op

from mockloop_server.ui import AdminUi

TOKEN = {"MOCKLOOP_ADMIN_TOKEN": "s3cret"}
STATIC = PROJECT / "mockloop_server/ui/static"
NEVER = (
    r"\binnerHTML\s*=",
    r"\bouterHTML\s*=",
    "insertAdjacentHTML",
    r"document\.write",
    r"\beval\(",
    "new Function",
    r"\bsetHTML",
    "DOMParser",
)


@pytest.fixture
def ui(mock):
    def make(*operations, **options):
        return mock(*operations, parts=[AdminUi(PROJECT)], **options)

    return make


def test_shell_and_its_files_are_served_to_all_and_hold_no_data(ui):
    m = ui(env=TOKEN, title="A secret title")
    shell = m.get("/__mockloop/")
    assert shell.status_code == 200
    assert "A secret title" not in shell.text
    assert m.get("/__mockloop/api/operations").status_code == 401
    files = re.findall(r'(?:src|href)="(ui/[^"]+)"', shell.text)
    assert len(files) >= 4
    for file in files:
        answer = m.get(f"/__mockloop/{file}")
        assert answer.status_code == 200, file
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_every_module_that_is_imported_is_served(ui):
    m = ui()
    for file in STATIC.glob("*.js"):
        assert m.get(f"/__mockloop/ui/{file.name}").status_code == 200
        for name in re.findall(r'^import .* from "\./([^"]+)";', file.read_text("utf-8"), re.M):
            assert m.get(f"/__mockloop/ui/{name}").status_code == 200, (file.name, name)


def test_policy_allows_scripts_and_styles_of_this_origin_alone(ui):
    policy = ui().get("/__mockloop/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_form_of_the_login_needs_no_unsafe_policy(ui, mock):
    for m, leads in ((ui(env=TOKEN), "./"), (mock(env=TOKEN), "")):
        form = m.get("/__mockloop/login")
        assert "unsafe" not in form.headers["content-security-policy"]
        assert f'data-next="{leads}"' in form.text


def test_shell_holds_no_script_or_style_that_the_policy_stops():
    shell = (PROJECT / "templates/admin.html").read_text("utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", shell)


@pytest.mark.parametrize("file", sorted(STATIC.glob("*.js")), ids=lambda file: file.name)
def test_no_script_makes_markup_of_text(file):
    text = file.read_text("utf-8")
    assert [each for each in NEVER if re.search(each, text)] == []


def test_browsers_keep_files_and_ask_whether_they_changed(ui):
    m = ui()
    first = m.get("/__mockloop/ui/app.js")
    assert first.headers["cache-control"] == "no-cache"
    again = m.get("/__mockloop/ui/app.js", If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    other = m.get("/__mockloop/ui/app.js", If_None_Match='"other"')
    assert other.status_code == 200


def test_shell_that_the_owner_changes_is_served_at_once(mock, tmp_path: Path):
    shell = tmp_path / "templates" / "admin.html"
    shell.parent.mkdir()
    m = mock(parts=[AdminUi(tmp_path)])
    assert m.get("/__mockloop/").status_code == 404
    shell.write_text("<!DOCTYPE html><title>Ours</title>", "utf-8")
    assert "Ours" in m.get("/__mockloop/").text


def test_only_files_of_the_ui_are_served(ui):
    m = ui()
    for name in ("../part.py", "..%2fpart.py", "uplot.LICENSE.txt", "", "nothing.js"):
        assert m.get(f"/__mockloop/ui/{name}").status_code == 404, name
    assert m("POST", "/__mockloop/ui/app.js").status_code == 405


def test_friendly_paths_lead_to_the_ui_unless_the_description_has_them(ui, caplog):
    m = ui(op("GET", "/admin"))
    assert m.get("/admin").json() == {}
    assert "ours is /__mockloop/admin" in caplog.text
    # But for a slash at its end it is the description's too.
    assert m.get("/admin/").json() == {}
    answer = m.get("/__mockloop")
    assert (answer.status_code, answer.headers["location"]) == (307, "__mockloop/")


def test_without_the_part_there_is_nothing(mock):
    m = mock()
    for path in ("/__mockloop/", "/__mockloop/ui/app.js", "/admin", "/admin/", "/__mockloop"):
        assert m.get(path).status_code == 404, path
    assert "admin_ui" not in m.get("/health").json()["parts"]


def test_files_of_the_ui_do_not_fill_the_log(ui):
    m = ui()
    m.get("/__mockloop/ui/app.js")
    (row,) = m.logs(include_admin="true", path="/__mockloop/ui/app.js")
    assert not row["response_body"]
