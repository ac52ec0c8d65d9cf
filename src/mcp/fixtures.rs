//! What the official conformance suite expects a server to have. Only built with the feature `conformance`, which no
//! shipped build has.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, ErrorData,
    GetPromptRequestParams, GetPromptResponse, GetPromptResult, InputRequests, InputRequiredResult,
    JsonObject, JsonRpcMessage, ProgressNotification, ProgressNotificationParam, Prompt,
    PromptArgument, ReadResourceResponse, Resource, ResourceTemplate, ServerJsonRpcMessage,
    ServerNotification, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, model};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// A red pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
/// Two samples of silence.
const WAV: &str = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQIAAACAgA==";

/// Notifications that a request sends before its result.
#[derive(Debug, Clone, Default)]
pub(super) struct Notices(Arc<Mutex<Vec<ServerJsonRpcMessage>>>);

impl Notices {
    pub(super) fn take(&self) -> Vec<ServerJsonRpcMessage> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn progress(&self, param: ProgressNotificationParam) {
        let notification = ProgressNotification::new(param);
        let notification = ServerNotification::ProgressNotification(notification);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(JsonRpcMessage::notification(notification));
    }
}

fn parsed<T: DeserializeOwned>(value: Value) -> Result<T, ErrorData> {
    serde_json::from_value(value).map_err(|e| ErrorData::internal_error(e.to_string(), None))
}

fn text(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn image() -> Value {
    json!({"type": "image", "data": PNG, "mimeType": "image/png"})
}

fn resource(uri: &str, media_type: &str, text: &str) -> Value {
    json!({"type": "resource", "resource": {"uri": uri, "mimeType": media_type, "text": text}})
}

const PLAIN_TOOLS: [&str; 8] = [
    "test_simple_text",
    "test_image_content",
    "test_audio_content",
    "test_embedded_resource",
    "test_multiple_content_types",
    "test_error_handling",
    "test_tool_with_progress",
    "test_logging_tool",
];

pub(super) fn tools() -> Vec<Tool> {
    let schema = |value: Value| match value {
        Value::Object(map) => map,
        _ => JsonObject::new(),
    };
    let mut tools: Vec<Tool> = PLAIN_TOOLS
        .into_iter()
        .chain(ASKING_TOOLS)
        .map(|name| Tool::new(name, "Fixture", schema(json!({"type": "object"}))))
        .collect();
    tools.push(Tool::new(
        "json_schema_2020_12_tool",
        "Fixture",
        schema(json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "$defs": {"address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            }},
            "properties": {
                "name": {"type": "string"},
                "address": {"$ref": "#/$defs/address"},
                "contactMethod": {"type": "string", "enum": ["phone", "email"]},
                "phone": {"type": "string"},
                "email": {"type": "string"},
            },
            "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
            "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
            "then": {"required": ["phone"]},
            "else": {"required": ["email"]},
            "additionalProperties": false,
        })),
    ));
    tools
}

pub(super) fn call(
    call: &CallToolRequestParams,
    context: &RequestContext<RoleServer>,
) -> Option<Result<CallToolResponse, ErrorData>> {
    let asked = ask(
        &call.name,
        call.input_responses.as_ref(),
        call.request_state.as_deref(),
        context,
    );
    match asked {
        Some(Ok(Some(required))) => return Some(Ok(required.into())),
        Some(Ok(None)) => {
            return Some(result(json!([text("state-ok: every input was given")])));
        }
        Some(Err(error)) => return Some(Err(error)),
        None => {}
    }
    Some(match &*call.name {
        "test_simple_text" => result(json!([text("This is a simple text response for testing.")])),
        "test_logging_tool" => result(json!([text("done, and nothing logged")])),
        "json_schema_2020_12_tool" => result(json!([text("ok")])),
        "test_image_content" => result(json!([image()])),
        "test_audio_content" => {
            result(json!([{"type": "audio", "data": WAV, "mimeType": "audio/wav"}]))
        }
        "test_embedded_resource" => result(json!([resource(
            "test://embedded-resource",
            "text/plain",
            "This is an embedded resource content."
        )])),
        "test_multiple_content_types" => result(json!([
            text("Multiple content types test:"),
            image(),
            resource(
                "test://mixed-content-resource",
                "application/json",
                "{\"test\":\"data\",\"value\":123}"
            ),
        ])),
        "test_error_handling" => Ok(CallToolResult::error(vec![model::ContentBlock::text(
            "This tool intentionally returns an error for testing",
        )])
        .into()),
        "test_tool_with_progress" => {
            let token = context.meta.get_progress_token();
            let notices = context.extensions.get::<Notices>();
            if let (Some(token), Some(notices)) = (token, notices) {
                for progress in [0.0, 50.0, 100.0] {
                    let param = ProgressNotificationParam::new(token.clone(), progress);
                    notices.progress(param.with_total(100.0));
                }
            }
            result(json!([text("done")]))
        }
        _ => return None,
    })
}

fn result(content: Value) -> Result<CallToolResponse, ErrorData> {
    Ok(CallToolResult::success(parsed(content)?).into())
}

pub(super) fn resources() -> Vec<Resource> {
    vec![
        Resource::new("test://static-binary", "static-binary").with_mime_type("image/png"),
        Resource::new("test://static-text", "static-text").with_mime_type("text/plain"),
    ]
}

pub(super) fn templates() -> Vec<ResourceTemplate> {
    vec![
        ResourceTemplate::new("test://template/{id}/data", "template")
            .with_mime_type("application/json"),
    ]
}

pub(super) fn read(uri: &str) -> Option<Result<ReadResourceResponse, ErrorData>> {
    let id = uri
        .strip_prefix("test://template/")
        .and_then(|rest| rest.strip_suffix("/data"));
    let content = match (uri, id) {
        ("test://static-text", _) => json!({
            "uri": uri,
            "mimeType": "text/plain",
            "text": "This is the content of the static text resource.",
        }),
        ("test://static-binary", _) => json!({"uri": uri, "mimeType": "image/png", "blob": PNG}),
        (_, Some(id)) => {
            let data =
                json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")});
            json!({"uri": uri, "mimeType": "application/json", "text": data.to_string()})
        }
        _ => return None,
    };
    Some(parsed(json!([content])).map(|contents| model::ReadResourceResult::new(contents).into()))
}

pub(super) fn prompts() -> Vec<Prompt> {
    let prompt = |name: &str, arguments: &[&str]| {
        let arguments = arguments
            .iter()
            .map(|name| PromptArgument::new(*name).with_required(true))
            .collect();
        Prompt::new(name, Some("Fixture"), Some(arguments))
    };
    vec![
        prompt("test_input_required_result_prompt", &[]),
        prompt("test_prompt_with_arguments", &["arg1", "arg2"]),
        prompt("test_prompt_with_embedded_resource", &["resourceUri"]),
        prompt("test_prompt_with_image", &[]),
        prompt("test_simple_prompt", &[]),
    ]
}

pub(super) fn prompt(
    request: &GetPromptRequestParams,
    context: &RequestContext<RoleServer>,
) -> Option<Result<GetPromptResponse, ErrorData>> {
    let asked = ask(
        &request.name,
        request.input_responses.as_ref(),
        request.request_state.as_deref(),
        context,
    );
    match asked {
        Some(Ok(Some(required))) => return Some(Ok(required.into())),
        Some(Err(error)) => return Some(Err(error)),
        _ => {}
    }
    let argument = |name: &str| -> String {
        let value = request
            .arguments
            .as_ref()
            .and_then(|a| a.get(name)?.as_str());
        value.unwrap_or_default().to_owned()
    };
    let contents = match request.name.as_str() {
        "test_simple_prompt" => vec![text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => vec![text(&format!(
            "Prompt with arguments: arg1='{}', arg2='{}'",
            argument("arg1"),
            argument("arg2")
        ))],
        "test_prompt_with_embedded_resource" => vec![
            resource(
                &argument("resourceUri"),
                "text/plain",
                "Embedded resource content for testing.",
            ),
            text("Please process the embedded resource above."),
        ],
        "test_prompt_with_image" => vec![image(), text("Please analyze the image above.")],
        "test_input_required_result_prompt" => vec![text("Use the context that was given.")],
        _ => return None,
    };
    let messages = contents
        .into_iter()
        .map(|content| json!({"role": "user", "content": content}))
        .collect();
    Some(parsed(Value::Array(messages)).map(|messages| GetPromptResult::new(messages).into()))
}

/// Whether nothing is offered for an argument of a prompt of these.
pub(super) fn completes(request: &CompleteRequestParams) -> bool {
    let prompt = request.r#ref.as_prompt_name();
    prompt.is_some_and(|name| prompts().iter().any(|p| p.name == name))
}

/// Tools that ask the client for input before they answer.
const ASKING_TOOLS: [&str; 10] = [
    "test_input_required_result_capabilities",
    "test_input_required_result_elicitation",
    "test_input_required_result_list_roots",
    "test_input_required_result_multi_round",
    "test_input_required_result_multiple_inputs",
    "test_input_required_result_request_state",
    "test_input_required_result_sampling",
    "test_input_required_result_tampered_state",
    "test_missing_capability",
    "test_streaming_elicitation",
];

/// What is asked in one round, and the state that the client brings back with its answers.
type Round = (Value, Option<&'static str>);

fn elicit(message: &str, field: &str) -> Value {
    let properties = BTreeMap::from([(field, json!({"type": "string"}))]);
    let schema = json!({"type": "object", "properties": properties, "required": [field]});
    json!({"method": "elicitation/create", "params": {"message": message, "requestedSchema": schema}})
}

fn sample(prompt: &str) -> Value {
    let messages = json!([{"role": "user", "content": text(prompt)}]);
    json!({"method": "sampling/createMessage", "params": {"messages": messages, "maxTokens": 100}})
}

fn rounds(name: &str) -> Option<Vec<Round>> {
    let user = elicit("What is your name?", "name");
    let roots = json!({"method": "roots/list", "params": {}});
    Some(match name {
        "test_input_required_result_elicitation" | "test_streaming_elicitation" => {
            vec![(json!({"user_name": user}), None)]
        }
        "test_input_required_result_sampling" => {
            vec![(
                json!({"capital_question": sample("What is the capital of France?")}),
                None,
            )]
        }
        "test_missing_capability" => vec![(json!({"question": sample("Are you there?")}), None)],
        "test_input_required_result_list_roots" => vec![(json!({"client_roots": roots}), None)],
        "test_input_required_result_capabilities" => {
            vec![(
                json!({"user_name": user, "greeting": sample("Generate a greeting")}),
                None,
            )]
        }
        "test_input_required_result_multiple_inputs" => vec![(
            json!({"user_name": user, "greeting": sample("Generate a greeting"), "client_roots": roots}),
            Some("several"),
        )],
        "test_input_required_result_request_state"
        | "test_input_required_result_tampered_state" => {
            vec![(
                json!({"confirm": elicit("Please confirm", "ok")}),
                Some("confirming"),
            )]
        }
        "test_input_required_result_multi_round" => vec![
            (
                json!({"step1": elicit("Step 1: What is your name?", "name")}),
                Some("step 1"),
            ),
            (
                json!({"step2": elicit("Step 2: What is your favorite color?", "color")}),
                Some("step 2"),
            ),
        ],
        "test_input_required_result_prompt" => {
            vec![(
                json!({"user_context": elicit("What context should the prompt use?", "context")}),
                None,
            )]
        }
        _ => return None,
    })
}

/// What has still to be asked; `None` inside when everything was given, `None` outside when nothing ever is.
fn ask(
    name: &str,
    responses: Option<&BTreeMap<String, Value>>,
    state: Option<&str>,
    context: &RequestContext<RoleServer>,
) -> Option<Result<Option<InputRequiredResult>, ErrorData>> {
    let rounds = rounds(name)?;
    // Every state is a known constant, so any other was tampered with.
    let mut current = match state {
        None => 0,
        Some(state) => match rounds.iter().position(|(_, s)| *s == Some(state)) {
            Some(round) => round,
            None => {
                return Some(Err(ErrorData::invalid_params(
                    "requestState is not the one that was issued",
                    None,
                )));
            }
        },
    };
    let capabilities = context
        .client_capabilities()
        .and_then(|capabilities| serde_json::to_value(capabilities).ok())
        .unwrap_or_default();
    if let Some(responses) = responses {
        let (requests, _) = rounds.get(current)?;
        let wanted = declared(requests, &capabilities);
        if wanted
            .keys()
            .all(|key| responses.get(key).is_some_and(Value::is_object))
        {
            current += 1;
        }
    }
    let Some((requests, state)) = rounds.get(current) else {
        return Some(Ok(None));
    };
    let requests = declared(requests, &capabilities);
    if requests.is_empty() {
        let required = parsed(json!({"sampling": {}}));
        return Some(Err(match required {
            Ok(required) => ErrorData::missing_required_client_capability(required),
            Err(error) => error,
        }));
    }
    let requests: Result<InputRequests, ErrorData> = parsed(Value::Object(requests));
    Some(requests.map(|requests| {
        Some(InputRequiredResult::new(
            Some(requests),
            state.map(str::to_owned),
        ))
    }))
}

/// The requests that the client said it can answer.
fn declared(requests: &Value, capabilities: &Value) -> JsonObject {
    let requests = requests.as_object().cloned().unwrap_or_default();
    requests
        .into_iter()
        .filter(|(_, request)| {
            let method = request.get("method").and_then(Value::as_str).unwrap_or("");
            let capability = method.split_once('/').map_or(method, |(first, _)| first);
            capabilities.get(capability).is_some()
        })
        .collect()
}
