//! The container image: what its files say of each other. It is not built here.

use super::{one_yaml, read, root};

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[test]
fn all_name_this_version_and_this_compiler() {
    let toolchain = read("rust-toolchain.toml");
    let channel = toolchain.lines().find_map(|line| line.strip_prefix("channel = ")).unwrap();
    let image = format!("FROM rust:{}-bookworm AS build", channel.trim_matches('"'));
    assert!(read("Dockerfile").contains(&image), "Dockerfile says {image}");
    let compose = one_yaml("deploy/compose/compose.yaml");
    assert_eq!(compose["services"]["cspwatch"]["image"], format!("cspwatch:{VERSION}"));
    let kustomization = one_yaml("deploy/kubernetes/kustomization.yaml");
    assert_eq!(kustomization["images"][0]["newTag"], VERSION);
}

/// Built for arm64, it differs by its base images alone.
#[test]
fn nothing_in_it_names_a_kind_of_machine() {
    for path in ["Dockerfile", ".cargo/config.toml", "rust-toolchain.toml"] {
        let text = read(path);
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        for word in ["x86_64", "amd64", "aarch64", "arm64", "target-cpu", "--platform"] {
            assert!(lines.clone().all(|line| !line.contains(word)), "{path} names {word}");
        }
    }
    // jemalloc takes the pages of the machine that builds it, where nobody says otherwise.
    let build = read("deploy/build");
    assert!(build.contains("aarch64") && build.contains("export JEMALLOC_SYS_WITH_LG_PAGE=16"));
}

#[test]
fn the_build_gets_what_it_reads_and_nothing_else() {
    let ignore = read(".dockerignore");
    let lines: Vec<&str> = ignore.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines[0], "*", "nothing, but for what follows");
    let let_in: Vec<&str> = lines[1..].iter().map(|line| line.strip_prefix('!').unwrap()).collect();
    for path in &let_in {
        assert!(root().join(path).exists(), "{path}");
    }
    for needed in
        ["Cargo.toml", "Cargo.lock", ".cargo", "src", "deploy/build", "deploy/notices", "LICENSE"]
    {
        assert!(let_in.contains(&needed), "{needed}");
    }
}

/// As whom it runs stands in three places.
#[test]
fn it_runs_as_the_same_user_everywhere() {
    assert!(read("Dockerfile").contains("\nUSER 65532:65532\n"));
    let compose = one_yaml("deploy/compose/compose.yaml");
    assert_eq!(compose["services"]["cspwatch"]["user"], "65532:65532");
    let stateful = one_yaml("deploy/kubernetes/statefulset.yaml");
    let security = &stateful["spec"]["template"]["spec"]["securityContext"];
    for key in ["runAsUser", "runAsGroup", "fsGroup"] {
        assert_eq!(security[key], 65532, "{key}");
    }
}
