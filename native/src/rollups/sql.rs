//! The query that rolls source rows up, for the engine that holds them.

use clap::ValueEnum;
use nearcast::error::{Error, Result};
use nearcast::ingest::Config;

use super::layout::{
    DAY, EMPTIES, GRAIN, Grain, LINES, Layout, MONTH, MeasureColumn, NEGATIVES, ROUNDED,
};

/// An engine that runs the query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Dialect {
    /// DuckDB.
    Duckdb,
    /// Apache Spark 3.4 or newer.
    Spark,
    /// Trino, and Athena.
    Trino,
    /// Google `BigQuery`.
    Bigquery,
}

/// What differs between the engines.
struct Words {
    /// Around a column's name.
    quote: char,
    text: &'static str,
    whole: &'static str,
    /// Holds every value of a measure exactly, with as many decimals as are ever kept.
    exact: &'static str,
    /// The first day of the month of `day`.
    month: &'static str,
    note: &'static str,
}

impl Dialect {
    /// Every engine.
    pub const ALL: [Self; 4] = [Self::Duckdb, Self::Spark, Self::Trino, Self::Bigquery];

    /// Its name on the command line, and of its file in `deploy/rollup`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Duckdb => "duckdb",
            Self::Spark => "spark",
            Self::Trino => "trino",
            Self::Bigquery => "bigquery",
        }
    }

    const fn words(self) -> Words {
        let plain = Words {
            quote: '"',
            text: "VARCHAR",
            whole: "BIGINT",
            exact: "DECIMAL(18, 6)",
            month: "CAST(DATE_TRUNC('month', day) AS DATE)",
            note: "-- Run it with: duckdb < FILE",
        };
        match self {
            Self::Duckdb => plain,
            Self::Spark => Words {
                quote: '`',
                text: "STRING",
                month: "TRUNC(day, 'MM')",
                note: "-- Run it with: spark-sql -f FILE",
                ..plain
            },
            Self::Trino => Words {
                note: "-- Athena: as it is. Trino: with a catalogue of type hive.",
                ..plain
            },
            Self::Bigquery => Words {
                quote: '`',
                text: "STRING",
                whole: "INT64",
                exact: "NUMERIC",
                month: "DATE_TRUNC(day, MONTH)",
                note: "-- Run it with: bq query --use_legacy_sql=false < FILE",
            },
        }
    }

    /// The statement around the query.
    fn statement(self, query: &str, out: &str) -> String {
        let folder = literal(out.trim_end_matches('/'));
        match self {
            Self::Duckdb => format!(
                "COPY (\n{query}\n) TO {} (FORMAT parquet, COMPRESSION zstd);\n",
                literal(&format!("{}/cells.parquet", out.trim_end_matches('/')))
            ),
            // A sum that does not fit fails instead of wrapping around.
            Self::Spark => format!(
                "SET spark.sql.ansi.enabled = true;\n\nINSERT OVERWRITE DIRECTORY {folder} USING parquet\n{query};\n"
            ),
            Self::Trino => format!(
                "CREATE TABLE nearcast_rollup\nWITH (format = 'PARQUET', external_location = {folder})\nAS\n{query};\n"
            ),
            Self::Bigquery => format!(
                "EXPORT DATA OPTIONS (uri = {}, format = 'PARQUET', overwrite = true)\nAS\n{query};\n",
                literal(&format!("{}/cells-*.parquet", out.trim_end_matches('/')))
            ),
        }
    }
}

/// The query for what a `dataset.toml` says. `source` is a table, or what stands for one after FROM; `out` the folder that
/// the engine writes into.
///
/// # Errors
/// `Invalid` if `dataset.toml` says too little, or names dates that SQL does not read.
pub fn rollup_sql(dialect: Dialect, config: &Config, source: &str, out: &str) -> Result<String> {
    let layout = Layout::of(config)?;
    let words = dialect.words();
    let parts = [
        format!(
            "-- Rolls source rows up for: nearcast ingest --rollups DIR --config dataset.toml\n\
             -- Made by `nearcast rollup-sql --dialect {}`; make it again when dataset.toml changes.\n{}\n\
             -- By hand: replace the source after the first FROM and the folder, and in `typed` the columns.\n\n",
            dialect.name(),
            words.note,
        ),
        dialect.statement(&query(config, &layout, &words, source)?, out),
    ];
    Ok(parts.concat())
}

/// The source's columns as day, text and exact numbers.
fn typed(config: &Config, layout: &Layout, words: &Words) -> Result<Vec<String>> {
    let mut typed = vec![format!("{} AS {DAY}", day(config, words)?)];
    for (told, columns) in config.dimension.iter().zip(&layout.dimensions) {
        let text = |column: &str| {
            format!(
                "TRIM(COALESCE(CAST({} AS {}), ''))",
                quoted(column, words),
                words.text
            )
        };
        typed.push(format!("{} AS {}", text(&told.column), columns.name));
        if let (Some(column), Some(id)) = (&told.id_column, &columns.id) {
            typed.push(format!("{} AS {id}", text(column)));
        }
    }
    for (told, columns) in config.measure.iter().zip(&layout.measures) {
        typed.push(format!(
            "CAST({} AS {}) * {} AS {}",
            quoted(&told.column, words),
            words.exact,
            10_i64.pow(u32::from(columns.scale)),
            value(columns)
        ));
    }
    Ok(typed)
}

fn query(config: &Config, layout: &Layout, words: &Words, source: &str) -> Result<String> {
    let keys: Vec<&str> = layout
        .dimensions
        .iter()
        .flat_map(|d| std::iter::once(d.name.as_str()).chain(d.id.as_deref()))
        .collect();
    let whole = words.whole;
    let typed = typed(config, layout, words)?;
    let mut whole_numbers = vec![DAY.to_owned(), format!("{} AS {MONTH}", words.month)];
    whole_numbers.extend(keys.iter().map(|&k| k.to_owned()));
    let values = || layout.measures.iter().map(value);
    let sums = || layout.measures.iter().map(|m| m.sum.as_str());
    whole_numbers.extend(
        values()
            .zip(sums())
            .map(|(v, sum)| format!("COALESCE(CAST(ROUND({v}) AS {whole}), 0) AS {sum}")),
    );
    let each = |test: &dyn Fn(&str) -> String| {
        values()
            .map(|v| format!("CASE WHEN {} THEN 1 ELSE 0 END", test(&v)))
            .collect::<Vec<_>>()
            .join(" + ")
    };
    // As `ingest` counts returns: negative quantities, or the first measure.
    let negative = config
        .measure
        .iter()
        .zip(values())
        .enumerate()
        .filter(|(at, (told, _))| *at == 0 || told.currency.is_none())
        .map(|(_, (_, v))| format!("ROUND({v}) < 0"))
        .collect::<Vec<_>>()
        .join(" OR ");
    whole_numbers.push(format!(
        "CASE WHEN {negative} THEN 1 ELSE 0 END AS {NEGATIVES}"
    ));
    whole_numbers.push(format!(
        "{} AS {EMPTIES}",
        each(&|v| format!("{v} IS NULL"))
    ));
    whole_numbers.push(format!(
        "{} AS {ROUNDED}",
        each(&|v| format!("ROUND({v}) <> {v}"))
    ));

    let mut finest = vec![DAY, MONTH];
    finest.extend(&keys);
    let counted = [NEGATIVES, EMPTIES, ROUNDED];
    let added: Vec<String> = sums()
        .chain(counted)
        .map(|column| format!("SUM({column}) AS {column}"))
        .collect();
    let mut cells: Vec<String> = finest.iter().map(|&k| k.to_owned()).collect();
    cells.push(format!("COUNT(*) AS {LINES}"));
    cells.extend(added);

    let mut labels = vec![format!("GROUPING({MONTH})"), format!("2 * GROUPING({DAY})")];
    labels.extend(
        layout
            .dimensions
            .iter()
            .enumerate()
            .map(|(at, d)| format!("{} * GROUPING({})", 4 << at, d.name)),
    );
    let mut last = vec![format!(
        "CAST({} AS {whole}) AS {GRAIN}",
        labels.join(" + ")
    )];
    last.extend(finest.iter().map(|&k| k.to_owned()));
    last.extend(
        std::iter::once(LINES)
            .chain(sums())
            .chain(counted)
            .map(|column| format!("CAST(SUM({column}) AS {whole}) AS {column}")),
    );
    let sets: Vec<String> = layout.grains().iter().map(|g| set(g, layout)).collect();

    Ok(format!(
        "WITH typed AS (\n  SELECT\n{}\n  FROM {source}\n),\nscaled AS (\n  SELECT\n{}\n  FROM typed\n),\n\
         cells AS (\n  SELECT\n{}\n  FROM scaled\n  GROUP BY {}\n)\nSELECT\n{}\nFROM cells\nGROUP BY GROUPING SETS (\n{}\n)",
        list(&typed, 4),
        list(&whole_numbers, 4),
        list(&cells, 4),
        finest.join(", "),
        list(&last, 2),
        list(&sets, 2),
    ))
}

/// A measure's value in units of its scale, not yet rounded.
fn value(columns: &MeasureColumn) -> String {
    format!("value_{}", columns.measure)
}

/// The day, from a date column or from year and month.
fn day(config: &Config, words: &Words) -> Result<String> {
    let time = config.time.clone().unwrap_or_default();
    if let (Some(year), Some(month)) = (&time.year, &time.month) {
        let text = |column: &str| format!("CAST({} AS {})", quoted(column, words), words.text);
        return Ok(format!(
            "CAST(CONCAT({}, '-', LPAD({}, 2, '0'), '-01') AS DATE)",
            text(year),
            text(month)
        ));
    }
    let column = time.date.unwrap_or_default();
    if time.format.is_some_and(|format| format != "yyyy-mm-dd") {
        return Err(Error::invalid(format!(
            "[time] format: SQL reads dates and timestamps, or text written yyyy-mm-dd: cast {column:?} in a view or in \
             --source, and leave the format out"
        )));
    }
    Ok(format!("CAST({} AS DATE)", quoted(&column, words)))
}

fn set(grain: &Grain, layout: &Layout) -> String {
    let mut columns = Vec::new();
    if grain.day {
        columns.push(DAY);
    }
    if grain.month {
        columns.push(MONTH);
    }
    for dimension in grain
        .dimensions
        .iter()
        .filter_map(|d| layout.dimensions.get(*d))
    {
        columns.push(&dimension.name);
        columns.extend(dimension.id.as_deref());
    }
    format!("({})", columns.join(", "))
}

fn list(items: &[String], indent: usize) -> String {
    let lines: Vec<String> = items
        .iter()
        .map(|item| format!("{:indent$}{item}", ""))
        .collect();
    lines.join(",\n")
}

fn quoted(column: &str, words: &Words) -> String {
    let quote = words.quote;
    format!(
        "{quote}{}{quote}",
        column.replace(quote, &format!("{quote}{quote}"))
    )
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
