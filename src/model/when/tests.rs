//! Tables of what people write, what it is spelt like, and which days it is.

mod phrases;

use proptest::prelude::*;

use super::*;

fn day(text: &str) -> Day {
    Day::parse(text).expect(text)
}

fn days(first: &str, last: &str) -> Period {
    Period::new(day(first), day(last)).expect("a period")
}

fn calendar(text: &str) -> SalesCalendar {
    let calendar: SalesCalendar = toml::from_str(text).expect(text);
    calendar.check().expect(text);
    calendar
}

const SHOP: &str = r#"
country = "US"
fiscal_year_start = "02-01"
[[event]]
name = "Back to School"
days = ["2024-08-19", "2024-08-20", "2025-08-18", "2025-08-19"]
[[event]]
name = "Fashion Week"
days = ["2025-09-11", "2025-09-12", "2025-09-13"]
[[event]]
name = "Payday"
days = ["2026-04-30", "2026-05-29", "2026-06-30"]
"#;

const RETAIL: &str = r#"
country = "US"
fiscal_weeks = "4-5-4"
fiscal_year_ends = "saturday nearest january 31"
fiscal_year_named = "start"
"#;

/// A Wednesday in the middle of June.
fn data() -> Period {
    days("2023-01-01", "2026-06-17")
}

fn span_of(text: &str, calendar: &SalesCalendar, days: Period) -> Result<Span, String> {
    let clock = Clock {
        days,
        calendar: Some(calendar),
    };
    let when = When::parse(text).map_err(|e| e.to_string())?;
    when.resolve(&clock).map_err(|e| e.to_string())
}

/// The cells of a table's rows.
fn rows<const N: usize>(table: &str) -> Vec<[&str; N]> {
    let lines = table.lines().map(str::trim).filter(|l| !l.is_empty());
    let cells = lines.map(|line| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        cells.try_into().expect(line)
    });
    cells.collect()
}

/// Two days, as a table has them.
fn two(text: &str) -> Period {
    let (first, last) = text.split_once(' ').expect(text);
    days(first, last)
}

/// Rows of what is written, how it is spelt, and its days.
fn check(calendar: &SalesCalendar, table: &str) {
    for [text, spelt, expected] in rows(table) {
        let when = When::parse(text).expect(text);
        assert_eq!(when.to_string(), spelt, "{text}");
        assert_eq!(When::parse(spelt).expect(spelt), when, "{text}");
        let span = span_of(text, calendar, data()).expect(text);
        assert_eq!(span.period, two(expected), "{text}: {}", span.label);
    }
}

#[test]
fn units_are_counted_from_the_last_day_with_data() {
    check(
        &calendar(SHOP),
        "
        today                    | today                | 2026-06-17 2026-06-17
        This day                 | today                | 2026-06-17 2026-06-17
        Yesterday                | yesterday            | 2026-06-16 2026-06-16
        the day before yesterday | day_before_yesterday | 2026-06-15 2026-06-15
        this week                | this_week            | 2026-06-15 2026-06-21
        last-week                | last_week            | 2026-06-08 2026-06-14
        this month               | this_month           | 2026-06-01 2026-06-30
        LAST_MONTH               | last_month           | 2026-05-01 2026-05-31
        previous quarter         | last_quarter         | 2026-01-01 2026-03-31
        this half                | this_half            | 2026-01-01 2026-06-30
        last half year           | last_half            | 2025-07-01 2025-12-31
        last year                | last_year            | 2025-01-01 2025-12-31
        last 7 days              | last_7_days          | 2026-06-11 2026-06-17
        past 7 days              | last_7_days          | 2026-06-11 2026-06-17
        in the last 8 weeks      | last_8_weeks         | 2026-04-20 2026-06-14
        last three months        | last_3_months        | 2026-03-01 2026-05-31
        trailing 12 months       | last_12_months       | 2025-06-01 2026-05-31
        last 2 quarters          | last_2_quarters      | 2025-10-01 2026-03-31
        last 1 year              | last_1_year          | 2025-01-01 2025-12-31
        MTD                      | mtd                  | 2026-06-01 2026-06-17
        month to date            | mtd                  | 2026-06-01 2026-06-17
        this quarter so far      | qtd                  | 2026-04-01 2026-06-17
        year-to-date             | ytd                  | 2026-01-01 2026-06-17
        wtd                      | wtd                  | 2026-06-15 2026-06-17
        last Monday              | last_monday          | 2026-06-15 2026-06-15
        Wednesday                | wednesday            | 2026-06-17 2026-06-17
        last wed                 | last_wednesday       | 2026-06-10 2026-06-10
        week of 2026-05-14       | week_of_2026-05-14   | 2026-05-11 2026-05-17
        all time                 | all                  | 2023-01-01 2026-06-17
        since launch             | all                  | 2023-01-01 2026-06-17
        ",
    );
}

#[test]
fn a_unit_that_ends_with_the_data_is_complete() {
    let clock = |last| days("2023-01-01", last);
    for (text, last, expected) in [
        (
            "last 3 months",
            "2026-05-31",
            days("2026-03-01", "2026-05-31"),
        ),
        (
            "last 3 months",
            "2026-05-30",
            days("2026-02-01", "2026-04-30"),
        ),
        (
            "last 2 weeks",
            "2026-06-14",
            days("2026-06-01", "2026-06-14"),
        ),
        (
            "last 2 weeks",
            "2026-06-13",
            days("2026-05-25", "2026-06-07"),
        ),
        // The month before this one, even where this one is complete.
        ("last month", "2026-05-31", days("2026-04-01", "2026-04-30")),
        (
            "last 4 halves",
            "2026-06-30",
            days("2024-07-01", "2026-06-30"),
        ),
    ] {
        let span = span_of(text, &SalesCalendar::default(), clock(last)).expect(text);
        assert_eq!(
            (span.period, span.complete),
            (expected, true),
            "{text} of {last}"
        );
    }
}

#[test]
fn parts_of_years_and_dates() {
    check(
        &calendar(SHOP),
        "
        2026-06               | 2026-06                | 2026-06-01 2026-06-30
        2025-W07              | 2025-02-10..2025-02-16 | 2025-02-10 2025-02-16
        week 7 2025           | 2025-02-10..2025-02-16 | 2025-02-10 2025-02-16
        week 7                | week_7                 | 2026-02-09 2026-02-15
        W50                   | week_50                | 2025-12-08 2025-12-14
        Q3 2025               | 2025-Q3                | 2025-07-01 2025-09-30
        2025 q3               | 2025-Q3                | 2025-07-01 2025-09-30
        third quarter of 2025 | 2025-Q3                | 2025-07-01 2025-09-30
        Q3                    | q3                     | 2025-07-01 2025-09-30
        Q2                    | q2                     | 2026-04-01 2026-06-30
        last Q2               | last_q2                | 2025-04-01 2025-06-30
        H1 2025               | 2025-01-01..2025-06-30 | 2025-01-01 2025-06-30
        2025 H2               | 2025-07-01..2025-12-31 | 2025-07-01 2025-12-31
        h2                    | h2                     | 2025-07-01 2025-12-31
        September             | september              | 2025-09-01 2025-09-30
        June                  | june                   | 2026-06-01 2026-06-30
        in june               | june                   | 2026-06-01 2026-06-30
        last june             | last_june              | 2025-06-01 2025-06-30
        Q3 last year | q3_last_year | 2025-07-01 2025-09-30
        30 June last year | june_30_last_year | 2025-06-30 2025-06-30
        Q1 of this year | q1_this_year | 2026-01-01 2026-03-31
        Sep 2025              | 2025-09                | 2025-09-01 2025-09-30
        Sept '25              | 2025-09                | 2025-09-01 2025-09-30
        september, 2025       | 2025-09                | 2025-09-01 2025-09-30
        30 June 2025          | 2025-06-30             | 2025-06-30 2025-06-30
        June 30th, 2025       | 2025-06-30             | 2025-06-30 2025-06-30
        4th of July           | july_4                 | 2025-07-04 2025-07-04
        29 February           | february_29            | 2024-02-29 2024-02-29
        2025                  | 2025                   | 2025-01-01 2025-12-31
        ",
    );
}

#[test]
fn ranges_of_anything() {
    check(
        &calendar(SHOP),
        "
        since 2026-03-01                    | since_2026-03-01             | 2026-03-01 2026-06-17
        since march                         | since_march                  | 2026-03-01 2026-06-17
        from 2026-03 on                     | since_2026-03                | 2026-03-01 2026-06-17
        until 2026-05                       | until_2026-05                | 2023-01-01 2026-05-31
        through May 2026                    | until_2026-05                | 2023-01-01 2026-05-31
        2026-03-01..2026-04-15              | 2026-03-01..2026-04-15       | 2026-03-01 2026-04-15
        from 2026-01 to 2026-03             | 2026-Q1                      | 2026-01-01 2026-03-31
        2026-03 to yesterday                | 2026-03..yesterday           | 2026-03-01 2026-06-16
        between last week and today         | last_week..today             | 2026-06-08 2026-06-17
        H1 2025..yesterday                  | 2025-01-01..yesterday        | 2025-01-01 2026-06-16
        Jan - Mar 2025                      | january..2025-03             | 2025-01-01 2025-03-31
        November to February 2025           | november..2025-02            | 2024-11-01 2025-02-28
        nov–feb                             | november..february           | 2025-11-01 2026-02-28
        June 2024 to August                 | 2024-06..august              | 2024-06-01 2024-08-31
        last monday to friday               | last_monday..friday          | 2026-06-15 2026-06-19
        2026 to date                        | 2026..today                  | 2026-01-01 2026-06-17
        from Thanksgiving to Christmas 2024 | thanksgiving..christmas_2024 | 2024-11-28 2024-12-25
        thanksgiving to christmas           | thanksgiving_to_christmas    | 2025-11-27 2025-12-25
        ",
    );
}

#[test]
fn holidays_and_own_events() {
    check(
        &calendar(SHOP),
        "
        Black Friday              | black_friday            | 2025-11-28 2025-11-28
        black friday 2024         | black_friday_2024       | 2024-11-29 2024-11-29
        Black Friday Week         | black_friday_week       | 2025-11-24 2025-11-30
        week of Black Friday 2024 | black_friday_week_2024  | 2024-11-25 2024-12-01
        black friday 2024 week    | black_friday_week_2024  | 2024-11-25 2024-12-01
        last christmas            | last_christmas          | 2025-12-25 2025-12-25
        Xmas 2024                 | xmas_2024               | 2024-12-25 2024-12-25
        easter week 2026          | easter_week_2026        | 2026-03-30 2026-04-05
        Mother's Day              | mothers_day             | 2026-05-10 2026-05-10
        juneteenth                | juneteenth              | 2025-06-19 2025-06-19
        cyber                     | cyber                   | 2025-12-01 2025-12-01
        Back to School            | back_to_school          | 2025-08-18 2025-08-19
        back to school 2024       | back_to_school_2024     | 2024-08-19 2024-08-20
        since back to school      | since_back_to_school    | 2025-08-18 2026-06-17
        fashion week              | fashion_week            | 2025-09-11 2025-09-13
        fashion week 2025         | fashion_week_2025       | 2025-09-11 2025-09-13
        fashion week week         | fashion_week_week       | 2025-09-08 2025-09-14
        payday                    | payday                  | 2026-05-29 2026-05-29
        black friday to yesterday | black_friday..yesterday | 2025-11-28 2026-06-16
        ",
    );
}

#[test]
fn fiscal_periods_of_months_and_of_weeks() {
    check(
        &calendar(SHOP),
        "
        FY26                   | fy2026                 | 2025-02-01 2026-01-31
        fiscal year 2026       | fy2026                 | 2025-02-01 2026-01-31
        FY'26 Q2               | fy2026_q2              | 2025-05-01 2025-07-31
        Q2 FY26                | fy2026_q2              | 2025-05-01 2025-07-31
        FY2026 H1              | fy2026_h1              | 2025-02-01 2025-07-31
        fiscal Q2 2026 | fy2026_q2 | 2025-05-01 2025-07-31
        FY26 P3                | fy2026_p03             | 2025-04-01 2025-04-30
        this fiscal year       | this_fiscal_year       | 2026-02-01 2027-01-31
        last fiscal quarter    | last_fiscal_quarter    | 2026-02-01 2026-04-30
        last fiscal period     | last_fiscal_period     | 2026-05-01 2026-05-31
        last 2 fiscal quarters | last_2_fiscal_quarters | 2025-11-01 2026-04-30
        FYTD                   | fytd                   | 2026-02-01 2026-06-17
        fiscal quarter to date | fiscal_quarter_to_date | 2026-05-01 2026-06-17
        ",
    );
    check(
        &calendar(RETAIL),
        "
        FY2023       | fy2023     | 2023-01-29 2024-02-03
        FY24         | fy2024     | 2024-02-04 2025-02-01
        FY25         | fy2025     | 2025-02-02 2026-01-31
        FY25 Q4      | fy2025_q4  | 2025-11-02 2026-01-31
        fy25 p02     | fy2025_p02 | 2025-03-02 2025-04-05
        FY25 W01     | fy2025_w01 | 2025-02-02 2025-02-08
        fy23 week 53 | fy2023_w53 | 2024-01-28 2024-02-03
        this week    | this_week  | 2026-06-14 2026-06-20
        wtd          | wtd        | 2026-06-14 2026-06-17
        ",
    );
    let none = span_of("fy26", &SalesCalendar::default(), data()).expect_err("no fiscal year");
    assert!(
        none.contains("fiscal_year_start") && none.contains("2026"),
        "{none}"
    );
    let week = span_of("fy24 w53", &calendar(RETAIL), data()).expect_err("52 weeks");
    assert!(week.contains("there is no FY2024 W53"), "{week}");
}

#[test]
fn labels_and_completeness_say_what_was_taken() {
    for (text, complete, label) in [
        ("this month", false, "this month (June 2026)"),
        ("last month", true, "last month (May 2026)"),
        ("mtd", true, "month to date (2026-06-01 to 2026-06-17)"),
        ("today", true, "today, the last day with data (2026-06-17)"),
        ("september", true, "September 2025"),
        ("q1 2026", true, "Q1 2026"),
        ("h2 2025", true, "H2 2025"),
        ("2026", false, "2026"),
        (
            "last 4 years",
            false,
            "last 4 years (2022-01-01 to 2025-12-31)",
        ),
        ("2022-12..2023-02", false, "2022-12-01 to 2023-02-28"),
        (
            "black friday week 2025",
            true,
            "Black Friday week 2025 (2025-W48, 2025-11-24 to 2025-11-30)",
        ),
        ("fy26 q2", true, "FY2026 Q2 (2025-05-01 to 2025-07-31)"),
    ] {
        let span = span_of(text, &calendar(SHOP), data()).expect(text);
        assert_eq!(
            (span.complete, span.label.as_str()),
            (complete, label),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_period_says_what_would_be() {
    for text in [
        "",
        "x",
        "2025-13",
        "2025-W54",
        "30/06/2026",
        "5",
        "of the",
        "2025-02-30",
    ] {
        let error = When::parse(text).map(|w| w.to_string()).expect_err(text);
        let error = error.to_string();
        assert!(
            error.contains("is not a period") && error.contains("last_8_weeks"),
            "{error}"
        );
    }
    let backwards = When::parse("2026-03..2026-01")
        .expect_err("backwards")
        .to_string();
    assert!(backwards.contains("before it begins"), "{backwards}");
    let long = "a".repeat(300);
    assert!(When::parse(&long).is_err());
    let shop = calendar(SHOP);
    for (text, part) in [
        ("last mnoth", "did you mean \"last_month\""),
        ("blak friday", "did you mean \"black_friday\""),
        ("2019", "the data reach from 2023-01-01 to 2026-06-17"),
        (
            "next month",
            "next month (July 2026) is outside of the data",
        ),
        ("black friday 2026", "outside of the data"),
        (
            "juneteenth 1999",
            "the calendar has no \"Juneteenth\" in 1999",
        ),
        ("payday 2026", "came 3 times in that year"),
        ("eve", "Christmas Eve, New Year's Eve: name one"),
        ("yesterday to last month", "before it begins"),
        ("fy99 q5", "is not a period"),
        ("last 5000 years", "is not a period"),
    ] {
        let error = span_of(text, &shop, data()).expect_err(text);
        assert!(error.contains(part), "{text}: {error}");
    }
    let bare = span_of("thanksgiving", &SalesCalendar::default(), data()).expect_err("no country");
    assert!(bare.contains("country"), "{bare}");
}

#[test]
fn the_period_before_is_of_the_same_kind() {
    let shop = calendar(SHOP);
    let clock = |last| Clock {
        days: days("2022-01-01", last),
        calendar: Some(&shop),
    };
    let table = "
        2026-03                | 2026-06-17 | 2026-02-01 2026-02-28
        q1 2026                | 2026-06-17 | 2025-10-01 2025-12-31
        2026-01..2026-02       | 2026-06-17 | 2025-11-01 2025-12-31
        last week              | 2026-06-17 | 2026-06-01 2026-06-07
        last 8 weeks           | 2026-06-17 | 2026-02-23 2026-04-19
        last 10 days           | 2026-06-17 | 2026-05-29 2026-06-07
        2026-05-04..2026-05-10 | 2026-06-17 | 2026-04-27 2026-05-03
        mtd                    | 2026-06-17 | 2026-05-01 2026-05-17
        mtd                    | 2026-03-31 | 2026-02-01 2026-02-28
        mtd                    | 2026-03-30 | 2026-02-01 2026-02-28
        mtd                    | 2026-02-28 | 2026-01-01 2026-01-31
        qtd                    | 2026-05-15 | 2026-01-01 2026-02-15
        ytd                    | 2024-02-29 | 2023-01-01 2023-02-28
        wtd                    | 2026-06-17 | 2026-06-08 2026-06-10
        fytd                   | 2026-02-03 | 2025-02-01 2025-02-03
        fy26 q2                | 2026-06-17 | 2025-02-01 2025-04-30
        black friday week      | 2026-06-17 | 2025-11-17 2025-11-23
    ";
    for [text, last, expected] in rows(table) {
        let clock = clock(last);
        let span = When::parse(text)
            .and_then(|w| w.resolve(&clock))
            .expect(text);
        assert_eq!(previous(&span, &clock), two(expected), "{text} of {last}");
    }
}

#[test]
fn a_year_before_by_date_weekday_and_holiday() {
    let (shop, retail) = (calendar(SHOP), calendar(RETAIL));
    let clock = |calendar| Clock {
        days: days("2020-01-01", "2026-06-17"),
        calendar: Some(calendar),
    };
    let (shop, retail) = (clock(&shop), clock(&retail));
    // 2020 had 53 ISO weeks, fiscal 2023 had 53 weeks too.
    let table = "
        shop   | 2025-02                | date    | 2024-02-01 2024-02-29 | -
        shop   | 2024-02                | date    | 2023-02-01 2023-02-28 | -
        shop   | 2024-02-29             | date    | 2023-02-28 2023-02-28 | -
        shop   | mtd                    | date    | 2025-06-01 2025-06-17 | -
        shop   | fy26 q2                | date    | 2024-05-01 2024-07-31 | -
        retail | fy24 p02               | date    | 2023-02-26 2023-04-01 | -
        retail | fy24                   | date    | 2023-01-29 2024-02-03 | -
        retail | last week              | date    | 2025-06-08 2025-06-14 | -
        retail | fytd                   | date    | 2025-02-02 2025-06-18 | -
        retail | 2026-05                | date    | 2025-05-01 2025-05-31 | -
        shop   | 2026-05-10             | weekday | 2025-05-11 2025-05-11 | -
        shop   | last week              | weekday | 2025-06-09 2025-06-15 | -
        shop   | 2022-W01               | weekday | 2021-01-04 2021-01-10 | -
        shop   | 2021-W01..2021-W02     | weekday | 2019-12-30 2020-01-12 | -
        shop   | 2020-W53               | weekday | 2019-12-30 2020-01-05 | -
        shop   | easter week 2026       | holiday | 2025-04-14 2025-04-20 | Easter Sunday
        shop   | 2026-04-01..2026-04-06 | holiday | 2025-04-16 2025-04-21 | Easter Saturday
        shop   | black friday week 2024 | holiday | 2023-11-20 2023-11-26 | Black Friday
        shop   | christmas week 2025    | holiday | 2024-12-23 2024-12-29 | Christmas Day
        shop   | 2025-08-11..2025-08-24 | holiday | 2024-08-12 2024-08-25 | Back to School
    ";
    for [whose, text, align, expected, by] in rows(table) {
        let clock = if whose == "shop" { &shop } else { &retail };
        let align = [Align::Date, Align::Weekday, Align::Holiday]
            .into_iter()
            .find(|a| a.name() == align)
            .expect("an alignment");
        let by = Some(by).filter(|by| *by != "-");
        let span = When::parse(text)
            .and_then(|w| w.resolve(clock))
            .expect(text);
        let baseline = year_before(&span, align, clock);
        assert_eq!(
            (baseline.period, baseline.align, baseline.holiday.as_deref()),
            (two(expected), align, by),
            "{text} {}",
            align.name()
        );
    }
    let quiet = When::parse("2026-03-09..2026-03-15")
        .and_then(|w| w.resolve(&shop))
        .expect("a week without holidays");
    let baseline = year_before(&quiet, Align::Holiday, &shop);
    assert_eq!(baseline.align, Align::Weekday);
    assert_eq!(baseline.period, days("2025-03-10", "2025-03-16"));
}

fn vocabulary() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "last",
        "this",
        "next",
        "week",
        "weeks",
        "month",
        "quarter",
        "fiscal",
        "year",
        "half",
        "to",
        "date",
        "from",
        "until",
        "since",
        "between",
        "and",
        "of",
        "the",
        "up",
        "on",
        "in",
        "black",
        "friday",
        "easter",
        "so",
        "far",
        "fy26",
        "fy",
        "q2",
        "h1",
        "p03",
        "w7",
        "7",
        "26",
        "2026",
        "2025",
        "06",
        "30",
        "30th",
        "june",
        "may",
        "monday",
        "yesterday",
        "today",
        "..",
        "-",
        "'26",
        "day",
        "before",
        "first",
        "all",
        "launch",
        "ytd",
        "ago",
        "weekend",
        "l12m",
        "3q25",
        "ending",
        "40000",
        "99999",
        "İ",
        "ß",
    ]);
    prop::collection::vec(word, 0..7).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn a_spelling_means_the_same_again(text in prop_oneof![vocabulary(), ".{0,40}"]) {
        if let Ok(when) = When::parse(&text) {
            let spelt = when.to_string();
            prop_assert_eq!(&When::parse(&spelt).expect("its own spelling"), &when);
            prop_assert!(!spelt.contains(' '), "{}", spelt);
            for calendar in [calendar(SHOP), calendar(RETAIL)] {
                let clock = Clock { days: data(), calendar: Some(&calendar) };
                if let Ok(span) = when.resolve(&clock) {
                    prop_assert!(span.period.first <= span.period.last);
                    prop_assert!(span.period.intersect(clock.days).is_some());
                    let before = previous(&span, &clock);
                    prop_assert!(before.last < span.period.first, "{:?}", before);
                    for align in [Align::Date, Align::Weekday, Align::Holiday] {
                        let then = year_before(&span, align, &clock).period;
                        prop_assert!(then.first <= then.last && then.first < span.period.first);
                    }
                }
            }
        }
    }

    #[test]
    fn any_period_is_its_own_spelling(first in 0_i32..40_000, length in 0_i32..800) {
        let period = Period { first: Day(first), last: Day(first + length) };
        let when = When::from(period);
        prop_assert_eq!(When::parse(&when.to_string()).expect("a period"), when.clone());
        prop_assert_eq!(when.absolute(), Some(period));
    }
}
