mockloop_runtime::mockloop! {
    #[mockloop(baseline = "../specs/absent.yaml")]
    pub mod api = "../specs/tiny.yaml";
}

fn main() {}
