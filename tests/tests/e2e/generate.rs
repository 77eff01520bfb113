//! `mockloop generate`: what is written, kept and told.

use std::fs;
use std::path::Path;

use mockloop_tests::{Mock, mockloop, petstore, root, run, spec};
use serde_json::Value;
use tempfile::TempDir;

type Done = anyhow::Result<()>;

fn generate(spec: &Path, dir: &Path, more: &[&str]) -> anyhow::Result<mockloop_tests::Ran> {
    let mut arguments = vec!["generate".into(), spec.as_os_str().to_owned(), "-o".into(), dir.into()];
    arguments.extend(more.iter().map(Into::into));
    run(arguments)
}

#[test]
fn regenerating_keeps_what_a_person_changed() -> Done {
    let folder = TempDir::new()?;
    let project = folder.path().join("project");
    let first = generate(&petstore(), &project, &["--no-auth"])?;
    assert_eq!(first.status, Some(0), "{}", first.stderr);
    assert!(first.stdout.contains("Run it: mockloop run"), "{}", first.stdout);
    let again = generate(&petstore(), &project, &["--no-auth"])?;
    assert!(again.stdout.contains("up to date"), "{}", again.stdout);

    let routes = project.join("routes/pets.py");
    let edited = fs::read_to_string(&routes)? + "\n# mine\n";
    fs::write(&routes, &edited)?;
    let kept = generate(&petstore(), &project, &["--no-auth"])?;
    assert!(kept.stdout.contains("Kept as you changed them"), "{}", kept.stdout);
    assert!(kept.stdout.contains("routes/pets.py"), "{}", kept.stdout);
    assert_eq!(fs::read_to_string(&routes)?, edited);

    let mock = Mock::start_project(folder)?;
    assert_eq!(mock.get("/pets")?.status(), 200);

    let forced = generate(&petstore(), &project, &["--no-auth", "--force"])?;
    assert_eq!(forced.status, Some(0), "{}", forced.stderr);
    assert!(!fs::read_to_string(&routes)?.contains("# mine"));
    Ok(())
}

#[test]
fn check_tells_and_writes_nothing() -> Done {
    let folder = TempDir::new()?;
    let project = folder.path().join("project");
    let missing = generate(&petstore(), &project, &["--check"])?;
    assert_eq!(missing.status, Some(1), "{}", missing.stderr);
    assert!(missing.stdout.contains("would be created"), "{}", missing.stdout);
    assert!(!project.exists());

    generate(&petstore(), &project, &[])?;
    assert_eq!(generate(&petstore(), &project, &["--check"])?.status, Some(0));
    let json = generate(&petstore(), &project, &["--check", "--no-auth", "--format", "json"])?;
    assert_eq!(json.status, Some(1));
    let told: Value = serde_json::from_str(&json.stdout)?;
    assert_eq!(told["changed"], Value::Bool(true));
    assert_eq!(told["files"]["main.py"], "updated");
    Ok(())
}

#[test]
fn without_a_folder_the_title_names_it() -> Done {
    let folder = TempDir::new()?;
    let ran = mockloop().current_dir(folder.path()).arg("generate").arg(petstore()).status()?;
    assert!(ran.success());
    assert!(folder.path().join("generated_mocks/corner_petstore_mock/main.py").is_file());
    let ran = mockloop()
        .current_dir(folder.path())
        .arg("generate")
        .arg(petstore())
        .args(["--name", "pets"])
        .status()?;
    assert!(ran.success());
    assert!(folder.path().join("generated_mocks/pets/main.py").is_file());
    Ok(())
}

#[test]
fn a_folder_of_someone_else_is_left_alone() -> Done {
    let folder = TempDir::new()?;
    fs::write(folder.path().join("thesis.txt"), "years of work")?;
    let ran = generate(&petstore(), folder.path(), &[])?;
    assert_eq!(ran.status, Some(1));
    assert!(ran.stderr.contains("is not empty") && ran.stderr.contains("--force"), "{}", ran.stderr);
    assert_eq!(fs::read_dir(folder.path())?.count(), 1);
    Ok(())
}

#[test]
fn errors_in_a_description_leave_the_rest() -> Done {
    let folder = TempDir::new()?;
    let project = folder.path().join("project");
    let ran = generate(&spec("broken.yaml"), &project, &[])?;
    assert_eq!(ran.status, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.contains("errors") && ran.stdout.contains("mockloop check"), "{}", ran.stdout);

    fs::write(folder.path().join("text.yaml"), "just text")?;
    let ran = generate(&folder.path().join("text.yaml"), &folder.path().join("other"), &[])?;
    assert_eq!(ran.status, Some(2));
    assert!(!folder.path().join("other").exists());
    Ok(())
}

#[test]
fn the_same_description_gives_the_same_bytes() -> Done {
    let folder = TempDir::new()?;
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    generate(&petstore(), &one, &[])?;
    generate(&petstore(), &two, &[])?;
    let manifest = |project: &Path| fs::read_to_string(project.join("mockloop.json"));
    assert_eq!(manifest(&one)?, manifest(&two)?);
    let here = root().to_string_lossy();
    assert!(!manifest(&one)?.contains(here.as_ref()));
    Ok(())
}

#[test]
fn hostile_text_is_served_and_not_run() -> Done {
    let mock = Mock::start(&spec("hostile.yaml"))?;
    let answer: Value = serde_json::from_str(&mock.get("/import/x")?.text()?)?;
    assert_eq!(answer["it's \""], "{{ 7*7 }} \\ ''' \"\"\"");
    for path in ["/Same", "/same", "/long"] {
        assert_eq!(mock.get(path)?.status(), 204, "{path}");
    }
    Ok(())
}
