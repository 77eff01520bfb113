-- Filters of the log by index, and analysis without reading headers and bodies.
DROP INDEX request_logs_timestamp;
DROP INDEX request_logs_operation;
DROP INDEX request_logs_session;

-- `is_admin` stands in each, so that counting without calls of the admin API reads the index alone.
CREATE INDEX request_logs_timestamp ON request_logs (timestamp, is_admin);
CREATE INDEX request_logs_operation ON request_logs (operation_id, is_admin);
CREATE INDEX request_logs_status ON request_logs (status_code, is_admin);
CREATE INDEX request_logs_path ON request_logs (path, is_admin);
CREATE INDEX request_logs_correlation ON request_logs (correlation_id);
CREATE INDEX request_logs_session ON request_logs (session_id, is_admin)
    WHERE session_id IS NOT NULL;
CREATE INDEX request_logs_scenario ON request_logs (test_scenario, is_admin)
    WHERE test_scenario IS NOT NULL;
CREATE INDEX request_logs_invalid ON request_logs (operation_id, is_admin)
    WHERE validation_errors IS NOT NULL;

-- All that analysis asks for, in the order in which it groups.
CREATE INDEX request_logs_facts ON request_logs (
    operation_id, status_code, timestamp, process_time_ms, request_size, response_size, method,
    session_id, client_host, user_agent, test_scenario, path, is_admin
) WHERE is_admin = 0;

-- What is set at run time, as JSON by name.
CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
