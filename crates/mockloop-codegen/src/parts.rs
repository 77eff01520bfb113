//! The parts that a project can be generated without, and which files belong to them.

use serde::Serialize;

use crate::options::Options;

/// A file of a part's page in the admin UI.
macro_rules! ui {
    ($name:literal) => {
        concat!("mockloop_server/ui/static/", $name, ".js")
    };
}

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
        let Options { admin_ui, auth, storage, webhooks, .. } = *options;
        Self { admin_ui, auth, storage, webhooks, any: admin_ui || auth || storage || webhooks }
    }

    /// Whether a file of every project is in this one: a part that is left out leaves nothing behind.
    ///
    /// The tables of all parts are in every project, as a part that comes back would need them in between.
    pub(crate) fn have(self, path: &str) -> bool {
        let parts: [(bool, &[&str]); 4] = [
            (self.admin_ui, &["mockloop_server/ui/", "templates/"]),
            (self.auth, &["mockloop_server/auth/", "auth_middleware.py", ui!("auth"), ui!("credentials")]),
            (self.storage, &["mockloop_server/storage/", "storage.py", ui!("storage"), ui!("documents")]),
            (
                self.webhooks,
                &["mockloop_server/webhooks/", "webhook_handler.py", ui!("webhooks"), ui!("deliveries")],
            ),
        ];
        !parts.iter().any(|(there, own)| !there && own.iter().any(|own| path.starts_with(own)))
    }

    /// The packages that this project needs, of those that projects with all parts do: what one part alone
    /// needs is marked with the part's name.
    pub(crate) fn requirements(self, all: &str) -> String {
        let left_out = |line: &str| !self.auth && line.ends_with("  # auth");
        all.lines().filter(|line| !left_out(line)).flat_map(|line| [line, "\n"]).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use mockloop_spec::{Source, read};

    use super::*;
    use crate::project;

    #[test]
    fn without_auth_nothing_of_it_is_left() {
        let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/specs/petstore.yaml");
        let reading = read(&Source::File(spec), None);
        let text = |auth: bool, path: &str| {
            let tree = project(&reading, &Options { auth, ..Options::default() }).unwrap();
            tree.get(path).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        };
        assert!(text(true, "auth_middleware.py").is_some());
        assert!(text(true, "requirements_mock.txt").unwrap().contains("cryptography"));
        assert!(text(true, "README.md").unwrap().contains("/token"));

        assert_eq!(text(false, "auth_middleware.py"), None);
        assert_eq!(text(false, "mockloop_server/auth/gate.py"), None);
        assert!(text(false, "mockloop_server/migrations/0004_auth.sql").is_some());
        assert!(!text(false, "requirements_mock.txt").unwrap().contains("cryptography"));
        assert!(!text(false, "README.md").unwrap().contains("/token"));
        assert!(!text(false, "main.py").unwrap().contains("auth"));
    }

    #[test]
    fn a_part_that_is_left_out_leaves_no_page_and_no_setting() {
        let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/specs/petstore.yaml");
        let reading = read(&Source::File(spec), None);
        let all = Options::default();
        let settings = ["MOCKLOOP_ISSUER", "MOCKLOOP_STORAGE", "MOCKLOOP_WEBHOOK"];
        let without = [
            (Options { auth: false, ..all.clone() }, settings[0], ["auth", "credentials"]),
            (Options { storage: false, ..all.clone() }, settings[1], ["storage", "documents"]),
            (Options { webhooks: false, ..all.clone() }, settings[2], ["webhooks", "deliveries"]),
        ];
        for (options, setting, pages) in without {
            let (tree, whole) = (project(&reading, &options).unwrap(), project(&reading, &all).unwrap());
            let text = |file: &str| String::from_utf8_lossy(tree.get(file).unwrap()).into_owned();
            for other in settings {
                assert_eq!(text(".env.example").contains(other), other != setting, "{setting}: {other}");
            }
            assert!(!text("docker-compose.yml").contains(setting));
            for page in pages.map(|page| format!("mockloop_server/ui/static/{page}.js")) {
                assert!(whole.get(&page).is_some() && tree.get(&page).is_none(), "{page}");
            }
        }
    }

    #[test]
    fn without_the_admin_ui_nothing_of_it_is_left() {
        let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/specs/petstore.yaml");
        let reading = read(&Source::File(spec), None);
        let files = |admin_ui: bool| {
            let tree = project(&reading, &Options { admin_ui, ..Options::default() }).unwrap();
            let of_ui = |(path, _): &(&str, &[u8])| path.contains("/ui/") || path.ends_with("admin.html");
            let mentions = ["main.py", "README.md"].map(|path| {
                let text = String::from_utf8_lossy(tree.get(path).unwrap()).into_owned();
                text.contains("AdminUi") || text.contains("admin.html")
            });
            (tree.iter().filter(of_ui).count(), mentions)
        };
        let (count, mentions) = files(true);
        assert!(count > 20 && mentions == [true, true]);
        assert_eq!(files(false), (0, [false, false]));
    }
}
