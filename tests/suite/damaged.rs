//! Files that were damaged, cut off or have odd names: never read in part without a word, and refused without a mess.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use parquet::file::metadata::{ParquetMetaDataReader, ParquetMetaDataWriter};

use super::tool::{CUSTVAL, Ran, command, file, run, run_with, stdout, text};

const LOG: &str = "id,date,amount\na,2024-01-01,1\na,2024-02-01,2.50\nb,2024-01-15,3\n";
const ARROW: &str = "tests/fixtures/parquet/arrow.parquet";

fn gzip(content: &str) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(content.as_bytes()).unwrap();
    writer.finish().unwrap()
}

fn summary(folder: &tempfile::TempDir, content: impl AsRef<[u8]>) -> Ran {
    run(&["summary", text(&file(folder, "log", content)), "--currency", "KWD", "--quiet"])
}

fn fixture() -> Vec<u8> {
    fs::read(format!("{}/{ARROW}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The fixture with another number of rows of its first row group; that of the whole file follows it.
fn with_rows(change: i64) -> Vec<u8> {
    let bytes = bytes::Bytes::from(fixture());
    let metadata = ParquetMetaDataReader::new().parse_and_finish(&bytes).unwrap();
    let mut groups = metadata.row_groups().to_vec();
    let changed = groups[0].num_rows() + change;
    groups[0] = groups[0].clone().into_builder().set_num_rows(changed).build().unwrap();
    let metadata = metadata.into_builder().set_row_groups(groups).build();
    let footer = u32::from_le_bytes(*bytes[..bytes.len() - 4].last_chunk().unwrap()) as usize;
    let mut damaged = bytes[..bytes.len() - 8 - footer].to_vec();
    ParquetMetaDataWriter::new(&mut damaged, &metadata).finish().unwrap();
    damaged
}

#[test]
fn parquet_whose_numbers_of_rows_contradict_each_other_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(summary(&folder, with_rows(0)).code, 0, "what is written back as it was is read");
    // The number of rows of the whole file, 6, as Thrift has it: between two headers of fields, doubled.
    let mut other = fixture();
    let place = other.windows(3).rposition(|bytes| bytes == [0x16, 12, 0x19]).unwrap();
    other[place + 1] = 10;
    for damaged in [with_rows(-1), with_rows(1), other] {
        let refused = summary(&folder, damaged);
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains("cannot be read as the Parquet file that it begins as"), "{}", refused.stderr);
    }
}

#[test]
fn damage_that_the_parquet_library_panics_at_is_told_as_an_error_alone() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fixture();
    for place in [4253, 4967, 5842] {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x55;
        let refused = summary(&folder, damaged);
        assert_eq!(refused.code, 3, "{place}: {}", refused.stderr);
        assert_eq!(refused.stderr.lines().count(), 2, "{place}: {}", refused.stderr);
        assert!(refused.stderr.starts_with("error: "), "{place}: {}", refused.stderr);
    }
}

#[test]
fn a_state_without_the_digest_of_its_bytes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (log, state) = (file(&folder, "log.csv", LOG), folder.path().join("state.parquet"));
    assert_eq!(run(&["summary", "--state", text(&state), text(&log)]).code, 0);
    let mut bytes = fs::read(&state).unwrap();
    let key = b"custval.blake3";
    let place = bytes.windows(key.len()).rposition(|found| found == key).unwrap();
    bytes[place + key.len() - 1] = b'4';
    fs::write(&state, bytes).unwrap();
    let refused = run(&["summary", "--state", text(&state)]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    assert!(refused.stderr.contains("is a damaged state"), "{}", refused.stderr);
}

#[cfg(target_os = "linux")]
#[test]
fn a_pattern_leaves_out_no_name_that_is_not_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let odd = |name: &'static [u8]| std::ffi::OsStr::from_bytes(name);
    let folder = tempfile::tempdir().unwrap();
    let inside = |name: &str| folder.path().join(name);
    for name in ["files", "folders", "folders/june", "deep", "deep/er"] {
        fs::create_dir(inside(name)).unwrap();
    }
    for path in ["files/a.log", "folders/june/a.log", "deep/a.log"] {
        fs::write(inside(path), LOG).unwrap();
    }
    let read = |pattern: &str| run(&["summary", text(&inside(pattern)), "--quiet"]);
    for pattern in ["files/*.log", "folders/*/a.log", "deep/**/*.log"] {
        assert_eq!(read(pattern).code, 0, "{pattern}");
    }
    fs::write(inside("files").join(odd(b"b\xFF.log")), LOG).unwrap();
    fs::create_dir(inside("folders").join(odd(b"\xE9t\xE9"))).unwrap();
    fs::create_dir(inside("deep/er").join(odd(b"\xFF"))).unwrap();
    for pattern in ["files/*.log", "files/b*.log", "folders/*/a.log", "deep/**/*.log"] {
        let refused = read(pattern);
        assert_eq!(refused.code, 2, "{pattern}: {}", refused.stderr);
        assert!(refused.stderr.contains("its name is not UTF-8\nhint: rename it"), "{pattern}: {}", refused.stderr);
    }
    assert_eq!(read("files/a*.log").code, 0, "a pattern that means other files is not concerned");
    fs::write(inside("deep").join(odd(b"\xFF")), LOG).unwrap();
    assert_eq!(read("*/a.log").code, 0, "nor is one that means folders concerned by a file");
}

#[test]
fn control_characters_are_shown_as_pictures_in_messages() {
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "odd\x1b[1m.csv", "id,date,amount\na,\x1b[2J,1\nb,2024-01-02,x\x1b[31m\n");
    let refused = run(&["summary", text(&log)]);
    assert_eq!(refused.code, 3);
    assert!(!refused.stderr.contains('\x1b'), "{:?}", refused.stderr);
    assert!(refused.stderr.contains("odd␛[1m.csv:2: column `date`: `␛[2J`"), "{}", refused.stderr);
    assert!(refused.stderr.contains("`x␛[31m`"), "{}", refused.stderr);
    assert_eq!(refused.stderr.lines().count(), 4, "{}", refused.stderr);
}

#[test]
fn compressed_files_that_are_damaged_are_refused_as_data() {
    let folder = tempfile::tempdir().unwrap();
    let (packed, zstd) = (gzip(LOG), zstd::encode_all(LOG.as_bytes(), 1).unwrap());
    let mut spoilt = packed.clone();
    let check = spoilt.len() - 6;
    spoilt[check] ^= 1;
    for damaged in [&packed[..packed.len() - 5], &zstd[..zstd.len() - 5], &spoilt, &[&packed[..], b"more"].concat()] {
        let refused = summary(&folder, damaged);
        assert_eq!(refused.code, 3, "{}", refused.stderr);
        assert!(refused.stderr.contains("cannot be read: "), "{}", refused.stderr);
        assert!(refused.stderr.contains("copy it or export it again"), "{}", refused.stderr);
    }
}

#[test]
fn padding_of_gzip_and_frames_to_skip_of_zstd_are_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let expected = summary(&folder, LOG).stdout;
    let packed = gzip(LOG);
    let (head, rest) = LOG.split_at(30);
    let skipped = [b"\x5A\x2A\x4D\x18\x04\0\0\0abcd", &zstd::encode_all(LOG.as_bytes(), 1).unwrap()[..]].concat();
    for content in [
        [&packed[..], &[0; 1]].concat(),
        [&packed[..], &[0; 300_000]].concat(),
        [gzip(head), gzip(rest), vec![0; 512]].concat(),
        [gzip(head), gzip(""), gzip(rest)].concat(),
        skipped,
    ] {
        let read = summary(&folder, content);
        assert_eq!((read.code, read.stdout.as_str()), (0, expected.as_str()), "{}", read.stderr);
    }
}

#[test]
fn a_zero_byte_far_into_a_file_makes_a_bad_row() {
    let folder = tempfile::tempdir().unwrap();
    let good: String = (0..9000).map(|row| format!("c{},2024-01-{:02},2\n", row % 700, row % 28 + 1)).collect();
    for bad in ["b\0,2024-01-02,2\n", "b,2024-01-02\0,2\n", "\"b\nb\0\",2024-01-02,2\n"] {
        let log = file(&folder, "log.csv", format!("id,date,amount\n{good}{bad}{good}"));
        let refused = run(&["summary", text(&log)]);
        assert_eq!(refused.code, 3, "{bad:?}");
        assert!(refused.stderr.contains("log.csv:9002: the record holds a zero byte"), "{}", refused.stderr);
        let checked = run(&["check", text(&log)]);
        assert_eq!(checked.code, 1, "{bad:?}: {}", checked.stdout);
        let rejects = folder.path().join("rejects");
        stdout(&["summary", text(&log), "--rejects", text(&rejects), "--overwrite"]);
        assert_eq!(fs::read_to_string(rejects.join("log.csv")).unwrap(), format!("id,date,amount\n{bad}"));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_device_without_end_is_refused_by_what_it_begins_with() {
    let refused = run(&["summary", "/dev/zero"]);
    assert_eq!(refused.code, 3);
    assert!(refused.stderr.starts_with("error: /dev/zero: holds zero bytes, so it is no text\n"), "{}", refused.stderr);
    // A stream that is as long and is a log is read.
    let long = format!("id,date,amount\n{}", "abcdefgh,2024-01-01,1.00\n".repeat(700_000));
    let read = run_with(&long, &["summary", "-", "--select", "amount"]);
    assert_eq!((read.code, read.stdout.as_str()), (0, "amount\n700000.00\n"), "{}", read.stderr);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_replaced_keeps_who_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let log = file(&folder, "log.csv", LOG);
    let (output, state) = (file(&folder, "out.csv", "yesterday\n"), folder.path().join("state.parquet"));
    stdout(&["summary", "--state", text(&state), text(&log)]);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let more = file(&folder, "more.csv", "id,date,amount\nc,2024-01-01,1\n");
    for path in [&output, &state] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o606)).unwrap();
    }
    stdout(&["summary", "--state", text(&state), text(&more), "--output", text(&output)]);
    assert_ne!(fs::read_to_string(&output).unwrap(), "yesterday\n");
    assert_eq!([mode(&output), mode(&state)], [0o606; 2]);
}

/// Runs the tool where no file can have more than a few KiB.
#[cfg(target_os = "linux")]
fn run_on_a_small_disk(arguments: &[&str]) -> Ran {
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -f 20; trap '' XFSZ; exec \"$0\" \"$@\"", CUSTVAL]).args(arguments);
    limited.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1").stdin(Stdio::null()).output().unwrap().into()
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_takes_its_place_where_rows_that_were_set_aside_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let bad: String = (0..2_000).map(|number| format!("c{number},someday,1.00\n")).collect();
    file(&folder, "log.csv", format!("customer_id,date,amount\na,2024-01-01,5.00\n{bad}"));
    let (log, rejects, state) = (place("log.csv"), place("rejects"), place("state.parquet"));
    let receipt = place("receipt.json");
    let arguments = ["summary", &log, "--rejects", &rejects, "--receipt", &receipt, "--state", &state, "--quiet"];
    for output in [Some(place("out.csv")), Some(place("run/")), None] {
        let output: Vec<&str> = output.iter().flat_map(|path| ["--output", path]).collect();
        let ran = run_on_a_small_disk(&[&arguments[..], &output].concat());
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        let expected = format!("{}: cannot be written: File too large (os error 27)\n", place("rejects/reasons.csv"));
        assert_eq!(ran.stderr, format!("error: writing the rejects: {expected}"));
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, ["log.csv"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_disk_that_is_full_is_told_by_the_file_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (path, named) in [("out.csv", "out.csv"), ("run/", "run/summary.csv"), ("out.parquet", "out.parquet")] {
        let ran = run_on_a_small_disk(&["summary", "data/cdnow_sample.csv", "--quiet", "--output", &place(path)]);
        assert_eq!(ran.code, 2);
        let expected = format!("error: {}: cannot be written: File too large (os error 27)\n", place(named));
        assert_eq!(ran.stderr, expected);
    }
}

#[test]
fn a_number_that_is_none_is_told_what_is_expected() {
    let log = "data/cdnow_sample.csv";
    for (arguments, said) in [
        (["summary", log, "--top", "abc"], "'abc' for '--top <N>': say a whole number of 0 or more"),
        (["summary", log, "--top", "1.5"], "'1.5' for '--top <N>': say a whole number of 0 or more"),
        (["generate", "--only", "transactions", "--rows=99999999999999999999"], "'--rows <N>': it is too large"),
        (["survival", log, "--band", "wide"], "'wide' for '--band <N>': say a number, as in `0.5`"),
        (["survival", log, "--band", "-1"], "'-1' for '--band <N>': say a number above zero, as in `0.5`"),
        (["hook", log, "--bands", "0"], "'0' for '--bands <N>': say a number from 1 to 1000"),
    ] {
        let refused = run(&arguments);
        assert_eq!(refused.code, 2, "{arguments:?}");
        assert!(refused.stderr.contains(said), "{}", refused.stderr);
    }
    let refused: Ran = command(&["summary", log]).env("CUSTVAL_TOP", "abc").output().unwrap().into();
    let said = "error: environment variable `CUSTVAL_TOP`: `abc`: say a whole number of 0 or more\n";
    assert_eq!((refused.code, refused.stderr.as_str()), (2, said));
}

#[cfg(unix)]
#[test]
fn a_run_that_one_may_not_enter_is_told_as_such() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser may enter any.
    if fs::read_dir(&closed).is_err() {
        let refused = run(&["why", "ann", text(&closed)]);
        assert_eq!(refused.code, 2);
        assert!(refused.stderr.contains("closed: cannot be opened: Permission denied"), "{}", refused.stderr);
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}
