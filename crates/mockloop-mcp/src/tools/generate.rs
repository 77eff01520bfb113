//! `generate_mock_api`: a description in, a FastAPI project on disk out.

use std::path::Path;

use mockloop_codegen::{
    Manifest, Options, Outcome, WriteError, WriteOptions, Written, default_name, project,
};
use mockloop_spec::{Reading, Severity};
use rmcp::handler::server::tool::{InputResponses, RequestState, schema_for_output};
use rmcp::handler::server::wrapper::Parameters;
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{tool, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Status;
use super::overwrite::{Again, Wish, wish};
use crate::failure::Failure;
use crate::log::Weight;
use crate::progress::Progress;
use crate::projects;
use crate::reply::{Reply, Round, data, line};
use crate::server::Mockloop;

/// The most diagnostics that a result holds.
const TOLD: usize = 20;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerateArguments {
    /// The description: a path, or an http(s) URL. OpenAPI 3.1, 3.0 or Swagger 2.0, in JSON or YAML.
    #[schemars(length(min = 1, max = 4096), example = &"specs/petstore.yaml")]
    spec_url_or_path: String,
    /// The name of the project's folder below the output root; where it is absent, it is made of the API's title, or of the name of the file or its folder where the title says nothing.
    #[schemars(length(min = 1, max = 100), example = &"petstore_mock")]
    output_dir_name: Option<String>,
    /// Whether the mock asks for the credentials that the description's security schemes ask for.
    #[serde(default = "yes")]
    auth_enabled: bool,
    /// Whether the project has webhooks.
    #[serde(default = "yes")]
    webhooks_enabled: bool,
    /// Whether the project has the admin UI.
    #[serde(default = "yes")]
    admin_ui_enabled: bool,
    /// Whether the project has document storage.
    #[serde(default = "yes")]
    storage_enabled: bool,
    /// The port that the project's own commands listen on; `start_mock_server` can choose another.
    #[serde(default = "port")]
    #[schemars(range(min = 1))]
    business_port: u16,
    /// Of no effect: the admin API is on the same port, below `/__mockloop`.
    #[expect(dead_code, reason = "the original has it, and those who give it are not to be refused")]
    admin_port: Option<u16>,
}

fn yes() -> bool {
    true
}

fn port() -> u16 {
    8000
}

/// A project that was written.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Generated {
    status: Status,
    /// The project's name: what `start_mock_server` and `inspect_api` take.
    project: String,
    /// The project's folder.
    path: String,
    /// The API's title.
    title: String,
    /// The API's version.
    version: String,
    /// How many operations the mock has.
    operations: usize,
    /// Files that are new.
    files_created: usize,
    /// Files that were brought up to date.
    files_updated: usize,
    /// Files that stay as a person has changed them.
    files_kept: Vec<String>,
    /// What is wrong with the description; the mock is made of the rest.
    diagnostics: Vec<String>,
    /// How many diagnostics there are.
    diagnostics_total: usize,
}

#[tool_router(router = generate_router, vis = "pub(crate)")]
impl Mockloop {
    /// Makes a mock server of an API description.
    #[tool(
        name = "generate_mock_api",
        description = "Write a mock server (a FastAPI project) for an API description: OpenAPI 3.1/3.0 or Swagger 2.0, \
            from a file or a URL. Use it first, before start_mock_server. A project that is there already is brought \
            up to date, and files that a person changed are kept. Returns the project's name and folder, the number \
            of operations and what is wrong with the description.\n\
            Example: {\"spec_url_or_path\": \"specs/petstore.yaml\"}",
        annotations(
            title = "Generate a mock server",
            read_only_hint = false,
            destructive_hint = false,
            idempotent_hint = true,
            open_world_hint = true
        ),
        output_schema = schema_for_output::<Generated>()
    )]
    async fn generate_mock_api(
        &self,
        Parameters(arguments): Parameters<GenerateArguments>,
        RequestState(state): RequestState,
        InputResponses(responses): InputResponses,
        context: RequestContext<RoleServer>,
    ) -> Result<Round<Generated>, Failure> {
        let root = self.output_root(&context).await?;
        let progress = Progress::of(&context, 3);
        progress.step(format!("Reading {}", arguments.spec_url_or_path)).await;
        let reading = self.read(&arguments.spec_url_or_path, &context).await?;
        let mut options = arguments.options();
        let name = options.name.get_or_insert_with(|| default_name(&reading)).clone();
        progress.step("Making the project").await;
        let made = tokio::task::spawn_blocking(move || {
            let tree = project(&reading, &options);
            (reading, tree)
        });
        let (reading, tree) = made.await.map_err(|_| Failure::new("the project could not be made"))?;
        let Some(tree) = tree else {
            return Err(unreadable(&arguments.spec_url_or_path, &reading));
        };
        let dir = projects::folder(&root, &name)?;
        progress.step(format!("Writing {}", dir.display())).await;
        let overwrite = match wish(&tree, &dir, &Again { state, responses }, &context).await {
            Wish::Known(overwrite) => overwrite,
            Wish::Ask(question) => return Ok(Round::Ask(question)),
        };
        let before = source_of(&dir);
        let how = WriteOptions::default().force(overwrite);
        let written = tree.write(&dir, how).map_err(|error| not_written(&dir, &error))?;
        self.resources_changed(&context).await;
        self.tell(&name, &dir, &written, &context).await;
        let reply = reply(&name, &dir, &reading, &written);
        Ok(Round::Done(match before {
            Some(before) if source_of(&dir).is_some_and(|now| now != before) => reply.add(format!(
                "\nIt was made of {} until now; with another `output_dir_name` there would be a project of each.",
                line(&before, 200)
            )),
            _ => reply,
        }))
    }
}

impl GenerateArguments {
    fn options(&self) -> Options {
        let mut options = Options::default();
        options.name.clone_from(&self.output_dir_name);
        options.port = self.business_port;
        options.auth = self.auth_enabled;
        options.webhooks = self.webhooks_enabled;
        options.admin_ui = self.admin_ui_enabled;
        options.storage = self.storage_enabled;
        options
    }
}

impl Mockloop {
    async fn tell(&self, name: &str, dir: &Path, written: &Written, context: &RequestContext<RoleServer>) {
        let (new, updated) = (written.with(Outcome::Created).count(), written.with(Outcome::Updated).count());
        let text = format!("{name} was written to {}: {new} files new, {updated} updated", dir.display());
        self.say(Weight::Info, &text, context).await;
        let kept: Vec<&str> = written.with(Outcome::Kept).collect();
        if !kept.is_empty() {
            let text = format!("{name} keeps what a person changed: {}", kept.join(", "));
            self.say(Weight::Warning, &text, context).await;
        }
    }
}

/// The name of the description that a project is made of.
fn source_of(dir: &Path) -> Option<String> {
    Manifest::read(dir).ok().flatten().map(|manifest| manifest.header.source.name)
}

/// Says why there is nothing to be made of a description.
pub(crate) fn unreadable(spec: &str, reading: &Reading) -> Failure {
    let told: Vec<String> = reading.diagnostics.iter().take(TOLD).map(ToString::to_string).collect();
    let told = told.join("\n");
    let next = if told.contains("not on the public internet") {
        "give a public URL or a file; the person who runs this server can allow it with `--allow-private-urls`"
    } else {
        "mend the description, or name another one"
    };
    Failure::new(format!("{} can't be used", line(spec, 500))).told("description", told).next(next)
}

fn not_written(dir: &Path, error: &WriteError) -> Failure {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    let failure = Failure::new(format!("{error}{cause}"));
    match error {
        WriteError::NotOurs(_) | WriteError::OtherApi { .. } | WriteError::Manifest { .. } => {
            failure.next(format!("give another `output_dir_name`: {} holds other things", dir.display()))
        }
        _ => failure.next("look whether the folder can be written to"),
    }
}

fn reply(name: &str, dir: &Path, reading: &Reading, written: &Written) -> Reply<Generated> {
    let (title, version, operations) = reading.api.as_ref().map_or_else(Default::default, |api| {
        (line(&api.title, 200), line(&api.version, 100), api.operations.len())
    });
    let diagnostics: Vec<String> =
        reading.diagnostics.iter().take(TOLD).map(|each| line(&each.to_string(), 500)).collect();
    let errors = reading.diagnostics.iter().filter(|each| each.severity == Severity::Error).count();
    let generated = Generated {
        status: Status::Success,
        project: name.to_owned(),
        path: dir.display().to_string(),
        operations,
        files_created: written.with(Outcome::Created).count(),
        files_updated: written.with(Outcome::Updated).count(),
        files_kept: written.with(Outcome::Kept).map(str::to_owned).collect(),
        diagnostics_total: reading.diagnostics.len(),
        diagnostics,
        title,
        version,
    };
    let mut text = format!(
        "Mock API server generated successfully at {}: {operations} operations.\n\
         Next: start_mock_server with {{\"source\": \"{name}\"}}.",
        generated.path
    );
    if !generated.files_kept.is_empty() {
        text = format!("{text}\nKept as a person changed them: {}.", generated.files_kept.join(", "));
    }
    if generated.diagnostics_total > 0 {
        let told = data("description", &generated.diagnostics.join("\n"));
        text = format!(
            "{text}\nThe description has {errors} errors and {} warnings; what they are about may be missing:\n{told}",
            generated.diagnostics_total - errors
        );
    }
    Reply::new(generated, text)
}
