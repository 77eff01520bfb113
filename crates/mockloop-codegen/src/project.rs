//! The files of a project: every name, literal and docstring is final before a template runs.

use std::collections::{HashMap, HashSet};

use mockloop_spec::Reading;
use mockloop_spec::model::{Api, Operation};
use serde::Serialize;

use crate::manifest::Header;
use crate::options::Options;
use crate::parts::Parts;
use crate::python::{Identifier, LINE, docstring, literal, natural_order, snake_case};
use crate::render::{Renderer, Source, markdown};
use crate::tree::FileTree;

const REQUIREMENTS: &str = "requirements_mock.txt";

/// The project that serves a description; none where the description can't be read at all.
///
/// The same description and options give the same bytes.
#[must_use]
pub fn project(reading: &Reading, options: &Options) -> Option<FileTree> {
    let api = reading.api.as_ref()?;
    let name = options.name.clone().unwrap_or_else(|| default_name(reading));
    let mut tree = FileTree::new(Header {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        source: api.source.clone(),
        options: Options { name: Some(name.clone()), ..options.clone() },
    });
    let parts = Parts::new(options);
    for (path, bytes) in mockloop_templates::PROJECT.iter().filter(|(path, _)| parts.have(path)) {
        tree.insert(*path, *bytes);
    }
    if let Some(all) = tree.get(REQUIREMENTS).and_then(|bytes| std::str::from_utf8(bytes).ok()) {
        let needed = parts.requirements(all);
        tree.insert(REQUIREMENTS, needed.into_bytes());
    }
    tree.insert("api.json", api_json(api));
    tree.insert("openapi.json", reading.openapi.clone().into_bytes());
    let renderer = Renderer::new();
    tree.insert("main.py", renderer.render("main.py.j2", &main(api, options)));
    let (init, modules) = routes(api);
    tree.insert("routes/__init__.py", renderer.render("routes_init.py.j2", &init));
    for (module, context) in &modules {
        tree.insert(format!("routes/{module}.py"), renderer.render("routes_tag.py.j2", context));
    }
    let about = About {
        name: Source(slug(&name)),
        title: Source(markdown(&api.title)),
        version: Source(markdown(&api.version)),
        source: Source(markdown(&api.source.name)),
        operations: api.operations.len(),
        port: options.port,
        command: Source(command(&api.source.name)),
        parts,
    };
    for file in [".env.example", "README.md", "Dockerfile", "docker-compose.yml"] {
        tree.insert(file, renderer.render(&format!("{file}.j2"), &about));
    }
    Some(tree)
}

/// The name of a project for which none is given: of the API's title, or of where its description is.
#[must_use]
pub fn default_name(reading: &Reading) -> String {
    let title = reading.api.as_ref().map_or("", |api| api.title.as_str());
    let root = reading.files.first();
    let path = root.and_then(|file| file.path.as_deref()).map(|path| path.to_string_lossy());
    let url = root.map(|file| file.name.as_str()).filter(|name| name.contains("://"));
    project_name(title, path.as_deref().or(url).unwrap_or_default())
}

/// Titles and names of files that are those of many APIs, as frameworks give them.
const GENERIC: [&str; 17] = [
    "api",
    "api_docs",
    "api_documentation",
    "api_specification",
    "description",
    "docs",
    "fast_api",
    "fastapi",
    "index",
    "my_api",
    "openapi",
    "openapi_definition",
    "openapi_specification",
    "rest_api",
    "spec",
    "swagger",
    "untitled",
];

/// A name for a project of an API: `Swagger Petstore` becomes `swagger_petstore_mock`.
///
/// Where the title is that of any API, such as `FastAPI`, the name of the description's file is taken, and where that
/// is as general, such as `openapi.json`, that of its folder. `spec` is the description's path or URL.
///
/// ```
/// # use mockloop_codegen::project_name;
/// assert_eq!(project_name("FastAPI", "specs/orders.yaml"), "orders_mock");
/// assert_eq!(project_name("FastAPI", "orders/openapi.json"), "orders_mock");
/// assert_eq!(project_name("Orders", "anywhere/openapi.json"), "orders_mock");
/// ```
#[must_use]
pub fn project_name(title: &str, spec: &str) -> String {
    let title = snake_case(title);
    let says_much = |name: &String| !name.is_empty() && !GENERIC.contains(&name.as_str());
    let path = spec.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.split(['/', '\\']).rev().filter(|part| !part.is_empty());
    let file = parts.next().unwrap_or_default();
    let stem = snake_case(file.split_once('.').map_or(file, |(stem, _)| stem));
    let folder = snake_case(parts.next().unwrap_or_default());
    let found = [&title, &stem, &folder].into_iter().find(|name| says_much(name));
    let name = found.unwrap_or(&title);
    if name.is_empty() { "mock".to_owned() } else { format!("{}_mock", name.trim_end_matches("_mock")) }
}

fn api_json(api: &Api) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 << 20);
    serde_json::to_writer(&mut bytes, api).expect("BUG: a model of strings, numbers and lists is JSON");
    bytes.push(b'\n');
    bytes
}

#[derive(Serialize)]
struct About {
    name: Source,
    title: Source,
    version: Source,
    source: Source,
    operations: usize,
    port: u16,
    command: Source,
    parts: Parts,
}

/// What an image, and so a shell, may be called.
fn slug(name: &str) -> String {
    let slug = snake_case(name);
    if slug.is_empty() { "mock".to_owned() } else { slug }
}

/// The command that makes a project again, without anything that a shell would understand.
fn command(source: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:".contains(c);
    let source: String = source.chars().map(|c| if plain(c) { c } else { '?' }).take(200).collect();
    format!("mockloop generate {source} -o .")
}

#[derive(Serialize)]
struct Main {
    docstring: Source,
    port: u16,
    parts: Parts,
}

fn main(api: &Api, options: &Options) -> Main {
    let paragraphs = [
        sentence(&format!("{} {} as a mock server.", api.title, api.version)),
        format!(
            "Made by MockLoop from {}; make it again with `{}`. This file is yours: what you change here is kept.",
            api.source.name,
            command(&api.source.name)
        ),
    ];
    Main { docstring: Source(docstring(&paragraphs, 0)), port: options.port, parts: Parts::new(options) }
}

#[derive(Serialize)]
struct Init {
    body: Source,
}

#[derive(Serialize)]
struct Module {
    docstring: Source,
    long_lines: bool,
    handlers: Vec<Handler>,
}

#[derive(Serialize)]
struct Handler {
    decorator: Source,
    name: Source,
    docstring: Source,
}

/// The handlers by module; an operation belongs to its first tag.
fn routes(api: &Api) -> (Init, Vec<(String, Module)>) {
    let mut by_tag: Vec<(&str, Vec<&Operation>)> = Vec::new();
    let mut index: HashMap<&str, usize> = HashMap::new();
    for operation in &api.operations {
        let tag = operation.tags.first().map_or("", String::as_str);
        let slot = *index.entry(tag).or_insert_with(|| {
            by_tag.push((tag, Vec::new()));
            by_tag.len() - 1
        });
        if let Some((_, operations)) = by_tag.get_mut(slot) {
            operations.push(operation);
        }
    }
    let mut taken = HashSet::new();
    let mut modules: Vec<(String, Module)> = by_tag
        .into_iter()
        .map(|(tag, operations)| {
            let name = Identifier::unique(tag, if tag.is_empty() { "default" } else { "tag" }, &mut taken);
            (name.as_str().to_owned(), module(tag, &operations))
        })
        .collect();
    modules.sort_by(|(a, _), (b, _)| natural_order(a, b));
    let names: Vec<&str> = modules.iter().map(|(name, _)| name.as_str()).collect();
    (Init { body: Source(init(&names)) }, modules)
}

fn module(tag: &str, operations: &[&Operation]) -> Module {
    let subject = if tag.is_empty() {
        "Operations without a tag.".to_owned()
    } else {
        sentence(&format!("Operations with the tag {tag}."))
    };
    let advice = "A handler that returns `call.mock()` answers as the description says. Return something else to \
                  answer in your own way; what you change here is kept.";
    let mut taken = HashSet::new();
    let handlers: Vec<Handler> = operations.iter().map(|operation| handler(operation, &mut taken)).collect();
    let docstring_ = docstring(&[subject, advice.to_owned()], 0);
    let too_long =
        |text: &Source| text.0.lines().any(|line| line.chars().map(width).sum::<usize>() > LINE - 4);
    Module {
        long_lines: handlers
            .iter()
            .any(|handler| too_long(&handler.decorator) || too_long(&handler.docstring))
            || too_long(&Source(docstring_.clone())),
        docstring: Source(docstring_),
        handlers,
    }
}

/// Linters count wide characters twice.
fn width(c: char) -> usize {
    if c.is_ascii() { 1 } else { 2 }
}

fn handler(operation: &Operation, taken: &mut HashSet<Identifier>) -> Handler {
    let name = Identifier::unique(&operation.id, "operation", taken);
    let mut paragraphs = Vec::new();
    let summary = operation.summary.as_deref().map(str::trim).filter(|summary| !summary.is_empty());
    let description = operation.description.as_deref().map(str::trim).filter(|text| !text.is_empty());
    if let Some(summary) = summary {
        paragraphs.push(sentence(summary));
    }
    let is_new = |text: &&str| summary.is_none_or(|summary| !repeats(text, summary));
    if let Some(description) = description.filter(is_new) {
        paragraphs.push(shortened(description));
    }
    paragraphs.push(format!("{} {}", operation.method, operation.path));
    let id = literal(&operation.id);
    let decorator = if "@routes.operation()".len() + id.chars().map(width).sum::<usize>() <= LINE {
        format!("@routes.operation({id})")
    } else {
        format!("@routes.operation(\n    {id}\n)")
    };
    Handler {
        decorator: Source(decorator),
        name: Source(name.as_str().to_owned()),
        docstring: Source(docstring(&paragraphs, 4)),
    }
}

/// Whether a description says no more than the summary.
fn repeats(description: &str, summary: &str) -> bool {
    description.len() <= summary.len() + 8 && sentence(description) == sentence(summary)
}

/// One line that ends like a sentence.
fn sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.ends_with(['.', '!', '?', ':', '`']) { line } else { line + "." }
}

/// The first lines of a description: a docstring tells what a handler is for, the rest is in `/docs`.
fn shortened(text: &str) -> String {
    const LINES: usize = 12;
    let mut lines: Vec<&str> = text.lines().take(LINES + 1).collect();
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines.push("…");
    }
    lines.iter().map(|line| line.chars().take(1000).collect::<String>()).collect::<Vec<_>>().join("\n")
}

/// The import and the tuple of all routes, in lines as a formatter breaks them.
fn init(names: &[&str]) -> String {
    if names.is_empty() {
        return "from mockloop_server import Routes\n\nROUTES: tuple[Routes, ...] = ()".to_owned();
    }
    let list = |items: &[String], open: &str, close: &str| {
        let comma =
            if items.len() == 1 && open.ends_with('(') && open.starts_with("ROUTES") { "," } else { "" };
        let one_line = format!("{open}{}{comma}{close}", items.join(", "));
        if one_line.len() <= LINE {
            return one_line;
        }
        let open = open.trim_end_matches('(');
        format!("{open}(\n    {},\n)", items.join(",\n    "))
    };
    let modules: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let routes: Vec<String> = names.iter().map(|name| format!("{name}.routes")).collect();
    format!("{}\n\n{}", list(&modules, "from routes import ", ""), list(&routes, "ROUTES = (", ")"))
}
