//! Charts as SVG: a picture for a deck, drawn in 1280 x 720 units so that it is legible at half that size.
//!
//! Written directly rather than through a plotting crate. `plotters` 0.3.7 with its own mesh was tried for the same
//! chart: its ticks come from std's `log` and `powf`, which differ in the last bits between hosts, so its mesh (most of
//! what it would have given) is out; it writes whole pixels and no classes, title or style sheet, which dark mode and
//! screen readers need; it lets control characters through, after which the file is not XML; it asserts on NaN; and it
//! took 230 elements and 23 kB for 42 points, where this takes 54 and 6 kB.

mod anomalies;
mod bars;
mod caption;
mod compare;
mod draw;
mod explain;
mod forecast;
mod plot;
mod ranking;
mod scale;
mod scenario;
mod segments;
mod target;
mod theme;
mod timeline;
mod trend;
mod words;

use crate::error::{Error, Result};
use crate::model::answer::{Answer, Answered};
use crate::model::calendar::{Grain, Period};
use crate::model::receipt::{MeasureUsed, PERIOD, Receipt};

use draw::{Canvas, Tag, Value};
use theme::Paint;

pub use theme::CONTENT_SECURITY_POLICY;

const WIDTH: f64 = 1280.0;
const HEIGHT: f64 = 720.0;
/// The margin at the left and right.
const MARGIN: f64 = 40.0;
const RIGHT: f64 = WIDTH - MARGIN;
const TITLE_SIZE: f64 = 38.0;
const SUBTITLE_SIZE: f64 = 25.0;
const LABEL_SIZE: f64 = 23.0;
const FOOTER_SIZE: f64 = 21.0;

/// The chart of an answer.
///
/// # Errors
/// `NotFound` for answers that have no chart, `Internal` for values that cannot be drawn.
pub fn svg(answered: &Answered) -> Result<String> {
    let receipt = &answered.receipt;
    match &answered.answer {
        Answer::Top(top) => ranking::draw(receipt, measure(receipt)?, top),
        Answer::Forecast(forecast) => forecast::draw(receipt, measure(receipt)?, forecast),
        Answer::Compare(compare) => compare::draw(receipt, measure(receipt)?, compare),
        Answer::Explain(explain) => explain::draw(receipt, measure(receipt)?, explain),
        Answer::Scenario(scenario) => scenario::draw(receipt, measure(receipt)?, scenario),
        Answer::Target(target) => target::draw(receipt, measure(receipt)?, target),
        Answer::Anomalies(found) => anomalies::draw(receipt, measure(receipt)?, found),
        Answer::Segments(found) => segments::draw(receipt, measure(receipt)?, found),
        Answer::Trend(trend) => trend::draw(receipt, measure(receipt)?, trend),
        Answer::Targets(_) => Err(Error::not_found(
            "several targets have no svg: name one, or use json or csv",
        )),
        Answer::Describe(_) => Err(Error::not_found("describe has no svg: use json or csv")),
        Answer::Accuracy(_) => Err(Error::not_found("accuracy has no svg: use json or csv")),
        Answer::Search(_) => Err(Error::not_found("search has no svg: use json or csv")),
        Answer::Fetch(_) => Err(Error::not_found("fetch has no svg: use json or csv")),
    }
}

/// Whether an answer has a chart.
pub(super) const fn can_draw(answer: &Answer) -> bool {
    !matches!(
        answer,
        Answer::Describe(_) | Answer::Accuracy(_) | Answer::Targets(_)
    )
}

fn measure(receipt: &Receipt) -> Result<&MeasureUsed> {
    receipt
        .measure
        .as_ref()
        .ok_or_else(|| Error::internal("the answer names no measure to draw"))
}

/// What stands around every chart.
struct Frame {
    title: String,
    subtitle: String,
    /// What the chart shows in a sentence or two, for those who do not see it.
    description: String,
    footers: [String; 2],
}

impl Frame {
    /// A canvas with everything but the chart itself.
    fn canvas(&self) -> Canvas {
        let mut canvas = Canvas::default();
        canvas.open(
            Tag::Svg,
            &[
                ("xmlns", Value::Word("http://www.w3.org/2000/svg")),
                ("width", Value::Number(WIDTH)),
                ("height", Value::Number(HEIGHT)),
                ("viewBox", Value::Word("0 0 1280 720")),
                ("role", Value::Word("img")),
                ("font-family", Value::Word(theme::FONTS)),
            ],
        );
        canvas.leaf(Tag::Title, &[], &self.title);
        canvas.leaf(Tag::Desc, &[], &self.description);
        canvas.leaf(Tag::Style, &[], theme::STYLE);
        canvas.rect(Paint::Background, 0.0, 0.0, WIDTH, HEIGHT);
        let room = RIGHT - MARGIN;
        canvas.open_texts(Paint::Ink, TITLE_SIZE, true);
        // Bold letters are wider than the estimate.
        let title = words::fit(&self.title, TITLE_SIZE * 1.06, room);
        canvas.text(MARGIN, 56.0, draw::Anchor::Start, &title);
        canvas.close();
        canvas.open_texts(Paint::Muted, SUBTITLE_SIZE, false);
        let subtitle = words::fit(&self.subtitle, SUBTITLE_SIZE, room);
        canvas.text(MARGIN, 96.0, draw::Anchor::Start, &subtitle);
        canvas.close();
        canvas.open_texts(Paint::Muted, FOOTER_SIZE, false);
        for (line, y) in self.footers.iter().zip([672.0, 700.0]) {
            let line = words::fit(line, FOOTER_SIZE, room);
            canvas.text(MARGIN, y, draw::Anchor::Start, &line);
        }
        canvas.close();
        canvas
    }
}

/// A title, and what the answer was narrowed to.
fn titled(title: &str, receipt: &Receipt) -> String {
    match scope(receipt, TITLE_SIZE, 420.0) {
        Some(scope) => format!("{title}: {scope}"),
        None => title.to_owned(),
    }
}

/// What is shown, and how new the data are.
fn as_of(what: &str, receipt: &Receipt) -> String {
    let day = timeline::in_words(Grain::Day, receipt.as_of);
    format!("{what}, as of {day}")
}

/// The names that the answer was narrowed to, as resolved.
fn scope(receipt: &Receipt, size: f64, room: f64) -> Option<String> {
    let parts: Vec<String> = receipt
        .resolved
        .iter()
        .filter(|resolved| !resolved.matched.is_empty() && resolved.dimension != PERIOD)
        .map(|resolved| words::list(&resolved.matched, size, room))
        .collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// `Jan 2024 to Jun 2025` where the days are whole months, days otherwise.
fn period(period: Period) -> String {
    let is_one = |grain: &Grain| {
        period.is_whole(*grain) && grain.steps_between(period.first, period.last) == 0
    };
    let is_whole = |grain: &Grain| period.is_whole(*grain);
    let grain = [Grain::Year, Grain::Month].into_iter().find(is_whole);
    let quarter = Some(Grain::Quarter).filter(is_one);
    let grain = quarter.or(grain).unwrap_or(Grain::Day);
    let first = timeline::in_words(grain, period.first);
    let last = timeline::in_words(grain, period.last);
    if first == last {
        first
    } else {
        format!("{first} to {last}")
    }
}

/// Where the numbers come from.
fn source(receipt: &Receipt) -> String {
    let title = words::fit(&receipt.title, FOOTER_SIZE, 600.0);
    let version = receipt.version.as_str();
    format!("Source: {title}, version {version}")
}

/// The unit, with a capital where it is a word.
fn unit(measure: &MeasureUsed) -> String {
    let clean = words::clean(&measure.unit);
    let mut chars = clean.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => "Value".to_owned(),
    }
}

#[cfg(test)]
mod tests;
