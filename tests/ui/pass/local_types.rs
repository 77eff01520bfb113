#![allow(dead_code)]

mod local {
    pub struct Option;
    pub struct Some;
    pub struct None;
    pub struct Ok;
    pub struct Err;
    pub struct String;
    pub struct Vec;
    pub struct Box;
    pub struct Result;
    pub struct Value;
    pub trait Clone {}
    pub trait Default {}
    pub trait Into {}
    pub trait Iterator {}

    mockloop_runtime::mockloop! {
        #[mockloop(models)]
        pub mod recursive = "../specs/recursive.yaml";

        #[mockloop(models)]
        pub mod styles = "../specs/styles.yaml";
    }
}

fn main() {
    assert_eq!(local::recursive::API.title, "Recursive");
}
