//! The behaviours of the whole house: one binary, so that it is linked once.

mod acme;
mod app;
mod auth;
mod authenticator;
mod authority;
mod browser;
mod call;
mod device;
mod factor;
mod house;
mod jobs;
mod keys;
mod login;
mod mail;
mod postgres;
mod proxy;
mod records;
mod redis;
mod sealed;
mod server;
mod slow;
mod store;
mod tidy;
mod tls;
mod visit;
mod ws;
