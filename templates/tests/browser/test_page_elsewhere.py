"""A page of another origin, in a real browser."""

import http.server
import threading

import pytest

CALL = """async ([url, options]) => {
  try {
    const answer = await fetch(url, options);
    return [answer.status, answer.headers.get("x-correlation-id") !== null];
  } catch (error) {
    return String(error);
  }
}"""
JSON = {"Content-Type": "application/json", "X-Own": "1"}


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def call(browser, serve):
    server = serve()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{site.server_port}/")

        def called(path, **options):
            return page.evaluate(CALL, [f"http://127.0.0.1:{server.port}{path}", options])

        yield called
        page.close()
        site.shutdown()


def test_a_page_of_another_origin_calls_operations_and_reads_refusals(call):
    assert call("/pets/1", headers=JSON) == [200, True]
    assert call("/pets", method="POST", headers=JSON, body="{}") == [401, True]
    assert call("/token", method="POST", headers=JSON, body="{}") == [400, True]


def test_a_page_of_another_origin_reads_and_changes_nothing_of_the_admin_api(call):
    assert "Failed to fetch" in call("/__mockloop/api/logs/search")
    scenario = '{"name": "evil", "operations": {}}'
    path = "/__mockloop/api/mock-data/scenarios"
    assert "Failed to fetch" in call(path, method="POST", headers=JSON, body=scenario)
