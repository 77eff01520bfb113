//! Parameters of operations.

use super::flat::COMPOUND;
use super::{At, Comparison, Direction, Effect};
use crate::model::{Location, Operation, Parameter, Part, Style};

impl<'a> Comparison<'a> {
    /// Compares the parameters of an operation; those in the path too where that is the same.
    pub(super) fn parameters(
        &mut self,
        at: &At<'_>,
        direction: Direction,
        (old, new): (&'a Operation, &'a Operation),
        with_path: bool,
    ) {
        let counts = |parameter: &&'a Parameter| with_path || parameter.r#in != Location::Path;
        let before: Vec<&Parameter> = old.parameters.iter().filter(counts).collect();
        let mut after: Vec<&Parameter> = new.parameters.iter().filter(counts).collect();
        let pairs: Vec<(&Parameter, Option<&Parameter>)> = before
            .iter()
            .map(|parameter| {
                let index = after.iter().position(|other| is_same(old, parameter, new, other));
                (*parameter, index.map(|index| after.remove(index)))
            })
            .collect();
        for (parameter, kept) in pairs {
            let here = at.below(format_args!("{} {}", place(parameter.r#in), parameter.name));
            if let Some(kept) = kept {
                self.parameter(&here, direction, parameter, kept);
                continue;
            }
            let moved = after.iter().position(|other| other.name == parameter.name);
            if let Some(moved) = moved.map(|index| after.remove(index)) {
                let (from, to) = (place(parameter.r#in), place(moved.r#in));
                let message = format!("the {from} parameter `{}` is a {to} parameter now", parameter.name);
                self.breaking(&here, "parameter-moved", message);
                self.schemas(&here, direction, parameter.schema.as_ref(), moved.schema.as_ref());
            } else {
                let message = format!("{} is gone", name(parameter));
                self.breaking(&here, "parameter-removed", message);
            }
        }
        for parameter in after {
            let here = at.below(format_args!("{} {}", place(parameter.r#in), parameter.name));
            if parameter.required {
                let message = format!("the new {} must be sent", name_only(parameter));
                let impact = direction.judge(Effect::Narrower);
                self.say(&here, impact, "required-parameter-added", message);
            } else {
                let message = format!("{} is new", name(parameter));
                self.compatible(&here, "parameter-added", message);
            }
        }
    }

    fn parameter(&mut self, at: &At<'_>, direction: Direction, old: &'a Parameter, new: &'a Parameter) {
        match (old.required, new.required) {
            (false, true) => {
                let message = format!("{} must be sent now", name(old));
                self.say(at, direction.judge(Effect::Narrower), "parameter-became-required", message);
            }
            (true, false) => {
                let message = format!("{} need no longer be sent", name(old));
                self.say(at, direction.judge(Effect::Wider), "parameter-became-optional", message);
            }
            _ => {}
        }
        match (old.deprecated, new.deprecated) {
            (false, true) => {
                self.compatible(at, "parameter-deprecated", format!("{} is deprecated now", name(old)));
            }
            (true, false) => {
                let message = format!("{} is no longer deprecated", name(old));
                self.compatible(at, "parameter-undeprecated", message);
            }
            _ => {}
        }
        if old.media_type != new.media_type {
            let message = format!("{} was {} and is {}", name(old), written_as(old), written_as(new));
            self.breaking(at, "parameter-style-changed", message);
        } else if old.media_type.is_none() && self.is_written_differently(old, new) {
            let message = format!("{} was {} and is {}", name(old), styled(old), styled(new));
            self.breaking(at, "parameter-style-changed", message);
        }
        self.schemas(at, direction, old.schema.as_ref(), new.schema.as_ref());
    }

    /// Whether some value of the old parameter is written in another way now. Most styles differ for
    /// arrays and objects only.
    fn is_written_differently(&self, old: &'a Parameter, new: &'a Parameter) -> bool {
        let is_prefixed = |style: Style| matches!(style, Style::Label | Style::Matrix);
        let schema: Vec<_> = old.schema.iter().collect();
        let is_compound = self.left.flatten(&schema).types() & COMPOUND != 0;
        old.style != new.style && (is_compound || is_prefixed(old.style) || is_prefixed(new.style))
            || old.explode != new.explode && is_compound
    }
}

/// Whether two parameters are the same on the wire: those in the path by their position there.
fn is_same(old: &Operation, one: &Parameter, new: &Operation, two: &Parameter) -> bool {
    one.r#in == two.r#in
        && match one.r#in {
            Location::Path => position(old, &one.name) == position(new, &two.name),
            Location::Header => one.name.eq_ignore_ascii_case(&two.name),
            Location::Query | Location::Cookie => one.name == two.name,
        }
}

fn position(operation: &Operation, name: &str) -> Option<usize> {
    let mut names = operation.segments.iter().flatten().filter_map(|part| match part {
        Part::Param(name) => Some(name),
        Part::Text(_) => None,
    });
    names.position(|other| other == name)
}

fn place(location: Location) -> &'static str {
    match location {
        Location::Path => "path",
        Location::Query => "query",
        Location::Header => "header",
        Location::Cookie => "cookie",
    }
}

fn name_only(parameter: &Parameter) -> String {
    format!("{} parameter `{}`", place(parameter.r#in), parameter.name)
}

fn name(parameter: &Parameter) -> String {
    format!("the {}", name_only(parameter))
}

fn written_as(parameter: &Parameter) -> String {
    match &parameter.media_type {
        Some(media_type) => format!("written as `{media_type}`"),
        None => styled(parameter),
    }
}

fn styled(parameter: &Parameter) -> String {
    let style = match parameter.style {
        Style::Simple => "simple",
        Style::Label => "label",
        Style::Matrix => "matrix",
        Style::Form => "form",
        Style::SpaceDelimited => "spaceDelimited",
        Style::PipeDelimited => "pipeDelimited",
        Style::TabDelimited => "tabDelimited",
        Style::DeepObject => "deepObject",
    };
    format!("written in the style `{style}` with{} explode", if parameter.explode { "" } else { "out" })
}
