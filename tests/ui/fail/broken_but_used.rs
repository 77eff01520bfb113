mockloop_runtime::mockloop! {
    pub mod api = "../specs/broken.yaml";
}

fn main() {
    let _ = (api::API, api::ENDPOINTS, api::PROJECT, api::Operation::ALL);
    let _ = api::client("http://localhost");
}
