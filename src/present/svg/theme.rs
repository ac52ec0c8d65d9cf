//! Colours, and how they change in dark mode.
//!
//! Each shape carries its light colour as an attribute, which every program that imports SVG understands, and a class;
//! the one style sheet only says what the classes look like in dark mode.

/// What a shape is, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paint {
    Background,
    Ink,
    Muted,
    Grid,
    Axis,
    History,
    Forecast,
    Band,
    Bar,
}

impl Paint {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Background => "bg",
            Self::Ink => "ink",
            Self::Muted => "muted",
            Self::Grid => "grid",
            Self::Axis => "axis",
            Self::History => "history",
            Self::Forecast => "forecast",
            Self::Band => "band",
            Self::Bar => "bar",
        }
    }

    pub(super) const fn light(self) -> &'static str {
        match self {
            Self::Background => "#ffffff",
            Self::Ink | Self::History => "#1b2733",
            Self::Muted => "#566473",
            Self::Grid => "#e4e8ed",
            Self::Axis => "#8b98a6",
            Self::Forecast | Self::Band => "#1f62d6",
            Self::Bar => "#2f6fde",
        }
    }
}

/// The style sheet of every chart.
pub(super) const STYLE: &str = "@media (prefers-color-scheme:dark){.bg{fill:#10171f}.ink{fill:#e9eef4}.muted{fill:#a3b0be}.grid{stroke:#27323e}.axis{stroke:#66758a}path.history{stroke:#e9eef4}circle.history{fill:#e9eef4}path.forecast{stroke:#6ea8ff}circle.forecast{fill:#6ea8ff}.band{fill:#6ea8ff;fill-opacity:.26}.bar{fill:#5b97f5}}";

/// The policy that a response with a chart carries: no scripts, no loads, nothing but this style sheet.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'sha256-LWcMqn8GMK1/nMTSyjgTurHhrLEyPhFP63s/HicU+WQ='; sandbox";

/// The fonts, best first; charts never load one.
pub(super) const FONTS: &str = "system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif";

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use sha2::{Digest as _, Sha256};

    #[test]
    fn the_policy_names_the_style_sheet_that_is_written() {
        let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(STYLE));
        assert!(
            CONTENT_SECURITY_POLICY.contains(&format!("'sha256-{hash}'")),
            "the style sheet's hash is {hash}"
        );
    }
}
