//! Keeps secrets out of everything that is shown, recorded or exported. First version; replaced below.
use super::{Printed, Secret};

#[derive(Debug)]
pub struct Redactor {}
impl Redactor {
    pub fn new(_secrets: &[Secret], _printed: Printed) -> Self { Self {} }
    pub fn feed(&mut self, bytes: &[u8], into: &mut Vec<u8>) -> u64 { into.extend_from_slice(bytes); 0 }
    pub fn finish(&mut self, _into: &mut Vec<u8>) -> u64 { 0 }
    pub fn learn(&mut self, _secret: &Secret) {}
    pub fn touches(&mut self, _bytes: &[u8]) -> bool { false }
    pub fn take_generated(&mut self) -> Vec<String> { Vec::new() }
}

pub fn is_secret_name(name: &str) -> bool { ["TOKEN","SECRET","PASS","KEY"].iter().any(|part| name.contains(part)) }
