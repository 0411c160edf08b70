use super::*;

#[track_caller]
fn check(old: &str, new: &str, expected: &[&str]) {
    let (old, new) = (Policy::parse(old), Policy::parse(new));
    let changes: Vec<String> = old.diff(&new).iter().map(ToString::to_string).collect();
    assert_eq!(changes, expected);
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
fn what_is_only_about_reports_weakens_nothing() {
    let effects = |old: &str, new: &str| -> Vec<Effect> {
        let (old, new) = (Policy::parse(old), Policy::parse(new));
        old.diff(&new).iter().map(PolicyChange::effect).collect()
    };
    let own = "default-src 'self'; connect-src 'self'";
    for (old, new) in [
        (format!("{own}; report-uri /r"), format!("{own}; report-to x")),
        (own.to_owned(), format!("{own}; script-src 'self' 'report-sample' 'report-sha256'")),
        (format!("{own}; script-src 'self'"), format!("{own}; script-src 'self' 'report-sample'")),
    ] {
        for (old, new) in [(&old, &new), (&new, &old)] {
            let found = effects(old, new);
            assert!(
                !found.is_empty() && found.iter().all(|effect| *effect == Effect::Alters),
                "{new}"
            );
        }
    }
    let both = format!("{own}; report-uri /r; report-to x");
    for left in ["report-uri /r", "report-to x"] {
        assert_eq!(effects(&both, &format!("{own}; {left}")), [Effect::Weakens], "one way less");
    }
    let wider = format!("{own}; script-src 'self' 'report-sample' https:");
    assert_eq!(effects(own, &wider), [Effect::Weakens]);
}

#[test]
fn endpoints() {
    let both = "img-src a; report-uri /r; report-to x";
    check(both, "img-src a; report-to y", &["report-uri is gone: reports have one way less"]);
    check("img-src a; report-uri /q", both, &["report-to is new: reports have one way more"]);
    check(both, &Policy::normalised(both), &[]);
}

#[test]
fn policies_that_only_report_in_other_ways_allow_the_same() {
    for (one, other, expected) in [
        ("img-src a; report-uri /r", "img-src a; report-to x", [true, true]),
        // A way that is gone without another is no other way.
        ("img-src a; report-uri /r; report-to x", "report-to x; img-src a", [false, true]),
        ("img-src a; report-uri /r", "img-src a b; report-to x", [false, false]),
        ("img-src a; report-uri /r", "img-src a 'report-sample'; report-uri /r", [false, false]),
        ("img-src a; report-uri /r", "img-src a; report-uri /q", [false, false]),
        ("img-src a; report-uri /r", "", [false, false]),
    ] {
        let found = [(one, other), (other, one)];
        let found = found.map(|(older, newer)| differ_in_reporting_alone(older, newer));
        assert_eq!(found, expected, "{one} | {other}");
    }
}

#[test]
fn changes_are_bounded_and_those_that_weaken_come_first() {
    let hosts =
        |name: char| (0..100).map(|number| format!(" {name}{number}.example")).collect::<String>();
    let old = Policy::parse(&format!("img-src{}; form-action 'self'", hosts('a')));
    let new = Policy::parse(&format!("img-src{}", hosts('b')));
    let changes = old.diff(&new);
    assert_eq!(changes.len(), limits::POLICY_CHANGES + 1);
    assert_eq!(changes.last(), Some(&PolicyChange::More(201 - limits::POLICY_CHANGES)));
    assert!(changes[..50].iter().all(|change| change.effect() == Effect::Weakens));
    let long = Policy::parse(&format!("img-src {}", "x".repeat(limits::POLICY_SOURCE_BYTES)));
    let change = Policy::parse("img-src").diff(&long)[0].to_string();
    assert_eq!(change.len(), 200 + "img-src has … now: weakens the policy".len());
}
