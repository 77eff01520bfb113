//! The source of the projects that MockLoop generates: static files and templates, embedded.
//!
//! A data crate: what the files mean is known by `mockloop-codegen`.

/// A file with its path, `/` as separator.
pub type File = (&'static str, &'static [u8]);

macro_rules! files {
    ($folder:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_bytes!(concat!($folder, "/", $path)))),*]
    };
}

/// Files that every project has, byte for byte, by their path in the project.
pub static PROJECT: &[File] = files!("project":
    ".dockerignore",
    ".env.example",
    "auth_middleware.py",
    "logging_middleware.py",
    "mockloop_server/__init__.py",
    "mockloop_server/admin/__init__.py",
    "mockloop_server/admin/analysis.py",
    "mockloop_server/admin/api.json",
    "mockloop_server/admin/archive.py",
    "mockloop_server/admin/contract.py",
    "mockloop_server/admin/guard.py",
    "mockloop_server/admin/logs.py",
    "mockloop_server/admin/metrics.py",
    "mockloop_server/admin/openapi.json",
    "mockloop_server/admin/server.py",
    "mockloop_server/admin/settings.py",
    "mockloop_server/admin/steering.py",
    "mockloop_server/answer.py",
    "mockloop_server/api.py",
    "mockloop_server/auth/__init__.py",
    "mockloop_server/auth/admin.py",
    "mockloop_server/auth/auth.py",
    "mockloop_server/auth/authorize.py",
    "mockloop_server/auth/credentials.py",
    "mockloop_server/auth/digests.py",
    "mockloop_server/auth/endpoints.py",
    "mockloop_server/auth/form.py",
    "mockloop_server/auth/gate.py",
    "mockloop_server/auth/grants.py",
    "mockloop_server/auth/listed.py",
    "mockloop_server/auth/oauth.py",
    "mockloop_server/auth/passwords.py",
    "mockloop_server/auth/schemes.py",
    "mockloop_server/auth/scopes.py",
    "mockloop_server/auth/sessions.py",
    "mockloop_server/auth/signal.py",
    "mockloop_server/auth/signing.py",
    "mockloop_server/auth/state.py",
    "mockloop_server/auth/store.py",
    "mockloop_server/auth/times.py",
    "mockloop_server/auth/tokens.py",
    "mockloop_server/bodies.py",
    "mockloop_server/call.py",
    "mockloop_server/changeable.py",
    "mockloop_server/closing.py",
    "mockloop_server/coerce.py",
    "mockloop_server/control.py",
    "mockloop_server/engine.py",
    "mockloop_server/events.py",
    "mockloop_server/log/__init__.py",
    "mockloop_server/log/analysis/__init__.py",
    "mockloop_server/log/analysis/callers.py",
    "mockloop_server/log/analysis/compare.py",
    "mockloop_server/log/analysis/distribution.py",
    "mockloop_server/log/analysis/insights.py",
    "mockloop_server/log/analysis/report.py",
    "mockloop_server/log/analysis/source.py",
    "mockloop_server/log/analysis/traffic.py",
    "mockloop_server/log/constants.json",
    "mockloop_server/log/database.py",
    "mockloop_server/log/export.py",
    "mockloop_server/log/filters.py",
    "mockloop_server/log/insights.json",
    "mockloop_server/log/ledger.py",
    "mockloop_server/log/lines.py",
    "mockloop_server/log/queries.sql",
    "mockloop_server/log/queue.py",
    "mockloop_server/log/read.py",
    "mockloop_server/log/record.py",
    "mockloop_server/log/retention.py",
    "mockloop_server/log/search.py",
    "mockloop_server/log/shared.py",
    "mockloop_server/log/show.py",
    "mockloop_server/log/tail.py",
    "mockloop_server/log/verify.py",
    "mockloop_server/middleware.py",
    "mockloop_server/migrations/0001_request_logs.sql",
    "mockloop_server/migrations/0002_search.sql",
    "mockloop_server/migrations/0003_steering.sql",
    "mockloop_server/migrations/0004_auth.sql",
    "mockloop_server/migrations/0005_webhooks.sql",
    "mockloop_server/migrations/0006_storage.sql",
    "mockloop_server/negotiate.py",
    "mockloop_server/pages.py",
    "mockloop_server/parameters.py",
    "mockloop_server/part.py",
    "mockloop_server/pointer.py",
    "mockloop_server/prefer.py",
    "mockloop_server/problem.py",
    "mockloop_server/py.typed",
    "mockloop_server/receive.py",
    "mockloop_server/refusal.py",
    "mockloop_server/regex.py",
    "mockloop_server/router.py",
    "mockloop_server/schemas.py",
    "mockloop_server/security.py",
    "mockloop_server/served.py",
    "mockloop_server/server.py",
    "mockloop_server/settings.py",
    "mockloop_server/static/redoc.LICENSE.txt",
    "mockloop_server/static/redoc.standalone.js",
    "mockloop_server/static/redoc.standalone.js.LICENSE.txt",
    "mockloop_server/static/swagger-ui-bundle.js",
    "mockloop_server/static/swagger-ui-bundle.js.LICENSE.txt",
    "mockloop_server/static/swagger-ui.LICENSE.txt",
    "mockloop_server/static/swagger-ui.NOTICE.txt",
    "mockloop_server/static/swagger-ui.css",
    "mockloop_server/steering/__init__.py",
    "mockloop_server/steering/check.py",
    "mockloop_server/steering/conditions.py",
    "mockloop_server/steering/config.py",
    "mockloop_server/steering/expressions.py",
    "mockloop_server/steering/faults.py",
    "mockloop_server/steering/findings.py",
    "mockloop_server/steering/live.py",
    "mockloop_server/steering/match.py",
    "mockloop_server/steering/overrides.py",
    "mockloop_server/steering/reader.py",
    "mockloop_server/steering/ready_made.py",
    "mockloop_server/steering/respond.py",
    "mockloop_server/steering/rules.py",
    "mockloop_server/steering/scenarios.py",
    "mockloop_server/steering/shared.py",
    "mockloop_server/steering/steering.py",
    "mockloop_server/steering/store.py",
    "mockloop_server/steering/stored.py",
    "mockloop_server/storage/__init__.py",
    "mockloop_server/storage/admin.py",
    "mockloop_server/storage/collections.py",
    "mockloop_server/storage/database.py",
    "mockloop_server/storage/documents.py",
    "mockloop_server/storage/errors.py",
    "mockloop_server/storage/filters.py",
    "mockloop_server/storage/kept.py",
    "mockloop_server/storage/limits.py",
    "mockloop_server/storage/ready_made.py",
    "mockloop_server/storage/seeds.py",
    "mockloop_server/storage/steps.py",
    "mockloop_server/storage/storage.py",
    "mockloop_server/ui/__init__.py",
    "mockloop_server/ui/part.py",
    "mockloop_server/ui/static/admin.css",
    "mockloop_server/ui/static/analytics.js",
    "mockloop_server/ui/static/api.js",
    "mockloop_server/ui/static/app.js",
    "mockloop_server/ui/static/auth.js",
    "mockloop_server/ui/static/charts.js",
    "mockloop_server/ui/static/compare.js",
    "mockloop_server/ui/static/credentials.js",
    "mockloop_server/ui/static/dashboard.js",
    "mockloop_server/ui/static/deliveries.js",
    "mockloop_server/ui/static/docs.js",
    "mockloop_server/ui/static/documents.js",
    "mockloop_server/ui/static/dom.js",
    "mockloop_server/ui/static/editor.js",
    "mockloop_server/ui/static/filters.js",
    "mockloop_server/ui/static/format.js",
    "mockloop_server/ui/static/forms.js",
    "mockloop_server/ui/static/js-yaml-4.3.2.min.js",
    "mockloop_server/ui/static/js-yaml.LICENSE.txt",
    "mockloop_server/ui/static/performance.js",
    "mockloop_server/ui/static/request-table.js",
    "mockloop_server/ui/static/request.js",
    "mockloop_server/ui/static/requests.js",
    "mockloop_server/ui/static/responses.js",
    "mockloop_server/ui/static/scenarios.js",
    "mockloop_server/ui/static/settings.js",
    "mockloop_server/ui/static/storage.js",
    "mockloop_server/ui/static/theme.js",
    "mockloop_server/ui/static/uplot-1.6.32.min.js",
    "mockloop_server/ui/static/uplot.LICENSE.txt",
    "mockloop_server/ui/static/webhooks.js",
    "mockloop_server/validation.py",
    "mockloop_server/webhooks/__init__.py",
    "mockloop_server/webhooks/declared.py",
    "mockloop_server/webhooks/desk.py",
    "mockloop_server/webhooks/dispatcher.py",
    "mockloop_server/webhooks/expressions.py",
    "mockloop_server/webhooks/handlers.py",
    "mockloop_server/webhooks/intake.py",
    "mockloop_server/webhooks/message.py",
    "mockloop_server/webhooks/part.py",
    "mockloop_server/webhooks/rows.py",
    "mockloop_server/webhooks/sender.py",
    "mockloop_server/webhooks/store.py",
    "mockloop_server/webhooks/targets.py",
    "mockloop_server/xmlbody.py",
    "pyproject.toml",
    "requirements_mock.txt",
    "storage.py",
    "templates/admin.html",
    "webhook_handler.py",
);

/// SHA-256 of each of [`PROJECT`], in hexadecimal, by path.
pub static HASHES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/hashes.rs"));

/// Templates, by file name.
pub static TEMPLATES: &[File] = files!("j2":
    "Dockerfile.j2",
    "README.md.j2",
    "docker-compose.yml.j2",
    "main.py.j2",
    "routes_init.py.j2",
    "routes_tag.py.j2",
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    fn walk(folder: &Path, prefix: &str, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_dir() {
                if !name.starts_with("__") && !name.starts_with('.') && name != "db" {
                    walk(&entry.path(), &format!("{prefix}{name}/"), found);
                }
            } else {
                found.insert(format!("{prefix}{name}"));
            }
        }
    }

    #[test]
    fn every_file_has_its_hash() {
        let hashed: BTreeSet<&str> = HASHES.iter().map(|(path, _)| *path).collect();
        assert_eq!(hashed, PROJECT.iter().map(|(path, _)| *path).collect());
        assert!(HASHES.iter().all(|(_, hash)| hash.len() == 64));
    }

    #[test]
    fn every_file_is_embedded() {
        for (folder, files) in [("project", PROJECT), ("j2", TEMPLATES)] {
            let mut found = BTreeSet::new();
            walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), "", &mut found);
            let embedded: BTreeSet<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
            assert_eq!(embedded, found, "{folder}");
        }
    }
}
