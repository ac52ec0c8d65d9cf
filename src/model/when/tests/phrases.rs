//! What people say instead of what the rules know, and what is too vague.

use super::*;

#[test]
fn what_people_say_instead() {
    check(
        &calendar(SHOP),
        "
        last weekend                | last_weekend           | 2026-06-13 2026-06-14
        the weekend                 | last_weekend           | 2026-06-13 2026-06-14
        over the past weekend       | last_weekend           | 2026-06-13 2026-06-14
        weekend before last         | 2_weekends_ago         | 2026-06-06 2026-06-07
        past 30 days                | last_30_days           | 2026-05-19 2026-06-17
        last thirty days            | last_30_days           | 2026-05-19 2026-06-17
        the last two quarters       | last_2_quarters        | 2025-10-01 2026-03-31
        last couple of weeks        | last_2_weeks           | 2026-06-01 2026-06-14
        past fortnight              | last_14_days           | 2026-06-04 2026-06-17
        last 6 mos                  | last_6_months          | 2025-12-01 2026-05-31
        last 4 wks                  | last_4_weeks           | 2026-05-18 2026-06-14
        month before last           | 2_months_ago           | 2026-04-01 2026-04-30
        quarter before last         | 2_quarters_ago         | 2025-10-01 2025-12-31
        3 months ago                | 3_months_ago           | 2026-03-01 2026-03-31
        a month ago                 | last_month             | 2026-05-01 2026-05-31
        two weeks ago               | 2_weeks_ago            | 2026-06-01 2026-06-07
        5 days ago                  | 5_days_ago             | 2026-06-12 2026-06-12
        2 days ago                  | day_before_yesterday   | 2026-06-15 2026-06-15
        latest month                | last_1_month           | 2026-05-01 2026-05-31
        most recent quarter         | last_1_quarter         | 2026-01-01 2026-03-31
        last full week              | last_1_week            | 2026-06-08 2026-06-14
        last complete month         | last_1_month           | 2026-05-01 2026-05-31
        since the start of the year | ytd                    | 2026-01-01 2026-06-17
        since beginning of month    | mtd                    | 2026-06-01 2026-06-17
        March so far                | march..today           | 2026-03-01 2026-06-17
        2026 so far                 | 2026..today            | 2026-01-01 2026-06-17
        LTM                         | last_12_months         | 2025-06-01 2026-05-31
        l12m                        | last_12_months         | 2025-06-01 2026-05-31
        L4W                         | last_4_weeks           | 2026-05-18 2026-06-14
        R3M                         | last_3_months          | 2026-03-01 2026-05-31
        all of 2025                 | 2025                   | 2025-01-01 2025-12-31
        the whole of last month     | last_month             | 2026-05-01 2026-05-31
        full year 2025              | 2025                   | 2025-01-01 2025-12-31
        calendar year 2025          | 2025                   | 2025-01-01 2025-12-31
        CY25                        | 2025                   | 2025-01-01 2025-12-31
        3Q25                        | 2025-Q3                | 2025-07-01 2025-09-30
        2H 2025                     | 2025-07-01..2025-12-31 | 2025-07-01 2025-12-31
        1h2025                      | 2025-01-01..2025-06-30 | 2025-01-01 2025-06-30
        2025Q3                      | 2025-Q3                | 2025-07-01 2025-09-30
        Q3 25                       | 2025-Q3                | 2025-07-01 2025-09-30
        Q3/25                       | 2025-Q3                | 2025-07-01 2025-09-30
        03/2026                     | 2026-03                | 2026-03-01 2026-03-31
        3.2026                      | 2026-03                | 2026-03-01 2026-03-31
        2026/03                     | 2026-03                | 2026-03-01 2026-03-31
        Jan-Mar 2025                | january..2025-03       | 2025-01-01 2025-03-31
        Nov-Feb                     | november..february     | 2025-11-01 2026-02-28
        Q1-Q2 2025                  | q1..2025-Q2            | 2025-01-01 2025-06-30
        2024-2025                   | 2024-01-01..2025-12-31 | 2024-01-01 2025-12-31
        Monday-Tuesday              | monday..tuesday        | 2026-06-15 2026-06-16
        March 1-15, 2026            | 2026-03-01..2026-03-15 | 2026-03-01 2026-03-15
        1-15 March 2026             | 2026-03-01..2026-03-15 | 2026-03-01 2026-03-15
        week ending 17 May 2026     | 2026-05-11..2026-05-17 | 2026-05-11 2026-05-17
        week beginning 2026-05-11   | 2026-05-11..2026-05-17 | 2026-05-11 2026-05-17
        week 47                     | week_47                | 2025-11-17 2025-11-23
        calendar week 47            | week_47                | 2025-11-17 2025-11-23
        KW47                        | week_47                | 2025-11-17 2025-11-23
        week 47 of 2025             | 2025-11-17..2025-11-23 | 2025-11-17 2025-11-23
        last quarter of 2025        | 2025-Q4                | 2025-10-01 2025-12-31
        last 3 months of 2025       | 2025-Q4                | 2025-10-01 2025-12-31
        first two months of 2026    | 2026-01-01..2026-02-28 | 2026-01-01 2026-02-28
        first 10 days of March 2026 | 2026-03-01..2026-03-10 | 2026-03-01 2026-03-10
        last day of May 2026        | 2026-05-31             | 2026-05-31 2026-05-31
        final month of Q1 2026      | 2026-03                | 2026-03-01 2026-03-31
        this year's Q1              | q1_this_year           | 2026-01-01 2026-03-31
        last year in June           | june_last_year         | 2025-06-01 2025-06-30
        fiscal YTD                  | fytd                   | 2026-02-01 2026-06-17
        Christmas 2025              | christmas_2025         | 2025-12-25 2025-12-25
        Cyber Monday 2025           | cyber_monday_2025      | 2025-12-01 2025-12-01
        Valentine's Day             | valentines_day         | 2026-02-14 2026-02-14
        ",
    );
}

#[test]
fn what_is_ahead_is_understood_too() {
    // What is ahead is understood too; whether there are data of it is another question.
    let clock = Clock {
        days: data(),
        calendar: None,
    };
    for [text, spelt, expected] in rows(
        "
        next 3 months      | next_3_months | 2026-07-01 2026-09-30
        the next 30 days   | next_30_days  | 2026-06-18 2026-07-17
        coming two weeks   | next_2_weeks  | 2026-06-22 2026-07-05
        next two quarters  | next_2_quarters | 2026-07-01 2026-12-31
        next 1 month       | next_1_month  | 2026-07-01 2026-07-31
        this weekend       | this_weekend  | 2026-06-20 2026-06-21
        next weekend       | next_weekend  | 2026-06-27 2026-06-28
        ",
    ) {
        let when = When::parse(text).expect(text);
        assert_eq!(when.to_string(), spelt, "{text}");
        let span = when.resolve_ahead(&clock).expect(text);
        assert_eq!(span.period, two(expected), "{text}: {}", span.label);
        let error = when.resolve(&clock).expect_err(text).to_string();
        assert!(error.contains("outside of the data"), "{text}: {error}");
    }
}

#[test]
fn some_days_need_no_country() {
    let none = SalesCalendar::default();
    for (text, day) in [
        ("Christmas 2025", "2025-12-25"),
        ("black friday", "2025-11-28"),
        ("new year's eve", "2025-12-31"),
        ("easter", "2026-04-05"),
    ] {
        let span = span_of(text, &none, data()).expect(text);
        assert_eq!(span.period, days(day, day), "{text} without a country");
    }
}

#[test]
fn what_is_vague_is_refused_with_what_would_be_understood() {
    let shop = calendar(SHOP);
    for (text, part) in [
        ("Q3 vs Q2", "compare_periods takes the first as a"),
        ("last month compared to May", "compare_periods"),
        ("Mondays", "profile weekday"),
        ("weekends", "profile weekday"),
        ("last 3 hours", "by day"),
        ("last few weeks", "is not a period: write last_month"),
        ("recent months", "is not a period"),
        ("early 2025", "is not a period"),
        ("mid March", "is not a period"),
        ("last summer", "is not a period"),
        ("last week of 2025", "is not a period"),
        ("first 40 days of March 2026", "is not a period"),
        ("03/04/2026", "is not a period"),
        ("15 to 1 March 2026", "is not a period"),
    ] {
        let error = span_of(text, &shop, data()).expect_err(text);
        assert!(error.contains(part), "{text}: {error}");
    }
}

#[test]
fn weekends_are_compared_with_weekends() {
    let shop = calendar(SHOP);
    let clock = Clock {
        days: data(),
        calendar: Some(&shop),
    };
    let span = When::parse("last weekend").and_then(|w| w.resolve(&clock));
    let span = span.expect("a weekend");
    assert_eq!(previous(&span, &clock), days("2026-06-06", "2026-06-07"));
    let before = year_before(&span, Align::Date, &clock).period;
    assert_eq!(before, days("2025-06-14", "2025-06-15"));
}
