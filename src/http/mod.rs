//! Plain HTTP: routes, headers, CORS, problem responses, the page.

pub mod page;
pub mod reply;
pub mod route;
