//! The README, the manual in `docs` and the pages of `tests/cmd` print what they say they print.

use std::process::Command;

use super::tool::CUSTVAL;

#[test]
fn every_transcript_prints_what_it_says() {
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .default_bin_name("custval")
        .case("README.md")
        .case("docs/*.md")
        .case("tests/cmd/*.md")
        .run();
}

/// The shell blocks of the README that begin with the tool, in a folder that has the data.
#[cfg(unix)]
#[test]
fn every_pipeline_of_the_readme_runs() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(root.join("data"), folder.path().join("data")).unwrap();
    let tool = std::path::Path::new(CUSTVAL).parent().unwrap();
    let path = format!("{}:{}", tool.display(), std::env::var("PATH").unwrap());
    let mut ran = 0;
    for block in readme.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        if !block.starts_with("custval") {
            continue;
        }
        let output =
            Command::new("sh").args(["-euc", block]).current_dir(folder.path()).env("PATH", &path).output().unwrap();
        assert!(output.status.success(), "{block}\n{}", String::from_utf8_lossy(&output.stderr));
        ran += 1;
    }
    assert!(ran > 0, "the README has no pipeline");
}
