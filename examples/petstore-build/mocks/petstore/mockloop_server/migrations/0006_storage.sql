-- Collections of JSON documents.
CREATE TABLE storage_collections (
    name TEXT PRIMARY KEY,
    id_field TEXT NOT NULL,             -- the member of its documents that is their id
    ids TEXT NOT NULL,                  -- what ids are made where none is given: uuid, integer
    next_id INTEGER NOT NULL DEFAULT 1,
    documents INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL,           -- RFC 3339, UTC, as all times here
    updated_at TEXT NOT NULL
);

CREATE TABLE storage_documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT,   -- their order
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,                 -- JSON object, with its id in it
    size INTEGER NOT NULL,              -- bytes of the body
    version INTEGER NOT NULL,           -- of no other state of any document
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (collection, id)
);

CREATE INDEX storage_documents_order ON storage_documents (collection, number);

-- One row.
CREATE TABLE storage_state (
    version INTEGER NOT NULL            -- the last that was given out
);

INSERT INTO storage_state VALUES (0);

CREATE TABLE storage_snapshots (
    name TEXT PRIMARY KEY,
    created_at TEXT NOT NULL
);

-- What collections were, or shall be again.
CREATE TABLE storage_kept_collections (
    snapshot TEXT NOT NULL,             -- '': the seeds
    name TEXT NOT NULL,
    id_field TEXT NOT NULL,
    ids TEXT NOT NULL,
    next_id INTEGER NOT NULL,
    documents INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (snapshot, name)
);

CREATE TABLE storage_kept_documents (
    snapshot TEXT NOT NULL,
    collection TEXT NOT NULL,
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (snapshot, collection, number)
);
