//! What `export_connector!` writes for others, with misbehaviour at each place.

#![allow(unsafe_code, non_camel_case_types, reason = "the exported symbols of a connector library")]

use connector_abi::{
    AbiError, Connector_TO, ConnectorBox, ConnectorMod, ConnectorMod_Ref, HostApi_Ref,
    abi_stable::{
        erased_types::TD_Opaque,
        library::{__call_root_module_loader, CheckTypeLayout, LibHeader, RootModuleResult},
        prefix_type::PrefixTypeTrait,
        std_types::{RResult, RVec},
    },
    embedded,
};
use connector_api::boundary;

use crate::{at_load, channel::Hostile, misbehaviour::hang, raw::Raw};

const DOCUMENT: &str = include_str!("../capabilities.json");
const MANIFEST: &[&str] = &[
    "{\"manifest\":1,\"package\":\"hostile-connector\",\"version\":\"0.1.0\",\"connector_api\":\"",
    connector_api::VERSION,
    "\",\"connector_abi\":\"",
    connector_abi::VERSION,
    "\",\"arch\":\"",
    std::env::consts::ARCH,
    "\",\"os\":\"",
    std::env::consts::OS,
    "\"}",
];

#[used]
#[unsafe(link_section = ".jackfield")]
static EMBEDDED: [u8; embedded::framed_len(MANIFEST, DOCUMENT)] = embedded::frame(MANIFEST, DOCUMENT);

extern "C" fn describe() -> RVec<u8> {
    match at_load::chosen() {
        "describe-panic" => panic!("hostile on purpose, while asked what it is"),
        "describe-hang" => hang(),
        "describe-other" => DOCUMENT.replace("Hostile", "Harmless").into_bytes().into(),
        _ => DOCUMENT.as_bytes().into(),
    }
}

extern "C" fn new(request: RVec<u8>, host: HostApi_Ref) -> RResult<ConnectorBox, AbiError> {
    let tame = boundary::start::<Hostile>(&request, DOCUMENT, host);
    tame.map(|tame| Connector_TO::from_value(Raw::new(tame, &request), TD_Opaque))
}

fn module() -> ConnectorMod_Ref {
    match at_load::chosen() {
        "module-panic" => panic!("hostile on purpose, while initialised"),
        "module-hang" => hang(),
        "module-exit" => std::process::exit(3),
        _ => ConnectorMod { describe, new }.leak_into_prefix(),
    }
}

extern "C" fn erased() -> RootModuleResult {
    __call_root_module_loader(module)
}

// SAFETY: nothing else can define this name: a library has one root module, and the linker refuses two.
#[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
static ROOT_MODULE: LibHeader = {
    // SAFETY: `erased` returns the module type named here, and its layout is checked at load.
    unsafe { LibHeader::from_constructor::<ConnectorMod_Ref>(erased, CheckTypeLayout::Yes) }
};
