//! From demand to order lines: how many, of what, how large, at what price.

use nearcast::Result;

use super::DemoSpec;
use super::catalogue::{PRODUCT_COUNT, Product};
use super::chance::{Chance, Purpose, real, whole};
use super::demand::{Here, Market, PerChannel, Today};
use super::places::{CHANNEL_COUNT, CHANNELS, OPERATION_COUNT};
use super::season::{PROMOTION, cost_bp, price_bp};

/// Units that the vendor sells in three years, unless lines would fall below [`LINE_UNITS_MIN`].
const VENDOR_UNITS: f64 = 3_000_000.0;
/// The least average units of a line.
const LINE_UNITS_MIN: f64 = 2.0;
/// Share of lines that bring something back.
const RETURN_SHARE: f64 = 0.01;
/// Lines that share a portion of a cell's units. It bounds memory.
const BLOCK_LINES: usize = 256;
/// Lines between two calls of `progress`, at most.
const PROGRESS_LINES: u64 = 1 << 16;
/// The fraction of the golden ratio: its multiples fill the unit interval evenly, so that even a few lines a day meet
/// the products in proportion to their demand.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

/// One order line. Money in cents; a return has negative units.
#[derive(Debug, Clone, Copy)]
pub(super) struct OrderLine {
    pub(super) operation: usize,
    pub(super) product: usize,
    pub(super) channel: usize,
    pub(super) units: i64,
    pub(super) price_cents: i64,
    pub(super) cost_cents: i64,
}

/// Where the lines go.
pub(super) trait Sheet {
    /// Takes one line of `today`.
    fn line(&mut self, today: &Today<'_>, line: OrderLine) -> Result<()>;
}

/// A line that is chosen but not yet sized.
#[derive(Debug, Clone, Copy)]
struct Draft {
    product: usize,
    channel: usize,
    /// Its part of the block's units; of no account for a return.
    part: f64,
    is_return: bool,
}

/// What an operation carries from one day to the next.
#[derive(Debug, Clone, Copy)]
struct Carry {
    /// Units wanted that no line has taken yet.
    units: f64,
    /// What rounding to whole units owes.
    rounding: f64,
    /// Where the operation is in its even walk through the products.
    phase: f64,
}

/// Sends exactly `spec.rows` lines to `sheet`, ordered by date.
pub(super) fn generate(
    spec: &DemoSpec,
    market: &Market,
    sheet: &mut impl Sheet,
    mut progress: impl FnMut(u64),
) -> Result<()> {
    let plan = market.plan();
    let total: f64 = plan.iter().sum();
    let rows = real(i64::try_from(spec.rows).unwrap_or(i64::MAX));
    let units_each = VENDOR_UNITS.max(rows * LINE_UNITS_MIN) / total;
    let mut till = Till::new(spec.seed, market);
    let (mut done, mut reported, mut so_far) = (0, 0, 0.0);
    let mut cells = plan.into_iter();
    for date in Market::days() {
        let today = market.today(date);
        for operation in 0..OPERATION_COUNT {
            let demand = cells.next().unwrap_or(0.0);
            // The same additions in the same order as in `total`, so the last cell ends exactly at `rows`.
            so_far += demand;
            till.carry[operation].units += demand * units_each;
            let until = whole((rows * (so_far / total)).floor());
            till.sell(&today, operation, until - done, sheet)?;
            done = until.max(done);
            let count = u64::try_from(done).unwrap_or(0);
            if count - reported >= PROGRESS_LINES {
                progress(count);
                reported = count;
            }
        }
    }
    progress(spec.rows);
    Ok(())
}

/// The state that lines are drawn from.
struct Till<'m> {
    market: &'m Market,
    chance: Chance,
    carry: [Carry; OPERATION_COUNT],
    here: Here,
    /// Popular products come in larger lines.
    line_size: Vec<f64>,
    cumulative: Vec<f64>,
    /// `[operation][product]`: units wanted less units sold. Lines of a product that is owed come larger, so that even
    /// few lines follow each product's demand.
    owed: Vec<Vec<f64>>,
    /// What `owed` does to the lines of each product now.
    catch_up: Vec<f64>,
    block: Vec<Draft>,
}

impl<'m> Till<'m> {
    fn new(seed: u64, market: &'m Market) -> Self {
        let mut chance = Chance::new(seed, Purpose::Lines);
        let carry = [(); OPERATION_COUNT].map(|()| Carry {
            units: 0.0,
            rounding: 0.0,
            phase: chance.uniform(),
        });
        let size = |product: &Product| libm::pow(product.popularity, 0.2);
        Self {
            market,
            chance,
            carry,
            here: Here::default(),
            line_size: market.products.iter().map(size).collect(),
            cumulative: Vec::with_capacity(PRODUCT_COUNT),
            owed: vec![vec![0.0; PRODUCT_COUNT]; OPERATION_COUNT],
            catch_up: Vec::with_capacity(PRODUCT_COUNT),
            block: Vec::with_capacity(BLOCK_LINES),
        }
    }

    /// Writes `count` lines of one operation on one day, which take all the units that it has open.
    fn sell(
        &mut self,
        today: &Today<'_>,
        operation: usize,
        count: i64,
        sheet: &mut impl Sheet,
    ) -> Result<()> {
        if count <= 0 {
            return Ok(());
        }
        today.fill(operation, &mut self.here);
        let channels = self.weigh();
        self.owe(operation, real(count));
        let mut left = usize::try_from(count).unwrap_or(usize::MAX);
        while left > 0 {
            let size = left.min(BLOCK_LINES);
            self.draft(operation, size, &channels);
            let share = real(i64::try_from(size).unwrap_or(1))
                / real(i64::try_from(left).unwrap_or(i64::MAX));
            left -= size;
            let total: f64 = self.block.iter().map(|d| d.part).sum();
            let mut open = self.carry[operation].units * share;
            // Nothing but returns: the units wait for the next lines.
            if total <= 0.0 {
                open = 0.0;
            }
            self.carry[operation].units -= open;
            let block = std::mem::take(&mut self.block);
            for draft in &block {
                let line = self.size(today, operation, *draft, open, total);
                sheet.line(today, line)?;
            }
            self.block = block;
        }
        Ok(())
    }

    /// Prepares the choice of products by their demand in lines, and returns each category's choice of channels.
    fn weigh(&mut self) -> Vec<PerChannel> {
        let channels = self.here.channel.map(|wanted| -> PerChannel {
            std::array::from_fn(|channel| wanted[channel] / CHANNELS[channel].line_size)
        });
        let per_category: Vec<f64> = channels
            .iter()
            .zip(&self.here.channel)
            .map(|(lines, units)| lines.iter().sum::<f64>() / units.iter().sum::<f64>())
            .collect();
        let mut sum = 0.0;
        self.cumulative.clear();
        for (index, product) in self.market.products.iter().enumerate() {
            let units = self.here.product[index];
            sum += units * per_category[product.category] / self.line_size[index];
            self.cumulative.push(sum);
        }
        channels.to_vec()
    }

    /// Adds what is open to what is owed, and sets how large each product's next lines come.
    fn owe(&mut self, operation: usize, count: f64) {
        let open = self.carry[operation].units;
        let wanted: f64 = self.here.product.iter().sum();
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let mut before = 0.0;
        self.catch_up.clear();
        for (index, owed) in self.owed[operation].iter_mut().enumerate() {
            let lines = count * (self.cumulative[index] - before) / total;
            before = self.cumulative[index];
            if lines <= 0.0 {
                // Not sold now: what it was owed before will not come back later.
                *owed = 0.0;
                self.catch_up.push(1.0);
                continue;
            }
            let units = open * self.here.product[index] / wanted;
            *owed += units;
            // A product with less than a line a day is owed a whole line's units when its turn comes.
            let usual = units * (1.0 / lines).max(1.0);
            self.catch_up.push((*owed / usual).clamp(0.35, 2.5));
        }
    }

    /// Chooses the product and channel of `size` lines.
    fn draft(&mut self, operation: usize, size: usize, channels: &[PerChannel]) {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        self.block.clear();
        for _ in 0..size {
            let carry = &mut self.carry[operation];
            carry.phase += GOLDEN;
            carry.phase -= carry.phase.floor();
            let at = carry.phase * total;
            let product = self.cumulative.partition_point(|sum| *sum <= at);
            let product = product.min(PRODUCT_COUNT - 1);
            let weights = &channels[self.market.products[product].category];
            let channel = self.channel(weights);
            let is_return = self.chance.uniform() < RETURN_SHARE;
            let luck = self.chance.factor(0.35);
            let usual = self.line_size[product] * CHANNELS[channel].line_size;
            let part = luck * usual * self.catch_up[product];
            self.block.push(Draft {
                product,
                channel,
                part: if is_return { 0.0 } else { part },
                is_return,
            });
        }
    }

    fn channel(&mut self, weights: &PerChannel) -> usize {
        let mut at = self.chance.uniform() * weights.iter().sum::<f64>();
        for (index, weight) in weights.iter().enumerate() {
            at -= weight;
            if at < 0.0 {
                return index;
            }
        }
        CHANNEL_COUNT - 1
    }

    /// Gives a line its units, and its price and cost of the day.
    fn size(
        &mut self,
        today: &Today<'_>,
        operation: usize,
        draft: Draft,
        open: f64,
        total: f64,
    ) -> OrderLine {
        let units = if draft.is_return {
            -self.chance.between(1, 4)
        } else {
            let carry = &mut self.carry[operation];
            carry.rounding += open * draft.part / total;
            let units = whole(carry.rounding.round()).max(1);
            carry.rounding = (carry.rounding - real(units)).max(-3.0);
            self.owed[operation][draft.product] -= real(units);
            units
        };
        let product = &self.market.products[draft.product];
        let bp = price_bp(product.category, today.date);
        let channel = &CHANNELS[draft.channel];
        let step = channel.price_step_cents;
        let list = product.price_cents * bp * channel.price_bp / 10_000;
        let mut price_cents = rounded(list, 10_000 * step) * step;
        if today.is_promoted(product.category) {
            price_cents = rounded(price_cents * PROMOTION.1, 10_000);
        }
        let cost = product.cost_cents * cost_bp(product.category, today.date);
        OrderLine {
            operation,
            product: draft.product,
            channel: draft.channel,
            units,
            price_cents,
            cost_cents: rounded(cost, 10_000),
        }
    }
}

/// Division of positive amounts, rounded half up.
const fn rounded(amount: i64, by: i64) -> i64 {
    (amount + by / 2) / by
}
