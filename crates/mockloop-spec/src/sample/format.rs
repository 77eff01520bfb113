//! Texts of the formats of JSON Schema and OpenAPI.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::plausible::varied;

/// Texts of `format`, the usual one first, then shorter and longer ones; none for formats that
/// are not known.
pub(super) fn texts(format: &str, variant: usize, least: usize) -> Vec<String> {
    let known: &[&str] = match format {
        "date-time" => &["2026-01-15T09:30:00Z", "2026-01-15T09:30:00.000+00:00"],
        "date" => &["2026-01-15"],
        "time" => &["09:30:00Z", "09:30:00.000+00:00"],
        "duration" => &["PT30M", "P1D", "P1Y2M10DT2H30M"],
        "email" | "idn-email" => &["ada@example.com", "a@b.co"],
        "hostname" | "idn-hostname" => &["host1.example.com", "a.co"],
        "ipv4" | "ip" => &["192.0.2.1"],
        "ipv6" => &["2001:db8::1", "::1", "2001:0db8:0000:0000:0000:0000:0000:0001"],
        "uri" | "url" | "iri" => &["https://example.com/1", "a:b"],
        "uri-reference" | "iri-reference" => &["https://example.com/1", "/1"],
        "uri-template" => &["https://example.com/items/{id}", "/{id}", "a"],
        "uuid" | "guid" => &["3fa85f64-5717-4562-b3fc-2c963f66afa6"],
        "json-pointer" => &["/items/1", "/1", ""],
        "relative-json-pointer" => &["1/items", "1"],
        "regex" => &["^[a-z]+$", "a"],
        "password" => &["Passw0rd!"],
        "byte" | "base64" => return base64(variant, least),
        _ => return Vec::new(),
    };
    let mut texts: Vec<String> = known.iter().map(|text| other(format, text, variant)).collect();
    texts.extend(known.first().and_then(|text| lengthened(format, text, least)));
    texts
}

/// Text of the same format that differs.
fn other(format: &str, text: &str, variant: usize) -> String {
    match format {
        _ if variant == 0 => text.to_owned(),
        "date" | "date-time" => {
            let days = variant + 14;
            text.replace(
                "2026-01-15",
                &format!("{:04}-{:02}-{:02}", 2026 + days / 336, days / 28 % 12 + 1, days % 28 + 1),
            )
        }
        "time" => {
            text.replace("09:30", &format!("{:02}:{:02}", (9 + variant / 30) % 24, (30 + variant) % 60))
        }
        "uuid" | "guid" => format!("3fa85f64-5717-4562-b3fc-2c963f66{:04x}", (0xafa6 + variant) % 0x1_0000),
        "ipv4" | "ip" => format!("192.0.2.{}", (1 + variant) % 255),
        "duration" => format!("PT{}M", 30 + variant),
        "ipv6" => format!("2001:db8::{:x}", (1 + variant) % 0x1_0000),
        "uri-template" | "regex" => format!("{text}{}", variant + 1),
        _ => varied(text, variant),
    }
}

/// A text of `format` of at least `least` characters, where there are any.
fn lengthened(format: &str, text: &str, least: usize) -> Option<String> {
    let missing = least.checked_sub(text.chars().count()).filter(|missing| *missing > 0)?;
    let filling = "a".repeat(missing);
    Some(match format {
        "email" | "idn-email" => {
            let label = format!("{}.", "a".repeat(60));
            let labels = label.repeat(missing.saturating_sub(40) / label.len() + usize::from(missing > 40));
            format!("{}@{labels}example.com", "a".repeat(missing.min(40) + 3))
        }
        "hostname" | "idn-hostname" => {
            let label = format!("{}.", "a".repeat(60));
            format!("{}{text}", label.repeat(missing.div_ceil(label.len())))
        }
        "date-time" | "time" => {
            text.replace('Z', &format!(".{}Z", "0".repeat(missing.saturating_sub(1).max(1))))
        }
        "relative-json-pointer" => format!("{text}/{filling}"),
        "duration" | "date" | "ipv4" | "ipv6" | "uuid" => return None,
        _ => format!("{text}{filling}"),
    })
}

/// Base64 of a text, as long as is asked for.
fn base64(variant: usize, least: usize) -> Vec<String> {
    let word = if variant == 0 { "sample".to_owned() } else { format!("sample {}", variant + 1) };
    let bytes = least / 4 * 3 + 3;
    let long = word.as_bytes().iter().copied().cycle().take(bytes);
    vec![STANDARD.encode(&word), STANDARD.encode(long.collect::<Vec<_>>()), STANDARD.encode("abc")]
}
