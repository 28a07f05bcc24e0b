//! Syntax errors as the bash grammar of tree-sitter sees them. Only asked about compound commands.

use tree_sitter::{Node, Parser};

/// The first error of a text that is to be run, as (byte offset, message).
pub(super) fn error(text: &str) -> Option<(usize, String)> {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_bash::LANGUAGE.into())
        .expect("the grammar was built for this version of tree-sitter");
    let tree = parser.parse(text, None)?;
    let root = tree.root_node();
    if !root.has_error() {
        return None;
    }
    let node = first_error(root);
    let message = if node.is_missing() {
        format!("`{}` is missing here", node.kind())
    } else {
        "bash would not understand this".to_owned()
    };
    Some((node.start_byte(), message))
}

/// Descends to the first node that is an error itself.
fn first_error(root: Node<'_>) -> Node<'_> {
    let mut node = root;
    loop {
        if node.is_error() || node.is_missing() {
            return node;
        }
        let mut cursor = node.walk();
        match node.children(&mut cursor).find(Node::has_error) {
            Some(child) => node = child,
            None => return node,
        }
    }
}
