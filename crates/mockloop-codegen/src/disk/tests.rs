use std::error::Error;

use mockloop_spec::model::SourceInfo;
use tempfile::TempDir;

use super::*;
use crate::manifest::Header;

type Done = Result<(), Box<dyn Error>>;

fn tree(files: &[(&str, &str)]) -> FileTree {
    let source = SourceInfo { name: "petstore.yaml".into(), ..SourceInfo::default() };
    let mut tree = FileTree::new(Header { version: "1.2.3".into(), source, ..Header::default() });
    for (path, text) in files {
        tree.insert(*path, text.as_bytes().to_vec());
    }
    tree
}

fn put(dir: &TempDir, path: &str, text: &str) -> Done {
    let place = dir.path().join(path);
    fs::create_dir_all(place.parent().ok_or("no parent")?)?;
    Ok(fs::write(place, text)?)
}

fn text(dir: &TempDir, path: &str) -> Option<String> {
    fs::read_to_string(dir.path().join(path)).ok()
}

fn write(tree: &FileTree, dir: &TempDir) -> Result<Vec<(String, Outcome)>, WriteError> {
    Ok(tree.write(dir.path(), WriteOptions::default())?.files.into_iter().collect())
}

fn told(outcomes: &[(&str, Outcome)]) -> Vec<(String, Outcome)> {
    outcomes.iter().map(|(path, outcome)| ((*path).to_owned(), *outcome)).collect()
}

const MANIFEST: &str = Manifest::NAME;
const OLD: [(&str, &str); 3] =
    [("main.py", "main 1"), ("routes/old.py", "old"), ("routes/pets.py", "pets 1")];
const NEW: [(&str, &str); 3] =
    [("main.py", "main 2"), ("routes/cats.py", "cats"), ("routes/pets.py", "pets 1")];

#[test]
fn writes_what_differs_and_nothing_else() -> Done {
    let dir = TempDir::new()?;
    let created =
        ["main.py", MANIFEST, "routes/old.py", "routes/pets.py"].map(|path| (path, Outcome::Created));
    assert_eq!(write(&tree(&OLD), &dir)?, told(&created));
    assert!(write(&tree(&OLD), &dir)?.iter().all(|(_, outcome)| *outcome == Outcome::Unchanged));

    let changes = told(&[
        ("main.py", Outcome::Updated),
        (MANIFEST, Outcome::Updated),
        ("routes/cats.py", Outcome::Created),
        ("routes/old.py", Outcome::Removed),
        ("routes/pets.py", Outcome::Unchanged),
    ]);
    let before = text(&dir, MANIFEST);
    let checked = tree(&NEW).write(dir.path(), WriteOptions::default().check(true))?;
    assert_eq!(checked.files.into_iter().collect::<Vec<_>>(), changes);
    assert_eq!((text(&dir, MANIFEST), text(&dir, "main.py").as_deref()), (before, Some("main 1")));

    assert_eq!(write(&tree(&NEW), &dir)?, changes);
    assert_eq!(text(&dir, "main.py").as_deref(), Some("main 2"));
    assert_eq!(text(&dir, "routes/old.py"), None);
    let left: Vec<_> = fs::read_dir(dir.path())?.flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
    Ok(())
}

#[test]
fn keeps_what_a_person_changed() -> Done {
    let dir = TempDir::new()?;
    write(&tree(&OLD), &dir)?;
    put(&dir, "main.py", "mine")?;
    put(&dir, "routes/old.py", "mine too")?;
    let outcomes = write(&tree(&NEW), &dir)?;
    assert!(outcomes.contains(&("main.py".into(), Outcome::Kept)));
    assert!(outcomes.contains(&("routes/old.py".into(), Outcome::Kept)));
    assert_eq!(text(&dir, "main.py").as_deref(), Some("mine"));
    // A file that is no part of the project any more is theirs now, and not mentioned again.
    let again = write(&tree(&NEW), &dir)?;
    assert!(again.iter().all(|(path, _)| path != "routes/old.py"));
    assert!(again.contains(&(MANIFEST.into(), Outcome::Unchanged)));

    // Who undoes the change, or makes the very change that we would, has the project's file again.
    put(&dir, "main.py", "main 1")?;
    assert!(write(&tree(&NEW), &dir)?.contains(&("main.py".into(), Outcome::Updated)));
    put(&dir, "main.py", "mine")?;
    assert!(write(&tree(&NEW), &dir)?.contains(&("main.py".into(), Outcome::Kept)));
    let forced = tree(&NEW).write(dir.path(), WriteOptions::default().force(true))?;
    assert_eq!(forced.files.get("main.py"), Some(&Outcome::Updated));
    assert_eq!(text(&dir, "main.py").as_deref(), Some("main 2"));
    Ok(())
}

#[test]
fn a_run_that_was_cut_short_is_completed_by_any_other() -> Done {
    let third = [("main.py", "main 3"), ("routes/old.py", "old 3"), ("routes/cats.py", "cats 3")];
    for (next, steps) in [&NEW, &third].into_iter().flat_map(|next| (0..6).map(move |steps| (next, steps))) {
        let dir = TempDir::new()?;
        write(&tree(&OLD), &dir)?;
        let cut_short = tree(&NEW);
        let planned = plan(&cut_short, dir.path(), &known(dir.path(), false)?, false)?;
        let planned = planned.steps(&cut_short);
        assert_eq!(planned.len(), 5);
        for step in planned.iter().take(steps) {
            step.carry_out(dir.path())?;
        }
        put(&dir, &format!("routes/{UNFINISHED}x"), "half")?;

        let outcomes = write(&tree(next), &dir)?;
        assert!(outcomes.iter().all(|(_, outcome)| *outcome != Outcome::Kept), "after {steps}: {outcomes:?}");
        for (path, wanted) in next {
            assert_eq!(text(&dir, path).as_deref(), Some(*wanted), "after {steps}");
        }
        assert_eq!(fs::read_dir(dir.path().join("routes"))?.count(), 2, "after {steps}");
        assert!(Manifest::read(dir.path())?.is_some_and(|manifest| manifest.pending.is_empty()));
    }
    Ok(())
}

#[test]
fn the_first_run_may_be_cut_short_too() -> Done {
    let dir = TempDir::new()?;
    put(&dir, &format!("{UNFINISHED}x"), "half a manifest")?;
    assert_eq!(write(&tree(&OLD), &dir)?.len(), 4);
    Ok(())
}

#[test]
fn the_project_of_another_api_is_left_alone() -> Done {
    let dir = TempDir::new()?;
    let of = |file: &str, title: &str| {
        let mut tree = tree(&[(API, &format!("{{\"title\": \"{title}\"}}"))]);
        tree.header.source.name = file.into();
        tree
    };
    write(&of("petstore.yaml", "Pets"), &dir)?;
    let refused = write(&of("books.yaml", "Books"), &dir);
    assert!(matches!(&refused, Err(WriteError::OtherApi { title, .. }) if title == "Pets"), "{refused:?}");
    write(&of("petstore.yaml", "Pets and more"), &dir)?;
    write(&of("pets.yaml", "Pets and more"), &dir)?;
    of("books.yaml", "Books").write(dir.path(), WriteOptions::default().force(true))?;
    assert_eq!(text(&dir, API).as_deref(), Some("{\"title\": \"Books\"}"));
    Ok(())
}

#[test]
fn a_folder_with_other_things_is_left_alone() -> Done {
    let dir = TempDir::new()?;
    put(&dir, "main.py", "mine")?;
    put(&dir, "notes.txt", "mine")?;
    assert!(matches!(write(&tree(&OLD), &dir), Err(WriteError::NotOurs(_))));
    assert_eq!(text(&dir, MANIFEST), None);
    tree(&OLD).write(dir.path(), WriteOptions::default().force(true))?;
    assert_eq!(text(&dir, "main.py").as_deref(), Some("main 1"));
    assert_eq!(text(&dir, "notes.txt").as_deref(), Some("mine"));
    Ok(())
}

#[test]
fn nothing_leaves_the_folder() -> Done {
    let dir = TempDir::new()?;
    assert!(matches!(write(&tree(&[("../x", "")]), &dir), Err(WriteError::Outside(_))));
    let manifest = r#"{"mockloop": 1, "version": "", "source": {"name": "", "format": "", "sha256": ""},
        "options": {}, "files": {"../victim": ""}}"#;
    put(&dir, MANIFEST, manifest)?;
    assert!(matches!(write(&tree(&OLD), &dir), Err(WriteError::Manifest { .. })));
    Ok(())
}

#[cfg(unix)]
#[test]
fn links_do_not_lead_out_of_the_folder() -> Done {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let (dir, elsewhere) = (TempDir::new()?, TempDir::new()?);
    write(&tree(&[("main.py", "main 1")]), &dir)?;
    symlink(elsewhere.path(), dir.path().join("routes"))?;
    assert!(matches!(write(&tree(&OLD), &dir), Err(WriteError::Outside(_))));
    assert_eq!(fs::read_dir(elsewhere.path())?.count(), 0);

    // A link in a file's own place is a person's; forced, it is replaced and not followed.
    fs::remove_file(dir.path().join("routes"))?;
    put(&elsewhere, "main.py", "elsewhere")?;
    fs::remove_file(dir.path().join("main.py"))?;
    symlink(elsewhere.path().join("main.py"), dir.path().join("main.py"))?;
    assert!(write(&tree(&NEW), &dir)?.contains(&("main.py".into(), Outcome::Kept)));
    tree(&NEW).write(dir.path(), WriteOptions::default().force(true))?;
    assert_eq!(text(&dir, "main.py").as_deref(), Some("main 2"));
    assert_eq!(text(&elsewhere, "main.py").as_deref(), Some("elsewhere"));

    // Modes are those of ordinary files, and stay as a person set them.
    let file = dir.path().join("routes/pets.py");
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o600, 0o600);
    fs::set_permissions(dir.path().join("main.py"), fs::Permissions::from_mode(0o755))?;
    write(&tree(&[("main.py", "main 3")]), &dir)?;
    assert_eq!(fs::metadata(dir.path().join("main.py"))?.permissions().mode() & 0o777, 0o755);
    Ok(())
}
