mockloop_runtime::mockloop! {
    #[mockloop(port = "8010", auth = no, name)]
    pub mod api = "../specs/tiny.yaml";
}

fn main() {}
