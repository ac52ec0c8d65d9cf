//! What the fuzz targets do with their bytes, on made-up inputs that are the same every time.

#[path = "../fuzz/forecast.rs"]
mod forecast;

/// Inputs.
const INPUTS: u64 = 3_000;

/// Bytes from a generator with a seed of its own for each input.
fn bytes(seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        // Xorshift: Marsaglia, Journal of Statistical Software 8 (2003).
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..4 {
        next();
    }
    // Most histories are short; those that are made of whole words need eight bytes a value.
    let length = match next() % 8 {
        0 => next() % 12,
        1 => 200 + next() % 200,
        _ => 6 + next() % 90,
    };
    let mut bytes: Vec<u8> = (0..length)
        .map(|_| (next() >> 32).to_le_bytes()[0])
        .collect();
    // Most horizons are short too, and most seasons are the grain's own.
    if let [_, _, horizon, season, flags, ..] = bytes.as_mut_slice() {
        *horizon %= 16;
        *season %= 16;
        if !seed.is_multiple_of(4) {
            *flags &= !2;
        }
    }
    bytes
}

#[test]
fn any_bytes_are_forecast_sanely_or_refused() {
    for seed in 0..INPUTS {
        forecast::check(&bytes(seed));
    }
}
