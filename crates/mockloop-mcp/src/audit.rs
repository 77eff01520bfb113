//! A record of every tool call, as JSON Lines.

mod secrets;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rmcp::ErrorData;
use rmcp::model::{CallToolRequestParams, CallToolResponse};
use rmcp::service::{RequestContext, RoleServer};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use self::secrets::masked;
pub(crate) use self::secrets::without_secrets;
use crate::budget;

/// The size at which a file is put aside, in bytes.
const FULL: u64 = 10 * 1024 * 1024;

/// How many files are kept besides the one that is written.
const KEPT: u32 = 3;

/// Characters of the arguments, and of an error, that are recorded.
const SHOWN: usize = 4000;

/// Characters of a tool's name, which may be one that is not there.
const NAME: usize = 100;

/// A tool call, as it is recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// When it was answered, RFC 3339 in UTC.
    pub time: String,
    /// The tool's name.
    pub tool: String,
    /// The client's name and version, where it told them.
    pub client: Option<String>,
    /// The arguments; secrets are masked, long ones shortened.
    pub arguments: Value,
    /// How it went: `ok`, `failed` (the tool says why), `refused` (it was no valid call), `asked` (a
    /// person has to answer first).
    pub outcome: String,
    /// Why it failed.
    pub error: Option<String>,
    /// Milliseconds that it took.
    pub duration_ms: f64,
}

/// A call that is not answered yet.
pub(crate) struct Call {
    tool: String,
    client: Option<String>,
    arguments: Value,
}

impl Call {
    pub(crate) fn of(request: &CallToolRequestParams, context: &RequestContext<RoleServer>) -> Self {
        let mut arguments = masked(Value::Object(request.arguments.clone().unwrap_or_default()));
        budget::fit(&mut arguments, SHOWN);
        if budget::size(&arguments) > SHOWN {
            // Too many members: what is left of them is no JSON any more.
            arguments = Value::String(budget::beginning(&arguments.to_string(), SHOWN));
        }
        Self {
            tool: budget::beginning(&request.name, NAME),
            client: context.client_info().map(|client| format!("{} {}", client.name, client.version)),
            arguments,
        }
    }
}

/// Where calls are recorded.
#[derive(Debug)]
pub(crate) struct Audit {
    file: PathBuf,
    /// The size above which the file is put aside, in bytes.
    full: u64,
}

impl Audit {
    pub(crate) fn open(file: &Path) -> io::Result<Self> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        appending(file)?;
        appending(&lock(file))?;
        Ok(Self { file: file.to_owned(), full: FULL })
    }

    /// Records a call and how it went. A record that can't be written does not fail the call.
    pub(crate) fn record(&self, call: Call, took: Duration, result: &Result<CallToolResponse, ErrorData>) {
        let (outcome, error) = outcome(result);
        let entry = Entry {
            time: now(),
            tool: call.tool,
            client: call.client,
            arguments: call.arguments,
            outcome: outcome.to_owned(),
            error: error.map(|error| budget::beginning(&without_secrets(&error), SHOWN)),
            duration_ms: (took.as_secs_f64() * 1e6).round() / 1e3,
        };
        if let Err(error) = self.append(&entry) {
            let _ = writeln!(io::stderr(), "warning: {} can't be written: {error}", self.file.display());
        }
    }

    /// Writes one line, which other servers may do at the same time.
    ///
    /// What is locked is a file that is never put aside: whoever waited for the lock opens the file of now.
    fn append(&self, entry: &Entry) -> io::Result<()> {
        let line = serde_json::to_string(entry)?;
        let held = appending(&lock(&self.file))?;
        held.lock()?;
        let mut file = appending(&self.file)?;
        if file.metadata()?.len() > self.full {
            self.put_aside()?;
            file = appending(&self.file)?;
        }
        let begin = if is_cut_off(&mut file)? { "\n" } else { "" };
        file.write_all(format!("{begin}{line}\n").as_bytes())
    }

    fn put_aside(&self) -> io::Result<()> {
        for number in (1..KEPT).rev() {
            let _ = fs::rename(aside(&self.file, number), aside(&self.file, number + 1));
        }
        fs::rename(&self.file, aside(&self.file, 1))
    }
}

fn aside(file: &Path, number: u32) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

/// The file whose lock a writer holds.
fn lock(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Whether the last line has no end, as after a crash: what is written next would be lost with it.
fn is_cut_off(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// A file that only its owner reads.
fn appending(file: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)
}

/// How a call went, in a word, and why it did not go well.
pub(crate) fn outcome(result: &Result<CallToolResponse, ErrorData>) -> (&'static str, Option<String>) {
    match result {
        Err(error) => ("refused", Some(error.message.to_string())),
        Ok(CallToolResponse::Complete(result)) if result.is_error == Some(true) => {
            let text =
                result.content.iter().find_map(|content| content.as_text()).map(|text| text.text.clone());
            ("failed", text)
        }
        Ok(CallToolResponse::InputRequired(_)) => ("asked", None),
        Ok(_) => ("ok", None),
    }
}

/// Reads what was recorded, the oldest first: files that were put aside, then the one that is written.
///
/// Lines that are no records, such as one that was cut off by a crash, are left out; bytes that are no UTF-8
/// are replaced by U+FFFD.
///
/// # Errors
/// Where a file can't be read; one that is not there is none.
pub fn read(file: &Path) -> io::Result<Vec<Entry>> {
    // While files are put aside, a record might be read twice or not at all.
    let held = File::open(lock(file)).and_then(|held| held.lock_shared().map(|()| held));
    let mut entries = Vec::new();
    for number in (0..=KEPT).rev() {
        let part = if number == 0 { file.to_owned() } else { aside(file, number) };
        let opened = match File::open(&part) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        for line in BufReader::new(opened).split(b'\n') {
            entries.extend(serde_json::from_str::<Entry>(&String::from_utf8_lossy(&line?)).ok());
        }
    }
    drop(held);
    Ok(entries)
}

/// This moment as RFC 3339 has it, in UTC.
fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (seconds, millis) = (since.as_secs(), since.subsec_millis());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Days of the proleptic Gregorian calendar, counted from the March before year 0.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(number: usize) -> Entry {
        Entry {
            time: now(),
            tool: format!("tool-{number}"),
            client: None,
            arguments: json!({}),
            outcome: "ok".to_owned(),
            error: None,
            duration_ms: 1.5,
        }
    }

    #[test]
    fn records_survive_a_file_put_aside_a_line_cut_off_and_one_that_is_no_text() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("audit.jsonl");
        let audit = Audit::open(&file)?;
        audit.append(&entry(1))?;
        audit.put_aside()?;
        audit.append(&entry(2))?;
        appending(&file)?.write_all(b"{\"time\": \"20")?;
        audit.append(&entry(3))?;
        appending(&file)?.write_all(b"\xff\xfe\n")?;
        audit.append(&entry(4))?;
        let tools: Vec<String> = read(&file)?.into_iter().map(|entry| entry.tool).collect();
        assert_eq!(tools, ["tool-1", "tool-2", "tool-3", "tool-4"]);
        Ok(())
    }

    #[test]
    fn writers_that_wait_for_each_other_put_a_file_aside_once() -> io::Result<()> {
        const WRITERS: usize = 12;
        for _ in 0..20 {
            let folder = tempfile::tempdir()?;
            let file = folder.path().join("audit.jsonl");
            let size = serde_json::to_string(&entry(10))?.len() as u64 + 1;
            let audit = |full| Audit::open(&file).map(|audit| Audit { full, ..audit });
            for number in 0..WRITERS {
                audit(u64::MAX)?.append(&entry(10 + number))?;
            }
            // Full already, and not again before all have written.
            let full = size * WRITERS as u64 - 1;
            let start = std::sync::Barrier::new(WRITERS);
            std::thread::scope(|scope| {
                let write = |number: usize| {
                    let audit = audit(full)?;
                    start.wait();
                    audit.append(&entry(10 + WRITERS + number))
                };
                let writers: Vec<_> = (0..WRITERS).map(|number| scope.spawn(move || write(number))).collect();
                writers.into_iter().try_for_each(|writer| {
                    writer.join().map_err(|_| io::Error::other("a writer panicked"))?
                })
            })?;
            assert_eq!(read(&file)?.len(), 2 * WRITERS);
            assert!(!aside(&file, 2).exists());
        }
        Ok(())
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        let text = now();
        assert_eq!(text.len(), 24, "{text}");
        assert!(text.starts_with("20") && text.ends_with('Z'), "{text}");
    }
}
