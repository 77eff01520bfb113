"""Which operation a path leads to."""

from describe import op, param, response


def text(value):
    return [response("200", {"served": value})]


def named(method, path, **fields):
    return op(method, path, responses=text(path), **fields)


def served(answer):
    assert answer.status_code == 200, answer.text
    return answer.json()["served"]


def test_static_segment_wins_over_template_and_backtracks(mock):
    m = mock(named("GET", "/a/{x}/c"), named("GET", "/a/b/d"), named("GET", "/{any}/b/e"))
    assert served(m.get("/a/b/c")) == "/a/{x}/c"
    assert served(m.get("/a/b/d")) == "/a/b/d"
    assert served(m.get("/a/b/e")) == "/{any}/b/e"


def test_mixed_segments(mock):
    paths = ["/f/{name}.{ext}", "/f/{id}:activate", "/f/{a}-{b}", "/f/{plain}"]
    m = mock(*(named("GET", path) for path in paths))
    assert served(m.get("/f/report.pdf")) == paths[0]
    assert served(m.get("/f/7:activate")) == paths[1]
    assert served(m.get("/f/a-b")) == paths[2]
    assert served(m.get("/f/x")) == paths[3]


def test_encoded_characters_of_a_value_are_no_fixed_text(mock):
    parts = [param("x", {"const": "a.b"}, "path"), param("y", {"const": "c"}, "path")]
    m = mock(op("GET", "/f/{x}.{y}", *parts), named("GET", "/g/{id}:do"), named("GET", "/g/{id}"))
    assert m.get("/f/a%2Eb.c").status_code == 200
    assert m.get("/f/a.b.c").status_code == 400
    assert served(m.get("/g/7:do")) == "/g/{id}:do"
    assert served(m.get("/g/7%3Ado")) == "/g/{id}"


def test_fixed_text_may_be_encoded(mock):
    m = mock(op("GET", "/g/{id}:do", param("id", {"const": "a%b"}, "path")))
    assert m.get("/g/a%25b%3Ado").status_code == 200


def test_encoded_slash_stays_inside_a_value(mock):
    m = mock(op("GET", "/f/{name}", param("name", {"const": "a/b"}, "path")))
    assert m.get("/f/a%2Fb").status_code == 200
    assert m.get("/f/a/b").status_code == 404


def test_template_names_may_differ_between_methods(mock):
    m = mock(
        op("GET", "/p/{id}", param("id", {"type": "integer"}, "path")),
        op("PUT", "/p/{petId}", param("petId", {"enum": ["x"]}, "path")),
    )
    assert m.get("/p/1").status_code == 200
    assert m("PUT", "/p/x").status_code == 200
    assert m("PUT", "/p/1").status_code == 400


def test_trailing_slash_is_exact_first_and_forgiving_after(mock):
    m = mock(named("GET", "/a"), named("GET", "/a/"), named("GET", "/b"), named("GET", "/c/"))
    assert served(m.get("/a")) == "/a"
    assert served(m.get("/a/")) == "/a/"
    assert served(m.get("/b/")) == "/b"
    assert served(m.get("/c")) == "/c/"


def test_root_path_and_empty_segments(mock):
    m = mock(named("GET", "/"), named("GET", "/x//y"))
    assert served(m.get("/")) == "/"
    assert served(m.get("/x//y")) == "/x//y"
    assert m.get("/x/y").status_code == 404


def test_base_paths_are_served_beside_the_root(mock):
    m = mock(
        named("GET", "/a"), named("GET", "/own", base_paths=["/w"]), base_paths=["/v1", "/v2/x"]
    )
    for path in ("/a", "/v1/a", "/v2/x/a"):
        assert served(m.get(path)) == "/a"
    assert served(m.get("/w/own")) == "/own"
    assert m.get("/v1/own").status_code == 404


def test_template_parameter_is_never_empty(mock):
    m = mock(named("GET", "/p/{id}"))
    assert m.get("/p/").status_code == 404


def test_unknown_path_is_a_404_problem(mock):
    answer = mock(named("GET", "/a")).get("/b")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Not Found"


def test_wrong_method_is_405_with_allow(mock):
    m = mock(named("GET", "/a"), named("POST", "/a"))
    answer = m("DELETE", "/a")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


def test_head_falls_back_to_get_without_a_body(mock):
    m = mock(named("GET", "/a"))
    answer = m("HEAD", "/a")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == m.get("/a").headers["content-length"]


def test_options_that_nobody_describes_lists_methods(mock):
    answer = mock(named("GET", "/a"))("OPTIONS", "/a")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS")


def test_described_options_is_an_operation(mock):
    assert served(mock(named("OPTIONS", "/a"))("OPTIONS", "/a")) == "/a"


def test_same_method_and_path_goes_to_the_first_that_fits(mock):
    m = mock(
        named("POST", "/a", id="one", fixed_query=[["type", "1"]]),
        op("POST", "/a", param("T", {"enum": ["x"]}, "header", required=True), responses=text("x")),
        op("POST", "/a", param("T", {"enum": ["y"]}, "header", required=True), responses=text("y")),
    )
    assert served(m("POST", "/a?type=1")) == "/a"
    assert served(m("POST", "/a", headers={"T": "x"})) == "x"
    assert served(m("POST", "/a", headers={"T": "y"})) == "y"
    refused = m("POST", "/a")
    assert refused.status_code == 400
    assert refused.json()["violations"][0]["name"] == "type"


def test_control_plane_gives_way_to_the_description(mock):
    m = mock(named("GET", "/health"))
    assert served(m.get("/health")) == "/health"
    assert m.get("/__mockloop/health").json()["status"] == "healthy"


def test_a_project_may_have_routes_and_methods_of_its_own(mock):
    m = mock(named("GET", "/a"))

    @m.app.get("/mine")
    async def mine() -> dict[str, int]:
        return {"mine": 1}

    @m.app.post("/a")
    async def more() -> dict[str, int]:
        return {"mine": 2}

    assert m.get("/mine").json() == {"mine": 1}
    assert m("POST", "/a").json() == {"mine": 2}
    assert served(m.get("/a")) == "/a"
