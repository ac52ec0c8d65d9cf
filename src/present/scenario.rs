//! What if, in each format.

use serde_json::{Map, Value, json};

use super::json::object;
use super::markdown::{Page, escape, line, where_clause};
use super::number;
use crate::model::answer::{ForecastAnswer, ScenarioAnswer};
use crate::model::receipt::{MeasureUsed, Receipt};

/// One step: its first day, and estimate and ends without and with the plans, scaled.
struct Step {
    day: String,
    base: [i64; 3],
    scenario: [i64; 3],
}

/// What is shown, rounded; ends are those of the first interval.
fn steps(answer: &ScenarioAnswer, scale: u8) -> Vec<Step> {
    let past = answer.base.history.values.len();
    let at = |of: &ForecastAnswer, step: usize| -> Option<[i64; 3]> {
        let band = of.forecast.bands.first()?;
        let each = [
            *of.forecast.point.get(step)?,
            *band.lower.get(step)?,
            *band.upper.get(step)?,
        ];
        Some(each.map(|v| number::round(v, scale)))
    };
    (answer.base.steps_from..answer.base.forecast.point.len())
        .filter_map(|step| {
            Some(Step {
                day: answer.base.history.day(past + step).to_string(),
                base: at(&answer.base, step)?,
                scenario: at(&answer.scenario, step)?,
            })
        })
        .collect()
}

fn sums(steps: &[Step]) -> (i64, i64) {
    let add = |of: fn(&Step) -> i64| steps.iter().fold(0_i64, |sum, s| sum.saturating_add(of(s)));
    (add(|s| s.base[0]), add(|s| s.scenario[0]))
}

pub(super) fn json(answer: &ScenarioAnswer, scale: u8) -> Map<String, Value> {
    let steps = steps(answer, scale);
    let value = |v: i64| number::json(v, scale);
    let range = |[estimate, lower, upper]: [i64; 3]| json!({"estimate": value(estimate), "lower": value(lower), "upper": value(upper)});
    let rows: Vec<Value> = steps
        .iter()
        .map(|s| {
            let difference = s.scenario[0].saturating_sub(s.base[0]);
            json!({
                "date": s.day, "base": range(s.base), "scenario": range(s.scenario), "difference": value(difference),
            })
        })
        .collect();
    let (base, scenario) = sums(&steps);
    let forecast = &answer.scenario.forecast;
    let planned: Vec<Value> = answer
        .scenario
        .planned
        .iter()
        .map(super::json::planned)
        .collect();
    let effects = forecast.effects.iter().filter(|e| e.column);
    let effects: Vec<Value> = effects.map(super::json::effect).collect();
    let level = forecast.bands.first().map(|band| band.level);
    object(json!({
        "answer": "scenario", "grain": answer.base.history.grain, "level": level, "steps": rows,
        "base": value(base), "scenario": value(scenario),
        "difference": value(scenario.saturating_sub(base)), "planned": planned, "effects": effects,
        "model": {"name": forecast.model, "reason": forecast.reason},
    }))
}

pub(super) fn csv(answer: &ScenarioAnswer, scale: u8, _unit: &str) -> Vec<Vec<String>> {
    let head = [
        "date",
        "base",
        "base_lower",
        "base_upper",
        "scenario",
        "scenario_lower",
        "scenario_upper",
    ];
    let rows = steps(answer, scale).into_iter().map(|s| {
        let values = s.base.into_iter().chain(s.scenario);
        std::iter::once(s.day)
            .chain(values.map(|v| number::plain(v, scale)))
            .collect()
    });
    std::iter::once(head.map(String::from).to_vec())
        .chain(rows)
        .collect()
}

pub(super) fn markdown(out: &mut Page, answer: &ScenarioAnswer, receipt: &Receipt) {
    let Some(measure) = &receipt.measure else {
        return;
    };
    let steps = steps(answer, measure.scale);
    let (base, scenario) = sums(&steps);
    let grain = answer.base.history.grain;
    let text = |v: i64| number::text(v, measure.scale);
    line(
        out,
        format_args!(
            "**{} for the next {} {grain}s with {}**{}: {} {} instead of {}{}.\n",
            escape(&measure.label),
            steps.len(),
            planned(answer),
            where_clause(receipt),
            text(scenario),
            escape(&measure.unit),
            text(base),
            difference(base, scenario, measure)
        ),
    );
    let level = answer
        .scenario
        .forecast
        .bands
        .first()
        .map_or(0, |b| b.level);
    line(
        out,
        format_args!(
            "| From | Without | With | Difference | {level} % interval with |\n|---|--:|--:|--:|--:|"
        ),
    );
    for step in steps.iter().take(out.rows_max) {
        line(
            out,
            format_args!(
                "| {} | {} | {} | {} | {} to {} |",
                step.day,
                text(step.base[0]),
                text(step.scenario[0]),
                number::signed(step.scenario[0].saturating_sub(step.base[0]), measure.scale),
                text(step.scenario[1]),
                text(step.scenario[2])
            ),
        );
    }
    if steps.len() > out.rows_max {
        let more = steps.len() - out.rows_max;
        line(out, format_args!("\n{more} more steps by the links below."));
    }
    let forecast = &answer.scenario.forecast;
    line(
        out,
        format_args!(
            "\nModel {}; plans change what it says, not how sure it is of the rest.",
            escape(&forecast.model)
        ),
    );
}

fn planned(answer: &ScenarioAnswer) -> String {
    let plans = answer.scenario.planned.iter();
    let plans = plans.filter(|plan| !plan.from_dataset);
    let said: Vec<String> = plans
        .map(|plan| {
            let unit = plan
                .unit
                .as_ref()
                .map_or(String::new(), |u| format!(" {u}"));
            escape(&format!(
                "{} {}{unit} in {} ({})",
                plan.planned.name,
                plan.planned.plan,
                plan.planned.period,
                plan.learnt.name()
            ))
        })
        .collect();
    said.join(", ")
}

fn difference(base: i64, scenario: i64, measure: &MeasureUsed) -> String {
    let moved = number::signed(scenario.saturating_sub(base), measure.scale);
    match number::growth(scenario, base) {
        Some(share) => format!(" ({moved}, {})", number::signed_percent(share)),
        None => format!(" ({moved})"),
    }
}
