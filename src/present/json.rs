//! Answers as JSON: the body of `.json` links and the `structuredContent` of MCP results.

use serde_json::{Map, Value, json};

use super::{number, parts};
use crate::model::answer::{
    Answer, Answered, Backtest, Effect, ForecastAnswer, Parts, PlannedAnswer,
};
use crate::model::planned::{Plan, Planned};
use crate::model::receipt::{QualityUsed, Receipt};

/// The answer with its receipt. `base` stands before links: an origin, or nothing for relative ones.
#[must_use]
pub fn json(answered: &Answered, base: &str) -> Value {
    let receipt = &answered.receipt;
    let scale = receipt.measure.as_ref().map_or(0, |m| m.scale);
    // What connectors look for is that and nothing else.
    match &answered.answer {
        Answer::Search(answer) => return super::found::search(answer, base),
        Answer::Fetch(answer) => return super::found::fetch(answer, receipt, base),
        _ => {}
    }
    let mut out = match &answered.answer {
        Answer::Top(answer) => super::top::json(answer, scale),
        Answer::Forecast(answer) => forecast(answer, scale),
        Answer::Describe(answer) => super::describe::json(answer),
        Answer::Accuracy(answer) => super::accuracy::json(answer, receipt),
        Answer::Search(_) | Answer::Fetch(_) => Map::new(),
        Answer::Compare(answer) => super::compare::json(answer, scale),
        Answer::Trend(answer) => super::trend::json(answer, scale),
        Answer::Targets(answer) => super::target::all_json(answer),
        Answer::Target(answer) => super::target::json(answer, scale),
        Answer::Scenario(answer) => super::scenario::json(answer, scale),
        Answer::Explain(answer) => super::explain::json(answer, scale),
        Answer::Anomalies(answer) => super::anomalies::json(answer, scale),
        Answer::Segments(answer) => super::segments::json(answer, scale),
    };
    let svg = super::svg::can_draw(&answered.answer);
    out.insert("receipt".into(), receipt_json(receipt, base, svg));
    Value::Object(out)
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn forecast(answer: &ForecastAnswer, scale: u8) -> Map<String, Value> {
    let history: Vec<Value> = answer
        .history
        .values
        .iter()
        .enumerate()
        .skip(answer.shown_from)
        .map(|(i, &v)| json!({"date": answer.history.day(i), "value": number::json(v, scale)}))
        .collect();
    let natural = |v: f64| number::json(number::round(v, scale), scale);
    let past = answer.history.values.len();
    let f = &answer.forecast;
    let steps: Vec<Value> = (answer.steps_from..f.point.len())
        .filter_map(|i| {
            let bands: Vec<Value> = f
                .bands
                .iter()
                .filter_map(|b| {
                    let (lower, upper) = (*b.lower.get(i)?, *b.upper.get(i)?);
                    Some(
                        json!({"level": b.level, "lower": natural(lower), "upper": natural(upper)}),
                    )
                })
                .collect();
            let first = bands.first()?;
            let (lower, upper) = (first.get("lower")?.clone(), first.get("upper")?.clone());
            Some(json!({
                "date": answer.history.day(past + i), "estimate": natural(*f.point.get(i)?),
                "lower": lower, "upper": upper, "bands": bands,
            }))
        })
        .collect();
    let mut model =
        object(json!({"name": f.model, "reason": f.reason, "season_steps": f.season_steps}));
    if let Some(backtest) = &f.backtest {
        model.insert("skill".into(), number::ratio(backtest.skill));
        model.insert("backtest".into(), backtest_json(backtest));
    }
    let mut out = object(json!({
        "answer": "forecast", "grain": answer.history.grain, "history": history, "forecast": steps, "model": model,
    }));
    let effects: Vec<Value> = f
        .effects
        .iter()
        .filter(|e| e.steps_ahead > 0)
        .map(effect)
        .collect();
    if !effects.is_empty() {
        out.insert("effects".into(), json!(effects));
    }
    if !answer.planned.is_empty() {
        let planned: Vec<Value> = answer.planned.iter().map(planned).collect();
        out.insert("planned".into(), json!(planned));
    }
    if let Some((day, value)) = answer.partial {
        out.insert(
            "partial".into(),
            json!({"date": day, "value": number::json(value, scale)}),
        );
    }
    if let Some(found) = &answer.parts {
        out.insert("parts".into(), parts_json(found, answer.steps_from, scale));
    }
    out
}

fn parts_json(found: &Parts, steps_from: usize, scale: u8) -> Value {
    let row =
        |values: &[i64]| -> Vec<Value> { values.iter().map(|v| number::json(*v, scale)).collect() };
    let nodes: Vec<Value> = parts::shown(found, steps_from, scale)
        .iter()
        .map(|shown| {
            let steps: Vec<Value> = shown
                .bands
                .iter()
                .map(|(level, lower, upper)| {
                    json!({"level": level, "lower": row(lower), "upper": row(upper)})
                })
                .collect();
            let ends: Vec<Value> = shown
                .ends
                .iter()
                .map(|(level, lower, upper)| {
                    json!({"level": level, "lower": number::json(*lower, scale), "upper": number::json(*upper, scale)})
                })
                .collect();
            let part = shown.part;
            let mut node = object(json!({
                "level": part.level, "id": part.id, "name": part.name, "model": part.forecast.model,
                "sum": number::json(shown.sum, scale), "sum_bands": ends,
                "estimates": row(&shown.estimates), "bands": steps,
            }));
            if let Some(parent) = shown.parent {
                node.insert("parent".into(), json!(parent));
            }
            if part.rest > 0 {
                node.insert("added_together".into(), json!(part.rest));
            }
            Value::Object(node)
        })
        .collect();
    let mut out = object(json!({"by": found.by, "method": found.method, "nodes": nodes}));
    if let Some((parent, _)) = &found.parent {
        out.insert("parent".into(), json!(parent));
    }
    Value::Object(out)
}

pub(super) fn effect(effect: &Effect) -> Value {
    json!({
        "name": effect.name, "offset_days": effect.offset_days, "share": number::ratio(effect.share),
        "occurrences": effect.occurrences, "steps": effect.steps_ahead,
    })
}

/// What became of a plan; `value` with its unit, or `change` as a share.
pub(super) fn planned(plan: &PlannedAnswer) -> Value {
    let from = if plan.from_dataset {
        "dataset"
    } else {
        "question"
    };
    let Planned {
        name,
        period,
        plan: what,
    } = &plan.planned;
    let mut out = object(json!({
        "name": name, "period": period.to_string(), "effect": plan.learnt.name(), "steps": plan.steps, "from": from,
    }));
    match what {
        Plan::Value(_) => out.insert("value".into(), json!(what.natural())),
        Plan::Change(_) => out.insert("change".into(), number::ratio(what.natural())),
    };
    if let Some(unit) = &plan.unit {
        out.insert("unit".into(), json!(unit));
    }
    Value::Object(out)
}

fn backtest_json(backtest: &Backtest) -> Value {
    let candidates: Vec<Value> = backtest
        .candidates
        .iter()
        .map(|c| {
            let mut row = object(json!({"model": c.model}));
            for (name, error) in [("mase", c.mase), ("wape", c.wape)] {
                if let Some(error) = error {
                    row.insert(name.into(), number::ratio(error));
                }
            }
            if let Some(failed) = &c.failed {
                row.insert("failed".into(), json!(failed));
            }
            Value::Object(row)
        })
        .collect();
    let coverage: Vec<Value> = backtest
        .coverage
        .iter()
        .map(|&(level, share)| json!({"level": level, "share": number::ratio(share)}))
        .collect();
    json!({
        "origins": backtest.origins, "horizon_steps": backtest.horizon_steps,
        "candidates": candidates, "coverage": coverage,
    })
}

/// What is not there is left out, but for the two counts that every reader looks for.
fn quality(quality: &QualityUsed) -> Value {
    let mut out = object(json!({
        "rows_used": quality.rows_used, "rows_refused": quality.rows_refused,
    }));
    if quality.rows_suspect > 0 {
        out.insert("rows_suspect".into(), json!(quality.rows_suspect));
    }
    if quality.returns_ppm > 0 {
        let share = number::natural(i64::try_from(quality.returns_ppm).unwrap_or(0), 6);
        out.insert("returns_share".into(), number::ratio(share));
    }
    if !quality.closed_weekdays.is_empty() {
        out.insert("closed_weekdays".into(), json!(quality.closed_weekdays));
    }
    if quality.closed_days > 0 {
        out.insert("closed_days".into(), json!(quality.closed_days));
    }
    if !quality.missing.is_empty() {
        out.insert("missing".into(), json!(quality.missing));
    }
    if !quality.restated.is_empty() {
        out.insert("restated".into(), json!(quality.restated));
    }
    Value::Object(out)
}

fn receipt_json(receipt: &Receipt, base: &str, svg: bool) -> Value {
    let link = |format: &str| format!("{base}{}", receipt.link.url(format));
    let mut links = object(json!({"json": link("json"), "csv": link("csv")}));
    if svg {
        links.insert("svg".into(), json!(link("svg")));
    }
    let resolved: Vec<Value> = receipt
        .resolved
        .iter()
        .map(|r| json!({"dimension": r.dimension, "asked": r.asked, "matched": r.matched, "how": r.how}))
        .collect();
    let mut out = object(json!({
        "dataset": receipt.dataset, "title": receipt.title, "version": receipt.version, "as_of": receipt.as_of,
        "period": receipt.period, "complete": receipt.complete, "resolved": resolved,
        "rows": receipt.rows, "rows_total": receipt.rows_total, "truncated": receipt.truncated,
        "quality": quality(&receipt.quality), "notes": receipt.notes,
        "caveats": receipt.notes.caveats().count(), "links": links,
    }));
    if let Some(m) = &receipt.measure {
        let mut measure =
            json!({"name": m.name, "label": m.label, "unit": m.unit, "scale": m.scale});
        if let (Some(ratio), Some(fields)) = (&m.ratio, measure.as_object_mut()) {
            fields.insert("ratio".into(), json!(ratio));
        }
        out.insert("measure".into(), measure);
    }
    if let Some(offset) = receipt.link.next_offset() {
        out.insert("next_offset".into(), json!(offset));
    }
    if let Some(next) = &receipt.link.next {
        out.insert(
            "next".into(),
            json!(format!("{base}{}.json?{next}", receipt.link.path)),
        );
    }
    Value::Object(out)
}
