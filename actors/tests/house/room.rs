//! A room through its mailbox.

mod chat;
mod door;
mod media;
mod relay;
mod seats;
