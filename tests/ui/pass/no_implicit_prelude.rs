#[no_implicit_prelude]
mod bare {
    ::mockloop_runtime::mockloop! {
        #[mockloop(models, test)]
        pub mod recursive = "../specs/recursive.yaml";

        #[mockloop(models)]
        pub mod styles = "../specs/styles.yaml";

        #[mockloop(allow(warnings))]
        pub mod warned = "../specs/warned.yaml";
    }
}

fn main() {
    assert_eq!(bare::recursive::API.title, "Recursive");
}
