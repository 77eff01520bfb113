//! What each operation of the admin API gives where it succeeds.

use http::StatusCode;

use super::contract;
use super::contract::models::{
    Active, ActiveOrNot, Analysis, AnalysisParts, ClearOverridesOk, Client, ClientPage, Collection,
    CollectionPage, Comparison, CreatedClient, CreatedKey, CreatedUser, DeactivateScenarioOk, Debug,
    DeleteDocumentsOk, DeleteLogsOk, Delivery, DeliveryPage, Document, DocumentPage, EventPage,
    GetInsightsOk, GetPerformanceMetricsOk, GetPerformanceSessionsOk, GetPerformanceSummaryOk,
    GetRequestStatsOk, Har, Health, HistoryPage, IssuedToken, Key, KeyPage, LogEntry, LogPage,
    OperationDetail, OperationPage, Override, OverridePage, Problem, Queue, ResetStorageOk, RevokeTokensOk,
    Scenario, ScenarioDocument, ScenarioPage, SchemePage, SchemeWithOperations, SeededFiles, Settings,
    SigningKey, Snapshot, SnapshotPage, StorageStats, Thresholds, Token, TokenPage, TriggerWebhookAccepted,
    User, UserPage, Validation, Verdict, Webhook, WebhookPage,
};
use crate::endpoint::Endpoint;
use crate::generated::{Map, Value};

/// An operation of the admin API that answers at once; [`MockClient::call`](super::MockClient::call) sends it.
///
/// All operations are calls but `ExportLogs`, `ExportAll` and `TailLogs`, whose answers are streams.
pub trait Call: Endpoint {
    /// What it gives where it succeeds.
    type Answer;

    /// The answer; or the status and the problem with which the call was refused.
    #[doc(hidden)]
    fn answer(response: Self::Response) -> Result<Self::Answer, (StatusCode, Problem)>;
}

/// Each line: the operation, its responses, what it gives, and the response that carries it.
macro_rules! calls {
    ($($call:ident($responses:ident) -> $answer:ty: $success:pat => $given:expr;)+) => {
        $(impl Call for contract::$call {
            type Answer = $answer;

            fn answer(response: Self::Response) -> Result<$answer, (StatusCode, Problem)> {
                use contract::$responses as Answered;

                match response {
                    $success => Ok($given),
                    Answered::Other(status, problem) => Err((status, problem)),
                }
            }
        })+
    };
}

calls! {
    GetHealth(GetHealthResponse) -> Health: Answered::Ok(found) => *found;
    GetMetrics(GetMetricsResponse) -> String: Answered::Ok(found) => found;
    GetLoginForm(GetLoginFormResponse) -> String: Answered::Ok(found) => found;
    Login(LoginResponse) -> (): Answered::NoContent => ();
    Logout(LogoutResponse) -> (): Answered::NoContent => ();
    GetContract(GetContractResponse) -> Map<String, Value>: Answered::Ok(found) => found;
    ListOperations(ListOperationsResponse) -> OperationPage: Answered::Ok(found) => found;
    GetOperation(GetOperationResponse) -> OperationDetail: Answered::Ok(found) => *found;
    GetSettings(GetSettingsResponse) -> Settings: Answered::Ok(found) => *found;
    ChangeSettings(ChangeSettingsResponse) -> Settings: Answered::Ok(found) => *found;
    GetDebug(GetDebugResponse) -> Debug: Answered::Ok(found) => *found;
    SearchLogs(SearchLogsResponse) -> LogPage: Answered::Ok(found) => found;
    DeleteLogs(DeleteLogsResponse) -> DeleteLogsOk: Answered::Ok(found) => found;
    VerifyRequests(VerifyRequestsResponse) -> Verdict: Answered::Ok(found) => found;
    ListRequests(ListRequestsResponse) -> LogPage: Answered::Ok(found) => found;
    GetRequestStats(GetRequestStatsResponse) -> GetRequestStatsOk: Answered::Ok(found) => found;
    GetRequest(GetRequestResponse) -> LogEntry: Answered::Ok(found) => *found;
    GetRequestAsCurl(GetRequestAsCurlResponse) -> String: Answered::Ok(found) => found;
    GetRequestAsHar(GetRequestAsHarResponse) -> Har: Answered::Ok(found) => found;
    AnalyzeLogs(AnalyzeLogsResponse) -> Analysis: Answered::Ok(found) => *found;
    AnalyzeLogParts(AnalyzeLogPartsResponse) -> AnalysisParts: Answered::Ok(found) => *found;
    CompareLogs(CompareLogsResponse) -> Comparison: Answered::Ok(found) => *found;
    GetInsights(GetInsightsResponse) -> GetInsightsOk: Answered::Ok(found) => *found;
    GetThresholds(GetThresholdsResponse) -> Thresholds: Answered::Ok(found) => found;
    SetThresholds(SetThresholdsResponse) -> Thresholds: Answered::Ok(found) => found;
    GetPerformanceSummary(GetPerformanceSummaryResponse) -> GetPerformanceSummaryOk: Answered::Ok(found) => *found;
    GetPerformanceMetrics(GetPerformanceMetricsResponse) -> GetPerformanceMetricsOk: Answered::Ok(found) => found;
    GetPerformanceSessions(GetPerformanceSessionsResponse) -> GetPerformanceSessionsOk: Answered::Ok(found) => found;
    ListOverrides(ListOverridesResponse) -> OverridePage: Answered::Ok(found) => found;
    CreateOverride(CreateOverrideResponse) -> Override: Answered::Ok(found) => *found;
    ClearOverrides(ClearOverridesResponse) -> ClearOverridesOk: Answered::Ok(found) => found;
    GetOverride(GetOverrideResponse) -> Override: Answered::Ok(found) => *found;
    SetOverride(SetOverrideResponse) -> Override: Answered::Ok(found) => *found;
    ClearOverride(ClearOverrideResponse) -> (): Answered::NoContent => ();
    ListScenarios(ListScenariosResponse) -> ScenarioPage: Answered::Ok(found) => found;
    CreateScenario(CreateScenarioResponse) -> Scenario: Answered::Created(found) => *found;
    GetActiveScenario(GetActiveScenarioResponse) -> ActiveOrNot: Answered::Ok(found) => *found;
    GetSteeringHistory(GetSteeringHistoryResponse) -> HistoryPage: Answered::Ok(found) => found;
    ImportScenario(ImportScenarioResponse) -> Scenario: Answered::Ok(found) | Answered::Created(found) => *found;
    ValidateScenario(ValidateScenarioResponse) -> Validation: Answered::Ok(found) => found;
    GetScenario(GetScenarioResponse) -> Scenario: Answered::Ok(found) => *found;
    UpdateScenario(UpdateScenarioResponse) -> Scenario: Answered::Ok(found) => *found;
    DeleteScenario(DeleteScenarioResponse) -> (): Answered::NoContent => ();
    ActivateScenario(ActivateScenarioResponse) -> Active: Answered::Ok(found) => *found;
    DeactivateScenario(DeactivateScenarioResponse) -> DeactivateScenarioOk: Answered::Ok(found) => found;
    DuplicateScenario(DuplicateScenarioResponse) -> Scenario: Answered::Created(found) => *found;
    ExportScenario(ExportScenarioResponse) -> ScenarioDocument: Answered::Ok(found) => found;
    ListSecuritySchemes(ListSecuritySchemesResponse) -> SchemePage: Answered::Ok(found) => found;
    GetSecurityScheme(GetSecuritySchemeResponse) -> SchemeWithOperations: Answered::Ok(found) => *found;
    ListKeys(ListKeysResponse) -> KeyPage: Answered::Ok(found) => found;
    CreateKey(CreateKeyResponse) -> CreatedKey: Answered::Created(found) => *found;
    GetKey(GetKeyResponse) -> Key: Answered::Ok(found) => *found;
    UpdateKey(UpdateKeyResponse) -> Key: Answered::Ok(found) => *found;
    DeleteKey(DeleteKeyResponse) -> (): Answered::NoContent => ();
    ListUsers(ListUsersResponse) -> UserPage: Answered::Ok(found) => found;
    CreateUser(CreateUserResponse) -> CreatedUser: Answered::Created(found) => *found;
    GetUser(GetUserResponse) -> User: Answered::Ok(found) => found;
    UpdateUser(UpdateUserResponse) -> User: Answered::Ok(found) => found;
    DeleteUser(DeleteUserResponse) -> (): Answered::NoContent => ();
    ListClients(ListClientsResponse) -> ClientPage: Answered::Ok(found) => found;
    CreateClient(CreateClientResponse) -> CreatedClient: Answered::Created(found) => *found;
    GetClient(GetClientResponse) -> Client: Answered::Ok(found) => *found;
    UpdateClient(UpdateClientResponse) -> Client: Answered::Ok(found) => *found;
    DeleteClient(DeleteClientResponse) -> (): Answered::NoContent => ();
    ListTokens(ListTokensResponse) -> TokenPage: Answered::Ok(found) => found;
    CreateToken(CreateTokenResponse) -> IssuedToken: Answered::Created(found) => found;
    RevokeTokens(RevokeTokensResponse) -> RevokeTokensOk: Answered::Ok(found) => found;
    GetToken(GetTokenResponse) -> Token: Answered::Ok(found) => *found;
    RevokeToken(RevokeTokenResponse) -> (): Answered::NoContent => ();
    GetSigningKey(GetSigningKeyResponse) -> SigningKey: Answered::Ok(found) => found;
    GetStorageStats(GetStorageStatsResponse) -> StorageStats: Answered::Ok(found) => *found;
    ResetStorage(ResetStorageResponse) -> ResetStorageOk: Answered::Ok(found) => found;
    SeedFromFiles(SeedFromFilesResponse) -> SeededFiles: Answered::Ok(found) => found;
    ListCollections(ListCollectionsResponse) -> CollectionPage: Answered::Ok(found) => found;
    CreateCollection(CreateCollectionResponse) -> Collection: Answered::Created(found) => found;
    GetCollection(GetCollectionResponse) -> Collection: Answered::Ok(found) => found;
    DeleteCollection(DeleteCollectionResponse) -> (): Answered::NoContent => ();
    SeedCollection(SeedCollectionResponse) -> Collection: Answered::Ok(found) => found;
    ResetCollection(ResetCollectionResponse) -> Collection: Answered::Ok(found) => found;
    ListDocuments(ListDocumentsResponse) -> DocumentPage: Answered::Ok(found) => found;
    CreateDocument(CreateDocumentResponse) -> Document: Answered::Created(found) => found;
    DeleteDocuments(DeleteDocumentsResponse) -> DeleteDocumentsOk: Answered::Ok(found) => found;
    GetDocument(GetDocumentResponse) -> Document: Answered::Ok(found) => found;
    PutDocument(PutDocumentResponse) -> Document: Answered::Ok(found) | Answered::Created(found) => found;
    PatchDocument(PatchDocumentResponse) -> Document: Answered::Ok(found) => found;
    DeleteDocument(DeleteDocumentResponse) -> (): Answered::NoContent => ();
    ListSnapshots(ListSnapshotsResponse) -> SnapshotPage: Answered::Ok(found) => found;
    CreateSnapshot(CreateSnapshotResponse) -> Snapshot: Answered::Created(found) => found;
    RestoreSnapshot(RestoreSnapshotResponse) -> Snapshot: Answered::Ok(found) => found;
    DeleteSnapshot(DeleteSnapshotResponse) -> (): Answered::NoContent => ();
    ListWebhooks(ListWebhooksResponse) -> WebhookPage: Answered::Ok(found) => found;
    CreateWebhook(CreateWebhookResponse) -> Webhook: Answered::Created(found) => *found;
    GetWebhook(GetWebhookResponse) -> Webhook: Answered::Ok(found) => *found;
    UpdateWebhook(UpdateWebhookResponse) -> Webhook: Answered::Ok(found) => *found;
    DeleteWebhook(DeleteWebhookResponse) -> (): Answered::NoContent => ();
    TestWebhook(TestWebhookResponse) -> Delivery: Answered::Ok(found) => *found;
    ListWebhookEvents(ListWebhookEventsResponse) -> EventPage: Answered::Ok(found) => found;
    TriggerWebhook(TriggerWebhookResponse) -> TriggerWebhookAccepted: Answered::Accepted(found) => found;
    GetWebhookQueue(GetWebhookQueueResponse) -> Queue: Answered::Ok(found) => found;
    ListDeliveries(ListDeliveriesResponse) -> DeliveryPage: Answered::Ok(found) => found;
    GetDelivery(GetDeliveryResponse) -> Delivery: Answered::Ok(found) => *found;
    Redeliver(RedeliverResponse) -> Delivery: Answered::Accepted(found) => *found;
}
