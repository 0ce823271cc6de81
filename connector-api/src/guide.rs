#![doc = include_str!("../../docs/writing-a-connector.md")]
