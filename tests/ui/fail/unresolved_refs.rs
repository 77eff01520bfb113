mockloop_runtime::mockloop! {
    pub mod api = "../specs/unresolved.yaml";
}

fn main() {}
