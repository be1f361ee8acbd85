//! Writes a log of transactions of any size to standard output, the same for the same arguments:
//! `generate_log ROWS CUSTOMERS ID_BYTES ordered|shuffled`.

use std::io::{BufWriter, Write};

use custval::time::Day;

/// A number that looks random and depends on its argument alone (SplitMix64).
fn scattered(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rows, customers, id_bytes, order] = &arguments[..] else {
        return Err(std::io::Error::other("usage: generate_log ROWS CUSTOMERS ID_BYTES ordered|shuffled"));
    };
    let number = |text: &str| text.parse::<u64>().map_err(std::io::Error::other);
    let (rows, customers, id_bytes) = (number(rows)?, number(customers)?, number(id_bytes)?);
    // 548 days from 2023-01-01, as text, so that writing costs little.
    let days: Vec<String> = (0..548).map(|day| Day(19_358 + day).to_string()).collect();
    let mut out = BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    out.write_all(b"customer_id,date,amount\n")?;
    for row in 0..rows {
        let random = scattered(row);
        let customer = random % customers;
        let day = if order == "ordered" { row * 548 / rows } else { scattered(random) % 548 };
        let cents = scattered(random ^ 7) % 20_000 + 100;
        let day = &days[day as usize];
        if id_bytes <= 8 {
            write!(out, "{customer:08},{day},{}.{:02}\n", cents / 100, cents % 100)?;
        } else {
            let (a, b) = (scattered(customer), scattered(customer + customers));
            let (c, d, e, f) = (a >> 32, a >> 16 & 0xFFFF, a & 0xFFFF, b >> 48);
            write!(out, "{c:08x}-{d:04x}-{e:04x}-{f:04x}-{:012x},", b & 0xFFFF_FFFF_FFFF)?;
            write!(out, "{day},{}.{:02}\n", cents / 100, cents % 100)?;
        }
    }
    out.flush()
}
