"""The scenario that makes a description's paths collections: what is posted can be got again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from typing import Any

import orjson

from mockloop_server.api import Api, Entry, Operation
from mockloop_server.negotiate import is_json
from mockloop_server.schemas import Schemas, Shape

Json = dict[str, Any]

NAME = "stateful"
DESCRIPTION = (
    "to a collection such as /pets and /pets/{petId} is answered from the storage: what is created"
    " can be read, listed, changed and deleted."
)

_ITEM = re.compile(r"(.*)/\{([^{}/]+)\}/?")
_PARAMETER = re.compile(r"\{([^{}]+)\}")
_UNUSUAL = re.compile(r"[^A-Za-z0-9._-]+")
_ITEM_ACTIONS = {"GET": "read", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}


def stateful(api: Api) -> dict[str, list[Json]]:
    """The rules, by operation."""
    schemas = Schemas(api.schemas)
    by_path: dict[str, dict[str, Entry]] = {}
    for entry in api.entries:
        by_path.setdefault(entry.path.rstrip("/"), {}).setdefault(entry.method, entry)
    items = {
        found[1]: (path, found[2])
        for path in by_path
        if (found := _ITEM.fullmatch(path)) and found[1] in by_path
    }
    names = _names(list(items))
    made: dict[str, list[Json]] = {}
    for path, (item, parameter) in items.items():
        some, all_of = by_path[item], by_path[path]
        if "POST" not in all_of and "PUT" not in some:
            # Nothing could ever come into it.
            continue
        sample = _item_sample(some, all_of)
        common: Json = {"collection": names[path]}
        if (id_field := _id_field(sample, parameter)) != "id":
            common["id_field"] = id_field
        where = {name: f"{{$request.path.{name}}}" for name in _PARAMETER.findall(path)}
        for method, action in _ITEM_ACTIONS.items():
            if method in some:
                _put(made, some[method], {**common, "action": action}, where)
        if "GET" in all_of and _is_list(all_of["GET"].operation):
            posting = [all_of["POST"]] if "POST" in all_of else []
            members = _members(schemas, [*some.values(), *posting], all_of["GET"])
            _put(made, all_of["GET"], {**common, "action": "list"}, where, members)
        if "POST" in all_of and all_of["POST"].operation.request_body is not None:
            _put(made, all_of["POST"], {**common, "action": "create"}, where)
        if "PUT" in all_of and "PUT" not in some and isinstance(sample, dict):
            rule = {**common, "action": "replace", "id": f"{{$request.body#/{id_field}}}"}
            _put(made, all_of["PUT"], rule, where)
    return made


def _put(
    made: dict[str, list[Json]],
    entry: Entry,
    rule: Json,
    where: dict[str, str],
    members: Collection[str] = (),
) -> None:
    asked = dict(where)
    if rule["action"] == "list":
        for each in entry.operation.parameters:
            if each.location != "query":
                continue
            expression = f"{{$request.query.{each.name}}}"
            if each.name in ("limit", "offset"):
                rule[each.name] = expression
            elif each.name in members and "}" not in each.name:
                asked[each.name] = expression
    made[entry.id] = [{"storage": {**rule, **({"where": asked} if asked else {})}}]


def _names(paths: list[str]) -> dict[str, str]:
    """A collection's name by its path: the last part, or all where several end alike."""
    parts = {
        path: [_UNUSUAL.sub("-", part).strip("-._") for part in path.split("/") if "{" not in part]
        for path in paths
    }
    fixed = {path: [part for part in each if part] or ["items"] for path, each in parts.items()}
    ends = Counter(each[-1] for each in fixed.values())
    names: dict[str, str] = {}
    for path, each in fixed.items():
        name = each[-1] if ends[each[-1]] == 1 else ".".join(each)
        name, number = name[:90], 1
        while (name if number == 1 else f"{name}-{number}") in names.values():
            number += 1
        names[path] = name if number == 1 else f"{name}-{number}"
    return names


def _item_sample(some: dict[str, Entry], all_of: dict[str, Entry]) -> Any:
    for entry in (some.get("GET"), all_of.get("POST"), some.get("PUT"), some.get("PATCH")):
        sample = None if entry is None else _sample(entry.operation)
        if isinstance(sample, dict):
            return sample
    return None


def _members(schemas: Schemas, of_items: list[Entry], of_list: Entry) -> set[str]:
    """The members that documents are described with, or shown with, by operations on them."""
    found: set[str] = set()
    shapes: list[Shape] = []
    for entry in of_items:
        sample = _sample(entry.operation)
        found |= sample.keys() if isinstance(sample, dict) else set()
        shapes += [schemas.shape(each) for each in _schemas(entry.operation)]
    for each in _schemas(of_list.operation):
        shape = schemas.shape(each)
        lists = [
            inner for value in shape.properties.values() if (inner := schemas.shape(value).items)
        ]
        for items in shape.items or (lists[0] if len(lists) == 1 else []):
            shapes.append(schemas.shape(items))
    return found.union(*(shape.properties for shape in shapes))


def _schemas(operation: Operation) -> list[Any]:
    answer = operation.responses[operation.answer].content if operation.responses else []
    asked = operation.request_body.content if operation.request_body is not None else []
    return [media.schema for media in (*answer, *asked) if is_json(media.content_type)]


def _id_field(sample: Any, parameter: str) -> str:
    """The member that has the id: `id`, else the one that is called as the path parameter."""
    if isinstance(sample, dict) and "id" not in sample and parameter in sample:
        return parameter
    return "id"


def _is_list(operation: Operation) -> bool:
    sample = _sample(operation)
    if isinstance(sample, dict):
        return sum(isinstance(each, list) for each in sample.values()) == 1
    return isinstance(sample, list)


def _sample(operation: Operation) -> Any:
    if not operation.responses:
        return None
    for media in operation.responses[operation.answer].content:
        if is_json(media.content_type) and media.bodies:
            try:
                return orjson.loads(media.bodies[0].data)
            except ValueError:
                return None
    return None
