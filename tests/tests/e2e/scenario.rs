//! `mockloop scenario`, over a mock that the command runs.

use std::fs;
use std::path::Path;

use mockloop_tests::{Mock, Ran, petstore, run, run_with_input};
use serde_json::Value;
use tempfile::TempDir;

type Done = anyhow::Result<()>;

const GONE: &str = "\
name: gone
description: Pets are gone
operations:
  getPetById:                 # for everybody
    - when: { path: { petId: 8 } }
      respond: { status: 404, headers: { X-Number: 10 }, body: null }
";

fn scenario(mock: &Mock, arguments: &[&str]) -> anyhow::Result<Ran> {
    run([&["scenario"], arguments, &["--target", mock.url.as_str()]].concat())
}

/// Runs it, and gives what it prints; an error where it ends with any other status.
fn good(mock: &Mock, arguments: &[&str]) -> anyhow::Result<String> {
    let ran = scenario(mock, arguments)?;
    anyhow::ensure!(ran.status == Some(0), "{arguments:?}: {}", ran.stderr);
    Ok(ran.stdout)
}

fn file(folder: &Path, name: &str, text: &str) -> anyhow::Result<String> {
    let path = folder.join(name);
    fs::write(&path, text)?;
    Ok(path.display().to_string())
}

#[test]
fn scenario_lives_from_its_file_to_its_end() -> Done {
    let mock = Mock::start(&petstore())?;
    let folder = TempDir::new()?;
    let gone = file(folder.path(), "gone.yaml", GONE)?;
    let status = |session: &str| -> anyhow::Result<u16> {
        Ok(mock.request("GET", "/pets/8")?.header("X-Session-ID", session).send()?.status().as_u16())
    };
    assert!(good(&mock, &["validate", &gone])?.ends_with("a mock takes it\n"));
    let created = good(&mock, &["create", &gone, "--activate", "--session", "mine"])?;
    assert_eq!(created, "gone is stored\ngone is active in the session mine\n");
    assert_eq!((status("mine")?, status("other")?), (404, 200));
    assert!(good(&mock, &["list"])?.contains("gone           session mine  stored    Pets are gone\n"));
    assert!(good(&mock, &["active", "--session", "mine"])?.contains("active in the session mine since"));
    assert_eq!(good(&mock, &["active"])?, "nothing is active\n");
    assert_eq!(
        good(&mock, &["deactivate", "--session", "mine"])?,
        "gone is no longer active in the session mine\n"
    );
    assert_eq!(good(&mock, &["activate", "gone"])?, "gone is active for everybody\n");
    assert_eq!(status("other")?, 404);

    let changed =
        file(folder.path(), "changed.yaml", &GONE.replace("name: gone\n", "").replace("404", "400"))?;
    assert_eq!(good(&mock, &["update", "gone", &changed])?, "gone is replaced\n");
    assert_eq!(status("other")?, 400, "what is active changes at once");
    let busy = scenario(&mock, &["delete", "gone"])?;
    assert!(busy.status == Some(1) && busy.stderr.contains("deactivate it first"), "{}", busy.stderr);
    good(&mock, &["deactivate"])?;
    assert_eq!(good(&mock, &["deactivate"])?, "nothing is active for everybody\n");
    assert_eq!(good(&mock, &["duplicate", "gone", "gone too"])?, "gone too is stored\n");
    assert_eq!(good(&mock, &["delete", "gone"])?, "gone is forgotten\n");
    let history = good(&mock, &["history", "--limit", "2"])?;
    assert!(history.contains("deleted") && history.contains("duplicated"), "{history}");
    Ok(())
}

#[test]
fn documents_come_back_as_they_were_written() -> Done {
    let mock = Mock::start(&petstore())?;
    let folder = TempDir::new()?;
    let gone = file(folder.path(), "gone.yaml", GONE)?;
    let created = good(&mock, &["create", &gone])?;
    assert_eq!(created, "gone is stored\n  `mockloop scenario activate gone` puts it in force\n");
    let exported = folder.path().join("exported.json").display().to_string();
    good(&mock, &["export", "gone", "-o", &exported])?;
    let document: Value = serde_json::from_str(&fs::read_to_string(&exported)?)?;
    let respond = &document["operations"]["getPetById"][0]["respond"];
    assert_eq!((respond["headers"]["X-Number"].to_string().as_str(), &respond["body"]), ("10", &Value::Null));
    assert!(respond.get("body").is_some());
    let taken = scenario(&mock, &["import", &exported])?;
    assert!(taken.status == Some(1) && taken.stderr.contains("already"), "{}", taken.stderr);
    assert_eq!(good(&mock, &["import", &exported, "--on-conflict", "rename"])?, "gone (2) is stored\n");
    assert_eq!(good(&mock, &["import", &exported, "--on-conflict", "replace"])?, "gone is stored\n");
    let shown: Value = serde_json::from_str(&good(&mock, &["show", "gone (2)", "--format", "json"])?)?;
    assert_eq!(shown["operations"], document["operations"]);
    let piped = GONE.replace("name: gone", "name: piped");
    let ran = run_with_input(["scenario", "create", "-", "-t", mock.url.as_str()], piped.as_bytes())?;
    assert_eq!((ran.status, ran.stdout.lines().next()), (Some(0), Some("piped is stored")), "{}", ran.stderr);
    Ok(())
}

#[test]
fn what_is_wrong_is_told_at_its_line() -> Done {
    let mock = Mock::start(&petstore())?;
    let folder = TempDir::new()?;
    let wrong =
        GONE.replace("getPetById", "getPetByld").replace("404", "999").replace("body: null", "bdy: 1");
    let wrong = file(folder.path(), "wrong.yaml", &wrong)?;
    for action in [&["validate", wrong.as_str()][..], &["create", &wrong], &["import", &wrong]] {
        let ran = scenario(&mock, action)?;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(1), ""), "{action:?}");
        for part in [
            "error[unknown-operation]: /operations/getPetByld names no operation",
            "wrong.yaml:4:3\n",
            "did you mean getPetById",
            "error[value]: /operations/getPetByld/0/respond/status must be a whole number from 100 to 599",
            "wrong.yaml:6:26\n",
            "did you mean body?",
        ] {
            assert!(ran.stderr.contains(part), "{action:?} {part}: {}", ran.stderr);
        }
    }
    assert!(!good(&mock, &["list"])?.contains("gone"));
    for (text, told) in [
        ("name: a\nname: b\n", "twice.yaml:2:1: the key `name` stands twice"),
        ("[1]", "holds no scenario"),
        ("{\"name\": ", "twice.yaml:1:"),
    ] {
        let ran = scenario(&mock, &["create", &file(folder.path(), "twice.yaml", text)?])?;
        assert!(ran.status == Some(1) && ran.stderr.contains(told), "{}", ran.stderr);
    }
    let ran = scenario(&mock, &["show", "server-error"])?;
    assert!(ran.status == Some(1) && ran.stderr.contains("did you mean server-errors?"), "{}", ran.stderr);
    assert_eq!(run(["scenario", "list", "-t", "1"])?.status, Some(2));
    Ok(())
}
