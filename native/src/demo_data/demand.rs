//! The demand that lies behind the lines: how much each operation wants of each product on a day.

use nearcast::model::Day;

use super::catalogue::{
    BEST_SELLER, CATEGORIES, CATEGORY_COUNT, DYING, LAUNCHED, PRODUCT_COUNT, Product, products,
};
use super::chance::{Chance, Purpose};
use super::places::{CHANNEL_COUNT, DALLAS, NASHVILLE, OPERATION_COUNT, OPERATIONS};
use super::season::{
    self, Civil, FIRST, LAST, MISSING, PROMOTION, Promotions, STOCK_OUT, channel_day, feast,
    within, yearly,
};

/// Months of the history.
const MONTH_COUNT: usize = 36;

/// A table over the channels.
pub(super) type PerChannel = [f64; CHANNEL_COUNT];

/// What the seed decides: popularity, local taste, promotions and slow drifts.
#[derive(Debug)]
pub(super) struct Market {
    pub(super) products: Vec<Product>,
    /// `[operation][product]`: local taste.
    taste: Vec<Vec<f64>>,
    /// `[month][product]`: drift of a product everywhere.
    drift: Vec<Vec<f64>>,
    promotions: Promotions,
    seed: u64,
}

/// The market on one day: what is the same in all operations.
#[derive(Debug)]
pub(super) struct Today<'m> {
    market: &'m Market,
    pub(super) date: Day,
    pub(super) civil: Civil,
    /// Demand for each product in an average operation, without the yearly season.
    product: Vec<f64>,
    yearly: [f64; CATEGORY_COUNT],
    channel: PerChannel,
    promoted: [bool; CATEGORY_COUNT],
}

/// Demand in one operation on one day.
#[derive(Debug, Default)]
pub(super) struct Here {
    /// Demand for each product, over all channels.
    pub(super) product: Vec<f64>,
    /// `[category][channel]`: the channels' parts of it.
    pub(super) channel: [PerChannel; CATEGORY_COUNT],
}

impl Market {
    pub(super) fn new(seed: u64) -> Self {
        let products = products(seed);
        let mut chance = Chance::new(seed, Purpose::Noise);
        let mut table = |rows: usize, sigma: f64| -> Vec<Vec<f64>> {
            let mut row = || (0..PRODUCT_COUNT).map(|_| chance.factor(sigma)).collect();
            (0..rows).map(|_| row()).collect()
        };
        Self {
            taste: table(OPERATION_COUNT, 0.22),
            drift: table(MONTH_COUNT, 0.06),
            products,
            promotions: Promotions::new(seed),
            seed,
        }
    }

    /// Every day that has rows, in order.
    pub(super) fn days() -> impl Iterator<Item = Day> {
        (FIRST.0..=LAST.0)
            .map(Day)
            .filter(|day| !within(*day, MISSING))
    }

    /// Demand with its noise for each operation, day after day, in one flat list: the plan that the rows follow.
    pub(super) fn plan(&self) -> Vec<f64> {
        let mut chance = Chance::new(self.seed, Purpose::Plan);
        let mut plan = Vec::new();
        let mut here = Here::default();
        let mut month = (0, [1.0; OPERATION_COUNT]);
        let mut mood = 0.0;
        for date in Self::days() {
            let today = self.today(date);
            if today.civil.month != month.0 {
                let luck = [0.0; OPERATION_COUNT].map(|_: f64| chance.factor(0.018));
                month = (today.civil.month, luck);
            }
            // The economy: a slow walk that is pulled back to its mean, some 1.5 % wide.
            mood = 0.97 * mood + 0.0037 * chance.normal();
            for (index, luck) in month.1.iter().enumerate() {
                today.fill(index, &mut here);
                let demand: f64 = here.product.iter().sum();
                plan.push(demand * luck * (1.0 + mood) * chance.factor(0.05));
            }
        }
        plan
    }

    /// The market on a day.
    pub(super) fn today(&self, date: Day) -> Today<'_> {
        let civil = Civil::of(date);
        let holiday = season::holiday(date, civil);
        let mut category = [1.0; CATEGORY_COUNT];
        let mut promoted = [false; CATEGORY_COUNT];
        for (index, factor) in category.iter_mut().enumerate() {
            promoted[index] = self.promotions.on(index, date);
            // Dearer goods sell less: an elasticity of -0.6.
            let dearer = season::price_bp(index, date) - 10_000;
            *factor = feast(index, date, civil) * (1.0 - 0.6 * super::chance::real(dearer) / 1e4);
            if promoted[index] {
                *factor *= PROMOTION.0;
            }
        }
        let month = usize::try_from((civil.year - 2023) * 12).unwrap_or(0) + civil.month - 10;
        let drift = &self.drift[month.min(MONTH_COUNT - 1)];
        let product = self.products.iter().zip(drift).enumerate();
        let product = product.map(|(index, (product, drift))| {
            let life = match index {
                LAUNCHED => season::launched(date),
                DYING => season::dying(date),
                _ => 1.0,
            };
            product.popularity * drift * category[product.category] * life
        });
        Today {
            market: self,
            date,
            civil,
            product: product.collect(),
            yearly: std::array::from_fn(|index| yearly(index, civil)),
            channel: std::array::from_fn(|index| channel_day(index, civil, holiday)),
            promoted,
        }
    }
}

impl Today<'_> {
    /// Whether a category is on promotion.
    pub(super) fn is_promoted(&self, category: usize) -> bool {
        self.promoted[category]
    }

    /// Writes the demand of one operation into `here`.
    pub(super) fn fill(&self, operation: usize, here: &mut Here) {
        let place = &OPERATIONS[operation];
        let years = f64::from(self.date.0 - FIRST.0) / 365.25;
        let mut scale = place.size * libm::pow(1.0 + place.growth, years);
        if operation == NASHVILLE {
            scale *= season::opened(self.date);
        }
        let mut wanted = [0.0; CATEGORY_COUNT];
        for (index, category) in CATEGORIES.iter().enumerate() {
            let season = 1.0 + (self.yearly[index] - 1.0) * place.climate;
            here.channel[index] = std::array::from_fn(|channel| {
                place.mix[channel] * category.taste[channel] * self.channel[channel]
            });
            wanted[index] = scale * season * here.channel[index].iter().sum::<f64>();
        }
        here.product.clear();
        let products = self.market.products.iter().zip(&self.product);
        here.product.extend(
            products
                .zip(&self.market.taste[operation])
                .map(|((product, demand), taste)| demand * taste * wanted[product.category]),
        );
        if operation == DALLAS && within(self.date, STOCK_OUT) {
            here.product[BEST_SELLER] = 0.0;
        }
    }
}
