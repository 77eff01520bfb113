"""Real client libraries log in against a real server."""

import asyncio
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from auth_calls import AUTH, bearer
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.integrations.starlette_client import OAuth
from serving import copy_project, serving
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

CALLBACK = "http://127.0.0.1:3999/callback"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("auth") / "project")


@pytest.fixture
def server(folder, tmp_path):
    with serving(folder, tmp_path) as run:
        yield run()


def register(server, kind, **body):
    answer = server.client.post(f"{AUTH}/{kind}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def delete_pet(server, token):
    return server.client.delete("/pets/1", headers=bearer(token)).status_code


class App:
    """A web application that lets people log in, made of Authlib's own parts."""

    def __init__(self, issuer, **client):
        self._session = {}
        oauth = OAuth()
        oauth.register(
            "mock",
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile",
                "code_challenge_method": "S256",
                "trust_env": False,
            },
            **client,
        )

        async def login(request):
            return await oauth.mock.authorize_redirect(request, CALLBACK, **request.query_params)

        async def callback(request):
            try:
                token = await oauth.mock.authorize_access_token(request)
            except OAuthError as error:
                return JSONResponse({"error": error.error}, 403)
            more = await oauth.mock.userinfo(token=token)
            return JSONResponse({"token": token, "told": dict(more)})

        inner = Starlette(routes=[Route("/login", login), Route("/callback", callback)])

        async def with_session(scope, receive, send):
            await inner({**scope, "session": self._session}, receive, send)

        self._app = with_session

    def get(self, url):
        async def ask():
            transport = httpx.ASGITransport(self._app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://127.0.0.1:3999"
            ) as client:
                return await client.get(url)

        return asyncio.run(ask())


class Form(HTMLParser):
    """The fields of a page."""

    def __init__(self, page):
        super().__init__()
        self.fields = {}
        self.tags = set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        found = dict(attrs)
        if tag == "input":
            self.fields[found["name"]] = found.get("value") or ""


def fill_in(server, url, **typed):
    """What a person does whose browser was sent to a URL: where it is sent next."""
    shown = server.client.get(url)
    assert shown.status_code == 200, shown.text
    fields = {**Form(shown.text).fields, **typed}
    return server.client.post(url, data=fields)


@pytest.mark.parametrize("prefix", ["", "/__mockloop"])
def test_an_openid_client_logs_in(server, prefix):
    issuer = f"http://127.0.0.1:{server.port}{prefix}"
    register(
        server, "users", name="alice", password="one", claims={"email": "a@x.test", "iss": "x"}
    )
    made = register(server, "clients", client_id="web", redirect_uris=[CALLBACK])
    app = App(issuer, client_id="web", client_secret=made["client_secret"])

    sent_to = app.get("/login").headers["location"]
    assert sent_to.startswith(f"{issuer}/authorize?")
    wrong = fill_in(server, sent_to, username="alice", password="two")
    assert wrong.status_code == 403
    assert "location" not in wrong.headers
    back = fill_in(server, sent_to, username="alice", password="one")
    assert back.status_code == 303
    answer = app.get(back.headers["location"]).json()

    told = answer["token"]["userinfo"]
    assert (told["sub"], told["iss"], told["aud"]) == ("alice", issuer, "web")
    assert "iss" not in answer["told"]
    assert told["email"] == answer["told"]["email"] == "a@x.test"
    assert delete_pet(server, answer["token"]["access_token"]) == 204


def test_a_code_is_used_once_and_a_second_use_ends_the_login(server):
    app = App(f"http://127.0.0.1:{server.port}", client_id="any", client_secret="any")
    back = fill_in(server, app.get("/login").headers["location"], username="bob", password="x")
    url = back.headers["location"]
    token = app.get(url).json()["token"]
    assert delete_pet(server, token["access_token"]) == 204
    again = {"grant_type": "authorization_code", "client_id": "any", "client_secret": "any"}
    code = parse_qs(urlsplit(url).query)["code"][0]
    answer = server.client.post("/token", data={**again, "code": code})
    assert answer.json()["error"] == "invalid_grant"
    assert delete_pet(server, token["access_token"]) == 401


def test_a_code_without_its_verifier_gives_nothing(server):
    app = App(f"http://127.0.0.1:{server.port}", client_id="any", client_secret="any")
    back = fill_in(server, app.get("/login").headers["location"], username="bob", password="x")
    code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "client_id": "any", "code": code}
    answer = server.client.post("/token", data={**form, "code_verifier": "a" * 43})
    assert answer.json()["error"] == "invalid_grant"


def test_a_hint_logs_in_at_once_where_nobody_is_registered(server):
    app = App(f"http://127.0.0.1:{server.port}", client_id="any", client_secret="any")
    back = server.client.get(app.get("/login?login_hint=carol").headers["location"])
    assert back.status_code == 303
    assert app.get(back.headers["location"]).json()["told"] == {"sub": "carol"}
    register(server, "users", name="alice", password="one")
    url = app.get("/login?login_hint=alice&prompt=none").headers["location"]
    refused = server.client.get(url).headers["location"]
    assert app.get(refused).json() == {"error": "login_required"}


@pytest.mark.parametrize(
    ("registered", "query", "message"),
    [
        ([], {"redirect_uri": "https://evil.test/"}, "another machine"),
        ([], {"redirect_uri": "javascript:alert(1)"}, "has to be http"),
        ([], {"redirect_uri": "//evil.test/"}, "has to be http"),
        ([], {"redirect_uri": "http://127.0.0.1@evil.test/"}, "no host that can be"),
        ([], {"redirect_uri": "http://localhost/\r\nX: y"}, "characters"),
        ([CALLBACK], {"redirect_uri": f"{CALLBACK}/more"}, "none of those"),
        ([CALLBACK], {"client_id": "other", "redirect_uri": CALLBACK}, "no such client"),
        ([], {}, "redirect_uri is missing"),
    ],
)
def test_no_browser_is_sent_where_the_client_may_not_be(server, registered, query, message):
    if registered:
        register(server, "clients", client_id="web", redirect_uris=registered)
    more = {"response_type": "code", "client_id": "web", "login_hint": "a"}
    answer = server.client.get("/authorize", params={**more, **query})
    assert answer.status_code == 400
    assert message in answer.json()["error_description"]
    assert "location" not in answer.headers


def test_other_errors_go_back_to_the_client_with_its_state(server):
    query = {"client_id": "web", "redirect_uri": CALLBACK, "state": 'a&b="'}
    for more, error in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code", "code_challenge": "x"}, "invalid_request"),
        ({"response_type": "code", "login_hint": "a", "scope": 'x"'}, "invalid_scope"),
    ):
        answer = server.client.get("/authorize", params={**query, **more})
        found = parse_qs(urlsplit(answer.headers["location"]).query)
        assert (found["error"], found["state"]) == ([error], ['a&b="'])


def test_what_a_login_form_shows_can_never_be_markup(server):
    hostile = '"><script>alert(1)</script><img src=x onerror=y>'
    query = {"response_type": "code", "client_id": hostile, "redirect_uri": CALLBACK}
    register(server, "users", name="alice", password="one")
    answer = server.client.get(
        "/authorize", params={**query, "state": hostile, "nonce": hostile, "login_hint": hostile}
    )
    form = Form(answer.text)
    assert not form.tags & {"script", "img"}
    assert form.fields["state"] == form.fields["username"] == hostile
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "form-action 'self' http://127.0.0.1:3999;" in policy


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_an_oauth_client_gets_and_refreshes_tokens(server, method):
    register(server, "users", name="alice", password="one")
    made = register(server, "clients", client_id="c")
    url = f"http://127.0.0.1:{server.port}/token"
    with OAuth2Client(
        "c", made["client_secret"], token_endpoint=url, token_endpoint_auth_method=method
    ) as client:
        machine = client.fetch_token(url, grant_type="client_credentials")
        assert delete_pet(server, machine["access_token"]) == 204
        person = client.fetch_token(url, username="alice", password="one")
        fresh = client.refresh_token(url, refresh_token=person["refresh_token"])
        assert fresh["refresh_token"] != person["refresh_token"]
        # The client sends the token by itself.
        assert client.delete(f"http://127.0.0.1:{server.port}/pets/1").status_code == 204
        answer = client.revoke_token(
            f"http://127.0.0.1:{server.port}/revoke", fresh["refresh_token"]
        )
        assert answer.status_code == 200
        assert delete_pet(server, fresh["access_token"]) == 401
