//! The exported symbol of a connector library.

/// Exports a [`ConnectorMod`](crate::ConnectorMod) made of these two functions as the library's root module.
///
/// It stands for `abi_stable`'s attribute `export_root_module`, which needs every author's crate to depend on
/// `abi_stable` by name. Only `connector_api::export_connector!` uses it.
#[doc(hidden)]
#[macro_export]
macro_rules! export_root_module {
    ($describe:ident, $new:ident) => {
        // SAFETY: nothing else can define this name: a library has one root module, and the linker refuses two.
        #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
        pub static ROOT_MODULE: $crate::abi_stable::library::LibHeader = {
            fn module() -> $crate::ConnectorMod_Ref {
                use $crate::abi_stable::prefix_type::PrefixTypeTrait;
                $crate::ConnectorMod { describe: $describe, new: $new }.leak_into_prefix()
            }
            extern "C" fn erased() -> $crate::abi_stable::library::RootModuleResult {
                $crate::abi_stable::library::__call_root_module_loader(module)
            }
            // SAFETY: `erased` returns the module type named here, and its layout is checked at load.
            unsafe {
                $crate::abi_stable::library::LibHeader::from_constructor::<$crate::ConnectorMod_Ref>(
                    erased,
                    $crate::abi_stable::library::CheckTypeLayout::Yes,
                )
            }
        };
    };
}
