//! Configurations of MCP clients, so that they start this server.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

/// The name of this server in a configuration.
const NAME: &str = "mockloop";

/// A client whose configuration is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
#[non_exhaustive]
pub enum Client {
    /// Claude Desktop
    ClaudeDesktop,
    /// Claude Code, in the current project
    ClaudeCode,
    /// Cline in Visual Studio Code
    Cline,
    /// Cursor
    Cursor,
    /// Visual Studio Code, in the current project
    Vscode,
    /// Windsurf
    Windsurf,
    /// Zed
    Zed,
}

/// How the server is started.
#[derive(Clone, Debug)]
pub struct Entry {
    command: String,
    arguments: Vec<String>,
}

/// What merging did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Merged {
    /// The file says so already.
    Unchanged,
    /// The file was written; `backup` is a copy of what it was.
    Written {
        /// None where there was no file.
        backup: Option<PathBuf>,
    },
}

/// Why a configuration can't be merged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file is no plain JSON.
    #[error(
        "{} can't be read as JSON: {reason}\n  add this by hand:\n{addition}",
        file.display()
    )]
    NotJson {
        /// The file.
        file: PathBuf,
        /// What is wrong with it; comments, perhaps.
        reason: String,
        /// What it should have.
        addition: String,
    },
    /// The file can't be read or written.
    #[error("can't use {}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Entry {
    /// A program with arguments.
    #[must_use]
    pub fn new(command: impl Into<String>, arguments: Vec<String>) -> Self {
        Self { command: command.into(), arguments }
    }
}

/// The member of a client's configuration that has its servers.
fn servers(client: Client) -> &'static str {
    match client {
        Client::Vscode => "servers",
        Client::Zed => "context_servers",
        _ => "mcpServers",
    }
}

fn server(client: Client, entry: &Entry) -> Value {
    let (command, arguments) = (&entry.command, &entry.arguments);
    match client {
        Client::Vscode | Client::ClaudeCode => {
            json!({"type": "stdio", "command": command, "args": arguments})
        }
        Client::Zed => json!({"source": "custom", "command": command, "args": arguments, "env": {}}),
        Client::Cline => json!({"command": command, "args": arguments, "disabled": false}),
        _ => json!({"command": command, "args": arguments}),
    }
}

/// An entry with what else a person has put into it, such as variables.
fn with_rest(mut wanted: Value, there: Option<&Value>) -> Value {
    // An address would make it another kind of server.
    let own = ["type", "source", "command", "args", "url", "serverUrl"];
    let there = there.and_then(Value::as_object).into_iter().flatten();
    let rest = there.filter(|(name, _)| !own.contains(&name.as_str()));
    if let Some(members) = wanted.as_object_mut() {
        members.extend(rest.map(|(name, value)| (name.clone(), value.clone())));
    }
    wanted
}

/// A configuration with this server alone, as JSON.
#[must_use]
pub fn document(client: Client, entry: &Entry) -> String {
    let document = json!({servers(client): {NAME: server(client, entry)}});
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// Where a client keeps its configuration on this system; none where that can't be told.
#[must_use]
pub fn file(client: Client) -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let home = || folder("HOME").or_else(|| folder("USERPROFILE"));
    let settings = || {
        if cfg!(target_os = "macos") {
            Some(home()?.join("Library/Application Support"))
        } else if cfg!(windows) {
            folder("APPDATA")
        } else {
            folder("XDG_CONFIG_HOME")
                .filter(|path| path.is_absolute())
                .or_else(|| Some(home()?.join(".config")))
        }
    };
    match client {
        Client::ClaudeDesktop => Some(settings()?.join("Claude/claude_desktop_config.json")),
        Client::ClaudeCode => Some(PathBuf::from(".mcp.json")),
        Client::Cline => Some(
            settings()?
                .join("Code/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"),
        ),
        Client::Cursor => Some(home()?.join(".cursor/mcp.json")),
        Client::Vscode => Some(PathBuf::from(".vscode/mcp.json")),
        Client::Windsurf => Some(home()?.join(".codeium/windsurf/mcp_config.json")),
        Client::Zed if cfg!(windows) => Some(folder("APPDATA")?.join("Zed/settings.json")),
        Client::Zed => Some(home()?.join(".config/zed/settings.json")),
    }
}

/// Puts this server into a client's file, and keeps all else that is there. The file is written whole, and a copy
/// of what it was stays beside it.
///
/// # Errors
/// Where the file is no plain JSON (then it is not touched), or can't be written.
pub fn merge(client: Client, entry: &Entry, file: &Path) -> Result<Merged, ConfigError> {
    let io = |source| ConfigError::Io { file: file.to_owned(), source };
    let not_json = |reason: String| ConfigError::NotJson {
        file: file.to_owned(),
        reason,
        addition: document(client, entry),
    };
    let target = target(file).map_err(io)?;
    let before = match fs::read_to_string(&target) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(io(error)),
    };
    let text = before.as_deref().map(str::trim).filter(|text| !text.is_empty()).unwrap_or("{}");
    let mut document: Value = serde_json::from_str(text).map_err(|error| not_json(error.to_string()))?;
    let members = document.as_object_mut().ok_or_else(|| not_json("it is no object".to_owned()))?;
    let entries = members.entry(servers(client)).or_insert_with(|| Value::Object(Map::new()));
    let entries =
        entries.as_object_mut().ok_or_else(|| not_json(format!("`{}` is no object", servers(client))))?;
    let wanted = with_rest(server(client, entry), entries.get(NAME));
    if entries.get(NAME) == Some(&wanted) {
        return Ok(Merged::Unchanged);
    }
    entries.insert(NAME.to_owned(), wanted);
    let after = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
    let backup = before.as_ref().map(|before| keep(file, &target, before)).transpose().map_err(io)?;
    write_whole(&target, &after).map_err(io)?;
    Ok(Merged::Written { backup })
}

/// The file itself, where a person keeps a link to it at the place that the client knows.
fn target(file: &Path) -> io::Result<PathBuf> {
    match fs::symlink_metadata(file) {
        Ok(found) if found.is_symlink() => fs::canonicalize(file).map_err(|error| {
            io::Error::new(error.kind(), format!("it is a link that leads to no file: {error}"))
        }),
        _ => Ok(file.to_owned()),
    }
}

/// Keeps a copy under a name that is free, for the eyes of those who may read the original: it may have secrets.
fn keep(file: &Path, original: &Path, text: &str) -> io::Result<PathBuf> {
    let permissions = fs::metadata(original)?.permissions();
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);

    for number in 1.. {
        let mut name = OsString::from(file.as_os_str());
        name.push(if number == 1 { ".bak".to_owned() } else { format!(".bak{number}") });
        let backup = PathBuf::from(name);
        match options.open(&backup) {
            Ok(mut created) => {
                created.write_all(text.as_bytes())?;
                created.set_permissions(permissions)?;
                return Ok(backup);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut temporary = tempfile::NamedTempFile::new_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    if let Ok(found) = fs::metadata(file) {
        fs::set_permissions(temporary.path(), found.permissions())?;
    }
    temporary.persist(file).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Done = Result<(), Box<dyn std::error::Error>>;

    fn entry() -> Entry {
        Entry::new("/bin/mockloop-mcp", vec!["--output-root".to_owned(), "mocks".to_owned()])
    }

    #[test]
    fn what_a_file_has_already_stays_and_is_kept_beside_it() -> Done {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("deeper/mcp.json");
        assert_eq!(merge(Client::Cursor, &entry(), &file)?, Merged::Written { backup: None });
        let before = r#"{"theme": "dark", "mcpServers": {"other": {"command": "x"}}}"#;
        fs::write(&file, before)?;
        let Merged::Written { backup: Some(backup) } = merge(Client::Cursor, &entry(), &file)? else {
            return Err("no copy was kept".into());
        };
        assert_eq!(fs::read_to_string(backup)?, before);
        let after: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        assert_eq!(after["theme"], "dark");
        assert_eq!(after["mcpServers"]["other"]["command"], "x");
        assert_eq!(after["mcpServers"]["mockloop"]["command"], "/bin/mockloop-mcp");
        assert_eq!(merge(Client::Cursor, &entry(), &file)?, Merged::Unchanged);
        Ok(())
    }

    #[test]
    fn what_a_person_put_into_the_entry_stays() -> Done {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("mcp.json");
        let before = r#"{"mcpServers": {"mockloop": {"command": "old", "url": "http://x",
            "env": {"MOCKLOOP_MCP_TOKEN": "t"}, "disabled": true}}}"#;
        fs::write(&file, before)?;
        merge(Client::Cline, &entry(), &file)?;
        let after: Value = serde_json::from_str(&fs::read_to_string(&file)?)?;
        let wanted = json!({"command": "/bin/mockloop-mcp", "args": ["--output-root", "mocks"],
            "env": {"MOCKLOOP_MCP_TOKEN": "t"}, "disabled": true});
        assert_eq!(after["mcpServers"]["mockloop"], wanted);
        assert_eq!(merge(Client::Cline, &entry(), &file)?, Merged::Unchanged);
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_of_a_file_stay_as_they_are() -> Done {
        use std::os::unix::fs::{PermissionsExt as _, symlink};

        for mode in [0o600, 0o664] {
            let folder = tempfile::tempdir()?;
            let (file, target) = (folder.path().join("mcp.json"), folder.path().join("dotfiles.json"));
            fs::write(&target, "{}")?;
            fs::set_permissions(&target, fs::Permissions::from_mode(mode))?;
            symlink(&target, &file)?;
            let Merged::Written { backup: Some(backup) } = merge(Client::Cursor, &entry(), &file)? else {
                return Err("no copy was kept".into());
            };
            for path in [&backup, &target] {
                assert_eq!(fs::metadata(path)?.permissions().mode() & 0o777, mode, "{}", path.display());
            }
            assert_eq!(fs::read_link(&file)?, target);
            assert!(fs::read_to_string(&target)?.contains("mockloop"));
        }
        Ok(())
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_to_no_file_is_not_replaced() -> Done {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("mcp.json");
        std::os::unix::fs::symlink("nowhere.json", &file)?;
        let error = merge(Client::Cursor, &entry(), &file).err().ok_or("it was merged")?;
        assert!(error.to_string().contains("leads to no file"), "{error}");
        assert!(fs::symlink_metadata(&file)?.is_symlink());
        Ok(())
    }

    #[test]
    fn a_file_with_comments_is_not_touched() -> Done {
        let folder = tempfile::tempdir()?;
        let file = folder.path().join("settings.json");
        let text = "{\n  // mine\n  \"theme\": \"dark\"\n}";
        fs::write(&file, text)?;
        let error = merge(Client::Zed, &entry(), &file).err().ok_or("it was merged")?;
        assert!(error.to_string().contains("context_servers"), "{error}");
        assert_eq!(fs::read_to_string(&file)?, text);
        Ok(())
    }
}
