mockloop_runtime::mockloop! {
    #[mockloop(deny(duplicate-operation-id), allow(warnings))]
    pub mod api = "../specs/warned.yaml";
}

fn main() {}
