//! Text as Rust identifiers: the only way by which names of a description get into Rust code.

use std::collections::HashSet;

use proc_macro2::{Ident, Span};

use crate::python::snake_case;

/// Keywords of every edition, and `union` and the like where they would confuse a reader.
const KEYWORDS: &[&str] = &[
    "_", "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
    "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield", "Self",
];

/// The names of one scope.
#[derive(Debug, Default)]
pub(crate) struct Scope {
    taken: HashSet<String>,
}

impl Scope {
    /// A scope in which these names have a meaning already.
    pub(crate) fn with(names: &[&str]) -> Self {
        Self { taken: names.iter().map(|name| (*name).to_owned()).collect() }
    }

    /// A type's or variant's name, in `PascalCase`.
    pub(crate) fn type_name(&mut self, text: &str, fallback: &str) -> Ident {
        let name = pascal_case(text);
        self.unique(if name.is_empty() { fallback.to_owned() } else { name }, 'N', "")
    }

    /// A field's, function's or module's name, in `snake_case`.
    pub(crate) fn value_name(&mut self, text: &str, fallback: &str) -> Ident {
        let name = snake_case(text);
        self.unique(if name.is_empty() { fallback.to_owned() } else { name }, 'n', "_")
    }

    fn unique(&mut self, name: String, letter: char, separator: &str) -> Ident {
        let starts_with_digit = name.starts_with(|c: char| c.is_ascii_digit());
        let name = if starts_with_digit { format!("{letter}{name}") } else { name };
        let mut candidate = if KEYWORDS.contains(&name.as_str()) { format!("{name}_") } else { name.clone() };
        let mut number = 2_u32;
        while !self.taken.insert(candidate.clone()) {
            candidate = format!("{name}{separator}{number}");
            number += 1;
        }
        Ident::new(&candidate, Span::call_site())
    }
}

/// The words of a text, each with a capital letter; a word of capitals alone keeps the first.
pub(crate) fn pascal_case(text: &str) -> String {
    let cut: String = text.chars().take(300).collect();
    let words = cut.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut name = String::new();
    for word in words {
        let (first, rest) = word.split_at(1);
        name.push_str(&first.to_ascii_uppercase());
        if word.chars().any(|c| c.is_ascii_lowercase()) {
            name.push_str(rest);
        } else {
            name.push_str(&rest.to_ascii_lowercase());
        }
    }
    name.truncate(80);
    // Words of a letter each make one of capitals, which reads like an acronym.
    if name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_uppercase()) {
        name[1..].make_ascii_lowercase();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_is_a_name() {
        let mut scope = Scope::with(&["Operation"]);
        let rows = [
            ("getPetById", "GetPetById"),
            ("get-pet_by id", "GetPetById2"),
            ("URL", "Url"),
            ("a.b.c", "Abc"),
            ("operation", "Operation2"),
            ("self", "Self_"),
            ("SELF", "Self2"),
            ("3d", "N3d"),
            ("日本", "Thing"),
            ("\"); evil!(\"", "Evil"),
        ];
        for (text, name) in rows {
            assert_eq!(scope.type_name(text, "Thing").to_string(), name);
        }
        let mut scope = Scope::default();
        for (text, name) in [
            ("type", "type_"),
            ("petId", "pet_id"),
            ("X-Y", "x_y"),
            ("x.y", "x_y_2"),
            ("2", "n2"),
            ("Type", "type_2"),
        ] {
            assert_eq!(scope.value_name(text, "value").to_string(), name);
        }
    }
}
