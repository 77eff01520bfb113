-- Who may call a mock, and the tokens that it has issued. Secrets are here as digests alone.
CREATE TABLE auth_keys (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    scheme TEXT NOT NULL,               -- a security scheme of the description
    name TEXT NOT NULL DEFAULT '',
    digest BLOB NOT NULL,               -- SHA-256 of the value
    scopes TEXT,                        -- JSON array; NULL: all
    created_at TEXT NOT NULL,           -- RFC 3339, UTC, as all times here
    expires_at TEXT,
    UNIQUE (scheme, digest)
);

CREATE TABLE auth_users (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL,             -- scrypt, with its parameters and salt
    scopes TEXT,
    claims TEXT NOT NULL DEFAULT '{}',  -- JSON object: what tokens say of the user
    created_at TEXT NOT NULL,
    expires_at TEXT
) WITHOUT ROWID;

CREATE TABLE auth_clients (
    client_id TEXT PRIMARY KEY,
    secret TEXT,                        -- as the passwords; NULL: a public client
    redirect_uris TEXT NOT NULL DEFAULT '[]',
    scopes TEXT,
    created_at TEXT NOT NULL,
    expires_at TEXT
) WITHOUT ROWID;

CREATE TABLE auth_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    jti TEXT NOT NULL UNIQUE,           -- of a refresh token its SHA-256, in hexadecimal
    kind TEXT NOT NULL,                 -- access or refresh
    family TEXT NOT NULL,               -- the same for all tokens that come of one login
    subject TEXT NOT NULL,
    client_id TEXT,
    scopes TEXT NOT NULL,               -- JSON array
    details TEXT NOT NULL DEFAULT '{}', -- JSON object: what a refresh has to say again
    issued_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    revoked_at TEXT
);

CREATE INDEX auth_tokens_expiry ON auth_tokens (expires_at);
CREATE INDEX auth_tokens_family ON auth_tokens (family);
CREATE INDEX auth_tokens_subject ON auth_tokens (subject);
CREATE INDEX auth_tokens_client ON auth_tokens (client_id);
CREATE INDEX auth_tokens_revoked ON auth_tokens (expires_at) WHERE revoked_at IS NOT NULL;

-- Logins whose tokens have not been fetched yet.
CREATE TABLE auth_codes (
    digest TEXT PRIMARY KEY,            -- SHA-256 of the code, in hexadecimal
    details TEXT NOT NULL,              -- JSON object: the request, and who logged in
    expires_at TEXT NOT NULL,
    used_at TEXT
) WITHOUT ROWID;

CREATE TABLE auth_signing_keys (
    kid TEXT PRIMARY KEY,
    private_key TEXT NOT NULL,          -- PKCS #8, PEM
    created_at TEXT NOT NULL
) WITHOUT ROWID;
