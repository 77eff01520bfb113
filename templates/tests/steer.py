"""Short ways to steer a mock."""

from describe import media, op, param, response

ME = "pytest"


def pets(**fields):
    """An operation with two responses, examples and headers."""
    ok = response(
        "200",
        content=[media("application/json", {"from": "sample"}, {"type": "object"}, tom={"n": 1})],
        headers=[{"name": "X-Kind", "value": "described"}],
    )
    gone = response("404", {"error": "described"})
    return op(
        "GET",
        "/pets/{id}",
        param("id", place="path"),
        id="pet",
        **fields | {"responses": [ok, gone]},
    )


def scenario(m, operations, name="s", session=None):
    """Make rules active."""
    m.server.steering.scenarios.create({"name": name, "operations": operations}, ME)
    m.server.steering.scenarios.activate(name, session, ME)


def override(m, operation, **config):
    return m.server.steering.overrides.set(operation, config, ME)
