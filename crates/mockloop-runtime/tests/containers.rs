//! Mocks in containers, driven by a program that stands in for `docker`.
#![cfg(all(unix, feature = "control"))]

mod background;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use background::{Done, options, with_engines};
use mockloop_runtime::control::{ControlError, Mode, ServerState, StartOptions};

const GRACE: Duration = Duration::from_secs(10);

/// A program that stands in for `docker`, and notes how it was called.
fn fake_docker(folder: &Path, port: u16) -> std::io::Result<()> {
    let script = format!(
        "#!/bin/sh\necho \"$* [$MOCKLOOP_ADMIN_TOKEN]\" >> '{0}/calls'\n\
         case \"$*\" in *'port mock'*) echo 127.0.0.1:{port};; *'ps --quiet') cat '{0}/running';;\n\
         *up*) echo 4711 > '{0}/running';; *down*) : > '{0}/running';; *logs*) echo a line;; esac\n",
        folder.display()
    );
    fs::write(folder.join("docker"), script)?;
    fs::set_permissions(folder.join("docker"), fs::Permissions::from_mode(0o755))
}

#[test]
fn a_container_is_driven_by_compose() -> Done {
    let engine =
        |folder: &Path| vec![vec![folder.join("docker").display().to_string(), "compose".to_owned()]];
    with_engines(engine, |world| async move {
        let controller = &world.controller;
        let project = world.project("pets")?;
        // A real mock answers where the container would.
        let mock =
            controller.start(StartOptions { name: Some("real".to_owned()), ..options(&project) }).await?;
        fake_docker(&world.root, mock.port)?;
        let options =
            StartOptions { mode: Mode::Container, token: Some("secret".to_owned()), ..options(&project) };
        let server = controller.start(options.clone()).await?;
        assert_eq!((server.mode, server.pid, server.state), (Mode::Container, None, ServerState::Healthy));
        assert!(matches!(controller.start(options.clone()).await, Err(ControlError::AlreadyRunning(_))));
        let elsewhere = controller.start(StartOptions { port: Some(1), ..options }).await;
        assert!(matches!(elsewhere, Err(ControlError::ContainerPort(_))), "{elsewhere:?}");
        assert_eq!(controller.output("pets", 5).await?, ["a line"]);
        assert_eq!(controller.restart("pets").await?.id, server.id);
        controller.stop("pets", GRACE).await?;
        assert_eq!(controller.list().await?.len(), 1);
        assert_calls(&fs::read_to_string(world.root.join("calls"))?);
        Ok(())
    })
}

fn assert_calls(calls: &str) {
    let calls: Vec<&str> =
        calls.lines().filter(|call| !call.contains(" ps ") && !call.contains("version")).collect();
    let expected = [
        "up --detach --build [secret]",
        "port mock 8000 [secret]",
        "logs --no-color --no-log-prefix --tail 5 [unused]",
        "restart [unused]",
        "down [unused]",
    ];
    assert_eq!(calls.len(), expected.len(), "{calls:?}");
    for (call, expected) in calls.iter().zip(expected) {
        assert!(call.starts_with("compose --project-name mockloop-") && call.ends_with(expected), "{call}");
        assert!(call.contains("/docker-compose.yml "), "{call}");
    }
}

#[test]
fn without_an_engine_there_is_a_way_out() -> Done {
    let none = |folder: &Path| vec![vec![folder.join("none").display().to_string()]];
    with_engines(none, |world| async move {
        let options = StartOptions { mode: Mode::Container, ..options(&world.project("pets")?) };
        let error = world.controller.start(options).await.err().ok_or("it started")?;
        assert!(error.to_string().contains("containers need `docker compose`"), "{error}");
        Ok(())
    })
}
