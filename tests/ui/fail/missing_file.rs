mockloop_runtime::mockloop! {
    pub mod api = "../specs/absent.yaml";
}

fn main() {}
