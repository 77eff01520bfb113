"""Credentials, as the description asks for them."""

import base64

import pytest
from describe import op, param, response

from mockloop_server.auth.listed import CredentialsError

SCHEMES = [
    {"name": "header", "type": "apiKey", "in": "header", "parameter": "X-Key"},
    {"name": "query", "type": "apiKey", "in": "query", "parameter": "key"},
    {"name": "cookie", "type": "apiKey", "in": "cookie", "parameter": "sid"},
    {"name": "basic", "type": "http", "scheme": "basic"},
    {"name": "bearer", "type": "http", "scheme": "bearer"},
    {"name": "digest", "type": "http", "scheme": "digest"},
    {"name": "oauth", "type": "oauth2", "flows": {}},
    {"name": "oidc", "type": "openIdConnect", "url": "http://x"},
    {"name": "mtls", "type": "mutualTLS"},
]
BASIC = "Basic " + base64.b64encode(b"a:b").decode()


def secured(mock, *requirements, **options):
    security = [
        [{"scheme": name, "scopes": options.get("scopes", [])} for name in names]
        for names in requirements
    ]
    operation = op("GET", "/a", *options.pop("parameters", ()), security=security)
    operation["responses"] += options.pop("responses", [])
    options.pop("scopes", None)
    return mock(operation, security_schemes=SCHEMES, **options)


@pytest.mark.parametrize(
    ("scheme", "url", "headers", "status"),
    [
        ("header", "/a", {"x-key": "k"}, 200),
        ("header", "/a", {"x-key": ""}, 401),
        ("query", "/a?key=k", {}, 200),
        ("query", "/a?other=k", {}, 401),
        ("cookie", "/a", {"cookie": "x=1; sid=k"}, 200),
        ("cookie", "/a", {"cookie": "x=1"}, 401),
        ("basic", "/a", {"authorization": BASIC}, 200),
        ("basic", "/a", {"authorization": "Basic !!!"}, 401),
        ("basic", "/a", {"authorization": "Basic YQ=="}, 401),
        ("basic", "/a", {"authorization": "Bearer x"}, 401),
        ("bearer", "/a", {"authorization": "bearer x.y-z=="}, 200),
        ("bearer", "/a", {"authorization": "Bearer"}, 401),
        ("bearer", "/a", {"authorization": "Bearer a b"}, 401),
        ("digest", "/a", {"authorization": 'Digest username="a"'}, 200),
        ("oauth", "/a", {"authorization": "Bearer x"}, 200),
        ("oidc", "/a", {}, 401),
        ("mtls", "/a", {}, 200),
    ],
)
def test_scheme(mock, scheme, url, headers, status):
    answer = secured(mock, [scheme])("GET", url, headers=headers)
    assert answer.status_code == status
    assert ("www-authenticate" in answer.headers) == (status == 401)


def test_or_over_and_within_requirements(mock):
    m = secured(mock, ["header", "bearer"], ["query"])
    assert m.get("/a", X_Key="k").status_code == 401
    assert m.get("/a", X_Key="k", authorization="Bearer x").status_code == 200
    assert m.get("/a?key=k").status_code == 200


def test_empty_requirement_is_anonymous(mock):
    assert secured(mock, ["header"], []).get("/a").status_code == 200


def test_off_asks_for_nothing(mock):
    assert secured(mock, ["header"], env={"MOCKLOOP_AUTH": "off"}).get("/a").status_code == 200


def test_security_comes_before_validation(mock):
    m = secured(mock, ["header"], parameters=[param("p", required=True)])
    assert m.get("/a").status_code == 401
    assert m.get("/a", X_Key="k").status_code == 400


def test_documented_401_is_sent_with_a_challenge(mock):
    answer = secured(mock, ["basic"], responses=[response("401", {"error": "x"})]).get("/a")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(("schema", "ours"), [({"type": "string"}, True), ({"const": "x"}, False)])
def test_challenge_goes_before_a_described_sample_that_allows_it(mock, schema, ours):
    described = {"name": "WWW-Authenticate", "value": "x", "schema": schema}
    answer = secured(mock, ["bearer"], responses=[response("401", headers=[described])]).get("/a")
    assert answer.headers["www-authenticate"] == ('Bearer realm="Test"' if ours else "x")


def test_listed_credentials_and_their_scopes(mock):
    listed = {"oauth": ["all", {"value": "some", "scopes": ["read"]}]}
    m = secured(mock, ["oauth"], scopes=["read", "write"], credentials=listed)
    for token, status in (("all", 200), ("some", 403), ("none", 401)):
        assert m.get("/a", authorization=f"Bearer {token}").status_code == status


@pytest.mark.parametrize(
    "listed", [{"nobody": []}, [], {"oauth": [1]}, {"oauth": [{"scopes": []}]}]
)
def test_unusable_credentials_file_is_named(mock, listed):
    with pytest.raises(CredentialsError, match=r"credentials\.json"):
        secured(mock, ["oauth"], credentials=listed)


def test_secrets_never_reach_the_log(mock):
    m = secured(mock, ["header"])
    m("GET", "/a?key=SECRET", headers={"x-key": "SECRET", "cookie": "sid=SECRET"})
    m.get("/a", authorization="Bearer SECRET", X_Api_Key="SECRET")
    assert "SECRET" not in str(m.logs())
    assert m.logs()[0]["request_headers"]["authorization"] == "Bearer ***"


def test_keys_are_in_no_message(mock):
    schema = {"type": "string", "minLength": 50}
    scheme = {"name": "k", "type": "apiKey", "in": "query", "parameter": "api_key"}
    m = mock(op("GET", "/a", param("api_key", schema)), security_schemes=[scheme])
    answer = m.get("/a?api_key=qsecret")
    assert answer.status_code == 400
    assert "qsecret" not in answer.text + str(answer.headers)
    assert "qsecret" not in str(m.logs())
