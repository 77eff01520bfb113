"""What was asked, line by line, for whoever started the server to read."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import BinaryIO

import orjson

from mockloop_server.log.record import Record, Row, text
from mockloop_server.log.secrets import Secrets
from mockloop_server.problem import short

logger = logging.getLogger("mockloop")


class Lines:
    """Writes one JSON object per request, the control plane's left out."""

    def __init__(self, out: BinaryIO, secrets: Secrets | None = None) -> None:
        self._out: BinaryIO | None = out
        self._secrets = secrets or Secrets()

    def write(self, records: Iterable[Record], rows: Iterable[Row]) -> None:
        """Tell of requests whose rows can be read by now."""
        if self._out is None:
            return
        told = b"".join(
            self._line(record, row[0])
            for record, row in zip(records, rows, strict=True)
            if not record.is_admin and record.status is not None
        )
        try:
            if told:
                self._out.write(told)
                self._out.flush()
        except (OSError, ValueError) as error:
            self._out = None  # nobody reads any more
            logger.warning("no more lines about requests: %s", error)

    def _line(self, record: Record, time: str) -> bytes:
        line = {
            "time": time,
            "method": record.method,
            "path": text(record.path),
            "query": self._secrets.pairs(text(record.query)),
            "status": record.status,
            "duration_ms": record.duration / 1e6,
            "operation_id": record.operation_id,
            "decided_by": record.decided_by,
            "violations": [
                {"in": each.place, "name": text(each.name), "message": text(short(each.message))}
                for each in record.violations
            ],
        }
        return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)
