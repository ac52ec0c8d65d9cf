//! What the demo vendor sells: ten categories of three invented brands with ten products each.

use super::chance::{Chance, Purpose, real};

/// A category with its yearly season.
pub(super) struct Category {
    pub(super) name: &'static str,
    /// Demand in the middle of January to December against the average month.
    pub(super) year: [f64; 12],
    /// Share of the vendor's demand.
    pub(super) share: f64,
    /// Taste of each channel for it, in the order of the channels.
    pub(super) taste: [f64; 4],
    /// Whether it is drunk: picnics and hot days sell it.
    pub(super) is_drink: bool,
    lines: [Line; 3],
}

/// Ten products of one brand that share size and price.
struct Line {
    brand: &'static str,
    size: &'static str,
    price_cents: i64,
    /// Ten names, best sellers first, with a bar between them.
    flavours: &'static str,
}

const fn line(
    brand: &'static str,
    size: &'static str,
    price_cents: i64,
    flavours: &'static str,
) -> Line {
    Line {
        brand,
        size,
        price_cents,
        flavours,
    }
}

pub(super) const CATEGORY_COUNT: usize = 10;
pub(super) const PRODUCT_COUNT: usize = CATEGORY_COUNT * 30;

/// Bright Fizz Cola: the best seller, which runs out in Dallas for two weeks.
pub(super) const BEST_SELLER: usize = 0;
/// Old Mill Lane Grape Soda: fades away from the spring of 2024.
pub(super) const DYING: usize = 12;
/// Early Owl Oat Cold Brew: launched in the middle of the history.
pub(super) const LAUNCHED: usize = 90;
/// The category whose cost and prices rise with cocoa.
pub(super) const CHOCOLATE: usize = 7;
/// Sold most before Halloween.
pub(super) const CANDY: usize = 8;
/// Sold most before the big game of February.
pub(super) const CHIPS: usize = 5;

pub(super) static CATEGORIES: [Category; CATEGORY_COUNT] = [
    Category {
        name: "Soft Drinks",
        year: [
            0.84, 0.87, 0.94, 1.00, 1.08, 1.18, 1.22, 1.18, 1.04, 0.93, 0.85, 0.87,
        ],
        share: 19.0,
        taste: [1.15, 0.95, 0.85, 1.0],
        is_drink: true,
        lines: [
            line(
                "Bright Fizz",
                "355 ml",
                175,
                "Cola|Cola Zero|Lemon Lime|Orange Soda|Ginger Ale|Root Beer|Cherry Cola|Tonic|\
                 Vanilla Cola|Cream Soda",
            ),
            line(
                "Old Mill Lane",
                "500 ml",
                225,
                "Root Beer|Sarsaparilla|Grape Soda|Birch Beer|Black Cherry Soda|Peach Soda|\
                 Ginger Beer|Strawberry Soda|Blue Raspberry Soda|Pineapple Soda",
            ),
            line(
                "Señor Lima",
                "355 ml",
                205,
                "Mandarina|Jamaica|Tamarindo|Limón|Piña|Sandía|Toronja|Manzana|Guayaba|Mango Picante",
            ),
        ],
    },
    Category {
        name: "Water",
        year: [
            0.80, 0.83, 0.92, 1.00, 1.11, 1.24, 1.30, 1.26, 1.08, 0.92, 0.79, 0.75,
        ],
        share: 13.0,
        taste: [1.0, 1.0, 1.15, 0.9],
        is_drink: true,
        lines: [
            line(
                "Clear Hollow",
                "500 ml",
                150,
                "Spring Water|Purified Water|Alkaline Water|Mineral Water|Electrolyte Water|\
                 Still Water|Glacier Water|Spring Water Sport Cap|Coconut Water|Aloe Water",
            ),
            line(
                "Pebble & Bubble",
                "355 ml",
                165,
                "Sparkling Plain|Sparkling Lime|Sparkling Grapefruit|Sparkling Berry|Sparkling Peach|\
                 Sparkling Cucumber|Sparkling Lemon|Sparkling Cherry|Sparkling Mango|\
                 Sparkling Watermelon",
            ),
            line(
                "Tidewell",
                "591 ml",
                219,
                "Vitamin Water Dragonfruit|Vitamin Water Citrus|Vitamin Water Açaí|\
                 Vitamin Water Peach Mango|Vitamin Water Lemonade|Vitamin Water Orange|\
                 Vitamin Water Kiwi Strawberry|Vitamin Water Blueberry|Vitamin Water Melon|\
                 Vitamin Water Pear",
            ),
        ],
    },
    Category {
        name: "Energy Drinks",
        year: [
            1.00, 1.00, 1.01, 1.01, 1.02, 1.05, 1.06, 1.05, 1.02, 0.98, 0.94, 0.86,
        ],
        share: 9.0,
        taste: [1.2, 0.9, 0.7, 1.1],
        is_drink: true,
        lines: [
            line(
                "Voltarra",
                "473 ml",
                325,
                "Original|Zero Sugar|Citrus Storm|Berry Surge|Tropical Arc|Peach Spark|\
                 Watermelon Jolt|Grape Ion|Mango Charge|White Frost",
            ),
            line(
                "Night Freight",
                "250 ml",
                279,
                "Classic Energy|Sugar Free Energy|Red Berry Energy|Lime Energy|Coconut Energy|\
                 Apricot Energy|Plum Energy|Yuzu Energy|Cherry Energy|Cola Energy",
            ),
            line(
                "Mesa Bolt",
                "355 ml",
                299,
                "Guava|Prickly Pear|Blood Orange|Yerba Mate|Mint Mate|Lemon Mate|Hibiscus|\
                 Pomegranate|Ginger Lime|Blackberry",
            ),
        ],
    },
    Category {
        name: "Iced Coffee & Tea",
        year: [
            0.92, 0.93, 0.98, 1.02, 1.07, 1.12, 1.14, 1.11, 1.04, 0.96, 0.87, 0.84,
        ],
        share: 9.0,
        taste: [0.8, 1.1, 1.25, 0.9],
        is_drink: true,
        lines: [
            line(
                "Early Owl",
                "280 ml",
                349,
                "Oat Cold Brew|Cold Brew Black|Vanilla Latte|Mocha|Caramel Latte|Café con Leche|\
                 Hazelnut Latte|Salted Caramel Cold Brew|Double Espresso|Pumpkin Latte",
            ),
            line(
                "Porch Swing",
                "500 ml",
                235,
                "Sweet Tea|Unsweet Tea|Lemon Tea|Peach Tea|Half & Half Tea|Raspberry Tea|Mint Tea|\
                 Green Tea Honey|Mango Tea|Hibiscus Tea",
            ),
            line(
                "Little Crane",
                "355 ml",
                289,
                "Jasmine Tea|Oolong Tea|Matcha Latte|Chai Latte|Brown Sugar Milk Tea|\
                 White Peach Oolong|Roasted Barley Tea|Lychee Black Tea|Taro Milk Tea|\
                 Ginger Turmeric Tea",
            ),
        ],
    },
    Category {
        name: "Juice",
        year: [
            1.00, 0.97, 0.98, 1.00, 1.03, 1.07, 1.07, 1.04, 1.02, 0.97, 0.92, 0.93,
        ],
        share: 6.0,
        taste: [0.8, 1.1, 1.1, 1.1],
        is_drink: true,
        lines: [
            line(
                "Grove & Gable",
                "300 ml",
                245,
                "Orange Juice|Apple Juice|Cranberry Juice|Grape Juice|Pineapple Juice|Tomato Juice|\
                 Grapefruit Juice|Orange, Carrot & Ginger Juice|Pear Juice|Mango Nectar",
            ),
            line(
                "Sunny Acre",
                "450 ml",
                265,
                "Lemonade|Strawberry Lemonade|Fruit Punch|Limeade|Watermelon Lemonade|\
                 Blackberry Lemonade|Peach Lemonade|Cherry Limeade|Tropical Punch|Cucumber Limeade",
            ),
            line(
                "Green Ladder",
                "325 ml",
                399,
                "Kale Apple Smoothie|Berry Smoothie|Mango Smoothie|Banana Oat Smoothie|\
                 Beetroot Smoothie|Spinach Pear Smoothie|Avocado Lime Smoothie|Açaí Smoothie|\
                 Protein Vanilla Smoothie|Protein Cocoa Smoothie",
            ),
        ],
    },
    Category {
        name: "Chips & Pretzels",
        year: [
            0.95, 0.98, 0.95, 0.96, 0.99, 1.01, 1.02, 1.00, 0.97, 0.99, 1.04, 1.14,
        ],
        share: 16.0,
        taste: [1.1, 1.0, 0.9, 1.0],
        is_drink: false,
        lines: [
            line(
                "Prairie Gold",
                "150 g",
                245,
                "Salted Pretzels|Honey Mustard Pretzels|Sourdough Pretzels|Everything Pretzels|\
                 Pretzel Sticks|Butter Pretzels|Cheddar Pretzels|Cinnamon Pretzels|Jalapeño Pretzels|\
                 Gluten Free Pretzels",
            ),
            line(
                "Kettle Bend",
                "60 g",
                185,
                "Sea Salt Chips|Salt & Vinegar Chips|Smoky BBQ Chips|Sour Cream & Onion Chips|\
                 Sea Salt, Cracked Pepper Chips|Dill Pickle Chips|Cheddar Chips|Sweet Onion Chips|\
                 Reduced Salt Chips|Truffle Chips",
            ),
            line(
                "El Rancho Azul",
                "85 g",
                199,
                "Corn Chips|Chile Limón Tortilla Chips|Nacho Tortilla Chips|Blue Corn Chips|\
                 Salsa Verde Tortilla Chips|Cheese Puffs|Hot Cheese Crunch|Guacamole Chips|\
                 Pork Rinds|Plantain Chips",
            ),
        ],
    },
    Category {
        name: "Nuts & Trail Mix",
        year: [
            1.04, 0.99, 0.98, 0.97, 0.97, 0.98, 0.98, 0.97, 0.97, 0.99, 1.04, 1.12,
        ],
        share: 8.0,
        taste: [0.85, 1.15, 1.2, 0.9],
        is_drink: false,
        lines: [
            line(
                "Granny Odell's",
                "70 g",
                239,
                "Salted Peanuts|Honey Roasted Peanuts|Spicy Peanuts|Boiled Peanuts|Roasted Almonds|\
                 Smoked Almonds|Cashews|Candied Pecans|Mixed Nuts|Pistachios",
            ),
            line(
                "Switchback Sam",
                "90 g",
                289,
                "Classic Trail Mix|Chocolate Trail Mix|Tropical Trail Mix|Cranberry Trail Mix|\
                 Peanut Butter Trail Mix|Spicy Trail Mix|Berry Nut Trail Mix|Coconut Trail Mix|\
                 Energy Trail Mix|Unsalted Trail Mix",
            ),
            line(
                "Sparrow Hill",
                "45 g",
                195,
                "Oat & Honey Bar|Almond Bar|Peanut Butter Bar|Dark Cocoa Nut Bar|Coconut Cashew Bar|\
                 Blueberry Bar|Protein Bar Vanilla|Protein Bar Brownie|Date & Seed Bar|\
                 Apple Cinnamon Bar",
            ),
        ],
    },
    Category {
        name: "Chocolate",
        year: [
            1.03, 1.20, 1.08, 1.03, 0.93, 0.82, 0.76, 0.78, 0.89, 1.07, 1.13, 1.28,
        ],
        share: 8.0,
        taste: [1.0, 1.0, 1.0, 1.0],
        is_drink: false,
        lines: [
            line(
                "Velvet Mule",
                "45 g",
                189,
                "Milk Chocolate Bar|Dark Chocolate Bar|Caramel Bar|Peanut Bar|Crispy Rice Bar|\
                 Almond Chocolate Bar|Coconut Chocolate Bar|Nougat Bar|Mint Chocolate Bar|\
                 Cookie Crunch Bar",
            ),
            line(
                "Hart & Lindqvist",
                "80 g",
                345,
                "70% Dark|Milk Hazelnut|Sea Salt Caramel|Orange Dark|White Vanilla|85% Dark|\
                 Espresso Dark|Raspberry Dark|Pistachio Milk|Chili Dark",
            ),
            line(
                "Pocket Pals",
                "50 g",
                175,
                "Chocolate Buttons|Peanut Butter Cups|Chocolate Raisins|Chocolate Peanuts|Malt Balls|\
                 Mini Caramel Cups|Chocolate Wafers|Chocolate Pretzels|Peppermint Cups|\
                 Chocolate Almonds",
            ),
        ],
    },
    Category {
        name: "Candy & Gum",
        year: [
            0.93, 1.03, 0.97, 0.99, 0.97, 0.98, 0.99, 0.97, 1.00, 1.20, 0.94, 1.03,
        ],
        share: 6.0,
        taste: [1.15, 0.9, 0.7, 1.2],
        is_drink: false,
        lines: [
            line(
                "Jolly Lantern",
                "100 g",
                199,
                "Gummy Bears|Sour Worms|Peach Rings|Cola Bottles|Fruit Slices|Sour Cherries|\
                 Watermelon Wedges|Licorice Twists|Jelly Beans|Tropical Gummies",
            ),
            line(
                "Snapdragon",
                "14 pieces",
                159,
                "Spearmint Gum|Peppermint Gum|Cinnamon Gum|Bubblegum|Wintergreen Gum|Watermelon Gum|\
                 Citrus Gum|Berry Gum|Charcoal Mint Gum|Green Tea Gum",
            ),
            line(
                "Miss Tilly's",
                "40 g",
                139,
                "Peppermints|Butterscotch Drops|Fruit Chews|Honey Drops|Lemon Drops|\
                 Root Beer Barrels|Cinnamon Drops|Sour Chews|Caramel Chews|Ginger Chews",
            ),
        ],
    },
    Category {
        name: "Cookies & Pastry",
        year: [
            0.99, 1.00, 0.98, 0.98, 0.97, 0.94, 0.93, 0.96, 1.01, 1.03, 1.07, 1.14,
        ],
        share: 6.0,
        taste: [1.0, 1.05, 1.0, 0.95],
        is_drink: false,
        lines: [
            line(
                "Aunt Opal's",
                "75 g",
                209,
                "Chocolate Chip Cookies|Oatmeal Raisin Cookies|Peanut Butter Cookies|Sugar Cookies|\
                 Double Chocolate Cookies|Snickerdoodles|Shortbread|Ginger Snaps|Lemon Cookies|\
                 White Chocolate Macadamia Cookies",
            ),
            line(
                "Maison Blé",
                "65 g",
                259,
                "Butter Croissant|Pain au Chocolat|Madeleines|Almond Financier|Crème Brûlée Cookie|\
                 Blueberry Muffin|Banana Muffin|Cinnamon Roll|Brownie|Lemon Loaf",
            ),
            line(
                "Bandera Bakes",
                "55 g",
                169,
                "Honey Bun|Glazed Donuts|Powdered Donuts|Fudge Brownie|Oatmeal Pie|Apple Pie|\
                 Cherry Pie|Pecan Pie|Rice Crisp Square|Fig Bar",
            ),
        ],
    },
];

/// One product as it is sold.
#[derive(Debug, Clone)]
pub(super) struct Product {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) category: usize,
    /// List price on the first day, cents.
    pub(super) price_cents: i64,
    /// Cost per unit on the first day, cents.
    pub(super) cost_cents: i64,
    /// Demand against other products.
    pub(super) popularity: f64,
}

/// All products, in the order of their ids. The names never change; the seed decides how well each one sells.
pub(super) fn products(seed: u64) -> Vec<Product> {
    let mut chance = Chance::new(seed, Purpose::Popularity);
    let mut products = Vec::with_capacity(PRODUCT_COUNT);
    for (index, category) in CATEGORIES.iter().enumerate() {
        let first = products.len();
        for line in &category.lines {
            for flavour in line.flavours.split('|') {
                let number = products.len();
                products.push(Product {
                    id: format!("SKU-{:04}", number + 1),
                    name: format!("{} {flavour} {}", line.brand, line.size),
                    category: index,
                    price_cents: line.price_cents,
                    cost_cents: line.price_cents * chance.between(44, 58) / 100,
                    popularity: popularity(number, number - first, &mut chance),
                });
            }
        }
        let total: f64 = products.iter().skip(first).map(|p| p.popularity).sum();
        for product in products.iter_mut().skip(first) {
            product.popularity *= category.share / total;
        }
    }
    products
}

/// Zipf-Mandelbrot over the rank within the category. Brands list their best sellers first and take turns in the
/// ranking; the seed shifts everything but the vendor's best seller.
fn popularity(product: usize, place: usize, chance: &mut Chance) -> f64 {
    let (brand, flavour) = (place / 10, place % 10);
    let rank = i64::try_from(flavour * 3 + brand).map_or(0.0, real);
    let luck = chance.factor(0.25);
    let luck = if product == BEST_SELLER { 2.6 } else { luck };
    luck * libm::pow(rank + 2.5, -1.05)
}
