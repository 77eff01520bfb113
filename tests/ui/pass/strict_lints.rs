//! The strictest crate that calls the macro.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unreachable_pub, clippy::pedantic)]

mockloop_runtime::mockloop! {
    #[mockloop(models)]
    pub mod recursive = "../specs/recursive.yaml";

    #[mockloop(models)]
    pub mod styles = "../specs/styles.yaml";

    pub mod untyped = "../specs/styles.yaml";

    #[mockloop(models, allow(warnings))]
    pub mod hostile = "../specs/hostile.yaml";
}

fn main() {}
