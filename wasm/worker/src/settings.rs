//! The core's settings from `[vars]` and secrets.

use nearcast::Result;
use nearcast::config::Config;
use worker::Env;
use worker::js_sys::{Object, Reflect};
use worker::wasm_bindgen::JsCast as _;

const PREFIX: &str = "NEARCAST_";

/// Reads every text binding whose name starts with `NEARCAST_`.
pub(crate) fn config(env: &Env) -> Result<Config> {
    let bindings: &Object = env.unchecked_ref();
    let pairs = Object::keys(bindings).into_iter().filter_map(|key| {
        let name = key.as_string().filter(|name| name.starts_with(PREFIX))?;
        let value = Reflect::get(env, &key).ok()?.as_string()?;
        Some((name, value))
    });
    Config::from_pairs(pairs)
}
