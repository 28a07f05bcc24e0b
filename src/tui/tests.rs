//! Whole screens, and whole conversations: keys in, screen or record out.

mod by_itself;
mod conversations;
mod dialogs;
mod edits;
mod narrow;
mod pages;
mod picture;
mod remapped;
mod screens;
