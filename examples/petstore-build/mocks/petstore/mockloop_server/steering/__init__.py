"""Steering: overrides and scenarios, set while the mock runs."""

from mockloop_server.steering.findings import (
    Conflict,
    Finding,
    Invalid,
    NotFound,
    SteeringError,
)
from mockloop_server.steering.steering import Steering

__all__ = ["Conflict", "Finding", "Invalid", "NotFound", "Steering", "SteeringError"]
