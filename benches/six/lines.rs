//! Order lines for the six questions: the same for the same count, whoever asks, and quick to write.

use std::io::{self, Write};

use nearcast::model::Day;

/// Different products; a few sell much, most little.
pub(crate) const PRODUCTS: usize = 5_000;
/// Different operations. The first is the largest.
pub(crate) const OPERATIONS: usize = 120;
/// Days of history, from [`FIRST_DAY`] on.
pub(crate) const DAYS: u64 = 1_096;
/// The first day of history: 2022-07-01.
pub(crate) const FIRST_DAY: Day = Day(19_174);
/// The largest operation's share of the rows, of 65,536.
const LARGEST_SHARE: usize = 7_602;
/// How finely shares are told apart: a draw is an index into a table of as many entries.
const DRAWS: usize = 1 << 16;

/// The name of an operation, from 0.
pub(crate) fn operation(number: usize) -> String {
    format!("Operation {:03}", number + 1)
}

/// Id and name of a product, from 0.
pub(crate) fn product(number: usize) -> (String, String) {
    // Scattered, so that neither ids nor names are in the order of how much is sold.
    let id = (number * 1_237 + 811) % PRODUCTS;
    (format!("P{id:04}"), format!("Article {id:04}"))
}

/// Writes `rows` order lines as CSV, by day.
///
/// # Errors
/// Those of writing.
pub(crate) fn write(rows: u64, out: &mut impl Write) -> io::Result<()> {
    let operations: Vec<String> = (0..OPERATIONS).map(operation).collect();
    let products: Vec<String> = (0..PRODUCTS)
        .map(|number| {
            let (id, name) = product(number);
            format!("{id},{name}")
        })
        .collect();
    let operation_of = shares(OPERATIONS, Some(LARGEST_SHARE), 30);
    let product_of = shares(PRODUCTS, None, 10);
    let mut chance = Chance(0x5eed);
    let mut line = Vec::with_capacity(96);
    let mut day = (u64::MAX, String::new());
    writeln!(out, "date,operation,product_id,product,units,revenue,cost")?;
    for row in 0..rows {
        let offset = row * DAYS / rows;
        if day.0 != offset {
            let plus = i32::try_from(offset).unwrap_or(i32::MAX);
            day = (offset, FIRST_DAY.plus(plus).to_string());
        }
        let draw = chance.next();
        let operation = operation_of[usize::from(draw as u16)];
        let product = product_of[usize::from((draw >> 16) as u16)];
        // Now and then something comes back.
        let units = match (draw >> 32) % 100 {
            0 => -1,
            n => 1 + (n * n / 1_500) as i64,
        };
        let price = 199 + (product as i64 * 7_919) % 4_800;
        let discount = ((draw >> 40) % 20) as i64;
        let revenue = units * (price - price * discount / 100);
        let cost = units * (price * 62 / 100);
        line.clear();
        line.extend_from_slice(day.1.as_bytes());
        line.push(b',');
        line.extend_from_slice(operations[operation].as_bytes());
        line.push(b',');
        line.extend_from_slice(products[product].as_bytes());
        line.push(b',');
        integer(&mut line, units);
        line.push(b',');
        cents(&mut line, revenue);
        line.push(b',');
        cents(&mut line, cost);
        line.push(b'\n');
        out.write_all(&line)?;
    }
    Ok(())
}

/// For each draw whose it is: `first` draws for the first one if that is given, the others by 1 / (rank + `flat`).
fn shares(count: usize, first: Option<usize>, flat: usize) -> Vec<usize> {
    let from = usize::from(first.is_some());
    let mut table = vec![0; first.unwrap_or(0)];
    let weight = |rank: usize| 1_000_000_000 / (rank + flat);
    let total: usize = (from..count).map(weight).sum();
    let rest = DRAWS - table.len();
    let mut before = 0;
    for rank in from..count {
        before += weight(rank);
        table.resize(DRAWS - rest + rest * before / total, rank);
    }
    table
}

fn integer(line: &mut Vec<u8>, value: i64) {
    if value < 0 {
        line.push(b'-');
    }
    let mut digits = [0; 20];
    let mut rest = value.unsigned_abs();
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    line.extend_from_slice(&digits[at..]);
}

fn cents(line: &mut Vec<u8>, value: i64) {
    if value < 0 {
        line.push(b'-');
    }
    let value = value.abs();
    integer(line, value / 100);
    line.push(b'.');
    line.push(b'0' + (value / 10 % 10) as u8);
    line.push(b'0' + (value % 10) as u8);
}

/// Sebastiano Vigna's `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
