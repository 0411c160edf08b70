//! The report endpoint: from a request to its answer.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use hyper::body::{Body as _, Incoming};
use hyper::header::{CONTENT_ENCODING, EXPECT, HOST, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Request};
use tokio::sync::SemaphorePermit;
use tokio::task::block_in_place;
use tokio::time::timeout;

use super::answer::{HttpAnswer, Reply};
use super::body::Share;
use super::client_addr::Sender;
use super::newest::Served;
use super::{Collector, LiveConfig, body, client_addr, script};
use crate::base::clock::Timestamp;
use crate::base::limits;
use crate::journal::{Answer, Refused};
use crate::metrics;
use crate::pipeline::judge::{Endpoint, Headers, Site};
use crate::pipeline::{self, Taken};
use crate::report::Kind;

impl Collector {
    /// Answers one request of a public listener. hyper moves the future, and each connection has one: so it holds each part
    /// of the request once, and of what is done with it only what has to wait.
    pub(super) fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        peer: IpAddr,
        is_served: Served,
    ) -> impl Future<Output = Result<HttpAnswer, Infallible>> + Send {
        let started = Instant::now();
        let (head, mut body) = request.into_parts();
        async move {
            let answer = if head.uri.path() == script::PATH {
                script::answer(&head)
            } else {
                let taken = self.take(&head, &mut body, peer).await;
                // By the time that the answer goes out, the head has left the core's caches.
                drop((head, body));
                match taken {
                    Ok(submitted) => self.committed(submitted).await,
                    Err(reply) => reply,
                }
                .answer()
            };
            self.metrics.count_request(answer.status().as_u16(), started.elapsed());
            is_served.set();
            Ok(answer)
        }
    }

    /// Takes the reports of a request, and hands them to the journal. Otherwise the reply is there at once.
    async fn take(
        &self,
        head: &Parts,
        body: &mut Incoming,
        peer: IpAddr,
    ) -> Result<Submitted, Reply> {
        let known = KnownHeaders::of(&head.headers);
        // A proxy in front may have read the other one. Two lengths that differ, and a length beside chunks, hyper refuses itself;
        // of two that are equal it makes one, as RFC 9110, section 8.6, allows.
        if known.hosts > 1 {
            return Err(Reply::TwoHosts);
        }
        let live = self.live_config();
        let site = route(&live, head.uri.path())?;
        match head.method {
            Method::POST => {}
            Method::OPTIONS => return Err(Reply::Preflight),
            _ => return Err(Reply::MethodNotAllowed),
        }
        if known.is_encoded {
            return Err(Reply::Encoded);
        }
        let Sender { address, is_crowd } =
            client_addr::sender(peer, &head.headers, &live.trusted_proxies, live.client_header);
        let client = self.clients.hash(address);
        let charged = (!is_crowd && !address.is_loopback()).then(|| client.network());
        // No browser asks first, or has so much.
        let announced = body.size_hint().lower();
        if announced > live.body_bytes && (known.is_asked_first || announced > limits::GIB) {
            return Err(Reply::TooLarge);
        }
        let body = body::read(body, live.body_bytes, charged, &self.bodies).await?;
        // Nothing was sent, so no report is lost: `cspwatch doctor` tries endpoints so.
        if body.len() == 0 {
            return Err(Reply::NotUnderstood);
        }
        let query = head.uri.query().unwrap_or("");
        let received = Timestamp::now();
        let tag = self.tag(site.as_deref(), query);
        // A long body can cost a tenth of a second: long ones take turns, apart from the threads that serve all others.
        let turn = match body.len() {
            ..=limits::LONG_BODY_BYTES => None,
            _ => Some(self.long_body_turn().await?),
        };
        let is_too_large = body.is_shortened();
        let (bytes, share) = body.into_whole();
        let request = pipeline::Request {
            received,
            client,
            endpoint: site.as_ref().map_or(Endpoint::Any, Endpoint::Site),
            tag: tag.text,
            is_tag_signed: tag.is_signed,
            verified: site.as_ref().is_some_and(|site| site.verifies(query, received)),
            headers: known.transport,
            body: &bytes,
        };
        let taken = match turn {
            None => pipeline::take(&request, &live.rules),
            Some(_) => block_in_place(|| pipeline::take(&request, &live.rules)),
        };
        self.submit(taken, share, is_too_large)
    }

    /// Waits for the turn of a long body.
    async fn long_body_turn(&self) -> Result<SemaphorePermit<'_>, Reply> {
        let turn = timeout(limits::LONG_BODY_TURN, self.long_bodies.acquire()).await;
        turn.ok().and_then(Result::ok).ok_or(Reply::Refused(Refused::Busy))
    }

    /// Counts the reports that are not kept, and hands the others to the journal.
    fn submit(&self, taken: Taken, share: Share, is_too_large: bool) -> Result<Submitted, Reply> {
        let is_understood = taken.is_understood();
        if taken.malformed + taken.refused > 0 {
            self.metrics.sites.with(&taken.site, |site| {
                site.count(Kind::Other, metrics::ReportOutcome::Malformed, taken.malformed);
                site.count(Kind::Other, metrics::ReportOutcome::Refused, taken.refused);
            });
        }
        if !is_understood {
            return Err(if is_too_large { Reply::TooLarge } else { Reply::NotUnderstood });
        }
        for limited in &taken.batch.limited {
            self.metrics.sites.with(&limited.site, |site| {
                site.count(limited.kind, metrics::ReportOutcome::Limited, limited.count);
            });
        }
        let reports = taken.batch.entries.len() as u64;
        let answer = self.journal.submit(taken.batch);
        Ok(Submitted { answer, reports, site: taken.site, is_too_large, _share: share })
    }

    /// Waits until reports are durable.
    async fn committed(&self, submitted: Submitted) -> Reply {
        let Submitted { answer, reports, site, is_too_large, _share } = submitted;
        // Where all of them are only counted, there is nothing to wait for.
        let stored = if reports == 0 { Ok(()) } else { answer.await };
        match stored {
            Ok(()) if is_too_large => Reply::TooLarge,
            Ok(()) => Reply::Accepted,
            Err(refused) => {
                self.metrics.sites.with(&site, |site| {
                    site.count(Kind::Other, metrics::ReportOutcome::Refused, reports);
                });
                Reply::Refused(refused)
            }
        }
    }
}

/// Reports that the journal has.
struct Submitted {
    answer: Answer,
    /// How many are to become durable, and under which site they are counted.
    reports: u64,
    site: Arc<str>,
    /// Whether the body is longer than it may be. What it reports is evidence, whatever its length.
    is_too_large: bool,
    /// The rows replace the body in memory, and keep its share until they are on the disk.
    _share: Share,
}

/// The site of a path; `None` for `/report`, which accepts the reports of all sites.
fn route(live: &LiveConfig, path: &str) -> Result<Option<Arc<Site>>, Reply> {
    match path.strip_prefix("/report") {
        Some("") => Ok(None),
        Some(rest) => {
            let site = rest.strip_prefix('/').and_then(|name| live.rules.judging.sites.named(name));
            site.map(|site| Some(Arc::clone(site))).ok_or(Reply::NotFound)
        }
        None => Err(Reply::NotFound),
    }
}

/// The headers of a request that count, of one pass over all of them: that costs less than a hash for each name.
struct KnownHeaders<'a> {
    /// The first value of each name that shows how the request was sent.
    transport: Headers<'a>,
    hosts: usize,
    /// Whether the body has an encoding.
    is_encoded: bool,
    /// Whether the client waits for leave to send the body.
    is_asked_first: bool,
}

impl<'a> KnownHeaders<'a> {
    fn of(map: &'a HeaderMap) -> Self {
        let mut values = [None; Headers::NAMES.len()];
        let (mut hosts, mut is_encoded, mut is_asked_first) = (0, false, false);
        for (name, value) in map {
            if let Some(at) = Headers::NAMES.iter().position(|known| *known == name.as_str()) {
                values[at].get_or_insert_with(|| value.to_str().ok());
            }
            hosts += usize::from(*name == HOST);
            is_encoded |= *name == CONTENT_ENCODING;
            is_asked_first |= *name == EXPECT;
        }
        let transport = Headers::of(values.map(Option::flatten));
        Self { transport, hosts, is_encoded, is_asked_first }
    }
}
