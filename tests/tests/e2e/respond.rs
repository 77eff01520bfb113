//! `mockloop respond`, over a mock that the command runs.

use std::fs;

use mockloop_tests::{Mock, Ran, petstore, run, run_with_input};
use serde_json::Value;
use tempfile::TempDir;

type Done = anyhow::Result<()>;

fn respond(mock: &Mock, arguments: &[&str]) -> anyhow::Result<Ran> {
    run([&["respond"], arguments, &["--target", mock.url.as_str()]].concat())
}

/// Sets the response of an operation, and gives what the mock then answers.
fn answer(mock: &Mock, options: &[&str]) -> anyhow::Result<(u16, String)> {
    let ran = respond(mock, &[&["getPetById"], options].concat())?;
    anyhow::ensure!(ran.status == Some(0), "{options:?}: {}", ran.stderr);
    let answer = mock.get("/pets/7")?;
    Ok((answer.status().as_u16(), answer.text()?))
}

#[test]
fn responses_are_set_listed_and_cleared() -> Done {
    let mock = Mock::start(&petstore())?;
    let set = respond(&mock, &["get /pets/{petId}", "--status", "503", "-H", "X-A: 1", "-H", "X-A: 2"])?;
    assert_eq!(
        (set.status, set.stdout.as_str()),
        (
            Some(0),
            "getPetById answers as you said from now on\n  \
             `mockloop respond clear getPetById` lets it answer by itself again\n"
        )
    );
    assert!(set.stderr.contains("warning[undocumented-status]: /status getPetById has no response for 503"));
    let answer = mock.get("/pets/7")?;
    assert!(answer.headers().get_all("x-a").iter().eq(["1", "2"]));
    assert_eq!(answer.status(), 503);
    respond(&mock, &["listPets", "--delay-ms", "5"])?;
    let list = respond(&mock, &["list"])?.stdout;
    assert!(list.contains("503 · headers {\"X-A\":[\"1\",\"2\"]}") && list.contains("after 5"), "{list}");
    let list: Value = serde_json::from_str(&respond(&mock, &["list", "--format", "json"])?.stdout)?;
    assert_eq!(list["total_count"], 2);
    assert_eq!(respond(&mock, &["clear", "GET /pets/{petId}"])?.status, Some(0));
    assert_eq!(mock.get("/pets/7")?.status(), 200);
    assert_eq!(respond(&mock, &["clear"])?.stdout, "1 response cleared\n");
    assert_eq!(respond(&mock, &["list"])?.stdout, "no responses are set\n");
    Ok(())
}

#[test]
fn options_may_stand_before_a_subcommand_and_an_operation_may_not() -> Done {
    let mock = Mock::start(&petstore())?;
    let at = ["respond", "--target", mock.url.as_str()];
    respond(&mock, &["getPetById", "--status", "503"])?;
    respond(&mock, &["listPets", "--status", "503"])?;
    assert!(run([&at[..], &["list"]].concat())?.stdout.contains("getPetById"));
    // Else it would clear both.
    let ran = run([&at[..], &["getPetById", "clear"]].concat())?;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    let ran = run([&at[..], &["--status", "404", "clear"]].concat())?;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert_eq!(run([&at[..], &["clear", "getPetById"]].concat())?.status, Some(0));
    assert_eq!(mock.get("/pets")?.status(), 503);
    assert_eq!(mock.get("/pets/7")?.status(), 200);
    Ok(())
}

#[test]
fn bodies_come_from_wherever_they_are() -> Done {
    let mock = Mock::start(&petstore())?;
    let folder = TempDir::new()?;
    let file = folder.path().join("pet.yaml");
    fs::write(&file, "{ name: Tom, id: 12345678901234567 }")?;
    assert_eq!(answer(&mock, &["--body", "{\"a\": 1.0}"])?, (200, "{\"a\":1.0}".to_owned()));
    let tom = "{\"name\":\"Tom\",\"id\":12345678901234567}";
    assert_eq!(answer(&mock, &["--body", &format!("@{}", file.display())])?.1, tom);
    assert_eq!(answer(&mock, &["--body", "null"])?.1, "null");
    assert_eq!(answer(&mock, &["--text", "-x", "--content-type", "text/plain"])?.1, "-x");
    assert_eq!(answer(&mock, &["--base64", "aGk=", "--status", "404"])?, (404, "hi".to_owned()));
    assert_eq!(answer(&mock, &["--delay-log-normal", "1,0.1", "--status", "404"])?.0, 404);
    let ran = run_with_input(["respond", "getPetById", "--body", "-", "-t", &mock.url], b"[1]")?;
    assert_eq!((ran.status, mock.get("/pets/7")?.text()?.as_str()), (Some(0), "[1]"), "{}", ran.stderr);
    Ok(())
}

#[test]
fn what_can_not_be_meant_is_told() -> Done {
    let mock = Mock::start(&petstore())?;
    for (arguments, status, told) in [
        (&["getPetByld", "--status", "404"][..], 1, "did you mean getPetById"),
        (&["getPetById", "--example", "nobody"], 1, "nobody"),
        (&["clear", "getPetById"], 1, "getPetById has no override"),
        (&["getPetById"], 2, "nothing is said about the response"),
        (&["getPetById", "--body", "{"], 2, "--text sends a text as it is"),
        (&["getPetById", "--body", "1", "--text", "a"], 2, "cannot be used with"),
        (&["getPetById", "--header", "nothing"], 2, "a header is written as"),
        (&["getPetById", "--status", "99"], 2, "100..=599"),
        (&[], 2, "<OPERATION>"),
    ] {
        let ran = respond(&mock, arguments)?;
        assert_eq!(ran.status, Some(status), "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{arguments:?}: {}", ran.stderr);
    }
    Ok(())
}
