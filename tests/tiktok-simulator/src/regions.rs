//! Which countries may do what (protocol reference, section 1.2).
//!
//! Countries are ISO 3166 codes of two letters.

/// The European Union, and Iceland, Liechtenstein and Norway.
const EEA: [&str; 30] = [
    "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IT", "LV", "LT",
    "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE", "IS", "LI", "NO",
];

/// Whether Business Messaging does not exist here: the EEA, Switzerland and the UK.
pub(crate) fn is_excluded(country: &str) -> bool {
    EEA.contains(&country) || ["CH", "GB"].contains(&country)
}

/// Whether a list of countries names this one; `EU` stands for the EEA.
fn names(list: &[String], country: &str) -> bool {
    list.iter().any(|entry| entry == country || (entry == "EU" && EEA.contains(&country)))
}

/// Whether two people may send each other images: both countries must allow it.
pub(crate) fn images_between(blocked: &[String], business: &str, customer: &str) -> bool {
    ![business, customer].into_iter().any(|country| is_excluded(country) || names(blocked, country))
}

/// Whether a business of this country may answer comments with a message
/// (protocol reference, section 1.2).
pub(crate) fn may_answer_comments(business: &str) -> bool {
    ["VN", "ID", "TH"].contains(&business)
}

/// Whether comments of people in this country may be answered with a message.
///
/// The reference names APAC, LATAM and METAP without listing countries; everywhere but Europe's
/// excluded countries, the US and Canada is taken to be one of them.
pub(crate) fn comments_may_be_answered(customer: &str) -> bool {
    !is_excluded(customer) && !["US", "CA"].contains(&customer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_depend_on_both_countries() {
        let blocked = ["US".to_owned(), "EU".to_owned()];
        for (business, customer, allowed) in [
            ("BR", "BR", true),
            ("BR", "US", false),
            ("US", "BR", false),
            ("BR", "NO", false),
            ("BR", "CH", false),
            ("VN", "TH", true),
        ] {
            assert_eq!(images_between(&blocked, business, customer), allowed, "{business} {customer}");
        }
    }

    #[test]
    fn only_europe_is_excluded() {
        for (country, excluded) in
            [("DE", true), ("IS", true), ("CH", true), ("GB", true), ("BR", false), ("US", false)]
        {
            assert_eq!(is_excluded(country), excluded, "{country}");
        }
    }
}
