-- Queries of the log, of which the engine and the Rust library `mockloop-runtime` ask the same.
--
-- `-- name: ` begins one. Braces hold the name of an earlier one, or what the caller puts there: the `{rows}` that
-- are asked about, a `{where}` over them, numbers, an order. Ties are broken, so that any version of SQLite tells
-- the same; what versions would round differently is rounded by the caller.
--
-- What is asked about many rows reads them in an index that has all of it, and gives few rows: in Python each takes
-- the interpreter from who serves.

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
-- Read in the index of the others: the whole rows would take several times as long.
id NOT IN (SELECT id FROM request_logs INDEXED BY request_logs_invalid WHERE validation_errors IS NOT NULL)
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

-- name: ends
SELECT coalesce((SELECT min(id) FROM request_logs), 0), coalesce((SELECT max(id) FROM request_logs), 0)
-- name: admin_calls
SELECT count(*) FROM request_logs WHERE operation_id IS NULL AND is_admin = 1
-- name: setting
SELECT value FROM settings WHERE name = :name

-- name: up_to
-- The plus keeps SQLite from reading the whole rows in their order.
({where}) AND +id <= {newest}
-- name: at_most
-- How many, as long as these are few.
SELECT count(*) FROM (SELECT 1 FROM {rows} WHERE {where} LIMIT {most})
-- name: facts
request_logs INDEXED BY request_logs_facts
-- name: found
request_logs INDEXED BY request_logs_{index}
-- name: scanned
request_logs NOT INDEXED
-- name: pick
CREATE TEMP TABLE picked AS
SELECT id, operation_id, is_admin, status_code, timestamp, process_time_ms, response_size, method, session_id,
    client_host, user_agent, test_scenario, path
FROM {rows} WHERE {where}
-- name: picked
id IN (SELECT id FROM picked)
-- name: picked.count
SELECT coalesce(max(rowid), 0) FROM picked
-- name: pick.operations
CREATE INDEX temp.picked_operation ON picked (operation_id, status_code)
-- name: pick.sessions
CREATE INDEX temp.picked_session ON picked (session_id) WHERE session_id IS NOT NULL

-- name: is_error
status_code >= 400
-- name: errors
CAST(total({is_error}) AS INTEGER)
-- name: microseconds
-- Whole ones: SQLite sorts and groups these several times as fast as fractions, and their sums are exact.
CAST(process_time_ms * 1000 + 0.5 AS INTEGER)

-- name: average
SELECT sum({microseconds}), count(*) FROM {rows} WHERE {where}
-- name: traffic
-- In the order of the index: nothing has to be sorted. Most operations have one method.
SELECT operation_id, status_code, count(*), min(timestamp), max(timestamp), min(method), max(method)
FROM {rows} WHERE {where} GROUP BY operation_id, status_code ORDER BY operation_id, status_code
-- name: traffic.method
count(CASE WHEN method = '{method}' THEN 1 END)
-- name: traffic.methods
SELECT {counts} FROM {rows} WHERE {where} AND operation_id IS :operation AND status_code IS :status
-- name: odd_methods
SELECT method, count(*), {errors} FROM {rows}
WHERE {where} AND method NOT IN ({known}) GROUP BY method ORDER BY 2 DESC, 1 LIMIT {most}
-- name: counted
-- In one row: the values in their order, and how many rows have each.
SELECT json_group_array(v), json_group_array(n) FROM
-- name: durations
-- By operation, since most of the time goes into sorting, and each sorts but its own.
{counted} (SELECT {microseconds} AS v, count(*) AS n FROM {rows}
    WHERE {where} AND operation_id IS :operation GROUP BY v ORDER BY v)
-- name: undocumented
SELECT method, path, status_code, count(*) AS count FROM {rows}
WHERE {where} AND operation_id IS NULL AND NOT is_admin
GROUP BY path, method, status_code ORDER BY count DESC, path, method, status_code LIMIT {most}
-- name: times
SELECT substr(timestamp, 1, {width}) AS t, count(*), {errors} FROM {rows} WHERE {where} GROUP BY t ORDER BY t
-- name: response_sizes
{counted} (SELECT response_size AS v, count(*) AS n FROM {rows} WHERE {where} GROUP BY v ORDER BY v)

-- name: session
SELECT session_id, max(test_scenario) AS scenario_name, min(timestamp) AS start_time,
    max(timestamp) AS end_time, count(*) AS total_requests, {errors} AS errors,
    sum({microseconds}) AS spent, CASE WHEN max(timestamp) > :active_since THEN 'active' ELSE 'ended' END AS status
FROM {of_sessions} WHERE {where}
-- name: sessions.count
SELECT count(DISTINCT session_id), count(*) FROM {sessions} WHERE {where} AND session_id IS NOT NULL
-- name: sessions.summary
SELECT count(DISTINCT session_id), count(*),
    count(DISTINCT CASE WHEN timestamp > :active_since THEN session_id END)
FROM {sessions} WHERE {where} AND session_id IS NOT NULL
-- name: sessions.largest
SELECT session_id, count(*) FROM {sessions} WHERE {where} AND session_id IS NOT NULL
GROUP BY session_id ORDER BY 2 DESC, 1 LIMIT {most}
-- name: sessions.listed
{session} AND session_id IS NOT NULL AND session_id IN ({listed}) GROUP BY session_id
-- name: sessions.journey
SELECT coalesce(operation_id, method || ' ' || path) || ' ' || coalesce(status_code, 'aborted')
FROM {by_session} WHERE {where} AND session_id = :session ORDER BY id LIMIT {most}

-- name: callers
-- Addresses first: more of these differ, which makes sorting quick. The last number is of all requests.
SELECT user_agent, client_host, count(*), sum(count(*)) OVER () FROM {rows} WHERE {where}
GROUP BY client_host, user_agent ORDER BY 3 DESC, 1, 2 LIMIT {most}
-- name: invalid
-- By an index of their own, which has few rows as a rule: what is wrong is not among the facts.
request_logs INDEXED BY request_logs_invalid WHERE {condition} AND validation_errors IS NOT NULL
-- name: invalid.count
SELECT count(*) FROM {invalid}
-- name: invalid.parts
-- `name` is a parameter's; a body has a `pointer`. Those that are alike are looked at once.
SELECT operation_id, coalesce(json_extract(value, '$.in'), ''),
    coalesce(json_extract(value, '$.name'), json_extract(value, '$.pointer'), ''), sum(alike)
FROM (SELECT operation_id, validation_errors AS errors, count(*) AS alike FROM request_logs
    WHERE id IN (SELECT id FROM {invalid} ORDER BY +id DESC LIMIT {requests})
    GROUP BY 1, 2), json_each(errors)
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
