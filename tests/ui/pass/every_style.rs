use mockloop_runtime::Endpoint as _;

mockloop_runtime::mockloop! {
    #[mockloop(models)]
    pub mod typed = "../specs/styles.yaml";

    pub mod untyped = "../specs/styles.yaml";
}

fn main() {
    let request = untyped::Styles::new(["a", "b"], ["c"], ["d"]).form(["x", "y"]).request();
    let uri = request.map(|request| request.uri().to_string());
    assert_eq!(uri.ok().as_deref(), Some("/a,b/.c/;matrix=d?form=x&form=y"));
    let text = || vec!["a".to_owned()];
    let request = typed::Styles::new(text(), text(), text()).request();
    assert!(request.is_ok(), "{request:?}");
    assert_eq!(untyped::ENDPOINTS.len(), typed::ENDPOINTS.len());
}
