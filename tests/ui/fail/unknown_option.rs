mockloop_runtime::mockloop! {
    #[mockloop(prot = 8010, auth = false, modles)]
    pub mod api = "../specs/tiny.yaml";
}

fn main() {}
