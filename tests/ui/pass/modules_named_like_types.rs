::mockloop_runtime::mockloop! {
    #[allow(non_snake_case)]
    #[mockloop(models)]
    pub mod Node = "../specs/recursive.yaml";

    #[mockloop(models)]
    pub mod models = "../specs/recursive.yaml";

    #[mockloop(models)]
    pub mod core = "../specs/recursive.yaml";

    #[mockloop(models)]
    pub mod std = "../specs/recursive.yaml";

    #[mockloop(models)]
    pub mod serde = "../specs/recursive.yaml";

    #[mockloop(models)]
    pub mod mockloop_runtime = "../specs/recursive.yaml";

    #[mockloop(models)]
    pub mod r#type = "../specs/recursive.yaml";
}

fn main() {
    let node = Node::models::Node::new("root");
    let same = r#type::models::Node::new("root");
    ::std::assert_eq!(node.name, same.name);
}
