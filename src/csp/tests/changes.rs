use super::*;

#[track_caller]
fn check(old: &str, new: &str, expected: &[&str]) {
    let (old, new) = (Policy::parse(old), Policy::parse(new));
    let told: Vec<String> = old.diff(&new).iter().map(ToString::to_string).collect();
    assert_eq!(told, expected);
}

#[test]
fn sources() {
    check("img-src 'self' a.example", "IMG-SRC A.example 'SELF'", &[]);
    check("script-src 'nonce-a'", "script-src 'nonce-b'", &[]);
    check(
        "img-src 'self' a.example",
        "img-src 'self' b.example",
        &[
            "img-src has b.example now: weakens the policy",
            "img-src has a.example no more: tightens the policy",
        ],
    );
    check("img-src", "img-src *", &["img-src has * now: weakens the policy"]);
    check(
        "script-src 'unsafe-inline'",
        "script-src 'unsafe-inline' 'nonce-a'",
        &["script-src has a nonce now: tightens the policy"],
    );
    check(
        "script-src 'unsafe-inline' 'nonce-a'",
        "script-src 'unsafe-inline'",
        &["script-src has a nonce no more: weakens the policy"],
    );
    check(
        "script-src 'nonce-a'",
        "script-src 'nonce-a' 'unsafe-inline' 'report-sample'",
        &[
            "script-src has 'unsafe-inline' now: neither weakens nor tightens it for certain",
            "script-src has 'report-sample' now: neither weakens nor tightens it for certain",
        ],
    );
    check(
        "sandbox; require-trusted-types-for",
        "sandbox allow-scripts; require-trusted-types-for 'script'",
        &[
            "sandbox has allow-scripts now: weakens the policy",
            "require-trusted-types-for has 'script' now: tightens the policy",
        ],
    );
}

#[test]
fn directives() {
    check(
        "default-src 'self'",
        "default-src 'self'; form-action 'self'; connect-src 'self' evil.example",
        &[
            "form-action is new, with 'self': tightens the policy",
            "connect-src is new in place of default-src, with 'self' evil.example: \
             weakens the policy",
        ],
    );
    check(
        "default-src 'self'; connect-src 'none'; form-action 'self'",
        "default-src 'self'",
        &[
            "connect-src is gone and left to default-src: weakens the policy",
            "form-action is gone: weakens the policy",
        ],
    );
    check(
        "default-src *",
        "default-src *; img-src 'self' a.example; x-src",
        &[
            "img-src is new in place of default-src, with 'self' a.example: tightens the policy",
            "x-src is new, with nothing listed: neither weakens nor tightens it for certain",
        ],
    );
    check(
        "upgrade-insecure-requests",
        "",
        &["upgrade-insecure-requests is gone: weakens the policy"],
    );
}

#[test]
fn endpoints() {
    let both = "img-src a; report-uri /r; report-to x";
    check(both, "img-src a; report-to y", &["report-uri is gone: reports have one way less"]);
    check("img-src a; report-uri /q", both, &["report-to is new: reports have one way more"]);
    check(both, &Policy::normalised(both), &[]);
}

#[test]
fn bounded_and_what_weakens_is_told_first() {
    let hosts = |name: char| (0..100).map(|n| format!(" {name}{n}.example")).collect::<String>();
    let old = Policy::parse(&format!("img-src{}; form-action 'self'", hosts('a')));
    let new = Policy::parse(&format!("img-src{}", hosts('b')));
    let changes = old.diff(&new);
    assert_eq!(changes.len(), limits::POLICY_CHANGES + 1);
    assert_eq!(changes.last(), Some(&Change::More(201 - limits::POLICY_CHANGES)));
    assert!(changes[..50].iter().all(|change| change.effect() == Effect::Weakens));
    let long = Policy::parse(&format!("img-src {}", "x".repeat(limits::POLICY_SOURCE_BYTES)));
    let told = Policy::parse("img-src").diff(&long)[0].to_string();
    assert_eq!(told.len(), 200 + "img-src has … now: weakens the policy".len());
}
