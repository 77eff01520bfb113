//! The admin API that projects serve is the one that its description has.
//!
//! `MOCKLOOP_UPDATE=1 cargo test -p mockloop-codegen --test admin_api` writes the files anew.
use std::fs;
use std::path::Path;

use mockloop_codegen::{Options, project};
use mockloop_spec::{Source, read};

#[test]
fn served_contract_is_the_described_one() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let templates = crates.join("../templates");
    let reading = read(&Source::File(templates.join("admin-api/openapi.yaml")), None);
    assert!(reading.diagnostics.is_empty(), "{:#?}", reading.diagnostics);
    let tree = project(&reading, &Options::default()).unwrap();
    for name in ["api.json", "openapi.json"] {
        let wanted = tree.get(name).unwrap();
        // The runtime's client is made of a copy of its own, as a crate is packed without its neighbours.
        let copy = (name == "openapi.json").then(|| crates.join("mockloop-runtime/src/admin").join(name));
        for file in copy.into_iter().chain([templates.join("project/mockloop_server/admin").join(name)]) {
            if std::env::var_os("MOCKLOOP_UPDATE").is_some() {
                fs::write(&file, wanted).unwrap();
            }
            assert!(
                fs::read(&file).unwrap() == wanted,
                "{} is not what admin-api/openapi.yaml says",
                file.display()
            );
        }
    }
}
