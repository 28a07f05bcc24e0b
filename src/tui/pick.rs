//! Choosing what to walk.

/// placeholder
pub struct PickItem;
pub struct Picked;
pub struct Choice;
pub struct Resumption;
pub fn pick() {}
pub fn choose_resume() {}
