//! `mockloop analyze`: a running mock, a project and a database, in every form.

use mockloop_tests::{Mock, mockloop, petstore, root, run};
use serde_json::Value;

type Done = anyhow::Result<()>;

/// Requests of some kinds, and how many they are.
fn ask(mock: &Mock) -> anyhow::Result<usize> {
    let paths = ["/pets/7", "/pets/7", "/pets?limit=5", "/pets/abc", "/no/such"];
    for path in paths {
        mock.request("GET", path)?.header("X-Session-ID", "mine").send()?;
    }
    // The mock has all of them in its log before it answers this.
    mock.log(0)?;
    Ok(paths.len())
}

fn analyzed(arguments: &[&str]) -> anyhow::Result<Value> {
    let ran = run(["analyze", "--format", "json"].iter().chain(arguments))?;
    anyhow::ensure!(ran.status == Some(0), "{}", ran.stderr);
    Ok(serde_json::from_str(&ran.stdout)?)
}

/// Without what differs by the time and by who asks.
fn lasting(mut analysis: Value) -> Value {
    analysis["analysis_timestamp"].take();
    analysis["patterns"]["admin_usage"].take();
    analysis
}

#[test]
fn mock_project_and_database_have_the_same_numbers() -> Done {
    let mock = Mock::start(&petstore())?;
    let total = ask(&mock)?;
    let project = mock.project();
    let project = project.to_str().unwrap_or_default();
    let port = mock.url.rsplit(':').next().unwrap_or_default().to_owned();
    let told = lasting(analyzed(&[&port, "--group-by", "status"])?);
    assert_eq!(told["total_requests"], total);
    assert_eq!(told["endpoints"]["coverage"]["called"], 2);
    let database = format!("{project}/db/request_logs.db");
    for target in [mock.url.as_str(), project, &database] {
        assert_eq!(lasting(analyzed(&[target, "--group-by", "status"])?), told, "{target}");
    }
    let failed = analyzed(&[project, "--status", "4xx", "--method", "get", "--session", "mine"])?;
    assert_eq!((&failed["total_requests"], &failed["errors"]["error_rate"]), (&2.into(), &1.0.into()));

    Ok(())
}

#[test]
fn people_get_tables_and_insights() -> Done {
    let mock = Mock::start(&petstore())?;
    for _ in 0..5 {
        ask(&mock)?;
    }
    let ran = run(["analyze", &mock.url, "--group-by", "endpoint"])?;
    assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""));
    for text in
        ["25 requests", "getPetById", "UNDOCUMENTED PATH", "never called, 8 of 10", "path petId", "GROUP"]
    {
        assert!(ran.stdout.contains(text), "{text}: {}", ran.stdout);
    }
    assert!(ran.stdout.contains("warning[high-error-rate]: 40 % of the requests failed."), "{}", ran.stdout);
    let ran = run(["analyze", &mock.url, "--format", "markdown"])?;
    assert!(ran.stdout.contains("| `GET /pets/{petId}` | 15 | 33.3 % |"), "{}", ran.stdout);
    Ok(())
}

#[test]
fn hostile_requests_are_text_in_every_form() -> Done {
    let mock = Mock::start(&petstore())?;
    let path = "/no/%3Cscript%3Ealert(1)%3C/script%3E%1b[31m%E2%80%AE%60|x";
    let agent = "<img src=x onerror=alert(1)> bot {{ 7 * 191 }}";
    for _ in 0..20 {
        let request = mock.request("GET", path)?.header("User-Agent", agent);
        request.header("X-Session-ID", "'\"><b>").send()?;
    }
    ask(&mock)?;
    let file = mock.project().join("report.html");
    let file_name = file.to_str().unwrap_or_default();
    let target = mock.url.as_str();
    let ran = run(["analyze", target, "--format", "html", "--group-by", "session", "-o", file_name])?;
    assert_eq!((ran.status, ran.stdout.as_str()), (Some(0), ""), "{}", ran.stderr);
    let page = std::fs::read_to_string(file)?;
    assert!(page.contains("&lt;script&gt;") && page.contains("&lt;img src=x") && page.contains("<svg"));
    for mark in ["<script", "<img", "<b>'", "1337", "http://", "\u{1b}", "\u{202e}"] {
        assert!(!page.contains(mark), "{mark}");
    }
    for format in ["table", "markdown"] {
        let ran = run(["analyze", target, "--format", format, "--color", "never"])?;
        assert!(!ran.stdout.contains(['\u{1b}', '\u{202e}']), "{}", ran.stdout);
        assert!(ran.stdout.contains("script>alert(1)"), "{}", ran.stdout);
    }
    let ran = run(["analyze", target, "--format", "markdown"])?;
    assert!(
        ran.stdout.contains(r"``GET /no/<script>alert(1)</script>\u{1b}[31m\u{202e}`\u{7c}x``"),
        "{}",
        ran.stdout
    );
    Ok(())
}

#[test]
fn log_without_requests_is_no_failure() -> Done {
    let mock = Mock::start(&petstore())?;
    for format in ["table", "json", "markdown", "html"] {
        let ran = run(["analyze", &mock.url, "--format", format])?;
        assert_eq!((ran.status, ran.stderr.as_str()), (Some(0), ""), "{format}");
        assert!(format == "json" || ran.stdout.contains("0 requests"), "{}", ran.stdout);
    }
    Ok(())
}

#[test]
fn what_cannot_be_analyzed_is_said() -> Done {
    let folder = tempfile::TempDir::new()?;
    let empty = folder.path().to_str().unwrap_or_default();
    for (target, status, words) in [
        ("no/such/place", 1, "no such project or database"),
        ("1", 2, "is the mock running?"),
        (empty, 1, "can't be read as a project"),
        ("README.md", 1, "is no log of a mock"),
    ] {
        let ran = run(["analyze", target])?;
        assert_eq!((ran.status, ran.stdout.as_str()), (Some(status), ""), "{target}");
        assert!(ran.stderr.contains(words), "{target}: {}", ran.stderr);
    }
    let mock = Mock::start(&petstore())?;
    let ran = run(["analyze", &mock.url, "--path-regex", "("])?;
    assert!(ran.status == Some(1) && ran.stderr.contains("path_regex"), "{}", ran.stderr);
    let mut project = mockloop();
    project.current_dir(root()).arg("analyze").arg(mock.project()).args(["--status", "teapot"]);
    let ran = mockloop_tests::Ran::from(project.output()?);
    assert!(
        ran.status == Some(1) && ran.stderr.contains("status: \"teapot\" is no status"),
        "{}",
        ran.stderr
    );
    Ok(())
}
