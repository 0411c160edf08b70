//! Findings about a page on the internet that leads to private addresses. Nothing was sent there: an attacker who can edit a
//! page could otherwise make whoever checks it send requests into their own network.

use std::net::IpAddr;

use url::{Position, Url};

use super::finding::Finding;
use super::head::ResponseHead;
use super::written::display_word;

/// The finding about a redirect that was not followed.
pub(super) fn refused_redirect(head: &ResponseHead, to: &Url, address: IpAddr) -> Finding {
    let written = head.values("location").next().unwrap_or_default();
    Finding::silent("redirects-to-private-address", format!("Location: {}", display_word(written)))
        .what(format!(
            "the page redirects to {}, where the private address {address} is; it was not followed",
            &to[..Position::AfterPort]
        ))
        .why(
            "On the internet, the address leads each visitor into their own machine or network, so nobody sees the page; an \
             attacker may also want this command to send requests into yours",
        )
        .fix(
            "remove the redirect; to check a page that is on a private address, name that page, or say where its host is with \
             --resolve HOST:ADDRESS",
        )
}

/// The finding about an endpoint that was not contacted.
pub(super) fn private_endpoint(place: String, address: IpAddr) -> Finding {
    Finding::silent("endpoint-private-address", place)
        .what(format!("its host has the private address {address} here; it was not contacted"))
        .why(
            "The page is on the internet, from where nobody gets to the address: it leads browsers into their own machine or \
             network. An attacker who can edit the page could also make this command send requests into yours",
        )
        .fix(
            "name an endpoint that is on the internet; if only your network's DNS has this address, run the command elsewhere",
        )
}
