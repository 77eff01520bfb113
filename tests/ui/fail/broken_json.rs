mockloop_runtime::mockloop! {
    pub mod api = "../specs/broken.json";
}

fn main() {}
