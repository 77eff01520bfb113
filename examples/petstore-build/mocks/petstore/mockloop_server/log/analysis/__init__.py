"""Numbers about the log: SQL, and a little arithmetic on what it groups."""

from mockloop_server.log.analysis.compare import compare
from mockloop_server.log.analysis.insights import Thresholds, insights
from mockloop_server.log.analysis.report import Report

__all__ = ["Report", "Thresholds", "compare", "insights"]
