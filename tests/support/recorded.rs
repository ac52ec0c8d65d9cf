//! Recorded requests: each file is a list of steps, sent in order to one host after the other. See `tests/hosts/README.md`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::client::{Request, Response};

/// One step of a recorded file.
#[derive(Debug, Clone)]
pub struct Step {
    /// `file: name`.
    pub name: String,
    request: Request,
    /// The status that all hosts are to answer with.
    pub status: u16,
    /// Headers that they are to answer with: a value, or none where the header may not be there.
    pub headers: Vec<(String, Option<String>)>,
    /// Texts that are to be in the body.
    pub contains: Vec<String>,
    /// JSON pointers of values that differ with time, left out of the comparison.
    pub masked: Vec<String>,
}

/// Reads every `*.json` of a directory, in order of their names.
///
/// # Panics
/// If one is not as it should be: the message names it.
#[must_use]
pub fn files(directory: &Path) -> Vec<(String, Vec<Step>)> {
    let mut paths: Vec<_> = fs::read_dir(directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("the directory can be listed").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .collect();
    paths.sort();
    assert!(
        !paths.is_empty(),
        "{} has no recorded requests",
        directory.display()
    );
    paths.iter().map(|path| file(path)).collect()
}

fn file(path: &Path) -> (String, Vec<Step>) {
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let steps: Vec<Value> =
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let steps = steps.iter().map(|step| self::step(&name, step)).collect();
    (name, steps)
}

const KEYS: [&str; 9] = [
    "name",
    "method",
    "target",
    "headers",
    "body",
    "body_bytes",
    "status",
    "expect",
    "mask",
];

fn step(file: &str, step: &Value) -> Step {
    let name = format!(
        "{file}: {}",
        step["name"].as_str().unwrap_or("a step without a name")
    );
    for key in step
        .as_object()
        .unwrap_or_else(|| panic!("{name} is no object"))
        .keys()
    {
        assert!(
            KEYS.contains(&key.as_str()),
            "{name}: {key:?} is none of {KEYS:?}"
        );
    }
    let pairs = |value: &Value| -> Vec<(String, Option<String>)> {
        let object = value.as_object().into_iter().flatten();
        object
            .map(|(key, value)| (key.clone(), value.as_str().map(str::to_owned)))
            .collect()
    };
    let texts = |value: &Value| -> Vec<String> {
        let list = value.as_array().into_iter().flatten();
        list.filter_map(|text| text.as_str().map(str::to_owned))
            .collect()
    };
    let body = match (&step["body"], step["body_bytes"].as_u64()) {
        (Value::Null, None) => Vec::new(),
        (Value::Null, Some(count)) => {
            vec![b'x'; usize::try_from(count).expect("it fits into memory")]
        }
        (Value::String(text), _) => text.clone().into_bytes(),
        (json, _) => json.to_string().into_bytes(),
    };
    Step {
        request: Request {
            method: step["method"].as_str().unwrap_or("GET").to_owned(),
            target: step["target"]
                .as_str()
                .unwrap_or_else(|| panic!("{name} has no target"))
                .to_owned(),
            headers: pairs(&step["headers"])
                .into_iter()
                .map(|(name, value)| (name, value.unwrap_or_default()))
                .collect(),
            body,
        },
        status: step["status"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or_else(|| panic!("{name} does not say which status it expects")),
        headers: pairs(&step["expect"]["headers"]),
        contains: texts(&step["expect"]["contains"]),
        masked: texts(&step["mask"]),
        name,
    }
}

impl Step {
    /// The request with its `{{placeholders}}` filled in.
    ///
    /// # Panics
    /// If one has no value.
    #[must_use]
    pub fn request(&self, values: &BTreeMap<String, String>) -> Request {
        let fill =
            |text: &str| fill(text, values).unwrap_or_else(|why| panic!("{}: {why}", self.name));
        let mut headers: Vec<_> = self
            .request
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), fill(value)))
            .collect();
        // The name under which every host of the test is known: the port of each is its own.
        if !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            headers.insert(0, ("Host".into(), fill("{{host}}")));
        }
        Request {
            method: self.request.method.clone(),
            target: fill(&self.request.target),
            headers,
            body: match String::from_utf8(self.request.body.clone()) {
                Ok(text) if text.len() < 100_000 => fill(&text).into_bytes(),
                _ => self.request.body.clone(),
            },
        }
    }

    /// What is wrong with a response by itself.
    #[must_use]
    pub fn complaints(
        &self,
        response: &Response,
        values: &BTreeMap<String, String>,
    ) -> Vec<String> {
        let mut complaints = Vec::new();
        if response.status != self.status {
            complaints.push(format!(
                "status {} instead of {}",
                response.status, self.status
            ));
        }
        for (name, wanted) in &self.headers {
            let wanted = wanted
                .as_ref()
                .map(|text| fill(text, values).unwrap_or_else(|why| why));
            let got = response.header(&name.to_ascii_lowercase());
            if got != wanted.as_deref() {
                complaints.push(format!("{name}: {got:?} instead of {wanted:?}"));
            }
        }
        let body = String::from_utf8_lossy(&response.body);
        for text in &self.contains {
            let text = fill(text, values).unwrap_or_else(|why| why);
            if !body.contains(&text) {
                complaints.push(format!("{text:?} is not in the body"));
            }
        }
        complaints
    }
}

fn fill(text: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after
            .split_once("}}")
            .ok_or_else(|| format!("{text:?} opens a placeholder and does not close it"))?;
        let value = values.get(name).ok_or_else(|| {
            format!(
                "there is no {{{{{name}}}}}, but {:?}",
                values.keys().collect::<Vec<_>>()
            )
        })?;
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Headers that a server or a platform sets by itself; all others are the core's and have to agree.
const OF_SERVERS: [&str; 8] = [
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "server",
    "transfer-encoding",
    "cf-ray",
    "cf-cache-status",
];

/// Where two responses differ, as lines for people; nothing if they do not.
#[must_use]
pub fn differences(step: &Step, one: (&str, &Response), other: (&str, &Response)) -> Vec<String> {
    let ((one_name, one), (other_name, other)) = (one, other);
    let mut lines = Vec::new();
    let mut differ = |what: &str, a: &str, b: &str| {
        if a != b {
            lines.push(format!(
                "{what}\n  {one_name:>7}: {a}\n  {other_name:>7}: {b}"
            ));
        }
    };
    differ("status", &one.status.to_string(), &other.status.to_string());
    let (ours, theirs) = (core_headers(one), core_headers(other));
    let names: std::collections::BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    for name in names {
        let of = |map: &BTreeMap<String, String>| {
            map.get(name)
                .map_or_else(|| "(not there)".into(), String::clone)
        };
        differ(name, &of(&ours), &of(&theirs));
    }
    let (a, b) = (masked(step, &one.body), masked(step, &other.body));
    if a != b {
        let at = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
        differ(
            &format!("body, from byte {at} of {} and {}", a.len(), b.len()),
            &excerpt(&a, at),
            &excerpt(&b, at),
        );
    }
    lines
}

fn core_headers(response: &Response) -> BTreeMap<String, String> {
    let mut map = BTreeMap::<String, String>::new();
    for (name, value) in &response.headers {
        if !OF_SERVERS.contains(&name.as_str()) {
            map.entry(name.clone())
                .and_modify(|all| *all = format!("{all}, {value}"))
                .or_insert_with(|| value.clone());
        }
    }
    map
}

/// The body without the values that differ with time. One that has none of them is compared byte for byte.
fn masked(step: &Step, body: &[u8]) -> Vec<u8> {
    if step.masked.is_empty() {
        return body.to_vec();
    }
    let Ok(mut json) = serde_json::from_slice::<Value>(body) else {
        return body.to_vec();
    };
    for pointer in &step.masked {
        if let Some(value) = json.pointer_mut(pointer) {
            *value = Value::Null;
        }
    }
    json.to_string().into_bytes()
}

fn excerpt(body: &[u8], at: usize) -> String {
    let start = at.saturating_sub(40);
    let end = body.len().min(at + 120);
    format!(
        "...{}...",
        String::from_utf8_lossy(body.get(start..end).unwrap_or_default())
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        Response {
            status,
            headers: headers
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            body: body.into(),
        }
    }

    #[test]
    fn every_difference_is_told_and_only_those() {
        let plain = step("f", &json!({"name": "n", "target": "/", "status": 200}));
        let one = answer(200, &[("etag", "\"a\""), ("date", "now")], "abc");
        assert_eq!(
            differences(&plain, ("native", &one), ("worker", &one)),
            Vec::<String>::new()
        );
        let other = answer(404, &[("date", "then"), ("vary", "x")], "abd");
        let told = differences(&plain, ("native", &one), ("worker", &other)).join("\n");
        for text in [
            "200",
            "404",
            "etag",
            "(not there)",
            "vary",
            "body, from byte 2 of 3 and 3",
        ] {
            assert!(told.contains(text), "{text} in {told}");
        }
        assert!(!told.contains("then"), "{told}");
    }

    #[test]
    fn masks_hide_what_they_name() {
        let masking = step(
            "f",
            &json!({"name": "n", "target": "/", "status": 200, "mask": ["/a/t"]}),
        );
        let at = |t: u32, v: u32| answer(200, &[], &json!({"a": {"t": t}, "v": v}).to_string());
        assert!(differences(&masking, ("a", &at(1, 1)), ("b", &at(2, 1))).is_empty());
        assert!(!differences(&masking, ("a", &at(1, 1)), ("b", &at(2, 2))).is_empty());
    }

    #[test]
    fn placeholders_are_filled_or_complained_about() {
        let values = BTreeMap::from([("version".to_owned(), "0f".to_owned())]);
        assert_eq!(fill("/v/{{version}}/x", &values).as_deref(), Ok("/v/0f/x"));
        assert!(fill("{{verson}}", &values).is_err());
        assert!(fill("{{version", &values).is_err());
    }
}
