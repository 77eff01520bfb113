//! Values that types of schemas have to give back as they came.

use serde_json::{Value, json};

mockloop_runtime::mockloop! {
    /// Types for what is easily changed on the way.
    #[mockloop(models)]
    mod values = "tests/specs/values.yaml";
}

use values::models::{Thing, ThingKey};

/// A thing with this in the place of that, and what becomes of it.
fn there_and_back(member: &str, value: &str) -> serde_json::Result<(String, String)> {
    let text = format!(r#"{{"name":"a","{member}":{value}}}"#);
    let thing: Thing = serde_json::from_str(&text)?;
    Ok((text, serde_json::to_string(&thing)?))
}

#[test]
fn a_number_that_may_be_a_text_keeps_its_digits() -> serde_json::Result<()> {
    for member in ["key", "amount", "perhaps"] {
        let numbers =
            ["1", "1.0", "-7", "9007199254740993", "-9223372036854775808", "18446744073709551615", "0.1"];
        for number in numbers {
            let (before, after) = there_and_back(member, number)?;
            assert_eq!(before, after);
        }
    }
    let (before, after) = there_and_back("many", r#"[1,"1",1.0,9007199254740993]"#)?;
    assert_eq!(before, after);
    let thing: Thing = serde_json::from_value(json!({"name": "a", "key": 7}))?;
    assert_eq!(thing.key, Some(ThingKey::Number(7.into())));
    Ok(())
}

#[test]
fn a_null_that_may_be_any_json_is_no_absence() -> serde_json::Result<()> {
    for member in ["any", "named", "part"] {
        for value in ["null", "1", r#"{"a":null}"#] {
            let (before, after) = there_and_back(member, value)?;
            assert_eq!(before, after);
        }
    }
    let thing: Thing = serde_json::from_value(json!({"name": "a", "any": null, "text": null}))?;
    assert_eq!((thing.any, thing.named, thing.text), (Some(Value::Null), None, None));
    Ok(())
}
