//! A root module of `abi_stable` 0.10 in a file that says that it is a connector.
//!
//! The tests compile it with `FRAME` naming a file with the section's bytes.

use abi_stable::{
    export_root_module, library::RootModule, package_version_strings, prefix_type::PrefixTypeTrait,
    sabi_types::VersionStrings, StableAbi,
};

const BYTES: &[u8] = include_bytes!(env!("FRAME"));

#[used]
#[link_section = ".jackfield"]
static FRAME: [u8; BYTES.len()] = *include_bytes!(env!("FRAME"));

#[repr(C)]
#[derive(StableAbi)]
#[sabi(kind(Prefix(prefix_ref = "Module_Ref")))]
#[sabi(missing_field(panic))]
pub struct Module {
    #[sabi(last_prefix_field)]
    pub nothing: extern "C" fn(),
}

impl RootModule for Module_Ref {
    abi_stable::declare_root_module_statics! {Module_Ref}
    const BASE_NAME: &'static str = "old";
    const NAME: &'static str = "old";
    const VERSION_STRINGS: VersionStrings = package_version_strings!();
}

extern "C" fn nothing() {}

#[export_root_module]
fn module() -> Module_Ref {
    Module { nothing }.leak_into_prefix()
}
