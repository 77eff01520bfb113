//! `mockloop!`: what is refused, how that is told, and what is taken.

use trybuild::TestCases;

#[test]
fn what_is_wrong_is_told_where_it_is_written() {
    TestCases::new().compile_fail("ui/fail/*.rs");
}

#[test]
fn code_compiles_wherever_it_stands() {
    TestCases::new().pass("ui/pass/*.rs");
}
