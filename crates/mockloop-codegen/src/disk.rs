//! Puts a [`FileTree`] on disk.
//!
//! Each file is written beside its place and renamed into it. What is about to be written is noted
//! in the manifest before, and settled after, so that a run that was cut short leaves no file that
//! the next one could take for a person's work.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use crate::manifest::{Manifest, sha256};
use crate::tree::{FileTree, Outcome, WriteError, WriteOptions, Written, is_inside};

/// The description of a project's API.
const API: &str = "api.json";

/// Begins the name of a file that is being written.
const UNFINISHED: &str = ".mockloop-unfinished-";

pub(crate) fn write(tree: &FileTree, dir: &Path, options: WriteOptions) -> Result<Written, WriteError> {
    let _lock = if options.check { None } else { enter(dir)? };
    let known = known(dir, options.force)?;
    if !options.force {
        same_api(tree, dir, &known)?;
    }
    let plan = plan(tree, dir, &known, options.force)?;
    if !options.check {
        sweep(&plan.written, dir);
        for step in plan.steps(tree) {
            step.carry_out(dir)?;
        }
    }
    Ok(plan.written)
}

/// Makes the folder and keeps other writers out of it for as long as the result lives.
fn enter(dir: &Path) -> Result<Option<File>, WriteError> {
    fs::create_dir_all(dir).map_err(WriteError::io(dir))?;
    // Where a folder can't be locked (Windows, some network disks), writing goes on without.
    Ok(File::open(dir).ok().filter(|folder| folder.lock().is_ok()))
}

/// What was written last time; nothing in a new folder.
fn known(dir: &Path, force: bool) -> Result<Manifest, WriteError> {
    match Manifest::read(dir) {
        Ok(Some(manifest)) => Ok(manifest),
        Ok(None) if force || is_vacant(dir)? => Ok(Manifest::default()),
        Ok(None) => Err(WriteError::NotOurs(dir.to_owned())),
        Err(WriteError::Manifest { .. }) if force => Ok(Manifest::default()),
        Err(error) => Err(error),
    }
}

/// An error where a folder's project is of another API. A description may be renamed, or given another title, but both
/// at once make it another one.
fn same_api(tree: &FileTree, dir: &Path, known: &Manifest) -> Result<(), WriteError> {
    let file = &known.header.source.name;
    if file.is_empty() || *file == tree.header.source.name {
        return Ok(());
    }
    let there = fs::read(dir.join(API)).ok().and_then(|api| title(&api));
    match (there, tree.get(API).and_then(title)) {
        (Some(there), Some(new)) if there != new => {
            Err(WriteError::OtherApi { dir: dir.to_owned(), title: there, file: file.clone() })
        }
        _ => Ok(()),
    }
}

fn title(api: &[u8]) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Titled {
        title: String,
    }
    serde_json::from_slice::<Titled>(api).ok().map(|api| api.title)
}

/// Whether a folder is absent, or holds nothing but what a run of ours left unfinished.
fn is_vacant(dir: &Path) -> Result<bool, WriteError> {
    match fs::read_dir(dir) {
        Ok(mut entries) => Ok(entries.all(|entry| entry.is_ok_and(|entry| is_unfinished(&entry)))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) => Err(WriteError::io(dir)(error)),
    }
}

fn is_unfinished(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with(UNFINISHED)
}

/// What is to be done.
struct Plan {
    written: Written,
    /// The manifest before the first file is touched.
    pending: Manifest,
    /// The manifest after the last.
    manifest: Manifest,
}

fn plan(tree: &FileTree, dir: &Path, known: &Manifest, force: bool) -> Result<Plan, WriteError> {
    let mut manifest = Manifest::new(tree.header.clone());
    let mut pending = Manifest::new(tree.header.clone());
    let mut outcomes = BTreeMap::new();
    for (path, bytes) in tree.iter() {
        if !is_inside(path) {
            return Err(WriteError::Outside(PathBuf::from(path)));
        }
        let new = sha256(bytes);
        let outcome = match look(dir, path, Some(bytes))? {
            OnDisk::Absent => Outcome::Created,
            OnDisk::Same => Outcome::Unchanged,
            OnDisk::Other(Some(hash)) if known.wrote(path, &hash) => {
                pending.files.insert(path.to_owned(), hash);
                Outcome::Updated
            }
            OnDisk::Other(_) if force => Outcome::Updated,
            OnDisk::Other(_) => {
                // What we wrote last stays on record: who undoes a change gets updates again.
                if let Some(hash) = known.files.get(path) {
                    pending.files.insert(path.to_owned(), hash.clone());
                    manifest.files.insert(path.to_owned(), hash.clone());
                }
                outcomes.insert(path.to_owned(), Outcome::Kept);
                continue;
            }
        };
        match outcome {
            Outcome::Unchanged => pending.files.insert(path.to_owned(), new.clone()),
            _ => pending.pending.insert(path.to_owned(), new.clone()),
        };
        manifest.files.insert(path.to_owned(), new);
        outcomes.insert(path.to_owned(), outcome);
    }
    for path in known.files.keys().chain(known.pending.keys()).filter(|path| tree.get(path).is_none()) {
        match look(dir, path, None)? {
            OnDisk::Other(Some(hash)) if known.wrote(path, &hash) => {
                pending.files.insert(path.clone(), hash);
                outcomes.insert(path.clone(), Outcome::Removed);
            }
            // From now on it is theirs alone, and is not mentioned again.
            OnDisk::Other(_) => drop(outcomes.insert(path.clone(), Outcome::Kept)),
            OnDisk::Absent | OnDisk::Same => {}
        }
    }
    let outcome = match look(dir, Manifest::NAME, Some(&manifest.to_bytes()))? {
        OnDisk::Absent => Outcome::Created,
        OnDisk::Same => Outcome::Unchanged,
        OnDisk::Other(_) => Outcome::Updated,
    };
    outcomes.insert(Manifest::NAME.to_owned(), outcome);
    Ok(Plan { written: Written { files: outcomes }, pending, manifest })
}

/// What stands at a file's place.
enum OnDisk {
    Absent,
    /// The very bytes.
    Same,
    /// Something else: a file with this hash, or no regular file at all.
    Other(Option<String>),
}

fn look(dir: &Path, path: &str, wanted: Option<&[u8]>) -> Result<OnDisk, WriteError> {
    let place = place(dir, path)?;
    let kind = match fs::symlink_metadata(&place) {
        Ok(kind) => kind,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(OnDisk::Absent);
        }
        Err(error) => return Err(WriteError::io(place)(error)),
    };
    if !kind.is_file() {
        return Ok(OnDisk::Other(None));
    }
    let bytes = fs::read(&place).map_err(WriteError::io(place))?;
    Ok(if wanted == Some(bytes.as_slice()) { OnDisk::Same } else { OnDisk::Other(Some(sha256(&bytes))) })
}

/// Where a file goes. No folder on the way may be a link that leads out of the project.
fn place(dir: &Path, path: &str) -> Result<PathBuf, WriteError> {
    let mut place = dir.to_owned();
    let mut parts = path.split('/').peekable();
    while let Some(part) = parts.next() {
        place.push(part);
        if parts.peek().is_some() && place.is_symlink() {
            let inside = |target: PathBuf| dir.canonicalize().is_ok_and(|root| target.starts_with(root));
            if !place.canonicalize().is_ok_and(inside) {
                return Err(WriteError::Outside(place));
            }
        }
    }
    Ok(place)
}

/// One change to the disk, after which a run may be cut short.
enum Step<'a> {
    Write(&'a str, Cow<'a, [u8]>),
    Remove(&'a str),
}

impl Plan {
    fn steps<'a>(&'a self, tree: &'a FileTree) -> Vec<Step<'a>> {
        let manifest = |manifest: &Manifest| Step::Write(Manifest::NAME, Cow::Owned(manifest.to_bytes()));
        let to_write = tree.iter().filter(|(path, _)| self.pending.pending.contains_key(*path));
        let mut steps: Vec<Step<'a>> =
            to_write.map(|(path, bytes)| Step::Write(path, Cow::Borrowed(bytes))).collect();
        steps.extend(self.written.with(Outcome::Removed).map(Step::Remove));
        if !steps.is_empty() {
            steps.insert(0, manifest(&self.pending));
        }
        if self.written.changed() {
            steps.push(manifest(&self.manifest));
        }
        steps
    }
}

impl Step<'_> {
    fn carry_out(&self, dir: &Path) -> Result<(), WriteError> {
        match self {
            Self::Write(path, bytes) => replace(dir, path, bytes),
            Self::Remove(path) => remove(dir, path),
        }
    }
}

/// Removes a file, and the folders that are empty then.
fn remove(dir: &Path, path: &str) -> Result<(), WriteError> {
    let place = place(dir, path)?;
    fs::remove_file(&place).map_err(WriteError::io(&place))?;
    let mut folders = place.ancestors().skip(1).take_while(|folder| *folder != dir);
    while folders.next().is_some_and(|folder| fs::remove_dir(folder).is_ok()) {}
    Ok(())
}

/// Clears away what an earlier run left unfinished; a leftover that stays does no harm.
fn sweep(written: &Written, dir: &Path) {
    let mut folders: Vec<PathBuf> =
        written.files.keys().filter_map(|path| dir.join(path).parent().map(Path::to_owned)).collect();
    folders.sort();
    folders.dedup();
    for entry in folders.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten().flatten() {
        if is_unfinished(&entry) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Puts a file in its place: whole or not at all.
fn replace(dir: &Path, path: &str, bytes: &[u8]) -> Result<(), WriteError> {
    let place = place(dir, path)?;
    let folder = place.parent().unwrap_or(dir);
    fs::create_dir_all(folder).map_err(WriteError::io(folder))?;
    let mut builder = tempfile::Builder::new();
    builder.prefix(UNFINISHED);
    // Otherwise temporary files are for their owner alone; the umask takes away what it should.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let write = || {
        let mut file = builder.tempfile_in(folder)?;
        file.write_all(bytes)?;
        if let Ok(before) = fs::symlink_metadata(&place)
            && before.is_file()
        {
            file.as_file().set_permissions(before.permissions())?;
        }
        file.persist(&place)?;
        Ok(())
    };
    write().map_err(WriteError::io(&place))
}

#[cfg(test)]
mod tests;
