//! What an image holds beside the program: how it was built, and the proxy that runs in it.

pub(crate) mod apache;
pub(crate) mod bases;
pub(crate) mod caddy;
pub(crate) mod container;
pub(crate) mod dockerfile;
pub(crate) mod haproxy;
pub(crate) mod health;
pub(crate) mod in_front;
pub(crate) mod nginx;
pub(crate) mod on_host;
pub(crate) mod proxy;
pub(crate) mod published;
