"""Two parts of the log beside each other."""

from __future__ import annotations

from typing import Any

Part = dict[str, Any]

_NUMBERS = ("total_requests", "error_rate", "average_ms", "p50_ms", "p95_ms", "p99_ms")


def compare(baseline: Part, candidate: Part) -> Part:
    """How one analysis differs from another."""
    summaries = [_summary(baseline), _summary(candidate)]
    endpoints = [
        {each["operation_id"]: each for each in side["endpoints"]["by_endpoint"]}
        for side in (baseline, candidate)
    ]
    names = dict.fromkeys([*endpoints[0], *endpoints[1]])
    return {
        "baseline": summaries[0],
        "candidate": summaries[1],
        "differences": {
            name: _difference(summaries[0][name], summaries[1][name]) for name in summaries[0]
        },
        "endpoints": [
            {
                "operation_id": name,
                "count": _difference(
                    *(side.get(name, {"count": 0})["count"] for side in endpoints)
                ),
                **{
                    key: _difference(*(side.get(name, {}).get(key) for side in endpoints))
                    for key in ("error_rate", "average_ms")
                },
            }
            for name in names
        ],
    }


def _summary(analysis: Part) -> Part:
    numbers = {**analysis["performance"], **analysis["errors"], **analysis}
    return {
        **{name: numbers[name] for name in _NUMBERS},
        "requests_per_second": analysis["time_range"]["requests_per_second"],
    }


def _difference(baseline: float | None, candidate: float | None) -> Part:
    change = None if baseline is None or candidate is None else candidate - baseline
    relative = change / baseline if change is not None and baseline else None
    return {
        "baseline": baseline,
        "candidate": candidate,
        "change": change,
        "relative": relative,
    }
