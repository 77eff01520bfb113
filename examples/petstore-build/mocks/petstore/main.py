"""Corner Petstore 1.0.0 as a mock server.

Made by MockLoop from petstore.yaml; make it again with `mockloop generate petstore.yaml -o .`.
This file is yours: what you change here is kept.
"""

from __future__ import annotations

from pathlib import Path

import uvicorn

from auth_middleware import make_auth
from logging_middleware import LoggingMiddleware
from mockloop_server import MockApp, MockServer, Settings, plain_errors
from mockloop_server.ui import AdminUi
from routes import ROUTES
from storage import make_storage
from webhook_handler import make_webhooks

HERE = Path(__file__).parent


def load_settings() -> Settings:
    """From the environment, then from `.env`, then these defaults."""
    return Settings.from_env(HERE, port=8000)


def create_app(settings: Settings | None = None) -> MockApp:
    """The app; tests may give settings of their own."""
    server = MockServer(
        settings or load_settings(),
        ROUTES,
        parts=[
            AdminUi(HERE),
            make_auth(),
            make_storage(),
            make_webhooks(),
        ],
    )
    app = MockApp(
        title=server.api.title,
        version=server.api.version,
        lifespan=server.lifespan,
        # The server has these itself, made from the description.
        openapi_url=None,
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    server.install(app)
    # Routes and middleware of your own go here.
    app.add_middleware(LoggingMiddleware, log=server.log)
    return app


with plain_errors():
    app = create_app()

if __name__ == "__main__":
    settings = load_settings()
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False)
