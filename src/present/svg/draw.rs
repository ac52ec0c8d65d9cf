//! A small writer of SVG. Only the elements and attributes named here can come out of it, attributes take numbers and
//! our own words alone, and text from the data only ever becomes escaped character data.

use std::fmt::Write as _;

use super::theme::Paint;
use super::words;

/// Every element that a chart can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Svg,
    Title,
    Desc,
    Style,
    Group,
    Rect,
    Path,
    Circle,
    Text,
}

impl Tag {
    const fn name(self) -> &'static str {
        match self {
            Self::Svg => "svg",
            Self::Title => "title",
            Self::Desc => "desc",
            Self::Style => "style",
            Self::Group => "g",
            Self::Rect => "rect",
            Self::Path => "path",
            Self::Circle => "circle",
            Self::Text => "text",
        }
    }
}

/// An attribute's value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Value<'a> {
    Word(&'static str),
    Number(f64),
    Points(&'a Points),
}

/// An attribute.
pub(super) type Attribute<'a> = (&'static str, Value<'a>);

/// Where a text is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Path data, made of points only.
#[derive(Debug, Default)]
pub(super) struct Points(String);

impl Points {
    /// A line through the points.
    pub(super) fn line(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let mut data = String::new();
        for (i, (x, y)) in points.into_iter().enumerate() {
            data.push(if i == 0 { 'M' } else { 'L' });
            push_number(&mut data, x);
            data.push(',');
            push_number(&mut data, y);
        }
        Self(data)
    }

    /// The area inside the points.
    pub(super) fn area(points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let Self(mut data) = Self::line(points);
        data.push('Z');
        Self(data)
    }
}

/// A document being written.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    out: String,
    open: Vec<Tag>,
}

impl Canvas {
    /// Opens an element that has others inside.
    pub(super) fn open(&mut self, tag: Tag, attributes: &[Attribute<'_>]) {
        self.start(tag, attributes);
        self.out.push_str(">\n");
        self.open.push(tag);
    }

    /// Closes the element that was opened last.
    pub(super) fn close(&mut self) {
        if let Some(tag) = self.open.pop() {
            self.end(tag);
        }
    }

    /// An element with nothing inside.
    pub(super) fn shape(&mut self, tag: Tag, attributes: &[Attribute<'_>]) {
        self.start(tag, attributes);
        self.out.push_str("/>\n");
    }

    /// An element with text inside, cleaned and escaped.
    pub(super) fn leaf(&mut self, tag: Tag, attributes: &[Attribute<'_>], text: &str) {
        self.start(tag, attributes);
        self.out.push('>');
        for c in words::clean(text).chars() {
            match c {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                other => self.out.push(other),
            }
        }
        self.end(tag);
    }

    /// A line of text in the group's font.
    pub(super) fn text(&mut self, x: f64, y: f64, anchor: Anchor, text: &str) {
        let at = [("x", Value::Number(x)), ("y", Value::Number(y))];
        let anchored = |word| [at[0], at[1], ("text-anchor", Value::Word(word))];
        match anchor {
            Anchor::Start => self.leaf(Tag::Text, &at, text),
            Anchor::Middle => self.leaf(Tag::Text, &anchored("middle"), text),
            Anchor::End => self.leaf(Tag::Text, &anchored("end"), text),
        }
    }

    /// A group of texts of one size and colour.
    pub(super) fn open_texts(&mut self, paint: Paint, size: f64, is_bold: bool) {
        let weight = if is_bold { "600" } else { "400" };
        self.open(
            Tag::Group,
            &[
                ("class", Value::Word(paint.class())),
                ("fill", Value::Word(paint.light())),
                ("font-size", Value::Number(size)),
                ("font-weight", Value::Word(weight)),
            ],
        );
    }

    /// One text with a size and colour of its own.
    pub(super) fn label(&mut self, paint: Paint, size: f64, at: (f64, f64), text: &str) {
        self.leaf(
            Tag::Text,
            &[
                ("class", Value::Word(paint.class())),
                ("fill", Value::Word(paint.light())),
                ("font-size", Value::Number(size)),
                ("x", Value::Number(at.0)),
                ("y", Value::Number(at.1)),
            ],
            text,
        );
    }

    /// A filled rectangle.
    pub(super) fn rect(&mut self, paint: Paint, x: f64, y: f64, width: f64, height: f64) {
        self.shape(
            Tag::Rect,
            &[
                ("class", Value::Word(paint.class())),
                ("fill", Value::Word(paint.light())),
                ("x", Value::Number(x)),
                ("y", Value::Number(y)),
                ("width", Value::Number(width)),
                ("height", Value::Number(height)),
            ],
        );
    }

    /// A dot.
    pub(super) fn dot(&mut self, paint: Paint, x: f64, y: f64, radius: f64) {
        self.shape(
            Tag::Circle,
            &[
                ("class", Value::Word(paint.class())),
                ("fill", Value::Word(paint.light())),
                ("cx", Value::Number(x)),
                ("cy", Value::Number(y)),
                ("r", Value::Number(radius)),
            ],
        );
    }

    /// A filled area, translucent so that areas inside each other add up.
    pub(super) fn area(&mut self, paint: Paint, opacity: &'static str, points: &Points) {
        self.shape(
            Tag::Path,
            &[
                ("class", Value::Word(paint.class())),
                ("fill", Value::Word(paint.light())),
                ("fill-opacity", Value::Word(opacity)),
                ("d", Value::Points(points)),
            ],
        );
    }

    /// A line; `dashes` is empty for a solid one.
    pub(super) fn line(&mut self, paint: Paint, width: f64, dashes: &'static str, points: &Points) {
        let attributes = [
            ("class", Value::Word(paint.class())),
            ("fill", Value::Word("none")),
            ("stroke", Value::Word(paint.light())),
            ("stroke-width", Value::Number(width)),
            ("stroke-linejoin", Value::Word("round")),
            ("d", Value::Points(points)),
            ("stroke-dasharray", Value::Word(dashes)),
        ];
        let shown = if dashes.is_empty() { 6 } else { 7 };
        self.shape(Tag::Path, attributes.get(..shown).unwrap_or_default());
    }

    /// The document, with whatever is open closed.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.out
    }

    fn start(&mut self, tag: Tag, attributes: &[Attribute<'_>]) {
        self.out.push('<');
        self.out.push_str(tag.name());
        for (name, value) in attributes {
            self.out.push(' ');
            self.out.push_str(name);
            self.out.push_str("=\"");
            match value {
                Value::Word(word) => self.out.push_str(word),
                Value::Number(number) => push_number(&mut self.out, *number),
                Value::Points(points) => self.out.push_str(&points.0),
            }
            self.out.push('"');
        }
    }

    fn end(&mut self, tag: Tag) {
        self.out.push_str("</");
        self.out.push_str(tag.name());
        self.out.push_str(">\n");
    }
}

/// A number to one decimal: the same text on every host, and finer than a pixel at any size.
fn push_number(out: &mut String, number: f64) {
    let tenths = super::scale::whole((number * 10.0).clamp(-1e6, 1e6));
    let sign = if tenths < 0 { "-" } else { "" };
    let (whole, tenth) = (tenths.abs() / 10, tenths.abs() % 10);
    let _ = write!(out, "{sign}{whole}");
    if tenth > 0 {
        let _ = write!(out, ".{tenth}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_spelling() {
        let mut out = String::new();
        for number in [0.0, -0.0, -0.04, 1.0, 1.25, -3.96, 1e300, f64::NAN] {
            push_number(&mut out, number);
            out.push(' ');
        }
        assert_eq!(out, "0 0 0 1 1.3 -4 100000 0 ");
    }

    #[test]
    fn text_is_escaped_and_elements_are_closed() {
        let mut canvas = Canvas::default();
        canvas.open(Tag::Svg, &[]);
        canvas.text(1.0, 2.0, Anchor::End, "<a b=\"c\">&'\u{7}\u{202e}");
        assert_eq!(
            canvas.finish(),
            "<svg>\n<text x=\"1\" y=\"2\" text-anchor=\"end\">&lt;a b=&quot;c&quot;&gt;&amp;&#39;</text>\n</svg>\n"
        );
    }
}
