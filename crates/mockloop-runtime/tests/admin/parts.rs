//! The operations of parts that a project may be generated without, called for real.

use mockloop_runtime::Map;
use mockloop_runtime::admin::models::{
    ChangedWebhook, CreateSnapshotBody, DeliveryStatus, NewCollection, NewWebhook, Trigger,
};
use mockloop_runtime::admin::*;
use serde_json::{Value, json};

use crate::contract::Caller;
use crate::{Done, Fallible};

pub(crate) async fn storage(caller: &mut Caller) -> Done {
    assert_eq!(caller.call(CreateCollection::new(NewCollection::new("pets"))).await?.name, "pets");
    let rex = caller.call(CreateDocument::new("pets", object(&json!({"id": "7", "name": "Rex"}))?)).await?;
    assert_eq!(rex.get("name"), Some(&json!("Rex")));
    caller.call(PutDocument::new("pets", "8", object(&json!({"name": "Tom"}))?)).await?;
    let patch = object(&json!({"sold": true}))?;
    assert_eq!(caller.call(PatchDocument::new("pets", "8", patch)).await?.get("sold"), Some(&json!(true)));
    assert_eq!(caller.call(GetDocument::new("pets", "8")).await?.get("name"), Some(&json!("Tom")));
    assert_eq!(caller.call(ListDocuments::new("pets")).await?.total_count, 2);

    let body = CreateSnapshotBody::new("before");
    assert_eq!(caller.call(CreateSnapshot::new(body)).await?.name, "before");
    caller.call(DeleteDocument::new("pets", "8")).await?;
    assert_eq!(caller.call(GetCollection::new("pets")).await?.count, 1);
    caller.call(RestoreSnapshot::new("before")).await?;
    assert_eq!(caller.call(GetStorageStats::new()).await?.collections.len(), 1);
    assert_eq!(caller.call(ListSnapshots::new()).await?.total_count, 1);
    caller.call(DeleteSnapshot::new("before")).await?;

    let seed = vec![object(&json!({"id": "1"}))?];
    assert_eq!(caller.call(SeedCollection::new("pets", seed)).await?.count, 1);
    assert_eq!(caller.call(DeleteDocuments::new("pets")).await?.deleted, 1);
    assert_eq!(caller.call(ResetCollection::new("pets")).await?.count, 1);
    assert!(caller.call(SeedFromFiles::new()).await?.seeded.is_empty());
    caller.call(ResetStorage::new()).await?;
    assert_eq!(caller.call(ListCollections::new()).await?.total_count, 1);
    caller.call(DeleteCollection::new("pets")).await?;
    Ok(())
}

pub(crate) async fn webhooks(caller: &mut Caller) -> Done {
    // Nobody listens there: what is sent fails, and is told as that.
    let new = NewWebhook::new("http://127.0.0.1:9/", vec!["scenario.changed".to_owned()]);
    let id = caller.call(CreateWebhook::new(new)).await?.id;
    let change = ChangedWebhook { description: Some("of a test".to_owned()), ..ChangedWebhook::new() };
    assert_eq!(caller.call(UpdateWebhook::new(id.as_str(), change)).await?.description, "of a test");
    assert!(caller.call(GetWebhook::new(id.as_str())).await?.active);
    assert_eq!(caller.call(ListWebhooks::new()).await?.total_count, 1);

    let tested = caller.call(TestWebhook::new(id.as_str())).await?;
    assert_eq!(tested.status, DeliveryStatus::Failed);
    assert_eq!(caller.call(GetDelivery::new(tested.id.as_str())).await?.attempts.len(), 1);
    assert_eq!(caller.call(ListDeliveries::new()).await?.total_count, 1);
    caller.call(Redeliver::new(tested.id.as_str())).await?;

    let declared = caller.call(ListWebhookEvents::new()).await?.events;
    assert!(declared.iter().any(|event| event.event == "webhook.petSold"), "{declared:?}");
    let trigger = Trigger { url: Some("http://127.0.0.1:9/".to_owned()), ..Trigger::new("webhook.petSold") };
    assert_eq!(caller.call(TriggerWebhook::new(trigger)).await?.deliveries.len(), 1);
    assert_eq!(caller.call(GetWebhookQueue::new()).await?.dropped, 0);
    caller.call(DeleteWebhook::new(id.as_str())).await?;
    Ok(())
}

fn object(value: &Value) -> Fallible<Map<String, Value>> {
    let object = value.as_object().ok_or("no object")?;
    Ok(object.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
}
