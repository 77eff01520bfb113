//! Bodies of several parts (RFC 7578).

/// A `multipart/form-data` body.
///
/// ```
/// use mockloop_runtime::Multipart;
///
/// let body = Multipart::new().text("caption", "Rex").file("photo", "rex.png", "image/png", b"...");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Multipart {
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    head: String,
    content: Vec<u8>,
}

impl Multipart {
    /// A body without parts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn text(self, name: &str, value: impl AsRef<str>) -> Self {
        self.part(&format!("name=\"{}\"", quoted(name)), None, value.as_ref().as_bytes())
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, name: &str, filename: &str, media_type: &str, content: impl AsRef<[u8]>) -> Self {
        let disposition = format!("name=\"{}\"; filename=\"{}\"", quoted(name), quoted(filename));
        self.part(&disposition, Some(media_type), content.as_ref())
    }

    fn part(mut self, disposition: &str, media_type: Option<&str>, content: &[u8]) -> Self {
        let mut head = format!("Content-Disposition: form-data; {disposition}\r\n");
        if let Some(media_type) = media_type {
            head += "Content-Type: ";
            head.extend(media_type.chars().filter(|c| !c.is_control()));
            head += "\r\n";
        }
        self.parts.push(Part { head, content: content.to_vec() });
        self
    }

    /// The content type and the bytes.
    pub(crate) fn encode(&self) -> (String, Vec<u8>) {
        let boundary = self.boundary();
        let mut bytes = Vec::new();
        for part in &self.parts {
            bytes.extend_from_slice(format!("--{boundary}\r\n{}\r\n", part.head).as_bytes());
            bytes.extend_from_slice(&part.content);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        (format!("multipart/form-data; boundary={boundary}"), bytes)
    }

    /// A boundary that no part holds: the same for the same parts.
    fn boundary(&self) -> String {
        let is_free = |boundary: &String| {
            !self.parts.iter().any(|part| {
                part.content.windows(boundary.len()).any(|window| window == boundary.as_bytes())
                    || part.head.contains(boundary.as_str())
            })
        };
        (0..u32::MAX).map(|number| format!("mockloop-boundary-{number}")).find(is_free).unwrap_or_default()
    }
}

/// Escapes as browsers do (HTML, "multipart/form-data encoding algorithm").
fn quoted(text: &str) -> String {
    text.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_is_in_no_part() {
        let (content_type, bytes) = Multipart::new()
            .text("a\"\r\n", "--mockloop-boundary-0")
            .file("f", "x", "a/b\r\nc: d", [1])
            .encode();
        assert_eq!(content_type, "multipart/form-data; boundary=mockloop-boundary-1");
        let expected = "--mockloop-boundary-1\r\nContent-Disposition: form-data; name=\"a%22%0D%0A\"\r\n\r\n\
            --mockloop-boundary-0\r\n--mockloop-boundary-1\r\nContent-Disposition: form-data; name=\"f\"; \
            filename=\"x\"\r\nContent-Type: a/bc: d\r\n\r\n\u{1}\r\n--mockloop-boundary-1--\r\n";
        assert_eq!(String::from_utf8_lossy(&bytes), expected);
    }
}
