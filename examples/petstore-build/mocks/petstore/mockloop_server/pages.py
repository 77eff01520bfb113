"""The pages that show the description; all they need comes from this server."""

from __future__ import annotations

import html
import json

POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:; connect-src *;"
    " frame-ancestors 'self'"
)

_FRAME = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{title}</title>
{head}
</head>
<body style="margin: 0">
{body}
</body>
</html>
"""


def swagger_ui(title: str, root: str) -> str:
    """Swagger UI."""
    static = html.escape(f"{root}/__mockloop/static")
    options = _script_text(
        {
            "url": f"{root}/__mockloop/openapi.json",
            "dom_id": "#page",
            "deepLinking": True,
            "validatorUrl": None,
        }
    )
    return _FRAME.format(
        title=html.escape(title),
        head=f'<link rel="stylesheet" href="{static}/swagger-ui.css">',
        body=f'<div id="page"></div>\n<script src="{static}/swagger-ui-bundle.js"></script>\n'
        f"<script>SwaggerUIBundle({options})</script>",
    )


# ReDoc shows a logo that it asks another host for, and has no option against that.
_NO_LOGO = """<script>
(() => {
  const image = HTMLImageElement.prototype;
  const nothing = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'/%3E";
  const own = (url) => (String(url).startsWith("https://cdn.redoc.ly/") ? nothing : url);
  const { set, ...source } = Object.getOwnPropertyDescriptor(image, "src");
  Object.defineProperty(image, "src", { ...source, set(url) { set.call(this, own(url)); } });
  image.setAttribute = function (name, value) {
    Element.prototype.setAttribute.call(this, name, name === "src" ? own(value) : value);
  };
})();
</script>"""


def redoc(title: str, root: str) -> str:
    """ReDoc."""
    static = html.escape(f"{root}/__mockloop/static")
    description = html.escape(f"{root}/__mockloop/openapi.json")
    return _FRAME.format(
        title=html.escape(title),
        head=_NO_LOGO,
        body=f'<redoc spec-url="{description}"></redoc>\n'
        f'<script src="{static}/redoc.standalone.js"></script>',
    )


def _script_text(value: object) -> str:
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
