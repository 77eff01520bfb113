//! `mockloop diff`: forms and exit statuses, and the example that runs it.

use std::ffi::OsStr;

use mockloop_tests::{mockloop, root, run, run_with_input};
use serde_json::Value;

type Done = anyhow::Result<()>;

const OLD: &str = "tests/specs/shop.yaml";
const NEW: &str = "tests/specs/shop-2.yaml";

#[test]
fn text_shows_what_breaks() -> Done {
    let ran = run(["diff", OLD, NEW])?;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(1), ""));
    assert!(!ran.stdout.contains("compatible["), "{}", ran.stdout);
    let all = run(["diff", "--all", OLD, NEW])?;
    assert_eq!(all.status, Some(1));
    insta::assert_snapshot!(all.stdout);
    Ok(())
}

#[test]
fn programs_get_json() -> Done {
    let ran = run(["diff", OLD, NEW, "--format", "json"])?;
    assert_eq!(ran.status, Some(1));
    let report: Value = serde_json::from_str(&ran.stdout)?;
    let changes = report["changes"].as_array().map_or(0, Vec::len);
    assert_eq!(report["breaking"], changes);
    assert!(report["compatible"].as_u64() > Some(0));
    let first = &report["changes"][0];
    for key in ["impact", "code", "operation", "place", "message"] {
        assert!(first[key].is_string(), "{key}: {first}");
    }
    Ok(())
}

#[test]
fn github_gets_annotations() -> Done {
    let ran = run(["diff", "--all", OLD, NEW, "--format", "github"])?;
    assert_eq!(ran.status, Some(1));
    insta::assert_snapshot!(ran.stdout);
    Ok(())
}

#[test]
fn comments_get_markdown() -> Done {
    let ran = run(["diff", OLD, NEW, "--format", "markdown"])?;
    assert_eq!(ran.status, Some(1));
    insta::assert_snapshot!(ran.stdout);
    Ok(())
}

#[test]
fn the_exit_status_says_whether_clients_break() -> Done {
    let same = run(["diff", OLD, OLD])?;
    let expected = format!("{OLD} -> {OLD}: 0 breaking changes, 0 compatible changes\n");
    assert_eq!((same.status, same.stdout), (Some(0), expected));
    let text = std::fs::read(root().join(OLD))?;
    assert_eq!(run_with_input(["diff", OLD, "-"], &text)?.status, Some(0));
    assert_eq!(run_with_input(["diff", "-", NEW], &text)?.status, Some(1));
    for (old, new) in [("-", "-"), (OLD, "no/such/file.yaml"), ("no/such/file.yaml", OLD)] {
        let ran = run_with_input(["diff", old, new], &text)?;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(2), ""), "{old} {new}");
        assert!(!ran.stderr.is_empty());
    }
    assert_eq!(run_with_input(["diff", OLD, "-"], b"\xFF")?.status, Some(2));
    Ok(())
}

#[test]
fn parts_with_errors_are_told_of() -> Done {
    let ran = run(["diff", "tests/specs/broken.yaml", "tests/specs/broken.yaml"])?;
    assert_eq!(ran.status, Some(0));
    assert!(ran.stderr.contains("parts with errors are not compared"), "{}", ran.stderr);
    Ok(())
}

#[test]
fn text_of_a_description_is_harmless() -> Done {
    let with = |paths: &str| format!("openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\npaths: {paths}\n");
    let old =
        with(r#"{ "/\e[2J`\n::error::x\u202E": { get: { responses: { "204": { description: d } } } } }"#);
    let folder = tempfile::TempDir::new()?;
    let new = folder.path().join("new.yaml");
    std::fs::write(&new, with("{}"))?;
    for format in ["text", "json", "github", "markdown"] {
        let arguments = ["diff", "--format", format, "-"].map(OsStr::new);
        let ran = run_with_input(arguments.into_iter().chain([new.as_os_str()]), old.as_bytes())?;
        assert_eq!(ran.status, Some(1), "{}", ran.stderr);
        assert!(!ran.stdout.contains('\u{1b}') && !ran.stdout.contains("\n::error::x"), "{}", ran.stdout);
        assert!(format == "json" || !ran.stdout.contains('\u{202E}'), "{}", ran.stdout);
    }
    Ok(())
}

#[test]
fn colours_are_for_those_who_want_them() -> Done {
    let colored = |color: &str, variable: Option<&str>| -> anyhow::Result<bool> {
        let mut command = mockloop();
        command.current_dir(root()).args(["diff", OLD, NEW, "--color", color]);
        command.envs(variable.map(|name| (name, "1")));
        Ok(String::from_utf8(command.output()?.stdout)?.contains('\u{1b}'))
    };
    assert!(colored("always", None)?);
    assert!(!colored("auto", None)?);
    assert!(!colored("auto", Some("NO_COLOR"))?);
    Ok(())
}

#[cfg(unix)]
#[test]
fn the_example_for_ci_runs() -> Done {
    let example = root().join("examples/ci-check");
    let check = |baseline: Option<&str>| -> anyhow::Result<mockloop_tests::Ran> {
        let mut script = std::process::Command::new(example.join("check.sh"));
        Ok(script.args(baseline).env("MOCKLOOP", mockloop().get_program()).output()?.into())
    };
    let ran = check(None)?;
    assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.ends_with("0 breaking changes, 5 compatible changes\n"), "{}", ran.stdout);
    assert_eq!(check(Some("no/such/file.yaml"))?.status, Some(2));
    Ok(())
}
