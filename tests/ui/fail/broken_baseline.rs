mockloop_runtime::mockloop! {
    #[mockloop(baseline = "../specs/two.yaml")]
    pub mod api = "../specs/tiny.yaml";
}

fn main() {}
