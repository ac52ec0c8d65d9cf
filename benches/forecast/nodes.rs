//! Made-up sales of a dimension's values: parts of very different sizes and kinds, their parents and the total.

use nearcast::model::calendar::Grain;
use nearcast_ask::{History, Part};

use super::series::{Noise, wave};

/// What a part's sales look like.
#[derive(Clone, Copy)]
enum Kind {
    Season,
    Growth,
    Flat,
    Rare,
    New,
    Ended,
}

/// As they follow each other, ten at a time.
const KINDS: [Kind; 10] = [
    Kind::Season,
    Kind::Growth,
    Kind::Rare,
    Kind::Season,
    Kind::Flat,
    Kind::New,
    Kind::Season,
    Kind::Growth,
    Kind::Rare,
    Kind::Ended,
];

/// One tree of series.
#[derive(Clone, Copy)]
struct Shape {
    grain: Grain,
    start: &'static str,
    /// Total, parents and leaves.
    nodes: u32,
    parents: u32,
    steps: u32,
    horizon_steps: usize,
    period: f64,
}

/// The first is the one that has a goal.
const SHAPES: [Shape; 3] = [
    Shape {
        grain: Grain::Month,
        start: "2020-01-01",
        nodes: 200,
        parents: 10,
        steps: 60,
        horizon_steps: 12,
        period: 12.0,
    },
    Shape {
        grain: Grain::Week,
        start: "2021-01-04",
        nodes: 200,
        parents: 10,
        steps: 156,
        horizon_steps: 13,
        period: 365.25 / 7.0,
    },
    Shape {
        grain: Grain::Day,
        start: "2021-01-04",
        nodes: 50,
        parents: 5,
        steps: 1_095,
        horizon_steps: 28,
        period: 365.25,
    },
];

/// All of them.
pub(super) fn all() -> Vec<History> {
    SHAPES.iter().map(Shape::history).collect()
}

impl Shape {
    fn history(&self) -> History {
        let none = vec![0.0; self.steps as usize];
        let mut total = none.clone();
        let part = |parent: u32| Part {
            parent: parent as usize,
            values: none.clone(),
        };
        let mut parts: Vec<Part> = (0..self.parents).map(|_| part(0)).collect();
        for leaf in 0..self.nodes - 1 - self.parents {
            let parent = leaf % self.parents;
            let values = self.leaf(leaf);
            let above = parts.get_mut(parent as usize).map(|p| &mut p.values);
            for sums in above.into_iter().chain([&mut total]) {
                for (sum, value) in sums.iter_mut().zip(&values) {
                    *sum += value;
                }
            }
            parts.push(Part {
                values,
                ..part(parent + 1)
            });
        }
        let Self { grain, steps, .. } = self;
        History {
            name: format!("{} nodes x {steps} {grain}s", self.nodes),
            grain: grain.to_string(),
            start: self.start.into(),
            season_steps: grain.season_steps(),
            horizon_steps: self.horizon_steps,
            values: total,
            parts,
        }
    }

    /// The largest first, as the engine ranks them.
    fn leaf(&self, leaf: u32) -> Vec<f64> {
        let mut noise = Noise::new(u64::from(leaf) + 301);
        let size = 20_000.0 / f64::from(leaf + 4);
        let depth = 0.3 + 0.2 * noise.uniform();
        let phase = 6.0 * noise.uniform();
        let kind = KINDS.into_iter().cycle().nth(leaf as usize);
        let steps = (0..self.steps).map(|t| {
            let now = f64::from(t) / f64::from(self.steps);
            let season = 1.0 + depth * wave(f64::from(t) + phase, self.period);
            let week = match self.grain {
                Grain::Day => 1.0 + 0.4 * wave(f64::from(t), 7.0),
                _ => 1.0,
            };
            let usual = size * season * week * (1.0 + 0.08 * noise.next());
            match kind.unwrap_or(Kind::Flat) {
                Kind::Growth => usual * (0.6 + 0.8 * now),
                Kind::Flat => size * (1.0 + 0.15 * noise.next()),
                Kind::Rare if noise.uniform() < 0.1 => 0.0,
                Kind::Rare => 0.1 * size * (1.0 + noise.uniform()),
                Kind::New if now < 0.6 => 0.0,
                Kind::Ended if now > 0.8 => 0.0,
                Kind::Season | Kind::New | Kind::Ended => usual,
            }
        });
        steps.map(|v| v.max(0.0).round()).collect()
    }
}
