//! `mockloop check`: forms and exit statuses.

use mockloop_tests::{mockloop, petstore, root, run, run_with_input};

type Done = anyhow::Result<()>;

const BROKEN: &str = "tests/specs/broken.yaml";

#[test]
fn text_shows_the_place() -> Done {
    let ran = run(["check", BROKEN])?;
    assert_eq!(ran.status, Some(1));
    assert_eq!(ran.stderr, "");
    insta::assert_snapshot!(ran.stdout);
    Ok(())
}

#[test]
fn json_is_for_programs() -> Done {
    let ran = run(["check", BROKEN, "--format", "json"])?;
    assert_eq!(ran.status, Some(1));
    insta::assert_snapshot!(ran.stdout);
    Ok(())
}

#[test]
fn github_gets_annotations() -> Done {
    let ran = run(["check", BROKEN, "--format", "github"])?;
    assert_eq!(ran.status, Some(1));
    insta::assert_snapshot!(ran.stdout);
    Ok(())
}

#[test]
fn code_scanning_gets_sarif() -> Done {
    let ran = run(["check", BROKEN, "--format", "sarif"])?;
    assert_eq!(ran.status, Some(1));
    let version = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"");
    insta::assert_snapshot!(ran.stdout.replace(version, "\"version\": \"0.0.0\""));
    Ok(())
}

#[test]
fn the_exit_status_says_how_bad_it_is() -> Done {
    let warned = "\
openapi: 3.1.0
info: { title: T, version: '1' }
paths:
  /a:
    get:
      responses:
        '200':
          description: d
          content: { application/json: { schema: { type: integer }, example: text } }
";
    assert_eq!(run(["check".as_ref(), petstore().as_os_str()])?.status, Some(0));
    assert_eq!(run_with_input(["check", "-"], warned.as_bytes())?.status, Some(0));
    assert_eq!(run_with_input(["check", "--strict", "-"], warned.as_bytes())?.status, Some(1));
    assert_eq!(run_with_input(["check", "-"], b"not a description")?.status, Some(2));
    assert_eq!(run(["check", "no/such/file.yaml", BROKEN])?.status, Some(2));
    assert_eq!(run(["check"])?.status, Some(2));
    Ok(())
}

#[test]
fn many_of_a_kind_are_summed_up() -> Done {
    let parameters = (0..70).map(|i| format!("        - {{ name: p{i}, in: nowhere, schema: {{}} }}\n"));
    let description = format!(
        "openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\npaths:\n  /a:\n    get:\n      parameters:\n{}      \
         responses: {{ '204': {{ description: d }} }}\n",
        parameters.collect::<String>()
    );
    let shown = run_with_input(["check", "-"], description.as_bytes())?;
    assert_eq!(shown.stdout.matches("\nerror[").count() + 1, 50, "{}", shown.stdout);
    assert!(shown.stdout.contains("20 more diagnostics of the code"), "{}", shown.stdout);
    let all = run_with_input(["check", "--all", "-"], description.as_bytes())?;
    assert_eq!(all.stdout.matches("\nerror[").count() + 1, 70);
    Ok(())
}

#[test]
fn colours_are_for_terminals_and_those_who_ask() -> Done {
    let colored = |color: &str, variable: Option<&str>| -> anyhow::Result<bool> {
        let mut command = mockloop();
        command.current_dir(root()).args(["check", BROKEN, "--color", color]);
        command.envs(variable.map(|name| (name, "1")));
        Ok(String::from_utf8(command.output()?.stdout)?.contains('\u{1b}'))
    };
    assert!(!colored("auto", None)?);
    assert!(!colored("never", Some("CLICOLOR_FORCE"))?);
    assert!(!colored("auto", Some("NO_COLOR"))?);
    assert!(colored("always", None)?);
    Ok(())
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() -> Done {
    use std::process::Stdio;

    let mut child = mockloop()
        .current_dir(root())
        .args(["check", "--format", "json", BROKEN])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    drop(child.stdout.take());
    let output = child.wait_with_output()?;
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    Ok(())
}
