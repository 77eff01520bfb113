//! JSON pointers (RFC 6901).

use std::borrow::Cow;

/// Appends one reference token, escaped, with its slash.
pub(crate) fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// The token that an escaped one stands for.
pub(crate) fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') {
        Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(token)
    }
}

/// The tokens of a pointer, unescaped.
pub(crate) fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(unescape)
}

/// The pointer without its last token; none for the root.
pub(crate) fn parent(pointer: &str) -> Option<&str> {
    pointer.rfind('/').map(|end| &pointer[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_round_trip() {
        let mut pointer = String::new();
        push(&mut pointer, "/pets/{id}~x");
        push(&mut pointer, "");
        assert_eq!(pointer, "/~1pets~1{id}~0x/");
        assert_eq!(tokens(&pointer).collect::<Vec<_>>(), ["/pets/{id}~x", ""]);
    }
}
