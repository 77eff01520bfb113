"""Refusals: the documented response where there is one, else a problem."""

import pytest
from describe import body, media, op, param, response

ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "additionalProperties": False,
    "properties": {"code": {"type": "integer"}, "message": {"type": "string"}},
}
SAMPLE = {"code": 7, "message": "string"}
BAD = param("p", {"type": "integer"})


def refused(mock, *responses, **headers):
    m = mock(op("GET", "/a", BAD, responses=[response("200", {}), *responses]))
    return m.get("/a?p=x", **headers)


@pytest.mark.parametrize(
    ("documented", "status"),
    [
        (["400", "422"], 422),
        (["400", "4XX"], 400),
        (["4XX"], 422),
        (["4XX", "default"], 422),
        (["default"], 400),
        ([], 400),
        (["404"], 400),
    ],
)
def test_status_is_the_documented_one(mock, documented, status):
    answer = refused(mock, *(response(each, SAMPLE, ERROR) for each in documented))
    assert answer.status_code == status
    fits = any(each in ("400", "422", "4XX", "default") for each in documented)
    assert (answer.headers["content-type"] == "application/json") == fits


@pytest.mark.parametrize(
    ("documented", "url", "status"),
    [
        (["404"], "/a/x", 404),
        (["404"], "/a/x?p=x", 400),
        (["404"], "/a/1?p=x", 400),
        (["404", "400"], "/a/x", 400),
        (["404", "default"], "/a/x", 400),
    ],
)
def test_impossible_path_value_is_not_found_where_nothing_closer_is_documented(
    mock, documented, url, status
):
    responses = [response("200", {}), *(response(each, SAMPLE, ERROR) for each in documented)]
    m = mock(op("GET", "/a/{i}", BAD, param("i", {"type": "integer"}, "path"), responses=responses))
    assert m.get(url).status_code == status


@pytest.mark.parametrize(
    ("documented", "status"),
    [(["415", "400"], 415), (["400"], 400), (["4XX"], 415), (["default"], 415), ([], 415)],
)
def test_unsupported_type_has_the_closest_documented_status(mock, documented, status):
    responses = [response("200", {}), *(response(each) for each in documented)]
    m = mock(op("POST", "/a", request_body=body("text/plain"), responses=responses))
    answer = m("POST", "/a", content=b"x", headers={"content-type": "image/png"})
    assert answer.status_code == status


def test_documented_body_says_what_is_wrong_where_it_may(mock):
    answer = refused(mock, response("400", SAMPLE, ERROR))
    assert answer.json() == {"code": 7, "message": 'query p: "x" is not of type "integer"'}
    assert "mockloop-violations" in answer.headers


def test_message_inside_of_an_error_object(mock):
    schema = {"type": "object", "required": ["error"], "properties": {"error": ERROR}}
    answer = refused(mock, response("400", {"error": SAMPLE}, schema))
    assert answer.json()["error"]["message"].startswith("query p")


def test_schema_that_allows_a_problem_gets_one(mock):
    content = [media("application/problem+json", {"title": "x"}, {"type": "object"})]
    answer = refused(mock, response("400", content=content))
    assert answer.json()["violations"][0]["name"] == "p"
    assert answer.headers["content-type"] == "application/problem+json"


def test_sample_stays_where_no_text_fits(mock):
    schema = {"const": SAMPLE}
    assert refused(mock, response("400", SAMPLE, schema)).json() == SAMPLE


def test_documented_response_of_another_kind(mock):
    headers = [{"name": "X-Trace", "value": "t"}]
    content = [media("text/plain", "no"), media("application/json", SAMPLE, ERROR)]
    described = response("400", content=content, headers=headers)
    assert refused(mock, described).text == "no"
    answer = refused(mock, described, accept="application/json")
    assert answer.json()["code"] == 7
    assert answer.headers["x-trace"] == "t"
    assert refused(mock, response("400")).content == b""


def test_documented_406_and_415(mock):
    responses = [
        response("200", {}),
        response("406", SAMPLE, ERROR),
        response("415", SAMPLE, ERROR),
    ]
    request_body = {"content": [{"media_type": "text/plain", "content_type": "text/plain"}]}
    m = mock(op("POST", "/a", responses=responses, request_body=request_body))
    assert m("POST", "/a", headers={"accept": "image/png"}).json()["code"] == 7
    answer = m("POST", "/a", content=b"x", headers={"content-type": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (415, 7)


def test_warn_answers_and_logs_what_is_wrong(mock):
    m = mock(op("GET", "/a", BAD), env={"MOCKLOOP_VALIDATION": "warn"})
    assert m.get("/a?p=x").status_code == 200
    assert m.logs()[0]["validation_errors"][0]["name"] == "p"


def test_off_checks_nothing(mock):
    m = mock(op("GET", "/a", BAD), env={"MOCKLOOP_VALIDATION": "off"})
    assert m.get("/a?p=x").status_code == 200
    assert m.logs()[0]["validation_errors"] is None
