//! The boundary is frozen.

use abi_compatibility::layout;

/// If this fails, libraries that exist in the world no longer fit: undo the change, and say what you need as a new
/// operation or a new JSON field. Only methods and fields that were *appended* behind the `last_prefix_field` mark
/// may be accepted here.
#[test]
fn the_boundary_is_the_one_that_was_released() {
    insta::assert_snapshot!(layout::description());
}
