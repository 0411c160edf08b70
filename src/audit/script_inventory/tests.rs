use super::*;
use crate::config::KeepQuery;

const HASH: &str = "sha256-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=";
const NEXT: &str = "sha256-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb=";

/// So many hours after the first.
fn hour(hour: i64) -> Timestamp {
    Timestamp::from_hour(hour)
}

fn seen(kind: &str, hash: &str, first: i64, last: i64) -> SeenScript {
    SeenScript {
        page_group: "payment".to_owned(),
        script_host: "cdn.example".to_owned(),
        script_path: "/pay.js".to_owned(),
        kind: kind.to_owned(),
        hash: hash.to_owned(),
        verdict: String::new(),
        disposition: String::new(),
        first: hour(first),
        last: hour(last),
        reports: 3,
    }
}

fn decided(at: i64, decision: &str, page_group: &str, hash: &str) -> RecordedScriptDecision {
    RecordedScriptDecision {
        decided_at: hour(at),
        site: "shop".to_owned(),
        page_group: page_group.to_owned(),
        script_host: "cdn.example".to_owned(),
        script_path: "/pay.js".to_owned(),
        hash: hash.to_owned(),
        decision: decision.to_owned(),
        by: "ada".to_owned(),
        owner: "payments".to_owned(),
        justification: "the card form".to_owned(),
    }
}

#[track_caller]
fn check(
    reported: &[SeenScript],
    decided: &[RecordedScriptDecision],
    approval: ApprovalStatus,
    is_readable: Option<bool>,
) {
    let scripts = scripts(reported, decided);
    assert_eq!(scripts.len(), 1);
    assert_eq!((scripts[0].approval(), scripts[0].is_readable()), (approval, is_readable));
}

#[test]
fn what_is_in_use_must_be_approved() {
    let old = seen("csp_hash", HASH, 0, 24);
    let new = seen("csp_hash", NEXT, 72, 96);
    let of_old = decided(1, "approve", "payment", HASH);
    let of_new = decided(2, "approve", "", NEXT);
    check(std::slice::from_ref(&old), &[], ApprovalStatus::Missing, Some(true));
    check(
        std::slice::from_ref(&old),
        std::slice::from_ref(&of_old),
        ApprovalStatus::Whole,
        Some(true),
    );
    check(
        &[old.clone(), new.clone()],
        std::slice::from_ref(&of_old),
        ApprovalStatus::Missing,
        Some(true),
    );
    check(&[old.clone(), new], &[of_old.clone(), of_new], ApprovalStatus::Whole, Some(true));
    let both = [old.clone(), seen("csp_hash", NEXT, 0, 25)];
    check(&both, std::slice::from_ref(&of_old), ApprovalStatus::Partial, Some(true));
    let revoked = [of_old.clone(), decided(3, "revoke", "payment", HASH)];
    check(std::slice::from_ref(&old), &revoked, ApprovalStatus::Missing, Some(true));
    let elsewhere = decided(1, "approve", "other", HASH);
    check(&[old], &[elsewhere], ApprovalStatus::Missing, Some(true));
}

#[test]
fn what_browsers_cannot_read_is_approved_by_its_address() {
    let unreadable = [seen("csp_hash", "", 0, 24)];
    let any = [decided(1, "approve", "payment", "")];
    check(
        &unreadable,
        &[decided(1, "approve", "payment", HASH)],
        ApprovalStatus::Missing,
        Some(false),
    );
    check(&unreadable, &any, ApprovalStatus::Whole, Some(false));
    check(&[seen("csp", "", 0, 24)], &any, ApprovalStatus::NotSeenRunning, None);
}

#[test]
fn changes_are_shown_in_the_order_of_time() {
    let reported = [seen("csp_hash", HASH, 10, 48), seen("csp_hash", NEXT, 30, 48)];
    let decided = [decided(20, "approve", "", HASH), decided(40, "revoke", "", HASH)];
    let scripts = scripts(&reported, &decided);
    let what = |from, to| -> Vec<&str> {
        changes(&scripts, &decided, (hour(from), hour(to)))
            .iter()
            .map(|change| change.what)
            .collect()
    };
    assert_eq!(what(0, 48), ["appeared", "approved", "changed", "revoked"]);
    assert_eq!(what(20, 40), ["approved", "changed"]);
}

#[track_caller]
fn read(text: &str) -> Result<Vec<ScriptApproval>, Vec<String>> {
    ApprovedFile::read(text, &["payment", "other"], &KeepQuery::None)
}

#[test]
fn a_file_says_all_that_is_approved() {
    let text = format!(
        "[[script]]\nurl = \"https://cdn.example/pay.js?v=1\"\npage_groups = [\"payment\"]\nhashes = [\"{HASH}\", \"{NEXT}\"]\n\
         owner = \"payments\"\njustification = \"the card form\"\n"
    );
    let approved = read(&text).expect("a right file");
    let hashes: Vec<_> =
        approved.iter().map(|approval| (approval.path.as_str(), approval.hash.as_str())).collect();
    assert_eq!(hashes, [("/pay.js", HASH), ("/pay.js", NEXT)]);

    let holding = [decided(1, "approve", "payment", HASH), decided(2, "approve", "", HASH)];
    let steps = ApprovalPlan::to(&approved, &holding);
    assert_eq!(steps.approve, approved[1..], "the first holds already");
    assert_eq!(steps.revoke.len(), 1);
    assert_eq!((&*steps.revoke[0].page_group, &*steps.revoke[0].hash), ("", HASH));
    let other_words = text.replace("the card form", "pays");
    let steps = ApprovalPlan::to(&read(&other_words).expect("right"), &holding[..1]);
    assert_eq!((steps.approve.len(), steps.revoke.len()), (2, 0), "said again with other words");
    assert!(ApprovalPlan::to(&[], &[]).is_empty());
}

#[test]
fn the_draft_is_such_a_file_once_its_words_are_there() {
    let reported = [seen("csp_hash", HASH, 0, 24), seen("csp", "", 0, 24)];
    let text = draft(&scripts(&reported, &[]), &[]);
    let wrong = read(&text).expect_err("nobody has said why");
    assert!(wrong[0].contains("owner is needed"), "{wrong:?}");
    let approved = [decided(1, "approve", "", HASH)];
    let text = draft(&scripts(&reported, &approved), &approved);
    assert_eq!(read(&text).expect("a right file").len(), 1, "{text}");
}

#[test]
fn a_filled_draft_revokes_nothing_and_widens_nothing() {
    let other_words = RecordedScriptDecision {
        owner: "search".to_owned(),
        justification: "a \"box\"".to_owned(),
        ..decided(3, "approve", "payment", NEXT)
    };
    let elsewhere = |path: &str, group: &str, hash: &str| RecordedScriptDecision {
        script_path: path.to_owned(),
        ..decided(2, "approve", group, hash)
    };
    let decisions = [
        decided(1, "approve", "", HASH),
        decided(2, "approve", "payment", HASH),
        other_words,
        decided(4, "approve", "other", NEXT),
        decided(5, "revoke", "other", NEXT),
        elsewhere("/unseen.js", "", ""),
        elsewhere("/unseen.js", "payment", HASH),
        elsewhere("/pairs.js", "payment", HASH),
        elsewhere("/pairs.js", "other", NEXT),
        RecordedScriptDecision {
            script_host: String::new(),
            ..elsewhere("inline", "payment", HASH)
        },
    ];
    // What is in use is on one page group, and its approval on all: the draft keeps the approval as it is.
    let reported = [seen("csp_hash", HASH, 0, 24)];
    let text = draft(&scripts(&reported, &decisions), &decisions);
    let plan = ApprovalPlan::to(&read(&text).expect("a right file"), &decisions);
    assert!(plan.is_empty(), "{plan:?}\n{text}");

    // New content is a block of its own, which nobody approves by leaving the draft as it is.
    let reported = [seen("csp_hash", "sha256-ccccccccccccccccccccccccccccccccccccccccccc=", 0, 24)];
    let text = draft(&scripts(&reported, &decisions), &decisions);
    assert!(read(&text).expect_err("without words")[0].contains("owner is needed"), "{text}");
    let filled = text.replace("\"\"", "\"x\"");
    let plan = ApprovalPlan::to(&read(&filled).expect("a right file"), &decisions);
    assert_eq!((plan.approve.len(), plan.revoke.len()), (1, 0), "{plan:?}\n{text}");
}

#[test]
fn every_mistake_of_a_file_is_reported() {
    let block = |lines: &str| format!("[[script]]\n{lines}\n");
    let reasons = "owner = \"o\"\njustification = \"j\"";
    let text = [
        block(&format!("url = \"\"\nany_content = true\n{reasons}")),
        block(&format!("url = \"https://a.example/x.js\"\n{reasons}")),
        block(&format!("url = \"https://a.example/x.js\"\nhashes = [\"md5-x\"]\n{reasons}")),
        block(&format!("url = \"https://a.example/x.js\"\nany_content = true\npage_groups = [\"pay\"]\n{reasons}")),
    ]
    .concat();
    let wrong = read(&text).expect_err("mistakes");
    for (wrong, expected) in wrong.iter().zip([
        "script 1 (): ",
        "script 2 (https://a.example/x.js): either hashes or any_content",
        "\"md5-x\" is no hash",
        "no such page group is configured: pay; there are: payment, other",
    ]) {
        assert!(wrong.contains(expected), "{wrong}");
    }
    assert_eq!(wrong.len(), 4);
    assert!(read("[[script]]\nurls = 1").expect_err("no such key")[0].contains("urls"));
}

/// An inline script.
fn inline(hash: &str, first: i64, last: i64) -> SeenScript {
    let (script_host, script_path) = (String::new(), "inline".to_owned());
    SeenScript { script_host, script_path, ..seen("csp_hash", hash, first, last) }
}

#[test]
fn inline_scripts_are_scripts_of_their_own_and_in_use_while_the_latest_is() {
    let reported = [inline(HASH, 0, 100), inline(NEXT, 0, 24), inline("", 90, 100)];
    let (script_host, script_path) = (String::new(), "inline".to_owned());
    let approved =
        [RecordedScriptDecision { script_host, script_path, ..decided(1, "approve", "", HASH) }];
    let all = scripts(&reported, &approved);
    let found: Vec<_> =
        all.iter().map(|script| (script.name(), script.approval().as_str())).collect();
    let expected = [("", "no"), (HASH, "approved"), (NEXT, "not seen running")];
    let mut expected = expected.map(|(hash, word)| (format!("inline {hash}"), word)).to_vec();
    expected[0].0 = "inline".to_owned();
    expected.sort();
    let mut found = found;
    found.sort();
    assert_eq!(found, expected);
    // The draft of the file names them so that they can be applied.
    let text = draft(&all, &approved).replace("\"\"", "\"x\"");
    let read = ApprovedFile::read(&text, &["payment"], &KeepQuery::None).expect("a right file");
    let hashes: Vec<_> = read.iter().map(|approval| (&*approval.path, &*approval.hash)).collect();
    assert_eq!(hashes, [("inline", HASH), ("inline", "")]);
}
