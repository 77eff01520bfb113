//! `mockloop!` in a crate of its own, as cargo builds it: warnings, rebuilds, and what is written.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mockloop_tests::{Ran, root};

/// A description whose operations are in a file beside it.
const API: &str = "
openapi: 3.1.0
info: { title: Pets, version: '1' }
paths:
  /pets: { $ref: pets.yaml }
";

const PETS: &str = "
get: { operationId: listPets, responses: { '204': { description: Nothing. } } }
";

/// The same with another operation.
const MORE_PETS: &str = "
get: { operationId: listPets, responses: { '204': { description: Nothing. } } }
put: { operationId: putPet, responses: { '204': { description: Nothing. } } }
";

/// The same with a field that the format does not know.
const ODD_PETS: &str = "
get: { operationId: listPets, odd: 1, responses: { '204': { description: Nothing. } } }
";

/// A crate that calls the macro, which it knows by another name.
struct Crate {
    name: &'static str,
    folder: PathBuf,
}

impl Crate {
    /// Puts `api.yaml`, `pets.yaml` and a library into a new folder.
    fn new(name: &'static str, library: &str, pets: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("builds").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("src")).unwrap();
        let made = Self { name, folder };
        let runtime = root().join("crates/mockloop-runtime");
        made.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n\
                 [dependencies]\n\
                 api-runtime = {{ package = \"mockloop-runtime\", path = '{}', default-features = false }}\n",
                runtime.display()
            ),
        );
        fs::copy(root().join("Cargo.lock"), made.folder.join("Cargo.lock")).unwrap();
        made.write("src/lib.rs", library);
        made.write("api.yaml", API);
        made.write("pets.yaml", pets);
        made
    }

    fn write(&self, path: &str, text: &str) {
        fs::write(self.folder.join(path), text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.folder.join(path)).unwrap()
    }

    /// Cargo in this crate. Dependencies are shared with the tests of `macros.rs`, as trybuild builds them.
    fn cargo(&self, arguments: &[&str]) -> Command {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("tests/trybuild");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.current_dir(&self.folder).args(arguments).args(["--offline", "--target", "host-tuple"]);
        cargo.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0").env("CARGO_TERM_COLOR", "never");
        for variable in ["RUSTFLAGS", "MOCKLOOP_DEBUG"] {
            cargo.env_remove(variable);
        }
        cargo
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.cargo(arguments).output().unwrap().into()
    }

    /// Builds, which has to succeed, and gives what cargo said.
    fn check(&self) -> String {
        let ran = self.run(&["check", "--verbose"]);
        assert_eq!(ran.status, Some(0), "{}", ran.stderr);
        ran.stderr
    }

    /// Whether cargo said that it had nothing to build.
    fn is_fresh(&self, said: &str) -> bool {
        said.contains(&format!("Fresh {} v0.0.0", self.name))
    }

    /// All files, by their paths inside of the crate.
    fn files(&self) -> BTreeSet<PathBuf> {
        let (mut files, mut folders) = (BTreeSet::new(), vec![self.folder.clone()]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.insert(path.strip_prefix(&self.folder).unwrap().to_owned());
                }
            }
        }
        files
    }
}

/// A library with a module, with options in front of `crate`.
fn library(options: &str) -> String {
    format!(
        "api_runtime::mockloop! {{\n    #[mockloop({options}crate = ::api_runtime)]\n    pub mod api = \"api.yaml\";\n}}\n"
    )
}

#[test]
fn a_warning_reaches_the_person_who_builds() {
    let said = Crate::new("warned", &library(""), ODD_PETS).check();
    let place = "pets.yaml:2:36 (#/get/odd): the format knows no field `odd` here";
    assert!(said.contains("warning: use of deprecated constant") && said.contains(place), "{said}");
    assert!(said.contains("--> src/lib.rs:3:19"), "{said}");
}

#[test]
fn an_allowed_warning_is_not_told() {
    let said = Crate::new("allowed", &library("allow(unknown-field), "), ODD_PETS).check();
    // The command lines of dependencies speak of warnings too.
    assert!(!said.contains("warning: ") && !said.contains("pets.yaml:2:36"), "{said}");
}

#[test]
fn an_edit_of_a_file_that_is_referred_to_builds_anew() {
    let library = library("") + "const _: () = assert!(api::ENDPOINTS.len() == 1, \"one operation\");\n";
    let made = Crate::new("edited", &library, PETS);
    made.check();
    made.write("pets.yaml", MORE_PETS);
    let ran = made.run(&["check"]);
    assert!(ran.status == Some(101) && ran.stderr.contains("one operation"), "{}", ran.stderr);
}

#[test]
fn an_edit_of_the_baseline_builds_anew() {
    let made = Crate::new("held", &library("baseline = \"earlier.yaml\", "), PETS);
    made.write("earlier.yaml", &API.replace("pets.yaml", "earlier_pets.yaml"));
    made.write("earlier_pets.yaml", PETS);
    made.check();
    made.write("earlier_pets.yaml", MORE_PETS);
    let ran = made.run(&["check"]);
    assert!(ran.stderr.contains("PUT /pets: the operation is gone"), "{}", ran.stderr);
}

#[test]
fn nothing_is_built_where_nothing_was_touched() {
    let made = Crate::new("untouched", &library("out_dir = \"mocks\", "), PETS);
    let first = made.check();
    assert!(!made.is_fresh(&first), "{first}");
    let second = made.check();
    assert!(made.is_fresh(&second), "{second}");
}

#[test]
fn no_file_is_written_unless_asked_for() {
    let made = Crate::new("unwritten", &library(""), PETS);
    let before = made.files();
    made.check();
    assert_eq!(made.files(), before);
}

#[test]
fn what_a_person_changed_in_out_dir_stays() {
    let made = Crate::new("written", &library("out_dir = \"mocks\", "), PETS);
    made.check();
    let edited = made.read("mocks/main.py") + "# by hand\n";
    made.write("mocks/main.py", &edited);
    made.write("pets.yaml", MORE_PETS);
    made.check();
    assert_eq!(made.read("mocks/main.py"), edited);
    assert!(made.read("mocks/openapi.json").contains("putPet"));
}

#[test]
fn the_strictest_lints_have_nothing_to_say() {
    let specs = root().join("tests/ui/specs");
    let modules = ["recursive", "styles", "hostile", "clumsy"].map(|name| {
        let path = specs.join(format!("{name}.yaml"));
        format!(
            "    #[mockloop(models, crate = ::api_runtime)]\n    pub mod {name} = {path:?};\n\
             \x20   #[mockloop(crate = ::api_runtime)]\n    pub mod untyped_{name} = {path:?};\n\
             \x20   #[mockloop(models, crate = ::api_runtime)]\n    mod hidden_{name} = {path:?};\n"
        )
    });
    let library = format!(
        "//! Strict.\n#![forbid(unsafe_code)]\n\
         #![deny(warnings, missing_docs, unreachable_pub, clippy::all, clippy::pedantic, clippy::unwrap_used)]\n\
         api_runtime::mockloop! {{\n{}}}\n",
        modules.concat(),
    );
    let made = Crate::new("strict", &library, PETS);
    // Without one of its own it would go by the settings of this repository, which spare more.
    made.write("clippy.toml", "");
    let mut clippy = made.cargo(&["clippy", "--quiet"]);
    // Linters spare what a macro writes, and take what is in a file for a person's work.
    let ran: Ran = clippy.env("MOCKLOOP_DEBUG", "1").env("TMPDIR", &made.folder).output().unwrap().into();
    assert!(ran.status == Some(0) && ran.stderr.is_empty(), "{}", ran.stderr);
    assert!(made.files().iter().any(|path| path.to_string_lossy().starts_with("mockloop-hostile-")));
}
