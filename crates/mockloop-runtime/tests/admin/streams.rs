//! Exports to their end, and tails that outlive their mock.

use mockloop_runtime::admin::models::ExportLogsFormat;
use mockloop_runtime::admin::{Export, ExportLogs, MockClient, Tail, TailLogs};
use serde_json::Value;

use crate::contract::whole;
use crate::{Done, Fallible, get, run, start};

#[test]
fn exports_come_whole_in_every_format() -> Done {
    run(async {
        let (_running, mock) = start().await?;
        for id in 1..=30 {
            get(&mock, &format!("/pets/{id}"), None).await?;
        }
        let lines = whole(&mut export(&mock, ExportLogsFormat::Jsonl).await?).await?;
        let paths: Vec<Value> = lines.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
        assert_eq!((paths.len(), &paths[29]["path"]), (30, &Value::from("/pets/30")));
        let table = whole(&mut export(&mock, ExportLogsFormat::Csv).await?).await?;
        assert!(table.starts_with("id,") && table.matches("/pets/").count() >= 30, "{table}");
        let archive = whole(&mut export(&mock, ExportLogsFormat::Har).await?).await?;
        let archive: Value = serde_json::from_str(&archive)?;
        assert_eq!(archive["log"]["entries"].as_array().map(Vec::len), Some(30));
        Ok(())
    })
}

async fn export(mock: &MockClient, format: ExportLogsFormat) -> Fallible<Export> {
    let export = mock.export(&ExportLogs { format: Some(format), ..ExportLogs::new() }).await?;
    assert_eq!(export.total(), Some(30));
    Ok(export)
}

#[test]
fn tail_goes_on_where_it_was_when_the_mock_comes_back() -> Done {
    run(async {
        let folder = tempfile::tempdir()?;
        let configured =
            || crate::petstore::PROJECT.configure().env("MOCKLOOP_DATABASE", folder.path().join("log.db"));
        let running = configured().start().await?;
        let (port, mock) = (running.port(), MockClient::new(running.url())?);
        let mut tail = mock.tail(TailLogs::new()).await?;
        get(&mock, "/pets/1", None).await?;
        assert_eq!(next(&mut tail).await?, "/pets/1");
        let only_third = TailLogs { path: Some("/pets/3".to_owned()), ..TailLogs::new() };
        let mut unseen = mock.tail(only_third).await?;
        running.stop();
        let _running = configured().port(port).start().await?;
        // Both tails have not yet come back: nothing of this may be lost.
        get(&mock, "/pets/2", None).await?;
        get(&mock, "/pets/3", None).await?;
        assert_eq!(next(&mut tail).await?, "/pets/2");
        assert_eq!(next(&mut tail).await?, "/pets/3");
        assert_eq!(next(&mut unseen).await?, "/pets/3");
        Ok(())
    })
}

async fn next(tail: &mut Tail) -> Fallible<String> {
    let entry = tail.next().await?.ok_or("the tail ended")?;
    Ok(entry.path.ok_or("no path")?)
}
