"""What keeps schemathesis from judging cases that are not what they are meant to be."""

import json
import re
from pathlib import Path

import schemathesis

_WITHOUT_TRACE = ("xml", "x-www-form-urlencoded", "multipart/form-data")


@schemathesis.serializer("application/x-ndjson")
def ndjson(_, value):
    """A text that stands for lines of JSON, as a schema cannot say what is one."""
    return b'{"a": 1}\n' if isinstance(value, str) else b"no JSON"


@schemathesis.hook
def filter_case(_, case):
    """Forms and XML have no way to write an empty array or object: the case would not hold it."""
    if "x-schemathesis-unknown-property" in (case.headers or {}):
        return False  # every server takes headers that it does not know
    media_type = case.media_type or ""
    return not (
        any(each in media_type for each in _WITHOUT_TRACE) and _has_empty(case.body)
    )


@schemathesis.hook
def before_call(_, case, kwargs):
    """A stream without an end would be waited for; and no schema tells what is a usable pattern."""
    query = case.query if isinstance(case.query, dict) else {}
    if case.operation.path == "/api/logs/tail":
        query["seconds"] = 0
        case.query = query
    if isinstance(query.get("path_regex"), str) and not _is_plain(query["path_regex"]):
        query["path_regex"] = "a"
    _tell_times(query)
    if case.operation.path.startswith("/api/overrides"):
        _name_operation(case.path_parameters)
        _name_operation(case.body)
    if case.operation.path == "/api/logs/verify" and isinstance(case.body, dict):
        _name_operation(case.body.get("request"), "operation_id")
        _tell_times(case.body.get("request"))
    if case.operation.path == "/api/logs/compare" and isinstance(case.body, dict):
        _tell_times(case.body.get("baseline"))
        _tell_times(case.body.get("candidate"))
    if case.operation.path.startswith("/api/storage"):
        _store(case, query)
    if case.operation.path.startswith("/api/webhooks"):
        _tell(case.body)
    _simplify(case.body)


def _tell_times(values):
    """Times that there are: the contract says in words alone in which ways they are written."""
    for name in ("time_from", "time_to", "before", "from", "to"):
        if isinstance(values, dict) and _is_moment(values.get(name)):
            values[name] = "2026-11-22"


def _is_moment(value):
    return isinstance(value, str) and len(value) <= 100


def _tell(body):
    """Name events and URLs that there are, of which the contract does not know."""
    if not isinstance(body, dict):
        return
    if isinstance(body.get("url"), str) and 0 < len(body["url"]) <= 2000:
        body["url"] = "http://127.0.0.1:9/hook"
    events = body.get("events")
    if (
        isinstance(events, list)
        and 0 < len(events) <= 100
        and all(map(_is_name, events))
    ):
        body["events"] = ["request.received"] * len(events)
    if _is_name(body.get("name")):
        webhooks = json.loads(Path("api.json").read_bytes())["webhooks"]
        body["name"] = f"webhook.{webhooks[0]['path']}"
        for key, most in (("operation_id", 2000), ("method", 50)):
            if _is_name(body.get(key), most):
                del body[key]


def _is_name(value, most=300):
    return isinstance(value, str) and 0 < len(value) <= most


def _store(case, query):
    """Ids, conditions and states of documents that could be: no schema tells them from others."""
    case.headers.pop("If-Match", None)
    if isinstance(query.get("where"), list):
        query["where"] = [f"a={at}" for at, _ in enumerate(query["where"])]
    if isinstance(query.get("sort"), str):
        query["sort"] = "a"
    if "/documents" in case.operation.path or "/seed" in case.operation.path:
        for each in case.body if isinstance(case.body, list) else [case.body]:
            if isinstance(each, dict):
                each.pop("id", None)


def _name_operation(value, key="operation"):
    """Name an operation of the mock, of which the contract does not know."""
    named = value.get(key) if isinstance(value, dict) else None
    if _is_name(named, 2000 if key == "operation" else 500):
        operations = json.loads(Path("api.json").read_bytes())["operations"]
        value[key] = operations[len(named) % len(operations)]["id"]


def _simplify(value):
    if isinstance(value, dict):
        for name, each in list(value.items()):
            if name == "matches" and isinstance(each, str) and not _is_plain(each):
                value[name] = "a"
            elif name == "schema" and isinstance(each, dict):
                value[name] = {}
            elif name == "name" and isinstance(each, str) and 0 < len(each) <= 100:
                value[name] = re.sub(r"[^A-Za-z0-9.-]", "_", each).strip(".") or "a"
            elif name == "operations" and isinstance(each, dict):
                # Rules are for operations of the mock, of which the contract does not know.
                value[name] = {
                    "* /" + "*" * (at + 1): rules
                    for at, rules in enumerate(each.values())
                }
            elif name == "example" and isinstance(each, str):
                value["text"] = value.pop(name)
                continue
            elif name == "storage" and isinstance(each, dict):
                _without_expressions(each)
            elif name == "uniform" and isinstance(each, dict) and _is_turned(each):
                value[name] = {"min": each["max"], "max": each["min"]}
            elif name == "json_path" and isinstance(each, dict):
                value[name] = {
                    f"$.a{at}": inner for at, inner in enumerate(each.values())
                }
            _simplify(value[name])
    elif isinstance(value, list):
        for each in value:
            _simplify(each)


def _without_expressions(step):
    """What is made of a request has to be an expression that there is."""
    for texts in (step, step.get("where")):
        for name, each in texts.items() if isinstance(texts, dict) else ():
            if isinstance(each, str) and "$" in each:
                texts[name] = "a"


def _is_turned(each):
    numbers = [each.get("min"), each.get("max")]
    return (
        all(type(number) in (int, float) for number in numbers)
        and numbers[0] > numbers[1]
    )


def _is_plain(pattern):
    return re.fullmatch(r"[A-Za-z0-9 /.-]*", pattern) is not None


def _has_empty(value):
    if isinstance(value, dict):
        return not value or any(map(_has_empty, value.values()))
    if isinstance(value, list):
        return not value or any(map(_has_empty, value))
    return False
