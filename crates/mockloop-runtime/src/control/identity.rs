//! Which process is meant, beyond its number, and what it can be told.
//!
//! The system gives numbers of processes that have ended to others. Number and start time together are not given
//! twice. In another PID namespace, such as that of a container, a number means another process or none: whoever is
//! in one can say nothing of processes outside of it.

use serde::{Deserialize, Serialize};

/// A process, told apart from all that have had or will have its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Identity {
    pid: u32,
    started: String,
    /// The PID namespace that the number is from; none on systems that have but one.
    #[serde(default)]
    namespace: Option<String>,
}

/// What can be told of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    /// It runs.
    Running,
    /// It runs no longer.
    Ended,
    /// It can't be seen from here.
    Unknown,
}

impl Identity {
    /// The process that has a number now; none where there is none, or it has ended.
    ///
    /// # Errors
    ///
    /// Where the system does not tell.
    pub(crate) fn of(pid: u32) -> std::io::Result<Option<Self>> {
        let namespace = namespace()?;
        let found = look(pid)?.filter(|found| !found.has_ended);
        Ok(found.map(|found| Self { pid, started: found.started, namespace }))
    }

    /// Whether it runs.
    pub(crate) fn life(&self) -> Life {
        match look(self.pid) {
            _ if !self.is_visible() => Life::Unknown,
            Ok(Some(found)) if found.started == self.started && !found.has_ended => Life::Running,
            Ok(_) => Life::Ended,
            Err(_) => Life::Unknown,
        }
    }

    /// Whether its number means the same here.
    fn is_visible(&self) -> bool {
        namespace().is_ok_and(|here| here == self.namespace)
    }
}

/// The PID namespace that this program sees.
fn namespace() -> std::io::Result<Option<String>> {
    if cfg!(target_os = "linux") {
        std::fs::read_link("/proc/self/ns/pid").map(|link| Some(link.display().to_string()))
    } else {
        Ok(None)
    }
}

/// What has a number.
struct Found {
    /// When it started, in the system's own words.
    started: String,
    /// Whether there is no more of it than its number, which its parent has not given back yet.
    has_ended: bool,
}

/// The process of a number; none where there is none.
#[cfg(target_os = "linux")]
fn look(pid: u32) -> std::io::Result<Option<Found>> {
    use std::fs;
    use std::io::{Error, ErrorKind};

    let stat = match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat,
        // The second is what reading gives where the process ends meanwhile.
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error()) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    // The program's name is in brackets, and may have any characters. Behind it are the fields 3 and following
    // (man 5 proc_pid_stat): the state, and as the 22nd the start in ticks since the machine started.
    let fields = stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace().collect::<Vec<_>>());
    let fields = fields.unwrap_or_default();
    let (Some(state), Some(ticks)) = (fields.first(), fields.get(19)) else {
        return Err(Error::new(ErrorKind::InvalidData, "/proc has no start time of processes"));
    };
    // Ticks begin anew when the machine does.
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let started = format!("{} {ticks}", boot.trim());
    Ok(Some(Found { started, has_ended: matches!(*state, "Z" | "X") }))
}

/// The process of a number; none where there is none.
#[cfg(all(unix, not(target_os = "linux")))]
fn look(pid: u32) -> std::io::Result<Option<Found>> {
    use std::process::Command;

    let mut ps = Command::new("ps");
    ps.args(["-o", "stat=", "-o", "lstart=", "-p", &pid.to_string()]).env("LC_ALL", "C");
    let told = ps.output()?.stdout;
    let told = String::from_utf8_lossy(&told);
    let found = told.trim().split_once(char::is_whitespace);
    Ok(found.map(|(state, started)| Found {
        started: started.trim().to_owned(),
        has_ended: state.starts_with('Z'),
    }))
}

#[cfg(not(unix))]
fn look(_: u32) -> std::io::Result<Option<Found>> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(unix)]
mod signals {
    use rustix::process::{Pid, Signal, kill_process_group};

    use super::{Identity, Life, look};

    impl Identity {
        /// Asks the process and all that it has started to end. Whether it was there to be asked.
        pub(crate) fn ask_to_end(&self) -> bool {
            self.signal(Signal::TERM)
        }

        /// Ends the process and all that it has started, at once.
        pub(crate) fn kill(&self) -> bool {
            self.signal(Signal::KILL)
        }

        fn signal(&self, signal: Signal) -> bool {
            // For as long as the process runs, the group of its number is its own.
            self.life() == Life::Running
                && self.pid().is_some_and(|group| kill_process_group(group, signal).is_ok())
        }

        /// Ends at once what a process that has just ended has left in its group.
        ///
        /// A number is not given to another process for as long as a group has it: unless another process has the
        /// number, the group of it is still the same, or there is none.
        pub(crate) fn kill_left_over(&self) {
            let is_own = match look(self.pid) {
                _ if !self.is_visible() => false,
                Ok(found) => found.is_none_or(|found| found.started == self.started),
                Err(_) => false,
            };
            if let Some(group) = self.pid().filter(|_| is_own) {
                let _ = kill_process_group(group, Signal::KILL);
            }
        }

        fn pid(&self) -> Option<Pid> {
            // A group of number 1 or less means something else to the system.
            i32::try_from(self.pid).ok().filter(|pid| *pid > 1).and_then(Pid::from_raw)
        }
    }
}

#[cfg(not(unix))]
impl Identity {
    pub(crate) fn ask_to_end(&self) -> bool {
        false
    }

    pub(crate) fn kill(&self) -> bool {
        false
    }

    pub(crate) fn kill_left_over(&self) {}
}

/// What some variables of a process's environment were when it started; empty where the system does not tell.
#[cfg(target_os = "linux")]
pub(crate) fn environment(pid: u32, names: &[String]) -> Vec<(String, String)> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let texts = environment.split(|byte| *byte == 0).filter_map(|text| std::str::from_utf8(text).ok());
    let variables = texts.filter_map(|text| text.split_once('='));
    let wanted = variables.filter(|(name, _)| names.iter().any(|wanted| wanted == name));
    wanted.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What some variables of a process's environment were when it started; empty where the system does not tell.
#[cfg(not(target_os = "linux"))]
pub(crate) fn environment(_: u32, _: &[String]) -> Vec<(String, String)> {
    Vec::new()
}

#[cfg(all(test, unix))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_process_is_known_until_it_has_ended() -> std::io::Result<()> {
        let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn()?;
        let identity = Identity::of(cat.id())?;
        let life = || identity.as_ref().map(Identity::life);
        assert_eq!(life(), Some(Life::Running));
        cat.kill()?;
        cat.wait()?;
        assert_eq!(life(), Some(Life::Ended));
        Ok(())
    }

    #[test]
    fn nothing_is_known_of_a_process_in_another_namespace() -> std::io::Result<()> {
        use std::os::unix::process::CommandExt as _;

        let mut cat = Command::new("cat").stdin(Stdio::piped()).process_group(0).spawn()?;
        let mut elsewhere = Identity::of(cat.id())?.ok_or(std::io::ErrorKind::NotFound)?;
        elsewhere.namespace = Some("pid:[1]".to_owned());
        assert_eq!(elsewhere.life(), Life::Unknown);
        assert!(!elsewhere.ask_to_end() && !elsewhere.kill());
        elsewhere.kill_left_over();
        assert_eq!(cat.try_wait()?, None);
        cat.kill()?;
        cat.wait()?;
        assert_eq!(elsewhere.life(), Life::Unknown);
        Ok(())
    }

    #[test]
    fn a_process_of_the_same_number_gets_no_signal() -> std::io::Result<()> {
        use std::os::unix::process::CommandExt as _;

        let mut cat = Command::new("cat").stdin(Stdio::piped()).process_group(0).spawn()?;
        let mut other = Identity::of(cat.id())?.ok_or(std::io::ErrorKind::NotFound)?;
        "earlier".clone_into(&mut other.started);
        assert!(!other.ask_to_end() && !other.kill());
        other.kill_left_over();
        assert_eq!(cat.try_wait()?, None);
        cat.kill()?;
        cat.wait()?;
        Ok(())
    }
}
