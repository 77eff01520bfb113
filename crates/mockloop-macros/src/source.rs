//! Files of a crate, found as the person who wrote the path means them.

use std::path::{Path, PathBuf};

use mockloop_spec::Source;
use syn::LitStr;

/// The description at a path, which starts at the crate's folder.
pub(crate) fn description(path: &LitStr) -> syn::Result<Source> {
    let written = path.value();
    if matches!(Source::parse(&written), Source::Url(_)) {
        let message = format!(
            "a build reads no network: vendor the description and name the file\n  \
             curl -o specs/api.yaml {written}"
        );
        return Err(syn::Error::new(path.span(), message));
    }
    let found = find(path, &written);
    if !found.exists() {
        let message =
            format!("{written} is not there; paths start at the folder of the crate's `Cargo.toml`");
        return Err(syn::Error::new(path.span(), message));
    }
    Ok(Source::Named { path: found, name: written })
}

/// A path of the crate; where no such file is there, the one beside the source file.
pub(crate) fn find(at: &LitStr, written: &str) -> PathBuf {
    let in_crate = root().join(written);
    if in_crate.exists() {
        return in_crate;
    }
    // A test harness may build a crate elsewhere than where its sources are.
    let beside = at
        .span()
        .unwrap()
        .local_file()
        .and_then(|file| std::path::absolute(file.parent()?.join(written)).ok());
    beside.filter(|path| path.exists()).unwrap_or(in_crate)
}

/// The folder of the crate's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default()
}

/// An absolute path, with which the compiler can include a file from anywhere.
pub(crate) fn absolute(path: &Path) -> Option<String> {
    std::path::absolute(path).ok()?.to_str().map(str::to_owned)
}
