mockloop_runtime::mockloop! {
    #[mockloop(port = 80100)]
    pub mod api = "../specs/tiny.yaml";
}

fn main() {}
