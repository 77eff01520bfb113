-- Every request that a mock server answered, one row each.
CREATE TABLE request_logs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp TEXT NOT NULL,            -- when the request came, RFC 3339, UTC, microseconds
    type TEXT NOT NULL DEFAULT 'request',
    method TEXT NOT NULL,
    path TEXT NOT NULL,                 -- decoded but for %2F and %25
    query_params TEXT,                  -- JSON object; a repeated name holds an array
    operation_id TEXT,                  -- the operation that answered, if any
    status_code INTEGER,                -- NULL: the client left before a response began
    process_time_ms REAL NOT NULL,
    decided_by TEXT,                    -- what decided the answer: example, sample, handler, ...
    validation_errors TEXT,             -- JSON array of {in, name or pointer, message}
    client_host TEXT,
    client_port INTEGER,
    request_headers TEXT NOT NULL,      -- JSON object, secrets masked
    request_body TEXT,                  -- cut at the limit; request_body_note says so
    request_body_note TEXT,             -- NULL, 'truncated', 'base64' or 'base64 truncated'
    request_size INTEGER NOT NULL,      -- bytes of the whole body
    response_headers TEXT NOT NULL,
    response_body TEXT,
    response_body_note TEXT,
    response_size INTEGER NOT NULL,
    user_agent TEXT,
    session_id TEXT,                    -- X-Session-ID, X-Test-Session or Session-ID
    correlation_id TEXT NOT NULL,       -- X-Correlation-ID, Correlation-ID, X-Request-ID, or made
    test_scenario TEXT,                 -- X-Test-Scenario or Test-Scenario
    is_admin INTEGER NOT NULL DEFAULT 0 -- 1: a call of the control plane
);

CREATE INDEX request_logs_timestamp ON request_logs (timestamp);
CREATE INDEX request_logs_operation ON request_logs (operation_id, id);
CREATE INDEX request_logs_session ON request_logs (session_id, id) WHERE session_id IS NOT NULL;
