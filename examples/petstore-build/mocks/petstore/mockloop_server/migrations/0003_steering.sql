-- What a mock server was told to answer while it runs.
CREATE TABLE response_overrides (
    operation_id TEXT PRIMARY KEY,
    config TEXT NOT NULL,               -- JSON: status, headers, body, ...
    updated_at TEXT NOT NULL            -- RFC 3339, UTC, as all times here
);

CREATE TABLE mock_scenarios (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    config TEXT NOT NULL,               -- JSON: rules by selector of operations
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);

-- Which scenario is active, and for whom.
CREATE TABLE scenario_bindings (
    session_id TEXT PRIMARY KEY,        -- '': every request without a binding of its own
    scenario TEXT NOT NULL,             -- a name: of mock_scenarios, or of one that is built in
    first_slot INTEGER NOT NULL,        -- counters of this binding in the file beside the database
    slots INTEGER NOT NULL,
    activated_at TEXT NOT NULL
);

CREATE INDEX scenario_bindings_scenario ON scenario_bindings (scenario);

CREATE TABLE scenario_history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,
    action TEXT NOT NULL,               -- created, updated, deleted, activated, override set, ...
    scenario TEXT,
    operation_id TEXT,
    session_id TEXT,
    actor TEXT NOT NULL,                -- who asked for it
    details TEXT                        -- JSON object
);
