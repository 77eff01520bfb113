"""What is remarkable about the numbers: rules, each with its evidence and one thing to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

Part = dict[str, Any]

_SEVERITIES = ("critical", "warning", "info")
_SEARCH = "/__mockloop/api/logs/search"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an insight is told; the contract says what each means."""

    min_requests: int = 20
    error_rate: float = 0.1
    server_error_rate: float = 0.01
    slow_average_ms: float = 500
    slow_p95_ms: float = 1000
    tail_ratio: float = 10
    dominant_share: float = 0.5
    client_share: float = 0.8
    validation_rate: float = 0.05
    undocumented_rate: float = 0.05
    unused_share: float = 0.5
    large_response_bytes: int = 1024 * 1024

    def to_json(self) -> Part:
        """As the contract has them."""
        return asdict(self)


def insights(analysis: Part, asked: Part, thresholds: Thresholds) -> list[Part]:
    """The insights that an analysis allows, the gravest first; `asked` is the filter of it."""
    if analysis["total_requests"] < thresholds.min_requests:
        return []
    teller = _Teller(asked)
    found = [each for rule in _RULES for each in rule(analysis, thresholds, teller)]
    return sorted(found, key=lambda each: _SEVERITIES.index(each["severity"]))


class _Teller:
    """Makes insights whose links keep the filter of the analysis."""

    def __init__(self, asked: Part) -> None:
        self._asked = {
            name: value for name, value in asked.items() if value is not None and value is not False
        }

    def __call__(
        self, rule: str, severity: str, title: str, evidence: Part, advice: str, **search: Any
    ) -> Part:
        # What was asked for stays: a rule's own filter is only added to it.
        pairs = [(name, _written(value)) for name, value in {**search, **self._asked}.items()]
        return {
            "rule": rule,
            "severity": severity,
            "title": title,
            "evidence": evidence,
            "recommendation": advice,
            "link": f"{_SEARCH}?{urlencode(pairs)}" if pairs else _SEARCH,
        }


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return ",".join(value) if isinstance(value, list) else str(value)


Rule = Callable[[Part, Thresholds, _Teller], Iterator[Part]]


def _server_errors(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    total = analysis["total_requests"]
    count = analysis["status_codes"]["categories"]["server_error_5xx"]
    if count and count / total >= limits.server_error_rate:
        worst = _worst(analysis)
        yield tell(
            "server-errors",
            "critical",
            f"{_percent(count / total)} of the requests were answered by a server error.",
            {"server_errors": count, "total_requests": total, "rate": count / total, **worst},
            "Read the newest of these: `decided_by` says whether a scenario, an override or a"
            " handler made them.",
            status="5xx",
        )


def _errors(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    rate, count = analysis["errors"]["error_rate"], analysis["errors"]["total_errors"]
    if rate >= limits.error_rate:
        yield tell(
            "high-error-rate",
            "warning",
            f"{_percent(rate)} of the requests failed.",
            {
                "errors": count,
                "total_requests": analysis["total_requests"],
                "rate": rate,
                "by_status_code": analysis["errors"]["by_status_code"],
                **_worst(analysis),
            },
            "Begin with the endpoint that fails most.",
            status="4xx,5xx",
        )


def _slow(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    numbers = analysis["performance"]
    average, p95 = numbers["average_ms"], numbers["p95_ms"]
    if average >= limits.slow_average_ms or p95 >= limits.slow_p95_ms:
        slowest = max(analysis["endpoints"]["by_endpoint"], key=_average, default=None)
        yield tell(
            "slow-responses",
            "warning",
            f"Responses took {average:.0f} ms on average, and one of 20 over {p95:.0f} ms.",
            {
                "average_ms": average,
                "p95_ms": p95,
                "slowest_endpoint": slowest and slowest["operation_id"],
                "slowest_average_ms": slowest and slowest["average_ms"],
            },
            "Look whether a scenario delays answers, or a handler does work that can wait.",
            min_duration_ms=p95,
        )


def _tail(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    median, p99 = analysis["performance"]["median_ms"], analysis["performance"]["p99_ms"]
    # A fast median makes any tail look long.
    if median > 1 and p99 >= limits.tail_ratio * median:
        yield tell(
            "long-tail",
            "info",
            f"One of 100 responses took over {p99 / median:.0f} times the median.",
            {"median_ms": median, "p99_ms": p99},
            "Compare the slowest requests with the others of the same operation.",
            min_duration_ms=p99,
        )


def _dominant(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    endpoints = analysis["endpoints"]["by_endpoint"]
    if len(endpoints) > 1 and endpoints[0]["percentage"] > limits.dominant_share:
        top = endpoints[0]
        yield tell(
            "dominant-endpoint",
            "info",
            f"{_percent(top['percentage'])} of the requests went to {top['operation_id']}.",
            {"operation_id": top["operation_id"], "count": top["count"]},
            "Look whether the client could ask less often, or keep the answer.",
            operation_id=top["operation_id"],
        )


def _client(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    clients = analysis["clients"]
    top = clients["most_common"][0]
    share = top["count"] / analysis["total_requests"]
    if clients["unique_clients"] > 1 and share > limits.client_share and top["name"]:
        yield tell(
            "high-volume-client",
            "info",
            f"{_percent(share)} of the requests came from {top['name']}.",
            {"client": top["name"], "count": top["count"], "clients": clients["unique_clients"]},
            "Look whether this client repeats itself.",
            client=top["name"],
        )


def _invalid(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    count = analysis["validation"]["total_failures"]
    rate = count / analysis["total_requests"]
    if count and rate >= limits.validation_rate:
        yield tell(
            "invalid-requests",
            "warning",
            f"The description does not allow {_percent(rate)} of the requests.",
            {"failures": count, "by_parameter": analysis["validation"]["by_parameter"][:5]},
            "Mend the client, or the description where the client is right.",
            has_validation_error=True,
        )


def _undocumented(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    known = sum(each["count"] for each in analysis["endpoints"]["by_endpoint"])
    count = analysis["total_requests"] - known
    if analysis["filters_applied"].get("include_admin"):
        count -= analysis["patterns"]["admin_usage"]
    if count > 0 and count / analysis["total_requests"] >= limits.undocumented_rate:
        yield tell(
            "undocumented-calls",
            "warning",
            f"{_percent(count / analysis['total_requests'])} of the requests called what the"
            " description does not have.",
            {"count": count, "paths": analysis["endpoints"]["undocumented"][:5]},
            "Look for a wrong base path or a missing operation.",
            undocumented=True,
        )


def _unused(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    unused = analysis["endpoints"]["unused_operations"]
    coverage = analysis["endpoints"]["coverage"]
    if unused and len(unused) / coverage["operations"] >= limits.unused_share:
        yield tell(
            "unused-operations",
            "info",
            f"{len(unused)} of {coverage['operations']} operations were never called.",
            {**coverage, "unused": unused[:20]},
            "Add requests to the tests that call them.",
        )


def _large(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    largest = analysis["response_sizes"]["max_bytes"] or 0
    if largest >= limits.large_response_bytes:
        yield tell(
            "large-responses",
            "info",
            f"The largest response has {largest} bytes.",
            {
                "max_bytes": largest,
                "large_responses": analysis["response_sizes"]["large_responses"],
            },
            "Ask for fewer items at a time.",
            sort="-response_size",
        )


def _bots(analysis: Part, _: Thresholds, tell: _Teller) -> Iterator[Part]:
    count = analysis["patterns"]["potential_bot_traffic"]
    if count:
        yield tell(
            "bot-traffic",
            "info",
            f"{count} requests came from what calls itself a bot or crawler.",
            {"count": count},
            "Keep the server to the networks that it is for.",
            user_agent="bot",
        )


_RULES: tuple[Rule, ...] = (
    _server_errors,
    _errors,
    _invalid,
    _undocumented,
    _slow,
    _tail,
    _dominant,
    _client,
    _unused,
    _large,
    _bots,
)


def _worst(analysis: Part) -> Part:
    by_endpoint = analysis["errors"]["by_endpoint"]
    name = next(iter(by_endpoint), None)
    return {"worst_endpoint": name, "worst_endpoint_errors": by_endpoint.get(name, 0)}


def _average(endpoint: Part) -> float:
    return float(endpoint["average_ms"] or 0)


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"
