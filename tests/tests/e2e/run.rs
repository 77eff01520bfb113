//! `mockloop run`: from a description to answers, and a clean end.

use std::fs;
use std::net::TcpListener;

use anyhow::Context as _;
use mockloop_tests::{Mock, Ran, mockloop, petstore, root, run, wait_until};
use serde_json::Value;
use tempfile::TempDir;

type Done = anyhow::Result<()>;

/// A description that answers one path with a text.
fn description(path: &str) -> String {
    format!(
        "openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\npaths:\n  {path}:\n    get:\n      operationId: only\n      \
         responses: {{ '200': {{ description: d, content: {{ text/plain: {{ example: hello }} }} }} }}\n"
    )
}

/// The JSON that a run of the command prints.
fn json(arguments: &[&str]) -> anyhow::Result<Value> {
    Ok(serde_json::from_str(&run(arguments)?.stdout)?)
}

#[test]
fn every_operation_answers_as_described() -> Done {
    let mock = Mock::start(&petstore())?;
    let spec = petstore().display().to_string();
    let all = json(&["inspect", &spec, "--format", "json"])?;
    for id in all["operations"].as_array().context("operations")?.iter().filter_map(|o| o["id"].as_str()) {
        let operation = json(&["inspect", &spec, "--format", "json", "--operation", id])?;
        let response = mock.request(operation["method"].as_str().context("method")?, &call(&operation))?;
        let response = with_body(with_headers(response, &operation), &operation).send()?;
        let answer =
            operation["answer"].as_u64().and_then(|answer| usize::try_from(answer).ok()).context("answer")?;
        let expected = operation["responses"][answer]["code"].as_u64();
        let status = u64::from(response.status().as_u16());
        assert_eq!(Some(status), expected, "{id}: {}", response.text()?);
    }
    Ok(())
}

/// Path and query with the samples of what is required.
fn call(operation: &Value) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut path = operation["path"].as_str().unwrap_or_default().to_owned();
    let mut query = Vec::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let (name, sample) = (text(&parameter["name"]), text(&parameter["sample"]));
        match parameter["in"].as_str() {
            Some("path") => path = path.replace(&format!("{{{name}}}"), &sample),
            Some("query") if parameter["required"] == true => query.push(format!("{name}={sample}")),
            _ => {}
        }
    }
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

fn with_headers(
    request: reqwest::blocking::RequestBuilder,
    operation: &Value,
) -> reqwest::blocking::RequestBuilder {
    let required = operation["parameters"].as_array().into_iter().flatten();
    let required = required.filter(|parameter| parameter["in"] == "header" && parameter["required"] == true);
    let request = required.fold(request, |request, parameter| {
        request.header(
            parameter["name"].as_str().unwrap_or_default(),
            parameter["sample"].as_str().map_or_else(|| parameter["sample"].to_string(), str::to_owned),
        )
    });
    // Whatever the description asks for, one of these is it.
    request.header("X-API-Key", "secret").bearer_auth("secret")
}

fn with_body(
    request: reqwest::blocking::RequestBuilder,
    operation: &Value,
) -> reqwest::blocking::RequestBuilder {
    let media = &operation["request_body"]["content"][0];
    match (media["content_type"].as_str(), media["bodies"][0]["text"].as_str()) {
        (Some(media_type), Some(body)) => request.header("Content-Type", media_type).body(body.to_owned()),
        _ => request,
    }
}

#[test]
fn a_call_is_in_the_log_and_on_the_terminal() -> Done {
    let mut mock = Mock::start(&petstore())?;
    let ui = format!("admin  {}/admin", mock.url);
    mock.wait_for(|mock| mock.output().lines().any(|line| line.trim() == ui).then_some(()))?;
    assert!(mock.get("/admin")?.text()?.starts_with("<!DOCTYPE html>"));
    assert_eq!(mock.get("/pets?limit=3")?.status(), 200);
    let row = mock.log(1)?.into_iter().next().context("no row")?;
    assert_eq!(
        (&row["method"], &row["path"], &row["status_code"]),
        (&"GET".into(), &"/pets".into(), &200.into())
    );
    assert_eq!(row["operation_id"], "listPets");
    mock.wait_for(|mock| mock.output().contains("GET     /pets?limit=3").then_some(()))?;
    mock.get("/pets?limit=many")?;
    mock.wait_for(|mock| mock.output().contains("        query limit").then_some(()))?;
    Ok(())
}

#[test]
fn an_edited_handler_answers_and_stays() -> Done {
    let folder = TempDir::new()?;
    let (spec, project) = (folder.path().join("api.yaml"), folder.path().join("project"));
    fs::write(&spec, description("/greet"))?;
    let generate = || mockloop().arg("generate").arg(&spec).arg("-o").arg(&project).output();
    generate()?;
    let module = fs::read_dir(project.join("routes"))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("async def only")))
        .context("no handler")?;
    let text = fs::read_to_string(&module)?;
    let (before, after) = text.split_at(text.find("async def only").context("no handler")?);
    let body = after.find("return ").context("no return")?;
    let end = after.get(body..).and_then(|rest| rest.find('\n')).context("no end")? + body;
    let edited = format!(
        "{before}{}return {{\"mine\": True}}{}",
        after.get(..body).context("start")?,
        after.get(end..).context("rest")?
    );
    fs::write(&module, &edited)?;
    let again: Ran = generate()?.into();
    assert!(again.stdout.contains("Kept as you changed them"), "{}", again.stdout);
    assert_eq!(fs::read_to_string(&module)?, edited);

    let mock = Mock::start_project(folder)?;
    assert!(mock.get("/greet")?.text()?.contains("mine"));
    Ok(())
}

#[cfg(unix)]
#[test]
fn no_end_leaves_a_server() -> Done {
    use rustix::process::Signal;

    for signal in [Signal::INT, Signal::TERM] {
        let mut mock = Mock::start(&petstore())?;
        assert_eq!(mock.get("/health")?.status(), 200);
        assert_eq!(mock.end(signal)?.code(), Some(0), "{}", mock.complaints());
        assert!(!mock.is_listening());
    }
    // Even one that leaves the command no time at all.
    let mut mock = Mock::start(&petstore())?;
    mock.end(Signal::KILL)?;
    wait_until("the server ends", || Ok(!mock.is_listening()))
}

#[test]
fn a_change_is_served_and_a_mistake_is_not() -> Done {
    let folder = TempDir::new()?;
    let spec = folder.path().join("api.yaml");
    fs::write(&spec, description("/before"))?;
    let mut mock = Mock::start_with(&spec, &["--watch"])?;
    let answers = |mock: &Mock, path: &str| mock.get(path).is_ok_and(|response| response.status() == 200);
    assert!(answers(&mock, "/before"));

    fs::write(&spec, "nothing: here")?;
    mock.wait_for(|mock| mock.complaints().contains("Still serving").then_some(()))?;
    assert!(answers(&mock, "/before"));

    fs::write(&spec, description("/after"))?;
    mock.wait_for(|mock| answers(mock, "/after").then_some(()))?;
    assert!(!answers(&mock, "/before"));
    Ok(())
}

#[test]
fn a_server_that_dies_ends_the_command() -> Done {
    let folder = TempDir::new()?;
    let project = folder.path().join("project");
    mockloop().arg("generate").arg(petstore()).arg("-o").arg(&project).output()?;
    fs::write(project.join("main.py"), "raise SystemExit('the kettle is cold')\n")?;
    let ran: Ran = mockloop().arg("run").arg(&project).args(["--port", "0"]).output()?.into();
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("the server could not start"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the kettle is cold"), "{}", ran.stderr);
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_that_is_killed_ends_the_command() -> Done {
    use rustix::process::{Pid, Signal, kill_process};

    let mut mock = Mock::start(&petstore())?;
    let server = mock.children()?.into_iter().next().and_then(Pid::from_raw).context("no server")?;
    kill_process(server, Signal::KILL)?;
    assert_eq!(mock.ended()?.code(), Some(1));
    assert!(mock.complains("the server ended by itself"), "{}", mock.complaints());
    Ok(())
}

#[test]
fn each_obstacle_has_a_way_out() -> Done {
    let taken = TcpListener::bind(("127.0.0.1", 0))?;
    let port = taken.local_addr()?.port().to_string();
    let folder = TempDir::new()?;
    let project = folder.path().join("project").display().to_string();
    let spec = petstore().display().to_string();
    let ran = run(["run", spec.as_str(), "-o", &project, "--port", &port])?;
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains(&format!("port {port} on 127.0.0.1 is taken")), "{}", ran.stderr);
    assert!(ran.stderr.contains("--port 0"), "{}", ran.stderr);

    let empty = folder.path().join("empty");
    fs::create_dir(&empty)?;
    let empty = empty.display().to_string();
    let ran = run(["run", &empty])?;
    assert!(ran.stderr.contains("holds no generated project"), "{}", ran.stderr);
    let ran = run(["run", "no/such.yaml"])?;
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    let ran = run(["run", &project, "--watch"])?;
    assert!(ran.stderr.contains("--watch and -o go with a description"), "{}", ran.stderr);
    let ran = run(["run", &project, "--python", "no/such/python"])?;
    assert!(ran.stderr.contains("is no Python that can be run"), "{}", ran.stderr);
    Ok(())
}

/// A folder of programs that stand in for real ones; all that is on the path of a run.
#[cfg(unix)]
fn run_with_programs(programs: &[(&str, &str)]) -> anyhow::Result<Ran> {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new()?;
    for (name, script) in programs {
        let path = folder.path().join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n"))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    }
    let mut command = mockloop();
    command.current_dir(root()).arg("run").arg(petstore()).args(["--port", "0", "-o"]);
    command
        .arg(folder.path().join("project"))
        .env("PATH", folder.path())
        .env("XDG_CACHE_HOME", folder.path());
    Ok(command.output()?.into())
}

#[cfg(unix)]
#[test]
fn python_is_needed_and_new_enough() -> Done {
    let ran = run_with_programs(&[])?;
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("needs Python, and none was found"), "{}", ran.stderr);
    assert!(ran.stderr.contains("--python PATH"), "{}", ran.stderr);
    let ran = run_with_programs(&[("python3", "echo 3.8.10; echo /usr/bin/python3.8")])?;
    assert!(
        ran.stderr.contains("needs Python 3.10 or newer, and /usr/bin/python3.8 is 3.8.10"),
        "{}",
        ran.stderr
    );
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_named_python_has_to_have_the_packages() -> Done {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = TempDir::new()?;
    let python = folder.path().join("python");
    fs::write(&python, "#!/bin/sh\nexec python3 -I -S \"$@\"\n")?;
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755))?;
    let mut command = mockloop();
    command.arg("run").arg(petstore()).args(["--port", "0", "-o"]).arg(folder.path().join("project"));
    let ran: Ran = command.arg("--python").arg(&python).output()?.into();
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("has no uvicorn: install requirements_mock.txt"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("Traceback"), "{}", ran.stderr);
    Ok(())
}

#[cfg(unix)]
#[test]
fn a_first_run_without_a_network_says_what_the_installer_said() -> Done {
    let python = ("python3", "echo 3.12.1; echo /usr/bin/python3.12");
    let uv = "case \"$1\" in --version|venv) ;; *) echo 'error: Failed to fetch: `https://index/simple/`' >&2; exit 2;; esac";
    let ran = run_with_programs(&[python, ("uv", uv)])?;
    assert_eq!(ran.status, Some(1));
    for part in ["Failed to fetch", "The first run needs a Python package index", "--python PATH"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    let python = "case \"$1\" in -c) echo 3.12.1; echo \"$0\";; *) echo 'Error: ensurepip is not available' >&2; exit 1;; esac";
    let ran = run_with_programs(&[("python3", python)])?;
    for part in ["ensurepip is not available", "apt install python3-venv"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
    Ok(())
}
