mod vendor {
    pub mod deep {
        pub use mockloop_runtime as runtime;
    }
}

vendor::deep::runtime::mockloop! {
    #[mockloop(models, crate = crate::vendor::deep::runtime)]
    pub mod api = "../specs/recursive.yaml";
}

fn main() {
    assert_eq!(api::API.title, "Recursive");
}
