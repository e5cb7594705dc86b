//! The behaviours of the whole house: one binary, so that it is linked once.

mod app;
mod auth;
mod browser;
mod call;
mod device;
mod house;
mod jobs;
mod keys;
mod login;
mod postgres;
mod records;
mod redis;
mod sealed;
mod server;
mod store;
mod tidy;
mod visit;
mod ws;
