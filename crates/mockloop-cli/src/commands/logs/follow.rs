//! Requests as they come.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use anyhow::Context as _;
use mockloop_runtime::admin::MockClient;
use tokio::sync::Notify;

use super::{Args, Format, shown};
use crate::exit::Exit;
use crate::report::FAINT;
use crate::terminal::{json_line, printable, styled, write};

pub(super) async fn run(mock: &MockClient, args: &Args) -> anyhow::Result<Exit> {
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    ctrlc::set_handler(move || stopped.notify_one()).context("can't listen for Ctrl-C")?;
    let follow = async {
        let mut tail = mock.tail(args.filter.tail(&args.view)).await?;
        let told = format!("Following {}; Ctrl-C ends it", printable(mock.url()));
        anstream::eprintln!("{}", styled(FAINT, told));
        while let Some(entry) = tail.next().await? {
            write(&match args.format {
                Format::Table => shown::line(&entry),
                _ => json_line(&entry)?,
            })?;
        }
        Ok(Exit::Clean)
    };
    let (mut follow, mut stopped) = (pin!(follow), pin!(stop.notified()));
    poll_fn(|context| match follow.as_mut().poll(context) {
        Poll::Ready(ended) => Poll::Ready(ended),
        Poll::Pending => stopped.as_mut().poll(context).map(|()| Ok(Exit::Clean)),
    })
    .await
}
