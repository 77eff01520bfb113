mockloop_runtime::mockloop! {
    pub mod tiny = "../specs/tiny.yaml";
}

fn main() {
    assert_eq!(tiny::API.endpoints.len(), 1);
}
