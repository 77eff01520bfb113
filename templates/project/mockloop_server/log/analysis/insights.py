"""What is remarkable about the numbers: rules, each with its evidence and one thing to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from mockloop_server.log.shared import INSIGHTS

Part = dict[str, Any]

EVIDENCE = frozenset(INSIGHTS["evidence"])
"""The parts of an analysis that rules look at."""
_SEVERITIES: list[str] = INSIGHTS["severities"]
_SEARCH: str = INSIGHTS["search"]
_DEFAULTS: dict[str, Any] = INSIGHTS["thresholds"]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When an insight is told; the contract says what each means."""

    min_requests: int = _DEFAULTS["min_requests"]
    error_rate: float = _DEFAULTS["error_rate"]
    server_error_rate: float = _DEFAULTS["server_error_rate"]
    slow_average_ms: float = _DEFAULTS["slow_average_ms"]
    slow_p95_ms: float = _DEFAULTS["slow_p95_ms"]
    tail_ratio: float = _DEFAULTS["tail_ratio"]
    dominant_share: float = _DEFAULTS["dominant_share"]
    client_share: float = _DEFAULTS["client_share"]
    validation_rate: float = _DEFAULTS["validation_rate"]
    undocumented_rate: float = _DEFAULTS["undocumented_rate"]
    unused_share: float = _DEFAULTS["unused_share"]
    large_response_bytes: int = _DEFAULTS["large_response_bytes"]

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

    def __call__(self, rule: str, evidence: Part, value: Any = "", **shown: Any) -> Part:
        """`shown` is for the title, `value` for the title and the link."""
        told = INSIGHTS["rules"][rule]
        wanted = {name: text.format(value=value) for name, text in told["search"].items()}
        # What was asked for stays: a rule's own filter is only added to it.
        pairs = [(name, _written(each)) for name, each in {**wanted, **self._asked}.items()]
        return {
            "rule": rule,
            "severity": told["severity"],
            "title": told["title"].format(value=value, **shown),
            "evidence": evidence,
            "recommendation": told["recommendation"],
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
    share = count / total
    if count and share >= limits.server_error_rate:
        worst = _worst(analysis)
        evidence = {"server_errors": count, "total_requests": total, "rate": share, **worst}
        yield tell("server-errors", evidence, share=_percent(share))


def _errors(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    errors = analysis["errors"]
    if errors["error_rate"] >= limits.error_rate:
        evidence = {
            "errors": errors["total_errors"],
            "total_requests": analysis["total_requests"],
            "rate": errors["error_rate"],
            "by_status_code": errors["by_status_code"],
            **_worst(analysis),
        }
        yield tell("high-error-rate", evidence, share=_percent(errors["error_rate"]))


def _slow(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    numbers = analysis["performance"]
    average, p95 = numbers["average_ms"], numbers["p95_ms"]
    if average >= limits.slow_average_ms or p95 >= limits.slow_p95_ms:
        slowest = max(analysis["endpoints"]["by_endpoint"], key=_average, default=None)
        evidence = {
            "average_ms": average,
            "p95_ms": p95,
            "slowest_endpoint": slowest and slowest["operation_id"],
            "slowest_average_ms": slowest and slowest["average_ms"],
        }
        yield tell("slow-responses", evidence, p95, average=f"{average:.0f}", p95=f"{p95:.0f}")


def _tail(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    median, p99 = analysis["performance"]["median_ms"], analysis["performance"]["p99_ms"]
    # A fast median makes any tail look long.
    if median > 1 and p99 >= limits.tail_ratio * median:
        evidence = {"median_ms": median, "p99_ms": p99}
        yield tell("long-tail", evidence, p99, times=f"{p99 / median:.0f}")


def _dominant(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    endpoints = analysis["endpoints"]["by_endpoint"]
    if len(endpoints) > 1 and endpoints[0]["percentage"] > limits.dominant_share:
        top = endpoints[0]
        evidence = {"operation_id": top["operation_id"], "count": top["count"]}
        share = _percent(top["percentage"])
        yield tell("dominant-endpoint", evidence, top["operation_id"], share=share)


def _client(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    clients = analysis["clients"]
    top = clients["most_common"][0]
    share = top["count"] / analysis["total_requests"]
    if clients["unique_clients"] > 1 and share > limits.client_share and top["name"]:
        evidence = {
            "client": top["name"],
            "count": top["count"],
            "clients": clients["unique_clients"],
        }
        yield tell("high-volume-client", evidence, top["name"], share=_percent(share))


def _invalid(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    count = analysis["validation"]["total_failures"]
    share = count / analysis["total_requests"]
    if count and share >= limits.validation_rate:
        worst = analysis["validation"]["by_parameter"][:5]
        evidence = {"failures": count, "by_parameter": worst}
        yield tell("invalid-requests", evidence, share=_percent(share))


def _undocumented(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    known = sum(each["count"] for each in analysis["endpoints"]["by_endpoint"])
    count = analysis["total_requests"] - known
    if analysis["filters_applied"].get("include_admin"):
        count -= analysis["patterns"]["admin_usage"]
    share = count / analysis["total_requests"]
    if count > 0 and share >= limits.undocumented_rate:
        evidence = {"count": count, "paths": analysis["endpoints"]["undocumented"][:5]}
        yield tell("undocumented-calls", evidence, share=_percent(share))


def _unused(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    unused = analysis["endpoints"]["unused_operations"]
    coverage = analysis["endpoints"]["coverage"]
    if unused and len(unused) / coverage["operations"] >= limits.unused_share:
        evidence = {**coverage, "unused": unused[:20]}
        operations = coverage["operations"]
        yield tell("unused-operations", evidence, unused=len(unused), operations=operations)


def _large(analysis: Part, limits: Thresholds, tell: _Teller) -> Iterator[Part]:
    sizes = analysis["response_sizes"]
    largest = sizes["max_bytes"] or 0
    if largest >= limits.large_response_bytes:
        evidence = {"max_bytes": largest, "large_responses": sizes["large_responses"]}
        yield tell("large-responses", evidence, bytes=largest)


def _bots(analysis: Part, _: Thresholds, tell: _Teller) -> Iterator[Part]:
    count = analysis["patterns"]["potential_bot_traffic"]
    if count:
        yield tell("bot-traffic", {"count": count}, count=count)


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
