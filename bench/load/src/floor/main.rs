//! What the collector is compared with: bare hyper that reads a body and answers 204, and the same with the body
//! parsed. Bounds, timers and everything else that a server on the internet needs are left out: a floor.

mod parse;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use bytes::Bytes;
use clap::Parser;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio_rustls::TlsAcceptor;

/// A server that does no more than it must, until SIGTERM.
#[derive(Debug, clap::Parser)]
struct Options {
    /// What becomes of bodies.
    #[arg(long)]
    mode: Mode,
    #[arg(long)]
    listen: SocketAddr,
    /// PEM files: TLS, with HTTP/2 or HTTP/1.1 by ALPN.
    #[arg(long, num_args = 2, value_names = ["CERT", "KEY"])]
    tls: Option<Vec<PathBuf>>,
    /// Without TLS: HTTP/2 by prior knowledge, and nothing else.
    #[arg(long, conflicts_with = "tls")]
    h2: bool,
    /// Threads; one has a runtime that knows of no other.
    #[arg(long, default_value_t = 1)]
    threads: usize,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Mode {
    /// Read.
    Read,
    /// Read and parsed.
    Parse,
}

type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("floor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> Result<(), Failure> {
    let mut builder = match options.threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = builder.worker_threads(options.threads).enable_all().build()?;
    let tls = options.tls.as_deref().map(acceptor).transpose()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let socket = TcpListener::bind(options.listen).await?;
        let accepting = async {
            // Spawned, so that it runs where connections do.
            tokio::spawn(accept(socket, options.mode, tls, options.h2)).await
        };
        tokio::select! {
            _ = accepting => {}
            _ = terminate.recv() => {}
        }
        Ok(())
    })
}

async fn accept(socket: TcpListener, mode: Mode, tls: Option<TlsAcceptor>, is_h2: bool) {
    loop {
        match socket.accept().await {
            Ok((stream, _)) => {
                // How a connection ends is its client's business.
                drop(tokio::spawn(connection(stream, mode, tls.clone(), is_h2)));
            }
            Err(error) => eprintln!("floor: {error}"),
        }
    }
}

async fn connection(
    stream: TcpStream,
    mode: Mode,
    tls: Option<TlsAcceptor>,
    is_h2: bool,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let Some(tls) = tls else { return serve(stream, mode, is_h2).await };
    let stream = tls.accept(stream).await?;
    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    serve(stream, mode, is_h2).await
}

async fn serve<S>(stream: S, mode: Mode, is_h2: bool) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (stream, service) =
        (TokioIo::new(stream), service_fn(move |request| answer(request, mode)));
    let ended = if is_h2 {
        http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service).await
    } else {
        http1::Builder::new().serve_connection(stream, service).await
    };
    ended.map_err(io::Error::other)
}

async fn answer(
    request: Request<Incoming>,
    mode: Mode,
) -> Result<Response<Empty<Bytes>>, Infallible> {
    let mut answer = Response::new(Empty::new());
    let is_right = match body(request.into_body()).await {
        Ok(body) => matches!(mode, Mode::Read) || parse::is_report(&body),
        Err(_) => false,
    };
    *answer.status_mut() = if is_right { StatusCode::NO_CONTENT } else { StatusCode::BAD_REQUEST };
    Ok(answer)
}

/// Nearly all bodies come in one piece, which is not copied then.
async fn body(mut body: Incoming) -> Result<Bytes, hyper::Error> {
    let mut whole = Bytes::new();
    while let Some(frame) = body.frame().await {
        let Ok(piece) = frame?.into_data() else { continue };
        whole = if whole.is_empty() { piece } else { [whole, piece].concat().into() };
    }
    Ok(whole)
}

/// As the collector's (`src/accept/tls.rs`), but for the renewal.
fn acceptor(files: &[PathBuf]) -> Result<TlsAcceptor, Failure> {
    let chain = CertificateDer::pem_file_iter(&files[0])?.collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_file(&files[1])?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(server)))
}
