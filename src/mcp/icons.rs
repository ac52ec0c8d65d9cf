//! Icons: a line drawing for each tool, and the server's own.
//!
//! They are `data:` URIs in the lists: together some 4 kB, which no model reads. Addresses at the server's own origin would
//! be shorter, but over stdio there is no origin, over HTTP it need not be configured, and clients refuse icons of others.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rmcp::model::Icon;

const SERVER: &str = include_str!("../../static/icon.svg");

/// What is drawn for each tool, in a square of 24.
const PATHS: [(&str, &str); 13] = [
    ("compare_periods", "M5 20V10M10 20V4M15 20v-7M20 20V8"),
    ("describe_data", "M4 5h16v14H4zM4 10h16M10 5v14"),
    ("explain_change", "M4 20V4h5v5h5v5h5v6"),
    ("fetch", "M6 3h9l4 4v14H6zM9 12h7M9 16h7"),
    ("find_anomalies", "M3 14h4l3-9 4 14 3-5h4"),
    (
        "forecast_accuracy",
        "M12 3a9 9 0 1 0 9 9M12 8a4 4 0 1 0 4 4M12 12l9-9",
    ),
    ("forecast_sales", "M3 17l5-6 4 3M14 12l2-2M18 8l3-3"),
    ("sales_trend", "M3 17l6-6 4 4 8-9M15 6h6v6"),
    ("scenario", "M3 12h6c5 0 5-6 12-6M9 12c5 0 5 6 12 6"),
    ("search", "M10 4a6 6 0 1 0 .01 0M15 15l6 6"),
    (
        "segment_products",
        "M12 3a9 9 0 1 0 9 9h-9zM16 3a6 6 0 0 1 5 5h-5z",
    ),
    ("top_n_products", "M4 20v-6h5M9 20V5h6v15M15 11h5v9M2 20h20"),
    ("track_target", "M5 21V4h13l-3 4 3 4H5"),
];

/// A tool's icon.
pub(super) fn tool(name: &str) -> Vec<Icon> {
    let path = PATHS.iter().find(|(tool, _)| *tool == name);
    let drawn = path.map(|(_, path)| {
        icon(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 24 24\"><path d=\"{path}\" fill=\"none\" stroke=\"#2f7de1\" stroke-width=\"2\"/></svg>"
        ))
    });
    drawn.into_iter().collect()
}

/// The server's icon.
pub(super) fn server() -> Vec<Icon> {
    vec![icon(SERVER.trim())]
}

fn icon(svg: &str) -> Icon {
    Icon::new(format!(
        "data:image/svg+xml;base64,{}",
        BASE64_STANDARD.encode(svg)
    ))
    .with_mime_type("image/svg+xml")
    .with_sizes(vec!["any".to_owned()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn icons_are_drawings_and_nothing_else() {
        for (name, _) in PATHS {
            let drawn = tool(name);
            let src = drawn.first().map_or("", |icon| icon.src.as_str());
            let base64 = src.trim_start_matches("data:image/svg+xml;base64,");
            let svg = BASE64_STANDARD.decode(base64).unwrap_or_default();
            let svg = String::from_utf8(svg).unwrap_or_default();
            assert!(
                svg.starts_with("<svg ") && svg.ends_with("/></svg>"),
                "{name}: {svg}"
            );
            assert_eq!(svg.matches('<').count(), 3, "{name}: {svg}");
        }
        assert!(tool("nothing").is_empty());
    }
}
