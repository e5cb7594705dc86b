//! Vaidya's shell: HTTP, WebSocket, SQL, files and the clock.

pub mod app;
pub mod clock;
pub mod config;
pub mod console;
pub mod custodian;
pub mod error;
pub mod gateway;
pub mod granting;
pub mod jobs;
pub mod register;
pub mod store;
pub mod telemetry;
pub mod web;
