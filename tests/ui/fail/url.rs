mockloop_runtime::mockloop! {
    pub mod api = "https://example.com/openapi.yaml";
}

fn main() {}
