"""Fills a log as a busy mock would: `fill_log.py PROJECT DATABASE ROWS`."""

import json
import random
import sys
import time
from contextlib import closing
from pathlib import Path

sys.path.insert(0, sys.argv[1])

from mockloop_server.api import Api
from mockloop_server.log.database import connect, insert, migrate

_TWO_DAYS = 172_800
_STATUSES = {200: 80, 201: 6, 400: 6, 404: 5, 500: 3}


def main() -> None:
    """Rows of two days that end now, of every operation of the project."""
    project, file, rows = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    entries = Api.load(project / "api.json").entries
    chance = random.Random(1)
    begun = time.time() - _TWO_DAYS
    migrate(file)
    with closing(connect(file)) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -400000")
        for first in range(0, rows, 5000):
            batch = range(first, min(first + 5000, rows))
            insert(db, [_row(n, begun + n * _TWO_DAYS / rows, entries, chance) for n in batch])


def _row(number, seconds, entries, chance):
    entry = chance.choice(entries)
    (status,) = chance.choices(list(_STATUSES), list(_STATUSES.values()))
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    body = json.dumps({"id": number, "name": f"pet {number % 7919}", "tags": ["a", "b"]})
    invalid = '[{"in":"query","name":"limit","message":"must be a whole number"}]'
    return (
        f"{whole}.{int(seconds % 1 * 1e6):06}Z",
        entry.method,
        f"{entry.path.replace('{', '').replace('}', '')}/{number % 5000}",
        None,
        entry.id if status != 404 else None,
        status,
        chance.lognormvariate(0.5, 0.8),
        "sample",
        invalid if status == 400 else None,
        f"10.0.0.{number % 20}",
        40_000 + number % 2000,
        '{"host":"127.0.0.1:8000","accept":"*/*","user-agent":"client/1.0"}',
        body if entry.method == "POST" else None,
        None,
        len(body) if entry.method == "POST" else 0,
        f'{{"content-type":"application/json","x-correlation-id":"c-{number}"}}',
        body,
        None,
        len(body),
        "client/1.0" if number % 10 else "Somebot/2.0",
        f"session-{number // 500}" if number % 3 == 0 else None,
        f"c-{number}",
        "flaky" if number % 20 == 0 else None,
        number % 50 == 0,
    )


if __name__ == "__main__":
    main()
