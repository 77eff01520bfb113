"""The page that asks who somebody is: no scripts, and nothing from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import html
from urllib.parse import urlsplit

from mockloop_server.answer import Answer, make
from mockloop_server.auth.oauth import Form

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 24rem; margin: 15vh auto; padding: 1rem; }
h1 { font-size: 1.25rem; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .4rem; }
button { font: inherit; padding: .4rem 1rem; }
.app { overflow-wrap: anywhere; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Log in</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Log in</h1>
<p class="app">to <strong>{client}</strong>, on a mock server</p>
{message}<form method="post">
{hidden}<p><label for="username">Name</label>
<input id="username" name="username" autocomplete="username" required maxlength="200"\
 value="{name}"></p>
<p><label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password"></p>
<p><button>Log in</button></p>
</form>
</main>
</body>
</html>
"""
_KEPT = (
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)


def login_form(form: Form, client: str, uri: str, message: str | None, status: int) -> Answer:
    """The form, with the request that led to it."""
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(form[name])}">\n'
        for name in _KEPT
        if name in form
    )
    page = _PAGE.format(
        style=_STYLE,
        client=html.escape(client),
        message=f'<p role="alert">{html.escape(message)}</p>\n' if message else "",
        hidden=hidden,
        name=html.escape(form.get("username") or form.get("login_hint") or ""),
    )
    headers = {
        "Content-Security-Policy": _policy(uri),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
    data = page.encode("utf-8", "replace")
    return make(status, data, "text/html; charset=utf-8", headers, "control")


def _policy(uri: str) -> str:
    # Browsers hold what a form leads to in the end to `form-action` too.
    parts = urlsplit(uri)
    target = f"{parts.scheme}://{parts.netloc}" if parts.scheme in ("http", "https") else ""
    target = target or f"{parts.scheme}:"
    return (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:;"
        f" form-action 'self' {target}; frame-ancestors 'none'; base-uri 'none'"
    )
