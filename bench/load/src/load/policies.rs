//! The policies that the reports carry: those of a shop's pages, 300 to 1,500 bytes long.

use super::random::Random;

/// How many there are: one per page type, language and release, as a shop of some years has them.
pub const POLICIES: usize = 60;
/// Where a page's own nonce goes; written anew into every body.
pub const NONCE: &str = "NNNNNNNNNNNNNNNNNNNNNN";
/// Bytes of the shortest policy, the endpoint of the reports included, and of the longest.
const BYTES: [usize; 2] = [300, 1_500];

/// With what each begins. A few pages have another list for images.
const BEGIN: &[(&str, &str)] = &[
    ("default-src", "'self'"),
    ("script-src", "'self' 'nonce-NNNNNNNNNNNNNNNNNNNNNN=='"),
    ("connect-src", "'self' https://api.stripe.com"),
    ("img-src", "'self' data:"),
    ("form-action", "'self'"),
    ("object-src", "'none'"),
    ("base-uri", "'self'"),
];

/// What makes the longer ones longer: a directive and a source of it. None of the hosts is ever reported as
/// blocked: a browser does not report what the policy allows.
const SOURCES: &[(&str, &str)] = &[
    ("script-src", "https://js.stripe.com"),
    ("connect-src", "https://*.stripe.com"),
    ("frame-src", "https://js.stripe.com"),
    ("style-src", "'self' 'nonce-NNNNNNNNNNNNNNNNNNNNNN=='"),
    ("img-src", "https://static.shop.example"),
    ("script-src", "https://static.shop.example"),
    ("font-src", "'self' https://fonts.static-shop.example"),
    ("frame-src", "https://hooks.stripe.com"),
    ("script-src", "https://www.googletagmanager.com"),
    ("connect-src", "https://*.google-analytics.com"),
    ("img-src", "https://www.google-analytics.com"),
    ("connect-src", "https://*.analytics.google.com"),
    ("script-src", "https://www.paypal.com"),
    ("frame-src", "https://www.paypal.com"),
    ("img-src", "https://t.paypal.com"),
    ("connect-src", "https://www.paypal.com"),
    ("script-src", "https://*.klarnacdn.net"),
    ("connect-src", "https://*.klarnaevt.com"),
    ("frame-src", "https://*.klarna.com"),
    ("script-src", "https://connect.facebook.net"),
    ("img-src", "https://www.facebook.com"),
    ("connect-src", "https://*.sentry.io"),
    ("script-src", "https://browser.sentry-cdn.com"),
    ("style-src", "https://cdn.shop-assets.example"),
    ("img-src", "https://cdn.shop-assets.example"),
    ("media-src", "'self' https://video.shop-assets.example"),
    ("connect-src", "https://api.shop-search.example"),
    ("worker-src", "'self' blob:"),
    ("script-src", "https://widget.trustpilot.com"),
    ("frame-src", "https://widget.trustpilot.com"),
    ("img-src", "https://*.trustedshops.com"),
    ("script-src", "https://widgets.trustedshops.com"),
    ("connect-src", "https://cdn-api.trustedshops.com"),
    ("frame-ancestors", "'none'"),
    ("img-src", "https://*.ytimg.com"),
    ("frame-src", "https://www.youtube-nocookie.com"),
    ("script-src", "https://bat.bing.com"),
    ("img-src", "https://bat.bing.com"),
    ("connect-src", "https://bat.bing.com"),
    ("manifest-src", "'self'"),
    ("font-src", "https://use.typekit.net"),
    ("style-src", "https://use.typekit.net https://p.typekit.net"),
    ("script-src", "https://cdn.cookielaw.org"),
    ("connect-src", "https://geolocation.onetrust.com"),
    ("img-src", "https://cdn.cookielaw.org"),
    ("script-src", "https://challenges.cloudflare.com"),
];

/// Texts without the directive that says where reports go: that is another one in each of the two formats.
pub fn policies(random: &mut Random) -> Vec<String> {
    let endpoint = 60;
    let step = (BYTES[1] - BYTES[0]) as f64 / (POLICIES - 1) as f64;
    let bytes = |at: usize| BYTES[0] - endpoint + (step * at as f64) as usize;
    (0..POLICIES).map(|at| policy(bytes(at), random)).collect()
}

fn policy(bytes: usize, random: &mut Random) -> String {
    let mut directives: Vec<(&str, String)> =
        BEGIN.iter().map(|(name, sources)| (*name, (*sources).to_owned())).collect();
    // No two are alike, also where they are of one length.
    let mut left: Vec<&(&str, &str)> = SOURCES.iter().collect();
    let length = |of: &[(&str, String)]| {
        of.iter().map(|(name, sources)| name.len() + sources.len() + 3).sum::<usize>()
    };
    while length(&directives) + 20 < bytes && !left.is_empty() {
        let (name, source) = left.swap_remove(random.below(left.len()));
        match directives.iter_mut().find(|(known, _)| known == name) {
            Some((_, sources)) => *sources = format!("{sources} {source}"),
            None => directives.push((name, (*source).to_owned())),
        }
    }
    let texts: Vec<String> =
        directives.iter().map(|(name, sources)| format!("{name} {sources}")).collect();
    texts.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn their_lengths_are_spread() {
        let lengths: Vec<usize> =
            policies(&mut Random::new(1)).iter().map(|policy| policy.len() + 60).collect();
        let (least, most) = (lengths.iter().min(), lengths.iter().max());
        assert!((280..330).contains(least.expect("some")), "{least:?}");
        assert!((1_400..1_530).contains(most.expect("some")), "{most:?}");
        let mean = lengths.iter().sum::<usize>() / lengths.len();
        assert!((850..950).contains(&mean), "{mean}");
    }
}
