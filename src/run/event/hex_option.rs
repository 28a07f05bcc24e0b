//! Digests that may be absent.

use crate::runbook::Digest;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

#[expect(clippy::ref_option, reason = "serde's `with` passes a reference to the field")]
pub fn serialize<S: Serializer>(digest: &Option<Digest>, serializer: S) -> Result<S::Ok, S::Error> {
    match digest {
        Some(digest) => super::hex::serialize(digest, serializer),
        None => serializer.serialize_none(),
    }
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Digest>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    text.map(|text| Digest::from_hex(&text).ok_or_else(|| D::Error::custom("not a SHA-256 digest"))).transpose()
}
