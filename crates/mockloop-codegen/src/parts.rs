//! The parts that a project can be generated without, and which files belong to them.

use serde::Serialize;

use crate::options::Options;

/// The parts that a project has; templates ask for them by name.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Parts {
    admin_ui: bool,
    auth: bool,
    storage: bool,
    webhooks: bool,
    any: bool,
}

impl Parts {
    pub(crate) fn new(options: &Options) -> Self {
        let Options { storage, .. } = *options;
        let (admin_ui, auth, webhooks) = (false, false, false);
        Self { admin_ui, auth, storage, webhooks, any: admin_ui || auth || storage || webhooks }
    }

    /// Whether a file of every project is in this one: a part that is left out leaves nothing behind.
    ///
    /// The tables of all parts are in every project, as a part that comes back would need them in between.
    pub(crate) fn have(self, path: &str) -> bool {
        let parts = [
            (self.admin_ui, "mockloop_server/ui/", "templates/"),
            (self.auth, "mockloop_server/auth/", "auth_middleware.py"),
            (self.storage, "mockloop_server/storage/", "storage.py"),
            (self.webhooks, "mockloop_server/webhooks/", "webhook_handler.py"),
        ];
        !parts
            .iter()
            .any(|(there, engine, own)| !there && (path.starts_with(engine) || path.starts_with(own)))
    }
}
