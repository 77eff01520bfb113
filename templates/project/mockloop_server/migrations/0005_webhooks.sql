-- Who is told of what happens, and what they were told.
CREATE TABLE webhooks (
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    events TEXT NOT NULL,               -- JSON: names, and beginnings of names that end with *
    description TEXT NOT NULL,
    headers TEXT NOT NULL,              -- JSON object
    secret TEXT,                        -- signs what is sent; never given out
    active INTEGER NOT NULL,
    created_at TEXT NOT NULL,           -- RFC 3339, UTC, as all times that are text
    updated_at TEXT NOT NULL
);

CREATE TABLE webhook_deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    webhook_id TEXT,                    -- null: a callback, or sent by hand to a URL
    event TEXT NOT NULL,
    method TEXT NOT NULL,
    url TEXT NOT NULL,
    target TEXT NOT NULL,               -- host and port, of which each gets a few at a time
    headers TEXT NOT NULL,              -- JSON object, beside the webhook's own
    content_type TEXT,
    body BLOB NOT NULL,
    status TEXT NOT NULL,               -- pending, delivered, failed, refused or cancelled
    reason TEXT,                        -- why it was not delivered
    attempts TEXT NOT NULL,             -- JSON: request headers, answer, duration, error of each
    due_at REAL,                        -- Unix time of the next attempt; null: there is none
    claim TEXT,                         -- who attempts it now; until due_at, if not longer
    redelivery_of TEXT,
    created_at TEXT NOT NULL,
    finished_at TEXT
);

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX webhook_deliveries_webhook ON webhook_deliveries (webhook_id, number);
CREATE INDEX webhook_deliveries_event ON webhook_deliveries (event, number);
CREATE INDEX webhook_deliveries_status ON webhook_deliveries (status, number);

-- Messages that found no room in the queue.
CREATE TABLE webhook_drops (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    dropped INTEGER NOT NULL
);
