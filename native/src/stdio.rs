//! MCP over standard input and output, for clients that start the server themselves. Standard output belongs to the
//! protocol: whatever else is to be said goes to standard error.

use nearcast::error::{Error, Result};
use nearcast::limits;
use nearcast::mcp::{Answerer, Handler, McpConfig};
use rmcp::service::{ServerInitializeError, serve_server};
use rmcp::transport::async_rw::AsyncRwTransport;
use tokio::io::{AsyncRead, AsyncWrite};

/// Serves until the client closes standard input.
///
/// # Errors
/// `Upstream` if the client does not speak MCP or the pipe breaks.
pub async fn serve(config: McpConfig, answerer: impl Answerer) -> Result<()> {
    serve_on(tokio::io::stdin(), tokio::io::stdout(), config, answerer).await
}

async fn serve_on<R, W>(
    input: R,
    output: W,
    config: McpConfig,
    answerer: impl Answerer,
) -> Result<()>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let transport =
        AsyncRwTransport::new(input, output).with_max_line_length(limits::REQUEST_BODY_BYTES_MAX);
    let running = match serve_server(Handler::new(config, answerer), transport).await {
        Ok(running) => running,
        // A client that leaves before it said anything has lost nothing.
        Err(ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
        Err(error) => {
            return Err(Error::upstream(format!(
                "the client did not open an MCP session: {error}"
            ))
            .with_source(error));
        }
    };
    match running.waiting().await {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::internal("the MCP session broke off").with_source(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nearcast::model::answer::Presented;
    use nearcast::model::dataset::DatasetId;
    use nearcast::model::query::Question;
    use serde_json::{Value, json};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

    struct Echo;

    impl Answerer for Echo {
        async fn answer(&self, question: Question) -> Result<Presented> {
            tokio::task::yield_now().await;
            Ok(Presented {
                text: format!("asked {}", question.query.name()),
                structured: json!({"answer": question.query.name()}),
            })
        }
    }

    fn config() -> McpConfig {
        McpConfig {
            default_dataset: DatasetId::new("demo").expect("plain"),
            public_url: None,
            version: "1.2.3".into(),
            allowed_origins: Vec::new(),
        }
    }

    async fn talk(messages: &[Value], replies: usize) -> Vec<Value> {
        let (client, server) = tokio::io::duplex(1 << 16);
        let (read, write) = tokio::io::split(server);
        let serving = tokio::spawn(serve_on(read, write, config(), Echo));
        let (read, mut write) = tokio::io::split(client);
        let mut lines = BufReader::new(read).lines();
        let mut got = Vec::new();
        for message in messages {
            let line = format!("{message}\n");
            write.write_all(line.as_bytes()).await.expect("open");
            if message.get("id").is_some() {
                let line = lines.next_line().await.expect("open").expect("a reply");
                got.push(serde_json::from_str(&line).expect("JSON"));
            }
        }
        assert_eq!(got.len(), replies);
        write.shutdown().await.expect("open");
        drop((write, lines));
        serving.await.expect("no panic").expect("a clean end");
        got
    }

    #[tokio::test]
    async fn a_handshake_and_a_call() {
        let replies = talk(
            &[
                json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
                    "protocolVersion": "2025-06-18", "capabilities": {},
                    "clientInfo": {"name": "test", "version": "0"}}}),
                json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
                json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}),
                json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {
                    "name": "top_n_products", "arguments": {"n": 5}}}),
                json!({"jsonrpc": "2.0", "id": 4, "method": "tools/call", "params": {
                    "name": "top_n_products", "arguments": {"n": "many"}}}),
            ],
            4,
        )
        .await;
        assert_eq!(replies[0]["result"]["protocolVersion"], "2025-06-18");
        assert_eq!(replies[0]["result"]["serverInfo"]["version"], "1.2.3");
        let tools = replies[1]["result"]["tools"].as_array().unwrap();
        assert!(tools.iter().any(|tool| tool["name"] == "top_n_products"));
        assert_eq!(replies[2]["result"]["content"][0]["text"], "asked top");
        assert_eq!(replies[2]["result"]["structuredContent"]["answer"], "top");
        assert_eq!(replies[3]["result"]["isError"], true);
    }

    #[tokio::test]
    async fn the_newest_revision_needs_no_handshake() {
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {}});
        let replies = talk(
            &[
                json!({"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": meta}}),
                json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
                    "_meta": meta, "name": "describe_data"}}),
            ],
            2,
        )
        .await;
        let versions = replies[0]["result"]["supportedVersions"].as_array();
        assert!(versions.expect("a list").contains(&json!("2026-07-28")));
        assert_eq!(replies[1]["result"]["resultType"], "complete");
        assert_eq!(replies[1]["result"]["content"][0]["text"], "asked describe");
    }

    #[tokio::test]
    async fn a_client_that_leaves_at_once_is_no_error() {
        talk(&[], 0).await;
    }
}
