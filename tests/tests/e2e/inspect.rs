//! `mockloop inspect`: operations as people and programs read them.

use mockloop_tests::{mockloop, root, run};
use serde_json::Value;

type Done = anyhow::Result<()>;

const SHOP: &str = "tests/specs/shop.yaml";

#[test]
fn operations_are_a_table() -> Done {
    let ran = run(["inspect", SHOP])?;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    let narrow = mockloop().current_dir(root()).args(["inspect", SHOP]).env("COLUMNS", "60").output()?;
    let narrow = String::from_utf8(narrow.stdout)?;
    assert!(narrow.lines().all(|line| line.chars().count() <= 60), "{narrow}");
    insta::assert_snapshot!(ran.stdout);
    Ok(())
}

#[test]
fn one_operation_is_shown_whole() -> Done {
    let by_id = run(["inspect", SHOP, "--operation", "addItem"])?;
    let by_place = run(["inspect", SHOP, "--operation", "post /items"])?;
    assert_eq!(by_id.status, Some(0), "{}", by_id.stderr);
    assert_eq!(by_id.stdout, by_place.stdout);
    insta::assert_snapshot!(by_id.stdout);
    Ok(())
}

#[test]
fn programs_get_json() -> Done {
    let all: Value = serde_json::from_str(&run(["inspect", SHOP, "--format", "json"])?.stdout)?;
    assert_eq!(all["title"], "Corner Shop");
    assert!(all["operations"].as_array().is_some_and(|operations| operations.len() == 3));
    let one = run(["inspect", SHOP, "--operation", "addItem", "--format", "json"])?;
    let one: Value = serde_json::from_str(&one.stdout)?;
    assert_eq!(one["method"], "POST");
    Ok(())
}

#[test]
fn a_wrong_name_gets_the_right_one() -> Done {
    let near = run(["inspect", SHOP, "--operation", "addItems"])?;
    assert_eq!(near.status, Some(1));
    assert_eq!(near.stderr, "error: no operation `addItems`; did you mean `addItem`?\n");
    Ok(())
}

#[test]
fn shells_get_completions() -> Done {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = run(["completions", shell])?;
        assert!(ran.status == Some(0) && ran.stdout.contains("inspect"), "{shell}");
    }
    Ok(())
}
