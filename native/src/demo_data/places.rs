//! Where the demo vendor sells: twelve operations and four channels.

/// One branch of the vendor.
pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) region: &'static str,
    /// Share of the whole vendor's demand, before trend.
    pub(super) size: f64,
    /// Growth of demand a year, as a fraction.
    pub(super) growth: f64,
    /// How much of the yearly season is felt here: 1 is the country's average.
    pub(super) climate: f64,
    /// Mix of the channels, in the order of [`CHANNELS`].
    pub(super) mix: [f64; CHANNEL_COUNT],
}

pub(super) const OPERATION_COUNT: usize = 12;

/// The operation whose best seller runs out.
pub(super) const DALLAS: usize = 0;

/// The operation that opens late.
pub(super) const NASHVILLE: usize = 11;

const fn operation(
    name: &'static str,
    region: &'static str,
    size: f64,
    growth: f64,
    climate: f64,
    mix: [f64; CHANNEL_COUNT],
) -> Operation {
    Operation {
        name,
        region,
        size,
        growth,
        climate,
        mix,
    }
}

pub(super) const OPERATIONS: [Operation; OPERATION_COUNT] = [
    operation("Dallas", "Texas", 19.0, 0.07, 1.1, [0.40, 0.24, 0.22, 0.14]),
    operation(
        "Dallas North",
        "Texas",
        7.0,
        0.12,
        1.1,
        [0.30, 0.30, 0.32, 0.08],
    ),
    operation(
        "Houston",
        "Texas",
        12.0,
        0.04,
        1.15,
        [0.46, 0.20, 0.16, 0.18],
    ),
    operation("Austin", "Texas", 9.0, 0.14, 1.05, [0.26, 0.32, 0.32, 0.10]),
    operation(
        "Phoenix",
        "Arizona",
        9.5,
        0.08,
        1.45,
        [0.50, 0.18, 0.12, 0.20],
    ),
    operation(
        "Charlotte",
        "North Carolina",
        8.5,
        0.05,
        0.95,
        [0.36, 0.26, 0.26, 0.12],
    ),
    operation(
        "Atlanta",
        "Georgia",
        9.0,
        0.03,
        1.0,
        [0.42, 0.22, 0.22, 0.14],
    ),
    operation(
        "Chicago",
        "Illinois",
        8.0,
        -0.03,
        1.05,
        [0.44, 0.18, 0.28, 0.10],
    ),
    operation(
        "Denver",
        "Colorado",
        6.0,
        0.02,
        0.9,
        [0.34, 0.28, 0.24, 0.14],
    ),
    operation(
        "Seattle",
        "Washington",
        5.0,
        -0.015,
        0.6,
        [0.24, 0.34, 0.34, 0.08],
    ),
    operation("Tampa", "Florida", 4.0, 0.06, 0.8, [0.52, 0.14, 0.10, 0.24]),
    operation(
        "Nashville",
        "Tennessee",
        4.5,
        0.10,
        1.0,
        [0.38, 0.30, 0.20, 0.12],
    ),
];

/// One way of selling.
pub(super) struct Channel {
    pub(super) name: &'static str,
    /// Demand on Monday to Sunday against the channel's average day.
    pub(super) week: [f64; 7],
    /// Demand on a public holiday, when offices and plants are closed.
    pub(super) closed: f64,
    /// Price against the list, in basis points.
    pub(super) price_bp: i64,
    /// Prices of this channel end on a multiple of so many cents.
    pub(super) price_step_cents: i64,
    /// Units on one line against the average line.
    pub(super) line_size: f64,
}

pub(super) const CHANNEL_COUNT: usize = 4;

/// The channel that sells more, not less, around a holiday.
pub(super) const RETAIL: usize = 3;

pub(super) const CHANNELS: [Channel; CHANNEL_COUNT] = [
    Channel {
        name: "Vending",
        week: [1.08, 1.11, 1.12, 1.11, 1.14, 0.76, 0.68],
        closed: 0.62,
        price_bp: 10_000,
        price_step_cents: 5,
        line_size: 0.85,
    },
    Channel {
        name: "Micro Market",
        week: [1.18, 1.24, 1.24, 1.21, 1.13, 0.54, 0.46],
        closed: 0.40,
        price_bp: 10_400,
        price_step_cents: 5,
        line_size: 1.0,
    },
    Channel {
        name: "Office",
        week: [1.42, 1.38, 1.40, 1.33, 1.21, 0.15, 0.11],
        closed: 0.12,
        price_bp: 9_200,
        price_step_cents: 1,
        line_size: 1.35,
    },
    Channel {
        name: "Retail",
        week: [0.86, 0.88, 0.92, 0.98, 1.14, 1.18, 1.04],
        closed: 1.05,
        price_bp: 9_600,
        price_step_cents: 1,
        line_size: 1.1,
    },
];
