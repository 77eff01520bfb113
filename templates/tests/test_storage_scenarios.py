"""Rules of scenarios that answer from the storage."""

import pytest
from describe import body, media, op, param, response
from steer import scenario

from mockloop_server.storage import Storage

OBJECT = {"type": "object"}
PET = {
    "type": "object",
    "required": ["id", "name", "status"],
    "properties": {"id": {"type": "integer"}, "status": {"type": "string"}},
}
SAMPLE = {"id": 10, "name": "sample", "status": "available"}
ITEM = param("petId", {"type": "integer"}, place="path")
JSON = body("application/json", OBJECT)
PETS = [
    op(
        "GET",
        "/pets",
        param("status", {"type": "string"}),
        param("limit", {"type": "integer"}),
        id="listPets",
        responses=[response("200", [SAMPLE])],
    ),
    op(
        "POST",
        "/pets",
        id="createPet",
        request_body=JSON,
        responses=[response("201", SAMPLE, PET), response("409", {"described": 409})],
    ),
    op(
        "GET",
        "/pets/{petId}",
        ITEM,
        id="getPet",
        responses=[response("200", SAMPLE, PET), response("404", {"described": 404})],
    ),
    op(
        "PUT",
        "/pets/{petId}",
        ITEM,
        id="putPet",
        request_body=JSON,
        responses=[response("200", SAMPLE)],
    ),
    op(
        "PATCH",
        "/pets/{petId}",
        ITEM,
        id="patchPet",
        request_body=JSON,
        responses=[response("200", SAMPLE)],
    ),
    op("DELETE", "/pets/{petId}", ITEM, id="deletePet", responses=[response("204")]),
    op("GET", "/pets/findByStatus", id="find", responses=[response("200", [1])]),
]


@pytest.fixture
def stateful(mock):
    def make(*operations, **api):
        m = mock(*operations, parts=[Storage()], **api)
        place = "/__mockloop/api/mock-data/scenarios/stateful"
        assert m("POST", f"{place}/activate").status_code == 200
        document = m.get(place).json()
        again = {"name": "again", "operations": document["operations"]}
        told = m("POST", "/__mockloop/api/mock-data/scenarios/validate", json=again).json()
        assert told == {"valid": True, "findings": []}
        return m

    return make


def test_what_is_posted_can_be_got_listed_changed_and_deleted(stateful):
    m = stateful(*PETS)
    assert m.get("/pets").json() == []
    made = m("POST", "/pets", json={"name": "Rex"})
    assert made.status_code == 201
    assert made.json() == {"id": 1, "name": "Rex", "status": "available"}, "as the schema wants it"
    assert m.get("/pets/1").json() == made.json()
    assert m("PATCH", "/pets/1", json={"status": "sold"}).json()["status"] == "sold"
    assert m("PUT", "/pets/1", json={"name": "Tom", "status": "sold"}).json()["name"] == "Tom"
    assert m.get("/pets").json() == [{"id": 1, "name": "Tom", "status": "sold"}]
    assert m("DELETE", "/pets/1").status_code == 204
    missing = m.get("/pets/1")
    assert (missing.status_code, missing.json()) == (404, {"described": 404})
    assert m.logs()[0]["decided_by"] == "scenario"
    assert m("DELETE", "/pets/1").status_code == 404, "though no 404 is described"
    assert m.get("/pets/findByStatus").json() == [1], "is no collection"


def test_list_is_filtered_and_paged_as_the_query_asks(stateful):
    m = stateful(*PETS)
    for status in ("sold", "new", "sold"):
        m("POST", "/pets", json={"name": "x", "status": status})
    assert [each["id"] for each in m.get("/pets?status=sold").json()] == [1, 3]
    assert [each["id"] for each in m.get("/pets?limit=2").json()] == [1, 2]


@pytest.mark.parametrize("name", ["total", "totalCount", "total_items", "count"])
def test_total_beside_a_list_is_of_all_that_the_query_finds(stateful, name):
    wrapped = {"items": [SAMPLE], name: 7, "page": 3}
    m = stateful({**PETS[0], "responses": [response("200", wrapped)]}, *PETS[1:])
    assert m.get("/pets").json() == {"items": [], name: 0, "page": 3}
    for status in ("sold", "new", "sold"):
        m("POST", "/pets", json={"name": "x", "status": status})
    assert m.get("/pets?limit=2").json()[name] == 3
    found = m.get("/pets?status=sold&limit=1").json()
    assert ([each["id"] for each in found["items"]], found[name]) == ([1], 2)


def test_what_is_no_total_for_certain_beside_a_list_stays(stateful):
    wrapped = {"data": [SAMPLE], "total": 7, "count": 5, "total_price": 9, "size": 4, "pages": "2"}
    m = stateful({**PETS[0], "responses": [response("200", wrapped)]}, *PETS[1:])
    m("POST", "/pets", json={"name": "x", "status": "new"})
    found = m.get("/pets").json()
    assert found == {**wrapped, "data": found["data"], "total": 1}
    flagged = response("200", {"data": [SAMPLE], "total": True})
    m = stateful({**PETS[0], "responses": [flagged]}, *PETS[1:])
    assert m.get("/pets").json()["total"] is True


def test_taken_id_is_answered_as_described(stateful):
    m = stateful(*PETS)
    assert m("POST", "/pets", json={"id": 5, "name": "x"}).json()["id"] == 5
    again = m("POST", "/pets", json={"id": 5, "name": "x"})
    assert (again.status_code, again.json()) == (409, {"described": 409})
    assert m("POST", "/pets", json={"name": "x"}).json()["id"] == 6


def test_documents_of_one_parent_are_not_seen_below_another(stateful):
    parent = param("ownerId", {"type": "integer"}, place="path")
    m = stateful(
        op(
            "GET", "/owners/{ownerId}/pets", parent, responses=[response("200", {"pets": [SAMPLE]})]
        ),
        op(
            "POST",
            "/owners/{ownerId}/pets",
            parent,
            request_body=JSON,
            responses=[response("201", SAMPLE)],
        ),
        op("GET", "/owners/{ownerId}/pets/{petId}", parent, ITEM, responses=[response("200", {})]),
        op(
            "PATCH",
            "/owners/{ownerId}/pets/{petId}",
            parent,
            ITEM,
            request_body=JSON,
            responses=[response("200", {})],
        ),
        op("DELETE", "/owners/{ownerId}/pets/{petId}", parent, ITEM, responses=[response("204")]),
    )
    made = m("POST", "/owners/1/pets", json={"name": "Rex"}).json()
    assert made == {"id": 1, "name": "Rex", "ownerId": 1}
    assert m.get("/owners/1/pets").json() == {"pets": [made]}
    assert m.get("/owners/2/pets").json() == {"pets": []}
    assert m.get("/owners/2/pets/1").status_code == 404
    assert m("DELETE", "/owners/2/pets/1").status_code == 404
    assert m.get("/owners/1/pets/1").json() == made
    for moving in ({"ownerId": 2}, {"ownerId": None}):
        changed = m("PATCH", "/owners/1/pets/1", json={"name": "Tom", **moving})
        assert changed.json() == {**made, "name": "Tom"}, "it stays with its parent"
    assert m.get("/owners/1/pets/1").json() == changed.json()
    assert m.get("/owners/2/pets").json() == {"pets": []}


def test_id_comes_from_where_the_rule_says(mock):
    m = mock(
        op("PUT", "/pet", id="put", request_body=JSON, responses=[response("200", SAMPLE)]),
        op("POST", "/pet", id="post", request_body=JSON, responses=[response("200", SAMPLE)]),
        op("GET", "/pet", param("key"), id="get", responses=[response("200", {"data": SAMPLE})]),
        parts=[Storage()],
    )
    pets = {"collection": "pets"}
    get = {**pets, "action": "read", "id": "{$request.query.key}", "field": "data"}
    scenario(
        m,
        {
            "put": [{"storage": {**pets, "action": "replace", "id": "$request.body#/id"}}],
            "post": [{"storage": {**pets, "action": "create"}}],
            "get": [{"storage": get}],
        },
    )
    assert m("POST", "/pet", json={"id": 3, "n": 1}).status_code == 200
    assert m("PUT", "/pet", json={"id": 3, "n": 2}).json() == {"id": 3, "n": 2}
    assert m.get("/pet?key=3").json() == {"data": {"id": 3, "n": 2}}
    assert m.get("/pet").status_code == 404
    assert m("PUT", "/pet", json={"n": 2}).status_code == 404
    assert m("PUT", "/pet", json=[1]).status_code in (400, 422)


def test_step_of_a_sequence_with_a_delay_answers_from_the_storage(mock):
    m = mock(*PETS, parts=[Storage()])
    create = {"storage": {"collection": "pets", "action": "create"}, "delay": 1}
    scenario(m, {"createPet": [{"sequence": [{"respond": {"status": 503}}, create]}]})
    assert m("POST", "/pets", json={"name": "x"}).status_code == 503
    assert m("POST", "/pets", json={"name": "x"}).json()["id"] == 1


def test_accept_that_no_document_fits_is_refused(stateful):
    m = stateful(*PETS)
    assert m.get("/pets", accept="application/json").status_code == 200
    assert m.get("/pets", accept="image/png").status_code == 406


@pytest.mark.parametrize(
    ("operation", "storage", "at", "code"),
    [
        ("getPet", [], "", "type"),
        ("getPet", {"action": "read"}, "/collection", "required"),
        ("getPet", {"collection": "a/b", "action": "read"}, "/collection", "value"),
        ("getPet", {"collection": "pets", "action": "look"}, "/action", "value"),
        ("getPet", {"collection": "pets", "action": "read", "id": "{$url}"}, "/id", "expression"),
        ("getPet", {"collection": "pets", "action": "read", "no": 1}, "/no", "unknown-field"),
        (
            "getPet",
            {"collection": "pets", "action": "list", "where": {'"': "x"}},
            '/where/"',
            "value",
        ),
        ("listPets", {"collection": "pets", "action": "delete"}, "/id", "required"),
    ],
)
def test_rule_that_cannot_be_used_is_told_with_its_place(mock, operation, storage, at, code):
    m = mock(*PETS, parts=[Storage()])
    document = {"name": "s", "operations": {operation: [{"storage": storage}]}}
    found = m.server.steering.scenarios.validate(document)
    place = f"/operations/{operation}/0/storage{at}"
    assert (place, code) in [(each.pointer, each.code) for each in found]


def test_unknown_parameter_of_an_expression_is_a_warning(mock):
    m = mock(*PETS, parts=[Storage()])
    step = {"collection": "pets", "action": "read", "id": "{$request.path.pet}"}
    document = {"name": "s", "operations": {"getPet": [{"storage": step}]}}
    (found,) = m.server.steering.scenarios.validate(document)
    assert (found.severity, found.code, found.hint) == (
        "warning",
        "undocumented-parameter",
        "did you mean petId?",
    )


@pytest.mark.parametrize("other", [{"respond": {"status": 500}}, {"rate_limit": {}}])
def test_storage_stands_beside_no_other_answer(mock, other):
    m = mock(*PETS, parts=[Storage()])
    step = {"storage": {"collection": "pets", "action": "read"}, **other}
    found = m.server.steering.scenarios.validate({"name": "s", "operations": {"getPet": [step]}})
    assert "excludes" in [each.code for each in found]


def test_mock_without_storage_refuses_such_a_rule(mock):
    m = mock(*PETS)
    step = {"storage": {"collection": "pets", "action": "read"}}
    document = {"name": "s", "operations": {"getPet": [step]}}
    refused = m("POST", "/__mockloop/api/mock-data/scenarios", json=document)
    (violation,) = refused.json()["violations"]
    assert violation["code"] == "no-storage"
    assert "make_storage()" in violation["hint"]
    assert m.get("/__mockloop/api/mock-data/scenarios/stateful").status_code == 404


def test_rule_of_a_mock_that_has_lost_its_storage_is_passed_over(mock):
    m = mock(*PETS, parts=[Storage()])
    scenario(m, {"getPet": [{"storage": {"collection": "pets", "action": "read"}}]})
    assert m.get("/pets/1").status_code == 404
    m.close()
    assert mock(*PETS).get("/pets/1").json() == SAMPLE


def test_described_location_and_etag_are_those_of_the_document(stateful):
    def headers(*names):
        return [{"name": name, "value": "/of/the/sample"} for name in names]

    m = stateful(
        op(
            "POST",
            "/a",
            request_body=JSON,
            responses=[response("201", {}, headers=headers("Location", "X-Other"))],
        ),
        op("GET", "/a/{id}", responses=[response("200", {}, headers=headers("ETag"))]),
    )
    made = m("POST", "/a", json={"id": "x/y", "n": 1})
    assert (made.headers["location"], made.headers["x-other"]) == ("/a/x%2Fy", "/of/the/sample")
    found = m.get(made.headers["location"])
    assert found.json() == made.json()
    assert found.headers["etag"].startswith('"')


def test_answer_in_xml_alone_is_given_in_json(stateful):
    operations = [
        op("POST", "/a", request_body=JSON, responses=[response("201")]),
        op(
            "GET",
            "/a/{id}",
            responses=[response("200", content=[media("application/xml", "<a/>")])],
        ),
    ]
    m = stateful(*operations)
    assert m("POST", "/a", json={"id": "1"}).content == b""
    assert m.get("/a/1").json() == {"id": "1"}


OWN = {"type": "integer", "readOnly": True}


def of_orders(schema):
    """A collection whose documents are as a schema says."""
    sample = {
        "id": 10,
        "status": "new",
        "made": "2026-01-01",
        "kind": "a",
        "note": "not required",
    }
    item = param("orderId", place="path")
    # What the server sets itself is nothing that a request has to have.
    given = body("application/json", {"type": "object", "properties": {"id": OWN}})
    found = [response("200", sample, schema)]
    return [
        op("POST", "/orders", request_body=given, responses=[response("201", sample, schema)]),
        op("GET", "/orders/{orderId}", item, responses=found),
        op("PUT", "/orders/{orderId}", item, request_body=given, responses=found),
        op("PATCH", "/orders/{orderId}", item, request_body=given, responses=found),
    ]


ORDER = {
    "type": "object",
    "required": ["status"],
    "allOf": [{"required": ["id"], "properties": {"made": {"type": "string", "readOnly": True}}}],
    "properties": {
        "id": {"type": "integer"},
        "status": {"type": "string"},
        "note": {"type": "string"},
    },
}


def test_members_that_are_the_servers_own_are_not_taken_from_requests(stateful):
    m = stateful(*of_orders({**ORDER, "required": ["status", "made"]}))
    made = m("POST", "/orders", json={"id": 77, "made": "by me", "more": 1}).json()
    assert made == {"id": 1, "more": 1, "status": "new", "made": "2026-01-01"}
    changed = m("PATCH", "/orders/1", json={"id": 77, "made": "by me", "more": 2})
    assert changed.json() == {**made, "more": 2}
    removed = m("PATCH", "/orders/1", json={"made": None})
    assert removed.json() == changed.json()
    replaced = m("PUT", "/orders/1", json={"id": 77, "made": "by me", "status": "old"})
    assert replaced.json() == {"id": 1, "made": "2026-01-01", "status": "old"}


def test_only_what_is_required_is_added(stateful):
    m = stateful(*of_orders(ORDER))
    assert m("POST", "/orders", json={}).json() == {"id": 1, "status": "new"}


def test_what_is_required_is_added_though_something_else_is_wrong(stateful):
    wrong = {**ORDER, "properties": {"note": {"type": "integer"}}}
    m = stateful(*of_orders(wrong))
    made = m("POST", "/orders", json={"note": "text"}).json()
    assert made == {"id": 1, "note": "text", "status": "new"}


def test_what_is_required_of_one_alternative_is_added(stateful):
    one = {"required": ["kind", "status"], "properties": {"kind": {"const": "a"}}}
    other = {"required": ["other"], "properties": {"kind": {"const": "b"}}}
    m = stateful(*of_orders({"type": "object", "required": ["id"], "oneOf": [one, other]}))
    assert m("POST", "/orders", json={"n": 1}).json() == {
        "id": 1,
        "n": 1,
        "status": "new",
        "kind": "a",
    }


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_list_is_filtered_by_a_member_that_is_described_and_not_shown(stateful, wrapped):
    order = {"$ref": "#/schemas/Order"}
    listed = {"type": "array", "items": order}
    shown = [{"id": 1}]
    if wrapped:
        listed, shown = {"type": "object", "properties": {"items": listed}}, {"items": shown}
    query = [param("status", {"type": "string"}), param("lines", {"type": "string"})]
    line = {"type": "array", "items": {"properties": {"sku": {"type": "string"}}}}
    properties = {"id": {"type": "integer"}, "status": {"type": "string"}, "lines": line}
    m = stateful(
        op("GET", "/orders", *query, id="list", responses=[response("200", shown, listed)]),
        op("POST", "/orders", id="add", request_body=JSON, responses=[response("201", {"id": 1})]),
        op(
            "GET", "/orders/{id}", param("id", place="path"), responses=[response("200", {"id": 1})]
        ),
        schemas={"Order": {"allOf": [{"type": "object", "properties": properties}]}},
    )
    for status in ("open", "paid"):
        assert m("POST", "/orders", json={"status": status}).status_code == 201
    found = m.get("/orders?status=paid").json()
    assert [each["status"] for each in (found["items"] if wrapped else found)] == ["paid"]
