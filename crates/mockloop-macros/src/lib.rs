//! The macro of `mockloop-runtime`, which re-exports it and is what to depend on.

mod expand;
mod input;
mod source;

use proc_macro::TokenStream;

/// Reads API descriptions at compile time, and gives a module for each.
///
/// ```text
/// mockloop_runtime::mockloop! {
///     /// The pet store, as its description says.
///     pub mod petstore = "specs/petstore.yaml";
///
///     #[mockloop(out_dir = "mocks/billing", auth = false, port = 8010, models, deny(warnings))]
///     pub mod billing = "specs/billing.json";
/// }
/// ```
///
/// Paths start at the folder of the crate's `Cargo.toml`. Every file of a description is tracked: a
/// change in any of them builds the crate anew. A broken description is an error at the path.
///
/// A module has
///
/// - `API` and `ENDPOINTS`: what the description says, as constants;
/// - a type for each operation, such as `GetPet` for `getPet`, that implements `Endpoint`, with an enum
///   of its responses, and `Operation`, an enum of all operations;
/// - `client(url)`, which sends them (feature `client`);
/// - `PROJECT`: the FastAPI project that serves a mock (feature `project`);
/// - `models`: types of the schemas, with the option `models`.
///
/// `new` takes what a type has to have. Where that is more than seven values they are a struct with their
/// names, such as `GetPetRequired`, and `into` makes the type of it; a type of nothing else has public fields
/// alone. A large body is boxed in the enum of an operation's responses.
///
/// # Options
///
/// | option | meaning | without it |
/// | --- | --- | --- |
/// | `out_dir = "DIR"` | write the project there too; what a person changed stays | nothing is written |
/// | `name = "NAME"` | the project's name | from the title |
/// | `port = N` | the port that the project's own commands listen on | 8000 |
/// | `auth = false` | credentials are not asked for | they are |
/// | `webhooks`, `admin_ui`, `storage` `= false` | leave these parts out | they are there |
/// | `models` | types for the schemas; `untyped-schema` warns of those that are beyond it | JSON values |
/// | `deny(CODE, ..)` | diagnostics that are errors: codes, or `warnings` | errors alone are |
/// | `allow(CODE, ..)` | diagnostics that are not told, and no errors: codes, or `warnings` | all are |
/// | `baseline = "FILE"` | the description may not break clients of the one in that file | anything goes |
/// | `test` | a `#[test]` that the description is valid | none |
/// | `crate = PATH` | where the runtime crate is | `::mockloop_runtime` |
///
/// Other attributes, and documentation, go to the module. `MOCKLOOP_DEBUG=1` in the environment writes
/// the code, formatted, into a file and includes it from there.
#[proc_macro]
pub fn mockloop(tokens: TokenStream) -> TokenStream {
    match syn::parse::<input::Modules>(tokens) {
        Ok(modules) => expand::expand(modules),
        Err(error) => error.into_compile_error(),
    }
    .into()
}
