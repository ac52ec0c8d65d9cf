//! What a forecast's chart says in words: what it is of, where it ends up, which model, from which data.

use super::forecast::Shown;
use super::scale;
use super::timeline;
use super::{Frame, MARGIN, RIGHT, SUBTITLE_SIZE, TITLE_SIZE, words};
use crate::model::answer::ForecastAnswer;
use crate::model::calendar::Grain;
use crate::model::receipt::{MeasureUsed, Receipt};
use crate::present::number;

/// The texts around the chart.
pub(super) fn frame(
    receipt: &Receipt,
    measure: &MeasureUsed,
    answer: &ForecastAnswer,
    shown: &Shown,
) -> Frame {
    let label = words::fit(&measure.label, TITLE_SIZE, 500.0);
    let title = match super::scope(receipt, TITLE_SIZE, 600.0) {
        Some(scope) => format!("{label} forecast: {scope}"),
        None => format!("{label} forecast"),
    };
    let grain = answer.history.grain;
    let mut subtitle = format!(
        "{}, as of {}",
        adverb(grain),
        timeline::in_words(Grain::Day, receipt.as_of)
    );
    let headline = headline(measure, answer, shown);
    if let Some(headline) = &headline {
        subtitle = format!("{subtitle} · {headline}");
    }
    let model = model(answer, grain);
    let mut source = super::source(receipt);
    if let Some((day, _)) = answer.partial {
        let left_out = timeline::in_words(grain, day);
        source = format!("{source}; {left_out} is incomplete and left out");
    }
    Frame {
        description: format!("{title}. {subtitle}. {model}."),
        title,
        subtitle: words::fit(&subtitle, SUBTITLE_SIZE, RIGHT - MARGIN),
        footers: [model, source],
    }
}

/// The last estimate, with its widest interval.
fn headline(measure: &MeasureUsed, answer: &ForecastAnswer, shown: &Shown) -> Option<String> {
    let value = *shown.point.last()?;
    let day = answer
        .history
        .day(answer.history.values.len() + answer.forecast.point.len() - 1);
    let size = shown.values().fold(0.0, |size: f64, v| size.max(v.abs()));
    let style = scale::Style::up_to(size, measure.scale);
    let text = |value: f64| style.write(i128::from(number::round(value, measure.scale)));
    let when = timeline::in_words(answer.history.grain, day);
    let unit = words::fit(&measure.unit, SUBTITLE_SIZE, 160.0);
    let mut headline = format!("{when}: {} {unit}", text(value));
    if let Some((level, lower, upper)) = shown.bands.first()
        && let (Some(low), Some(high)) = (lower.last(), upper.last())
    {
        headline = format!("{headline} ({level}%: {} to {})", text(*low), text(*high));
    }
    Some(headline)
}

/// Which model, and how it did.
fn model(answer: &ForecastAnswer, grain: Grain) -> String {
    let forecast = &answer.forecast;
    let name = match forecast.model.as_str() {
        "mstl" => "MSTL with ETS trend".to_owned(),
        "seasonal_naive" => "seasonal naive".to_owned(),
        "drift" => "drift".to_owned(),
        "mean" => "mean".to_owned(),
        other => match other.strip_prefix("ets") {
            Some(form) => format!("ETS {form}"),
            None => other.to_owned(),
        },
    };
    let mut text = format!("Model: {}", words::fit(&name, super::FOOTER_SIZE, 400.0));
    if forecast.season_steps > 1 {
        text = format!("{text}, season of {} {grain}s", forecast.season_steps);
    }
    if let Some(backtest) = &forecast.backtest {
        let percent = scale::whole(backtest.skill * 100.0);
        let times = match backtest.origins {
            1 => "1 backtest".to_owned(),
            n => format!("{n} backtests"),
        };
        let verdict = match percent {
            _ if forecast.model == "seasonal_naive" => String::new(),
            1.. => format!("; {percent}% less error than seasonal naive in {times}"),
            _ => format!("; not better than seasonal naive in {times}"),
        };
        text.push_str(&verdict);
    }
    text
}

const fn adverb(grain: Grain) -> &'static str {
    match grain {
        Grain::Day => "Daily",
        Grain::Week => "Weekly",
        Grain::Month => "Monthly",
        Grain::Quarter => "Quarterly",
        Grain::Year => "Yearly",
    }
}
