//! Completion of the names in resource templates, and of the arguments of prompts.

use rmcp::model::{CompleteRequestParams, CompletionInfo, Reference};
use rmcp::service::{RequestContext, RoleServer};

use super::packs;
use crate::projects;
use crate::server::Mockloop;

impl Mockloop {
    /// What a value could go on as.
    pub(crate) async fn completions(
        &self,
        request: &CompleteRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> CompletionInfo {
        let argument = &request.argument;
        let before =
            |name: &str| request.context.as_ref().and_then(|context| context.get_argument(name)).cloned();
        let root = self.output_root(context).await.ok();
        let names = || root.as_deref().map(projects::names).unwrap_or_default();
        let is_template = matches!(request.r#ref, Reference::Resource(_));
        let known: Vec<String> = match argument.name.as_str() {
            "name" | "project" | "openapi_spec" | "api_spec" => names(),
            "port" | "server_url" => {
                let running = self.running().await;
                let port = |url: &String| url.rsplit(':').next().map(str::to_owned);
                running
                    .iter()
                    .filter_map(|(url, _)| if is_template { port(url) } else { Some(url.clone()) })
                    .collect()
            }
            "id" => before("name")
                .and_then(|name| projects::api(&projects::existing(root.as_deref()?, &name).ok()?).ok())
                .map(|api| api.operations.into_iter().map(|operation| operation.id).collect())
                .unwrap_or_default(),
            "category" => {
                let mut categories: Vec<String> = packs::all().map(|pack| pack.category.to_owned()).collect();
                categories.dedup();
                categories
            }
            "pack" => {
                let category = before("category");
                let fits = |pack: &&packs::Pack| {
                    category.as_deref().is_none_or(|category| category == pack.category)
                };
                packs::all().filter(fits).map(|pack| pack.name.to_owned()).collect()
            }
            _ => Vec::new(),
        };
        let typed = argument.value.to_lowercase();
        let fitting: Vec<String> =
            known.into_iter().filter(|value| value.to_lowercase().contains(&typed)).collect();
        let total = fitting.len();
        let shown: Vec<String> = fitting.into_iter().take(CompletionInfo::MAX_VALUES).collect();
        let has_more = shown.len() < total;
        CompletionInfo::with_pagination(shown, u32::try_from(total).ok(), has_more).unwrap_or_default()
    }
}
