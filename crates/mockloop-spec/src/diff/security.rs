//! Where an API is, and whom it lets in.

use serde_json::Value;

use super::{At, Comparison};
use crate::model::{Location, Operation, SecurityKind, SecurityRequirement, SecurityUse, Server};

impl Comparison<'_> {
    pub(super) fn servers(&mut self) {
        let at = At::new(None, "servers");
        let (old, new) = (self.old, self.new);
        for server in &old.servers {
            if new.servers.iter().any(|other| is_same_server(server, other)) {
                continue;
            }
            let mut message = format!("the server `{}` is gone", written(server));
            let gone = old.base_paths.iter().filter(|path| !new.base_paths.contains(path));
            if let Some(path) = gone.into_iter().find(|path| address(server).ends_with(path.as_str())) {
                message = format!("{message}, and with it the base path `{path}`");
            }
            self.breaking(&at, "server-removed", message);
        }
        for server in &new.servers {
            if !old.servers.iter().any(|other| is_same_server(server, other)) {
                self.compatible(&at, "server-added", format!("the server `{}` is new", written(server)));
            }
        }
    }

    /// Base paths of an operation that has servers of its own.
    pub(super) fn own_base_paths(&mut self, at: &At<'_>, old: &Operation, new: &Operation) {
        if old.base_paths.is_none() && new.base_paths.is_none() {
            return;
        }
        let before = old.base_paths.as_ref().unwrap_or(&self.old.base_paths);
        let after = new.base_paths.as_ref().unwrap_or(&self.new.base_paths);
        for path in before.iter().filter(|path| !after.contains(path)) {
            let message = format!("the operation is no longer below `{path}`");
            self.breaking(at, "base-path-removed", message);
        }
        for path in after.iter().filter(|path| !before.contains(path)) {
            let message = format!("the operation is below `{path}` too");
            self.compatible(at, "base-path-added", message);
        }
    }

    /// Schemes that keep their names and ask for something else.
    pub(super) fn security_schemes(&mut self) {
        for scheme in &self.old.security_schemes {
            let Some(kept) = self.new.security_schemes.iter().find(|other| other.name == scheme.name) else {
                continue;
            };
            let at = At::new(None, format!("security {}", scheme.name));
            if !asks_the_same(&scheme.kind, &kept.kind) {
                let message = format!("the scheme `{}` asks for other credentials now", scheme.name);
                self.breaking(&at, "security-scheme-changed", message);
            } else if !asks_the_same(&kept.kind, &scheme.kind) {
                let message = format!("the scheme `{}` has more flows now", scheme.name);
                self.compatible(&at, "security-scheme-widened", message);
            }
        }
    }

    /// Whoever was let in before must be let in still.
    pub(super) fn security(&mut self, at: &At<'_>, old: &[SecurityRequirement], new: &[SecurityRequirement]) {
        let at = at.below("security");
        // Nothing at all asks for nothing, as an empty alternative does.
        let nothing = [SecurityRequirement::new()];
        let old = if old.is_empty() { &nothing } else { old };
        let new = if new.is_empty() { &nothing } else { new };
        for before in old {
            if new.iter().any(|after| self.satisfies(before, after)) {
                continue;
            }
            let (code, message) = self.refusal(before, new);
            self.breaking(&at, code, message);
        }
        for after in new {
            if old.iter().any(|before| self.is_implied(before, after)) {
                continue;
            }
            let (code, message) = if after.is_empty() {
                ("security-removed", "no credentials are needed any more".to_owned())
            } else {
                ("security-alternative-added", format!("{} is enough now", named(after)))
            };
            self.compatible(&at, code, message);
        }
    }

    /// Why those who met an old alternative are no longer let in.
    fn refusal(&self, before: &SecurityRequirement, new: &[SecurityRequirement]) -> (&'static str, String) {
        if before.is_empty() {
            let all: Vec<String> = new.iter().map(named).collect();
            return ("security-added", format!("{} is needed now", all.join(", or ")));
        }
        for after in new {
            let missing: Vec<&SecurityUse> = after
                .iter()
                .filter(|one| !before.iter().any(|other| self.is_same_scheme(other, one)))
                .collect();
            if missing.is_empty() {
                let scopes = after
                    .iter()
                    .flat_map(|one| &one.scopes)
                    .filter(|scope| !before.iter().any(|other| other.scopes.contains(scope)));
                let scopes: Vec<String> = scopes.map(|scope| format!("`{scope}`")).collect();
                return ("security-scope-added", format!("the scope {} is needed now", scopes.join(" and ")));
            }
            if missing.len() < after.len() {
                let missing: Vec<String> = missing.iter().map(|one| format!("`{}`", one.scheme)).collect();
                return ("security-scheme-added", format!("{} is needed too now", missing.join(" and ")));
            }
        }
        ("security-alternative-removed", format!("{} is no longer enough", named(before)))
    }

    /// Whether credentials that meet an old alternative meet a new one.
    fn satisfies(&self, before: &SecurityRequirement, after: &SecurityRequirement) -> bool {
        after.iter().all(|needed| {
            before.iter().any(|had| {
                self.is_same_scheme(had, needed)
                    && needed.scopes.iter().all(|scope| had.scopes.contains(scope))
            })
        })
    }

    /// Whether credentials that meet a new alternative met an old one.
    fn is_implied(&self, before: &SecurityRequirement, after: &SecurityRequirement) -> bool {
        before.iter().all(|needed| {
            after.iter().any(|had| {
                self.is_same_scheme(needed, had)
                    && needed.scopes.iter().all(|scope| had.scopes.contains(scope))
            })
        })
    }

    /// Whether an old and a new scheme are the same: by name, or by what they ask for.
    fn is_same_scheme(&self, old: &SecurityUse, new: &SecurityUse) -> bool {
        if old.scheme == new.scheme {
            return true;
        }
        let before = self.old.security_schemes.iter().find(|scheme| scheme.name == old.scheme);
        let after = self.new.security_schemes.iter().find(|scheme| scheme.name == new.scheme);
        before.zip(after).is_some_and(|(before, after)| asks_the_same(&before.kind, &after.kind))
    }
}

fn named(requirement: &SecurityRequirement) -> String {
    let uses = requirement.iter().map(|one| match one.scopes.as_slice() {
        [] => format!("`{}`", one.scheme),
        scopes => format!("`{}` with `{}`", one.scheme, scopes.join(" ")),
    });
    let uses: Vec<String> = uses.collect();
    if uses.is_empty() { "nothing".to_owned() } else { uses.join(" and ") }
}

fn asks_the_same(old: &SecurityKind, new: &SecurityKind) -> bool {
    match (old, new) {
        (
            SecurityKind::ApiKey { r#in: Location::Header, parameter: old },
            SecurityKind::ApiKey { r#in: Location::Header, parameter: new },
        ) => old.eq_ignore_ascii_case(new),
        (SecurityKind::OAuth2 { flows: old }, SecurityKind::OAuth2 { flows: new }) => keeps_flows(old, new),
        _ => old == new,
    }
}

/// Whether every flow is still there, at the same addresses.
fn keeps_flows(old: &Value, new: &Value) -> bool {
    old.as_object().into_iter().flatten().filter(|(name, _)| !name.starts_with("x-")).all(|(name, flow)| {
        let Some(kept) = new.get(name) else { return false };
        ["authorizationUrl", "tokenUrl", "deviceAuthorizationUrl"]
            .iter()
            .all(|address| flow.get(address) == kept.get(address))
    })
}

fn address(server: &Server) -> &str {
    server.url.trim_end_matches('/')
}

fn written(server: &Server) -> &str {
    server.template.as_deref().unwrap_or(&server.url)
}

fn is_same_server(one: &Server, two: &Server) -> bool {
    address(one) == address(two) || written(one) == written(two)
}
