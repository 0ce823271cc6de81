//! The one line that turns a crate into a connector library.

/// Exports a connector from a `cdylib` crate.
///
/// ```ignore
/// connector_api::export_connector! {
///     connector: Echo,                        // implements StartConnector
///     capabilities: "../capabilities.json",   // relative to this source file
/// }
/// ```
///
/// Does not compile with `panic = "abort"`: a panic must become an error and not the end of the host. Nor with a
/// capability document that is not JSON, or that lacks its schema or its connector's id, name or version.
#[macro_export]
macro_rules! export_connector {
    (connector: $connector:ty, capabilities: $capabilities:literal $(,)?) => {
        #[doc(hidden)]
        #[allow(unsafe_code, non_camel_case_types, missing_docs)]
        mod __jackfield_export {
            use super::*;
            use $crate::abi::abi_stable;

            #[cfg(panic = "abort")]
            compile_error!(
                "a Jackfield connector must be built with panic = \"unwind\": remove panic = \"abort\" from the profile"
            );

            const DOCUMENT: &str = include_str!($capabilities);
            const _: () = $crate::document_check::check(DOCUMENT);
            const MANIFEST: &[&str] = &[
                "{\"manifest\":1,\"package\":\"",
                env!("CARGO_PKG_NAME"),
                "\",\"version\":\"",
                env!("CARGO_PKG_VERSION"),
                "\",\"connector_api\":\"",
                $crate::VERSION,
                "\",\"connector_abi\":\"",
                $crate::abi::VERSION,
                "\",\"arch\":\"",
                ::std::env::consts::ARCH,
                "\",\"os\":\"",
                ::std::env::consts::OS,
                "\",\"debug\":",
                if cfg!(debug_assertions) { "true" } else { "false" },
                "}",
            ];
            const LEN: usize = $crate::abi::embedded::framed_len(MANIFEST, DOCUMENT);

            #[used]
            #[cfg_attr(target_os = "macos", unsafe(link_section = "__DATA,__jackfield"))]
            #[cfg_attr(windows, unsafe(link_section = ".jackfld"))]
            #[cfg_attr(not(any(target_os = "macos", windows)), unsafe(link_section = ".jackfield"))]
            static EMBEDDED: [u8; LEN] = $crate::abi::embedded::frame(MANIFEST, DOCUMENT);

            extern "C" fn describe() -> abi_stable::std_types::RVec<u8> {
                DOCUMENT.as_bytes().into()
            }

            extern "C" fn new(
                request: abi_stable::std_types::RVec<u8>,
                host: $crate::abi::HostApi_Ref,
            ) -> abi_stable::std_types::RResult<$crate::abi::ConnectorBox, $crate::abi::AbiError> {
                $crate::boundary::start::<$connector>(&request, DOCUMENT, host)
            }

            $crate::abi::export_root_module!(describe, new);
        }
    };
    (capabilities: $capabilities:literal, connector: $connector:ty $(,)?) => {
        $crate::export_connector! { connector: $connector, capabilities: $capabilities }
    };
    (connector: $connector:ty $(,)?) => {
        compile_error!(
            "export_connector! lacks the capability document: add `capabilities: \"../capabilities.json\"`, \
             a path that begins at this source file"
        );
    };
    (capabilities: $capabilities:literal $(,)?) => {
        compile_error!(
            "export_connector! lacks the connector: add `connector: TheType`, a type that implements StartConnector"
        );
    };
    ($($other:tt)*) => {
        compile_error!(
            "export_connector! is written \
             `export_connector! { connector: TheType, capabilities: \"../capabilities.json\" }`"
        );
    };
}
