//! What column names mean: the words that people use for dates, places, products and sums.

/// What a column's name says it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// A date.
    Date,
    /// A year.
    Year,
    /// A month.
    Month,
    /// A part of the calendar that follows from the date.
    CalendarPart,
    /// A place of sale's id.
    OperationId,
    /// A place of sale.
    Operation,
    /// A product's id.
    ProductId,
    /// A product.
    Product,
    /// A group of products.
    Category,
    /// A group of places.
    Region,
    /// A way of selling.
    Channel,
    /// A currency's code.
    Currency,
    /// Things sold.
    Units,
    /// Money taken.
    Revenue,
    /// Money spent.
    Cost,
    /// Money left.
    Profit,
    /// Other money that adds up: tax, discount, freight.
    Money,
    /// A number that does not add up: a price, a rate, a stock level.
    NotAdditive,
    /// A person, a document, a note.
    Identifier,
}

/// A header's words: lower case, without accents, cut at case changes and at everything that is no letter or digit.
#[must_use]
pub fn words(header: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut before = ' ';
    let chars: Vec<char> = header.chars().map(plain).collect();
    for (i, &c) in chars.iter().enumerate() {
        let next_is_lower = chars.get(i + 1).is_some_and(char::is_ascii_lowercase);
        let hump =
            c.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_is_lower));
        if (hump || !(c.is_alphanumeric() || c == '%')) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() || c == '%' {
            word.extend(c.to_lowercase());
        }
        before = c;
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// The Latin letter under an accent.
fn plain(c: char) -> char {
    match c {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        'Á' | 'À' | 'Â' | 'Ä' | 'Ã' => 'A',
        'É' | 'È' | 'Ê' | 'Ë' => 'E',
        'Í' | 'Ì' | 'Î' | 'Ï' => 'I',
        'Ó' | 'Ò' | 'Ô' | 'Ö' | 'Õ' => 'O',
        'Ú' | 'Ù' | 'Û' | 'Ü' => 'U',
        _ => c,
    }
}

use Meaning::{
    CalendarPart, Category, Channel, Cost, Currency, Date, Identifier, Money, Month, NotAdditive,
    Operation, OperationId, Product, ProductId, Profit, Region, Revenue, Units, Year,
};

/// Phrases and what they mean. The first that a header contains decides, so what overrides others stands first.
const PHRASES: &[(Meaning, &str)] = &[
    (
        CalendarPart,
        "day of week, weekday, day name, week number, week no, quarter, day of month, is weekend, is holiday, \
         fiscal period",
    ),
    (
        Identifier,
        "invoice no, invoice number, invoice id, order no, order number, order id, row id, row, \
         transaction id, transaction no, receipt, ticket, line no, line number, line id, customer, client, \
         buyer, employee, cashier, seller, salesperson, sales rep, email, phone, fax, address, street, zip, \
         postcode, post code, postal code, note, notes, comment, comments, remark, remarks, url, uuid, guid, \
         tracking",
    ),
    (
        NotAdditive,
        "unit price, price each, price per, list price, msrp, unit cost, cost per, cost each, price, avg, \
         average, mean, median, rate, ratio, percent, percentage, pct, %, share, margin %, margin pct, \
         population, stock, inventory, on hand, balance, rank, score, rating, latitude, longitude, lat, lon, \
         lng, temperature, age, index, forecast, target, budget, year to date, ytd, cumulative, running, \
         prix, preis, precio",
    ),
    (Currency, "currency, currency code, ccy"),
    (
        Date,
        "order date, invoice date, sale date, sales date, sold at, sold on, transaction date, posting date, \
         business date, week ending, week end, week start, week beginning, week commencing, period start, \
         date, datum, fecha, datetime, timestamp, year month, yearmonth, month year, week, day, created at, \
         time, period",
    ),
    (
        Units,
        "units sold, units, quantity, quantity sold, qty, bottles sold, items sold, pieces sold, pieces, pcs, \
         cases sold, volume sold, sold quantity, unit sales, unidades, cantidad, menge, sold, qte, quantite, \
         anzahl, stuck",
    ),
    (
        Cost,
        "cost of goods sold, cost of goods, cogs, total cost, cost, costs, expense, purchase amount",
    ),
    (
        Profit,
        "profit, gross margin, margin, contribution, gross income, income",
    ),
    (
        Money,
        "discount, discount amount, tax, vat, freight, shipping, shipping cost, tip, tips, fee, fees, refund, \
         refunds",
    ),
    (
        Revenue,
        "revenue, net revenue, net sales, sales amount, sales value, total sales, weekly sales, gross sales, \
         sales, turnover, line total, total price, extended price, total amount, net amount, amount, umsatz, \
         ventas, importe, takings, gross, net, total, montant, chiffre affaires, betrag, erlos",
    ),
    (
        ProductId,
        "product id, product code, product number, product no, product key, item id, item code, item number, \
         item no, article id, article number, article no, article code, stock code, stockcode, sku, sku id, \
         upc, ean, gtin, barcode, asin, isbn, material number",
    ),
    (
        Category,
        "category, category name, product category, product group, product line, product family, \
         product type, product class, product department, item category, item group, item type, sub category, \
         subcategory, department, dept, family, class, type, brand, categoria, kategorie, categorie",
    ),
    (
        OperationId,
        "operation id, operation code, operation number, store id, store code, store number, store no, \
         store nbr, branch id, branch code, location id, location code, site id, site code, shop id, \
         outlet id, outlet code, warehouse id, warehouse code, city id, city code",
    ),
    (
        Region,
        "region, region name, sales region, state, province, territory, district, area, zone, country, \
         county, market area, bundesland",
    ),
    (
        Channel,
        "sales channel, channel, order channel, platform, ship mode, payment method, payment type, payment",
    ),
    (
        Operation,
        "operation name, operation, store name, branch name, location name, shop name, site name, city, \
         store, branch, location, shop, outlet, site, market, depot, warehouse, plant, facility, restaurant, \
         ciudad, tienda, stadt, filiale, magasin, ville, standort",
    ),
    (
        Product,
        "product name, product description, item name, item description, article name, article description, \
         product, item, article, sku name, description, producto, produkt, artikel, material, title, produit, \
         designation",
    ),
    (Year, "calendar year, fiscal year, year, yr, jahr, ano"),
    (
        Month,
        "calendar month, fiscal month, month, month name, month number, monat, mes",
    ),
    (
        Identifier,
        "id, code, number, no, key, ref, reference, invoice, order, transaction, name, nr, nummer, ordre",
    ),
];

/// What a header means, the phrase that says so, and how far it is from the plainest name for it: first by the words that
/// the phrase leaves unexplained, then by its place in the list.
#[must_use]
pub fn meaning(header: &str) -> Option<(Meaning, &'static str, usize)> {
    let words = words(header);
    let contains = |phrase: &str| {
        let wanted: Vec<&str> = phrase.split(' ').collect();
        words
            .windows(wanted.len())
            .any(|w| w.iter().zip(&wanted).all(|(a, b)| a == b))
    };
    let leftover = |phrase: &str| words.len() - phrase.split(' ').count();
    let place =
        |phrases: &str, phrase: &str| phrases.split(", ").position(|p| p == phrase).unwrap_or(0);
    // An exact name beats a phrase inside a longer one: "order date" is a date, "type" a category.
    let all = words.join(" ");
    let exact = PHRASES.iter().find_map(|(meaning, phrases)| {
        let phrase = phrases.split(", ").find(|p| *p == all)?;
        Some((*meaning, phrase, place(phrases, phrase)))
    });
    exact.or_else(|| {
        PHRASES.iter().find_map(|(meaning, phrases)| {
            let found = phrases.split(", ").filter(|p| contains(p));
            let phrase = found.max_by_key(|p| p.split(' ').count())?;
            let distance = leftover(phrase) * 100 + place(phrases, phrase);
            Some((*meaning, phrase, distance))
        })
    })
}

/// A name for questions from a header: `a-z 0-9 _`.
#[must_use]
pub fn name_of(header: &str) -> String {
    let mut name: String = words(header)
        .join("_")
        .replace('%', "pct")
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '_')
        .take(60)
        .collect();
    if name.chars().all(|c| c == '_') {
        name = "column".into();
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        name.insert_str(0, "c_");
    }
    if matches!(name.as_str(), "day" | "lines" | "id" | "name" | "parent") {
        name.push_str("_value");
    }
    name
}

/// A name for people: the words, the first with a capital.
#[must_use]
pub fn label_of(header: &str) -> String {
    let text = words(header).join(" ");
    let mut chars = text.chars();
    chars.next().map_or_else(
        || header.to_owned(),
        |c| c.to_uppercase().chain(chars).collect(),
    )
}

/// Names that people use for the standard dimensions and measures.
#[must_use]
pub fn synonyms(name: &str) -> &'static [&'static str] {
    match name {
        "operation" => &["city", "location", "branch", "store", "site", "market"],
        "product" => &["item", "article", "sku"],
        "category" => &["product group", "department"],
        "region" => &["area", "territory"],
        "channel" => &["sales channel"],
        "units" => &["quantity", "qty", "units sold", "volume"],
        "revenue" => &["sales", "turnover", "amount"],
        "cost" => &["costs", "cogs"],
        "profit" => &["margin"],
        _ => &[],
    }
}

/// Decimal places of a currency by ISO 4217.
#[must_use]
pub fn exponent(currency: &str) -> u8 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// The currency that a header names: `Revenue (EUR)`, `sales_usd`, `Sales €`.
#[must_use]
pub fn currency_in(header: &str) -> Option<&'static str> {
    const CODES: [&str; 24] = [
        "USD", "EUR", "GBP", "JPY", "CHF", "CAD", "AUD", "NZD", "CNY", "INR", "MXN", "BRL", "SEK",
        "NOK", "DKK", "PLN", "CZK", "HUF", "ZAR", "KRW", "SGD", "HKD", "KWD", "TRY",
    ];
    let words = words(header);
    let code = CODES
        .into_iter()
        .find(|code| *code != "TRY" && words.iter().any(|w| w.eq_ignore_ascii_case(code)));
    code.or_else(|| {
        super::number::CURRENCY_SIGNS
            .iter()
            .find(|(sign, _)| header.contains(*sign))
            .map(|(_, code)| *code)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_cut_into_words() {
        for (header, wanted) in [
            ("UNITS_SOLD", "units sold"),
            ("UnitPrice", "unit price"),
            ("  Größe (kg) ", "große kg"),
            ("Prix unité", "prix unite"),
            ("CustomerID", "customer id"),
            ("SKUName", "sku name"),
            ("order-date", "order date"),
            ("Margin %", "margin %"),
        ] {
            assert_eq!(words(header).join(" "), wanted, "{header}");
        }
    }

    #[test]
    fn names_mean_what_people_mean() {
        use Meaning::*;
        for (header, wanted) in [
            ("OPERATION_NAME", Operation),
            ("PRODUCT_ID", ProductId),
            ("PRODUCT_NAME", Product),
            ("CALENDAR_YEAR", Year),
            ("CALENDAR_MONTH", Month),
            ("UNITS_SOLD", Units),
            ("InvoiceDate", Date),
            ("InvoiceNo", Identifier),
            ("StockCode", ProductId),
            ("Description", Product),
            ("UnitPrice", NotAdditive),
            ("avg_price_nonorg", NotAdditive),
            ("CustomerID", Identifier),
            ("week_ending", Date),
            ("location", Operation),
            ("state_cost", Cost),
            ("state_revenue", Revenue),
            ("bottles_sold", Units),
            ("Sub-Category", Category),
            ("Store Number", OperationId),
            ("Net Sales (EUR)", Revenue),
            ("Qty", Units),
            ("Sales Channel", Channel),
            ("year_month", Date),
            ("population", NotAdditive),
            ("Order ID", Identifier),
            ("Customer Name", Identifier),
            ("Weekly_Sales", Revenue),
        ] {
            assert_eq!(meaning(header).map(|m| m.0), Some(wanted), "{header}");
        }
        assert_eq!(meaning("plu4046"), None);
    }

    #[test]
    fn names_for_questions_are_plain() {
        assert_eq!(name_of("Small bag (lb)"), "small_bag_lb");
        assert_eq!(name_of("4046"), "c_4046");
        assert_eq!(name_of("Day"), "day_value");
        assert_eq!(name_of("名前"), "column");
        assert_eq!(currency_in("Revenue (EUR)"), Some("EUR"));
        assert_eq!(currency_in("sales_usd"), Some("USD"));
        assert_eq!(currency_in("Try count"), None);
    }
}
