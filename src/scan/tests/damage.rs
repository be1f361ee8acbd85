//! Whatever stands in the files and whatever was decided about it: nothing panics, no row and no cent is lost, and fast and
//! careful reading agree.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::*;
use crate::exchange::Exchange;

/// Text made of what matters to a reader of CSV, whole fields and debris; records end with the currency where there is one.
fn debris(with_currency: bool) -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => Just(b"a,2020-01-01,1.50\n".to_vec()),
        2 => Just(b"A ,2020-01-01,1.50\n".to_vec()),
        2 => Just(b" a,2020-01-05,0\n".to_vec()),
        4 => Just(b"b,20200102,-3\r\n".to_vec()),
        2 => Just(b"\"c \"\"d\"\"\",\"2020-01-03\",4\n".to_vec()),
        2 => Just(b"\"e\nf\",2020-01-04,5\n".to_vec()),
        1 => Just(b"g,31/03/2020,\"1.234,50\"\n".to_vec()),
        1 => Just(b"h,3/4/2020 08:26,\"7,5\"\n".to_vec()),
        1 => Just(b"i,\"03/31/2020\",($1.234)\n".to_vec()),
        1 => Just(b"j,2020-03-31T23:30:00Z,\xA35\n".to_vec()),
        1 => Just(b"k,9999-12-31,NULL\n".to_vec()),
        1 => Just("ü,45382,5 €\n".as_bytes().to_vec()),
        1 => Just("Ü,2020-01-01,US$ 5\n".as_bytes().to_vec()),
        1 => Just("\u{A0},2020-01-01,5\n".as_bytes().to_vec()),
        1 => Just(b"l,2020-01-01,99999999999999.99\n".to_vec()),
        2 => prop::sample::select(vec!["a", "1E+11", "\u{E4}", "2020-01-01", "2020-02-30", "1.005", "9", "-", "+7", ".5"])
            .prop_map(|text| text.as_bytes().to_vec()),
        6 => prop::sample::select(b"\",\n\r;x0-. \xFF\xEF".to_vec()).prop_map(|byte| vec![byte]),
        2 => Just(b"=\"007\",2020-01-01,5\n".to_vec()),
        1 => Just(b"\"=\"\"007\"\"\",=\"2020-01-02\",=\"1.5\"\n".to_vec()),
        2 => prop::sample::select(vec![",,\n", " ,,\r\n", ",,,,\n", "  \n"]).prop_map(|text| text.as_bytes().to_vec()),
        1 => Just("\u{FEFF}".as_bytes().to_vec()),
    ];
    let currency =
        prop::sample::select(vec!["EUR", "EUR", "EUR", "EUR", "eur", " usd", "JPY", "€", "", "XAU", "\"EUR\""]);
    let record = (piece, currency).prop_map(move |(mut piece, currency)| {
        if with_currency && piece.len() > 1 && piece.ends_with(b"\n") {
            piece.pop();
            let end = if piece.pop_if(|last| *last == b'\r').is_some() { "\r\n" } else { "\n" };
            piece.extend_from_slice(format!(",{currency}{end}").as_bytes());
        }
        piece
    });
    prop::collection::vec(record, 0..40).prop_map(|pieces| pieces.concat())
}

/// Files, what is wanted of them and what was decided.
#[derive(Debug, Clone)]
struct Case {
    text: Vec<u8>,
    wanted: Wanted,
    params: ScanParams,
    chunk: usize,
    threads: usize,
}

fn policies() -> impl Strategy<Value = Policies> {
    let exclude = prop::sample::select(vec![
        "customer_id=a",
        "customer_id=*d*",
        "customer_id=?",
        "customer_id=b*",
        "customer_id=",
        "date=*/*",
        "date=2020-01-0?",
        "amount=*,*",
        "amount=?",
        "currency?=* usd",
        "currency?=*",
    ]);
    let key = prop::sample::select(vec![
        vec![],
        vec![],
        vec!["customer_id"],
        vec!["customer_id", "date"],
        vec!["customer_id", "date", "amount"],
    ]);
    let choices = (any::<bool>(), any::<bool>(), 0..3_u8, any::<bool>());
    (prop::collection::vec(exclude, 0..3), key, choices).prop_map(|(exclude, key, (fold, id_trim, refunds, zero))| {
        Policies {
            exclude: exclude.into_iter().map(|text| text.parse().unwrap()).collect(),
            id_case: if fold { IdCase::Fold } else { IdCase::Keep },
            id_trim,
            refunds: [Refunds::Net, Refunds::Separate, Refunds::Drop][usize::from(refunds)],
            zero_amounts: if zero { ZeroAmounts::Drop } else { ZeroAmounts::Keep },
            unique: key.into_iter().map(str::to_owned).collect(),
        }
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let euro: crate::money::Currency = "EUR".parse().unwrap();
    let rates = [("USD", "2020-01-03", "0.9"), ("GBP", "2020-01-01", "1.123456789"), ("JPY", "2020-01-01", "0.0065")];
    let rates = rates.map(|(code, day, rate)| (code.parse().unwrap(), day.parse().unwrap(), rate.to_owned()));
    let exchange = Exchange::of_all(&euro, &rates).unwrap();
    any::<bool>().prop_flat_map(move |with_currency| {
        let (euro, exchange) = (euro.clone(), exchange.clone());
        let settings = (0..4_u8, policies(), any::<bool>(), any::<bool>());
        let tuning = (1_usize..200, prop::sample::select(vec![1_usize, 2, 8]));
        (debris(with_currency), settings, tuning).prop_map(
            move |(text, (wanted, policies, decided, converted), (chunk, threads))| {
                let header: &[u8] =
                    if with_currency { b"customer_id,date,amount,currency\n" } else { b"customer_id,date,amount\n" };
                let wanted = match wanted {
                    0 => Wanted::id(AMOUNT).text(TextColumn::Named("customer_id".into())),
                    1 => Wanted::transactions().text(TextColumn::Optional(PROFIT)),
                    _ => Wanted::transactions(),
                };
                // Keys and exclusions look at the customer, which stands in the column of another name there.
                let customers = wanted.amount.is_some();
                let exchange = Some(exchange.clone()).filter(|_| converted && customers);
                let params = ScanParams {
                    currency: if converted { euro.clone() } else { crate::money::Currency::UNNAMED },
                    exchange,
                    policies: if decided && customers { policies } else { Policies::default() },
                    ..aside()
                };
                Case { text: [header, &text].concat(), wanted, params, chunk, threads }
            },
        )
    })
}

static POOLS: LazyLock<BTreeMap<usize, ThreadPool>> = LazyLock::new(|| {
    [1, 2, 8].map(|threads| (threads, ThreadPoolBuilder::new().num_threads(threads).build().unwrap())).into()
});

/// Reads the text twice, as two files.
fn tuned(case: &Case, params: &ScanParams, threads: usize, tuning: Tuning) -> Result<Scanned<Vec<Row>>> {
    let inputs = Inputs::from_bytes([("a.csv", case.text.as_slice()), ("b.csv", &case.text)])?;
    POOLS[&threads].install(|| scan_tuned(&inputs, &case.wanted, params, &Silent, || Keep::default, tuning))
}

/// What rows say, in their order.
fn said<'a>(rows: impl Iterator<Item = &'a Row>) -> impl Iterator<Item = (String, i32, i64)> {
    let text = |row: &Row| String::from_utf8(row.2.clone()).unwrap();
    rows.map(move |row| (text(row), row.3.unwrap_or(0), row.4.unwrap_or(0)))
}

/// The texts of one record that has all its fields, by its line.
type Fields = BTreeMap<u64, BTreeMap<String, Vec<u8>>>;

/// The texts of all columns of every record of the file that has them all; none where one of them is in no encoding.
fn fields(case: &Case) -> Option<Fields> {
    #[derive(Default)]
    struct Take(Vec<(u64, Vec<Vec<u8>>)>);
    impl Reduce for Take {
        type Output = Vec<(u64, Vec<Vec<u8>>)>;

        fn absorb(&mut self, batch: &Batch) {
            let texts = |row: usize| batch.texts.iter().map(|column| column.get(row).to_vec()).collect();
            self.0.extend((0..batch.len()).map(|row| (batch.lines()[row], texts(row))));
        }

        fn merge(&mut self, mut other: Self) {
            self.0.append(&mut other.0);
        }

        fn finish(self, _: &mut Account) -> Result<Self::Output> {
            Ok(self.0)
        }
    }
    let inputs = inputs(&[("a.csv", &case.text)]);
    let names = headers(&inputs, &ScanParams::default()).unwrap().remove(0).names().to_vec();
    let texts = names.iter().map(|name| (TextColumn::Named(name.clone()), Holds::Text)).collect();
    let wanted = Wanted { id: None, date: None, amount: None, texts };
    let tuning = Tuning { chunk: 1 << 16, fast: false };
    let scanned = match scan_tuned(&inputs, &wanted, &aside(), &Silent, || Take::default, tuning) {
        Err(error) if error.to_string().contains("texts are in an encoding that is not read") => return None,
        scanned => scanned.unwrap(),
    };
    let named = |texts: Vec<Vec<u8>>| names.iter().cloned().zip(texts).collect();
    let all = scanned.rejects.rows.iter().all(|row| row.reason != Reason::TextNotUtf8);
    all.then(|| scanned.output.into_iter().map(|(line, texts)| (line, named(texts))).collect())
}

/// The rows that are left out by the lines of their records, each with the exclusion that does it first.
fn excluded(fields: &Fields, exclusions: &[Exclusion]) -> BTreeMap<u64, usize> {
    let first = |texts: &BTreeMap<String, Vec<u8>>| {
        let of = |exclusion: &Exclusion| texts.get(&exclusion.column);
        exclusions.iter().position(|exclusion| of(exclusion).is_some_and(|text| exclusion.matches(text)))
    };
    fields.iter().filter_map(|(line, texts)| Some((*line, first(texts)?))).collect()
}

/// Policies on rows that are left, as simply as they can be written; an error where rows of one key differ.
fn decided(rows: impl Iterator<Item = (String, i32, i64)>, policies: &Policies) -> Result<Vec<(String, i32, i64)>, ()> {
    let mut seen: BTreeMap<Vec<String>, (String, i32, i64)> = BTreeMap::new();
    let mut kept = Vec::new();
    for (written, day, amount) in rows {
        let refund = policies.refunds == Refunds::Drop && amount < 0;
        if refund || (policies.zero_amounts == ZeroAmounts::Drop && amount == 0) {
            continue;
        }
        let trimmed = if policies.id_trim { written.trim() } else { &written };
        let folded = || trimmed.chars().flat_map(char::to_lowercase).collect();
        let id = if policies.id_case == IdCase::Fold { folded() } else { trimmed.to_owned() };
        let row = (id.clone(), day, amount);
        // Dates and amounts of a key are compared as they are written: only the one of the customer alone is simple.
        if policies.unique == ["customer_id"] {
            match seen.get(&vec![id.clone()]) {
                Some(same) if *same == row => continue,
                Some(_) => return Err(()),
                None => seen.insert(vec![id], row.clone()),
            };
        }
        kept.push(row);
    }
    kept.sort();
    Ok(kept)
}

fn check(case: &Case) -> Result<(), TestCaseError> {
    let Case { text, params, .. } = case;
    let whole = tuned(case, params, 1, Tuning { chunk: 1 << 16, fast: false });
    let other = tuned(case, params, case.threads, Tuning { chunk: case.chunk, fast: true });
    let plain = ScanParams { policies: Policies::default(), ..params.clone() };
    let undecided = tuned(case, &plain, 1, Tuning::default());
    let (whole, other) = match (whole, other) {
        (Ok(whole), Ok(other)) => (whole, other),
        // Values that could be two things, amounts of several currencies, a key of rows that differ.
        (Err(whole), Err(other)) => {
            prop_assert_eq!(whole.to_string(), other.to_string());
            if params.policies.unique == ["customer_id"]
                && params.policies.exclude.is_empty()
                && let Ok(undecided) = &undecided
            {
                prop_assert!(decided(said(undecided.output.iter()), &params.policies).is_err());
            }
            return Ok(());
        }
        (whole, other) => return Err(TestCaseError::fail(format!("{whole:?}, but {other:?}"))),
    };
    let has_key = !params.policies.unique.is_empty();
    if has_key {
        // Which of the equal rows is kept is open.
        let without_place = |scanned: &Scanned<Vec<Row>>| {
            let mut rows: Vec<_> =
                scanned.output.iter().map(|row| (row.2.clone(), row.3, row.4, row.5.clone())).collect();
            rows.sort();
            rows
        };
        prop_assert_eq!(without_place(&whole), without_place(&other));
    } else {
        prop_assert_eq!(&whole.output, &other.output);
    }
    prop_assert_eq!(&whole.receipt, &other.receipt);
    prop_assert_eq!(&whole.rejects.rows, &other.rejects.rows);
    let receipt = &whole.receipt;
    prop_assert_eq!(receipt.rows, receipt.rows_used + receipt.rows_same_key + receipt.rows_set_aside());
    prop_assert_eq!(receipt.rows_used, whole.output.len() as u64);
    prop_assert_eq!(receipt.amounts_unread, receipt.set_aside.iter().map(|entry| entry.amounts_unread).sum::<u64>());
    let fields = fields(case);
    let left_out = fields.as_ref().map(|fields| excluded(fields, &params.policies.exclude));
    if let Some(left_out) = &left_out {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        for number in left_out.values() {
            *counts.entry(format!("excluded by `{}`", params.policies.exclude[*number])).or_default() += 2;
        }
        let entries = receipt.set_aside.iter().filter(|entry| entry.reason.starts_with("excluded by"));
        prop_assert_eq!(counts, entries.map(|entry| (entry.reason.clone(), entry.rows)).collect());
        prop_assert!(whole.output.iter().all(|row| !left_out.contains_key(&row.1)));
        prop_assert!(whole.rejects.rows.iter().all(|row| !left_out.contains_key(&row.line)));
    }
    // Rows that are left out do not say how values are written, and then the others may mean something else.
    let undecided = match undecided {
        Ok(undecided) => Some(undecided),
        Err(problem) if params.policies.exclude.is_empty() => return Err(TestCaseError::fail(problem.to_string())),
        Err(_) => None,
    };
    let alike = |undecided: &Scanned<Vec<Row>>| undecided.receipt.files == receipt.files;
    if let (Some(undecided), Some(left_out)) = (undecided.as_ref().filter(|undecided| alike(undecided)), &left_out) {
        let is_left = |line: &u64| !left_out.contains_key(line);
        if case.wanted.amount.is_some() && (!has_key || params.policies.unique == ["customer_id"]) {
            let mut rows: Vec<_> = said(whole.output.iter()).collect();
            rows.sort();
            let left = undecided.output.iter().filter(|row| is_left(&row.1));
            prop_assert_eq!(decided(said(left), &params.policies), Ok(rows));
        }
        let rejected: Vec<_> = undecided.rejects.rows.iter().filter(|row| is_left(&row.line)).cloned().collect();
        prop_assert_eq!(&whole.rejects.rows, &rejected);
        prop_assert_eq!(receipt.amount, undecided.receipt.amount);
        prop_assert_eq!(receipt.amounts_unread, undecided.receipt.amounts_unread);
    } else {
        prop_assert!(!params.policies.exclude.is_empty() || fields.is_none());
    }
    if let Some(amount) = receipt.amount {
        let aside: i128 = receipt.set_aside.iter().map(|entry| entry.amount.unwrap()).sum();
        let used: i128 = whole.output.iter().map(|row| i128::from(row.4.unwrap())).sum();
        prop_assert_eq!(receipt.amount_used, Some(used));
        prop_assert_eq!(amount, used + receipt.amount_same_key.unwrap() + aside);
        if params.exchange.is_some() {
            let rows: u64 = receipt.currencies.iter().map(|entry| entry.rows).sum();
            prop_assert_eq!(rows, receipt.rows - receipt.amounts_unread);
            prop_assert_eq!(amount, receipt.currencies.iter().map(|entry| entry.amount).sum::<i128>());
        }
    }
    if !whole.rejects.inputs.sources()[0].packing().is_none() {
        return Ok(());
    }
    // Each rejected record stands where it is said to, and is read again as the same one.
    for row in &whole.rejects.rows {
        let record = &text[row.offset as usize..(row.offset + row.length) as usize];
        prop_assert!(!record.is_empty());
        let before = &text[..row.offset as usize];
        prop_assert_eq!(row.line, 1 + records::count_lines(before));
        prop_assert!(before.ends_with(b"\n"));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn fast_and_careful_reading_agree_and_no_row_is_lost_for_any_text_policies_chunk_and_threads(case in cases()) {
        check(&case)?;
    }
}

#[test]
fn a_currency_beyond_ascii_tells_the_encoding_however_it_is_read() {
    let header = "customer_id,date,amount,currency\n";
    let rows = [&b"A ,2020-01-01,1.50,\xE2\x82\xAC\n"[..], b"a,2020-01-31,1.50,\"EUR\xEF\"\n"];
    let policies = Policies { exclude: vec!["customer_id=a".parse().unwrap()], ..Policies::default() };
    let params = ScanParams { policies, ..aside() };
    let text = [header.as_bytes(), &rows.concat()].concat();
    let case = Case { text, wanted: Wanted::transactions(), params: params.clone(), chunk: 40, threads: 2 };
    check(&case).unwrap();
    let read = tuned(&case, &params, 1, Tuning::default()).unwrap();
    assert_eq!(read.receipt.files[0].read_as.encoding, Some("utf-8"));
}

/// The same without end: `CUSTVAL_FUZZ_SECONDS=600 cargo test --release -- --ignored --nocapture damaged_logs_without_end`;
/// another `CUSTVAL_FUZZ_SEED` makes other logs.
#[test]
#[ignore = "runs as long as CUSTVAL_FUZZ_SECONDS says"]
fn damaged_logs_without_end() {
    let number = |name: &str, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let end = Instant::now() + Duration::from_secs(number("CUSTVAL_FUZZ_SECONDS", 60));
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&number("CUSTVAL_FUZZ_SEED", 1).to_le_bytes());
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let strategy = cases();
    let mut state = number("CUSTVAL_FUZZ_SEED", 1);
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    let mut executions = 0_u64;
    let mut bytes = 0;
    while Instant::now() < end {
        let tree = strategy.new_tree(&mut runner).unwrap();
        let mut case = tree.current();
        mutate(&mut case.text, &mut random);
        bytes += case.text.len();
        if let Err(problem) = check(&case) {
            panic!("{problem}\n{case:?}\n{}", String::from_utf8_lossy(&case.text));
        }
        executions += 1;
    }
    eprintln!("{executions} executions, {bytes} bytes");
}

/// Changes, takes and repeats some bytes behind the header.
fn mutate(text: &mut Vec<u8>, random: &mut impl FnMut() -> usize) {
    let rows = text.iter().position(|byte| *byte == b'\n').map_or(text.len(), |end| end + 1);
    for _ in 0..random() % 4 {
        let Some(after @ 1..) = text.len().checked_sub(rows) else { return };
        let at = rows + random() % after;
        let length = (random() % 16).min(text.len() - at);
        match random() % 4 {
            0 => text[at] = random() as u8,
            1 => drop(text.drain(at..at + length)),
            2 => {
                let piece = text[at..at + length].to_vec();
                let to = rows + random() % after;
                text.splice(to..to, piece);
            }
            _ => text.insert(at, b"\",\n\r;.-0 "[random() % 9]),
        }
    }
}
