//! The binary boundary in words: every type that crosses it, down to each field and function.

use std::{
    collections::{HashMap, VecDeque},
    fmt::Write as _,
};

use connector_abi::{
    AbiError, ConnectorBox, ConnectorMod_Ref, HostApi_Ref, LogRecord, Reply, ReplyFuture,
    abi_stable::{
        StableAbi,
        library::ROOT_MODULE_LOADER_NAME,
        std_types::UTypeId,
        type_layout::{TLData, TLField, TLFields, TLFunction, TypeLayout},
    },
    embedded::{self, SECTION_ELF, SECTION_MACHO, SECTION_PE},
};

/// The package whose types come first; the others are of packages that are fixed to one version.
const OURS: &str = "connector-abi";

const ROOTS: &[(&str, &TypeLayout)] = &[
    ("root module", <ConnectorMod_Ref as StableAbi>::LAYOUT),
    ("connector object", <ConnectorBox as StableAbi>::LAYOUT),
    ("host functions", <HostApi_Ref as StableAbi>::LAYOUT),
    ("answer", <Reply as StableAbi>::LAYOUT),
    ("future answer", <ReplyFuture as StableAbi>::LAYOUT),
    ("error", <AbiError as StableAbi>::LAYOUT),
    ("log record", <LogRecord<'static> as StableAbi>::LAYOUT),
];

const MANIFEST: &[&str] = &["{\"manifest\":", "1}"];
const DOCUMENT: &str = "{}";
const FRAME: [u8; embedded::framed_len(MANIFEST, DOCUMENT)] = embedded::frame(MANIFEST, DOCUMENT);

/// Everything that two sides of the boundary have to agree on, in a text that is the same for every compiler and
/// every profile.
#[must_use]
pub fn description() -> String {
    let types = Types::reachable();
    let mut lines = vec![
        format!("exported symbol: {ROOT_MODULE_LOADER_NAME}"),
        format!("sections: {SECTION_ELF} (ELF), {SECTION_MACHO} (Mach-O), {SECTION_PE} (PE)"),
        format!("frame of {} and {DOCUMENT}: {}", MANIFEST.concat(), hex::encode(FRAME)),
        String::new(),
    ];
    lines.extend(ROOTS.iter().map(|(role, layout)| format!("{role}: {}", types.name(layout))));
    let (ours, others): (Vec<&TypeLayout>, Vec<&TypeLayout>) =
        types.found.iter().partition(|layout| layout.package().as_str() == OURS);
    for layout in ours.into_iter().chain(others) {
        lines.push(String::new());
        lines.push(types.summary(layout));
        lines.extend(types.details(layout).into_iter().map(|line| format!("  {line}")));
    }
    lines.join("\n")
}

/// Every type that the roots mention, and that those mention, in the order in which they are met.
struct Types {
    found: Vec<&'static TypeLayout>,
    names: HashMap<UTypeId, String>,
}

impl Types {
    fn reachable() -> Self {
        let mut types = Self { found: Vec::new(), names: HashMap::new() };
        let mut met: HashMap<String, usize> = HashMap::new();
        let mut waiting: VecDeque<_> = ROOTS.iter().map(|(_, layout)| *layout).collect();
        while let Some(layout) = waiting.pop_front() {
            if types.names.contains_key(&layout.get_utypeid()) {
                continue;
            }
            // A layout does not tell its type's parameters: `RVec<u8>` and `RVec<RString>` are told apart by number.
            let plain = layout.full_type().to_string();
            let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
            let number = met.entry(plain.clone()).and_modify(|number| *number += 1).or_insert(1);
            let name = if *number == 1 { plain } else { format!("{plain} #{number}") };
            types.names.insert(layout.get_utypeid(), name);
            types.found.push(layout);
            waiting.extend(layout.shared_vars().type_layouts().iter().map(|of| of()));
        }
        types
    }

    fn name(&self, layout: &TypeLayout) -> &str {
        self.names.get(&layout.get_utypeid()).map_or("a type that nobody mentions", String::as_str)
    }

    fn summary(&self, layout: &TypeLayout) -> String {
        let (package, version) = layout.package_and_version();
        let (name, repr) = (self.name(layout), layout.repr_attr());
        let (size, alignment) = (layout.size(), layout.alignment());
        let niche = if layout.is_nonzero() { ", never zero" } else { "" };
        format!("{name} ({package} {version}): size {size}, alignment {alignment}{niche}, {repr:?}")
    }

    fn details(&self, layout: &'static TypeLayout) -> Vec<String> {
        let mut lines = match layout.data() {
            TLData::Struct { fields } | TLData::Union { fields } => self.fields(fields),
            TLData::PrefixType(prefix) => {
                let mut lines = vec![format!("fields that every version has: {}", prefix.first_suffix_field)];
                lines.extend(self.fields(prefix.fields));
                lines
            }
            TLData::Enum(variants) => {
                let names: Vec<_> = variants.variant_names_iter().collect();
                let counts = variants.field_count.as_slice();
                let closed = if variants.exhaustiveness.is_exhaustive() { "only" } else { "so far" };
                let mut lines = vec![format!("{closed} {} with {counts:?} fields", names.join(", "))];
                lines.extend(self.fields(variants.fields));
                lines
            }
            TLData::Primitive(_) | TLData::Opaque => Vec::new(),
        };
        let checked = layout.phantom_fields().iter();
        lines.extend(checked.map(|field| format!("of {}", self.name(field.layout()))));
        lines
    }

    fn fields(&self, fields: TLFields) -> Vec<String> {
        fields.iter().enumerate().map(|(place, field)| format!("{place} {}", self.field(&field))).collect()
    }

    fn field(&self, field: &TLField) -> String {
        if field.is_function() {
            let functions = field.function_range().iter();
            let functions: Vec<_> = functions.map(|function| self.function(&function)).collect();
            return format!("{}: {}", field.name(), functions.join(" + "));
        }
        let mut text = format!("{}: {}", field.name(), self.name(field.layout()));
        for function in field.function_range() {
            let _infallible = write!(text, " with {}", self.function(&function));
        }
        text
    }

    fn function(&self, function: &TLFunction) -> String {
        let parameters = function.param_type_layouts.iter().map(|of| self.name(of()).to_owned());
        let parameters: Vec<_> = parameters.collect();
        let back = function.return_type_layout().map_or("()", |of| self.name(of()));
        format!("fn({}) -> {back}", parameters.join(", "))
    }
}
