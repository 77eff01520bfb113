//! The whole Rust code of small descriptions, as a person would read it.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::fs;
use std::path::Path;

use mockloop_codegen::{RustOptions, rust};
use mockloop_spec::{Source, read};

/// The formatted code of a description.
fn code(path: &Path, models: bool) -> String {
    let name = path.file_name().unwrap().to_string_lossy();
    let mut options = RustOptions::default();
    options.models = models;
    options.project = None;
    let code = rust(&read(&Source::text(name, fs::read_to_string(path).unwrap()), None), &options).unwrap();
    prettyplease::unparse(&syn::parse2(code.tokens).unwrap())
}

#[test]
fn inputs_become_the_recorded_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let stem = path.file_stem().unwrap().to_string_lossy();
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(format!("{stem}"), code(&path, false));
            insta::assert_snapshot!(format!("{stem}_with_models"), code(&path, true));
        });
    }
}
