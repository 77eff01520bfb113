//! Notices when files change, by looking at them now and then.

use std::path::PathBuf;
use std::time::SystemTime;

/// When a file was written last, and its size; none where there is no file.
type Stamp = Option<(SystemTime, u64)>;

/// Files, as they were.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    files: Vec<PathBuf>,
    known: Vec<Stamp>,
    seen: Vec<Stamp>,
}

impl Watch {
    /// Watches files from now on.
    pub(crate) fn new(files: Vec<PathBuf>) -> Self {
        let known = stamps(&files);
        Self { files, seen: known.clone(), known }
    }

    /// Whether there is anything to watch.
    pub(crate) fn is_idle(&self) -> bool {
        self.files.is_empty()
    }

    /// Whether something changed since the last time this was true, and has come to rest.
    pub(crate) fn changed(&mut self) -> bool {
        let now = stamps(&self.files);
        let at_rest = now == self.seen;
        let changed = at_rest && now != self.known;
        if changed {
            self.known.clone_from(&now);
        }
        self.seen = now;
        changed
    }
}

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |file: &PathBuf| {
        let metadata = std::fs::metadata(file).ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    files.iter().map(stamp).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_once_and_at_rest() -> std::io::Result<()> {
        let folder = std::env::temp_dir().join(format!("mockloop-watch-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let file = folder.join("api.yaml");
        std::fs::write(&file, "a")?;
        let mut watch = Watch::new(vec![file.clone()]);
        assert!(!watch.changed());
        std::fs::write(&file, "ab")?;
        let told: Vec<bool> = (0..4).map(|_| watch.changed()).collect();
        assert_eq!(told, [false, true, false, false]);
        std::fs::remove_dir_all(folder)
    }
}
