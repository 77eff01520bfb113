//! A scan of ports among mocks, and among servers that mean no good.
#![cfg(all(unix, feature = "control"))]

mod background;

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use background::{Done, World, options, with_controller};
use mockloop_runtime::control::StartOptions;
use mockloop_runtime::discover::{FoundMock, PortState, Search, Speaks, answers_as_mock, discover};

/// A server that does as it likes, and what each connection sent to it.
struct Fake {
    port: u16,
    received: Arc<Mutex<Vec<String>>>,
}

impl Fake {
    fn new(
        answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        let received = Arc::<Mutex<Vec<String>>>::default();
        let (heard, answer) = (Arc::clone(&received), Arc::new(answer));
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let (heard, answer) = (Arc::clone(&heard), Arc::clone(&answer));
                thread::spawn(move || {
                    let index = {
                        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                        heard.push(String::new());
                        heard.len() - 1
                    };
                    let mut bytes = [0; 4096];
                    let count = stream.read(&mut bytes).unwrap_or(0);
                    let note = |bytes: &[u8]| {
                        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                        if let Some(heard) = heard.get_mut(index) {
                            heard.push_str(&String::from_utf8_lossy(bytes));
                        }
                    };
                    note(bytes.get(..count).unwrap_or_default());
                    // A client that has enough is no failure.
                    let _ = answer(&mut stream);
                    let _ = stream.shutdown(Shutdown::Write);
                    while let Ok(count @ 1..) = stream.read(&mut bytes) {
                        note(bytes.get(..count).unwrap_or_default());
                    }
                });
            }
        });
        Ok(Self { port, received })
    }

    fn saying(text: &'static str) -> std::io::Result<Self> {
        Self::new(move |stream| stream.write_all(text.as_bytes()))
    }

    /// What each connection sent.
    fn received(&self) -> Vec<String> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Reads until the other side has enough; says nothing.
fn hang(stream: &mut TcpStream) -> std::io::Result<()> {
    std::io::copy(stream, &mut std::io::sink()).map(drop)
}

/// Begins with one text and goes on with another, slowly or not, for as long as someone listens.
fn endless(
    begin: &'static str,
    again: &'static str,
    pause: Duration,
) -> impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static {
    move |stream| {
        stream.write_all(begin.as_bytes())?;
        loop {
            stream.write_all(again.as_bytes())?;
            thread::sleep(pause);
        }
    }
}

async fn scan(ports: Vec<u16>) -> Vec<PortState> {
    let found =
        discover(Search { ports: ports.clone(), state_dir: Some("/no/such".into()), ..Search::default() })
            .await;
    // In the order of the question.
    let state =
        |port: u16| found.ports.iter().find(|found| found.port == port).map(|found| found.state.clone());
    ports.into_iter().filter_map(state).collect()
}

fn run(test: impl Future<Output = Done>) -> Done {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(test)
}

#[test]
fn twenty_servers_that_mean_no_good_cost_less_than_a_second() -> Done {
    run(async {
        let drip = Duration::from_millis(20);
        let mut fakes = Vec::new();
        for _ in 0..4 {
            fakes.push((Fake::new(hang)?, Speaks::Nothing));
            fakes
                .push((Fake::new(endless("\x7fELF", "\0\x01\u{fe}garbage", Duration::ZERO))?, Speaks::Other));
            fakes.push((Fake::new(endless("HTTP/1.1 200 OK\r\n", "X: y\r\n", drip))?, Speaks::Http));
            let body = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n";
            fakes.push((Fake::new(endless(body, "{\"status\": [[[[", Duration::ZERO))?, Speaks::Http));
            fakes.push((Fake::new(endless("HTTP/1.1 200 OK\r\n\r\n", "[", Duration::ZERO))?, Speaks::Http));
        }
        let asked = Instant::now();
        let states = scan(fakes.iter().map(|(fake, _)| fake.port).collect()).await;
        assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
        assert_eq!(states.len(), 20);
        for ((fake, speaks), state) in fakes.iter().zip(states) {
            assert_eq!(state, PortState::Taken { speaks: *speaks });
            let received = fake.received();
            assert_eq!(received.len(), 1, "{received:?}");
            let request = received.concat();
            assert!(request.starts_with("GET /__mockloop/health HTTP/1.0\r\n"), "{request}");
            assert_eq!(request.matches("\r\n\r\n").count(), 1, "{request}");
        }
        Ok(())
    })
}

#[test]
fn another_product_is_asked_once_and_its_redirects_are_not_followed() -> Done {
    run(async {
        let elsewhere = Arc::new(Fake::saying("HTTP/1.1 200 OK\r\n\r\n{\"status\":\"healthy\"}")?);
        let location =
            format!("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{}/\r\n\r\n", elsewhere.port);
        let redirect = Fake::new(move |stream| stream.write_all(location.as_bytes()))?;
        let html = Fake::saying("HTTP/1.1 200 OK\r\nServer: Another/1.0\r\n\r\n<html>")?;
        let missing = Fake::saying("HTTP/1.0 404 Not Found\r\n\r\n")?;
        let up = Fake::saying("HTTP/1.1 200 OK\r\n\r\n{\"status\":\"healthy\",\"version\":\"1\"}")?;
        let ssh = Fake::saying("SSH-2.0-OpenSSH_9.6\r\n")?;
        let closing = Fake::saying("")?;
        let ports = [&redirect, &html, &missing, &up, &ssh, &closing].map(|fake| fake.port);
        let speaks = [Speaks::Http, Speaks::Http, Speaks::Http, Speaks::Http, Speaks::Other, Speaks::Nothing];
        let states = scan(ports.to_vec()).await;
        assert_eq!(states, speaks.map(|speaks| PortState::Taken { speaks }));
        assert_eq!(elsewhere.received(), Vec::<String>::new());
        for fake in [redirect, html, missing, up, ssh, closing] {
            assert_eq!(fake.received().len(), 1);
        }
        Ok(())
    })
}

#[test]
fn one_that_accepts_nobody_is_taken_and_one_that_is_gone_is_free() -> Done {
    run(async {
        // Connections wait in the system's queue.
        let deaf = TcpListener::bind(("127.0.0.1", 0))?;
        let gone = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let states = scan(vec![deaf.local_addr()?.port(), gone]).await;
        assert_eq!(states, [PortState::Taken { speaks: Speaks::Nothing }, PortState::Free]);
        Ok(())
    })
}

/// What is found of a world, on the ports given.
async fn found(world: &World, ports: Vec<u16>) -> mockloop_runtime::discover::Discovery {
    let (folders, state_dir) = (vec![world.root.clone()], Some(world.state()));
    discover(Search { ports, folders, state_dir, patience: Duration::from_secs(5) }).await
}

fn mock(found: &mockloop_runtime::discover::Discovery, port: u16) -> Option<&FoundMock> {
    let state = found.ports.iter().find(|found| found.port == port).map(|found| &found.state);
    match state {
        Some(PortState::Mock(mock)) => Some(mock),
        _ => None,
    }
}

#[test]
fn mocks_are_recognised_with_their_projects() -> Done {
    with_controller(|world| async move {
        let (open, closed) = (world.project("open")?, world.project("closed")?);
        let first = world.controller.start(options(&open)).await?;
        let token = Some("secret".to_owned());
        let second = world.controller.start(StartOptions { token, ..options(&closed) }).await?;
        // Without ports: those of the servers that are known are looked at.
        let found = found(&world, Vec::new()).await;
        let told = mock(&found, first.port).ok_or("the first is not found")?;
        assert_eq!((&told.url, told.status.as_str(), told.needs_token), (&first.url, "healthy", false));
        assert_eq!((&told.project, &told.server), (&Some(open.clone()), &Some(first.id.clone())));
        let identity = told.identity.as_ref().ok_or("no identity")?;
        assert_eq!((identity.title.as_str(), Some(identity.pid)), ("Corner Petstore", first.pid));
        let told = mock(&found, second.port).ok_or("the second is not found")?;
        assert_eq!((told.needs_token, &told.identity, &told.project), (true, &None, &Some(closed)));
        let running: Vec<_> =
            found.projects.iter().map(|project| (project.name.as_str(), &project.running)).collect();
        assert_eq!(running, [("closed", &vec![second.url]), ("open", &vec![first.url])]);
        assert!(found.projects.iter().all(|project| project.database.is_some()), "{:?}", found.projects);
        Ok(())
    })
}

#[test]
fn a_mock_that_nobody_keeps_track_of_is_matched_by_its_log() -> Done {
    with_controller(|world| async move {
        let (mine, _) = (world.project("mine")?, world.project("other")?);
        let server = world.controller.start(options(&mine)).await?;
        let ports = vec![server.port];
        let found = discover(Search {
            ports,
            folders: vec![world.root.clone()],
            state_dir: Some(world.root.join("elsewhere")),
            patience: Duration::from_secs(5),
        })
        .await;
        let told = mock(&found, server.port).ok_or("it is not found")?;
        assert_eq!((&told.project, &told.server), (&Some(mine), &None));
        Ok(())
    })
}

#[test]
fn only_a_mock_answers_as_one() -> Done {
    with_controller(|world| async move {
        let token = Some("hunter2".to_owned());
        let start = StartOptions { token, ..options(&world.project("pets")?) };
        let mock = world.controller.start(start).await?;
        assert!(answers_as_mock(&mock.url).await && answers_as_mock(&format!("{}/", mock.url)).await);
        let fake = Fake::saying("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")?;
        assert!(!answers_as_mock(&format!("http://127.0.0.1:{}", fake.port)).await);
        for none in ["", "ftp://127.0.0.1", "http://127.0.0.1:1"] {
            assert!(!answers_as_mock(none).await, "{none}");
        }
        Ok(())
    })
}
