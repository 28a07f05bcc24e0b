//! Placeholder until the notation stands.
