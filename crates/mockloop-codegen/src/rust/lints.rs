//! Lints that speak of what a description holds rather than of how its code is written, each allowed at the
//! one item that it is about.
//!
//! Allowed and not expected: whether a lint speaks depends on its configuration, and on who can see the item.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::construct::Member;
use super::types::Type;
use crate::python::snake_case;

/// The most lines of a function, without the few that frame it.
const LINES: usize = 90;

/// The most `bool`s of a struct.
const BOOLS: usize = 3;

/// The most names of one letter in a function.
const LETTERS: usize = 4;

/// The fewest variants or fields whose names are compared.
const NAMES: usize = 3;

/// How methods begin that convert or ask.
const CONVERSIONS: [&str; 5] = ["as_", "from_", "into_", "is_", "to_"];

/// Methods of operators that take one value.
const OPERATORS: [&str; 10] = ["add", "bitand", "bitor", "bitxor", "div", "mul", "rem", "shl", "shr", "sub"];

/// Why names are what they are.
const CALLED: &str = "the description calls it so";

fn allow(lint: &str, reason: &str) -> TokenStream {
    let lint = format_ident!("{lint}");
    quote!(#[allow(clippy::#lint, reason = #reason)])
}

/// What stands in front of a module of code for an API: what may be said of any part of it.
#[must_use]
pub fn module_lints() -> TokenStream {
    quote! {
        #[allow(dead_code, reason = "nobody needs all of an API")]
        #[allow(unreachable_pub, reason = "the module alone says who sees what is in it")]
        #[allow(clippy::unicode_not_nfc, reason = "texts are as the description has them")]
    }
}

/// For a function that has so many lines at most, beside a few that frame it.
pub(super) fn lines(count: usize) -> Option<TokenStream> {
    (count > LINES).then(|| allow("too_many_lines", "there is one for each part of the description"))
}

/// For a function with these arguments.
pub(super) fn arguments(names: &[&Ident]) -> TokenStream {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut pairs = names.iter().enumerate().flat_map(|(at, a)| names[..at].iter().map(move |b| (a, b)));
    let similar = pairs.any(|(a, b)| are_similar(a, b)).then(|| allow("similar_names", CALLED));
    let is_short = names.iter().filter(|name| name.len() == 1).count() > LETTERS;
    let short = is_short.then(|| allow("many_single_char_names", CALLED));
    quote!(#similar #short)
}

/// Whether one letter makes two names different, where all digits are alike.
fn are_similar(a: &str, b: &str) -> bool {
    let is_same = |(a, b): &(u8, u8)| a == b || (a.is_ascii_digit() && b.is_ascii_digit());
    let front = a.bytes().zip(b.bytes()).take_while(is_same).count();
    let (a, b) = (&a[front..], &b[front..]);
    let back = a.bytes().rev().zip(b.bytes().rev()).take_while(is_same).count();
    a.len().max(b.len()) - back == 1
}

/// For a method that sets a value, and may be called like one that does something else.
pub(super) fn setter(name: &Ident) -> Option<TokenStream> {
    let name = name.to_string();
    let is_conversion = CONVERSIONS.iter().any(|prefix| name.starts_with(prefix));
    let lint = match name.as_str() {
        "iter" | "iter_mut" => "iter_not_returning_iterator",
        operator if OPERATORS.contains(&operator) => "should_implement_trait",
        _ if is_conversion => "wrong_self_convention",
        _ => return None,
    };
    Some(allow(lint, CALLED))
}

/// For an enum with these variants.
pub(super) fn variants<'n>(
    name: &Ident,
    variants: impl IntoIterator<Item = &'n Ident>,
) -> Option<TokenStream> {
    let are_alike = are_alike(&name.to_string(), variants, |c| c.is_ascii_uppercase());
    are_alike.then(|| allow("enum_variant_names", CALLED))
}

/// For a struct with these members.
pub(super) fn members(name: &Ident, members: &[&Member<'_>]) -> TokenStream {
    let is_bool = |member: &&&Member<'_>| member.initial.is_none() && matches!(member.kind, Type::Bool);
    let has_switches = members.iter().filter(is_bool).count() > BOOLS;
    let bools = has_switches.then(|| allow("struct_excessive_bools", "the description has as many"));
    let names = members.iter().map(|member| member.name);
    let are_alike = are_alike(&snake_case(&name.to_string()), names, |c| c == '_');
    let alike = are_alike.then(|| allow("struct_field_names", CALLED));
    quote!(#bools #alike)
}

/// Whether names have their first or last word in common, or one of them has that of their owner there.
fn are_alike<'n>(
    owner: &str,
    names: impl IntoIterator<Item = &'n Ident>,
    begins_word: fn(char) -> bool,
) -> bool {
    let names: Vec<String> = names.into_iter().map(ToString::to_string).collect();
    let Some(one) = names.first().filter(|_| names.len() >= NAMES) else { return false };
    let first = one[1..].find(begins_word).map_or(one.as_str(), |at| &one[..=at]);
    let last = one[1..].rfind(begins_word).map_or(one.as_str(), |at| &one[at + 1..]);
    names.iter().all(|name| name.starts_with(first))
        || names.iter().all(|name| name.ends_with(last))
        || names.iter().any(|name| name.starts_with(owner) || name.ends_with(owner))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn idents(names: &str) -> Vec<Ident> {
        names.split(' ').map(|name| format_ident!("{name}")).collect()
    }

    #[test]
    fn names_that_differ_in_a_letter_are_similar() {
        for (a, b, expected) in [
            ("assignee", "assigner", true),
            ("comments_url", "comment_url", true),
            ("item", "item_", true),
            ("line_1", "line_2", false),
            ("name", "name", false),
            ("login", "logout", false),
        ] {
            assert_eq!((are_similar(a, b), are_similar(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn names_with_a_word_in_common_are_alike() {
        let enums = [
            ("GetA GetB GetC", true),
            ("AList BList CList", true),
            ("A PetB C", true),
            ("GetA GetB", false),
            ("A B C", false),
        ];
        for (names, expected) in enums {
            assert_eq!(variants(&format_ident!("Pet"), &idents(names)).is_some(), expected, "{names}");
        }
        for (names, expected) in [("pet_id b c", true), ("a_id b_id c_id", true), ("a_id b_id c", false)] {
            assert_eq!(are_alike("pet", &idents(names), |c| c == '_'), expected, "{names}");
        }
    }
}
