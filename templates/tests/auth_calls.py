"""Short ways to register credentials and to get tokens."""

import base64

from describe import op, param
from test_admin_steering import hold_to_contract

AUTH = "/__mockloop/api/auth"
FLOWS = {
    "clientCredentials": {"tokenUrl": "http://x", "scopes": {"read": "See.", "write": "Change."}}
}
SCHEMES = [
    {"name": "key", "type": "apiKey", "in": "header", "parameter": "X-Key"},
    {"name": "basic", "type": "http", "scheme": "basic"},
    {"name": "bearer", "type": "http", "scheme": "bearer"},
    {"name": "oauth", "type": "oauth2", "flows": FLOWS},
]


def held_to_contract(make):
    """Makes servers whose answers to calls of the admin API are held to its contract."""

    def made(*operations, **options):
        m = make(*operations, **options)
        request = m.client.request

        async def checked(method, url, **more):
            answer = await request(method, url, **more)
            if url.startswith(f"{AUTH}/"):
                hold_to_contract(method, url, answer)
            return answer

        m.client.request = checked
        return m

    return made


def secured(mock, name="oauth", scopes=(), **options):
    """A mock with one operation, which asks for a scheme."""
    security = [[{"scheme": name, "scopes": list(scopes)}]]
    operation = op("GET", "/a", param("n", {"type": "integer"}), security=security, id="a")
    return mock(operation, security_schemes=SCHEMES, **options)


def register(m, kind, **body):
    answer = m("POST", f"{AUTH}/{kind}", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def token(m, path="/token", *, status=200, auth=None, **form):
    """The answer to a request for a token."""
    headers = {} if auth is None else {"authorization": basic(*auth)}
    answer = m("POST", path, data=form, headers=headers)
    assert answer.status_code == status, answer.text
    return answer.json()


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def bearer(text):
    return {"authorization": f"Bearer {text}"}


def call(m, **headers):
    """The status of a call, and the challenge that comes with it."""
    answer = m("GET", "/a", headers={k.replace("_", "-"): v for k, v in headers.items()})
    return answer.status_code, answer.headers.get("www-authenticate", "")
