//! The code blocks of a page.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Result, ensure};

pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All of them, in order.
pub(crate) fn blocks(page: &str) -> Result<Vec<Block>> {
    let text = fs::read_to_string(root().join(page))?;
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(language), None) => {
                open = Some(Block { language: language.to_owned(), text: String::new() })
            }
            (None, Some(block)) => open = Some(Block { text: format!("{}{line}\n", block.text), ..block }),
            (None, None) => {}
        }
    }
    ensure!(open.is_none(), "{page}: the last block has no end");
    Ok(blocks)
}

pub(crate) fn of_language<'a>(blocks: &'a [Block], language: &str) -> Vec<&'a str> {
    blocks.iter().filter(|block| block.language == language).map(|block| block.text.as_str()).collect()
}

/// Every block is of a language that some test looks at.
pub(crate) fn only(blocks: &[Block], known: &[&str]) -> Result<()> {
    for block in blocks {
        ensure!(known.contains(&block.language.as_str()), "no test knows a block of {:?}", block.language);
    }
    Ok(())
}
