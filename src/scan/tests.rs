use proptest::prelude::*;

use super::*;
use crate::ErrorKind;
use crate::columns::{AMOUNT, CUSTOMER_ID, ColumnMap, DATE, PROFIT, REVENUE};
use crate::dialect::{Encoding, Pinned};
use crate::progress::Silent;

mod damage;
mod dialects;
mod policies;
mod refused;
mod rows;
mod tables;
mod titles;

/// Keeps every row as it came, ordered when finished.
#[derive(Debug, Default)]
struct Keep(Vec<Row>);

/// File, line, id, day, amount, texts.
type Row = (usize, u64, Vec<u8>, Option<i32>, Option<i64>, Vec<Vec<u8>>);

impl Reduce for Keep {
    type Output = Vec<Row>;

    fn absorb(&mut self, batch: &Batch) {
        for row in 0..batch.len() {
            self.0.push((
                batch.file(),
                batch.lines()[row],
                batch.ids().get(row).to_vec(),
                batch.days().get(row).map(|day| day.0),
                batch.amounts().get(row).copied(),
                batch.texts.iter().map(|column| column.get(row).to_vec()).collect(),
            ));
        }
    }

    fn merge(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    fn finish(mut self, _: &mut Account) -> Result<Vec<Row>> {
        self.0.sort();
        Ok(self.0)
    }
}

fn aside() -> ScanParams {
    ScanParams { bad_rows: BadRows::SetAside { at_most: None }, ..ScanParams::default() }
}

fn inputs(texts: &[(&str, &[u8])]) -> Inputs {
    Inputs::from_bytes(texts.iter().map(|(name, text)| (*name, *text))).unwrap()
}

fn read(text: &str, params: &ScanParams) -> Result<Scanned<Vec<Row>>> {
    scan(&inputs(&[("log.csv", text.as_bytes())]), &Wanted::transactions(), params, &Silent, Keep::default)
}

fn ids(rows: &[Row]) -> Vec<&str> {
    rows.iter().map(|row| std::str::from_utf8(&row.2).unwrap()).collect()
}

/// A folder of its own for a test, removed at the end.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

mod rejects {
    use super::*;

    #[test]
    fn rejects_are_the_bytes_of_the_input_with_their_reasons() {
        let folder = folder();
        let text: &[u8] = b"\xEF\xBB\xBFcustomer_id,date,amount\r\na,2020-01-01,1\r\n,\"2020-01-01\",2\r\nb,x\"y,3";
        let other: &[u8] = b"id\tdate\tamount\nc\t2020-01-01\t1,5,\n";
        let inputs = inputs(&[("in/log.csv", text), ("log.csv", other)]);
        let scanned = scan(&inputs, &Wanted::transactions(), &aside(), &Silent, Keep::default).unwrap();
        assert_eq!(scanned.rejects.len(), 3);
        scanned.rejects.write(&folder.path().join("rejects")).unwrap();
        let read = |name: &str| std::fs::read(folder.path().join("rejects").join(name)).unwrap();
        assert_eq!(read("log.csv"), b"\xEF\xBB\xBFcustomer_id,date,amount\r\n,\"2020-01-01\",2\r\nb,x\"y,3\n");
        assert_eq!(read("log-2.csv"), b"id\tdate\tamount\nc\t2020-01-01\t1,5,\n");
        assert_eq!(
            String::from_utf8(read("reasons.csv")).unwrap(),
            "file,line,byte_offset,column,value,reason
in/log.csv,3,44,customer_id,,no customer
in/log.csv,4,61,date,\"x\"\"y\",not a date
log.csv,2,15,amount,\"1,5,\",not an amount
"
        );
        let again = scanned.rejects.write(&folder.path().join("rejects")).unwrap_err();
        assert_eq!(again.kind(), ErrorKind::Io);
    }

    #[test]
    fn rejects_mended_and_fed_back_complete_the_run() {
        let folder = folder();
        let good = "customer_id,date,amount\na,2020-01-01,1\nb,2020-01-02,2\nc,2020-01-03,3";
        let bad = good.replace("2020-01-02", "2020-13-02").replace(",3", ",3x");
        let first = read(&bad, &aside()).unwrap();
        first.rejects.write(folder.path()).unwrap();
        let path = folder.path().join("log.csv");
        let mended = std::fs::read_to_string(&path).unwrap().replace("-13-", "-01-").replace("3x", "3");
        let second = read(&mended, &ScanParams::default()).unwrap();
        let whole = read(good, &ScanParams::default()).unwrap();
        assert_eq!(
            first.receipt.amount_used.unwrap() + second.receipt.amount_used.unwrap(),
            whole.receipt.amount.unwrap()
        );
        let mut all = [ids(&first.output), ids(&second.output)].concat();
        all.sort_unstable();
        assert_eq!(all, ids(&whole.output));
    }
}

mod sources {
    use super::*;

    fn opened(names: &[&str]) -> std::result::Result<Vec<String>, String> {
        Inputs::open(names).map(|inputs| inputs.names().map(str::to_owned).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn paths_and_globs_are_opened_before_any_work() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        for name in ["b.csv", "a.csv", "[x].csv"] {
            std::fs::write(path(name), "customer_id,date,amount\n").unwrap();
        }
        std::fs::write(path("empty.txt"), "").unwrap();
        assert_eq!(opened(&[&path("?.csv")]).unwrap(), [path("a.csv"), path("b.csv")]);
        assert_eq!(opened(&[&path("[x].csv")]).unwrap(), [path("[x].csv")]);
        assert_eq!(opened(&[&path("*.tsv")]).unwrap_err(), format!("no file matches `{}`", path("*.tsv")));
        assert!(opened(&[&path("c.csv")]).unwrap_err().starts_with(&format!("{}: cannot be opened: ", path("c.csv"))));
        assert_eq!(opened(&[&path("")]).unwrap_err(), format!("{}: is a folder", path("")));
        assert_eq!(opened(&[&path("empty.txt")]).unwrap_err(), format!("{}: is empty", path("empty.txt")));
        assert_eq!(
            opened(&[&path("a.csv"), &path("?.csv")]).unwrap_err(),
            format!("`{}` is given twice", path("a.csv"))
        );
        assert_eq!(opened(&[]).unwrap_err(), "no file is given");
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        let refused = |bytes: &[u8]| Source::from_bytes("f", bytes).unwrap_err().to_string();
        assert_eq!(refused(b""), "f: is empty");
        assert_eq!(refused(b"\xEF\xBB\xBF"), "f: is empty");
        assert_eq!(refused(b"id,date\na\0b"), "f: holds zero bytes, so it is no text");
        assert!(refused(b"\x1F\x8B\x08\0").starts_with("f: cannot be read: "));
        assert!(refused(b"\x28\xB5\x2F\xFD").starts_with("f: cannot be read: "));
        assert_eq!(refused(b"PK\x03\x04xx"), "f: is a workbook or a zip archive");
        assert_eq!(refused(b"BZh91AY&SY"), "f: is compressed with bzip2");
        assert_eq!(refused(b"%PDF-1.7\n"), "f: is a PDF");
        assert_eq!(refused(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0"), "f: is a workbook");
        for page in ["<!doctype HTML>", "\n <html lang=\"en\">", "<?xml version=\"1.0\"?>", "<table border=1>"] {
            assert_eq!(refused(page.as_bytes()), "f: is a web page or XML");
        }
        assert_eq!(refused(b"\xFD7zXZ\0"), "f: is compressed with xz");
    }

    #[test]
    fn headers_are_refused_before_the_first_row() {
        let refused = |text: &str| read(text, &ScanParams::default()).unwrap_err().to_string();
        assert_eq!(refused("\n\n"), "log.csv: has no header");
        assert_eq!(refused("id,date,date,amount\n"), "log.csv:1: two columns are named `date`");
        assert_eq!(refused("id,\"date,amount\nx\n"), "log.csv:1: a quote in the header is opened and never closed");
        let mut map = ColumnMap::default();
        map.add("amount=date").unwrap();
        let params = ScanParams { columns: map, ..ScanParams::default() };
        let twice = read("id,date,amount\n", &params).unwrap_err();
        assert_eq!(twice.to_string(), "log.csv: column `date` is asked for twice, as `date` and as `amount`");
    }

    #[test]
    fn a_header_without_rows_has_no_rows() {
        for text in ["customer_id,date,amount", "customer_id,date,amount\n", "customer_id,date,amount\r\n\r\n"] {
            let scanned = read(text, &ScanParams::default()).unwrap();
            assert_eq!((scanned.receipt.rows, scanned.receipt.amount), (0, Some(0)), "{text:?}");
        }
        let names = headers(&inputs(&[("a", b"x;customer_id\n")]), &ScanParams::default()).unwrap();
        assert_eq!(names[0].names(), ["x", "customer_id"]);
    }
}

#[test]
fn progress_counts_every_byte_once() {
    #[derive(Default)]
    struct Bytes(std::sync::Mutex<(Option<u64>, u64)>);
    impl Progress for Bytes {
        fn begin(&self, _: &str, total: Option<u64>) {
            self.0.lock().unwrap().0 = total;
        }
        fn advance(&self, amount: u64) {
            self.0.lock().unwrap().1 += amount;
        }
        fn end(&self) {}
    }
    let text: &[u8] = b"\xEF\xBB\xBFcustomer_id,date,amount\na,2020-01-01,1\n\nb,2020-01-01,1";
    for chunk in [1, 7, 1 << 20] {
        let bytes = Bytes::default();
        let tuning = Tuning { chunk, fast: true };
        let inputs = inputs(&[("1", text), ("2", text)]);
        scan_tuned(&inputs, &Wanted::transactions(), &aside(), &bytes, || Keep::default, tuning).unwrap();
        let (total, counted) = *bytes.0.lock().unwrap();
        assert_eq!((total, counted), (Some(2 * text.len() as u64), 2 * text.len() as u64));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn well_formed_files_are_read_as_the_csv_crate_reads_them(
        rows in prop::collection::vec(("[a-c\",\r\n ä;]{0,5}[a-c\";ä]", 1_i64..100_000, "[\",\r\n x]{0,5}"), 0..30),
        quoting in any::<bool>(),
        chunk in 1_usize..100,
    ) {
        let style = if quoting { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
        let mut writer = csv::WriterBuilder::new().quote_style(style).from_writer(Vec::new());
        writer.write_record(["note", "amount", "date", "customer_id"]).unwrap();
        for (id, cents, note) in &rows {
            let amount = crate::money::Currency::UNNAMED.format((*cents).into());
            writer.write_record([note.as_str(), &amount, "2020-01-01", id.as_str()]).unwrap();
        }
        let text = writer.into_inner().unwrap();
        let wanted = Wanted::transactions().text(TextColumn::Named("note".into()));
        let inputs = inputs(&[("a.csv", &text)]);
        let tuning = Tuning { chunk, fast: true };
        let scanned = scan_tuned(&inputs, &wanted, &ScanParams::default(), &Silent, || Keep::default, tuning).unwrap();
        let read: Vec<_> = scanned.output.iter().map(|row| (row.2.clone(), row.4.unwrap(), row.5[0].clone())).collect();
        let expected: Vec<_> =
            rows.iter().map(|(id, cents, note)| (id.as_bytes().to_vec(), *cents, note.as_bytes().to_vec())).collect();
        prop_assert_eq!(read, expected);
    }
}

#[test]
fn a_file_that_is_changed_while_it_is_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.csv");
    let log = "customer_id,date,amount\nann,2024-01-01,1\n";
    let changes: [fn(&std::path::Path); 3] = [
        |path| std::fs::write(path, "customer_id,date,amount\nbob,2024-01-01,1\nbob,2024-01-02,1\n").unwrap(),
        |path| {
            // Of the same size and time.
            let before = std::fs::metadata(path).unwrap().modified().unwrap();
            let other = path.with_extension("other");
            std::fs::write(&other, "customer_id,date,amount\nbob,2024-01-01,1\n").unwrap();
            std::fs::File::open(&other).unwrap().set_modified(before).unwrap();
            std::fs::rename(other, path).unwrap();
        },
        |path| std::fs::File::options().append(true).open(path).unwrap().set_len(30).unwrap(),
    ];
    for change in changes {
        std::fs::write(&path, log).unwrap();
        let inputs = Inputs::open([path.to_str().unwrap()]).unwrap();
        assert_eq!(inputs.sources()[0].digest().unwrap(), blake3::hash(log.as_bytes()).to_hex().to_string());
        change(&path);
        for error in [
            inputs.sources()[0].digest().unwrap_err(),
            scan(&inputs, &Wanted::transactions(), &ScanParams::default(), &Silent, Keep::default).unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.to_string().ends_with("log.csv: was changed while it was read"), "{error}");
        }
    }
}
