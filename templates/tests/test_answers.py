"""Answers: by default, by wish of the client, by media type, by handler."""

import base64

import pytest
from describe import media, op, param, response
from fastapi import HTTPException
from starlette.responses import JSONResponse, StreamingResponse

from mockloop_server import Call, Routes

TWO = [media("application/json", {"j": 1}), media("application/xml", "<x/>")]


def test_default_answer_has_described_headers_and_length(mock):
    headers = [{"name": "X-Rate", "value": "9"}, {"name": "Content-Length", "value": "7"}]
    answer = mock(op("GET", "/a", responses=[response("201", {"a": 1}, headers=headers)])).get("/a")
    assert answer.status_code == 201
    assert answer.headers["x-rate"] == "9"
    assert answer.headers.get_list("content-length") == [str(len(answer.content))]


def test_answer_without_body_has_the_type_that_is_described_for_it(mock):
    answers = [response(status, empty_type="application/json") for status in ("200", "400")]
    server = mock(op("DELETE", "/a", param("n", required=True), responses=answers))
    for query, status in (("?n=1", 200), ("", 400)):
        answer = server("DELETE", f"/a{query}")
        assert answer.status_code == status
        assert (answer.headers["content-type"], answer.content) == ("application/json", b"")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("*/*", "application/json"),
        ("application/xml", "application/xml"),
        ("application/*", "application/json"),
        ("application/json;q=0.1, application/xml", "application/xml"),
        ("application/json;q=0, */*", "application/xml"),
        ("text/html, */*;q=0.1", "application/json"),
        ("application/xml;q=0.5, application/json;q=0.5", "application/json"),
        ("APPLICATION/XML", "application/xml"),
        ("", "application/json"),
        (",;=q=", None),
        ("text/html", None),
        ("application/json;q=0", None),
    ],
)
def test_accept(mock, accept, expected):
    answer = mock(op("GET", "/a", responses=[response("200", content=TWO)])).get(
        "/a", accept=accept
    )
    if expected is None:
        assert answer.status_code == 406
        assert "application/xml" in answer.text
    else:
        assert answer.headers["content-type"] == expected


def test_response_without_content_fits_every_accept(mock):
    answer = mock(op("GET", "/a", responses=[response("204")])).get("/a", accept="text/html")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "content-length" not in answer.headers


@pytest.mark.parametrize("status", ["204", "304", "205"])
def test_statuses_without_body_have_none(mock, status):
    answer = mock(op("GET", "/a", responses=[response(status, {"a": 1})])).get("/a")
    assert (answer.status_code, answer.content) == (int(status), b"")


CODES = [
    response("200", content=[media("application/json", one={"n": 1}, **{"two words": {"n": 2}})]),
    response("404", {"e": 404}),
    response("5XX", {"e": 500}),
]


@pytest.mark.parametrize(
    ("prefer", "status", "value"),
    [
        ("code=404", 404, {"e": 404}),
        ("code=503", 503, {"e": 500}),
        ('code="404"', 404, {"e": 404}),
        ("respond-async, Code = 404 ; x=1", 404, {"e": 404}),
        ('example="two words"', 200, {"n": 2}),
        ("example=one", 200, {"n": 1}),
        ("return=minimal", 200, {"n": 1}),
        ("", 200, {"n": 1}),
        ('"', 200, {"n": 1}),
    ],
)
def test_prefer(mock, prefer, status, value):
    answer = mock(op("GET", "/a", responses=CODES)).get("/a", prefer=prefer)
    assert (answer.status_code, answer.json()) == (status, value)
    assert ("preference-applied" in answer.headers) == ("code" in prefer.lower() or "exa" in prefer)


def test_prefer_in_several_headers(mock):
    m = mock(op("GET", "/a", responses=CODES))
    answer = m("GET", "/a", headers=[("prefer", "wait=1"), ("prefer", "code=404")])
    assert answer.status_code == 404
    assert answer.headers["preference-applied"] == "code=404"


@pytest.mark.parametrize("prefer", ["code=418", "code=x", "code=٤٠٤", "example=three"])
def test_prefer_for_what_is_not_there_names_the_choices(mock, prefer):
    answer = mock(op("GET", "/a", responses=CODES)).get("/a", prefer=prefer.encode())
    assert answer.status_code == 400
    assert {"codes", "examples"} & answer.json().keys()


def test_binary_sample(mock):
    data = base64.b64encode(b"\x89PNG\0").decode()
    content = [
        {
            "media_type": "image/*",
            "content_type": "image/png",
            "bodies": [{"from": "schema", "base64": data}],
        }
    ]
    answer = mock(op("GET", "/a", responses=[response("200", content=content)])).get("/a")
    assert (answer.content, answer.headers["content-type"]) == (b"\x89PNG\0", "image/png")


def handled(mock, function, **fields):
    routes = Routes()
    routes.operation("get /a")(function)
    return mock(op("GET", "/a", responses=CODES, **fields), routes=routes)


async def mocked(call: Call):
    return call.mock(status=404)


def plain(call: Call):
    return call.json({"own": True}, status=201, headers={"X-Own": "a\r\nb"})


async def example(call: Call):
    return call.example("two words")


async def bare(_: Call):
    return {"own": [1]}


async def starlette(_: Call):
    return JSONResponse({"own": 1}, 202)


async def streamed(_: Call):
    return StreamingResponse(iter([b"a", b"b"]), media_type="text/plain")


async def http_error(_: Call):
    raise HTTPException(409, "taken", {"X-Why": "because"})


@pytest.mark.parametrize(
    ("handler", "status", "text"),
    [
        (mocked, 404, '{"e": 404}'),
        (plain, 201, '{"own":true}'),
        (example, 200, '{"n": 2}'),
        (bare, 200, '{"own":[1]}'),
        (starlette, 202, '{"own":1}'),
        (streamed, 200, "ab"),
    ],
)
def test_handlers_answer_in_many_ways(mock, handler, status, text):
    m = handled(mock, handler)
    answer = m.get("/a")
    assert (answer.status_code, answer.text) == (status, text)
    (row,) = m.logs()
    assert (row["status_code"], row["response_body"]) == (status, text)


def test_header_values_cannot_end_a_header(mock):
    assert handled(mock, plain).get("/a").headers["x-own"] == "a b"


def test_http_exception_of_a_handler_is_a_problem(mock):
    answer = handled(mock, http_error).get("/a")
    assert (answer.status_code, answer.json()["detail"]) == (409, "taken")
    assert answer.headers["x-why"] == "because"


async def fails(_: Call):
    raise RuntimeError("secret")


async def nothing(_: Call):
    return None


async def unknown_example(call: Call):
    return call.example("none such")


async def unknown_status(call: Call):
    return call.mock(status=418)


@pytest.mark.parametrize("handler", [fails, nothing, unknown_example, unknown_status])
def test_a_failing_handler_is_a_500_with_a_row_and_no_secrets(mock, handler):
    m = handled(mock, handler)
    answer = m.get("/a")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert m.logs()[0]["decided_by"] == "error"


def test_a_failing_route_of_ones_own_is_logged_as_sent(mock):
    m = mock()

    @m.app.get("/mine")
    async def mine() -> None:
        raise RuntimeError

    answer = m.get("/mine")
    assert answer.status_code == 500
    assert m.logs()[0]["response_body"] == answer.text


def test_a_wish_of_the_request_comes_before_the_handler(mock):
    assert handled(mock, plain).get("/a", prefer="code=404").status_code == 404


def test_operation_without_a_handler_is_served(mock):
    assert mock(op("GET", "/a", responses=CODES), routes=Routes()).get("/a").json() == {"n": 1}


def test_handler_of_an_unknown_operation_is_a_warning(mock, caplog):
    routes = Routes()
    routes.operation("gone")(plain)
    mock(op("GET", "/a"), routes=routes)
    assert "'gone'" in caplog.text
