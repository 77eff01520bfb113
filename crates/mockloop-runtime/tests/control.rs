//! Real mocks in the background.
#![cfg(all(unix, feature = "control"))]

mod background;

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::slice;
use std::time::Duration;

use background::{Done, options, wait_until, with_controller};
use mockloop_runtime::admin::{GetHealth, MockClient};
use mockloop_runtime::control::{ControlError, RunningServer, ServerState, Servers, StartOptions};
use mockloop_runtime::process::ProcessError;

const GRACE: Duration = Duration::from_secs(10);

fn is_listening(server: &RunningServer) -> bool {
    TcpStream::connect((server.host, server.port)).is_ok()
}

/// Whether a process is there and has not ended.
fn is_running(pid: u32) -> bool {
    let stat = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output();
    stat.is_ok_and(|stat| !stat.stdout.is_empty() && !stat.stdout.starts_with(b"Z"))
}

fn kill(pid: u32) -> std::io::Result<()> {
    Command::new("kill").args(["-9", &pid.to_string()]).status().map(drop)
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_server_is_started_found_and_stopped() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let server = controller.start(options(&world.project("pets")?)).await?;
        assert_eq!((server.state, server.name.as_str()), (ServerState::Healthy, "pets"));
        assert_eq!(server.id, format!("pets-{}", server.port));
        let health = MockClient::new(&server.url)?.call(&GetHealth::new()).await?;
        assert_eq!(health.pid, server.pid.map(Into::into));

        // Another controller, as another program has one, knows it just as well.
        assert_eq!(controller.list().await?, slice::from_ref(&server));
        let folder = server.project.display().to_string();
        for selector in ["pets", &server.id, &server.port.to_string(), &server.url, &folder] {
            assert_eq!(controller.find(selector).await?, server, "{selector}");
        }
        let stopped = controller.stop("pets", GRACE).await?;
        assert_eq!(stopped.state, ServerState::Stopped);
        assert!(!is_listening(&server) && !server.pid.is_some_and(is_running));
        assert_eq!(controller.list().await?, []);
        assert!(matches!(controller.stop("pets", GRACE).await, Err(ControlError::Unknown { .. })));
        Ok(())
    })
}

#[test]
fn servers_of_one_project_share_a_database_unless_told() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let project = world.project("pets")?;
        let first = controller.start(options(&project)).await?;
        assert_eq!(controller.sharing(&first).await?, []);
        let second = controller.start(options(&project)).await?;
        let ids =
            |servers: Vec<RunningServer>| servers.into_iter().map(|server| server.id).collect::<Vec<_>>();
        assert_eq!(ids(controller.sharing(&second).await?), [first.id]);
        let env = vec![("MOCKLOOP_DATABASE".to_owned(), "db/own.db".to_owned())];
        let apart = controller.start(StartOptions { env, ..options(&project) }).await?;
        assert_eq!(controller.sharing(&apart).await?, []);
        Ok(())
    })
}

#[test]
fn a_port_is_given_once() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let project = world.project("pets")?;
        let server = controller.start(options(&project)).await?;
        let again = || StartOptions { port: Some(server.port), ..options(&project) };
        let error = controller.start(again()).await.err().ok_or("started twice")?;
        assert!(
            error.to_string().starts_with(&format!("{} runs at {} already", server.id, server.url)),
            "{error}"
        );

        let holder = TcpListener::bind(("127.0.0.1", 0))?;
        let foreign = StartOptions { port: Some(holder.local_addr()?.port()), ..again() };
        let taken = controller.start(foreign).await;
        assert!(matches!(taken, Err(ControlError::Process(ProcessError::Taken(_)))), "{taken:?}");
        assert_eq!(controller.list().await?.len(), 1);
        Ok(())
    })
}

#[test]
fn of_starts_at_once_on_one_port_one_wins() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let project = world.project("pets")?;
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let start = || controller.start(StartOptions { port: Some(port), ..options(&project) });
        let started = tokio::join!(start(), start(), start());
        let started = [started.0, started.1, started.2];
        let servers: Vec<&RunningServer> =
            started.iter().filter_map(|started| started.as_ref().ok()).collect();
        let [server] = servers.as_slice() else { return Err(format!("{started:?}").into()) };
        assert_eq!(controller.list().await?, [(*server).clone()]);
        let lost = started.iter().filter(|started| matches!(started, Err(ControlError::AlreadyRunning(_))));
        assert_eq!(lost.count(), 2, "{started:?}");
        Ok(())
    })
}

#[test]
fn one_that_was_killed_is_known_until_it_is_stopped() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let server = controller.start(options(&world.project("pets")?)).await?;
        let pid = server.pid.ok_or("no pid")?;
        kill(pid)?;
        wait_until("it has ended", || !is_running(pid)).await?;
        let servers = controller.servers().await?;
        assert_eq!((servers.running.len(), servers.ended.len()), (0, 1));
        assert_eq!(servers.ended.first().map(|ended| ended.state), Some(ServerState::Ended));
        assert_eq!(controller.servers().await?, servers);
        assert!(matches!(controller.find("pets").await, Err(ControlError::Unknown { .. })));
        // What it wrote is there still.
        let output = controller.output(&server.id, 1000).await?.concat();
        assert!(output.contains("listens on port"), "{output}");
        assert_eq!(controller.stop("pets", GRACE).await?.state, ServerState::Ended);
        assert_eq!(controller.servers().await?, Servers::default());
        Ok(())
    })
}

#[test]
fn one_that_crashed_is_started_again_as_it_was() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let env = vec![("MOCKLOOP_VALIDATION".to_owned(), "off".to_owned())];
        let first = controller.start(StartOptions { env, ..options(&world.project("pets")?) }).await?;
        let pid = first.pid.ok_or("no pid")?;
        kill(pid)?;
        wait_until("it has ended", || !is_running(pid)).await?;
        {
            // Something else has its port by now: it is left alone, and the server stays known.
            wait_until("its port is free", || TcpListener::bind((first.host, first.port)).is_ok()).await?;
            let _foreign = TcpListener::bind((first.host, first.port))?;
            let refused = controller.restart(&first.port.to_string()).await;
            assert!(matches!(refused, Err(ControlError::Process(ProcessError::Taken(_)))), "{refused:?}");
        }
        assert_eq!(controller.servers().await?.ended.len(), 1);
        let again = controller.restart("pets").await?;
        assert_eq!((&again.id, again.port), (&first.id, first.port));
        assert_ne!(again.pid, first.pid);
        if cfg!(target_os = "linux") {
            let environment = fs::read(format!("/proc/{}/environ", again.pid.ok_or("no pid")?))?;
            assert!(String::from_utf8_lossy(&environment).contains("MOCKLOOP_VALIDATION=off"));
        }
        assert_eq!(controller.servers().await?.ended, []);
        Ok(())
    })
}

#[test]
fn a_foreign_process_of_the_same_number_is_left_alone() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let server = controller.start(options(&world.project("pets")?)).await?;
        let mut foreign = Command::new("cat").stdin(Stdio::piped()).spawn()?;
        // As if the system had given the number to another process after a crash.
        let path = world.state().join(format!("servers/{}.json", server.id));
        let pid = server.pid.ok_or("no pid")?;
        let record = fs::read_to_string(&path)?
            .replace(&format!("\"pid\": {pid}"), &format!("\"pid\": {}", foreign.id()));
        fs::write(&path, &record)?;
        assert_eq!(controller.stop(&server.id, GRACE).await?.state, ServerState::Ended);
        assert!(foreign.try_wait()?.is_none());
        foreign.kill()?;
        foreign.wait()?;
        kill(pid)?;
        Ok(())
    })
}

#[cfg(target_os = "linux")]
#[test]
fn a_server_in_another_pid_namespace_is_kept_and_left_alone() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let server = controller.start(options(&world.project("pets")?)).await?;
        let pid = server.pid.ok_or("no pid")?;
        let path = world.state().join(format!("servers/{}.json", server.id));
        let record = fs::read_to_string(&path)?;
        let here = fs::read_link("/proc/self/ns/pid")?.display().to_string();
        assert!(record.contains(&here), "{record}");
        fs::write(&path, record.replace(&here, "pid:[1]"))?;
        assert_eq!(controller.servers().await?.running, slice::from_ref(&server));
        for refused in [controller.stop("pets", GRACE).await, controller.restart("pets").await] {
            assert!(matches!(refused, Err(ControlError::OutOfReach { .. })), "{refused:?}");
        }
        assert!(is_running(pid) && is_listening(&server));
        // Not even one whose number is nobody's here is taken for ended.
        kill(pid)?;
        wait_until("it has ended", || !is_running(pid)).await?;
        assert_eq!(controller.servers().await?.running.len(), 1);
        Ok(())
    })
}

#[test]
fn a_start_that_is_given_up_leaves_nothing() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let project = world.project("pets")?;
        fs::write(project.join("main.py"), "import time\nprint('slow', flush=True)\ntime.sleep(600)\n")?;
        let mut start = Box::pin(controller.start(options(&project)));
        let server = loop {
            tokio::select! {
                started = &mut start => return Err(format!("{started:?}").into()),
                servers = controller.list() => if let [server] = servers?.as_slice() { break server.clone() },
            }
        };
        assert_eq!(server.state, ServerState::Starting);
        drop(start);
        assert!(!server.pid.is_some_and(is_running));
        assert_eq!(files(&world.state().join("servers")), Vec::<std::path::PathBuf>::new());
        Ok(())
    })
}

#[test]
fn what_does_not_start_says_why_and_is_gone() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let project = world.project("pets")?;
        fs::write(project.join("main.py"), "raise SystemExit('the kettle is cold')\n")?;
        let error = controller.start(options(&project)).await.err().ok_or("it started")?;
        assert!(error.to_string().ends_with("\n  the kettle is cold"), "{error}");

        fs::write(project.join("main.py"), "import time\nprint('slow', flush=True)\ntime.sleep(600)\n")?;
        let patience = Duration::from_secs(2);
        let slow = controller.start(StartOptions { patience, ..options(&project) }).await;
        let error = slow.err().ok_or("it started")?;
        assert!(error.to_string().starts_with("the server did not answer within 2 s\n  slow"), "{error}");
        assert_eq!(controller.servers().await?, Servers::default());

        let missing = controller.start(options(&world.root.join("none"))).await;
        assert!(matches!(missing, Err(ControlError::NotProject(_))), "{missing:?}");
        let name = Some("../pets".to_owned());
        let named = controller.start(StartOptions { name, ..options(&project) }).await;
        assert!(matches!(named, Err(ControlError::Name(_))), "{named:?}");
        Ok(())
    })
}

#[test]
fn one_that_does_not_listen_is_killed_with_all_it_started() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let project = world.project("pets")?;
        let main = fs::read_to_string(project.join("main.py"))?;
        let child = "import signal, subprocess, sys\n\
            deaf = 'import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)'\n\
            print('child', subprocess.Popen([sys.executable, '-c', deaf]).pid, flush=True)\n";
        let (docstring, rest) =
            main.split_once("from __future__ import annotations\n").ok_or("another main.py")?;
        fs::write(
            project.join("main.py"),
            format!("{docstring}from __future__ import annotations\n{child}{rest}"),
        )?;
        let server = controller.start(options(&project)).await?;
        let output = controller.output("pets", 100).await?;
        let child = output.iter().find_map(|line| line.strip_prefix("child ")).ok_or("no child")?.parse()?;
        assert!(is_running(child));
        controller.stop("pets", GRACE).await?;
        wait_until("the child has ended", || !is_running(child)).await?;
        assert!(!is_listening(&server));

        // Stopped as by Ctrl-Z, it hears nothing.
        let server = controller.start(options(&project)).await?;
        let pid = server.pid.ok_or("no pid")?;
        Command::new("kill").args(["-STOP", &pid.to_string()]).status()?;
        assert_eq!(controller.find("pets").await?.state, ServerState::Silent);
        controller.stop("pets", Duration::from_millis(100)).await?;
        assert!(!is_running(pid));
        Ok(())
    })
}

#[test]
fn secrets_stay_off_the_disk_and_survive_a_restart() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let options = StartOptions {
            token: Some("hunter2-token".to_owned()),
            env: vec![("SHOP_KEY".to_owned(), "hunter2-key".to_owned())],
            ..options(&world.project("pets")?)
        };
        assert!(!format!("{options:?}").contains("hunter2"));
        let first = controller.start(options).await?;
        if cfg!(target_os = "linux") {
            let second = controller.restart("pets").await?;
            assert_ne!(first.pid, second.pid);
            assert_eq!((&first.id, first.port), (&second.id, second.port));
            let environment = fs::read(format!("/proc/{}/environ", second.pid.ok_or("no pid")?))?;
            assert!(String::from_utf8_lossy(&environment).contains("hunter2-key"));
        }
        let client = MockClient::new(&first.url)?;
        assert_eq!(client.call(&GetHealth::new()).await?.pid, None);
        assert!(client.token("hunter2-token")?.call(&GetHealth::new()).await?.pid.is_some());
        let files = files(&world.state());
        assert_eq!(files.len(), 3, "{files:?}");
        for file in files {
            assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o777, 0o600, "{}", file.display());
            assert!(!String::from_utf8_lossy(&fs::read(&file)?).contains("hunter2"), "{}", file.display());
        }
        for folder in ["", "servers", "output"] {
            assert_eq!(
                fs::metadata(world.state().join(folder))?.permissions().mode() & 0o777,
                0o700,
                "{folder}"
            );
        }
        Ok(())
    })
}

#[cfg(target_os = "linux")]
#[test]
fn a_restart_that_is_given_up_leaves_a_server() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let server = controller.start(options(&world.project("pets")?)).await?;
        let pid = server.pid.ok_or("no pid")?;
        {
            let stopped = pin!(wait_until("it is stopped", || !is_running(pid)));
            tokio::select! {
                biased;
                stopped = stopped => stopped?,
                again = controller.restart("pets") => return Err(format!("too early: {again:?}").into()),
            }
        }
        let again = tokio::time::timeout(Duration::from_secs(60), async {
            loop {
                match controller.list().await?.as_slice() {
                    [again] if again.state == ServerState::Healthy => break Ok(again.clone()),
                    _ => tokio::task::yield_now().await,
                }
            }
        });
        let again: Result<RunningServer, ControlError> = again.await?;
        let again = again?;
        assert_eq!(again.id, server.id);
        assert_ne!(again.pid, server.pid);
        Ok(())
    })
}

#[test]
fn a_name_may_mean_several() -> Done {
    with_controller(|world| async move {
        let controller = &world.controller;
        let project = world.project("pets")?;
        let started = tokio::join!(controller.start(options(&project)), controller.start(options(&project)));
        let (first, second) = (started.0?, started.1?);
        let error = controller.find("pets").await.err().ok_or("one was chosen")?.to_string();
        assert!(error.contains(&first.id) && error.contains(&second.id), "{error}");
        Ok(())
    })
}
