mockloop_runtime::mockloop! {
    /// A description that has no problems.
    #[mockloop(
        out_dir = "project",
        name = "every-option",
        port = 8010,
        auth = false,
        webhooks = false,
        admin_ui = false,
        storage = false,
        models,
        deny(warnings, unresolved-ref, "invalid-schema"),
        allow(unknown-field, invalid_example),
        baseline = "../specs/tiny.yaml",
        test,
        crate = ::mockloop_runtime,
    )]
    #[allow(dead_code)]
    pub(crate) mod every = "../specs/two.yaml";
}

fn main() {
    assert_eq!(every::PROJECT.name(), "every-option");
    assert!(every::API.endpoint("getB").is_some());
}
