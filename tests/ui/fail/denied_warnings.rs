mockloop_runtime::mockloop! {
    #[mockloop(deny(warnings))]
    pub mod api = "../specs/warned.yaml";
}

fn main() {}
