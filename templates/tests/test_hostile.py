"""Hostile descriptions and hostile requests: no crash, no unhandled error, nothing escapes."""

import json
import re

from describe import body, media, op, param, response
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mockloop_server import Call, Routes

EVIL = "a\"b'c\\d\n\r{{x}}{%y%}\0\u202e\U0001f600é" + "x" * 300


def test_hostile_text_is_served_as_it_is(mock):
    operation = op(
        "GET",
        "/a/{" + re.sub("[{}]", "", EVIL) + "}",
        id=EVIL,
        responses=[
            response(
                "200",
                content=[media("application/json", {"t": EVIL}, **{EVIL: {"n": EVIL}})],
                headers=[
                    {"name": "X-Ok", "value": "a\r\nInjected: 1"},
                    {"name": "b ad", "value": ""},
                ],
            )
        ],
        security=[[{"scheme": EVIL}], []],
    )
    schemes = [{"name": EVIL, "type": "apiKey", "in": "header", "parameter": EVIL}]
    m = mock(operation, title=EVIL, security_schemes=schemes)
    answer = m.get("/a/1")
    assert answer.json() == {"t": EVIL}
    assert answer.headers["x-ok"] == "a Injected: 1"
    assert m.logs()[0]["operation_id"] == EVIL
    assert m.get("/a/1", prefer="example=none").json()["examples"] == [EVIL]
    assert m.get("/health").json()["title"] == EVIL


def test_hostile_challenge_stays_one_header(mock):
    schemes = [{"name": "s", "type": "http", "scheme": "x\r\ny: z"}]
    m = mock(op("GET", "/a", security=[[{"scheme": "s"}]]), security_schemes=schemes, title=EVIL)
    challenge = m.get("/a").headers["www-authenticate"]
    assert re.fullmatch(r'[!-~]+ realm="[ -~]*"', challenge)


def test_violations_with_hostile_text_stay_ascii(mock):
    m = mock(op("GET", "/a", param(EVIL, required=True)))
    answer = m.get("/a")
    assert json.loads(answer.headers["mockloop-violations"])[0]["name"] == EVIL


def everything():
    """An operation that reads all that a request can have."""
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "integer"},
            "b": {"type": "array", "items": {"type": "number"}},
        },
    }
    kinds = (
        "application/json",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/xml",
        "text/plain",
        "*/*",
    )
    request_body = {"required": False, "content": [body(k, schema)["content"][0] for k in kinds]}
    styles = ("form", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject")
    return op(
        "POST",
        "/p/{i}/{l}/{m}/{a}.{b}",
        param("i", {"type": "integer"}, "path"),
        param("l", schema, "path", style="label"),
        param("m", schema, "path", style="matrix", explode=True),
        *(param(f"q{n}", schema, style=s, explode=n % 2 == 0) for n, s in enumerate(styles)),
        *(param(f"r{n}", {"type": "array"}, style=s) for n, s in enumerate(styles)),
        param("j", schema, media_type="application/json"),
        param("X-H", schema, "header"),
        param("c", {"type": "boolean"}, "cookie"),
        request_body=request_body,
        security=[[{"scheme": "basic"}], [{"scheme": "cookie"}], []],
    )


texts = st.one_of(
    st.binary(max_size=60),
    st.text(max_size=30).map(lambda text: text.encode("utf-8", "replace")),
    st.from_regex(rb"[-;.,=&%\[\]{}\"'<>/\\0-9a-z+ ]{0,40}", fullmatch=True),
)
names = st.sampled_from(
    b"accept prefer cookie x-h authorization content-type x-session-id content-length"
    b" transfer-encoding x-request-id user-agent".split()
)
kinds = st.sampled_from(
    [
        b"application/json",
        b"multipart/form-data; boundary=b",
        b"application/x-www-form-urlencoded",
        b"application/xml",
        b"text/plain; charset=nonsense",
        b"\xff",
        b"",
    ]
)


def test_no_request_is_an_unhandled_error(mock):
    def look(call: Call):
        return call.json([repr(call.path), repr(call.query), repr(call.headers), repr(call.body)])

    routes = Routes()
    routes.operation("post /p/{i}/{l}/{m}/{a}.{b}")(look)
    schemes = [
        {"name": "basic", "type": "http", "scheme": "basic"},
        {"name": "cookie", "type": "apiKey", "in": "cookie", "parameter": "k"},
    ]
    m = mock(everything(), op("GET", "/"), routes=routes, security_schemes=schemes)

    @settings(
        max_examples=400,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.one_of(texts, st.lists(texts, min_size=4, max_size=4).map(b"/".join)),
        texts,
        st.lists(st.tuples(names, texts), max_size=4),
        kinds,
        texts,
    )
    @example(b"1/.a/;x=1/a.b", b"q0=[&q4[[[]=1&q4[a]=1&q4=2", [(b"cookie", b"=;;c")], b"", b"x")
    @example(b"\xff\xfe/.\xff/;\xff/\xff.\xff", b"\xff=%ff&%ed%a0%80=1", [], b"text/plain", b"\xff")
    def attack(path, query, headers, kind, data):
        status = m.run(call(m.app, b"/p/" + path, query, [*headers, (b"content-type", kind)], data))
        assert status is not None
        assert 200 <= status < 500

    attack()
    m.server.log.flush()
    assert m.server.log.dropped == 0


async def call(app, raw_path, query, headers, data):
    """The status of an answer to a request of bytes that no client library would send."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": raw_path.decode("utf-8", "replace"),
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [(b"content-length", b"%d" % len(data)), *headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    statuses = []

    async def receive():
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])
            for name, value in message["headers"]:
                assert not re.search(rb"[\r\n\0]", name + value)

    await app(scope, receive, send)
    return statuses[0] if statuses else None
