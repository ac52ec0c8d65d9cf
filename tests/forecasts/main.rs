//! Forecasts through links and MCP: by a dimension, and with what is planned.

mod hierarchy;
mod planned;
