//! A description in several files: a change in any of them builds this crate anew.

mockloop_runtime::mockloop! {
    #[mockloop(models, deny(warnings), test)]
    pub mod library = "specs/library.yaml";
}

#[cfg(test)]
mod tests {
    use mockloop_runtime::Endpoint as _;

    use super::library::models::BorrowBody;
    use super::library::{Borrow, GetBook, Operation};

    #[test]
    fn requests_of_both_files() -> Result<(), mockloop_runtime::RequestError> {
        assert_eq!(Operation::ALL, [Operation::GetBook, Operation::Borrow]);
        assert_eq!(GetBook::new("9781718503106").request()?.uri(), "/books/9781718503106");
        let request = Borrow::new(BorrowBody::new("9781718503106")).request()?;
        assert_eq!(request.body(), br#"{"isbn":"9781718503106"}"#);
        Ok(())
    }
}
