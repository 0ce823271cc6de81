//! Serving connections: bounded in number, in the time that a request may take to arrive, and in the time that an
//! orderly end may take.

use std::{sync::Arc, time::Duration};

use axum::Router;
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tower_http::add_extension::AddExtension;

use crate::rest::Peer;

/// Connections at once; further ones wait to be accepted.
const CONNECTIONS: usize = 4096;
/// How long a connection may take to send the head of its next request.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// How long requests may take to end when the host stops.
const END_WITHIN: Duration = Duration::from_secs(5);
/// The pause after the system gave no connection, because descriptors have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until the host stops; then requests that have arrived are answered, and other connections are closed.
pub(crate) async fn serve(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    while let Some(Some((stream, peer, place))) =
        stopping.run_until_cancelled(accept(&listener, &places)).await
    {
        while connections.try_join_next().is_some() {}
        let mut builder = Builder::new(TokioExecutor::new()).http1_only();
        builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN);
        let service = TowerToHyperService::new(AddExtension::new(router.clone(), peer));
        let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
        let connection = graceful.watch(connection);
        connections.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "Connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(END_WITHIN, graceful.shutdown()).await.is_err() {
        tracing::warn!("Some connections did not end by themselves and are closed");
    }
    connections.shutdown().await;
}

/// The next connection, once there is a place for it; `None` where the system gives none now.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, Peer, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return Some((stream, Peer(peer.ip()), place)),
            Err(error) => {
                tracing::error!(%error, "Connection cannot be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}
