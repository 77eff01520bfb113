//! Where the real API is, and so under which paths the mock answers.

use crate::model::{Server, ServerVariable};
use crate::node::Node;
use crate::reader::{Dialect, Reader, text_of};

/// The servers of a description, path item or operation.
pub(super) fn servers<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>) -> Vec<Server> {
    match reader.dialect {
        Dialect::Swagger2 => swagger(reader, node),
        _ => node
            .get("servers")
            .iter()
            .flat_map(Node::items)
            .filter_map(|server| one(reader, &server))
            .collect(),
    }
}

/// `schemes`, `host` and `basePath` together.
fn swagger<'d>(reader: &Reader<'d>, root: &Node<'_, 'd>) -> Vec<Server> {
    let host = reader.text(root, "host");
    let path = reader.text(root, "basePath").unwrap_or_default();
    let server = |url| Server { url, ..Server::default() };
    match host {
        None if path.is_empty() => Vec::new(),
        None => vec![server(path)],
        Some(host) => {
            let schemes = reader.texts(root, "schemes").filter(|schemes| !schemes.is_empty());
            let schemes = schemes.unwrap_or_else(|| vec!["https".to_owned()]);
            schemes.iter().map(|scheme| server(format!("{scheme}://{host}{path}"))).collect()
        }
    }
}

fn one<'d>(reader: &Reader<'d>, node: &Node<'_, 'd>) -> Option<Server> {
    let Some(template) = reader.text(node, "url") else {
        reader.report.error(node, "missing-field", "this server has no `url`".to_owned(), None);
        return None;
    };
    let mut url = template.clone();
    let mut variables = Vec::new();
    for (name, variable) in node.get("variables").iter().flat_map(Node::entries) {
        let values: Vec<String> =
            variable.get("enum").iter().flat_map(Node::items).map(|value| text_of(value.value)).collect();
        let default =
            reader.text(&variable, "default").or_else(|| values.first().cloned()).unwrap_or_default();
        if !values.is_empty() && !values.contains(&default) {
            let message = format!("the default `{default}` of `{name}` is not one of its `enum`");
            reader.report.warning(&variable, "invalid-server-variable", message, None);
        }
        url = url.replace(&format!("{{{name}}}"), &default);
        variables.push(ServerVariable { name: name.to_owned(), default, values });
    }
    if let Some((_, rest)) = url.split_once('{')
        && let Some((name, _)) = rest.split_once('}')
    {
        let message = format!("the server's URL has a variable `{name}` that is not declared");
        let hint = Some(format!("add `variables: {{ {name}: {{ default: … }} }}`"));
        reader.report.warning(node, "undeclared-server-variable", message, hint);
    }
    let template = (template != url).then_some(template);
    Some(Server { url, description: reader.text(node, "description"), template, variables })
}

/// The distinct path prefixes of servers, without the root.
pub(super) fn base_paths(servers: &[Server]) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for server in servers {
        let path = match server.url.split_once("://") {
            Some((_, rest)) => rest.find('/').map_or("", |slash| rest.get(slash..).unwrap_or_default()),
            None => server.url.as_str(),
        };
        let path = path.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let path = match path.trim_start_matches("./") {
            "" | "." => continue,
            path if path.starts_with('/') => path.to_owned(),
            path => format!("/{path}"),
        };
        if !path.contains('{') && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_paths_are_what_follows_the_host() {
        let servers =
            ["https://a.example/v1/", "/v2", "https://a.example", "v3", "http://b.example:80/v1", "./", "/"]
                .map(|url| Server { url: url.to_owned(), ..Server::default() });
        assert_eq!(base_paths(&servers), ["/v1", "/v2", "/v3"]);
    }
}
