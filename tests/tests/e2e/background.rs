//! `mockloop start`, `stop`, `restart`, `ps` and `discover`.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use anyhow::Context as _;
use mockloop_tests::{Background, petstore, spec, wait_until};
use serde_json::Value;

type Done = anyhow::Result<()>;

fn start(world: &Background, description: &std::path::Path, more: &[&str]) -> anyhow::Result<Value> {
    let description = description.display().to_string();
    let mut arguments = vec!["start", &description, "--format", "json"];
    arguments.extend(more);
    world.json(arguments)
}

fn text<'a>(value: &'a Value, field: &str) -> anyhow::Result<&'a str> {
    value[field].as_str().with_context(|| format!("no {field} in {value}"))
}

fn port(server: &Value) -> anyhow::Result<String> {
    Ok(server["port"].as_u64().context("no port")?.to_string())
}

fn is_listening(server: &Value) -> anyhow::Result<bool> {
    Ok(TcpStream::connect(("127.0.0.1", port(server)?.parse()?)).is_ok())
}

fn kill(pid: &Value, signal: &str) -> Done {
    Command::new("kill").args([signal, &pid.to_string()]).status()?;
    Ok(())
}

#[test]
fn a_mock_is_started_shown_found_and_stopped() -> Done {
    let world = Background::new()?;
    let server = start(&world, &petstore(), &["--port", "auto", "--name", "pets"])?;
    let id = text(&server, "id")?;
    assert_eq!(id, format!("pets-{}", port(&server)?));

    let shown = world.json(["ps", "--format", "json"])?;
    assert_eq!(shown["running"], Value::from(vec![server.clone()]));
    let table = world.run(["ps"])?.stdout;
    assert!(table.contains(id) && table.contains("healthy"), "{table}");

    let found = world.json(["discover", &port(&server)?, "--format", "json"])?;
    let mock = &found["ports"][0];
    assert_eq!((&mock["state"], &mock["server"]), (&"mock".into(), &server["id"]));
    assert_eq!((&mock["project"], &found["projects"][0]["path"]), (&server["project"], &server["project"]));
    assert_eq!(found["projects"][0]["running"][0], server["url"]);

    let restarted = world.run(["restart", "pets"])?;
    assert!(restarted.stdout.contains("answers again"), "{}", restarted.stderr);
    assert!(is_listening(&server)?);
    let output = world.run(["ps", "--output", text(&server, "url")?])?.stdout;
    assert!(output.contains("listens on port"), "{output}");

    let stopped = world.run(["stop"])?;
    assert!(stopped.stderr.contains(&format!("Stopped {id}")), "{}", stopped.stderr);
    assert!(!is_listening(&server)?);
    assert!(world.run(["ps"])?.stdout.contains("No server runs"));
    Ok(())
}

#[test]
fn a_person_is_told_what_runs_and_what_to_do_next() -> Done {
    let world = Background::new()?;
    let petstore = petstore().display().to_string();
    let told = world.run(["start", &petstore, "--port", "auto"])?.stdout;
    let server = world.json(["ps", "--format", "json"])?["running"][0].clone();
    for part in
        [text(&server, "url")?, &format!("(pid {})", server["pid"]), "mockloop stop corner_petstore_mock-"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let again = world.run(["start", text(&server, "project")?, "--port", &port(&server)?])?;
    assert_eq!(again.status, Some(1));
    for part in [text(&server, "id")?, "runs at", "already", "--port auto"] {
        assert!(again.stderr.contains(part), "{part}: {}", again.stderr);
    }
    Ok(())
}

#[test]
fn one_that_was_killed_is_told_and_another_can_be_started() -> Done {
    let world = Background::new()?;
    let first = start(&world, &spec("shop.yaml"), &["--port", "auto"])?;
    kill(&first["pid"], "-KILL")?;
    wait_until("it is gone", || Ok(!is_listening(&first)?)).context("after kill")?;
    let told = world.run(["ps"])?.stdout;
    let id = text(&first, "id")?;
    assert!(told.contains(&format!("{id} has ended without being stopped")), "{told}");
    assert!(world.run(["ps", "--output", id])?.stdout.contains("listens on port"));
    let again = start(&world, &spec("shop.yaml"), &["--port", &port(&first)?])?;
    assert_eq!(again["id"], first["id"]);
    Ok(())
}

#[test]
fn all_are_stopped_only_where_that_is_said() -> Done {
    let world = Background::new()?;
    let first = start(&world, &spec("shop.yaml"), &["--port", "auto", "-o", "one"])?;
    let second = start(&world, &spec("shop.yaml"), &["--port", "auto", "-o", "two"])?;
    let refused = world.run(["stop"])?;
    assert_eq!(refused.status, Some(1));
    assert!(refused.stderr.contains("--all"), "{}", refused.stderr);
    assert!(is_listening(&first)? && is_listening(&second)?);
    assert_eq!(world.run(["stop", "--all"])?.status, Some(0));
    assert!(!is_listening(&first)? && !is_listening(&second)?);
    Ok(())
}

#[test]
fn however_a_start_is_broken_off_nothing_is_left() -> Done {
    let world = Background::new()?;
    let petstore = petstore().display().to_string();
    world.run(["generate", &petstore, "-o", "slow"])?;
    fs::write(world.folder().join("slow/main.py"), "import time\ntime.sleep(600)\n")?;
    for signal in ["-INT", "-TERM", "-KILL"] {
        let mut command = world.command();
        command.args(["start", "slow", "--port", "auto"]).stdout(Stdio::null()).stderr(Stdio::null());
        let mut started = command.spawn()?;
        let running =
            || -> anyhow::Result<Value> { Ok(world.json(["ps", "--format", "json"])?["running"][0].clone()) };
        wait_until("it is known", || Ok(running()?["state"] == "starting"))?;
        let server: Value = running()?;
        kill(&started.id().into(), signal)?;
        started.wait()?;
        wait_until("it is gone", || Ok(!is_listening(&server)? && running()?.is_null()))?;
    }
    Ok(())
}

#[test]
fn a_token_is_asked_for_and_kept_from_the_command_line() -> Done {
    let world = Background::new()?;
    let mut command = world.command();
    command.arg("start").arg(spec("shop.yaml")).args(["--port", "auto", "--token-env", "SHOP_TOKEN"]);
    let started = command.env("SHOP_TOKEN", "hunter2").output()?;
    assert!(started.status.success(), "{}", String::from_utf8_lossy(&started.stderr));
    let server = world.json(["ps", "--format", "json"])?["running"][0].clone();
    let found = world.json(["discover", &port(&server)?, "--format", "json"])?;
    assert_eq!(
        (&found["ports"][0]["needs_token"], &found["ports"][0]["identity"]),
        (&true.into(), &Value::Null)
    );
    assert!(world.run(["discover", &port(&server)?])?.stdout.contains("asks for its token"));
    Ok(())
}

#[test]
fn ports_are_told_apart() -> Done {
    let world = Background::new()?;
    let silent = TcpListener::bind(("127.0.0.1", 0))?;
    let taken = silent.local_addr()?.port().to_string();
    let free = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port().to_string();
    let table = world.run(["discover", &taken, &free])?.stdout;
    assert!(table.contains("says nothing") && table.contains(&format!("free  {free}")), "{table}");
    Ok(())
}

#[test]
fn each_obstacle_has_a_way_out() -> Done {
    let world = Background::new()?;
    let holder = TcpListener::bind(("127.0.0.1", 0))?;
    let port = holder.local_addr()?.port().to_string();
    let shop = spec("shop.yaml").display().to_string();
    let obstacles: [(&[&str], &str); 7] = [
        (&["start", &shop, "-o", "shop", "--port", &port], "--port auto any free one"),
        (&["start", &shop, "-o", "shop", "--token-env", "NO_SUCH"], "no token in the variable NO_SUCH"),
        (&["start", "state", "-o", "shop"], "state is a folder: -o goes with a description"),
        (&["start", "state"], "holds no generated project"),
        (&["stop", "nobody"], "no server \"nobody\" runs in the background; none does"),
        (&["restart", "nobody"], "no server \"nobody\" runs in the background"),
        (&["ps", "--output", "../lock"], "no server \"../lock\" runs in the background"),
    ];
    world.run(["ps"])?;
    for (arguments, told) in obstacles {
        let ran = world.run(arguments)?;
        assert_eq!(ran.status, Some(1), "{arguments:?}");
        assert!(ran.stderr.contains(told), "{told}: {}", ran.stderr);
    }
    let mut command = world.command();
    command.args(["start", "shop", "--container"]).env("PATH", world.folder());
    let told = command.output()?.stderr;
    assert!(String::from_utf8_lossy(&told).contains("containers need `docker compose`"));
    Ok(())
}
