//! Every file in `inputs/` with what reading it gives: the diagnostics, and the model where there is
//! one. Files that begin with `err_` are broken on purpose.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};

use mockloop_spec::{Reading, Severity, Source, read};

fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// The reading with paths that are the same on every machine.
fn read_input(path: &Path) -> (Reading, String) {
    let reading = read(&Source::File(path.to_owned()), None);
    let folder = format!("{}/", path.parent().unwrap().display());
    let report: String = reading
        .diagnostics
        .iter()
        .map(|diagnostic| {
            format!("{}[{}] {diagnostic}\n", diagnostic.severity, diagnostic.code).replace(&folder, "")
        })
        .collect();
    (reading, report)
}

#[test]
fn inputs_read_as_recorded() {
    for path in inputs() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (reading, report) = read_input(&path);
        let broken = reading.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        assert_eq!(name.starts_with("err_"), broken, "{name}:\n{report}");
        let model = reading.api.map(|mut api| {
            api.source.sha256 = String::new();
            serde_json::to_string_pretty(&api).unwrap()
        });
        let model = if broken { String::new() } else { model.unwrap_or_default() };
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_suffix => "" }, {
            insta::assert_snapshot!(name, format!("{report}{model}"));
        });
    }
}

#[test]
fn every_file_that_was_read_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    let (reading, _) = read_input(&folder.join("references.yaml"));
    let names: Vec<_> =
        reading.files.iter().map(|file| file.path.as_ref().unwrap().strip_prefix(&folder).unwrap()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for name in ["references.yaml", "parts/paths.yaml", "parts/leaf.json", "parts/tree.json"] {
        assert!(names.contains(&Path::new(name)), "{names:?}");
    }
}

#[test]
fn a_broken_part_leaves_the_rest() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inputs");
    for (file, operations) in
        [("err_parts.yaml", 5), ("err_references.yaml", 1), ("err_schemas.yaml", 2), ("err_swagger.yaml", 1)]
    {
        let (reading, report) = read_input(&folder.join(file));
        assert_eq!(reading.api.unwrap().operations.len(), operations, "{file}:\n{report}");
    }
}

#[test]
fn the_written_openapi_document_agrees_with_the_model() {
    for path in inputs() {
        let (reading, _) = read_input(&path);
        let Some(api) = reading.api else { continue };
        let document: serde_json::Value = serde_json::from_str(&reading.openapi).unwrap();
        for operation in &api.operations {
            let item = &document["paths"][&operation.path];
            let written = &item[operation.method.to_lowercase()];
            assert!(
                written.is_object() || item.get("$ref").is_some(),
                "{}: {}",
                path.display(),
                operation.id
            );
        }
    }
}

#[test]
fn a_description_that_may_refer_to_no_files_reads_none() {
    let text = format!(
        "openapi: 3.1.0\ninfo: {{title: a, version: '1'}}\npaths:\n  /a:\n    $ref: '{}/Cargo.toml'\n",
        env!("CARGO_MANIFEST_DIR")
    );
    let source = mockloop_spec::Source::text("api.yaml", text);
    let reading = mockloop_spec::read_bounded(&source, None, &mockloop_spec::LocalFiles::Nothing);
    assert_eq!(reading.files.len(), 1, "{:?}", reading.files);
    assert!(reading.diagnostics.iter().any(|each| each.message.contains("files are not read here")));
}
