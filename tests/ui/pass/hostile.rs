mockloop_runtime::mockloop! {
    #[mockloop(models)]
    pub mod hostile = "../specs/hostile.yaml";

    #[mockloop(models)]
    pub mod quotes = "../../specs/hostile.yaml";
}

fn main() {
    let ids: Vec<_> = hostile::ENDPOINTS.iter().map(|each| each.id).collect();
    assert!(ids.contains(&"same") && ids.contains(&"SAME"), "{ids:?}");
    assert_eq!(quotes::ENDPOINTS.len(), 4);
}
