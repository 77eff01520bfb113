mockloop_runtime::mockloop! {
    #[mockloop(model, colour = true)]
    pub mod api = "../specs/tiny.yaml";
}

fn main() {}
