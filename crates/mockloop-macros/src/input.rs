//! What is written between the braces of `mockloop!`.

use proc_macro2::Span;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Ident, LitBool, LitInt, LitStr, Path, Token, Visibility};

/// Every option, for the one that was meant.
const OPTIONS: &[&str] = &[
    "out_dir", "name", "port", "auth", "webhooks", "admin_ui", "storage", "models", "deny", "allow",
    "baseline", "test", "crate",
];

/// All modules of one call.
pub(crate) struct Modules(pub(crate) Vec<Module>);

/// `pub mod name = "path";`
pub(crate) struct Module {
    /// Those that go to the module.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) name: Ident,
    pub(crate) path: LitStr,
    pub(crate) options: Settings,
    /// What is wrong with the options; the module is there all the same.
    pub(crate) errors: Vec<syn::Error>,
}

/// The options of a module.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) out_dir: Option<LitStr>,
    pub(crate) name: Option<LitStr>,
    pub(crate) port: Option<u16>,
    pub(crate) auth: Option<bool>,
    pub(crate) webhooks: Option<bool>,
    pub(crate) admin_ui: Option<bool>,
    pub(crate) storage: Option<bool>,
    pub(crate) models: bool,
    pub(crate) deny: Vec<Code>,
    pub(crate) allow: Vec<Code>,
    pub(crate) baseline: Option<LitStr>,
    pub(crate) test: bool,
    pub(crate) runtime: Option<Path>,
}

/// A diagnostic's code, such as `unresolved-ref`, where it is written.
pub(crate) struct Code {
    pub(crate) name: String,
    pub(crate) span: Span,
}

impl Parse for Modules {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.is_empty() {
            let message = "a module is missing: `pub mod petstore = \"specs/petstore.yaml\";`";
            return Err(syn::Error::new(input.span(), message));
        }
        let mut modules = Vec::new();
        while !input.is_empty() {
            modules.push(input.parse()?);
        }
        Ok(Self(modules))
    }
}

impl Parse for Module {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let all = input.call(Attribute::parse_outer)?;
        let (mut options, mut errors, mut attributes) = (Settings::default(), Vec::new(), Vec::new());
        for attribute in all {
            if attribute.path().is_ident("mockloop") {
                if let Err(error) =
                    attribute.parse_args_with(|input: ParseStream<'_>| options.read(input, &mut errors))
                {
                    errors.push(error);
                }
            } else {
                attributes.push(attribute);
            }
        }
        let visibility = input.parse()?;
        let _: Token![mod] = input.parse()?;
        let name = input.parse()?;
        let path = value(input).map_err(|error| {
            let message = "expected the path of a description: `= \"specs/petstore.yaml\";`";
            syn::Error::new(error.span(), message)
        })?;
        let _: Token![;] = input.parse()?;
        Ok(Self { attributes, visibility, name, path, options, errors })
    }
}

impl Settings {
    /// Reads `key = value, key, key(..)`; what is wrong with one does not hide the others.
    fn read(&mut self, input: ParseStream<'_>, errors: &mut Vec<syn::Error>) -> syn::Result<()> {
        while !input.is_empty() {
            let key = input.call(Ident::parse_any)?;
            if let Err(error) = self.option(&key, input) {
                errors.push(error);
                // Go on behind the next comma.
                while !input.is_empty() && !input.peek(Token![,]) {
                    let _: proc_macro2::TokenTree = input.parse()?;
                }
            }
            if input.is_empty() {
                break;
            }
            let _: Token![,] = input.parse()?;
        }
        Ok(())
    }

    fn option(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key.to_string().as_str() {
            "out_dir" => self.out_dir = Some(value(input)?),
            "name" => self.name = Some(value(input)?),
            "baseline" => self.baseline = Some(value(input)?),
            "port" => self.port = Some(port(input)?),
            "auth" => self.auth = Some(flag(input)?),
            "webhooks" => self.webhooks = Some(flag(input)?),
            "admin_ui" => self.admin_ui = Some(flag(input)?),
            "storage" => self.storage = Some(flag(input)?),
            "models" => self.models = flag(input)?,
            "test" => self.test = flag(input)?,
            "deny" => self.deny.extend(codes(input)?),
            "allow" => self.allow.extend(codes(input)?),
            "crate" => self.runtime = Some(value(input)?),
            unknown => {
                let hint = match mockloop_spec::nearest(unknown, OPTIONS.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("there are: {}", OPTIONS.join(", ")),
                };
                return Err(syn::Error::new(key.span(), format!("there is no option `{unknown}`; {hint}")));
            }
        }
        Ok(())
    }
}

/// What follows `=`.
fn value<T: Parse>(input: ParseStream<'_>) -> syn::Result<T> {
    let _: Token![=] = input.parse()?;
    input.parse()
}

fn port(input: ParseStream<'_>) -> syn::Result<u16> {
    let number: LitInt = value(input)?;
    number.base10_parse().map_err(|_| syn::Error::new(number.span(), "a port is a number up to 65535"))
}

/// `= true`, `= false`, or nothing, which is true.
fn flag(input: ParseStream<'_>) -> syn::Result<bool> {
    if input.peek(Token![=]) { Ok(value::<LitBool>(input)?.value) } else { Ok(true) }
}

/// `(code, "code", another-code)`
fn codes(input: ParseStream<'_>) -> syn::Result<Vec<Code>> {
    let content;
    syn::parenthesized!(content in input);
    let codes = Punctuated::<Code, Token![,]>::parse_terminated(&content)?;
    Ok(codes.into_iter().collect())
}

impl Parse for Code {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            return Ok(Self { name: text.value(), span: text.span() });
        }
        let words = Punctuated::<Ident, Token![-]>::parse_separated_nonempty_with(input, Ident::parse_any)?;
        let names: Vec<String> = words.iter().map(ToString::to_string).collect();
        let span = quote!(#words).span();
        Ok(Self { name: names.join("-").replace('_', "-"), span })
    }
}
