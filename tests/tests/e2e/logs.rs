//! `mockloop logs`, over a mock that the command runs.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use mockloop_tests::{Mock, Ran, mockloop, petstore, run};
use serde_json::Value;
use tempfile::TempDir;

type Done = anyhow::Result<()>;

/// How long a request may take to be told.
const PATIENCE: Duration = Duration::from_secs(60);

/// What `mockloop logs` says of a mock.
fn logs(mock: &Mock, arguments: &[&str]) -> anyhow::Result<Ran> {
    run([&["logs", mock.url.as_str()], arguments].concat())
}

#[test]
fn requests_are_listed_and_filtered() -> Done {
    let mock = Mock::start(&petstore())?;
    mock.request("GET", "/pets/7")?.header("X-Session-ID", "mine").send()?;
    mock.get("/pets?status=sold")?;
    mock.get("/pets/abc")?;
    mock.get("/nowhere")?;
    let all = logs(&mock, &["--sort", "id"])?;
    assert_eq!(all.status, Some(0), "{}", all.stderr);
    let lines: Vec<&str> = all.stdout.lines().collect();
    assert!(
        lines[0].contains("METHOD") && lines[1].contains("getPetById · sample · session mine"),
        "{}",
        all.stdout
    );
    assert!(lines[4].contains("path petId \"abc\" is not of type"), "{}", all.stdout);
    assert_eq!(lines.last(), Some(&"4 requests"));
    for (filter, path) in [
        (&["--session", "mine"][..], "/pets/7"),
        (&["--search", "nowhere", "--since", "10m"], "/nowhere"),
        (&["--invalid", "--tag", "pets"], "/pets/abc"),
        (&["--undocumented=true", "--status", "4xx"], "/nowhere"),
        (&["--operation", "listPets", "--method", "GET,POST"], "/pets"),
    ] {
        let found = logs(&mock, &[filter, &["--format", "json"]].concat())?;
        let found: Value = serde_json::from_str(&found.stdout).context(found.stderr)?;
        assert_eq!(
            (&found["logs"][0]["path"], &found["total_count"]),
            (&path.into(), &1.into()),
            "{filter:?}"
        );
    }
    let page = logs(&mock, &["--limit", "1", "--offset", "1"])?;
    assert!(page.stdout.contains("1 of 4 requests"), "{}", page.stdout);
    assert_eq!(logs(&mock, &["--path", "/none"])?.stdout, "no requests\n");
    Ok(())
}

#[test]
fn one_request_is_shown_whole_in_every_form() -> Done {
    let mock = Mock::start(&petstore())?;
    mock.request("POST", "/pets")?.header("Content-Type", "application/json").body("{\"name\": 1}").send()?;
    let found = logs(&mock, &["--format", "jsonl", "--fields", "id"])?;
    let id = serde_json::from_str::<Value>(&found.stdout)?["id"].to_string();
    let show = |form: &str| logs(&mock, &["--request", &id, "--as", form]);
    let text = show("text")?.stdout;
    assert!(text.contains("> POST /pets\n") && text.contains(">   \"name\": 1\n"), "{text}");
    assert!(
        text.contains("< 401\n") && text.contains("< content-type: application/problem+json\n"),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Value>(&show("json")?.stdout)?["request_body"], "{\"name\": 1}");
    assert!(show("curl")?.stdout.starts_with("curl -X POST http://"));
    assert_eq!(serde_json::from_str::<Value>(&show("har")?.stdout)?["log"]["version"], "1.2");
    let missing = logs(&mock, &["--request", "999"])?;
    assert_eq!((missing.status, missing.stdout.as_str()), (Some(1), ""));
    assert!(missing.stderr.contains("The log has no request 999."), "{}", missing.stderr);
    Ok(())
}

#[test]
fn hostile_text_does_not_reach_the_terminal() -> Done {
    let mock = Mock::start(&petstore())?;
    let mut stream = TcpStream::connect(mock.url.trim_start_matches("http://"))?;
    write!(
        stream,
        "GET /pets/%1b%5b2J?x=%C2%9B31m%0A HTTP/1.1\r\nHost: x\r\nX-Session-ID: \u{9b}31m\u{202e}\r\n\
         User-Agent: a\tb\r\nConnection: close\r\n\r\n"
    )?;
    stream.read_to_end(&mut Vec::new())?;
    let found = logs(&mock, &["--format", "jsonl", "--fields", "id"])?;
    let id = serde_json::from_str::<Value>(&found.stdout)?["id"].to_string();
    for arguments in [&[][..], &["--format", "jsonl"], &["--format", "json"], &["--request", &id]] {
        let ran = logs(&mock, arguments)?;
        let harmful = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert_eq!(ran.status, Some(0), "{arguments:?}: {}", ran.stderr);
        assert!(!ran.stdout.contains(harmful), "{arguments:?} {:?}", ran.stdout);
    }
    assert!(logs(&mock, &[])?.stdout.contains(r"/pets/\u{1b}[2J?x=\u{9b}31m\u{a}"));
    Ok(())
}

#[test]
fn exports_are_whole_or_not_there() -> Done {
    let mock = Mock::start(&petstore())?;
    mock.get("/pets/1")?;
    mock.get("/pets/2")?;
    let folder = TempDir::new()?;
    let export = |name: &str, more: &[&str]| {
        let file = folder.path().join(name).display().to_string();
        Ok::<_, anyhow::Error>((logs(&mock, &[&["--export", &file], more].concat())?, file))
    };
    let (ran, file) = export("log.jsonl", &["--path", "/pets/2"])?;
    assert_eq!((ran.status, ran.stderr), (Some(0), format!("{file}: 1 request\n")));
    assert_eq!(serde_json::from_str::<Value>(&fs::read_to_string(file)?)?["path"], "/pets/2");
    assert_eq!(fs::read_to_string(export("log.csv", &[])?.1)?.lines().count(), 3);
    let archive: Value = serde_json::from_str(&fs::read_to_string(export("log", &["--format", "har"])?.1)?)?;
    assert_eq!(archive["log"]["entries"].as_array().map(Vec::len), Some(2));
    let (ran, _) = export("log.txt", &[])?;
    assert!(ran.status == Some(2) && ran.stderr.contains("name it .jsonl, .csv or .har"), "{}", ran.stderr);
    let (ran, _) = export("no/such/log.csv", &[])?;
    assert!(ran.status == Some(1) && ran.stderr.contains("can't write"), "{}", ran.stderr);
    let mut names: Vec<_> = fs::read_dir(folder.path())?.flatten().map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names, ["log", "log.csv", "log.jsonl"], "nothing is left over");
    Ok(())
}

#[test]
fn nothing_is_forgotten_unasked() -> Done {
    let mock = Mock::start(&petstore())?;
    mock.request("GET", "/pets/1")?.header("X-Session-ID", "mine").send()?;
    mock.get("/pets/2")?;
    let asked = logs(&mock, &["--clear"])?;
    assert!(asked.status == Some(2) && asked.stderr.contains("--yes"), "{}", asked.stderr);
    assert_eq!(logs(&mock, &["--clear", "--yes", "--session", "mine"])?.stdout, "1 request forgotten\n");
    assert!(logs(&mock, &[])?.stdout.ends_with("\n1 request\n"));
    assert_eq!(logs(&mock, &["--clear", "--yes", "--before", "1d"])?.stdout, "0 requests forgotten\n");
    assert_eq!(logs(&mock, &["--clear", "--yes"])?.status, Some(0));
    assert_eq!(logs(&mock, &[])?.stdout, "no requests\n");
    Ok(())
}

#[test]
fn mocks_that_are_not_there_and_words_that_are_none_end_with_2() -> Done {
    let ran = run(["logs", "1"])?;
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("http://127.0.0.1:1 can't be reached: "), "{}", ran.stderr);
    assert!(ran.stderr.contains("is the mock running?"), "{}", ran.stderr);
    for wrong in [&["logs", "nowhere"][..], &["logs", "--sort", "x"], &["logs", "--follow", "--search", "x"]]
    {
        assert_eq!(run(wrong)?.status, Some(2), "{wrong:?}");
    }
    let foreign = mockloop_tests::http::serve(|_, stream| {
        mockloop_tests::http::respond(
            stream,
            "200 OK",
            "Content-Type: text/html\r\n",
            "\u{1b}[2J<h1>Hello</h1>",
        )
    })?;
    let ran = run(["logs", &foreign.to_string()])?;
    assert_eq!(ran.status, Some(2));
    assert!(ran.stderr.contains("does not answer like a mock of this version"), "{}", ran.stderr);
    assert!(!ran.stderr.contains('\u{1b}'), "{}", ran.stderr);
    Ok(())
}

#[test]
fn token_is_given_by_option_or_environment_and_never_shown() -> Done {
    let folder = TempDir::new()?;
    let project = folder.path().join("project");
    run(["generate", &petstore().display().to_string(), "-o", &project.display().to_string()])?;
    fs::write(project.join(".env"), "MOCKLOOP_ADMIN_TOKEN=sesame\n")?;
    let mock = Mock::start_project(folder)?;
    let refused = logs(&mock, &[])?;
    assert!(
        refused.status == Some(1) && refused.stderr.contains("MOCKLOOP_ADMIN_TOKEN"),
        "{}",
        refused.stderr
    );
    assert_eq!(logs(&mock, &["--token", "sesame"])?.status, Some(0));
    let mut command = mockloop();
    command.args(["logs", &mock.url]).env("MOCKLOOP_ADMIN_TOKEN", "sesame");
    assert_eq!(command.output()?.status.code(), Some(0));
    let help: Ran = command.arg("--help").output()?.into();
    assert!(
        help.stdout.contains("MOCKLOOP_ADMIN_TOKEN") && !help.stdout.contains("sesame"),
        "{}",
        help.stdout
    );
    Ok(())
}

/// A command that runs until it is told to stop.
#[cfg(unix)]
struct Following(Child);

#[cfg(unix)]
impl Drop for Following {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
#[test]
fn following_outlives_a_restart_and_ends_at_ctrl_c() -> Done {
    let folder = TempDir::new()?;
    let spec = folder.path().join("api.yaml");
    let description = fs::read_to_string(petstore())?;
    fs::write(&spec, &description)?;
    let mut mock = Mock::start_with(&spec, &["--watch"])?;
    let mut command = mockloop();
    command
        .args(["logs", &mock.url, "--follow", "--format", "jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut following = Following(command.spawn()?);
    let mut told = BufReader::new(following.0.stderr.take().context("no standard error")?).lines();
    assert!(told.next().context("it ended")??.starts_with("Following http://"));
    let lines = BufReader::new(following.0.stdout.take().context("no standard output")?).lines();
    let (said, heard) = mpsc::channel();
    thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| said.send(line)));
    let next = || -> anyhow::Result<Value> { Ok(serde_json::from_str(&heard.recv_timeout(PATIENCE)?)?) };
    mock.get("/pets/1")?;
    assert_eq!(next()?["path"], "/pets/1");

    fs::write(&spec, description.replace("/inventory.", "/stock."))?;
    mock.wait_for(|mock| mock.get("/stock.json").is_ok_and(|answer| answer.status() == 200).then_some(()))?;
    mock.get("/pets/2")?;
    // Attempts before the restart are in the log as well.
    while next()?["path"] != "/pets/2" {}
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&following.0),
        rustix::process::Signal::INT,
    )?;
    assert_eq!(following.0.wait()?.code(), Some(0));
    Ok(())
}
