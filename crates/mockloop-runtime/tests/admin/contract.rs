//! Every operation of the contract, called once for real.

use std::collections::BTreeSet;

use mockloop_runtime::Endpoint;
use mockloop_runtime::admin::models::{
    AnalyzeLogPartsPartsItem, ChangedScenario, ClientChange, CompareLogsBody, DuplicateScenarioBody, Filter,
    HealthStatus, KeyChange, Login as Token, Matcher, MatcherString, NamedOverride, NewClient, NewKey,
    NewToken, NewUser, SchemeWithOperationsAccepts, SettingsChange, Thresholds, UserChange, Verification,
    VerificationRequest, VerificationTimes,
};
use mockloop_runtime::admin::*;
use serde_json::{Value, json};

use crate::{Done, Fallible, get, parts, run};

/// Calls, and knows what was called.
pub(crate) struct Caller {
    pub(crate) mock: MockClient,
    called: BTreeSet<&'static str>,
}

impl Caller {
    pub(crate) async fn call<C: Call>(&mut self, call: C) -> Result<C::Answer, AdminError> {
        self.called.insert(C::ID);
        self.mock.call(&call).await
    }
}

#[test]
fn every_operation_answers_as_its_type_says() -> Done {
    run(async {
        let mock = crate::petstore::PROJECT.configure().env("MOCKLOOP_ADMIN_TOKEN", "sesame").start().await?;
        let client = MockClient::new(mock.url())?.token("sesame")?;
        let mut caller = Caller { mock: client, called: BTreeSet::new() };
        assert_eq!(get(&caller.mock, "/pets/7", Some("mine")).await?, 200);
        assert_eq!(get(&caller.mock, "/pets/abc", None).await?, 400);
        server(&mut caller).await?;
        logs(&mut caller).await?;
        streams(&mut caller).await?;
        analysis(&mut caller).await?;
        overrides(&mut caller).await?;
        scenarios(&mut caller).await?;
        auth(&mut caller).await?;
        parts::storage(&mut caller).await?;
        parts::webhooks(&mut caller).await?;
        assert!(caller.call(DeleteLogs::new()).await?.deleted > 3, "calls of the admin API are there too");
        let all: BTreeSet<&str> = ENDPOINTS.iter().map(|endpoint| endpoint.id).collect();
        assert_eq!(all.difference(&caller.called).collect::<Vec<_>>(), Vec::<&&str>::new());
        Ok(())
    })
}

async fn server(caller: &mut Caller) -> Done {
    let health = caller.call(GetHealth::new()).await?;
    assert_eq!((health.status, health.title.as_deref()), (HealthStatus::Healthy, Some("Corner Petstore")));
    assert!(caller.call(GetMetrics::new()).await?.contains("# TYPE"));
    assert!(caller.call(GetLoginForm::new()).await?.contains("<form"));
    caller.call(Login::new(Token::new("sesame"))).await?;
    caller.call(Logout::new()).await?;
    let contract = caller.call(GetContract::new()).await?;
    assert_eq!(contract.get("openapi"), Some(&json!("3.1.0")));
    let page = caller.call(ListOperations { limit: Some(2), ..ListOperations::new() }).await?;
    let ids: Vec<&str> = page.operations.iter().map(|operation| operation.operation_id.as_str()).collect();
    assert_eq!((ids, page.total_count), (vec!["listPets", "addPet"], 10));
    let operation = caller.call(GetOperation::new("getPetById")).await?;
    assert!(operation.responses.iter().any(|response| response.is_default && !response.bodies.is_empty()));
    let found = caller.call(GetSettings::new()).await?;
    assert!(found.fixed.admin_token);
    let listens = format!("http://{}:{}", found.fixed.host, found.fixed.port);
    assert_eq!(caller.mock.url().trim_end_matches('/'), listens);
    let change = SettingsChange { log_max_rows: Some(500), ..SettingsChange::default() };
    assert_eq!(caller.call(ChangeSettings::new(change)).await?.settings.log_max_rows, 500);
    assert!(caller.call(GetDebug::new()).await?.database.exists);
    Ok(())
}

async fn logs(caller: &mut Caller) -> Done {
    let refused = SearchLogs { has_validation_error: Some(true), ..SearchLogs::new() };
    let page = caller.call(refused).await?;
    assert_eq!(page.logs.iter().map(|entry| entry.path.as_deref()).collect::<Vec<_>>(), [Some("/pets/abc")]);
    let page =
        caller.call(ListRequests { session_id: Some("mine".to_owned()), ..ListRequests::new() }).await?;
    let id = page.logs.first().and_then(|entry| entry.id).ok_or("the request is not there")?;
    let entry = caller.call(GetRequest { pretty: Some(true), ..GetRequest::new(id) }).await?;
    assert_eq!((entry.operation_id.as_deref(), entry.status_code), (Some("getPetById"), Some(200)));
    assert!(entry.response_body_pretty.is_some_and(|body| body.contains("\n  \"name\": \"Rex\"")));
    assert!(caller.call(GetRequestAsCurl::new(id)).await?.starts_with("curl"));
    assert_eq!(caller.call(GetRequestAsHar::new(id)).await?.log.entries.len(), 1);
    let query = [("status".to_owned(), Matcher::String(MatcherString::String("sold".to_owned())))]
        .into_iter()
        .collect();
    let request = VerificationRequest {
        operation_id: Some("getPetById".to_owned()),
        query: Some(query),
        ..VerificationRequest::new()
    };
    let times = VerificationTimes { exactly: Some(1), ..VerificationTimes::new() };
    let verification = Verification { times: Some(times), ..Verification::new(request) };
    let verdict = caller.call(VerifyRequests::new(verification)).await?;
    assert_eq!((verdict.verified, verdict.count), (false, 0));
    assert!(!verdict.near_misses.is_empty(), "{}", verdict.message);
    Ok(())
}

async fn streams(caller: &mut Caller) -> Done {
    let mut export = caller.mock.export(&ExportLogs::new()).await?;
    assert_eq!((export.total(), whole(&mut export).await?.lines().count()), (Some(2), 2));
    let mut archive = caller.mock.export_all().await?;
    assert!(archive.next().await?.is_some_and(|piece| piece.starts_with(b"PK")));
    let tail = TailLogs { last_event_id: Some(0), seconds: Some(0.0), ..TailLogs::new() };
    let mut tail = caller.mock.tail(tail).await?;
    let mut paths = Vec::new();
    while let Some(entry) = tail.next().await? {
        paths.extend(entry.path);
    }
    assert_eq!(paths, ["/pets/7", "/pets/abc"]);
    caller.called.extend([ExportLogs::ID, ExportAll::ID, TailLogs::ID]);
    Ok(())
}

/// All of an export, as text.
pub(crate) async fn whole(export: &mut Export) -> Fallible<String> {
    let mut bytes = Vec::new();
    while let Some(piece) = export.next().await? {
        bytes.extend(piece);
    }
    Ok(String::from_utf8(bytes)?)
}

async fn analysis(caller: &mut Caller) -> Done {
    let stats = caller.call(GetRequestStats::new()).await?;
    assert_eq!((stats.total_requests, stats.methods.get("GET")), (2, Some(&2)));
    assert_eq!(caller.call(AnalyzeLogs::new()).await?.total_requests, 2);
    let asked =
        AnalyzeLogParts { parts: Some(vec![AnalyzeLogPartsPartsItem::Methods]), ..AnalyzeLogParts::new() };
    let parts = caller.call(asked).await?;
    assert!(parts.methods.is_some() && parts.performance.is_none());
    let mine = Filter { session_id: Some("mine".to_owned()), ..Filter::new() };
    let compared = caller.call(CompareLogs::new(CompareLogsBody::new(Filter::new(), mine))).await?;
    assert_eq!((compared.baseline.total_requests, compared.candidate.total_requests), (2, 1));
    let changed = Thresholds { min_requests: Some(1), ..caller.call(GetThresholds::new()).await? };
    assert_eq!(caller.call(SetThresholds::new(changed)).await?.min_requests, Some(1));
    assert_eq!(caller.call(GetInsights::new()).await?.total_requests, 2);
    assert_eq!(caller.call(GetPerformanceSummary::new()).await?.endpoint_performance.len(), 1);
    assert_eq!(caller.call(GetPerformanceMetrics::new()).await?.total_count, 2);
    let sessions = caller.call(GetPerformanceSessions::new()).await?;
    assert_eq!((sessions.total_count, sessions.returned_count), (1, 1));
    Ok(())
}

async fn overrides(caller: &mut Caller) -> Done {
    let named = NamedOverride { status: Some(404), ..NamedOverride::new("GET /pets/{petId}") };
    assert_eq!(caller.call(CreateOverride::new(named)).await?.operation_id, "getPetById");
    let response = OverrideResponse::respond(503).header("Retry-After", "4").delay_ms(1);
    assert_eq!(caller.call(SetOverride::new("getPetById", response)).await?.response.status, Some(503));
    let answer = crate::ask(&caller.mock, "/pets/7", None).await?;
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"4".parse()?));
    assert_eq!(caller.call(GetOverride::new("getPetById")).await?.response.status, Some(503));
    assert_eq!(caller.call(ListOverrides::new()).await?.total_count, 1);
    caller.call(ClearOverride::new("getPetById")).await?;
    assert_eq!(caller.call(ClearOverrides::new()).await?.cleared, 0);
    Ok(())
}

async fn scenarios(caller: &mut Caller) -> Done {
    let scenario = Scenario::new("gone").on("getPetById", Rule::respond(404));
    let body = match serde_json::to_value(scenario.document())? {
        Value::Object(members) => members.into_iter().collect(),
        _ => return Err("the document is no object".into()),
    };
    let checked = caller.call(ValidateScenario { body }).await?;
    assert_eq!((checked.valid, checked.findings), (true, vec![]));
    let stored = caller.call(CreateScenario::new(scenario.clone())).await?;
    assert_eq!((stored.name.as_str(), stored.built_in, stored.is_active), ("gone", false, false));
    let changed = ChangedScenario::new(scenario.document().operations.clone());
    let changed = ChangedScenario { description: Some("is gone".to_owned()), ..changed };
    assert_eq!(caller.call(UpdateScenario::new("gone", changed)).await?.description, "is gone");
    assert!(caller.call(ListScenarios::new()).await?.total_count > 1);
    let active = caller.call(ActivateScenario::new("gone")).await?;
    assert_eq!((active.scenario.name.as_str(), active.session_id), ("gone", None));
    assert_eq!(get(&caller.mock, "/pets/7", None).await?, 404);
    let active = caller.call(GetActiveScenario::new()).await?.active.ok_or("nothing is active")?;
    assert!(active.scenario.is_active);
    assert_eq!(caller.call(DeactivateScenario::new("gone")).await?.deactivated, "gone");
    let copy = DuplicateScenario::new("gone", DuplicateScenarioBody::new("gone too"));
    assert_eq!(caller.call(copy).await?.name, "gone too");
    let document = caller.call(ExportScenario::new("gone too")).await?;
    caller.call(DeleteScenario::new("gone too")).await?;
    assert_eq!(caller.call(ImportScenario::new(document)).await?.name, "gone too");
    let scenario = caller.call(GetScenario::new("gone")).await?;
    assert_eq!(scenario.operations.map(|rules| rules.len()), Some(1));
    assert!(caller.call(GetSteeringHistory::new()).await?.total_count > 5);
    Ok(())
}

async fn auth(caller: &mut Caller) -> Done {
    assert_eq!(caller.call(ListSecuritySchemes::new()).await?.total_count, 2);
    let key = caller.call(CreateKey::new(NewKey::new("apiKey"))).await?;
    assert!(!key.value.is_empty());
    let scheme = caller.call(GetSecurityScheme::new("apiKey")).await?;
    assert_eq!((scheme.accepts, scheme.keys), (SchemeWithOperationsAccepts::Registered, 1));
    let change = KeyChange { name: Some("of a test".to_owned()), ..KeyChange::new() };
    assert_eq!(caller.call(UpdateKey::new(key.id, change)).await?.name, "of a test");
    assert_eq!(caller.call(GetKey::new(key.id)).await?.scheme, "apiKey");
    caller.call(DeleteKey::new(key.id)).await?;
    assert_eq!(caller.call(ListKeys::new()).await?.total_count, 0);

    assert!(!caller.call(CreateUser::new(NewUser::new("alice"))).await?.password.is_empty());
    let change = UserChange { password: Some("other".to_owned()), ..UserChange::new() };
    assert_eq!(caller.call(UpdateUser::new("alice", change)).await?.name, "alice");
    assert!(!caller.call(GetUser::new("alice")).await?.expired);
    assert_eq!(caller.call(ListUsers::new()).await?.returned_count, 1);
    caller.call(DeleteUser::new("alice")).await?;

    let client = caller.call(CreateClient::new(NewClient::new())).await?;
    assert!(client.client_secret.is_some());
    let redirect = Some(vec!["http://127.0.0.1:3000/callback".to_owned()]);
    let change = ClientChange { redirect_uris: redirect.clone(), ..ClientChange::new() };
    let id = client.client_id.as_str();
    assert_eq!(Some(caller.call(UpdateClient::new(id, change)).await?.redirect_uris), redirect);
    assert!(!caller.call(GetClient::new(id)).await?.public);
    assert_eq!(caller.call(ListClients::new()).await?.total_count, 1);
    caller.call(DeleteClient::new(id)).await?;

    let wanted = NewToken { scopes: Some(vec!["read:pets".to_owned()]), ..NewToken::new("alice") };
    assert_eq!(caller.call(CreateToken::new(wanted)).await?.scope, "read:pets");
    let token = caller.call(ListTokens::new()).await?.tokens.pop().ok_or("there is no token")?;
    assert!(caller.call(GetToken::new(token.id)).await?.active);
    caller.call(RevokeToken::new(token.id)).await?;
    assert_eq!(caller.call(RevokeTokens::new()).await?.revoked, 0);
    assert_eq!(caller.call(GetSigningKey::new()).await?.alg, "RS256");
    Ok(())
}
