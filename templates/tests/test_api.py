"""`api.json` and settings: read, or refused with the reason."""

import json

import pytest
from describe import op

from mockloop_server import ApiError, MockServer, Settings, SettingsError
from mockloop_server.api import Api

LIGHT = {
    "mockloop": 1,
    "title": "Ünï \U0001f600",
    "version": "1",
    "source": {"name": "a", "format": "b", "sha256": "c"},
    "webhooks": [{"operations": [{"[": "]}"}]}],
    "operations": [op("GET", '/é/"{x}"', id="ö\\"), op("GET", "/b")],
    "schemas": {"A/ß": {"const": ["}", "\\", "é"]}, "B": True},
}


@pytest.mark.parametrize("options", [{}, {"indent": 3}, {"ensure_ascii": False, "indent": "\t"}])
def test_parts_are_found_however_it_is_written(options):
    api = Api(json.dumps(LIGHT, **options).encode())
    assert api.title == LIGHT["title"]
    assert [entry.id for entry in api.entries] == ["ö\\", "get /b"]
    assert api.entries[0].operation.path == '/é/"{x}"'
    assert json.loads(api.schemas["A/ß"]) == {"const": ["}", "\\", "é"]}
    assert api.schemas["B"] == b"true"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"{",
        b'{"mockloop": 1}',
        b'{"operations": [{}]}',
        b'{"a": ' + b"[" * 200_000,
        json.dumps({**LIGHT, "mockloop": 99}).encode(),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(text):
    with pytest.raises(ApiError, match=r"api\.json"):
        Api(text)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ApiError, match=r"api\.json"):
        MockServer(Settings(root=tmp_path), [])


def test_environment_comes_before_dotenv_and_defaults(tmp_path):
    (tmp_path / ".env").write_text("# c\nMOCKLOOP_PORT=1\nMOCKLOOP_AUTH='off'\n\nnonsense\n")
    found = Settings.from_env(tmp_path, port=3, environ={"MOCKLOOP_PORT": "2"})
    assert (found.port, found.auth, found.validation) == (2, "off", "enforce")
    assert found.database == tmp_path / "db" / "request_logs.db"


@pytest.mark.parametrize(
    "variable", ["MOCKLOOP_PORT=70000", "MOCKLOOP_MAX_BODY=-1", "MOCKLOOP_VALIDATION=yes"]
)
def test_unusable_variable_is_named(tmp_path, variable):
    name, value = variable.split("=")
    with pytest.raises(SettingsError, match=name):
        Settings.from_env(tmp_path, environ={name: value})
