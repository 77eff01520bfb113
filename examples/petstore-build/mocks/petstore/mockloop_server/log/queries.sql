-- Queries of the log, of which the engine and the Rust library `mockloop-runtime` ask the same.
--
-- `-- name: ` begins one. Braces hold the name of an earlier one, or what the caller puts there: the `{rows}` that
-- are asked about, a `{where}` over them, numbers, an order. Ties are broken, so that any version of SQLite tells
-- the same; what versions would round differently is rounded by the caller.

-- name: filter.operation_id
operation_id = :operation_id
-- name: filter.session_id
session_id = :session_id
-- name: filter.correlation_id
correlation_id = :correlation_id
-- name: filter.scenario
test_scenario = :scenario
-- name: filter.client
client_host = :client
-- name: filter.path
path = :path
-- name: filter.path_glob
path GLOB :path
-- name: filter.path_regex
-- A limit keeps SQLite from asking about every row in place of every distinct path.
path IN (SELECT path FROM (SELECT DISTINCT path FROM request_logs LIMIT -1) WHERE path_matches(path))
-- name: filter.method
method IN (SELECT value FROM json_each(:method))
-- name: filter.tag
operation_id IN (SELECT value FROM json_each(:tag))
-- name: filter.status
-- By an index in the order of the log.
status_code = {first}
-- name: filter.statuses
status_code BETWEEN {first} AND {last}
-- name: filter.q
-- Values of the query are JSON in the log.
instr(path, :q) OR instr(request_body, :q) OR instr(response_body, :q) OR instr(query_params, :q_json)
-- name: filter.user_agent
instr(lower(user_agent), lower(:user_agent))
-- name: filter.undocumented
operation_id IS NULL
-- name: filter.documented
operation_id IS NOT NULL
-- name: filter.has_validation_error
validation_errors IS NOT NULL
-- name: filter.has_no_validation_error
validation_errors IS NULL
-- name: filter.time_from
timestamp >= :time_from
-- name: filter.time_to
timestamp < :time_to
-- name: filter.min_duration_ms
process_time_ms >= :min_duration_ms
-- name: filter.max_duration_ms
process_time_ms <= :max_duration_ms
-- name: filter.no_admin
is_admin = 0

-- name: search.count
SELECT count(*) FROM (SELECT 1 FROM request_logs WHERE {where} LIMIT {most})
-- name: search.ids
-- Which rows these are is found in an index alone; only they are read.
SELECT id FROM request_logs WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :offset
-- name: search.last
-- Else SQLite would read rows from the newest on until it comes to some that are old enough.
SELECT max(id) FROM request_logs INDEXED BY request_logs_timestamp WHERE {where}
-- name: search.rows
SELECT {columns} FROM request_logs WHERE id IN (SELECT value FROM json_each(:ids)) ORDER BY {order}
-- name: search.one
SELECT {columns} FROM request_logs WHERE id = :id

-- name: newest_id
SELECT coalesce(max(id), 0) FROM request_logs
-- name: admin_calls
SELECT count(*) FROM request_logs WHERE operation_id IS NULL AND is_admin = 1
-- name: setting
SELECT value FROM settings WHERE name = :name

-- name: up_to
-- The plus keeps SQLite from reading the whole rows in their order.
({where}) AND +id <= {newest}
-- name: pick
CREATE TEMP TABLE picked AS
SELECT id, operation_id, is_admin, status_code, timestamp, process_time_ms, request_size, response_size, method,
    session_id, client_host, user_agent, test_scenario, path, validation_errors
FROM request_logs WHERE {where}

-- name: is_error
status_code >= 400
-- name: errors
CAST(total({is_error}) AS INTEGER)
-- name: microseconds
-- Whole ones: SQLite sorts and groups these several times as fast as fractions, and their sums are exact.
CAST(process_time_ms * 1000 + 0.5 AS INTEGER)

-- name: count
SELECT count(*) FROM {rows} WHERE {where}
-- name: average
SELECT sum({microseconds}), count(*) FROM {rows} WHERE {where}
-- name: traffic
-- In the order of the index: nothing has to be sorted.
SELECT operation_id, status_code, count(*), min(timestamp), max(timestamp), {sums}
FROM {rows} WHERE {where} GROUP BY operation_id, status_code ORDER BY operation_id, status_code
-- name: traffic.method
sum(method = '{method}')
-- name: odd_methods
SELECT method, count(*), {errors} FROM {rows}
WHERE {where} AND method NOT IN ({known}) GROUP BY method ORDER BY 2 DESC, 1 LIMIT {most}
-- name: durations
-- By operation, since most of the time goes into sorting, and each sorts but its own.
SELECT {microseconds} AS v, count(*) FROM {rows}
WHERE {where} AND operation_id IS :operation GROUP BY v ORDER BY v
-- name: undocumented
SELECT method, path, status_code, count(*) AS count FROM {rows}
WHERE {where} AND operation_id IS NULL AND NOT is_admin
GROUP BY path, method, status_code ORDER BY count DESC, path, method, status_code LIMIT {most}
-- name: error_span
SELECT min(timestamp), max(timestamp) FROM {rows} WHERE {where} AND {is_error}
-- name: times
SELECT substr(timestamp, 1, {width}) AS t, count(*), {errors} FROM {rows} WHERE {where} GROUP BY t ORDER BY t
-- name: response_sizes
SELECT response_size AS v, count(*) FROM {rows} WHERE {where} GROUP BY v ORDER BY v

-- name: session
SELECT session_id, max(test_scenario) AS scenario_name, min(timestamp) AS start_time,
    max(timestamp) AS end_time, count(*) AS total_requests, {errors} AS errors,
    sum({microseconds}) AS spent, CASE WHEN max(timestamp) > :active_since THEN 'active' ELSE 'ended' END AS status
FROM {rows} WHERE {where}
-- name: sessions.count
SELECT count(DISTINCT session_id), count(*) FROM {rows} WHERE {where} AND session_id IS NOT NULL
-- name: sessions.summary
SELECT count(DISTINCT session_id), count(*),
    count(DISTINCT CASE WHEN timestamp > :active_since THEN session_id END)
FROM {rows} WHERE {where} AND session_id IS NOT NULL
-- name: sessions.largest
SELECT session_id FROM {rows} WHERE {where} AND session_id IS NOT NULL
GROUP BY session_id ORDER BY count(*) DESC, 1 LIMIT {most}
-- name: sessions.one
{session} AND session_id = :session
-- name: sessions.journey
SELECT coalesce(operation_id, method || ' ' || path) || ' ' || coalesce(status_code, 'aborted') FROM {rows}
WHERE {where} AND session_id = :session ORDER BY id LIMIT {most}

-- name: callers
SELECT user_agent, client_host, count(*) FROM {rows} WHERE {where}
GROUP BY user_agent, client_host ORDER BY 3 DESC, 1, 2 LIMIT {most}
-- name: invalid.count
SELECT count(*) FROM {rows} WHERE {where} AND validation_errors IS NOT NULL
-- name: invalid.parts
-- `name` is a parameter's; a body has a `pointer`.
SELECT operation, coalesce(json_extract(value, '$.in'), ''),
    coalesce(json_extract(value, '$.name'), json_extract(value, '$.pointer'), ''), count(*)
FROM (SELECT operation_id AS operation, validation_errors AS errors FROM {rows}
    WHERE {where} AND validation_errors IS NOT NULL ORDER BY id DESC LIMIT {requests}), json_each(errors)
GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3 LIMIT {most}

-- name: group.endpoint
coalesce(operation_id, method || ' ' || path)
-- name: group.method
method
-- name: group.status
CAST(status_code AS TEXT)
-- name: group.session
session_id
-- name: group.scenario
test_scenario
-- name: group.hour
substr(timestamp, 1, 13)
-- name: groups
SELECT {key} AS key, count(*) AS count, {errors} AS errors, sum({microseconds}) AS spent,
    CAST(min(process_time_ms) * 1000 + 0.5 AS INTEGER) AS least,
    CAST(max(process_time_ms) * 1000 + 0.5 AS INTEGER) AS most
FROM {rows} WHERE {where} GROUP BY 1 ORDER BY {order} LIMIT {limit}
-- name: groups.order
2 DESC, 1
-- name: groups.order_of_hours
1
