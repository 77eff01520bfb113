mockloop_runtime::mockloop! {
    pub mod first = "../specs/broken.yaml";

    pub mod second = "../specs/unresolved.yaml";
}

fn main() {}
