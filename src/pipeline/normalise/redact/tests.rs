use std::cell::Cell;

use super::*;

thread_local! {
    /// How many times something was looked at.
    pub(super) static LOOKS: Cell<usize> = const { Cell::new(0) };
}

fn key() -> RedactionKey {
    RedactionKey::derive(b"test")
}

/// The text with the hashes left out.
fn redacted(input: &str) -> String {
    let text = text(Cow::Borrowed(input), 1_000, &key()).into_owned();
    let mut out = String::new();
    let mut rest = &*text;
    while let Some((before, after)) = rest.split_once(':') {
        out.push_str(before);
        let is_mark = ["{id", "{token", "{hash"].iter().any(|mark| before.ends_with(mark));
        if !is_mark {
            out.push(':');
        }
        rest = if is_mark { &after[key::HASH_LETTERS..] } else { after };
    }
    out + rest
}

#[track_caller]
fn check(input: &str, expected: &str) {
    assert_eq!(redacted(input), expected);
}

#[test]
fn harmless_text_is_borrowed() {
    for harmless in [
        "/checkout/payment",
        "/blog/2026/11/22/how-to-cook-2-eggs",
        "/blog/2026-11-22/1085-la-vallee-des-glaciers-en-hdri.html",
        "document.querySelector('#card')",
        "/npm/jquery@3.7.1/dist/jquery.min.js",
        "/products/extraordinarily-long-product-names-are-fine",
        "/en/ContactUs/TermsAndConditions",
        "/wp-content/plugins/woocommerce/assets/js/frontend/checkout.min.js",
        "color:#ff0000;margin:0 10px",
        "/order/12345",
        "/katalog/käse-und-brot/%E6%97%A5%E6%9C%AC%E8%AA%9E",
        "script-src-elem",
        "function getElementById(a, b) { return a + b }",
        "Synchronous `XMLHttpRequest` on the main thread is deprecated",
        "/html5/es2015/utf8/h264/i18n",
        "/v1beta2/x",
        "/static/main.8f3b2c1d9e8f7a6b5c4d.js",
        "/assets/index-BkZ3d9Qa.css",
    ] {
        let found = text(Cow::Borrowed(harmless), 1_000, &key());
        assert!(matches!(found, Cow::Borrowed(_)), "{found:?}");
    }
}

#[test]
fn card_numbers_keep_their_mark() {
    // "4111111111111111" and {"cc":"4111 1111 1111 1111","cvv":"123"}
    check("/c/4111111111111111/x", "/c/{pan}/x");
    check("/c/%34%31%31%31%31%31%31%31%31%31%31%31%31%31%31%31", "/c/{pan}");
    check("/c/4111%201111%201111%201111?", "/c/{pan}?");
    check("/c/%2534111111111111111", "/c/{pan}");
    check("/c/NDExMTExMTExMTExMTExMQ==/x", "/c/{pan}==/x");
    check("/c/xNDExMTExMTExMTExMTExMQ", "/c/{pan}");
    check("d=eyJjYyI6IjQxMTEgMTExMSAxMTExIDExMTEiLCJjdnYiOiIxMjMifQ", "d={pan}");
    check("/c/34313131313131313131313131313131", "/c/{pan}");
    check("/x/ndexmtexmtexmtexmtexmq/y", "/x/{pan}/y");
    check("/x/gqytcmjrgeytcmjrgeytcmjrge/y", "/x/{pan}/y");
    check("pay('4111 1111 1111 1111')", "pay('{pan}')");
    check("/4111/1111/1111/1111", "/{pan}");
    check("a=4111&b=1111&c=1111&d=1111", "a={pan}&b={pan}&c={pan}&d={pan}");
}

#[test]
fn people_and_keys() {
    check("/unsubscribe/jane.doe+x@shop.example/now", "/unsubscribe/{email}/now");
    check("/unsubscribe/jane%40shop.example", "/unsubscribe/{email}");
    check("Authorization: Bearer abcdefghijklmnop.1", "Authorization: Bearer {token}");
    check("/i/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0/pixel.gif", "/i/{token}/pixel.gif");
    for key in [
        "sk_live_abcdefghijklmnop",
        "sk_test_abcdefghijklmnop",
        "rk_live_abcdefghijklmnop",
        "whsec_abcdefghijklmnop",
        "github_pat_abcdefghijklmnop",
        "glpat-abcdefghijklmnop",
        "xoxb-abcdefghijklmnop",
        "AIzaabcdefghijklmnop",
        "ya29.abcdefghijklmnop",
        "npm_abcdefghijklmnop",
        "hf_abcdefghijklmnop",
        "sk-ant-abcdefghijklmnop",
        "sk-proj-abcdefghijklmnop",
        "dop_v1_abcdefghijklmnop",
        "shpat_abcdefghijklmnop",
        "SG.abcdefghijklmnop",
        "key-abcdefghijklmnop",
    ] {
        check(&format!("key = '{key}'"), "key = '{token}'");
    }
}

#[test]
fn numbers_of_people_and_cards() {
    for secret in [
        "+4930123456789",
        "123-45-6789",
        "123 45 6789",
        "555-123-4567",
        "12/29",
        "12/2029",
        "12345678",
        "DE89370400440532013000",
    ] {
        let found = redacted(&format!("x '{secret}' y"));
        assert!(found.contains('{') && !found.contains(secret), "{found}");
        let kept = found.bytes().filter(u8::is_ascii_digit).count();
        assert!(kept <= 2, "{found}");
    }
    check("\"cvv\":\"123\"", "\"cvv\":\"{id}\"");
    check("cvc=1234&exp=1229", "cvc={id}&exp={id}");
    check("(555) 123-4567", "({id}");
}

#[test]
fn what_is_no_word_becomes_a_hash() {
    check("/o/8f14e45f-ceea-467e-a4d1-0123456789ab/pay", "/o/{id}/pay");
    check("/o/8f14e45fceea467ea4d10123456789ab", "/o/{id}");
    check("/reset/Zk3PqX9aLm42TtYw8Q", "/reset/{token}");
    check("/s/AbCdEfGhIjKlMnOpQrStUvWxYz", "/s/{token}");
    check("/order/12345678", "/order/{id}");
    check("/static/main.Zk3PqX9aLm42TtYw8Q.js", "/static/main.{hash}.js");
    check("/static/main.4a1b1c1d1e1f1a1b1c1d1e1f1a1b1c1d.js", "/static/main.{hash}.js");
    check("/8f3b2c1d.js/8f3b2c1d", "/{hash}.js/{id}");
    check("/u/8f3b2c1d.json", "/u/{token}");
    check("/x/qxkzjvwpfhbd/y", "/x/{token}/y");
    check("/a/%FF%FE", "/a/{token}");
}

#[test]
fn equal_values_stay_equal_and_others_differ() {
    let hash = |value: &str| text(Cow::Owned(format!("/o/{value}")), 100, &key()).into_owned();
    assert_eq!(hash("12345678"), hash("12345678"));
    assert_ne!(hash("12345678"), hash("12345679"));
    let other = text(Cow::Borrowed("/o/12345678"), 100, &RedactionKey::derive(b"other"));
    assert_ne!(hash("12345678"), other);
}

#[test]
fn digits_of_a_text_count_together() {
    for text in [
        "/41/a/11/b/11/c/11/d/11/e/11/f/11/g/11",
        "x4 y1 z1 a1 b1 c1 d1 e1 f1 g1 h1 i1 j1 k1 l1 m1",
        "４１１１ １１１１ １１１１ １１１１",
        "٤١١١١١١١١١١١١١١١",
        "&#52;&#49;&#49;&#49;&#49;&#49;&#49;&#49;&#49;&#49;&#49;&#49;&#49;&#49;&#49;&#49;",
    ] {
        let found = redacted(text);
        let digits = found.chars().filter(|c| digits::value(*c).is_some()).count();
        assert!(digits < pan::DIGITS_MIN, "{found}");
    }
}

#[test]
fn redaction_is_idempotent() {
    for input in [
        "/c/4111111111111111/a@b.example/8f14e45fceea467ea4d10123456789ab",
        "/%34%zz/é%C3%A9",
        "/main.8f3b2c1d.js/12345678/Zk3PqX9aLm42TtYw8Q",
    ] {
        let once = text(Cow::Borrowed(input), 1_000, &key()).into_owned();
        assert_eq!(text(Cow::Borrowed(&once), 1_000, &key()), once);
    }
}

#[test]
fn a_card_number_in_any_spelling_raises_the_alarm() {
    for text in [
        "https://e.example/4111,1111,1111,1111",
        "https://e.example/4111--1111--1111--1111",
        "https://e.example/４１１１１１１１１１１１１１１１",
        "https://e.example/?c=52,49,49,49,49,49,49,49,49,49,49,49,49,49,49,49",
        "https://e.example/?c=NDExMTExMTExMTExMTExMQ",
        "https://e.example/?c=TkRFeE1URXhNVEV4TVRFeE1URXhNUT09",
        "https://e.example/?c=NAAxADEAMQAxADEAMQAxADEAMQAxADEAMQAxADEAMQA=",
        "https://e.example/GQYTCMJRGEYTCMJRGEYTCMJRGE",
        "https://e.example/?a=NDEx&b=MTEx&c=MTEx&d=MTEx&e=MTEx&f=MQ",
        "https://nde.xmt.exm.tex.mte.xmt.exm.q.e.example/",
        "https://e.example/\\x34\\x31\\x31\\x31\\x31\\x31\\x31\\x31\\x31\\x31\\x31\\x31\\x31\\x31\\x31\\x31",
        "https://e.example/%252534111111111111111",
    ] {
        assert!(holds_card(text), "{text}");
    }
    for text in ["1111111111111117", "plain", "https://shop.example/order/4012345678"] {
        assert!(!holds_card(text), "{text}");
    }
}

/// A body may be nothing else. Where each of these was followed to the end of its run, or compared with all others, it was
/// looked at as often as there were others.
#[test]
fn many_findings_stay_cheap() {
    for unit in [
        "eyJ",
        "SG.",
        "bearer ",
        "ghp_",
        "a@",
        "aAKIA",
        "４",
        "xq7z ",
        "\\x34",
        "&#52;",
        "qz7xk9/",
        "checkout.payment.qxkzjvwp.",
        "12345678.js?",
        "(555) 123-4567;",
    ] {
        let text = unit.repeat(3_000);
        LOOKS.set(0);
        let _ = redact(Cow::Borrowed(&text), Strictness::Usual, &key());
        let looks = LOOKS.get();
        assert!(looks > 0, "{unit}: it is not looked at");
        assert!(looks <= 12 * text.len(), "{unit}: {looks} for {}", text.len());
    }
}
