//! A pet store's client, typed by its description while the crate is built.

use mockloop_runtime::{Client, SendError};

mockloop_runtime::mockloop! {
    /// The pet store, as its description says.
    #[mockloop(models)]
    pub mod petstore = "../specs/petstore.yaml";
}

use petstore::models::{NewPetSpecies, Pet};
use petstore::{ListPets, ListPetsResponse};

/// The names of all cats, of a mock or of the real store.
///
/// # Errors
/// Where the store does not answer as its description says.
pub async fn cats(store: &Client) -> Result<Vec<String>, SendError> {
    let page = store.send(&ListPets::new().limit(50)).await?;
    let ListPetsResponse::Ok(pets) = page else { return Ok(Vec::new()) };
    let is_cat = |pet: &Pet| pet.species == NewPetSpecies::Cat;
    Ok(pets.into_iter().filter(is_cat).map(|pet| pet.name).collect())
}
