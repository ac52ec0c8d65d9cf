//! What people ask, answered by the tools, against DuckDB over the same rows: see README.md beside this file.

#![expect(
    clippy::indexing_slicing,
    reason = "a field that is not there fails the test"
)]

mod data;
mod expect;
mod explained;
mod oracle;
mod question;
mod rules;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use data::{Data, NOW, ORIGIN, data};
use nearcast::engine::Memory;
use nearcast_tests::asking::{body, request, send_to, text, tool_request};
use nearcast_tests::fit::misfit;
use nearcast_tests::tokenizer::tokens;
use question::{Call, KINDS, Question, TOKENS_MAX};
use serde_json::{Value, json};

/// What begins the explanation in a text.
const EXPLANATION: &str = "\n### What was read\n";
/// The tools whose rows are sums of source rows, so that their SQL says where each value stands.
const PLACED_TOOLS: [&str; 8] = [
    "compare_periods",
    "describe_data",
    "explain_change",
    "forecast_sales",
    "sales_trend",
    "segment_products",
    "top_n_products",
    "track_target",
];
/// The tools whose rows lie in documents and names.
const TOOLS_WITHOUT_SUMS: [&str; 2] = ["fetch", "search"];
/// The tools whose answers have the shape that connectors read: no receipt, and JSON for text.
const CONNECTOR_TOOLS: [&str; 2] = ["search", "fetch"];
const QUESTIONS_MIN: usize = 60;
const CALLS_MAX: usize = 2;
const TOKENS_MEDIAN_MAX: usize = 400;

/// A call of a question, and what came back.
struct Answered<'a> {
    question: &'a Question,
    call: &'a Call,
    /// `content` as text.
    text: String,
    /// `structuredContent`, and the answer's CSV; nothing if it was refused.
    answer: Option<(Value, String)>,
    tokens: usize,
}

#[test]
fn every_question_is_answered_as_the_rows_say() {
    let data = data();
    let questions = question::all();
    let schemas = schemas(&data);
    let mut answers: Vec<Answered> = Vec::new();
    let mut wrong: Vec<String> = Vec::new();
    for question in &questions {
        for call in &question.call {
            match ask(&data, question, call) {
                Ok(answered) => answers.push(answered),
                Err(why) => wrong.push(format!("{}: {why}", question.name)),
            }
        }
    }
    wrong.extend(set(&questions, &schemas, &answers));
    for answered in &answers {
        wrong.extend(said(answered, &schemas));
    }
    wrong.extend(against_the_rows(&data, &answers));
    show(&answers);
    wrong.sort();
    assert!(
        wrong.is_empty(),
        "{} faults in {} questions:\n{}",
        wrong.len(),
        questions.len(),
        wrong.join("\n")
    );
}

/// The output schema of each tool.
fn schemas(data: &Data) -> BTreeMap<String, Value> {
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    let mut message = tool_request("", &json!({}));
    *message.body_mut() = list.to_string().into();
    let outcome = send_to(&Memory::default(), &data.store, &data.config, message, NOW);
    let mut listed = body(&outcome.response);
    let Value::Array(tools) = listed["result"]["tools"].take() else {
        panic!("no tools: {listed}");
    };
    let each = tools.into_iter().map(|mut tool| {
        let name = tool["name"].as_str().expect("a name").to_owned();
        (name, tool["outputSchema"].take())
    });
    each.collect()
}

/// Makes a call as a host would, and follows the link to its CSV. Every call wants its explanation, which stands at the end of
/// the text: the rest is what anyone gets.
fn ask<'a>(data: &Data, question: &'a Question, call: &'a Call) -> Result<Answered<'a>, String> {
    let memory = Memory::default();
    let mut arguments = call.arguments();
    arguments["explain"] = json!(true);
    let message = tool_request(&call.tool, &arguments);
    let outcome = send_to(&memory, &data.store, &data.config, message, NOW);
    let mut said = body(&outcome.response);
    let mut result = said["result"].take();
    let Some(content) = result["content"][0]["text"].as_str() else {
        return Err(format!("{} says {said}", call.tool));
    };
    let content = if content.starts_with('{') {
        let mut plain = result["structuredContent"].clone();
        let plain = plain.as_object_mut().map(|fields| fields.remove("explain"));
        if plain.is_none() {
            return Err(format!("{} says {said}", call.tool));
        }
        let mut told: Value = serde_json::from_str(content).map_err(|error| error.to_string())?;
        if told != result["structuredContent"] {
            return Err(format!("{}: text and structure differ", call.tool));
        }
        told.as_object_mut().map(|fields| fields.remove("explain"));
        told.to_string()
    } else {
        let end = content.find(EXPLANATION).unwrap_or(content.len());
        content[..end].to_owned()
    };
    let answer = if result["isError"] == true {
        None
    } else {
        let answer = result["structuredContent"].take();
        let csv = if CONNECTOR_TOOLS.contains(&call.tool.as_str()) {
            String::new()
        } else {
            csv_of(&answer, &memory, data)?
        };
        Some((answer, csv))
    };
    Ok(Answered {
        question,
        call,
        tokens: tokens(&content),
        text: content,
        answer,
    })
}

/// The CSV behind an answer's link.
fn csv_of(answer: &Value, memory: &Memory, data: &Data) -> Result<String, String> {
    let link = answer["receipt"]["links"]["csv"].as_str().unwrap_or("none");
    let link = link.strip_prefix(ORIGIN).unwrap_or(link);
    let linked = send_to(
        memory,
        &data.store,
        &data.config,
        request("GET", link, &[]),
        NOW,
    );
    if linked.response.status() != 200 {
        return Err(format!(
            "{link} is answered {}: {}",
            linked.response.status(),
            text(&linked.response)
        ));
    }
    Ok(text(&linked.response))
}

/// What has to hold of the whole set.
fn set(
    questions: &[Question],
    schemas: &BTreeMap<String, Value>,
    answers: &[Answered],
) -> Vec<String> {
    let mut wrong = Vec::new();
    if questions.len() < QUESTIONS_MIN {
        wrong.push(format!("there are only {} questions", questions.len()));
    }
    for question in questions {
        let calls = question.call.len();
        if !(1..=CALLS_MAX).contains(&calls) {
            wrong.push(format!("{}: {calls} calls", question.name));
        }
        let checked = question.call.iter().all(Call::expects_something);
        if question.ask.is_empty() || !checked {
            wrong.push(format!(
                "{}: it has no words, or expects nothing of a call",
                question.name
            ));
        }
    }
    for tool in schemas.keys() {
        if !answers.iter().any(|answered| answered.call.tool == *tool) {
            wrong.push(format!(
                "no question asks {tool}: add one to tests/eval/questions"
            ));
        }
    }
    // A refusal is short: it is no answer.
    let told = answers.iter().filter(|answered| answered.answer.is_some());
    let mut costs: Vec<usize> = told.map(|answered| answered.tokens).collect();
    costs.sort_unstable();
    let median = costs.get(costs.len() / 2).copied().unwrap_or(0);
    println!("{} answers, tokens: median {median}", costs.len());
    if median >= TOKENS_MEDIAN_MAX {
        wrong.push(format!("the median answer has {median} tokens"));
    }
    wrong
}

/// What is wrong with an answer by itself.
fn said(answered: &Answered, schemas: &BTreeMap<String, Value>) -> Vec<String> {
    let call = answered.call;
    let mut wrong = Vec::new();
    let lower = answered.text.to_lowercase();
    for part in &call.contains {
        if !answered.text.contains(part) {
            wrong.push(format!("does not say {part:?}"));
        }
    }
    for part in &call.absent {
        if answered.text.contains(part) {
            wrong.push(format!("says {part:?}"));
        }
    }
    let tokens_max = call.tokens_max.unwrap_or(TOKENS_MAX);
    if answered.tokens > tokens_max {
        wrong.push(format!("{} tokens, not {tokens_max}", answered.tokens));
    }
    match (&answered.answer, call.refused.as_slice()) {
        (None, []) => wrong.push("is refused".into()),
        (None, parts) => {
            let missing = parts
                .iter()
                .filter(|part| !lower.contains(&part.to_lowercase()));
            wrong.extend(missing.map(|part| format!("is refused without {part:?}")));
        }
        (Some((answer, csv)), []) => {
            for (pointer, wanted) in &call.is {
                if answer.pointer(pointer).unwrap_or(&Value::Null) != wanted {
                    wrong.push(format!(
                        "{pointer} is {}, not {wanted}",
                        answer.pointer(pointer).unwrap_or(&Value::Null)
                    ));
                }
            }
            for part in &call.csv_contains {
                if !csv.contains(part) {
                    wrong.push(format!("its CSV does not have {part:?}"));
                }
            }
            let schema = schemas.get(&call.tool).unwrap_or(&Value::Null);
            if CONNECTOR_TOOLS.contains(&call.tool.as_str()) {
                wrong.extend(misfit(schema, answer));
                return wrong;
            }
            wrong.extend(rules::broken(
                schema,
                call.dataset(),
                answer,
                &answered.text,
                csv,
            ));
        }
        (Some(_), parts) => wrong.push(format!("is answered, and not refused with {parts:?}")),
    }
    let told = |why: String| format!("{}: {} {why}", answered.question.name, call.tool);
    let mut wrong: Vec<String> = wrong.into_iter().map(told).collect();
    if let (Some(first), None) = (wrong.first_mut(), &answered.answer) {
        let _ = write!(first, "\n    {}", answered.text);
    }
    wrong
}

/// Where the answers differ from what DuckDB says of the rows.
fn against_the_rows(data: &Data, answers: &[Answered]) -> Vec<String> {
    let mut queries = Vec::new();
    let mut asked = Vec::new();
    for answered in answers {
        let Some((answer, _)) = &answered.answer else {
            continue;
        };
        for oracle in &answered.call.oracle {
            queries.push((answered.call.dataset(), oracle.sql.as_str()));
            asked.push((answered, answer, Ok(oracle)));
        }
        // An answer's own SQL has to say what the answer says.
        for statement in explained::statements(answer) {
            let sql = statement["query"].as_str().unwrap_or_default();
            queries.push((answered.call.dataset(), sql));
            asked.push((answered, answer, Err(statement)));
        }
    }
    let said = oracle::ask(&data.tables, &queries);
    let mut wrong = Vec::new();
    let (mut placed, mut explained) = (BTreeMap::new(), BTreeMap::new());
    for ((answered, answer, oracle), said) in asked.into_iter().zip(said) {
        let told =
            |why: String| format!("{}: {} {why}", answered.question.name, answered.call.tool);
        let columns = match said {
            Ok(columns) => columns,
            Err(why) => {
                wrong.push(told(why));
                continue;
            }
        };
        let oracle = match oracle {
            Ok(oracle) => oracle,
            Err(statement) => {
                let (compared, faults) = explained::check(answer, statement, &columns);
                if statement.get("fields").is_some() {
                    *placed.entry(answered.question.name.clone()).or_insert(0) += compared;
                }
                *explained.entry(answered.question.name.clone()).or_insert(0) += compared;
                let about = &statement["about"];
                wrong.extend(
                    faults
                        .into_iter()
                        .map(|why| told(format!("explained: {about}: {why}"))),
                );
                continue;
            }
        };
        for (column, pointer) in &oracle.expect {
            match columns.get(column) {
                Some(values) => {
                    wrong.extend(expect::difference(answer, pointer, values).map(told));
                }
                None => wrong.push(told(format!("the SQL has no column {column:?}"))),
            }
        }
    }
    // Nothing that is summed goes unchecked.
    for answered in answers {
        let Some((answer, _)) = &answered.answer else {
            continue;
        };
        let (name, tool) = (answered.question.name.as_str(), answered.call.tool.as_str());
        // A forecast may be asked without the history that it is made of.
        let is_placed = PLACED_TOOLS.contains(&tool) && answer["history"] != json!([]);
        let is_summed = !TOOLS_WITHOUT_SUMS.contains(&tool);
        if (is_placed && !placed.contains_key(name)) || (is_summed && !explained.contains_key(name))
        {
            wrong.push(format!("{name}: {tool} has no SQL that could be checked"));
        }
    }
    println!(
        "explained: {} values of {} questions compared with their SQL",
        explained.values().sum::<usize>(),
        explained.len()
    );
    wrong
}

/// Tokens by kind; `EVAL_SHOW=ranking/` (a part of a name) prints the answers in full.
fn show(answers: &[Answered]) {
    let wanted = std::env::var("EVAL_SHOW").ok();
    for answered in answers {
        let name = &answered.question.name;
        if wanted.as_ref().is_some_and(|part| name.contains(part)) {
            let (answer, csv) = match &answered.answer {
                Some((answer, csv)) => (format!("{answer}"), csv.as_str()),
                None => ("refused".into(), ""),
            };
            let arguments = answered.call.arguments();
            println!(
                "==== {name}: {}\n{} {arguments}\n{}\n---- {} tokens\n{csv}\n{answer}\n",
                answered.question.ask, answered.call.tool, answered.text, answered.tokens
            );
        }
    }
    for kind in KINDS {
        let mut costs: Vec<usize> = answers
            .iter()
            .filter(|answered| answered.question.name.starts_with(kind))
            .map(|answered| answered.tokens)
            .collect();
        costs.sort_unstable();
        if let (Some(median), Some(most)) = (costs.get(costs.len() / 2), costs.last()) {
            println!(
                "{kind}: {} calls, tokens: median {median}, most {most}",
                costs.len()
            );
        }
    }
}
