//! Mocks in containers, driven by a program that stands in for `docker`.
#![cfg(all(unix, feature = "control"))]

mod background;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::pin::pin;
use std::process::Command;
use std::time::Duration;

use background::{Done, options, with_controller};
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

/// The tests of containers change the program path, so they run in processes of their own.
fn in_another_process(test: &str, path: &std::ffi::OsStr) -> Done {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([test, "--exact", "--ignored"]).env("PATH", path).env_remove("MOCKLOOP_ADMIN_TOKEN");
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    Ok(())
}

#[test]
fn a_container_is_driven_by_compose() -> Done {
    with_controller(|world| async move {
        // A real mock answers where the container would.
        let mock = world.controller.start(options(&world.project("pets")?)).await?;
        fake_docker(&world.root, mock.port)?;
        let path = std::env::join_paths([world.root.as_path(), Path::new("/usr/bin"), Path::new("/bin")])?;
        in_another_process("inside_with_docker", &path)?;
        let calls = fs::read_to_string(world.root.join("calls"))?;
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
            assert!(
                call.starts_with("compose --project-name mockloop-") && call.ends_with(expected),
                "{call}"
            );
            assert!(call.contains("/docker-compose.yml "), "{call}");
        }
        Ok(())
    })
}

#[test]
#[ignore = "runs inside of another test, with another program path"]
fn inside_with_docker() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let options = StartOptions {
            mode: Mode::Container,
            token: Some("secret".to_owned()),
            ..options(&world.project("pets")?)
        };
        let server = controller.start(options.clone()).await?;
        assert_eq!((server.mode, server.pid, server.state), (Mode::Container, None, ServerState::Healthy));
        assert!(matches!(controller.start(options.clone()).await, Err(ControlError::AlreadyRunning(_))));
        let elsewhere = controller.start(StartOptions { port: Some(1), ..options }).await;
        assert!(matches!(elsewhere, Err(ControlError::ContainerPort(_))), "{elsewhere:?}");
        assert_eq!(controller.output("pets", 5).await?, ["a line"]);
        assert_eq!(controller.restart("pets").await?.id, server.id);
        controller.stop("pets", GRACE).await?;
        assert_eq!(controller.list().await?, []);
        Ok(())
    })
}

#[test]
fn without_an_engine_there_is_a_way_out() -> Done {
    in_another_process("inside_without_docker", std::ffi::OsStr::new(""))
}

#[test]
#[ignore = "runs inside of another test, with another program path"]
fn inside_without_docker() -> Done {
    with_controller(|world| async move {
        let options = StartOptions { mode: Mode::Container, ..options(&world.project("pets")?) };
        let mut start = pin!(world.controller.start(options));
        let error = start.as_mut().await.err().ok_or("it started")?;
        assert!(error.to_string().contains("containers need `docker compose`"), "{error}");
        Ok(())
    })
}
