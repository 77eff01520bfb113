//! Shows what the pet store serves, starts a mock of it, and asks it for a pet.

use std::error::Error;

mockloop_runtime::include_mock!("petstore");

use petstore::{GetPetById, GetPetByIdResponse};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "this is a command")]
async fn main() -> Result<(), Box<dyn Error>> {
    for endpoint in petstore::ENDPOINTS {
        println!("{endpoint:<24}  {}", endpoint.summary.unwrap_or_default());
    }
    let mock = petstore::PROJECT.start().await?;
    let store = petstore::client(mock.url())?;
    if let GetPetByIdResponse::Ok(pet) = store.send(&GetPetById::new(7)).await? {
        println!("pet 7: {pet}");
    }
    Ok(())
}
