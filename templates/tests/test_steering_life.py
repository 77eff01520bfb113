"""What was set: kept, changed, bounded, and in force."""

import sqlite3
from contextlib import contextmanager
from importlib import import_module

import pytest
from describe import op, response
from steer import ME, override, scenario

from mockloop_server.steering import Conflict, Invalid, NotFound, config

# Life cycle


def test_active_scenario_is_not_deleted(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": []}, session="me")
    with pytest.raises(Conflict, match="active for session 'me'"):
        m.server.steering.scenarios.delete("s", ME)
    m.server.steering.scenarios.deactivate("me", ME)
    m.server.steering.scenarios.delete("s", ME)
    with pytest.raises(NotFound):
        m.server.steering.scenarios.get("s")


def test_update_is_in_force_at_once_and_keeps_bindings_under_a_new_name(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": [{"respond": {"status": 500}}]})
    changed = {"name": "t", "operations": {"a": [{"respond": {"status": 418}}]}}
    view, _ = m.server.steering.scenarios.update("s", changed, ME)
    assert (view["name"], view["is_active"]) == ("t", True)
    assert m.get("/a").status_code == 418
    assert m.logs()[0]["test_scenario"] == "t"


def test_export_can_be_imported_under_another_name_or_over_the_old_one(mock):
    scenarios = mock(op("GET", "/a", id="a")).server.steering.scenarios
    scenarios.create({"name": "s", "description": "d", "operations": {"a": []}}, ME)
    document = scenarios.export("s")
    with pytest.raises(Conflict, match="already"):
        scenarios.import_(document, "error", ME)
    view, _, created = scenarios.import_(document, "rename", ME)
    assert (view["name"], created) == ("s (2)", True)
    view, _, created = scenarios.import_({**document, "description": "e"}, "replace", ME)
    assert (view["name"], view["description"], created) == ("s", "e", False)


def test_scenario_is_found_by_its_number_too(mock):
    scenarios = mock(op("GET", "/a", id="a")).server.steering.scenarios
    view, _ = scenarios.create({"name": "s", "operations": {"a": []}}, ME)
    assert scenarios.get(str(view["id"]))["name"] == "s"


def test_what_comes_with_the_mock_is_kept_and_can_be_duplicated(mock):
    m = mock(op("GET", "/a", id="a"))
    scenarios = m.server.steering.scenarios
    with pytest.raises(Conflict, match="comes with the mock"):
        scenarios.update("flaky", {"operations": {}}, ME)
    with pytest.raises(Conflict, match="comes with the mock"):
        scenarios.delete("flaky", ME)
    with pytest.raises(Conflict, match="already"):
        scenarios.create({"name": "flaky", "operations": {}}, ME)
    copy = scenarios.duplicate("flaky", "mine", ME)
    assert copy["operations"] == scenarios.get("flaky")["operations"]
    assert copy["built_in"] is False


def test_pages_go_through_stored_ones_and_then_those_of_the_mock(mock):
    scenarios = mock(op("GET", "/a", id="a")).server.steering.scenarios
    for name in ("z", "y"):
        scenarios.create({"name": name, "operations": {}}, ME)
    whole, total = scenarios.page(1000, 0)
    names = [each["name"] for each in whole]
    assert names[:3] == ["y", "z", "client-errors"]
    assert total == len(names) == 10
    paged = [each["name"] for at in range(0, 12, 3) for each in scenarios.page(3, at)[0]]
    assert paged == names


def test_history_says_who_did_what_newest_first(mock):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": []})
    override(m, "a", status=500)
    m.server.steering.scenarios.deactivate(None, "someone")
    found, total = m.server.steering.history(10, 0)
    assert [(each["action"], each["scenario"], each["actor"]) for each in found] == [
        ("deactivated", "s", "someone"),
        ("override set", None, ME),
        ("activated", "s", ME),
        ("created", "s", ME),
    ]
    assert total == 4
    assert found[0]["timestamp"].endswith("Z")


@pytest.mark.parametrize("name", ["", "x" * 101, "a/b", "import", "History", " a", "a\n", "..", 7])
def test_unusable_names_are_refused(mock, name):
    scenarios = mock(op("GET", "/a", id="a")).server.steering.scenarios
    with pytest.raises(Invalid) as error:
        scenarios.create({"name": name, "operations": {}}, ME)
    assert error.value.findings[0].pointer == "/name"


# Bounds


def test_history_is_bounded(mock, monkeypatch):
    monkeypatch.setattr("mockloop_server.steering.store._HISTORY", 3)
    m = mock(op("GET", "/a", id="a"))
    for status in (500, 501, 502, 503, 504):
        override(m, "a", status=status)
    found, total = m.server.steering.history(10, 0)
    assert (total, found[0]["details"], found[-1]["details"]) == (
        3,
        {"status": 504},
        {"status": 502},
    )


def test_counters_run_out_with_a_conflict_and_come_back(mock, monkeypatch):
    monkeypatch.setattr("mockloop_server.steering.store.CAPACITY", 8 + 3 * 2)
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": [{"times": 1, "respond": {"status": 500}}]}, session="one")
    scenarios = m.server.steering.scenarios
    scenarios.activate("s", "two", ME)
    with pytest.raises(Conflict, match="no room"):
        scenarios.activate("s", "three", ME)
    scenarios.deactivate("one", ME)
    scenarios.activate("s", "three", ME)
    found = [m.get("/a", X_Session_ID="three").status_code for _ in range(2)]
    assert found == [500, 200]


def test_nothing_is_read_or_checked_while_others_wait_for_the_database(mock, monkeypatch):
    m = mock(op("GET", "/a", id="a", responses=[response("200", [1], {"type": "array"})]))
    steering = m.server.steering
    scenarios, store = steering.scenarios, steering._store
    writing, is_writing = store.writing, []

    @contextmanager
    def watched():
        with writing() as tables:
            is_writing.append(True)
            try:
                yield tables
            finally:
                is_writing.clear()

    def idle(work):
        def run(*args, **kwargs):
            assert not is_writing
            return work(*args, **kwargs)

        return run

    monkeypatch.setattr(store, "writing", watched)
    for name in ("scenarios.read_program", "scenarios.late_program", "overrides.read_override"):
        path = f"mockloop_server.steering.{name}"
        module, _, function = path.rpartition(".")
        work = getattr(import_module(module), function)
        monkeypatch.setattr(path, idle(work))
    for each in ("scenario", "respond"):
        monkeypatch.setattr(scenarios._checker, each, idle(getattr(scenarios._checker, each)))
    monkeypatch.setattr(steering._ready_made, "_empty", idle(steering._ready_made._empty))
    document = {"name": "s", "operations": {"a": [{"respond": {"status": 500}}]}}
    scenarios.create(document, ME)
    with pytest.raises(Conflict, match="already"):
        scenarios.create({**document, "name": "empty-lists"}, ME)
    scenarios.activate("s", None, ME)
    scenarios.update("s", {"operations": document["operations"]}, ME)
    scenarios.duplicate("s", "t", ME)
    scenarios.duplicate("empty-lists", "mine", ME)
    scenarios.import_(scenarios.export("s"), "rename", ME)
    scenarios.import_(scenarios.export("s"), "replace", ME)
    scenarios.activate("empty-lists", None, ME)
    override(m, "a", status=500)


def test_scenario_that_changes_while_it_is_made_active_is_the_changed_one(mock, monkeypatch):
    m = mock(op("GET", "/a", id="a"))
    scenarios = m.server.steering.scenarios
    scenarios.create({"name": "s", "operations": {"a": [{"respond": {"status": 500}}]}}, ME)
    read = scenarios._program

    def late(name):
        found = read(name)
        changed = {"a": [{"times": 1, "respond": {"status": 501}}]}
        scenarios.update("s", {"operations": changed}, ME)
        return found

    monkeypatch.setattr(scenarios, "_program", late)
    scenarios.activate("s", None, ME)
    assert [m.get("/a").status_code for _ in range(2)] == [501, 200]


def test_rules_are_read_by_whoever_makes_them_active_and_elsewhere_when_asked_for(
    mock, monkeypatch
):
    m = mock(*(op("GET", f"/{name}", id=name) for name in "abc"))
    steering = m.server.steering
    read, reading = config.read_program, []

    def counted(operations, findings):
        reading.append(operations)
        return read(operations, findings)

    monkeypatch.setattr(config, "read_program", counted)
    rules = {
        "a": [{"times": 1, "respond": {"status": 500}}, {"respond": {"status": 501}}],
        "b": [
            {"rate_limit": {"requests": 1, "window_ms": 60_000}},
            {"sequence": [{"respond": {"status": status}} for status in (502, 503)]},
        ],
        "c": [{"sequence": [{"respond": {"status": 504}}], "then": "pass"}],
    }
    scenario(m, rules)
    assert [m.get("/a").status_code for _ in range(2)] == [500, 501]
    assert reading == []
    # As another worker has it, which takes part in the counting.
    steering._programs.clear()
    steering._shared.announce()
    assert reading == []
    assert m.get("/a").status_code == 501
    assert reading == [{"": rules["a"]}]
    assert [m.get("/b").status_code for _ in range(3)] == [502, 429, 429]
    assert [m.get("/c").status_code for _ in range(3)] == [504, 200, 200]
    assert len(reading) == 3


def test_lists_are_emptied_elsewhere_when_asked_for(mock, monkeypatch):
    answers = [response("200", [1], {"type": "array"})]
    m = mock(*(op("GET", f"/{name}", id=name, responses=answers) for name in "abc"))
    steering = m.server.steering
    steering.scenarios.activate("empty-lists", None, ME)
    steering._ready_made._made.clear()
    steering._offered.clear()
    looks = []
    empty = steering._ready_made._empty
    monkeypatch.setattr(
        steering._ready_made, "_empty", lambda each: looks.append(each) or empty(each)
    )
    assert m.get("/b").json() == []
    assert len(looks) == 1


def test_unreadable_database_leaves_what_is_in_force(mock, monkeypatch):
    m = mock(op("GET", "/a", id="a"))
    scenario(m, {"a": [{"respond": {"status": 500}}]})
    assert m.get("/a").status_code == 500
    steering = m.server.steering
    with monkeypatch.context() as patch:
        patch.setattr("mockloop_server.transactions.connect", _fail)
        steering._shared.announce()
        assert m.get("/a").status_code == 500
        assert "disk I/O error" in steering.error
    steering._retry_at = 0.0
    m.get("/a")
    assert steering.error is None


def _fail(*_, **__):
    raise sqlite3.OperationalError("disk I/O error")
