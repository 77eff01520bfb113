//! A few descriptions of the corpus, from end to end; `cargo xtask fidelity` takes all of them.

use std::process::Command;

use mockloop_tests::root;

/// Small ones that have much in them.
const FEW: [&str; 5] = [
    "openapi-3.0/drf-gis.yml",
    "openapi-3.0/readme-schema-types.json",
    "openapi-3.1/redocly-cafe/openapi.yaml",
    "openapi-3.1/redocly-museum.yaml",
    "swagger-2.0/learn-petstore-separate/spec/swagger.json",
];

#[test]
#[expect(clippy::print_stderr, reason = "who reads the test's output should know that nothing was tested")]
fn mocks_of_the_corpus_are_true() -> anyhow::Result<()> {
    let corpus = root().join("../shared/corpus");
    if !corpus.is_dir() {
        eprintln!("{} is absent: no description of it was tested", corpus.display());
        return Ok(());
    }
    let mut xtask = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    xtask.current_dir(root()).args(["run", "--quiet", "--package", "xtask", "--", "fidelity", "--dev"]);
    let output = xtask.args(FEW.map(|spec| corpus.join(spec))).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}
