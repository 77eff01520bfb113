mockloop_runtime::mockloop! {
    pub mod api = "../specs/broken.yaml";
}

fn main() {}
