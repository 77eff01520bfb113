//! Rust code for real descriptions, where the corpus is at hand.
#![expect(clippy::print_stderr, reason = "a test over files that may not be there")]

use std::path::{Path, PathBuf};

use mockloop_codegen::{RustOptions, rust};
use mockloop_spec::{Source, read};

/// The least share of schemas that have a type of their own, in percent.
const GOAL: usize = 95;

/// Large ones take long in an unoptimised build.
const MAX_BYTES: u64 = 1_500_000;

fn corpus() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let Ok(list) = std::fs::read_to_string(folder.join("MANIFEST.tsv")) else {
        eprintln!("{} is not there: nothing to try", folder.display());
        return Vec::new();
    };
    let rows = list.lines().skip(1).map(|row| row.split('\t').collect::<Vec<_>>());
    let valid = rows.filter_map(|row| match *row.as_slice() {
        [path, _, group, tier, ..] if group.starts_with("openapi") || group.starts_with("swagger") => {
            (tier != "invalid").then(|| folder.join(path))
        }
        _ => None,
    });
    valid.filter(|path| path.metadata().is_ok_and(|file| file.len() <= MAX_BYTES)).collect()
}

#[test]
fn code_is_rust_and_schemas_have_types() {
    let (mut schemas, mut untyped) = (0, Vec::new());
    for path in corpus() {
        let reading = read(&Source::File(path.clone()), None);
        let mut options = RustOptions::default();
        options.models = true;
        options.project = None;
        let code = rust(&reading, &options).unwrap();
        let text = code.tokens.to_string();
        assert!(syn::parse_str::<syn::File>(&text).is_ok(), "{}", path.display());
        schemas += code.schemas;
        untyped.extend(code.untyped.iter().map(|reason| format!("{}: {reason}", path.display())));
    }
    let typed = schemas - untyped.len().min(schemas);
    eprintln!("{typed} of {schemas} schemas have types of their own");
    for reason in &untyped {
        eprintln!("  {reason}");
    }
    assert!(typed * 100 >= schemas * GOAL, "{typed} of {schemas}");
}
