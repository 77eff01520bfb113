mockloop_runtime::mockloop! {
    #[mockloop(deny(unresolved-refs), allow("kitten"))]
    pub mod api = "../specs/tiny.yaml";
}

fn main() {}
