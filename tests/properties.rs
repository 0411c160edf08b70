//! Properties that hold for any input: the bodies of the fuzz targets, on inputs that proptest makes, and
//! card numbers in every field and every encoding.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::fuzz_bodies;

/// JSON that looks like a report, with odd values in its fields.
fn report() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "document-uri",
        "documentURL",
        "blocked-uri",
        "blockedURL",
        "effective-directive",
        "sourceFile",
        "source-file",
        "script-sample",
        "sample",
        "type",
        "url",
        "age",
        "message",
        "id",
        "hash",
        "original-policy",
        "body",
        "csp-report",
        "line-number",
        "subresourceURL",
        "connection",
    ]);
    let text = prop_oneof![
        "\\PC{0,40}",
        "(https|wss|data|chrome-extension)://[a-z0-9.:@%\\[\\]-]{0,30}/[ -~]{0,60}",
        "[0-9 .%-]{0,60}",
        "(\\\\ud83d|\\\\u0000|\\\\n|x){0,6}",
    ];
    let value = prop_oneof![
        text.prop_map(|text| format!("\"{}\"", text.replace('"', "'"))),
        any::<f64>().prop_map(|number| number.to_string()),
        Just("null".to_owned()),
        Just("[{}]".to_owned()),
    ];
    let fields = vec((key, value), 0..8);
    fields.prop_map(|fields| {
        let fields: Vec<String> =
            fields.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        let fields = fields.join(",");
        format!(r#"[{{"type":"x","body":{{{fields}}},{fields}}},{{"csp-report":{{{fields}}}}}]"#)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_decode(body in vec(any::<u8>(), 0..300)) {
        fuzz_bodies::decodes(&body);
    }

    #[test]
    fn any_report_decodes_and_normalises(body in report()) {
        fuzz_bodies::decodes(body.as_bytes());
        fuzz_bodies::normalises(body.as_bytes());
    }

    #[test]
    fn any_text_is_redacted(text in "([ -~]|[0-9]{1,20}|[A-Za-z0-9+/=]{1,30}|\\PC|@|%[0-9a-f]{2}){0,40}") {
        fuzz_bodies::redacts(text.as_bytes());
    }
}
