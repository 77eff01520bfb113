//! Tells clients when what they watch has changed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use mockloop_runtime::admin::models::SearchLogsFieldsItem;
use mockloop_runtime::admin::{MockClient, TailLogs};
use rmcp::ErrorData;
use rmcp::model::{ResourceUpdatedNotificationParam, SubscriptionFilter};
use rmcp::service::{Peer, RoleServer, SubscriptionContext};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::Address;
use super::address::View;
use crate::server::Mockloop;

/// Changes within this time are told once.
const GATHERED: Duration = Duration::from_millis(500);

/// How long to wait before a mock that is gone is looked for again.
const PAUSE: Duration = Duration::from_secs(2);

/// The most addresses that one client watches.
const MOST: usize = 100;

/// What a client watches; all of it ends with the client.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    running: Mutex<HashMap<String, DropGuard>>,
}

impl Watches {
    /// Watches an address for a client of a revision that subscribes by it.
    pub(crate) fn start(
        &self,
        server: &Mockloop,
        uri: &str,
        peer: Peer<RoleServer>,
    ) -> Result<(), ErrorData> {
        let (mock, view) = watched(server, uri)?;
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.len() >= MOST {
            return Err(ErrorData::invalid_params(
                format!("no more than {MOST} addresses can be watched"),
                None,
            ));
        }
        let stop = CancellationToken::new();
        running.insert(uri.to_owned(), stop.clone().drop_guard());
        let (uri, server) = (uri.to_owned(), server.clone());
        tokio::spawn(async move {
            let (tell, mut told) = mpsc::channel(1);
            let telling = async {
                while told.recv().await.is_some() {
                    let update = ResourceUpdatedNotificationParam::new(uri.clone());
                    if peer.notify_resource_updated(update).await.is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = follow(&server, &mock, view, tell) => {}
                () = telling => {}
                () = stop.cancelled() => {}
            }
        });
        Ok(())
    }

    pub(crate) fn stop(&self, uri: &str) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(uri);
    }
}

/// Watches all addresses of one subscription, until the client ends it.
pub(crate) async fn listen(server: &Mockloop, context: &SubscriptionContext) -> Result<(), ErrorData> {
    let uris = context.accepted().resource_subscriptions.clone().unwrap_or_default();
    let (tell, mut told) = mpsc::channel(16);
    let mut tasks = tokio::task::JoinSet::new();
    for uri in uris {
        let (mock, view) = watched(server, &uri)?;
        let (tell, server) = (tell.clone(), server.clone());
        tasks.spawn(async move {
            let (changed, mut heard) = mpsc::channel(1);
            let forwarding = async {
                while heard.recv().await.is_some() {
                    if tell.send(uri.clone()).await.is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = follow(&server, &mock, view, changed) => {}
                () = forwarding => {}
            }
        });
    }
    let mut lists = server.list_changes();
    loop {
        tokio::select! {
            () = context.cancelled() => return Ok(()),
            Some(uri) = told.recv() => {
                if context.sink().notify_resource_updated(uri).await.is_err() {
                    return Ok(());
                }
            }
            Ok(()) = lists.changed() => {
                if context.accepted().resources_list_changed == Some(true)
                    && context.sink().notify_resource_list_changed().await.is_err()
                {
                    return Ok(());
                }
            }
        }
    }
}

/// What of a subscription can be served: changes of lists of resources, and addresses that can be watched.
pub(crate) fn accepted(server: &Mockloop, requested: &SubscriptionFilter) -> SubscriptionFilter {
    let mut accepted = SubscriptionFilter::new();
    accepted.resources_list_changed = requested.resources_list_changed;
    accepted.resource_subscriptions = requested
        .resource_subscriptions
        .as_ref()
        .map(|uris| uris.iter().filter(|uri| watched(server, uri).is_ok()).take(MOST).cloned().collect());
    accepted
}

/// The view of a mock that an address names; others can't be watched.
pub(crate) fn watched(server: &Mockloop, uri: &str) -> Result<(MockClient, View), ErrorData> {
    match Address::parse(uri) {
        Some(Address::Server(port, view)) => {
            let mock = server.candidate(&port.to_string());
            Ok((mock.map_err(|failure| ErrorData::invalid_params(failure.text(), None))?, view))
        }
        Some(_) => Err(ErrorData::invalid_params(
            format!("{uri} can't be watched: logs, analysis and scenarios of servers can"),
            None,
        )),
        None => Err(ErrorData::resource_not_found(format!("{uri}: there is no such address"), None)),
    }
}

/// Says each time that a view of a mock has changed, for as long as somebody listens.
async fn follow(server: &Mockloop, mock: &MockClient, view: View, tell: mpsc::Sender<()>) {
    let ask = TailLogs { fields: Some(vec![SearchLogsFieldsItem::Id]), ..changes_of(view) };
    while !tell.is_closed() {
        let mock = server.trusted(mock.clone()).await;
        if let Ok(mut tail) = mock.tail(ask.clone()).await {
            while let Ok(Some(_)) = tail.next().await {
                // What is told already stands for this change too.
                if matches!(tell.try_send(()), Err(mpsc::error::TrySendError::Closed(()))) {
                    return;
                }
                tokio::time::sleep(GATHERED).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The requests that change a view: any, or those that steer.
fn changes_of(view: View) -> TailLogs {
    match view {
        View::Logs | View::Analysis => TailLogs::new(),
        View::Scenarios => TailLogs {
            method: Some(["POST", "PUT", "DELETE"].map(str::to_owned).to_vec()),
            path_regex: Some("/api/mock-data/scenarios".to_owned()),
            include_admin: Some(true),
            ..TailLogs::new()
        },
    }
}
