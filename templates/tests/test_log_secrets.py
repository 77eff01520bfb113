"""What is written under usual names of secrets is not in the log."""

import json

import pytest
from describe import body, op, param, response

from mockloop_server.log.secrets import Secrets, without_value
from mockloop_server.settings import Settings, SettingsError

LOGIN = op(
    "POST",
    "/login",
    param("q"),
    request_body=body("application/json", {}),
    responses=[response("200", {"accessToken": "tok-1", "expires": 60})],
)


def test_usual_names_are_masked_in_headers_query_and_bodies(mock):
    m = mock(LOGIN)
    sent = {
        "user": "ann",
        "password": "hidden-1",
        "nested": [{"clientSecret": "hidden-2", "api-key": 12}],
    }
    headers = {"X-Auth-Token": "hidden-3", "X-Team": "a"}
    query = {"q": "1", "api_key": "hidden-4", "accessToken": "hidden-5"}
    m("POST", "/login", json=sent, headers=headers, params=query)
    row = m.logs()[0]
    assert "hidden-" not in json.dumps({name: row[name] for name in row if name != "path"})
    assert row["request_headers"]["x-auth-token"] == "***"
    assert row["request_headers"]["x-team"] == "a"
    assert row["query_params"] == {"q": "1", "api_key": "***", "accessToken": "***"}
    kept = {"user": "ann", "password": "***", "nested": [{"clientSecret": "***", "api-key": "***"}]}
    assert json.loads(row["request_body"]) == kept
    assert json.loads(row["response_body"]) == {"accessToken": "***", "expires": 60}
    assert row["request_size"] == len(json.dumps(sent, separators=(",", ":")))


def test_form_is_masked_by_its_fields(mock):
    m = mock(op("POST", "/form"))
    form = {"grant_type": "password", "password": "a&b", "client_secret": "c"}
    m("POST", "/form", data=form)
    assert m.logs()[0]["request_body"] == "grant_type=password&password=***&client_secret=***"


@pytest.mark.parametrize(
    "value",
    [
        {"password": 'a"b\\', "after": 1},
        {"text": 'says "password": "x"', "key": "token", "tokens": ["t"], "token": None},
        {'odd"token': "kept", "monkey": "password", "keyword": "secret: 1"},
        {"password": {"old": "x"}, "secret": True, "Token": -1.5e3},
        [{"token": ""}, {"x-api-key": "é\n"}],
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_json_stays_json_with_all_that_is_no_secret(value, indent):
    secret = {"password", "Token", "token", "x-api-key"}

    def masked(each):
        if isinstance(each, list):
            return [masked(one) for one in each]
        if not isinstance(each, dict):
            return each
        return {
            name: "***" if name in secret and isinstance(one, (str, float)) else masked(one)
            for name, one in each.items()
        }

    text = json.dumps(value, indent=indent, ensure_ascii=False)
    assert json.loads(Secrets().json(text)) == masked(value)


@pytest.mark.parametrize("end", range(12, 24))
def test_secret_that_the_limit_cuts_is_masked_to_its_end(end):
    text = '{"token":"a\\"bcdefghi","b":1}'[:end]
    assert Secrets().json(text) in ('{"token":"***', '{"token":"***"', '{"token":"***",')


def test_body_without_such_a_name_is_the_same_object():
    text = json.dumps({"tokens": [1], "name": "key"}) * 100
    assert Secrets().json(text) is text


def test_names_are_added_and_the_usual_ones_are_switched_off(mock):
    sent = {"pin": "1234", "password": "p", "door": 1}
    m = mock(LOGIN, env={"MOCKLOOP_LOG_SECRETS": "X-Door, pin"})
    m("POST", "/login", json=sent, headers={"X-Door": "d"})
    masked = json.loads(m.logs()[0]["request_body"])
    assert masked == {"pin": "***", "password": "***", "door": "***"}
    assert m.logs()[0]["request_headers"]["x-door"] == "***"
    m = mock(LOGIN, env={"MOCKLOOP_LOG_SECRETS": "off"})
    m("POST", "/login", json=sent, headers={"Authorization": "Bearer t"})
    assert json.loads(m.logs()[0]["request_body"]) == sent
    assert m.logs()[0]["request_headers"]["authorization"] == "Bearer ***"
    m = mock(LOGIN, env={"MOCKLOOP_LOG_SECRETS": "off,pin"})
    m("POST", "/login", json=sent)
    assert json.loads(m.logs()[0]["request_body"]) == {**sent, "pin": "***"}


def test_name_that_is_none_is_refused_with_the_way_out(tmp_path):
    with pytest.raises(SettingsError, match=r"MOCKLOOP_LOG_SECRETS='a b': use names such as pin"):
        Settings.from_env(tmp_path, environ={"MOCKLOOP_LOG_SECRETS": "pin,a b"})


def test_what_is_wrong_with_a_secret_is_told_without_it(mock):
    secret = {"type": "string", "pattern": "^[a-z]+$"}
    account = {"type": "object", "properties": {"password": secret}}
    fields = body("application/json", {"properties": {"a": {"anyOf": [account, {"type": "null"}]}}})
    m = mock(
        op("POST", "/login", request_body=body("application/json", account)),
        op("POST", "/any", request_body=fields),
        op("GET", "/door", param("X-Auth-Token", secret, "header")),
    )
    answers = [
        m("POST", "/login", json={"password": "hidden-1"}),
        m("POST", "/any", json={"a": {"password": "hidden-2"}}),
        m.get("/door", X_Auth_Token="hidden-3"),
    ]
    assert [each.status_code for each in answers] == [400] * 3
    assert not [each.text for each in answers if "hidden-" in each.text]
    assert answers[0].json()["violations"][0]["message"] == '*** does not match "^[a-z]+$"'


def test_what_is_nested_too_deeply_to_be_read_is_told_without_it():
    deep = "[" * 100_000 + "]" * 100_000
    assert without_value(f"{deep} is too long") == "is not what its schema allows"
