//! Headers below titles: where they are found, and where not.

use super::*;

/// The line of the header, whether it is below titles, and its names, as a log of purchases is read.
fn found(text: &str) -> (u64, bool, Vec<String>) {
    found_with(text, &ScanParams::default())
}

fn found_with(text: &str, params: &ScanParams) -> (u64, bool, Vec<String>) {
    let heads = heads(&inputs(&[("log.csv", text.as_bytes())]), &Wanted::transactions(), params).unwrap();
    let header = &heads[0].header;
    (header.line(), header.line_below_titles().is_some(), header.names().to_vec())
}

const LOG: &str = "customer_id;date;amount\na;2024-01-03;5,50\nb;2024-01-04;6,00\n";
const UNKNOWN: &str = "Kunde;Tag;Betrag;Text\n1001;03.01.2024;5,50;x\n1002;04.01.2024;6,00;\n";

/// Titles, and how many lines they are.
const TITLES: [(&str, u64); 12] = [
    ("Umsatzbericht 2024\nErstellt am 01.02.2025\n\n", 3),
    ("Umsatzbericht 2024;;\nErstellt am 01.02.2025;;\n;;\n", 3),
    ("\n\nUmsatzbericht\n", 3),
    ("\"Report \"\"x\"\", 2024\"\n", 1),
    ("\"Report\nof 2024\";\n\n", 3),
    ("\"Umsatz 2024\n\n", 2),
    ("\"Umsatz 2024\nvon; \"uns\"\n", 2),
    ("sep=;\nUmsatz\n", 2),
    ("Umsatz, Berlin, 2024\nsep=;\n", 2),
    ("\u{feff}Umsatz\r\n\r\n", 2),
    ("Account ID;4711\nvon;01.01.2024\nbis;31.12.2024\n", 3),
    ("   \n;;\n-----\n", 3),
];

#[test]
fn titles_above_a_header_are_no_rows() {
    let rows = |text: &str| {
        let scanned = read(text, &ScanParams::default()).unwrap_or_else(|error| panic!("{text}: {error}"));
        let rows: Vec<_> = scanned.output.iter().map(|row| (row.2.clone(), row.3, row.4)).collect();
        (
            rows,
            scanned.receipt.rows,
            scanned.receipt.amount,
            scanned.output[0].1,
            scanned.receipt.files[0].read_as.clone(),
        )
    };
    let (expected, count, amount, line, read_as) = rows(LOG);
    assert_eq!((line, read_as.header_line), (2, None));
    for (title, lines) in TITLES {
        let below = rows(&format!("{title}{LOG}"));
        let same = ReadAs { header_line: Some(lines + 1), ..read_as.clone() };
        assert_eq!(below, (expected.clone(), count, amount, lines + 2, same), "{title}");
    }
}

#[test]
fn names_that_nobody_knows_are_found_by_the_rows_that_keep_to_them() {
    for (title, lines) in TITLES {
        let (line, is_below, names) = found(&format!("{title}{UNKNOWN}"));
        assert_eq!((line, is_below, names.join(";")), (lines + 1, true, "Kunde;Tag;Betrag;Text".into()), "{title}");
    }
    // Years may be names, and one name may be missing.
    let (line, _, names) = found("Bericht;;;\n;;;\nKunde;2023;2024;\n1001;5,00;6,00;x\n1002;5,00;7,00;y\n");
    assert_eq!((line, names.join(";")), (3, "Kunde;2023;2024;".into()));
}

#[test]
fn a_header_in_the_first_line_stays_there() {
    for text in [
        LOG,
        UNKNOWN,
        // Fewer names than fields, with and without a name that is missing.
        "Kunde;Betrag\n1001;5,00;x\n1002;6,00;y\n",
        "Kunde;Betrag\na;5,00;x\nb;6,00;y\n",
        "Kunde;Ort\na;Berlin;x\nb;Bonn;y\nc;Bern;5\n",
        "Kunde;Betrag;\na;5,00;x\nb;6,00;y\n",
        "Kunde;Ort;Betrag;\na;Berlin;n/a;x\nb;Bonn;5;y\n",
        // Ragged.
        "Kunde;Ort\na\nb;Bonn;5\nc;Bern;5\n",
        // One column.
        "customer_id\na,b\nc,d\n",
        "Name\nMüller, Hans\nMaier, Franz\n",
        "Betrag\n1,5\n2,5\n",
        // Another delimiter than those that are tried.
        "Kunde~Tag~Betrag\na~03.01.2024~5,50\nb~04.01.2024~6,50\n",
        // A row that holds names of columns.
        "account,cost_centre,total\n6000,customer,date\n6000,Customer,5\n",
        // A title of more fields than the header, or without rows below that tell.
        "Umsatz;Berlin;2024;EUR;netto\nKunde;Tag;Betrag;Text\n1001;03.01.2024;5,50;x\n",
        "Umsatz\nKunde;Ort\na;Berlin\n",
    ] {
        let (line, is_below, names) = found(text);
        let first = text.lines().next().unwrap();
        assert_eq!((line, is_below), (1, false), "{text}: {names:?}");
        assert!(first.contains(&names[0]), "{text}: {names:?}");
    }
    let no_header = ScanParams { no_header: true, ..ScanParams::default() };
    let (line, is_below, names) = found_with(&format!("Umsatz\n{LOG}"), &no_header);
    assert_eq!((line, is_below, names.join(";")), (1, false, "1".into()));
    let (line, is_below, _) = found(&format!("\n\n{LOG}"));
    assert_eq!((line, is_below), (3, false));
}

#[test]
fn a_header_far_below_is_none() {
    let titles = |lines: usize| format!("{}{LOG}", "Hinweis\n".repeat(lines));
    assert_eq!(found(&titles(50)).0, 51);
    assert_eq!(found(&titles(51)).0, 1);
}

#[test]
fn where_a_header_is_wrong_its_own_line_is_said() {
    let refused = |text: &str| read(text, &ScanParams::default()).unwrap_err().to_string();
    assert_eq!(
        refused(&format!("Umsatz\n\n{UNKNOWN}")),
        "log.csv:3: no column is named `customer_id` (the customer, as text)"
    );
    let doubled = "Umsatz\n\nid;date;date;amount\n1;2024-01-01;2024-01-02;5\n";
    assert_eq!(refused(doubled), "log.csv:3: two columns are named `date`");
    let unclosed = refused("\n\"id;date;amount\na;2024-01-01;5\n");
    assert_eq!(unclosed, "log.csv:2: a quote in the header is opened and never closed");
}

#[test]
fn a_delimiter_that_was_said_holds_below_titles() {
    let params = ScanParams { delimiter: Some("~".parse().unwrap()), ..ScanParams::default() };
    let (line, _, names) = found_with(&format!("Umsatz, 2024\n{}", LOG.replace(';', "~")), &params);
    assert_eq!((line, names.join(";")), (2, "customer_id;date;amount".into()));
}

#[test]
fn rejects_of_a_file_with_titles_are_a_file_without() {
    for (text, expected) in [
        ("Umsatz\n\nid;date;amount\na;2024-01-01;5\n;2024-01-01;5\n", "id;date;amount\n;2024-01-01;5\n"),
        ("Umsatz\nsep=^\nid^date^amount\na^2024-01-01^5\n^2024-01-01^5\n", "sep=^\nid^date^amount\n^2024-01-01^5\n"),
    ] {
        let scanned = read(text, &aside()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        scanned.rejects.write(folder.path()).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("log.csv")).unwrap(), expected);
        let reasons = std::fs::read_to_string(folder.path().join("reasons.csv")).unwrap();
        let offset = text.rfind('\n').map(|end| text[..end].rfind('\n').unwrap() + 1).unwrap();
        assert_eq!(reasons.lines().nth(1).unwrap(), format!("log.csv,5,{offset},id,,no customer"));
    }
}

/// The line of the header of a table, and its names.
fn found_in_table(text: &str) -> (u64, String) {
    let found = headers(&inputs(&[("table.csv", text.as_bytes())]), &ScanParams::default()).unwrap();
    (found[0].line(), found[0].names().join(";"))
}

#[test]
fn rows_of_a_header_are_no_titles_of_another() {
    let stacked = "id,date,total\n1,2024-01-03,5.00\n2,2024-01-04,6.00\nid,date,total,tax,currency,note\n3,2024-01-05,7.00,1.00,EUR,x\n";
    assert_eq!(found(stacked).0, 1);
    let refused = read(stacked, &ScanParams::default()).unwrap_err().to_string();
    assert!(refused.starts_with("2 of 4 rows cannot be used"), "{refused}");
    // Nor are those of names that nobody knows, below a title or not.
    let unknown = "Kunde;Tag;Betrag\n".to_owned()
        + &"1;03.01.2024;5,00\n".repeat(12)
        + "customer_id;date;amount;tax;note\n3;05.01.2024;7,00;1,00;x\n";
    assert_eq!((found(&unknown).0, found(&format!("Umsatz\n{unknown}")).0), (1, 2));
    let margins = "customer_id,margin\na,0.2\nb,0.3\ncustomer_id,margin,segment,since\nc,0.4,x,2024-01-01\n";
    assert_eq!(found_in_table(margins), (1, "customer_id;margin".into()));
    // Rows that end in a delimiter, are too short or are separated in another way belong to the header above them.
    for rows in ["a,2024-01-01,5,\nb,2024-01-02,6,\n", "a,2024-01-01\n", "a;2024-01-01;5\nb;2024-01-02;6\n", "\n"] {
        for header in ["customer_id,date,amount", "customer_id,date,amount,"] {
            let stacked = format!("{header}\n{rows}customer_id,date,amount,channel,note\nc,2024-01-03,7,web,x\n");
            assert_eq!(found(&stacked).0, 1, "{stacked}");
        }
        let unknown =
            format!("customer_id,date,Betrag\n{rows}customer_id,date,amount,channel,note\nc,2024-01-03,7,web,x\n");
        assert_eq!(found(&unknown).0, 1, "{unknown}");
    }
    let twice = "Kunde;Umsatz\nA;10,50\nB;20,00\nKunde;Umsatz;Region;Land\nC;1,00;N;DE\nD;2,00;S;DE\n";
    assert_eq!(found_in_table(twice), (1, "Kunde;Umsatz".into()));
    // One row that is too long, and holds the name of a column.
    let ragged = "actor,event\nuser,login\ncustomer,paid,late\nuser,logout\nuser,login\n";
    assert_eq!(found_in_table(ragged), (1, "actor;event".into()));
}

#[test]
fn titles_that_fill_several_fields_are_above_names_that_are_known() {
    for title in ["Customer:,ACME Corp,", "Report:,Orders,", ",Sales,Sales", "Customer:,ACME Corp"] {
        let log = format!("{title}\ncustomer_id,date,amount\na,2024-01-03,5.50\nb,2024-01-04,6.00\n");
        assert_eq!((found(&log).0, found_in_table(&log).0), (2, 2), "{title}");
    }
    let rates = "Company,ACME\ncurrency,date,rate\nUSD,2024-01-01,0.90\nUSD,2024-02-01,0.95\n";
    assert_eq!(found_in_table(rates), (2, "currency;date;rate".into()));
    // A first line that names the customer is the header of a table of customers, whatever else it may be.
    assert_eq!(found_in_table("Customer;all\ncustomer_id;segment;region\na;x;north\n"), (1, "Customer;all".into()));
}

#[test]
fn where_there_is_no_header_nothing_is_said_of_titles() {
    let no_header = ScanParams { no_header: true, ..ScanParams::default() };
    let refused = read("Report\n\ncustomer_id,date,amount\na,2024-01-03,5\n", &no_header).unwrap_err();
    assert!(!refused.hint_text().unwrap().contains("title"), "{:?}", refused.hint_text());
}
