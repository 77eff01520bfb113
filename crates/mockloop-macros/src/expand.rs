//! From a module's line to its code.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use mockloop_codegen::{Options, RustOptions, WriteOptions, module_docs, module_lints, project, rust};
use mockloop_spec::{CODES, Diagnostic, Impact, Reading, Severity};
use proc_macro2::TokenStream;
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::LitStr;

use crate::input::{Code, Module, Modules, Settings};
use crate::source;

/// The most warnings that a build is told of one description.
const WARNINGS: usize = 20;

/// The code of the warning that a schema has no type of its own.
const UNTYPED: &str = "untyped-schema";

/// The variable with which code goes into a file.
const DEBUG: &str = "MOCKLOOP_DEBUG";

/// The code of all modules.
pub(crate) fn expand(modules: Modules) -> TokenStream {
    modules.0.into_iter().map(module).collect()
}

fn module(mut module: Module) -> TokenStream {
    let mut errors = std::mem::take(&mut module.errors);
    let reading = match source::description(&module.path) {
        Ok(source) => Some(mockloop_spec::read(&source, None)),
        Err(error) => {
            errors.push(error);
            None
        }
    };
    let (content, untyped) = content(&module, reading.as_ref());
    let mut warnings = Vec::new();
    if let Some(reading) = &reading {
        let told = judge(&module, &reading.diagnostics, &mut errors);
        if let Some(message) = in_one(&told, Severity::Error) {
            errors.push(syn::Error::new(module.path.span(), message));
        }
        let mild = told.iter().filter(|(severity, _)| *severity == Severity::Warning);
        warnings.extend(mild.map(|(_, diagnostic)| diagnostic.to_string()));
        if let Err(error) = write_project(&module, reading) {
            errors.push(error);
        }
    }
    let untyped = untyped.into_iter().map(|schema| format!("{schema}, so that it is any JSON value"));
    match severity(&module.options, UNTYPED) {
        Some(Severity::Error) => errors.extend(untyped.map(|note| syn::Error::new(module.path.span(), note))),
        Some(Severity::Warning) => warnings.extend(untyped),
        None => {}
    }
    let baseline = module.options.baseline.as_ref().and_then(|path| match source::description(path) {
        Ok(source) => Some((path, mockloop_spec::read(&source, None))),
        Err(error) => {
            errors.push(error);
            None
        }
    });
    if let (Some((path, earlier)), Some(reading)) = (&baseline, &reading)
        && let Err(error) = hold_to(path, earlier, &module, reading)
    {
        errors.push(error);
    }
    let errors = errors.iter().map(syn::Error::to_compile_error);
    let readings = reading.iter().chain(baseline.iter().map(|(_, earlier)| earlier));
    let tracked = readings.flat_map(|reading| &reading.files).filter_map(|file| {
        let path = source::absolute(file.path.as_deref()?)?;
        Some(quote! { const _: &[::core::primitive::u8] = ::core::include_bytes!(#path); })
    });
    let warned = warnings.iter().take(WARNINGS).map(|note| warn(&module.path, note));
    let test = module.options.test.then(|| test(&module, reading.as_ref()));
    // Names the variable, so that a build with another value is a new one.
    let debug = quote! {
        const _: ::core::option::Option<&::core::primitive::str> = ::core::option_env!(#DEBUG);
    };
    quote! { #(#errors)* #debug #(#tracked)* #(#warned)* #test #content }
}

/// The diagnostics that are told, with how bad they are by the options of the module.
fn judge<'d>(
    module: &Module,
    diagnostics: &'d [Diagnostic],
    errors: &mut Vec<syn::Error>,
) -> Vec<(Severity, &'d Diagnostic)> {
    let (deny, allow) = (&module.options.deny, &module.options.allow);
    for code in deny.iter().chain(allow).filter(|code| !is_known(&code.name)) {
        let hint = match mockloop_spec::nearest(&code.name, CODES.iter().copied().chain([UNTYPED])) {
            Some(near) => format!("; did you mean `{near}`?"),
            None => "; `mockloop check --format json` shows the codes of a description".to_owned(),
        };
        errors.push(syn::Error::new(code.span, format!("there is no diagnostic `{}`{hint}", code.name)));
    }
    let told = diagnostics.iter().filter_map(|diagnostic| match diagnostic.severity {
        Severity::Warning => Some((severity(&module.options, diagnostic.code)?, diagnostic)),
        severity @ Severity::Error => {
            (!allow.iter().any(|each| each.name == diagnostic.code)).then_some((severity, diagnostic))
        }
    });
    told.collect()
}

/// How bad a warning is by the options of its module; none where it is not told.
fn severity(options: &Settings, code: &str) -> Option<Severity> {
    let named = |codes: &[Code], code: &str| codes.iter().any(|each| each.name == code);
    let (deny, allow) = (&options.deny, &options.allow);
    if named(deny, code) {
        Some(Severity::Error)
    } else if named(allow, code) || named(allow, "warnings") {
        None
    } else if named(deny, "warnings") {
        Some(Severity::Error)
    } else {
        Some(Severity::Warning)
    }
}

fn is_known(code: &str) -> bool {
    code == "warnings" || code == UNTYPED || CODES.contains(&code)
}

/// All diagnostics of a severity in one message.
fn in_one(told: &[(Severity, &Diagnostic)], severity: Severity) -> Option<String> {
    let messages = told.iter().filter(|(found, _)| *found == severity);
    let messages: Vec<_> = messages.map(|(_, diagnostic)| diagnostic.to_string()).collect();
    (!messages.is_empty()).then(|| messages.join("\n"))
}

/// A warning of the compiler: the use of something deprecated, which stable Rust lets a macro say.
fn warn(path: &LitStr, note: &str) -> TokenStream {
    let name = format_ident!("description", span = path.span());
    let used = quote_spanned! { path.span() => #name };
    quote! {
        const _: () = {
            #[deprecated(note = #note)]
            #[expect(non_upper_case_globals, reason = "the name is what the warning shows")]
            const #name: () = ();
            #used
        };
    }
}

fn options(module: &Module) -> Options {
    let defaults = Options::default();
    let given = &module.options;
    let mut options = defaults.clone();
    options.name = given.name.as_ref().map(LitStr::value);
    options.port = given.port.unwrap_or(defaults.port);
    options.auth = given.auth.unwrap_or(defaults.auth);
    options.webhooks = given.webhooks.unwrap_or(defaults.webhooks);
    options.admin_ui = given.admin_ui.unwrap_or(defaults.admin_ui);
    options.storage = given.storage.unwrap_or(defaults.storage);
    options
}

fn write_project(module: &Module, reading: &Reading) -> syn::Result<()> {
    let Some(out_dir) = &module.options.out_dir else { return Ok(()) };
    let Some(tree) = project(reading, &options(module)) else { return Ok(()) };
    let dir = source::root().join(out_dir.value());
    match tree.write(&dir, WriteOptions::default()) {
        Ok(_) => Ok(()),
        Err(error) => {
            let cause =
                std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
            Err(syn::Error::new(out_dir.span(), format!("{error}{cause}")))
        }
    }
}

/// Refuses what would break clients of an earlier description.
fn hold_to(path: &LitStr, earlier: &Reading, module: &Module, reading: &Reading) -> syn::Result<()> {
    let Some(old) = &earlier.api else {
        let problems: Vec<_> = earlier.diagnostics.iter().map(ToString::to_string).collect();
        return Err(syn::Error::new(path.span(), problems.join("\n")));
    };
    let Some(new) = &reading.api else { return Ok(()) };
    let breaking: Vec<_> = mockloop_spec::diff(old, new)
        .into_iter()
        .filter(|change| change.impact == Impact::Breaking)
        .map(|change| format!("{}: {}", change.place, change.message))
        .collect();
    if breaking.is_empty() {
        return Ok(());
    }
    let message = format!("the description breaks clients of {}:\n{}", path.value(), breaking.join("\n"));
    Err(syn::Error::new(module.path.span(), message))
}

fn test(module: &Module, reading: Option<&Reading>) -> TokenStream {
    let name = format_ident!("{}_description_is_valid", module.name);
    let diagnostics = reading.map_or(&[] as &[_], |reading| &reading.diagnostics);
    let problems: Vec<_> =
        judge(module, diagnostics, &mut Vec::new()).iter().map(|(_, d)| d.to_string()).collect();
    let (count, message) = (problems.len(), format!("{}\n", problems.join("\n")));
    quote! {
        #[cfg(test)]
        #[::core::prelude::v1::test]
        fn #name() {
            ::core::assert_eq!(#count, 0, "problems of the description:\n{}", #message);
        }
    }
}

/// The module itself; an empty one, with the names that do not depend on the description, where there
/// is nothing to read.
///
/// With the schemas that have no type of their own.
fn content(module: &Module, reading: Option<&Reading>) -> (TokenStream, Vec<String>) {
    let Module { attributes, visibility, name, options: given, .. } = module;
    let mut rust_options = RustOptions::default();
    if let Some(path) = &given.runtime {
        rust_options.runtime = path.to_token_stream();
    }
    rust_options.models = given.models;
    rust_options.client = cfg!(feature = "client");
    rust_options.project = cfg!(feature = "project").then(|| options(module));
    let empty = mockloop_spec::read(&mockloop_spec::Source::text("", EMPTY), None);
    let reading = reading.filter(|reading| reading.api.is_some()).unwrap_or(&empty);
    let (code, untyped) =
        rust(reading, &rust_options).map(|code| (code.tokens, code.untyped)).unwrap_or_default();
    let code = if std::env::var_os(DEBUG).is_some_and(|value| value == "1") {
        in_file(&module.name.to_string(), &code).unwrap_or(code)
    } else {
        code
    };
    let is_documented = attributes.iter().any(|attribute| attribute.path().is_ident("doc"));
    let docs = reading.api.as_ref().filter(|_| !is_documented).map(module_docs);
    let lints = module_lints();
    let content = quote! {
        #docs
        #lints
        #(#attributes)*
        #visibility mod #name { #code }
    };
    (content, untyped)
}

/// A description of nothing.
const EMPTY: &str = "{\"openapi\": \"3.1.0\", \"info\": {\"title\": \"\", \"version\": \"\"}, \"paths\": {}}";

/// Puts code into a file of its own, formatted where rustfmt is at hand, and includes it from there.
fn in_file(name: &str, code: &TokenStream) -> Option<TokenStream> {
    let text = code.to_string();
    let folder = std::env::var_os("OUT_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    let mut hasher = DefaultHasher::new();
    (source::root(), name).hash(&mut hasher);
    let path = folder.join(format!("mockloop-{name}-{:016x}.rs", hasher.finish()));
    std::fs::write(&path, formatted(&text, &path).unwrap_or(text)).ok()?;
    let path = source::absolute(&path)?;
    Some(quote! { ::core::include!(#path); })
}

fn formatted(text: &str, path: &Path) -> Option<String> {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout"])
        .current_dir(path.parent()?)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = rustfmt.stdin.take()?;
    let input = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = rustfmt.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}
