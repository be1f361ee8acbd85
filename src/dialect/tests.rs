use proptest::prelude::*;

use super::*;
use crate::money::{AmountProblem, Currency};
use crate::time::{Day, DayProblem};

fn minor(decimal: Decimal, text: &str) -> Result<i64, AmountProblem> {
    decimal.amount(text.as_bytes(), &Currency::UNNAMED)
}

mod amounts {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_and_programs_write_them() {
        for (text, decimal, cents) in [
            ("1.355,90€", Decimal::Comma, 135_590),
            ("10 237,65", Decimal::Comma, 1_023_765),
            ("10\u{A0}237,65", Decimal::Comma, 1_023_765),
            ("10\u{202F}237,65", Decimal::Comma, 1_023_765),
            ("1'000'000,00", Decimal::Comma, 100_000_000),
            ("1’000’000.00", Decimal::Point, 100_000_000),
            ("1,23,456.78", Decimal::Point, 12_345_678),
            ("(1,234.56)", Decimal::Point, -123_456),
            ("($1,234.56)", Decimal::Point, -123_456),
            ("1,234.56-", Decimal::Point, -123_456),
            ("\u{2212}5", Decimal::Point, -500),
            ("US$ 1,200", Decimal::Point, 120_000),
            ("-€5", Decimal::Point, -500),
            ("€-5", Decimal::Point, -500),
            ("5 EUR", Decimal::Comma, 500),
            ("kr 1.234,5", Decimal::Comma, 123_450),
            ("12.00 CR", Decimal::Point, -1200),
            ("12.00 DR", Decimal::Point, 1200),
            ("+3,5", Decimal::Comma, 350),
            ("$(1,234.56)", Decimal::Point, -123_456),
            ("$ (1,234.56)", Decimal::Point, -123_456),
            ("(0,50)€", Decimal::Comma, -50),
            ("(0,50) EUR", Decimal::Comma, -50),
            ("5,-", Decimal::Comma, 500),
            ("1.250,\u{2013} €", Decimal::Comma, 125_000),
            ("€ 12,--", Decimal::Comma, 1200),
            ("5.\u{2014}", Decimal::Point, 500),
            ("Fr. 1'250.-", Decimal::Point, 125_000),
            ("-5,-", Decimal::Comma, -500),
            (" $ -   ", Decimal::Point, 0),
            ("- €", Decimal::Comma, 0),
            ("EUR \u{2013}", Decimal::Comma, 0),
            ("1.234,50 TL", Decimal::Comma, 123_450),
            ("Euro 10.00", Decimal::Point, 1000),
            ("5,00-", Decimal::Comma, -500),
            (" 7 ", Decimal::Point, 700),
            (",5", Decimal::Comma, 50),
            ("1.500", Decimal::Point, 150),
            ("1.500", Decimal::Comma, 150_000),
        ] {
            assert_eq!(minor(decimal, text), Ok(cents), "{text}");
        }
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(Decimal::Point.amount("¥1,200".as_bytes(), &yen), Ok(1200));
        let dinar: Currency = "KWD".parse().unwrap();
        assert_eq!(Decimal::Comma.amount(b"1.234,567", &dinar), Ok(1_234_567));
    }

    #[test]
    fn what_is_no_amount_in_its_column_is_refused() {
        for (text, decimal) in [
            ("1,2,3", Decimal::Point),
            ("1.234.56", Decimal::Point),
            ("12,34", Decimal::Point),
            ("12.5", Decimal::Comma),
            ("0,123.5", Decimal::Point),
            ("1 23", Decimal::Point),
            ("1,234 567", Decimal::Point),
            ("--5", Decimal::Point),
            ("-5-", Decimal::Point),
            ("(-5)", Decimal::Point),
            ("x -", Decimal::Point),
            ("$ --", Decimal::Point),
            ("5 pieces", Decimal::Point),
            ("€ 5 EUR", Decimal::Point),
            ("1e3", Decimal::Point),
            ("x", Decimal::Comma),
            ("€", Decimal::Point),
            ("()", Decimal::Point),
            ("((5))", Decimal::Point),
            ("(5", Decimal::Point),
            ("5)", Decimal::Point),
            ("-(5)", Decimal::Point),
            ("(5) CR", Decimal::Point),
            (".-", Decimal::Point),
            ("5,-", Decimal::Point),
            ("5--", Decimal::Point),
            ("inf", Decimal::Point),
        ] {
            assert_eq!(minor(decimal, text), Err(AmountProblem::Form), "{text}");
        }
        for text in [
            "",
            "NULL",
            "\\N",
            "N/A",
            "-",
            "\u{2013}",
            " \u{2014} ",
            "n/a",
            "none",
            "Null",
            "#n/a",
            "nat",
            "\u{A0}",
            " NA ",
        ] {
            assert_eq!(minor(Decimal::Point, text), Err(AmountProblem::Empty), "{text}");
        }
        assert_eq!(minor(Decimal::Comma, "1,005"), Err(AmountProblem::TooPrecise));
    }

    #[test]
    fn marks_tell_the_decimal_mark_or_that_they_do_not() {
        for (text, marks) in [
            ("12", Some(Marks::Silent)),
            ("1 234", Some(Marks::Silent)),
            ("1'234", Some(Marks::Silent)),
            ("12.5", Some(Marks::Point)),
            ("12,50", Some(Marks::Comma)),
            ("1.000", Some(Marks::Either)),
            ("-1,000 €", Some(Marks::Either)),
            ("0.123", Some(Marks::Point)),
            ("1234.567", Some(Marks::Point)),
            ("1,234,567", Some(Marks::Point)),
            ("1.234.567", Some(Marks::Comma)),
            ("1,23,456", Some(Marks::Point)),
            ("1'000.000", Some(Marks::Point)),
            ("5,-", Some(Marks::Comma)),
            ("1,000.-", Some(Marks::Point)),
            ("abc", None),
            ("1.2.3", None),
        ] {
            assert_eq!(Marks::of(text.as_bytes()), marks, "{text}");
        }
    }

    #[test]
    fn numbers_may_have_exponents_and_groups() {
        assert_eq!(Decimal::Point.number(b"1e-7"), Some(1e-7));
        assert_eq!(Decimal::Comma.number(b"1,5e3"), Some(1500.0));
        assert_eq!(Decimal::Comma.number(b"1.234,5"), Some(1234.5));
        assert_eq!(Decimal::Point.number(b"1,234.5"), Some(1234.5));
        for text in ["inf", "NaN", "1e400", "", "x"] {
            assert_eq!(Decimal::Point.number(text.as_bytes()), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_amount_is_read_back_from_every_way_to_write_it(
            cents in -1_000_000_000_000_i64..1_000_000_000_000,
            style in 0..4_usize,
            negative in 0..4_usize,
        ) {
            let (group, mark, decimal) =
                [(",", ".", Decimal::Point), (".", ",", Decimal::Comma), ("\u{A0}", ",", Decimal::Comma), ("'", ".", Decimal::Point)][style];
            let whole = (cents.abs() / 100).to_string();
            let mut grouped = String::new();
            for (place, digit) in whole.chars().enumerate() {
                if place > 0 && (whole.len() - place) % 3 == 0 {
                    grouped.push_str(group);
                }
                grouped.push(digit);
            }
            let number = format!("{grouped}{mark}{:02}", cents.abs() % 100);
            let text = match (cents < 0, negative) {
                (false, 0) => format!("€ {number}"),
                (false, _) => number,
                (true, 0) => format!("-{number}"),
                (true, 1) => format!("({number})"),
                (true, 2) => format!("{number}-"),
                (true, _) => format!("\u{2212}{number} EUR"),
            };
            prop_assert_eq!(minor(decimal, &text), Ok(cents));
            let own = if decimal == Decimal::Point { Marks::Point } else { Marks::Comma };
            prop_assert_eq!(Marks::of(text.as_bytes()), Some(own));
        }
    }
}

mod dates {
    use super::*;

    fn read(format: &str, text: &str) -> Result<String, DayProblem> {
        let format: DateFormat = format.parse().unwrap();
        format.day(text.as_bytes(), None).map(|day| day.to_string())
    }

    #[test]
    fn dates_are_read_as_people_and_programs_write_them() {
        for (format, text) in [
            ("iso", "2024-03-31"),
            ("iso", "20240331"),
            ("iso", "2024/3/31"),
            ("iso", "2024-03-31T23:59:59.999Z"),
            ("iso", "2024-03-31 08:26:00+02:00"),
            ("iso", "2024-03-31 08:26 UTC"),
            ("iso", "20240331235959"),
            ("iso", "20240331T235959"),
            ("iso", "20240331T2359Z"),
            ("iso", "2024-03-31T235959.5+0200"),
            ("iso", "2024-03-31 10:02:11 +0000 UTC"),
            ("iso", "2024-03-31 10:02:11.123456789 +0100 CET"),
            ("iso", "2024-03-31 10:02:11 PST"),
            ("iso", "Mar 31, 2024 10:02:11 PM PDT"),
            ("%Y-%m-%d %H:%M CEST", "2024-03-31 10:02 CEST"),
            ("iso", "31-Mar-24"),
            ("iso", "31 March 2024"),
            ("iso", "Mar 31, 2024"),
            ("iso", "March 31 2024, 8:26 PM"),
            ("iso", "Sun, 31 Mar 2024 08:26:00 +0000"),
            ("dmy", "31.03.2024"),
            ("dmy", "31/3/24"),
            ("dmy", "31-03-2024 08:26"),
            ("dmy", "2024-03-31"),
            ("mdy", "03/31/2024"),
            ("mdy", "3/31/24 8:26 AM"),
            ("serial", "45382"),
            ("serial", "45382.75"),
            ("serial-1904", "43920"),
            ("epoch-seconds", "1711929599"),
            ("epoch-milliseconds", "1711843200000"),
            ("%d.%m.%y", "31.03.24"),
            ("%Y|%m|%d", "2024|03|31"),
            ("iso", "\u{A0}2024-03-31\u{2003}"),
            ("dmy", " \u{A0}31.3.2024"),
            ("serial", "45382\u{A0}"),
            ("iso", "Mar 31 24"),
            ("iso", "Mar31,2024"),
        ] {
            assert_eq!(read(format, text).as_deref(), Ok("2024-03-31"), "{text}");
        }
        // The day that spreadsheets count and that never was comes between these two.
        assert_eq!(read("serial", "59").as_deref(), Ok("1900-02-28"));
        assert_eq!(read("serial", "61").as_deref(), Ok("1900-03-01"));
        assert_eq!(read("dmy", "1.1.69").as_deref(), Ok("1969-01-01"));
        assert_eq!(read("dmy", "1.1.68").as_deref(), Ok("2068-01-01"));
    }

    #[test]
    fn what_is_no_date_in_its_column_is_refused_by_reason() {
        for (format, text, problem) in [
            ("iso", "31.03.2024", DayProblem::Form),
            ("iso", "3/4/2024", DayProblem::Form),
            ("mdy", "31.03.2024", DayProblem::Form),
            ("mdy", "31/03/2024", DayProblem::NoSuchDay),
            ("dmy", "03/31/2024", DayProblem::NoSuchDay),
            ("dmy", "24-03-31", DayProblem::Form),
            ("iso", "2024-02-30", DayProblem::NoSuchDay),
            ("iso", "30 Feb 2024", DayProblem::NoSuchDay),
            ("iso", "2024-03-31 25:00", DayProblem::Form),
            ("iso", "2024-03-31 2024", DayProblem::Form),
            ("iso", "20240331T25", DayProblem::Form),
            ("iso", "20240331T2560", DayProblem::Form),
            ("iso", "2024-03-31 10:02 CET", DayProblem::Form),
            ("iso", "2024-03-31 10:02 +0100 and more", DayProblem::Form),
            ("iso", "2024-03-31x", DayProblem::Form),
            ("iso", "45382", DayProblem::Form),
            ("iso", "Jan 2024", DayProblem::Form),
            ("iso", "January 2024", DayProblem::Form),
            ("iso", "Jan-2024", DayProblem::Form),
            ("iso", "Jan. 2024", DayProblem::Form),
            ("iso", "Sept 2024 10:00", DayProblem::Form),
            ("iso", "Dec 1998", DayProblem::Form),
            ("iso", "Wed, Jan 2024", DayProblem::Form),
            ("iso", "2024-03", DayProblem::Form),
            ("mdy", "01/2024", DayProblem::Form),
            ("serial", "2024-03-31x", DayProblem::Form),
            ("iso", "0000-00-00", DayProblem::Placeholder),
            ("iso", "0000-00-00 00:00:00", DayProblem::Placeholder),
            ("iso", "9999-12-31", DayProblem::Placeholder),
            ("dmy", "31.12.9999", DayProblem::Placeholder),
            ("iso", "", DayProblem::Empty),
            ("iso", "NULL", DayProblem::Empty),
            ("iso", " n/a\u{A0}", DayProblem::Empty),
            ("iso", "\u{2003}", DayProblem::Empty),
            ("%d.%m.%Y", "2024-03-31", DayProblem::Form),
        ] {
            assert_eq!(read(format, text), Err(problem), "{text}");
        }
        for text in ["", "ymd", "%d.%m", "%Q", "DD.MM.YYYY", "%Y-%m-%d %H:%M %Z"] {
            assert!(text.parse::<DateFormat>().is_err(), "{text}");
        }
    }

    #[test]
    fn forms_tell_the_order_or_that_they_do_not() {
        for (text, form) in [
            ("2024-03-31", Some(Form::Clear)),
            ("31-Mar-24", Some(Form::Clear)),
            ("3/3/2024", Some(Form::Same)),
            ("31/3/2024", Some(Form::DayFirst)),
            ("3/31/2024", Some(Form::MonthFirst)),
            ("3/4/2024", Some(Form::Either)),
            ("3.4.2024", Some(Form::DayFirst)),
            ("3/4/2024 8:26", Some(Form::Either)),
            ("45382", Some(Form::Serial)),
            ("1711843200", Some(Form::Seconds)),
            ("1711843200000", Some(Form::Milliseconds)),
            ("12345678901234567890", None),
            ("31/31/2024", None),
            ("2024-02-30", None),
            ("x", None),
            ("Jan 2024", None),
            ("\u{A0}31/3/2024", Some(Form::DayFirst)),
        ] {
            assert_eq!(Form::of(text.as_bytes()), form, "{text}");
        }
    }

    #[test]
    fn an_instant_falls_on_the_day_it_has_in_the_zone() {
        let berlin: Zone = "Europe/Berlin".parse().unwrap();
        let day = |format: DateFormat, text: &str| format.day(text.as_bytes(), Some(&berlin)).unwrap().to_string();
        assert_eq!(day(DateFormat::Iso, "2024-03-30T23:30:00Z"), "2024-03-31");
        // After the clocks have changed midnight comes an hour earlier in UTC.
        assert_eq!(day(DateFormat::Iso, "2024-03-31T22:30:00Z"), "2024-04-01");
        assert_eq!(day(DateFormat::Iso, "2024-03-30T23:30:00"), "2024-03-30");
        assert_eq!(day(DateFormat::Iso, "20240330T233000Z"), "2024-03-31");
        assert_eq!(day(DateFormat::Iso, "2024-03-30 23:30:00 +0000 UTC"), "2024-03-31");
        assert_eq!(day(DateFormat::Iso, "Mar 30, 2024 2:30:00 PM PST"), "2024-03-30");
        assert_eq!(day(DateFormat::Iso, "Mar 30, 2024 3:30:00 PM PST"), "2024-03-31");
        assert_eq!(day(DateFormat::EpochSeconds, "1711841400"), "2024-03-31");
        assert_eq!(DateFormat::EpochMilliseconds.day(b"1711841400000", None).unwrap().to_string(), "2024-03-30");
        assert_eq!(DateFormat::EpochMilliseconds.day(b"1711841400", None), Err(DayProblem::Form));
        assert_eq!(DateFormat::EpochSeconds.day(b"1711841400", None).unwrap().to_string(), "2024-03-30");
        assert!("Europe/Berlim".parse::<Zone>().is_err());
    }

    #[test]
    fn every_day_is_read_back_from_every_form() {
        for number in (-25_000..60_000).step_by(17) {
            let day = Day(number);
            let date = day.date();
            for (format, pattern) in [
                (DateFormat::Iso, "%Y-%m-%d"),
                (DateFormat::Iso, "%d %B %Y"),
                (DateFormat::DayFirst, "%d.%m.%Y"),
                (DateFormat::MonthFirst, "%m/%d/%Y"),
                (DateFormat::Pattern("%d|%m|%Y".into()), "%d|%m|%Y"),
            ] {
                let text = date.strftime(pattern).to_string();
                assert_eq!(format.day(text.as_bytes(), None), Ok(day), "{text}");
            }
            assert_eq!(
                DateFormat::EpochSeconds.day((i64::from(number.abs()) * 86_400).to_string().as_bytes(), None),
                Ok(Day(number.abs()))
            );
        }
    }
}

mod evidence {
    use super::*;

    #[test]
    fn the_values_that_tell_decide_for_all() {
        let mut evidence = Evidence::default();
        for (line, text) in ["1.000", "12", "3,50", "7,25", "2.5"].iter().enumerate() {
            evidence.see_amount(text.as_bytes(), line as u64);
        }
        assert_eq!(evidence.dialect(&Pinned::default()).decimal, Decimal::Comma);
        assert_eq!(evidence.unclear_decimal(&Pinned::default()), None);
        let pinned = Pinned { decimal: Some(Decimal::Point), ..Pinned::default() };
        assert_eq!(evidence.dialect(&pinned).decimal, Decimal::Point);
    }

    #[test]
    fn the_first_unclear_value_is_the_same_in_any_order_of_parts() {
        let seen = |values: &[(&str, u64)]| {
            let mut evidence = Evidence::default();
            for (text, line) in values {
                evidence.see_amount(text.as_bytes(), *line);
                evidence.see_date(b"3/4/2024", *line);
            }
            evidence
        };
        let (one, other) = (seen(&[("1.000", 7), ("2.000", 3)]), seen(&[("3.000 €", 5)]));
        let mut forth = one.clone();
        forth.merge(&other);
        let mut back = other;
        back.merge(&one);
        assert_eq!(forth, back);
        assert_eq!(forth.unclear_decimal(&Pinned::default()).unwrap().value, b"2.000");
        assert_eq!(forth.unclear_order(&Pinned::default()).unwrap().line, 3);
    }

    #[test]
    fn what_most_dates_are_is_the_form_of_the_column() {
        let format = |texts: &[&str]| {
            let mut evidence = Evidence::default();
            texts.iter().for_each(|text| evidence.see_date(text.as_bytes(), 1));
            evidence.dialect(&Pinned::default()).dates
        };
        assert_eq!(format(&["45382", "45383", "2024-03-31"]), DateFormat::Serial);
        assert_eq!(format(&["1711843200"]), DateFormat::EpochSeconds);
        assert_eq!(format(&["3/4/2024", "31/3/2024"]), DateFormat::DayFirst);
        assert_eq!(format(&["3/4/2024", "3/31/2024"]), DateFormat::MonthFirst);
        assert_eq!(format(&["2024-03-31", "45382"]), DateFormat::Iso);
    }
}
