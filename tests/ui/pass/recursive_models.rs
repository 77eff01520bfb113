use mockloop_runtime::generated::Value;

mockloop_runtime::mockloop! {
    #[mockloop(models)]
    pub mod api = "../specs/recursive.yaml";
}

use api::models::{Chain, Expression, Node, Tree};

fn main() {
    let leaf = Node::new("leaf");
    let root = Node { children: Some(vec![leaf.clone()]), parent: Some(Box::new(leaf)), ..Node::new("root") };
    assert_eq!(root.children.map(|children| children.len()), Some(1));
    let _: fn(Chain, Expression, Tree) = |_, _, _| ();
    let _ = Value::Null;
}
