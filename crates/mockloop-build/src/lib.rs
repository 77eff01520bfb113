//! Mock servers and typed endpoints from API descriptions, in a build script.
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), mockloop_build::Error> {
//!     mockloop_build::configure()
//!         .spec("specs/petstore.yaml")
//!         .spec("specs/billing.json")
//!         .out_dir("mocks")
//!         .generate()
//! }
//! ```
//!
//! The crate then has a module for each description by
//! `mockloop_runtime::include_mock!("petstore");`, or all of them by
//! `mockloop_runtime::include_mock!("mockloop");`. Cargo runs the script again when one of the files
//! that the descriptions are made of has changed, and at no other time.

mod cargo;
mod write;

use std::path::PathBuf;

pub use mockloop_codegen::Options;
use mockloop_codegen::{RustOptions, WriteError, WriteOptions, module_docs, module_lints, project, rust};
use mockloop_spec::{Reading, Severity, Source};
use quote::{format_ident, quote};

use crate::cargo::Cargo;

/// Why nothing, or not all, was generated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not run by cargo.
    #[error("the environment has no {0}: this is for build scripts, which cargo runs")]
    NoCargo(&'static str),
    /// A description is a URL.
    #[error("{0} is on the network, which a build does not read: vendor it and name the file")]
    Network(String),
    /// Two descriptions would have one module.
    #[error("two descriptions are called {0}: rename one of the files")]
    SameName(String),
    /// Descriptions have errors, which cargo was told of.
    #[error("{0} in the descriptions: see above")]
    Invalid(String),
    /// A project can't be written.
    #[error("{error}{}", cause(.error))]
    Project {
        /// Why.
        error: WriteError,
    },
    /// A file can't be written.
    #[error("can't write {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

fn cause(error: &WriteError) -> String {
    std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default()
}

/// Begins with nothing chosen.
#[must_use]
pub fn configure() -> Builder {
    Builder {
        specs: Vec::new(),
        out_dir: None,
        descriptors: true,
        models: false,
        deny_warnings: false,
        runtime: RustOptions::default(),
        options: Options::default(),
    }
}

/// What to generate, and from what.
#[derive(Clone, Debug)]
pub struct Builder {
    specs: Vec<PathBuf>,
    out_dir: Option<PathBuf>,
    descriptors: bool,
    models: bool,
    deny_warnings: bool,
    runtime: RustOptions,
    options: Options,
}

impl Builder {
    /// Adds a description by its path, which starts at the folder of `Cargo.toml`.
    #[must_use]
    pub fn spec(mut self, path: impl Into<PathBuf>) -> Self {
        self.specs.push(path.into());
        self
    }

    /// Where the FastAPI projects go, each in a folder named for its description; starts at the folder of
    /// `Cargo.toml`. What a person changed there stays. Without this they go into `OUT_DIR`.
    #[must_use]
    pub fn out_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(path.into());
        self
    }

    /// Whether there is Rust code to include; there is, where nothing else is said.
    #[must_use]
    pub fn descriptors(mut self, yes: bool) -> Self {
        self.descriptors = yes;
        self
    }

    /// Whether schemas get types of their own; they don't, where nothing else is said.
    #[must_use]
    pub fn models(mut self, yes: bool) -> Self {
        self.models = yes;
        self
    }

    /// Whether the code has a `client` function, for which the runtime needs its feature `client`; it has,
    /// where nothing else is said.
    #[must_use]
    pub fn client(mut self, yes: bool) -> Self {
        self.runtime.client = yes;
        self
    }

    /// Whether the code has the project in it, for which the runtime needs its feature `project`; it has,
    /// where nothing else is said.
    #[must_use]
    pub fn embedded(mut self, yes: bool) -> Self {
        self.runtime.project = yes.then(Options::default);
        self
    }

    /// Whether warnings are errors; they aren't, where nothing else is said.
    #[must_use]
    pub fn deny_warnings(mut self, yes: bool) -> Self {
        self.deny_warnings = yes;
        self
    }

    /// Options of the projects, as of `mockloop generate`.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Generates all of it, and tells cargo about files and problems.
    ///
    /// # Errors
    /// Where a description has errors, or something can't be written.
    pub fn generate(&self) -> Result<(), Error> {
        self.generate_for(&Cargo::of_build_script()?)
    }

    fn generate_for(&self, cargo: &Cargo) -> Result<(), Error> {
        let mut names: Vec<String> = Vec::new();
        let (mut errors, mut readings) = (0, Vec::new());
        for spec in &self.specs {
            let written = spec.display().to_string();
            if matches!(Source::parse(&written), Source::Url(_)) {
                return Err(Error::Network(written));
            }
            let name = module_name(spec);
            if names.contains(&name) {
                return Err(Error::SameName(name));
            }
            let path = cargo.manifest_dir.join(spec);
            let reading = mockloop_spec::read(&Source::Named { path: path.clone(), name: written }, None);
            cargo.tell_files(&path, &reading.files);
            errors += self.tell_problems(cargo, &reading);
            names.push(name);
            readings.push(reading);
        }
        if errors > 0 {
            return Err(Error::Invalid(format!("{errors} {}", if errors == 1 { "error" } else { "errors" })));
        }
        let _lock = write::lock(&self.projects_dir(cargo))?;
        for (name, reading) in names.iter().zip(&readings) {
            self.write_project(cargo, name, reading)?;
            if self.descriptors {
                self.write_code(cargo, name, reading)?;
            }
        }
        if self.descriptors {
            let all: String = names.iter().map(|name| write::include(name)).collect();
            write::if_changed(&cargo.out_dir.join("mockloop.rs"), &all)?;
        }
        Ok(())
    }

    /// The number of errors.
    fn tell_problems(&self, cargo: &Cargo, reading: &Reading) -> usize {
        let is_error = |severity| severity == Severity::Error || self.deny_warnings;
        for diagnostic in &reading.diagnostics {
            cargo.tell(is_error(diagnostic.severity), &diagnostic.to_string());
        }
        reading.diagnostics.iter().filter(|diagnostic| is_error(diagnostic.severity)).count()
    }

    fn projects_dir(&self, cargo: &Cargo) -> PathBuf {
        self.out_dir.as_ref().map_or_else(|| cargo.out_dir.clone(), |dir| cargo.manifest_dir.join(dir))
    }

    fn write_project(&self, cargo: &Cargo, name: &str, reading: &Reading) -> Result<(), Error> {
        if let Some(tree) = project(reading, &self.options) {
            let dir = self.projects_dir(cargo).join(name);
            tree.write(&dir, WriteOptions::default()).map_err(|error| Error::Project { error })?;
        }
        Ok(())
    }

    fn write_code(&self, cargo: &Cargo, name: &str, reading: &Reading) -> Result<(), Error> {
        let mut options = self.runtime.clone();
        options.models = self.models;
        options.project = options.project.map(|_| self.options.clone());
        let (Some(code), Some(api)) = (rust(reading, &options), &reading.api) else { return Ok(()) };
        for schema in &code.untyped {
            cargo.tell(false, &format!("{}: {schema}, so that it is any JSON value", api.source.name));
        }
        let (docs, lints, ident, tokens) =
            (module_docs(api), module_lints(), format_ident!("{name}"), code.tokens);
        let module = quote! {
            #docs
            #lints
            pub mod #ident { #tokens }
        };
        // What can't be parsed can't be formatted either; the compiler says what is wrong with it.
        let text = syn::parse2(module.clone())
            .map_or_else(|_| module.to_string(), |file| prettyplease::unparse(&file));
        write::if_changed(&cargo.out_dir.join(format!("{name}.rs")), &text)
    }
}

/// The file's name, without what follows its first dot, as a name in Rust.
fn module_name(spec: &std::path::Path) -> String {
    let name = spec.file_name().unwrap_or_default().to_string_lossy();
    mockloop_codegen::module_name(name.split('.').next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    type Done = Result<(), Box<dyn std::error::Error>>;

    const BROKEN: &str = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths:\n  /a:\n    get:\n      \
                          responses: { '200': { $ref: '#/nowhere' } }\n";

    fn crate_with(files: &[(&str, &str)]) -> std::io::Result<(tempfile::TempDir, Cargo)> {
        let folder = tempfile::tempdir()?;
        for (name, text) in files {
            fs::write(folder.path().join(name), text)?;
        }
        let out_dir = folder.path().join("out");
        fs::create_dir(&out_dir)?;
        let cargo = Cargo::recording(folder.path().to_owned(), out_dir);
        Ok((folder, cargo))
    }

    #[test]
    fn cargo_is_told_of_every_file_and_every_problem() -> Done {
        let split = BROKEN.replace("#/nowhere", "parts.yaml#/here");
        let parts = "here: { description: ok }\n";
        let (_folder, cargo) = crate_with(&[("a.yaml", &split), ("parts.yaml", parts), ("b.yaml", BROKEN)])?;
        configure().spec("a.yaml").generate_for(&cargo)?;
        let told = cargo.told();
        assert_eq!(
            told.iter().filter(|line| line.starts_with("cargo::rerun-if-changed=")).count(),
            2,
            "{told:?}"
        );
        let error = configure().spec("b.yaml").generate_for(&cargo).map_err(|error| error.to_string());
        assert_eq!(error, Err("1 error in the descriptions: see above".to_owned()));
        let errors = cargo.told().into_iter().filter(|line| line.starts_with("cargo::error=b.yaml:6:"));
        assert_eq!(errors.count(), 1);
        Ok(())
    }

    #[test]
    fn what_is_the_same_is_not_written_again() -> Done {
        let valid = "openapi: 3.1.0\ninfo: { title: T, version: '1' }\npaths: {}\n";
        let (folder, cargo) = crate_with(&[("pet-store.v1.yaml", valid)])?;
        let builder = configure().spec("pet-store.v1.yaml").out_dir("mocks");
        builder.generate_for(&cargo)?;
        let code = cargo.out_dir.join("pet_store.rs");
        let written = fs::metadata(&code)?.modified()?;
        assert!(folder.path().join("mocks/pet_store/main.py").exists());
        assert!(fs::read_to_string(cargo.out_dir.join("mockloop.rs"))?.contains("pet_store.rs"));
        builder.generate_for(&cargo)?;
        assert_eq!(fs::metadata(&code)?.modified()?, written);
        Ok(())
    }

    #[test]
    fn a_url_and_two_of_one_name_are_refused() -> Done {
        let (_folder, cargo) = crate_with(&[])?;
        let url = configure().spec("https://example.com/api.yaml").generate_for(&cargo);
        assert!(matches!(url, Err(Error::Network(_))));
        let twice = configure().spec("a/x.yaml").spec("b/x.json").generate_for(&cargo);
        assert!(matches!(twice, Err(Error::SameName(name)) if name == "x"));
        Ok(())
    }
}
