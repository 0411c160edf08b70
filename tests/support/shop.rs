//! A shop whose checkout page is skimmed, and the servers that the card data goes to.

use hyper::Response;

use super::certificates::Authority;
use super::server::{Received, Server};

/// The skimmer's destinations differ for each technique, so that a report tells which one it saw.
const HOSTS: [&str; 4] =
    ["shop.example", "evil-form.example.net", "evil-fetch.example.org", "evil-img.example.com"];

/// What the shop allows: nothing that the skimmer does. Frames are free, or the fake form's frame
/// would be reported a second time, as a frame.
const POLICY: &str = "script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'";

/// The header of a policy whose violations are only reported: the skimmer works.
pub const REPORTED: &str = "content-security-policy-report-only";

/// The header of a policy that is enforced as well.
pub const ENFORCED: &str = "content-security-policy";

/// The running shop. Ends when dropped.
pub struct Shop(Server);

impl Shop {
    /// Opens it. The policy comes in the header `mode`.
    pub fn open(authority: &Authority, mode: &'static str, channel: Channel) -> Self {
        let acceptor = authority.issue(&HOSTS).acceptor();
        Self(Server::start(Some(acceptor), move |request| answer(request, mode, &channel)))
    }

    /// The page where shoppers type in their cards.
    pub fn checkout(&self) -> String {
        format!("https://shop.example:{}/checkout", self.0.address().port())
    }

    /// What the skimmer's servers got.
    pub fn stolen(&self) -> Vec<Received> {
        let received = self.0.received();
        received.into_iter().filter(|request| request.host.starts_with("evil-")).collect()
    }
}

/// How browsers learn where to report.
pub enum Channel {
    /// The directive names the URL.
    ReportUri(String),
    /// The directive names an endpoint, a header the endpoint's URL.
    ReportTo(String),
}

fn answer(request: &Received, mode: &str, channel: &Channel) -> Response<String> {
    let here = |text: &str| text.replace("PORT", &request.port);
    let response = Response::builder();
    match (request.host.as_str(), request.target.as_str()) {
        ("shop.example", "/checkout") => {
            let response = response.header("content-type", "text/html");
            let response = match channel {
                Channel::ReportUri(url) => {
                    response.header(mode, format!("{POLICY}; report-uri {url}"))
                }
                Channel::ReportTo(url) => response
                    .header(mode, format!("{POLICY}; report-to csp"))
                    .header("reporting-endpoints", format!("csp=\"{url}\"")),
            };
            response.body(here(include_str!("shop.html")))
        }
        ("shop.example", "/js/forms.js") => {
            let response = response.header("content-type", "text/javascript");
            response.body(here(include_str!("shop.js")))
        }
        ("shop.example", _) => response.status(404).body(String::new()),
        _ => response.status(204).body(String::new()),
    }
    .unwrap()
}
