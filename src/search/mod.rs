//! Full-text search: words, stems, an index of passages, ranking by BM25. It knows nothing of sales: `engine` hands it texts
//! and gets their numbers back.

mod index;
pub mod library;
mod near;
mod passages;
mod rank;
mod stem;
mod words;

pub use index::{Draft, Index};
pub use library::{Document, Library, Passage};
pub use near::distance;
pub use passages::{Cut, Format, cut};
pub use rank::{Hit, Wanted, order, rank};
pub use stem::stem;
pub use words::words;
