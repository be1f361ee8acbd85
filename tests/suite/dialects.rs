//! The CDNOW log in the ways in which programs export such a log: whatever it is written in, the summary has the same bytes.

use std::io::Write;

use super::tool::{file, stdout, text};

/// A purchase as `data/cdnow.csv` has it: customer, year, month, day, discs, and the amount in cents.
struct Row<'a> {
    id: &'a str,
    date: [&'a str; 3],
    discs: &'a str,
    cents: u32,
}

fn rows(log: &str) -> Vec<Row<'_>> {
    log.lines()
        .skip(1)
        .map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let date: Vec<&str> = fields[1].split('-').collect();
            Row {
                id: fields[0],
                date: [date[0], date[1], date[2]],
                discs: fields[2],
                cents: fields[3].replace('.', "").parse().unwrap(),
            }
        })
        .collect()
}

/// The log with a header and a record a purchase.
fn written(rows: &[Row<'_>], header: &str, line_end: &str, record: impl Fn(&Row<'_>) -> String) -> String {
    let mut log = format!("{header}{line_end}");
    for row in rows {
        log += &record(row);
        log += line_end;
    }
    log
}

fn amount(row: &Row<'_>, group: &str, mark: char) -> String {
    let (units, cents) = (row.cents / 100, row.cents % 100);
    let whole = if units < 1000 { units.to_string() } else { format!("{}{group}{:03}", units / 1000, units % 1000) };
    format!("{whole}{mark}{cents:02}")
}

/// Days since 1970-01-01, by the calendar library.
fn days(row: &Row<'_>) -> i64 {
    let [year, month, day] = row.date.map(|part| part.parse::<i16>().unwrap());
    let epoch = jiff::civil::date(1970, 1, 1);
    i64::from((jiff::civil::date(year, month as i8, day as i8) - epoch).get_days())
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[test]
fn one_log_in_fifteen_dialects_gives_the_same_bytes() {
    let log = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/data/cdnow.csv")).unwrap();
    let rows = rows(&log);
    let expected = stdout(&["summary", "data/cdnow.csv", "--format", "csv", "--quiet"]);
    assert_eq!(expected.lines().count(), 23_571);
    let header = "customer_id,date,cds,amount";
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        let unit = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(unit).collect()
    };
    let quoted = written(&rows, "\"customer_id\",\"date\",\"cds\",\"amount\"", "\r\n", |row| {
        format!("\"{}\",\"{}\",\"{}\",\"{}\"", row.id, row.date.join("-"), row.discs, amount(row, ",", '.'))
    });
    let german = written(&rows, "customer_id;date;cds;amount", "\n", |row| {
        let [year, month, day] = row.date;
        format!("{};{day}.{month}.{year};{};{}", row.id, row.discs, amount(row, ".", ','))
    });
    let french = written(&rows, "customer_id;date;libellé;amount", "\r\n", |row| {
        let [year, month, day] = row.date;
        format!("{};{day}/{month}/{year};\"été; n° {}\";{} €", row.id, row.discs, amount(row, "\u{A0}", ','))
    });
    let american = written(&rows, "customer_id|date|cds|amount", "\n", |row| {
        let [year, month, day] = row.date.map(|part| part.trim_start_matches('0'));
        format!("{}|{month}/{day}/{year}|{}|US$ {}", row.id, row.discs, amount(row, ",", '.'))
    });
    let swiss = written(&rows, "amount\tcustomer_id\tdate", "\n", |row| {
        let [year, month, day] = row.date;
        let month = MONTHS[month.parse::<usize>().unwrap() - 1];
        format!("{}\t{}\t{day}-{month}-{}", amount(row, "'", '.'), row.id, &year[2..])
    });
    let told = format!("\u{FEFF}sep=;\r\n{}", german.replace('\n', "\r\n"));
    let serials = written(&rows, header, "\n", |row| {
        format!("{},{},{},{}", row.id, days(row) + 25_569, row.discs, amount(row, "", '.'))
    });
    let seconds = written(&rows, header, "\n", |row| {
        format!("{},{},{},{}", row.id, days(row) * 86_400 + 43_200, row.discs, amount(row, "", '.'))
    });
    let instants = written(&rows, header, "\n", |row| {
        format!("{},{}T00:30:00+02:00,{},{}", row.id, row.date.join("-"), row.discs, amount(row, "", '.'))
    });
    let loose = format!("\n\n{}", log.replace("\r\n", "\n").replace('\n', "\n\n").trim_end());
    let mut gzip = Vec::new();
    for half in [&log[..log.len() / 2], &log[log.len() / 2..]] {
        let mut member = flate2::write::GzEncoder::new(&mut gzip, flate2::Compression::fast());
        member.write_all(half.as_bytes()).unwrap();
        member.finish().unwrap();
    }
    let dialects: [(&str, Vec<u8>, &[&str]); 15] = [
        ("quoted", quoted.into_bytes(), &[]),
        ("german", german.clone().into_bytes(), &[]),
        ("windows-1252", encoding_rs::WINDOWS_1252.encode(&french).0.into_owned(), &[]),
        ("french", french.into_bytes(), &[]),
        ("american", american.into_bytes(), &[]),
        ("swiss", swiss.into_bytes(), &[]),
        ("told", told.into_bytes(), &[]),
        ("serials", serials.into_bytes(), &[]),
        ("seconds", seconds.into_bytes(), &[]),
        ("instants", instants.into_bytes(), &["--tz", "Africa/Johannesburg"]),
        ("loose", loose.into_bytes(), &[]),
        ("little-endian", utf16(&log.replace('\n', "\r\n"), false), &[]),
        ("big-endian", utf16(&german, true), &[]),
        ("old-mac", log.replace('\n', "\r").into_bytes(), &[]),
        ("gzip", gzip, &[]),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (name, content, settings) in dialects {
        let path = file(&folder, &format!("{name}.csv"), content);
        let got = stdout(&[&["summary", text(&path), "--format", "csv", "--quiet"], settings].concat());
        assert!(got == expected, "{name} gives another summary");
    }
    // Files of one table may each be written in a way of their own.
    let (first, rest) = rows.split_at(rows.len() / 3);
    let one = written(first, header, "\n", |row| {
        format!("{},{},{},{}", row.id, row.date.join(""), row.discs, amount(row, "", '.'))
    });
    let other = written(rest, "customer_id;date;cds;amount", "\r\n", |row| {
        let [year, month, day] = row.date;
        format!("\"{}\";{day}.{month}.{year};{};{}", row.id, row.discs, amount(row, " ", ','))
    });
    let one = file(&folder, "one.csv.zst", zstd::encode_all(one.as_bytes(), 1).unwrap());
    let other = file(&folder, "other.csv", other);
    let got = stdout(&["summary", text(&other), text(&one), "--format", "csv", "--quiet"]);
    assert!(got == expected, "files in two dialects give another summary");
}

#[test]
fn days_that_are_the_same_in_either_order_are_read() {
    let folder = tempfile::tempdir().unwrap();
    for date in ["12/12/2024", "12-12-2024", "12/12/24", "12.12.2024", "12/12/2024 08:30"] {
        let rows = format!("id,date,amount\na,{date},1\nb,{date},2\n");
        let log = file(&folder, "same.csv", rows);
        let read = stdout(&["summary", text(&log), "--select", "customer_id,last_date"]);
        assert_eq!(read, "customer_id,last_date\na,2024-12-12\nb,2024-12-12\n", "{date}");
    }
    // Beside files that tell the order, and such that have the year first.
    let same = file(&folder, "same.csv", "id,date,amount\na,5/5/2024,1\n");
    for (date, day) in [("31/5/2024", "2024-05-31"), ("5/31/2024", "2024-05-31"), ("2024-05-31", "2024-05-31")] {
        let other = file(&folder, "other.csv", format!("id,date,amount\nb,{date},1\n"));
        let read = stdout(&["summary", text(&same), text(&other), "--select", "last_date"]);
        assert_eq!(read, format!("last_date\n2024-05-05\n{day}\n"), "{date}");
    }
    let contracts = file(&folder, "contracts.csv", "customer_id,start,end\na,1/1/2024,2/2/2024\nb,1/1/2024,\n");
    let left =
        stdout(&["churn", text(&contracts), "--table", "lost", "--select", "customer_id", "--as-of", "2024-02-29"]);
    assert_eq!(left, "customer_id\na\n");
}
