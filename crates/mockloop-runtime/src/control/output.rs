//! The last lines of a file, however long it is.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// The most bytes that are read.
const LARGEST: u64 = 256 * 1024;

/// The last lines of a text, as many as are asked for or fit into 256 KiB.
pub(super) fn last_lines(path: &Path, lines: usize) -> std::io::Result<Vec<String>> {
    let mut file = File::open(path)?;
    let start = file.metadata()?.len().saturating_sub(LARGEST);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(LARGEST).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // The first line may have lost its beginning.
    let whole = text.lines().skip(usize::from(start > 0));
    let all: Vec<&str> = whole.collect();
    Ok(all.iter().skip(all.len().saturating_sub(lines)).map(|line| (*line).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn only_the_end_of_a_long_file_is_read() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::TempDir::new()?;
        let path = folder.path().join("output");
        let text = (0..100_000).fold(String::new(), |mut text, n| {
            let _ = writeln!(text, "line {n}");
            text
        });
        std::fs::write(&path, text)?;
        assert_eq!(last_lines(&path, 2)?, ["line 99998", "line 99999"]);
        let most = last_lines(&path, usize::MAX)?;
        assert!(most.len() < 30_000 && most.iter().all(|line| line.len() == 10), "{:?}", most.first());
        std::fs::write(&path, "one")?;
        assert_eq!(last_lines(&path, 5)?, ["one"]);
        Ok(())
    }
}
