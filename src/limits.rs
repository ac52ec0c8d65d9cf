//! Every bound, with its unit. A request that would pass one is refused with a message that names it.

/// The largest request body, bytes.
pub const REQUEST_BODY_BYTES_MAX: usize = 1 << 20;
/// A body that is too large is read to its end up to this size, so that its sender gets to read the refusal, bytes.
pub const REQUEST_BODY_DRAINED_BYTES_MAX: usize = 16 << 20;
/// The longest request target (path and query), bytes.
pub const REQUEST_TARGET_BYTES_MAX: usize = 8 << 10;
/// How long storage may take for one round of reads, seconds.
pub const READ_ROUND_TIME_S: u64 = 10;
/// How long a client may take to send a request's body, seconds.
pub const BODY_TIME_S: u64 = 30;
/// Dependent rounds of reads in one request.
pub const ROUNDS_MAX: u8 = 4;
/// Byte ranges in one request, after coalescing.
pub const RANGES_MAX: usize = 40;
/// Bytes read in one request.
pub const READ_BYTES_MAX: u64 = 16 << 20;
/// Memory of decoded values in one request, bytes.
pub const DECODED_BYTES_MAX: u64 = 40 << 20;
/// Ranges closer than this are read as one, bytes.
pub const COALESCE_GAP_BYTES: u64 = 64 << 10;
/// The largest pointer object (it carries a copy of the manifest), bytes.
pub const POINTER_BYTES_MAX: u64 = 4 << 20;
/// The largest manifest, bytes.
pub const MANIFEST_BYTES_MAX: u64 = 4 << 20;
/// A dimension with at most this many values has its names in the manifest itself.
pub const INLINE_VALUES_MAX: usize = 512;
/// Values of one dimension.
pub const DIMENSION_VALUES_MAX: usize = 1_000_000;
/// Rows in one answer.
pub const ROWS_MAX: u32 = 1_000;
/// Rows in a ranking when nothing else is asked.
pub const TOP_N_DEFAULT: u32 = 5;
/// Dimension values listed by a description when nothing else is asked.
pub const DESCRIBE_VALUES_DEFAULT: u32 = 20;
/// Text of one answer, bytes.
pub const TEXT_BYTES_MAX: usize = 8 << 10;
/// Values in one filter.
pub const FILTER_VALUES_MAX: usize = 50;
/// Filters in one question.
pub const FILTERS_MAX: usize = 8;
/// The longest name or argument, characters.
pub const NAME_CHARS_MAX: usize = 200;
/// Names suggested in an error.
pub const SUGGESTIONS_MAX: usize = 3;
/// Forecast steps, whatever the grain.
pub const FORECAST_STEPS_MAX: usize = 2_000;
/// Points of history that a forecast looks at; older ones are left out and the answer says so.
pub const HISTORY_STEPS_MAX: usize = 4_000;
/// Days of one period.
pub const PERIOD_DAYS_MAX: usize = 40_000;
/// Prediction intervals in one forecast.
pub const LEVELS_MAX: usize = 5;
/// The cache lifetime of a redirect to the latest version, seconds.
pub const LATEST_TTL_S: u32 = 60;
/// The cache lifetime of the page and its files, seconds.
pub const PAGE_TTL_S: u32 = 300;
/// The cache lifetime of a pinned answer, seconds (a year).
pub const PINNED_TTL_S: u32 = 31_536_000;
/// How long a list of tools, prompts or resources may be kept by an MCP client, milliseconds.
pub const LIST_TTL_MS: u64 = 300_000;
/// Source columns of an ingested file.
pub const SOURCE_COLUMNS_MAX: usize = 512;
/// Bytes of one source field.
pub const SOURCE_FIELD_BYTES_MAX: usize = 64 << 10;
/// Problems of a source file that are listed one by one before they are only counted.
pub const PROBLEMS_LISTED_MAX: usize = 20;
/// Rows of one Parquet row group.
pub const ROW_GROUP_ROWS_MAX: usize = 8_192;
/// Rows of one Parquet page.
pub const PAGE_ROWS_MAX: usize = 4_096;
/// Keys in a key set.
pub const KEYS_MAX: usize = 64;
/// The longest token that is looked at, bytes.
pub const TOKEN_BYTES_MAX: usize = 8 << 10;
/// Difference of clocks that a token's times may have, seconds.
pub const CLOCK_SKEW_S: u64 = 60;
/// Messages of one JSON-RPC batch.
pub const BATCH_MESSAGES_MAX: usize = 20;
/// The answer epoch: raised whenever a golden answer changes with the code.
pub const ANSWER_EPOCH: u32 = 1;
/// Configured API keys.
pub const API_KEYS_MAX: usize = 1_000;
/// The longest name of an API key, bytes.
pub const KEY_NAME_BYTES_MAX: usize = 64;
/// The shortest secret of HS256 tokens, bytes (the hash's length, RFC 7518 section 3.2).
pub const JWT_SECRET_BYTES_MIN: usize = 32;
/// The largest key set that is fetched or parsed, bytes.
pub const JWKS_BYTES_MAX: usize = 256 << 10;
/// RSA keys shorter than this are not used, bytes of the modulus (2048 bits, RFC 7518 section 3.3).
pub const RSA_BYTES_MIN: usize = 256;
/// RSA keys longer than this are not used, bytes of the modulus: verification gets too slow.
pub const RSA_BYTES_MAX: usize = 512;
/// How long a fetched key set is used before it is fetched again, seconds.
pub const JWKS_TTL_S: u64 = 600;
/// The shortest time between two fetches of a key set, seconds.
pub const JWKS_REFETCH_S: u64 = 60;
/// How long a fetch of a key set may take, seconds.
pub const JWKS_TIMEOUT_S: u64 = 5;
/// The largest magnitude of a value that is forecast, in the measure's natural unit.
pub const FORECAST_VALUE_MAX: f64 = 1e24;
/// Newest values that one model is fitted on, unless five seasons are more.
pub const MODEL_VALUES_MAX: usize = 420;
/// Origins of a backtest.
pub const BACKTEST_ORIGINS_MAX: usize = 8;
/// Rows (or aggregated order lines) of one generated demo file.
pub const DEMO_ROWS_MAX: u64 = 10_000_000_000;
/// Rows of a ranking that its chart draws.
pub const CHART_ROWS_MAX: usize = 15;
/// How much of a wrong argument an error repeats, characters.
pub const ECHO_CHARS_MAX: usize = 60;
/// Names that one completion offers (the most that MCP allows).
pub const COMPLETIONS_MAX: u32 = 100;
/// How long a key set is used while it cannot be fetched again, seconds.
pub const JWKS_STALE_S: u64 = 86_400;
/// Bytes of one source record; a quote that is never closed ends here.
pub const SOURCE_RECORD_BYTES_MAX: usize = 4 << 20;
/// Source records that detection looks at.
pub const SAMPLE_RECORDS_MAX: usize = 5_000;
/// Different values of an unknown text column, up to which it becomes a dimension.
pub const DETECTED_VALUES_MAX: usize = 200;
/// Dimensions whose codes an ingest keeps apart in a cell.
pub const STORED_DIMENSIONS_MAX: usize = 6;
/// Measures of a dataset.
pub const MEASURES_MAX: usize = 16;
/// The finest decimal scale of a measure, digits.
pub const SCALE_MAX: u8 = 6;
/// Source rows whose hashes are kept to count rows that repeat another one.
pub const DUPLICATES_TRACKED_ROWS_MAX: usize = 4_000_000;
/// A grain with at most this many cells is kept even if it saves nothing, cells.
pub const GRAIN_CELLS_KEPT: usize = 4_096;
/// Keys of a grain that get row groups of their own; beyond it neighbours share one.
pub const KEYED_GROUPS_MAX: usize = 256;
/// Stretches without data that a manifest lists.
pub const MISSING_LISTED_MAX: usize = 20;
/// Previous versions that a pointer lists.
pub const PREVIOUS_VERSIONS_MAX: usize = 100;
/// Text of a source that is read and parsed at once, bytes.
pub const SOURCE_BLOCK_BYTES: usize = 4 << 20;
/// Cells that an ingest keeps in memory before it sorts them, and puts them aside if that does not help, bytes.
pub const INGEST_PILE_BYTES_MAX: usize = 96 << 20;
/// Room that a dimension's codes get in a key before its values are known, bits.
pub const STARTING_CODE_BITS: u32 = 8;
/// Different dates of a block that are remembered as they are written.
pub const DATES_REMEMBERED_MAX: usize = 10_000;
/// Tries of one publication when others publish at the same time.
pub const PUBLISH_TRIES_MAX: u32 = 8;
/// How long a writer waits for another one's lock before it looks again, milliseconds.
pub const LOCK_WAIT_MS: u64 = 20;
/// How often a writer looks whether a lock is free; a lock is held for one small write.
pub const LOCK_TRIES_MAX: u32 = 500;
/// The largest `dataset.toml`, bytes.
pub const CONFIG_BYTES_MAX: u64 = 1 << 20;
/// How old what an interrupted publication left has to be before it is removed, seconds: longer than any upload takes.
pub const LEFTOVER_AGE_S: i64 = 86_400;
/// The largest data file whose bytes are kept in memory while it is verified, bytes; larger ones are read twice.
pub const VERIFY_MEMORY_BYTES_MAX: u64 = 256 << 20;
/// Bytes of a data file that are read at once while its hash is made.
pub const HASH_STEP_BYTES: u64 = 8 << 20;
/// Days, and values of a dimension, that a comparison of two versions lists.
pub const DIFF_LISTED_MAX: usize = 20;
/// A row-group map that is larger is attached to the manifest rather than part of it, bytes.
pub const MAP_INLINE_BYTES_MAX: usize = 1 << 10;
/// A names file that is not larger is attached to the manifest, bytes.
pub const ATTACHED_NAMES_BYTES_MAX: u64 = 128 << 10;
/// How much of a pointer or manifest is read for a question that is likely to need no attachment, bytes.
pub const MANIFEST_PREFIX_BYTES: u64 = 112 << 10;
/// Versions that an isolate remembers between requests.
pub const REMEMBERED_VERSIONS_MAX: usize = 8;
/// Memory of remembered versions (manifests, maps, names), bytes, by estimate.
pub const REMEMBERED_BYTES_MAX: u64 = 8 << 20;
/// How long an isolate takes a pointer for current when nothing else is configured, seconds.
pub const POINTER_MAX_AGE_S: u32 = 30;
/// Memory that a remembered name is taken to need, bytes.
pub const REMEMBERED_NAME_BYTES: usize = 120;
/// Attempts at one read or write of remote storage, the first included.
pub const STORE_ATTEMPTS_MAX: u32 = 5;
/// The bound of the random wait before the second attempt at remote storage; it doubles with each one, milliseconds.
pub const STORE_BACKOFF_MS: u64 = 100;
/// The bound of the random wait before any attempt at remote storage, milliseconds.
pub const STORE_BACKOFF_MAX_MS: u64 = 2_000;
/// How long a connection to remote storage may take to open, seconds.
pub const STORE_CONNECT_TIME_S: u64 = 3;
/// How long one write to remote storage may take, all its attempts together, seconds.
pub const STORE_WRITE_TIME_S: u64 = 120;
/// Reads of remote storage that one round has under way at the same time.
pub const STORE_READS_AT_ONCE: usize = 16;
/// Cells of one rollup that another engine made which are compared one by one; of a larger one the totals are.
pub const CONTROL_CELLS_MAX: usize = 2_000_000;
/// A staged file up to this size is uploaded at once, a larger one in parts, bytes.
pub const UPLOAD_WHOLE_BYTES_MAX: u64 = 32 << 20;
/// The parts of an upload, bytes.
pub const UPLOAD_PART_BYTES: usize = 16 << 20;
/// Parts of an upload that are under way at the same time.
pub const UPLOAD_PARTS_AT_ONCE: usize = 4;
/// Restated days that a version lists.
pub const RESTATED_LISTED_MAX: usize = 100;
/// Batches of late rows that a version remembers, so that none is added twice.
pub const ADDED_MARKS_MAX: usize = 1_000;
/// Files of one ingest.
pub const SOURCE_FILES_MAX: usize = 100_000;
/// Rows of a columnar source that are turned into text at once.
pub const SOURCE_BATCH_ROWS: usize = 16_384;
/// Objects inside of each other in a line of JSON.
pub const NESTING_MAX: usize = 8;
/// Blocks that wait to be parsed, for each thread that parses.
pub const BLOCKS_WAITING: usize = 2;
/// Decimal places of a ratio that is no price.
pub const RATIO_SCALE: u8 = 4;
/// Single closed days that a manifest lists.
pub const CLOSED_DAYS_LISTED_MAX: usize = 60;
/// From so many fine cells on, a grain of months is kept though it spares but a fifth of them, cells.
pub const MONTHS_PAY_CELLS_MIN: u64 = 1_000_000;
/// Rounds of the search for Prophet's most probable coefficients.
pub const PROPHET_FIT_STEPS: usize = 200;
/// Halvings of a step of that search.
pub const PROPHET_LINE_SEARCH_STEPS: usize = 30;
/// Steps of the active set that finds the changes of slope, within a round.
pub const PROPHET_ACTIVE_SET_STEPS: usize = 250;
/// Columns of a Prophet model: two for each order of a season, one for each day of a holiday's window and regressor.
pub const PROPHET_COLUMNS_MAX: usize = 400;
/// Changepoints of a Prophet model.
pub const PROPHET_CHANGEPOINTS_MAX: usize = 100;
/// Simulated futures behind Prophet's intervals, unless more are asked for.
pub const PROPHET_DRAWS: usize = 1_000;
/// Simulated futures behind Prophet's intervals.
pub const PROPHET_DRAWS_MAX: usize = 10_000;
/// Evaluations of the posterior in the descent that finds Prophet's coefficients.
pub const PROPHET_DESCENT_EVALUATIONS: usize = 12_000;
/// Multiplications, about, that the search for Prophet's coefficients may take.
pub const PROPHET_FIT_PRODUCTS: usize = 500_000_000;
/// Rounds of that search that are made whatever they cost.
pub const PROPHET_FIT_STEPS_MIN: usize = 5;
/// Values, of all days and draws together, that Prophet's intervals are simulated from.
pub const PROPHET_DRAWN_VALUES: usize = 2_000_000;
/// Evaluations of a model's errors in the search for its parameters.
pub const MODEL_EVALUATIONS_MAX: usize = 100;
/// Evaluations when the search starts from parameters that were good a few steps earlier.
pub const REFIT_EVALUATIONS_MAX: usize = 30;
/// The longest season that exponential smoothing keeps a state for, steps.
pub const SMOOTHED_SEASON_STEPS_MAX: usize = 24;
/// Sines and cosines of one season of a harmonic regression, pairs.
pub const HARMONICS_MAX: usize = 10;
/// Bends of the line under a harmonic regression.
pub const HARMONIC_KNOTS_MAX: usize = 12;
/// Origins that a backtest has before candidates are left out to afford them.
pub const BACKTEST_ORIGINS_AFFORDED: usize = 6;
/// Work of one forecast: values that pass through a model's recursion, over all candidates, origins and searches.
pub const FORECAST_WORK_MAX: usize = 1_000_000;
/// The same for each value that models are fitted on, where that is more: a longer history may cost more.
pub const FORECAST_WORK_PER_VALUE: usize = 5_000;
/// The same for a series of days, which has a second season to learn.
pub const DAILY_FORECAST_WORK_MAX: usize = 5_500_000;
/// Predictions that a version's record of forecasts keeps, rows.
pub const RECORD_ROWS_MAX: usize = 200_000;
/// Rows of one row group of the record of forecasts: a question reads the one that holds its series.
pub const RECORD_GROUP_ROWS: usize = 4_096;
/// Slices that are forecast for the record when a version is made.
pub const RECORDED_SLICES_MAX: usize = 100;
/// Values of a dimension, up to which each is forecast for the record.
pub const RECORDED_VALUES_MAX: u32 = 50;
/// Scored predictions that an answer lists, rows.
pub const SCORED_ROWS_MAX: usize = 200;
/// Days before and after a holiday or event whose effects are looked for.
pub const EFFECT_WINDOW_DAYS: i32 = 2;
/// Events of a dataset's calendar.
pub const EVENTS_MAX: usize = 100;
/// Days of one event.
pub const EVENT_DAYS_MAX: usize = 400;
/// Nodes of a forecast by a dimension, the total included; beyond it the smaller ones are added together.
pub const HIERARCHY_NODES_MAX: usize = 200;
/// Values (steps of history and horizon, over all nodes) of a forecast by a dimension; a longer series allows fewer nodes.
pub const HIERARCHY_VALUES_MAX: usize = 100_000;
/// Sample paths behind the intervals of a forecast by a dimension.
pub const HIERARCHY_PATHS_MAX: usize = 500;
/// Sample paths that are drawn however many nodes and steps there are.
pub const HIERARCHY_PATHS_MIN: usize = 100;
/// Values of all sample paths of a forecast by a dimension (nodes x steps x paths), as far as the fewest paths allow.
pub const HIERARCHY_PATH_VALUES_MAX: usize = 600_000;
/// Work of all parts of a forecast by a dimension, in the units of [`FORECAST_WORK_MAX`]; parts beyond it repeat their season.
pub const HIERARCHY_WORK_MAX: usize = 4_100_000;
/// What one part of a forecast by a dimension may cost, in the same units for each value: a yardstick, one model, some origins.
pub const HIERARCHY_WORK_PER_VALUE: usize = 340;
/// Plans of one forecast: values of measures to come, and changes that are assumed.
pub const PLANNED_MAX: usize = 20;
/// The largest rise of sales that may be assumed, percent.
pub const PLANNED_CHANGE_MAX_PERCENT: i64 = 1_000;
/// Documents of a dataset.
pub const DOCUMENTS_MAX: usize = 200;
/// One document, bytes.
pub const DOCUMENT_BYTES_MAX: usize = 1 << 20;
/// All documents of a dataset, bytes.
pub const DOCUMENTS_BYTES_MAX: usize = 4 << 20;
/// The longest name of a document, characters.
pub const DOCUMENT_NAME_CHARS_MAX: usize = 80;
/// The longest title of a document or of one of its headings, characters.
pub const DOCUMENT_TITLE_CHARS_MAX: usize = 120;
/// The longest passage of a document, characters.
pub const PASSAGE_CHARS_MAX: usize = 1_200;
/// Passages of all documents of a dataset.
pub const PASSAGES_MAX: usize = 20_000;
/// Different words of an index.
pub const INDEX_WORDS_MAX: usize = 400_000;
/// The index of documents, bytes.
pub const INDEX_BYTES_MAX: u64 = 8 << 20;
/// A file of documents up to this size is read at once, of a larger one the index first, bytes.
pub const DOCUMENTS_WHOLE_BYTES: u64 = 256 << 10;
/// Letters of a word that an index looks at, bytes; the rest of a longer one is left out.
pub const WORD_BYTES_MAX: usize = 64;
/// The longest word that is stemmed, bytes.
pub const STEMMED_BYTES_MAX: usize = 40;
/// The longest query of a search, characters.
pub const SEARCH_QUERY_CHARS_MAX: usize = 500;
/// Different words of a query that are looked for.
pub const SEARCH_WORDS_MAX: usize = 24;
/// Words that one misspelt or unfinished word of a query is taken for, in each index.
pub const SEARCH_VARIANTS_MAX: usize = 16;
/// Results of a search when nothing else is asked.
pub const SEARCH_RESULTS_DEFAULT: u32 = 10;
/// Results of a search.
pub const SEARCH_RESULTS_MAX: u32 = 50;
/// Values of all dimensions whose names a search looks at; it leaves the largest dimensions out.
pub const SEARCH_VALUES_MAX: u32 = 100_000;
/// The longest id that can be fetched, characters.
pub const FETCH_ID_CHARS_MAX: usize = 300;
/// The longest text of a document that is fetched whole, bytes; of a longer one the beginning is.
pub const FETCH_TEXT_BYTES_MAX: usize = 64 << 10;
/// Rows of a standing ranking.
pub const ROWS_SAVED: u32 = 10;
/// Names that fit what was asked that an error lists.
pub const CANDIDATES_MAX: usize = 8;
/// Baselines of one comparison.
pub const BASELINES_MAX: usize = 4;
/// Rows of a comparison by a dimension, if nothing else is asked.
pub const COMPARE_ROWS_DEFAULT: u32 = 10;
/// Steps of a rolling mean.
pub const ROLLING_STEPS_MAX: u32 = 366;
/// Series of a trend by a dimension.
pub const TREND_SERIES_MAX: u32 = 50;
/// Series of a trend by a dimension, if nothing else is asked.
pub const TREND_SERIES_DEFAULT: u32 = 5;
/// Values of a dimension that may explain a change together: more are no short explanation.
pub const EXPLAINING_VALUES_MAX: usize = 10;
/// Values of each dimension in an explanation.
pub const EXPLAIN_ROWS_MAX: u32 = 200;
/// Values of each dimension in an explanation, if nothing else is asked.
pub const EXPLAIN_ROWS_DEFAULT: u32 = 5;
/// Names that are compared letter by letter to find the nearest; of more, those that share most trigrams.
pub const NAMES_COMPARED_MAX: usize = 256;
/// Sample paths behind the probability of a target.
pub const TARGET_PATHS: usize = 1_000;
/// Values of a dimension that have a target each.
pub const TARGET_MEMBERS_MAX: usize = 30;
/// Days that are left of a target's period and are still forecast by day; more are forecast by month.
pub const TARGET_DAYS_MAX: u32 = 100;
/// The widest chart that `nearcast ask` draws in a terminal, columns.
pub const ASK_CHART_COLUMNS_MAX: usize = 80;
/// Bars or lines of such a chart.
pub const ASK_CHART_ROWS_MAX: usize = 15;
/// How long `nearcast ask --url` waits for the answer, seconds.
pub const ASK_TIME_S: u64 = 60;
/// The longest answer that `nearcast ask --url` takes, bytes.
pub const ASK_REPLY_BYTES_MAX: u64 = 16 << 20;
/// Streams of MCP's older transport that one native server keeps open.
pub const LEGACY_STREAMS_MAX: usize = 64;
/// How long such a stream stays open without a message, seconds.
pub const LEGACY_STREAM_IDLE_S: u64 = 1_800;
/// Messages of one such stream that wait to be answered or to be read.
pub const LEGACY_STREAM_MESSAGES_MAX: usize = 32;
/// How often such a stream gives a sign of life, seconds.
pub const LEGACY_STREAM_KEEP_ALIVE_S: u64 = 15;
/// Rows of a table in the text of an answer, if nothing else is asked.
pub const TEXT_ROWS_DEFAULT: usize = 15;
/// Findings of one look for anomalies.
pub const ANOMALY_ROWS_MAX: u32 = 200;
/// Findings of one look for anomalies, if nothing else is asked.
pub const ANOMALY_ROWS_DEFAULT: u32 = 10;
/// Steps that what is usual is learnt from: of a longer history, the newest.
pub const ANOMALY_STEPS_MAX: usize = 1_100;
/// Steps of all series of one look for anomalies: the more values of a dimension, the fewer of each.
pub const ANOMALY_STEPS_ALL_MAX: usize = 6_000;
/// Values of a dimension that are looked at beside everything, the largest ones.
pub const ANOMALY_VALUES_MAX: usize = 10;
/// Rows of each list of classes.
pub const SEGMENT_ROWS_MAX: u32 = 1_000;
/// Rows of each list of classes, if nothing else is asked.
pub const SEGMENT_ROWS_DEFAULT: u32 = 10;
/// Months that steadiness, demand and trends are judged by, unless the period has more.
pub const SEGMENT_MONTHS: i32 = 24;
/// Values x months that are put into classes at once.
pub const SEGMENT_CELLS_MAX: usize = 2_000_000;
/// Pairs of values of two dimensions that are added up at once.
pub const PAIRS_MAX: usize = 1 << 20;
/// Sums of months that a manifest keeps: months x (measures and source rows).
pub const MONTH_SUMS_MAX: usize = 1_500;
/// Targets of a dataset.
pub const TARGETS_MAX: usize = 12;
/// One wrong source row in so many is worth a caveat before the numbers.
pub const ROWS_REFUSED_SHARE: u64 = 100;
/// One day without rows in so many that were counted is worth a caveat.
pub const ROWS_MISSING_SHARE: i32 = 100;
/// Days after which the newest data count as old, and an answer says so first: a month and two weeks, since data by month come
/// when the month is over.
pub const STALE_DAYS: u32 = 45;
/// Values that the SQL of an explanation lists in one condition.
pub const EXPLAINED_VALUES_MAX: usize = 300;
/// Bytes of one query of an explanation.
pub const EXPLAINED_SQL_BYTES_MAX: usize = 32 * 1024;
/// Queries of one explanation.
pub const EXPLAINED_STATEMENTS_MAX: usize = 24;
/// Bytes of the query in the text of an answer; the structured answer has all of them.
pub const EXPLAINED_TEXT_BYTES_MAX: usize = 4 * 1024;
